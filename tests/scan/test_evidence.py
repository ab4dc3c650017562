"""How sure a match is: the levels of the charter, case by case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.model import Evidence, Field
from spillkit.scan import evidence as module
from spillkit.scan.evidence import Match, grade

ALICE, BOB, NAMESAKE = 1, 2, 3
CONFIRMED, POSSIBLE = Evidence.CONFIRMED, Evidence.POSSIBLE


def match(field: Field, *numbers: int, weak: bool = False, bare: bool = False, at: int = 0, bearers: int = 0) -> Match:
    return Match(field, numbers, bearers or len(numbers), weak, bare, at, at + 5)


NAME, EMAIL, PHONE, ADDRESS, ORDER = Field.NAME, Field.EMAIL, Field.PHONE, Field.ADDRESS, Field.ORDER

CASES = {
    "an e-mail address of one subject": ([match(EMAIL, ALICE)], [(ALICE, EMAIL, CONFIRMED, "e-mail")]),
    "a phone number": ([match(PHONE, ALICE)], [(ALICE, PHONE, CONFIRMED, "phone")]),
    "an order number": ([match(ORDER, ALICE)], [(ALICE, ORDER, CONFIRMED, "order")]),
    "a full postal address": ([match(ADDRESS, ALICE)], [(ALICE, ADDRESS, CONFIRMED, "address")]),
    "a name alone is never confirmed": ([match(NAME, ALICE)], [(ALICE, NAME, POSSIBLE, "name alone")]),
    "a name with the e-mail address of the same subject": (
        [match(NAME, ALICE), match(EMAIL, ALICE, at=9)],
        [(ALICE, NAME, CONFIRMED, "name with e-mail"), (ALICE, EMAIL, CONFIRMED, "e-mail")],
    ),
    "a name with the e-mail address of somebody else": (
        [match(NAME, ALICE), match(EMAIL, BOB, at=9)],
        [(ALICE, NAME, POSSIBLE, "name alone"), (BOB, EMAIL, CONFIRMED, "e-mail")],
    ),
    "a name that two share lists both": (
        [match(NAME, ALICE, NAMESAKE)],
        [
            (ALICE, NAME, POSSIBLE, "name alone, shared by 2"),
            (NAMESAKE, NAME, POSSIBLE, "name alone, shared by 2"),
        ],
    ),
    "a name that two share, with the e-mail address of one, is that one's": (
        [match(NAME, ALICE, NAMESAKE), match(EMAIL, ALICE, at=9)],
        [(ALICE, NAME, CONFIRMED, "name with e-mail"), (ALICE, EMAIL, CONFIRMED, "e-mail")],
    ),
    "a name inside the longer name of somebody surely meant is a part of it": (
        [match(NAME, BOB, at=2), Match(NAME, (ALICE,), 1, False, False, 0, 12), match(EMAIL, ALICE, at=20)],
        [(ALICE, NAME, CONFIRMED, "name with e-mail"), (ALICE, EMAIL, CONFIRMED, "e-mail")],
    ),
    "a name inside somebody's e-mail address is a part of it": (
        [match(NAME, BOB, at=2), Match(EMAIL, (ALICE,), 1, False, False, 0, 22)],
        [(ALICE, EMAIL, CONFIRMED, "e-mail")],
    ),
    "it is somebody's own where it also stands elsewhere": (
        [
            match(NAME, BOB, at=2),
            Match(NAME, (ALICE,), 1, False, False, 0, 12),
            match(EMAIL, ALICE, at=20),
            match(NAME, BOB, at=40),
        ],
        [
            (ALICE, NAME, CONFIRMED, "name with e-mail"),
            (ALICE, EMAIL, CONFIRMED, "e-mail"),
            (BOB, NAME, POSSIBLE, "name alone"),
        ],
    ),
    "it is somebody's own with an e-mail address of his": (
        [
            match(NAME, BOB, at=2),
            Match(NAME, (ALICE,), 1, False, False, 0, 12),
            match(EMAIL, ALICE, at=20),
            match(EMAIL, BOB, at=30),
        ],
        [
            (ALICE, NAME, CONFIRMED, "name with e-mail"),
            (BOB, NAME, CONFIRMED, "name with e-mail"),
            (ALICE, EMAIL, CONFIRMED, "e-mail"),
            (BOB, EMAIL, CONFIRMED, "e-mail"),
        ],
    ),
    "inside a longer name of somebody of whom nothing else is here, both are possible": (
        [match(NAME, BOB, at=2), Match(NAME, (ALICE,), 1, False, False, 0, 12)],
        [(ALICE, NAME, POSSIBLE, "name alone"), (BOB, NAME, POSSIBLE, "name alone")],
    ),
    "two of one name at one address stay two candidates": (
        [match(NAME, ALICE, NAMESAKE), match(ADDRESS, ALICE, NAMESAKE, at=9)],
        [
            (ALICE, NAME, POSSIBLE, "name with address, shared by 2"),
            (NAMESAKE, NAME, POSSIBLE, "name with address, shared by 2"),
            (ALICE, ADDRESS, POSSIBLE, "address with name, shared by 2"),
            (NAMESAKE, ADDRESS, POSSIBLE, "address with name, shared by 2"),
        ],
    ),
    "a household's address with the name of one": (
        [match(NAME, ALICE), match(ADDRESS, ALICE, BOB, at=9)],
        [
            (ALICE, NAME, CONFIRMED, "name with address"),
            (ALICE, ADDRESS, CONFIRMED, "address with name"),
            (BOB, ADDRESS, POSSIBLE, "address, shared by 2"),
        ],
    ),
    "father and son, one name, one street, the mailbox of the father": (
        [
            match(NAME, ALICE, NAMESAKE),
            match(ADDRESS, ALICE, weak=True, bearers=2, at=9),
            match(ADDRESS, NAMESAKE, weak=True, bearers=2, at=9),
            match(EMAIL, ALICE, at=20),
        ],
        [
            (ALICE, NAME, CONFIRMED, "name with e-mail"),
            (ALICE, ADDRESS, CONFIRMED, "address with name"),
            (NAMESAKE, ADDRESS, POSSIBLE, "address with name, shared by 2"),
            (ALICE, EMAIL, CONFIRMED, "e-mail"),
        ],
    ),
    "a shared mailbox alone": (
        [match(EMAIL, ALICE, BOB)],
        [(ALICE, EMAIL, POSSIBLE, "e-mail, shared by 2"), (BOB, EMAIL, POSSIBLE, "e-mail, shared by 2")],
    ),
    "bare digits are possible": ([match(PHONE, ALICE, bare=True)], [(ALICE, PHONE, POSSIBLE, "digits alone")]),
    "bare digits with the name": (
        [match(NAME, ALICE), match(PHONE, ALICE, bare=True, at=9)],
        [(ALICE, NAME, CONFIRMED, "name with phone"), (ALICE, PHONE, CONFIRMED, "phone with name")],
    ),
    "a common name with the e-mail address": (
        [match(NAME, ALICE, weak=True, bearers=900), match(EMAIL, ALICE, at=9)],
        [(ALICE, NAME, CONFIRMED, "name with e-mail"), (ALICE, EMAIL, CONFIRMED, "e-mail")],
    ),
    "a street line and a short number, without a name, stay possible": (
        [match(ADDRESS, ALICE, weak=True), match(ORDER, ALICE, weak=True, at=9)],
        [
            (ALICE, ADDRESS, POSSIBLE, "address that is common"),
            (ALICE, ORDER, POSSIBLE, "order that is common"),
        ],
    ),
    "a value seen twice is one grading, the better one": (
        [match(PHONE, ALICE, bare=True), match(PHONE, ALICE, at=30)],
        [(ALICE, PHONE, CONFIRMED, "phone")],
    ),
}


@pytest.mark.parametrize(("matches", "expected"), CASES.values(), ids=CASES)
def test_evidence(matches, expected):
    assert [(g.number, g.field, g.evidence, g.because) for g in grade(matches)] == expected


@st.composite
def bodies(draw, length=st.integers(0, 6), sharers=3):
    matches = []
    for at in range(draw(length)):
        numbers = tuple(sorted(draw(st.sets(st.integers(1, 4), min_size=1, max_size=sharers))))
        field = draw(st.sampled_from([NAME, EMAIL, PHONE, ADDRESS, ORDER]))
        matches.append(
            match(field, *numbers, weak=draw(st.booleans()), bare=field is PHONE and draw(st.booleans()), at=at)
        )
    return matches


@given(bodies())
def test_a_name_is_never_confirmed_without_a_second_field(matches):
    fields = {}
    for m in matches:
        for number in m.numbers:
            fields.setdefault(number, set()).add(m.field)
    for grading in grade(matches):
        if grading.field is NAME and grading.evidence is CONFIRMED:
            assert len(fields[grading.number]) > 1


@given(bodies())
def test_nobody_is_graded_who_was_not_matched_and_each_field_once(matches):
    keys = [(g.number, g.field) for g in grade(matches)]
    assert len(keys) == len(set(keys))
    assert set(keys) <= {(number, m.field) for m in matches for number in m.numbers}


@given(bodies(length=st.just(1), sharers=1))
def test_the_short_way_for_one_match_grades_as_the_long_way(matches):
    seen = module._fields_by_subject(matches)
    assert grade(matches) == list(module._grade_match(matches[0], seen))
