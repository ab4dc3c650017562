"""Who is not told for now, and why; and that nobody who is held is forgotten."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import NoticesError
from spillkit.notices.holds import (
    NO_TIME,
    REASONS,
    RELEASABLE,
    STRONGEST_FIRST,
    Candidate,
    Candidates,
    Known,
    LegalHold,
    Substitute,
    count_substitutes,
    hold_bits,
    holds_in,
    holds_of,
    write_substitutes,
)
from spillkit.notices.told import Hold
from tests.notices.asked import ALICE, BOB, CORA, NOON, NOW, TEXTS, asked, shown

ANN = Candidate(("a1", "a2"), "IT", "shop-eu", ("it",), NOON, False, frozenset(), 1)
SIGNED = {"signed": TEXTS}


def changed(one: Candidate = ANN, **changes: object) -> Candidate:
    return Candidate(**{name: changes.get(name, getattr(one, name)) for name in Candidate.__slots__})


HOLDS = {
    "nothing": (ANN, Known(**SIGNED), ()),
    "a minor by the list": (changed(minors=frozenset({"a2"})), Known(**SIGNED), (Hold.MINOR,)),
    "a minor by the company": (ANN, Known(minors=frozenset({"a1"}), **SIGNED), (Hold.MINOR,)),
    "a minor, and told by decision": (
        changed(minors=frozenset({"a2"})),
        Known(released={Hold.MINOR: frozenset({"a2"})}, **SIGNED),
        (),
    ),
    "released for another account": (
        changed(minors=frozenset({"a2"})),
        Known(released={Hold.MINOR: frozenset({"a1"})}, **SIGNED),
        (Hold.MINOR,),
    ),
    "deceased": (ANN, Known(deceased=frozenset({"a2"}), **SIGNED), (Hold.DECEASED,)),
    "address changed after": (ANN, Known(changed_at={"a1": NOON + timedelta(hours=1)}, **SIGNED), (Hold.ADDRESS_CHANGED,)),
    "address changed before": (ANN, Known(changed_at={"a1": NOON - timedelta(hours=1)}, **SIGNED), ()),
    "address changed, exposure without a time": (
        changed(first_at=None),
        Known(changed_at={"a1": NOON - timedelta(days=900)}, **SIGNED),
        (Hold.ADDRESS_CHANGED,),
    ),
    "a namesake": (changed(is_namesake=True), Known(**SIGNED), (Hold.NAMESAKE,)),
    "two people at a mailbox": (changed(readers=2), Known(**SIGNED), ()),
    "a placeholder": (changed(readers=9), Known(**SIGNED), (Hold.SHARED_MAILBOX,)),
    "no address": (changed(readers=0), Known(**SIGNED), (Hold.NO_ADDRESS,)),
    "a language that nobody read": (ANN, Known(signed=frozenset({"en"})), (Hold.NOT_SIGNED_OFF,)),
    "one language of two": (changed(languages=("it", "en")), Known(signed=frozenset({"en"})), (Hold.NOT_SIGNED_OFF,)),
    "a legal hold": (ANN, Known(legal=(LegalHold("GdF 12/26", country="IT"),), **SIGNED), (Hold.LEGAL_HOLD,)),
    "a legal hold elsewhere": (ANN, Known(legal=(LegalHold("GdF 12/26", country="FR"),), **SIGNED), ()),
    "a legal hold that is over": (ANN, Known(legal=(LegalHold("x", until=NOW),), **SIGNED), ()),
    "a legal hold on her account": (ANN, Known(legal=(LegalHold("x", subjects=frozenset({"a2"})),), **SIGNED), (Hold.LEGAL_HOLD,)),
    "all of it": (
        changed(is_namesake=True, readers=0, minors=frozenset({"a1"})),
        Known(deceased=frozenset({"a1"}), changed_at={"a1": NOW}, legal=(LegalHold("x"),)),
        tuple(hold for hold in STRONGEST_FIRST if hold is not Hold.SHARED_MAILBOX),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("one", "known", "holds"), HOLDS.values(), ids=HOLDS)
def test_holds(one, known, holds):
    assert holds_of(one, known, NOW) == holds


def test_every_hold_has_its_place_and_its_sentence():
    assert set(STRONGEST_FIRST) == set(Hold) == set(REASONS)
    assert not any("breach" in text.lower() or "hack" in text.lower() for text in REASONS.values())


@pytest.mark.parametrize("hold", sorted(set(Hold) - RELEASABLE))
def test_what_ends_with_its_reason_cannot_be_released(hold):
    with pytest.raises(NoticesError, match=hold.value):
        Known(released={hold: frozenset({"a1"})})


accounts = st.sampled_from([f"s{number}" for number in range(6)])
some = st.frozensets(accounts, max_size=3)
moments = st.one_of(st.none(), st.integers(-3, 3).map(lambda hours: NOON + timedelta(hours=hours)))
legal = st.builds(
    LegalHold, st.just("x"), st.sampled_from(["", "IT", "FR"]), st.sampled_from(["", "shop-eu"]), some, moments
)
known = st.builds(
    Known,
    deceased=some,
    minors=some,
    changed_at=st.dictionaries(accounts, moments.filter(lambda at: at is not None), max_size=3),
    legal=st.lists(legal, max_size=2).map(tuple),
    released=st.dictionaries(st.sampled_from(sorted(RELEASABLE)), some, max_size=3),
    signed=st.frozensets(st.sampled_from(["en", "it"])),
    most_readers=st.integers(1, 3),
)
rows = st.lists(
    st.tuples(
        st.sampled_from(["IT", "FR", ""]),
        st.sampled_from(["shop-eu", "shop-ca"]),
        st.sampled_from([("it",), ("it", "en"), ("en",)]),
        moments,
        st.booleans(),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=3,
)


@given(rows, known, some, st.integers(-3, 3))
@settings(max_examples=60, deadline=None)
def test_the_holds_of_many_are_those_of_each(rows, known, minors, hours):
    now = NOON + timedelta(hours=hours)
    mine = [(f"s{2 * place}", f"s{2 * place + 1}") for place in range(len(rows))]
    each = [
        holds_of(Candidate(subjects, *row[:5], minors & frozenset(subjects), row[5]), known, now)
        for subjects, row in zip(mine, rows)
    ]
    flat = [subject for subjects in mine for subject in subjects]
    first = [NO_TIME if row[3] is None else int(row[3].timestamp() * 1_000_000) for row in rows]
    many = Candidates(
        subjects=pa.array(flat, pa.large_string()),
        notice=np.arange(len(flat)) // 2,
        is_minor=np.array([subject in minors for subject in flat]),
        country=pa.array([row[0] for row in rows]),
        entity=pa.array([row[1] for row in rows]),
        languages=pa.array([list(row[2]) for row in rows]),
        first_us=np.array(first, np.int64),
        is_namesake=np.array([row[4] for row in rows]),
        readers=np.array([row[5] for row in rows], np.int32),
    )
    assert [holds_in(bits) for bits in hold_bits(many, known, now).tolist()] == each


def test_whoever_is_held_stands_in_the_list_of_substitutes_with_every_reason():
    gathered = asked(
        [ALICE, BOB, (*CORA[:2], "", *CORA[3:])],
        [shown("a1"), shown("b1"), shown("c1", "phone"), shown("nn", "name", evidence="possible")],
        known=Known(signed=TEXTS - {"de"}, deceased=frozenset({"b1"})),
    )
    assert count_substitutes(gathered.told) == (
        Substitute("CA", "shop-ca", "en", Hold.NO_ADDRESS, 1, 1),
        Substitute("DE", "shop-eu", "de", Hold.DECEASED, 1, 1),
    )
    file = io.StringIO(newline="")
    assert write_substitutes(gathered.told, file) == 3
    listed = {row["subjects"]: row for row in csv.DictReader(io.StringIO(file.getvalue()))}
    assert listed["b1"]["holds"] == "deceased not-signed-off"
    assert listed["nn"]["hold"] == "namesake"
    assert "example" not in file.getvalue()


def test_a_list_of_nobody_is_empty():
    told = asked([ALICE], [shown("a1")]).told
    assert count_substitutes(told) == ()
    assert write_substitutes(told, io.StringIO()) == 0
