"""A plan shows what would go out, refuses what was not measured, and is fixed by a digest; a correction goes to the delta only."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import NoticesError
from spillkit.notices.delta import Because, delta
from spillkit.notices.holds import Known
from spillkit.notices.plan import (
    SAMPLES,
    LeftOut,
    Measured,
    Pace,
    Plan,
    digest_of,
    make_plan,
    plan_json,
    plan_text,
    sample_ids,
)
from spillkit.notices.told import Hold, Kind, Told
from spillkit.notices.told_table import TOLD, rows_of, table_of, texts_of
from tests.notices.asked import ALICE, BOB, BOTH, CORA, FATHER, IDS_KEY, NOON, NOW, TEXTS, asked, shown

WORDS = "ab" * 32
PACE = Pace(per_hour=100, canary=10, canary_minutes=30, cost_per_1000=0.5, currency="EUR")


def told(number: int = 0, **changes: object) -> Told:
    row = Told(
        id=hashlib.sha256(str(number).encode()).hexdigest()[:26], subjects=(f"s{number}",), kind=Kind.AFFECTED, entity="shop-eu",
        country="IT", languages=("it",), fields=("name", "e-mail"), first_at=NOON, last_at=NOON + timedelta(minutes=10),
        viewers=(("subject", 2),), mailbox=f"{number:016x}",
    )  # fmt: skip
    return msgspec.structs.replace(row, **changes)


def planned(rows: list[Told], confirmed: int = 1000, upper: int | None = None, **changes: object) -> Plan:
    given = {"letterheads": BOTH, "texts": WORDS, "pace": PACE, "campaign": "2026-11", "now": NOW} | changes
    return make_plan(table_of(rows), Measured(confirmed, upper), **given)


def test_a_plan_counts_everybody_once():
    rows = [told(n) for n in range(5)]
    rows += [
        told(5, is_shared=True, fields=(), people=3),
        told(6, hold=Hold.MINOR, holds=(Hold.MINOR, Hold.NO_ADDRESS)),
    ]
    rows += [
        told(7, hold=Hold.NAMESAKE, holds=(Hold.NAMESAKE,)),
        told(8, country="", languages=("de", "en"), entity="shop-ca"),
    ]
    plan = planned(rows)
    assert (plan.people, plan.notices, plan.held, plan.namesakes, plan.shared) == (10, 7, 1, 1, 1)
    for table in (plan.by_country, plan.by_language, plan.by_entity, plan.by_kind, plan.by_hold):
        assert sum(line.people for line in table) == plan.people
        assert sum(line.notices for line in table) == plan.notices
        assert sum(line.held for line in table) == plan.held
    assert [line.label for line in plan.by_language] == ["it", "de + en"]
    assert [(one.hold, one.people) for one in plan.substitutes] == [(Hold.MINOR, 1)]


BOUNDS = {
    "as measured": (100, None, 100, True),
    "5 % more without an upper bound": (100, None, 105, True),
    "over 5 % more without an upper bound": (100, None, 106, False),
    "up to the upper bound": (10, 120, 120, True),
    "over the upper bound": (100, 120, 121, False),
    "an upper bound below 5 % more counts": (100, 101, 102, False),
    "one of one": (1, None, 2, False),
}


@pytest.mark.parametrize(("confirmed", "upper", "people", "is_planned"), BOUNDS.values(), ids=BOUNDS)
def test_more_people_than_were_measured_are_not_planned(confirmed, upper, people, is_planned):
    rows = [told(0, people=people), told(1, hold=Hold.NAMESAKE, holds=(Hold.NAMESAKE,), people=1)]
    if is_planned:
        assert planned(rows, confirmed, upper).people == people
    else:
        with pytest.raises(NoticesError, match=f"{people:,} people would be told"):
            planned(rows, confirmed, upper)


def test_people_who_are_held_count_too():
    with pytest.raises(NoticesError, match="12 people"):
        planned([told(n, hold=Hold.MINOR) for n in range(12)], 11)


def test_a_notice_that_stands_twice_and_a_plan_of_nobody_are_refused():
    with pytest.raises(NoticesError, match="stands twice"):
        planned([told(1), told(1)])
    with pytest.raises(NoticesError, match="nobody"):
        planned([])
    with pytest.raises(NoticesError, match="nobody"):
        planned([told(1, hold=Hold.NAMESAKE)])
    with pytest.raises(NoticesError, match="pace"):
        planned([told(1)], pace=Pace(per_hour=0))


def test_samples_are_the_same_for_the_same_plan_and_show_every_letterhead_and_language():
    rows = [told(n) for n in range(60)]
    rows += [
        told(100, entity="shop-ca"),
        told(101, languages=("ja",)),
        told(102, is_shared=True),
        told(103, hold=Hold.MINOR, languages=("ar",)),
    ]
    samples = sample_ids(table_of(rows))
    assert len(samples) == SAMPLES
    assert samples == sample_ids(table_of(rows[::-1]))
    assert {told(n).id for n in (100, 101, 102)} <= set(samples)
    assert told(103).id not in samples
    assert sample_ids(table_of(rows[:3])) == tuple(sorted(row.id for row in rows[:3]))


def test_the_plan_says_how_long_and_how_much():
    plan = planned([told(n) for n in range(250)])
    assert (plan.hours, plan.cost) == (3.0, 0.12)  # 250 at 100 an hour, and half an hour of waiting for the first ten.
    assert "takes 3.0 hours, costs 0.12 EUR" in plan_text(plan)
    assert planned([told(n) for n in range(10)]).hours == 0.1


def test_the_plan_is_told_as_json_and_as_text_without_a_control_character():
    rows = [told(0, entity="\u202eshop\x1b[31m<b>"), told(1, hold=Hold.DECEASED), told(2, country="")]
    plan = planned(rows, left_out=LeftOut(only_himself=3, bad_rows=2))
    text = plan_text(plan)
    assert not any((character < " " and character != "\n") or character == "\u202e" for character in text)
    assert "2 rows of the list could not be read: NOT told" in text
    assert plan.digest in text
    assert "s0" not in text  # Neither accounts nor anything behind them.
    assert msgspec.json.decode(plan_json(plan), type=Plan) == plan
    assert json.loads(plan_json(plan))["measured"] == {"confirmed": 1000, "upper_bound": None}


CHANGES = {
    "id": "x" * 26,
    "subjects": ("s0", "s9"),
    "kind": Kind.CORRECTION,
    "entity": "shop-ca",
    "country": "FR",
    "languages": ("it", "en"),
    "fields": ("name",),
    "first_at": None,
    "last_at": NOON + timedelta(minutes=10, microseconds=1),
    "viewers": (("subject", 3),),
    "authority": "eea/FR",
    "is_shared": True,
    "hold": Hold.MINOR,
    "holds": (Hold.MINOR,),
    "people": 2,
    "mailbox": "f" * 16,
}


def test_whatever_changes_in_a_row_changes_the_digest():
    assert set(CHANGES) == set(TOLD.names)
    digests = [digest_of(table_of([told(0, **{name: value})]), BOTH, WORDS, "c") for name, value in CHANGES.items()]
    digests += [
        digest_of(table_of([told(0)]), BOTH, WORDS, "c"),
        digest_of(table_of([told(0), told(1)]), BOTH, WORDS, "c"),
    ]
    digests += [digest_of(table_of([told(0)]), BOTH, "cd" * 32, "c"), digest_of(table_of([told(0)]), BOTH, WORDS, "d")]
    other = {**BOTH, "shop-eu": msgspec.structs.replace(BOTH["shop-eu"], contact="x@shop.example")}
    digests += [digest_of(table_of([told(0)]), other, WORDS, "c")]
    assert len(set(digests)) == len(digests)
    # A letterhead that nobody is told under is no part of it.
    unused = {**BOTH, "shop-uk": BOTH["shop-eu"]}
    assert digest_of(table_of([told(0)]), unused, WORDS, "c") == digest_of(table_of([told(0)]), BOTH, WORDS, "c")


def plain_text(row: Told) -> str:
    """What `texts_of` says of one row, said value by value."""

    def said(name: str) -> str:
        value = getattr(row, name)
        if value is None:
            return ""
        if name == "viewers":
            return "\x1e".join(f"{kind}\x1d{count}" for kind, count in value)
        if name in ("first_at", "last_at"):
            return str((value - NOON) // timedelta(microseconds=1) + int(NOON.timestamp()) * 1_000_000)
        if isinstance(value, tuple):
            return "\x1e".join(value)
        return str(int(value)) if isinstance(value, bool) else str(value)

    return "\x1f".join(said(name) for name in TOLD.names)


viewers = st.dictionaries(st.sampled_from(["subject", "staff", "unknown"]), st.integers(1, 9), max_size=3)
values = st.fixed_dictionaries(
    {
        "subjects": st.lists(st.text("abcé中", min_size=1, max_size=3), min_size=1, max_size=3).map(tuple),
        "fields": st.lists(st.sampled_from(["name", "e-mail", "phone"]), max_size=3).map(tuple),
        "viewers": viewers.map(lambda found: tuple(sorted(found.items()))),
        "first_at": st.one_of(st.none(), st.integers(-9, 10**15).map(lambda us: NOON + timedelta(microseconds=us))),
        "hold": st.one_of(st.none(), st.sampled_from(Hold)),
        "is_shared": st.booleans(),
    }
)


@given(st.lists(values, min_size=1, max_size=6), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_the_digest_is_over_every_row_in_the_order_of_ids(changes, random):
    rows = [told(number, **one) for number, one in enumerate(changes)]
    assert texts_of(table_of(rows)).to_pylist() == [plain_text(row) for row in rows]
    shuffled = list(rows)
    random.shuffle(shuffled)
    assert digest_of(table_of(rows), BOTH, WORDS, "c") == digest_of(table_of(shuffled), BOTH, WORDS, "c")
    # And where the rows stand in several chunks of a table.
    parts = pa.concat_tables([table_of([row]) for row in shuffled])
    assert digest_of(parts, BOTH, WORDS, "c") == digest_of(table_of(rows), BOTH, WORDS, "c")


# -- corrections -------------------------------------------------------------------------------------------------------

WAS = told(1)
DELTAS = {
    "the same": (WAS, WAS, ()),
    "another viewer of the same kind": (WAS, told(1, viewers=(("subject", 9),)), ()),
    "held since": (WAS, told(1, hold=Hold.MINOR), ()),
    "a second later": (WAS, told(1, last_at=NOON + timedelta(minutes=10, seconds=1)), ()),
    "shorter": (WAS, told(1, first_at=NOON + timedelta(minutes=3)), ()),
    "another account of his": (WAS, told(1, subjects=("s1", "s2")), ()),
    "another mailbox since": (WAS, told(1, mailbox="f" * 16), ()),
    "more fields": (WAS, told(1, fields=("name", "e-mail", "phone")), (Because.MORE_FIELDS,)),
    "a field that was not shown": (WAS, told(1, fields=("name",)), (Because.FEWER_FIELDS,)),
    "another field": (WAS, told(1, fields=("name", "phone")), (Because.MORE_FIELDS, Because.FEWER_FIELDS)),
    "earlier": (WAS, told(1, first_at=NOON - timedelta(minutes=1)), (Because.LONGER,)),
    "later": (WAS, told(1, last_at=NOON + timedelta(minutes=11)), (Because.LONGER,)),
    "times known now": (told(1, first_at=None, last_at=None), WAS, (Because.LONGER,)),
    "also crawlers": (WAS, told(1, viewers=(("crawler", 1), ("subject", 2))), (Because.OTHER_VIEWERS,)),
    "was told that he is not affected": (told(1, kind=Kind.UNAFFECTED, fields=()), WAS, (Because.OTHER_KIND,)),
    "was told under another's name": (WAS, told(1, entity="shop-ca"), (Because.OTHER_ENTITY,)),
    "was told without fields": (told(1, is_shared=True, fields=()), WAS, (Because.RESOLVED,)),
    "is told without fields": (WAS, told(1, is_shared=True, fields=()), ()),
    "somebody else": (WAS, told(2), (Because.NEW,)),
}


@pytest.mark.parametrize(("was", "now", "because"), DELTAS.values(), ids=DELTAS)
def test_only_those_are_written_to_again_who_were_told_something_wrong(was, now, because):
    found = delta([table_of([was])], table_of([now]), "2026-11/2", IDS_KEY)
    assert found.because == ((because,) if because else ())
    assert found.told.num_rows == bool(because)
    assert found.unchanged == (not because)


def test_a_correction_after_212_more_people_goes_to_them_only():
    before = [told(n) for n in range(1000)]
    now = [told(n) for n in range(1212)]
    found = delta([table_of(before[:400]), table_of(before[400:])], table_of(now), "2026-11/2", IDS_KEY)
    assert {row.subjects for row in rows_of(found.told)} == {row.subjects for row in now[1000:]}
    assert found.count()[Because.NEW] == 212
    assert (found.unchanged, found.not_affected.num_rows) == (1000, 0)
    assert {row.kind for row in rows_of(found.told)} == {Kind.CORRECTION}
    assert not {row.id for row in rows_of(found.told)} & {row.id for row in (*before, *now)}
    again = delta([table_of(before), found.told], table_of(now), "2026-11/3", IDS_KEY)
    assert (again.told.num_rows, again.unchanged) == (0, 1212)
    with pytest.raises(NoticesError, match="went out before"):
        delta([found.told], table_of([told(1000, fields=("phone",))]), "2026-11/2", IDS_KEY)


def test_a_person_who_was_two_and_is_one_was_told_if_both_were():
    one = told(1, subjects=("s1", "s2"), fields=("name", "e-mail"))
    before = [told(1, fields=("name",)), told(2, fields=("e-mail",))]
    assert delta([table_of(before)], table_of([one]), "2", IDS_KEY).unchanged == 1


def test_whoever_was_taken_for_another_and_has_a_mailbox_of_his_own_was_not_told():
    before = told(1, subjects=("s1", "s2"))
    now = [told(1, subjects=("s1",)), told(2, subjects=("s2",))]
    found = delta([table_of([before])], table_of(now), "2", IDS_KEY)
    assert [(row.subjects, because) for row, because in zip(rows_of(found.told), found.because)] == [
        (("s2",), (Because.NEW,))
    ]


def test_whoever_was_told_and_is_not_affected_is_named():
    found = delta([table_of([told(1), told(2), told(3, kind=Kind.UNAFFECTED)])], table_of([told(1)]), "2", IDS_KEY)
    assert [row.subjects for row in rows_of(found.not_affected)] == [("s2",)]


def test_a_namesake_is_told_nothing_by_a_correction_either():
    found = delta([], table_of([told(1, hold=Hold.NAMESAKE, holds=(Hold.NAMESAKE,)), told(2)]), "2", IDS_KEY)
    assert [row.subjects for row in rows_of(found.told)] == [("s2",)]
    assert found.unchanged == 0


def test_from_exposures_to_a_signed_plan_and_its_correction():
    people = [ALICE, FATHER, BOB, CORA]
    known = Known(signed=TEXTS, minors=frozenset({"c1"}))
    first = asked(people, [shown("a1"), shown("f1"), shown("c1")], known=known).told
    plan = make_plan(first, Measured(3, None), BOTH, WORDS, PACE, "2026-11", NOW)
    assert (plan.people, plan.notices, plan.held, plan.shared) == (3, 1, 1, 1)
    sent = first.filter(pa.compute.is_null(first.column("hold")))
    second = asked(people, [shown("a1"), shown("f1"), shown("c1"), shown("b1"), shown("a1", "phone")], known=known).told
    found = delta([sent], second, "2026-11/2", IDS_KEY)
    # The mailbox that two people read was told without fields, and still is; Cora was held, and was told nothing.
    assert sorted((row.subjects, row.hold) for row in rows_of(found.told)) == [(("b1",), None), (("c1",), Hold.MINOR)]
