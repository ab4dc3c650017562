"""Facts files: what is read, what is refused and how, and that nothing else ever happens."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import InputError, LawError
from spillkit.law.decide import decide
from spillkit.law.decision import Outcome
from spillkit.law.facts import Entity, Facts, Milestone, Population
from spillkit.law.facts_file import EXAMPLE, check_facts, parse_facts, read_facts
from spillkit.law.rule import Condition

from .small import AWARE, NOW, SHOP, WORDS, book, books, facts, people, rule

SMALL = books(book(rule(Condition(words="any"))))
MARKUP = '<script>alert(1)</script>\u202e\u2066=cmd|"/c calc"!A1\x1b[2J'


def test_the_example_is_read_from_toml_and_from_json(tmp_path):
    given_facts = read_facts(EXAMPLE)
    path = tmp_path / "facts.json"
    path.write_bytes(msgspec.json.encode(given_facts))
    assert read_facts(path) == given_facts
    assert not check_facts(given_facts, WORDS, NOW)


def test_the_example_says_what_its_comments_promise():
    text = EXAMPLE.read_text(encoding="utf-8")
    known = {field for kind in (Facts, Entity, Population, Milestone) for field in kind.__struct_fields__}
    assert {field for field in known if field in text} >= known - {"by", "coverage", "method"}


# What stands in the file instead, and what is said; `at` is the place that must be named.
WRONG = {
    "unknown kind of data": ('["name", "email"]', '["name", "e-mail"]', "populations[0].fields", "Did you mean email?"),
    "unknown key": ('account = "consumer"', 'acount = "consumer"', "populations[0]", "unknown field"),
    "unknown entity": ('entity = "shop-eu"', 'entity = "shop"', "populations[0].entity", "no entity has this id"),
    "a country that is none": ('country = "DE"', 'country = "XX"', "populations[0]", "no country"),
    "a country by its name": ('country = "DE"', 'country = "Germany"', "populations[0]", "no country"),
    "a region of another country": ('region = "US-CA"', 'region = "CA-ON"', "populations[2]", "country before it"),
    "at most below confirmed": ("people_upper = 1310", "people_upper = 3", "populations[0].people_upper", "cannot be fewer"),
    "people below nobody": ("people = 1204", "people = -1", "populations[0].people", "between 0 and"),
    "half a person": ("people = 1204", "people = 12.5", "populations[0].people", "int"),
    "no kinds of data": ('fields = ["name", "email"]', "fields = []", "populations[0].fields", "no kind of data"),
    "unknown sector": ('sectors = ["listed-us"]', 'sectors = ["listed"]', "entities[1].sectors", "Did you mean listed-us?"),
    "an unknown zone": ('zone = "Europe/Luxembourg"', 'zone = "Luxemburg"', "", "time zone"),
    "a main establishment elsewhere": ('main_establishment = "LU"', 'main_establishment = "US"', "entities[0].main", "not in it"),
    "an entity twice": ('id = "shop-us"', 'id = "shop-eu"', "entities[1].id", "earlier entity"),
    "unknown question": ("risk-unlikely =", "risk =", "answers", "no such question"),
    "an answer that is none": ('risk-unlikely = "no"', 'risk-unlikely = "perhaps"', "answers.risk-unlikely", "Known are: yes, no"),
    "an unknown jurisdiction": ("risk-unlikely =", '"risk-unlikely@ZZ" =', "answers", "no jurisdiction"),
    "ended before it began": ("ended_at = 2026-11-20", "ended_at = 2026-11-10", "ended_at", "before began_at"),
    "a time without a zone": ("22:10:00+01:00", "22:10:00", "began_at", "no zone"),
    "a time to come": ("ended_at = 2026", "ended_at = 2027", "ended_at", "after the time on this machine"),
    "an unknown milestone": ("[milestones.aware]", "[milestones.awere]", "milestones", "Did you mean aware?"),
    "an unknown kind of viewer": ('shown_to = ["subject"]', 'shown_to = ["customers"]', "shown_to[0]", "kind of viewer"),
    "another version": ("version = 1", "version = 2", "version", "of version 1"),
    "not TOML": ("[answers]", "[answers", "", "not TOML at line"),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "at", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_meant_is_refused_with_its_place(old, new, at, said):
    text = EXAMPLE.read_text(encoding="utf-8")
    assert old in text
    with pytest.raises(LawError) as refused:
        check_facts(parse_facts(text.replace(old, new, 1).encode(), "facts.toml"), WORDS, NOW)
    assert at in str(refused.value)
    assert said in str(refused.value)


def test_a_refusal_repeats_no_value():
    for field in ("entity", "country", "account"):
        wrong = msgspec.structs.replace(people(), **{field: "alice@example.org"})
        with pytest.raises(LawError) as refused:
            check_facts(facts(wrong), WORDS, NOW)
        assert "alice" not in str(refused.value)
    with pytest.raises(LawError) as refused:
        check_facts(facts(people("JP", 1, "alice@example.org")), WORDS, NOW)
    assert "alice" not in str(refused.value)


def test_what_is_odd_is_told_beside_the_decision():
    begun_later = facts(people(), began_at=AWARE + timedelta(hours=1))
    assert any("aware before it began" in note for note in decide(begun_later, SMALL, now=NOW).notes)
    partly = facts(people(), coverage=0.4)
    assert any("40% of the traffic" in note for note in decide(partly, SMALL, now=NOW).notes)


def test_an_incident_of_nobody_triggers_nothing_and_says_so():
    for empty in (facts(), facts(people(number=0)), facts(entities=())):
        found = decide(empty, WORDS, now=NOW)
        assert not [duty for duty in found.duties if duty.outcome is not Outcome.NOT_TRIGGERED]
        assert "Nobody is affected" in found.notes[0]
        assert found.severity is None


def test_names_that_attack_stay_names():
    hostile = Entity(id=MARKUP, name=MARKUP, established=("LU",))
    named = msgspec.structs.replace(facts(people(entity=MARKUP), entities=(hostile,)), incident=MARKUP)
    found = decide(named, SMALL, now=NOW)
    assert found.duties[0].entity == MARKUP
    assert json.loads(msgspec.json.encode(found))


def test_the_clock_set_back_is_refused_in_words():
    with pytest.raises(LawError, match="after the time on this machine"):
        decide(facts(people()), SMALL, now=AWARE - timedelta(minutes=1))


def test_now_without_a_zone_is_refused():
    with pytest.raises(LawError, match="no zone"):
        decide(facts(people()), SMALL, now=NOW.replace(tzinfo=None))


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_the_calendar_are_refused_or_survived(year):
    aware = Milestone(at=datetime(year, 12 if year > 1 else 1, 31 if year > 1 else 1, tzinfo=UTC))
    with contextlib.suppress(LawError):
        decide(facts(people(), milestones={"aware": aware}), SMALL, now=datetime.max.replace(tzinfo=UTC))


def test_a_file_that_is_too_large_or_a_folder_is_refused(tmp_path):
    with (tmp_path / "huge.toml").open("wb") as file:
        file.truncate(65 << 20)
    with pytest.raises(InputError, match="larger than 64 MB"):
        read_facts(tmp_path / "huge.toml")
    with pytest.raises(InputError, match="cannot be read"):
        read_facts(tmp_path)


@pytest.mark.parametrize(
    "data", [b"\xff\xfe", b"[" * 100_000, b'{"version":' * 50_000, b"", b"\x00", b"version = 1e999"]
)
@pytest.mark.parametrize("is_json", [True, False])
def test_bytes_that_are_no_facts_are_refused(data, is_json):
    with pytest.raises(InputError):
        parse_facts(data, "facts", is_json=is_json)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.booleans())
def test_any_bytes_are_refused_or_read(data, is_json):
    with contextlib.suppress(InputError):
        parse_facts(data, "facts", is_json=is_json)


_TEXT = st.text(max_size=12) | st.sampled_from(["JP", "US", "US-CA", "name", "email", "aware", "shop", "yes", ""])
_MOMENTS = st.datetimes(timezones=st.none() | st.just(UTC))
_FACTS = st.builds(
    Facts,
    version=st.just(1),
    incident=_TEXT,
    entities=st.lists(st.just(SHOP) | st.builds(Entity, id=_TEXT, established=st.tuples(_TEXT), zone=_TEXT), max_size=2).map(tuple),
    populations=st.lists(
        st.builds(
            Population,
            entity=_TEXT,
            country=_TEXT,
            people=st.integers(-1, 10**12),
            fields=st.tuples(_TEXT),
            region=_TEXT,
            account=_TEXT,
            people_upper=st.none() | st.integers(-1, 10**12),
        ),
        max_size=3,
    ).map(tuple),
    milestones=st.dictionaries(_TEXT, st.builds(Milestone, at=_MOMENTS), max_size=2),
    answers=st.dictionaries(_TEXT, _TEXT, max_size=2),
    began_at=st.none() | _MOMENTS,
    ended_at=st.none() | _MOMENTS,
    shown_to=st.lists(_TEXT, max_size=2).map(tuple),
    intentional=_TEXT,
    coverage=st.none() | st.floats(),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_FACTS)
def test_any_facts_are_decided_or_refused_in_words(any_facts):
    with contextlib.suppress(LawError):
        decide(any_facts, SMALL, now=NOW)
