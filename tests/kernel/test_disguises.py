"""Every disguise that the design declares to be seen through is seen through, in nine scripts, by both matchers.

In:    disguises.
Out:   nothing; a failure names kind and script.
Else:  `python -m tests.kernel.disguise_table` prints the same as a table.
"""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

from spillkit.kernel import native, plain
from spillkit.model import Field
from tests.kernel.disguise_table import KEY, Case, add_people, cases, missed
from tests.kernel.disguises import PEOPLE

EVERY = list(cases())
LEAST = {Field.EMAIL: 1.0, Field.PHONE: 1.0, Field.NAME: 0.99}


@pytest.fixture(params=[plain, native], ids=["plain", "native"])
def scanner(request: pytest.FixtureRequest, tmp_path: Path) -> plain.Scanner | native.Scanner:
    matcher: ModuleType = request.param
    builder = matcher.Builder(KEY)
    add_people(builder)
    builder.write(tmp_path / "people.idx")
    return matcher.Scanner([tmp_path / "people.idx"], KEY)


def test_people_are_found_in_every_disguise(scanner):
    lost = missed(scanner, EVERY)
    for field, least in LEAST.items():
        of_field = [case for case in EVERY if case.field is field]
        not_found = [f"{case.kind} ({PEOPLE[case.subject].script})" for case in lost if case.field is field]
        assert 1 - len(not_found) / len(of_field) >= least, not_found


def test_there_are_forty_kinds_of_each_field_in_eight_scripts():
    for field in LEAST:
        assert len({case.kind for case in EVERY if case.field is field}) >= 40
    assert len({one.script for one in PEOPLE}) >= 8


def test_a_disguise_of_somebody_else_is_missed(scanner):
    stranger = Case(Field.EMAIL, "plain", 0, b"<p>nobody@example.org +4712345678 Nobody Noname</p>")
    assert missed(scanner, [stranger]) == [stranger]
