"""What is shown as evidence must not be the value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.model import Field
from spillkit.scan.redact import redact

SHOWN = {
    "e-mail": (b"nora@mailbox.org", Field.EMAIL, "n•••@•••••••.org"),
    "escaped e-mail": (b"nora%40mailbox.org", Field.EMAIL, "n•••@•••••••.org"),
    "phone": (b"+33 6 39 98 12 34", Field.PHONE, "+•• • •• •• •• 34"),
    "name across tags": (b"Jane</b> <i>Doe", Field.NAME, "J••• D••"),
    "address": ("12 Hauptstraße".encode(), Field.ADDRESS, "•• •••••••••••"),
    "terminal escapes": (b"Jane\x1b[31m Doe", Field.NAME, "J••• [3•• D••"),
}


@pytest.mark.parametrize(("value", "field", "shown"), SHOWN.values(), ids=SHOWN)
def test_shown(value, field, shown):
    assert redact(value, field) == shown


@given(st.binary(max_size=300), st.sampled_from([Field.EMAIL, Field.PHONE, Field.NAME, Field.ADDRESS, Field.ORDER]))
def test_redacted_text_is_printable_and_short(value, field):
    shown = redact(value, field)
    assert len(shown) <= 60
    assert shown.isprintable()


@given(st.from_regex(r"[a-z]{6,12}@[a-z]{6,12}\.example", fullmatch=True))
def test_an_address_does_not_survive(address):
    shown = redact(address.encode(), Field.EMAIL)
    local, domain = address.split("@")
    assert local not in shown
    assert domain.split(".")[0] not in shown
