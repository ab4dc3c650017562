"""A short run of the fuzzers with every test run; the long ones are `python -m tests.fuzz.fuzz_readers`."""

from __future__ import annotations

import pytest

from spillkit.capture import Format
from tests.fuzz.fuzz_readers import fuzz, seeds

SEEDS = seeds()


@pytest.mark.parametrize("form", [form for form, inputs in SEEDS.items() if inputs], ids=lambda form: form.name)
def test_damaged_recordings_give_exchanges_damages_and_refusals_only(form: Format) -> None:
    rounds, failures = fuzz(form, SEEDS[form], seconds=60, seed=0, most_rounds=150)
    assert rounds > 0
    assert failures == 0
