"""People of whom the books say nothing are named, never left out in silence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import msgspec
import pytest

from spillkit.cli import main
from spillkit.law.books import read_books
from spillkit.law.decide import decide
from spillkit.law.facts import Entity
from spillkit.law.sheet import lay_out
from spillkit.law.uncovered import Gap, find_uncovered
from tests.law.small import NOW, SHOP, book, books, facts, people, rule

BOOKS = read_books()
TODAY = date(2026, 11, 20)


def gaps(*populations, entities=(SHOP,), of=BOOKS, on=TODAY):
    found = find_uncovered(facts(*populations, entities=entities), of, lambda _book: on)
    return [(one.country, one.region, one.people, one.people_upper, one.gap) for one in found]


def test_a_country_without_a_book_is_named_with_its_people():
    assert gaps(people("ZW", 12), people("JP", 900)) == [("ZW", "", 12, 12, Gap.NO_BOOK)]


def test_a_book_without_a_rule_is_told_apart_from_no_book():
    [found] = find_uncovered(facts(people("HK", 12)), BOOKS, lambda _book: TODAY)
    assert (found.gap, found.book, found.status) == (Gap.NO_RULE, "HK", "not confirmed")


@dataclass(frozen=True)
class Case:
    country: str
    day: date
    gap: Gap | None
    region: str = ""
    sectors: tuple[str, ...] = ()


CASES = {
    "Chile before its law": Case("CL", date(2026, 11, 30), Gap.NOT_BOUND),
    "Chile under its law": Case("CL", date(2026, 12, 1), None),
    "American Samoa, a shop": Case("AS", TODAY, Gap.NOT_BOUND),
    "American Samoa, a hospital": Case("AS", TODAY, None, sectors=("hipaa-covered",)),
    "a state nobody named": Case("US", TODAY, None),
    "Ontario: the federal book": Case("CA", TODAY, None, region="CA-ON"),
    "Réunion: a part of France": Case("RE", TODAY, None),
    "a country nobody named": Case("", TODAY, None),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_where_the_books_say_nothing(case):
    entity = Entity(id="shop", established=("LU",), sectors=case.sectors)
    found = gaps(people(case.country, 12, region=case.region), entities=(entity,), on=case.day)
    assert [gap for *_, gap in found] == ([] if case.gap is None else [case.gap])


def test_people_of_several_companies_are_added_up_and_the_largest_number_comes_first():
    outlet = Entity(id="outlet", established=("GB",))
    found = gaps(
        people("ZW", 5),
        people("ZW", 2, upper=9, entity="outlet"),
        people("HK", 30),
        people("ZW", 0, "phone"),
        entities=(SHOP, outlet),
    )
    assert found == [("HK", "", 30, 30, Gap.NO_RULE), ("ZW", "", 7, 14, Gap.NO_BOOK)]


def test_only_people_of_the_company_that_no_rule_binds_are_named():
    small = books(book(rule(sectors=("hipaa-covered",))))
    clinic = Entity(id="clinic", established=("LU",), sectors=("hipaa-covered",))
    found = gaps(people("JP", 3), people("JP", 4, entity="clinic"), entities=(SHOP, clinic), of=small)
    assert found == [("JP", "", 3, 3, Gap.NOT_BOUND)]


def test_nobody_in_a_country_makes_no_note():
    assert gaps(people("ZW", 0), people("JP", 1)) == []


def test_each_place_is_in_a_book_or_in_a_note():
    """Two ways to the same end: a place brings a duty line of its own book, or a note."""
    for country in ("IE", "GB", "JP", "HK", "ZW", "BR", "AR", "CL", "SG", "TO", "MA", "IN", "US", "AS", "CA"):
        given = facts(people(country, 7), entities=(Entity(id="shop", established=("ZW",)),))
        decided = decide(given, BOOKS, now=NOW)
        has_line = any(
            not any(reason.kind in ("force", "sector") and reason.holds == "no" for reason in duty.reasons)
            for duty in decided.duties
        )
        assert has_line != any("Ask counsel" in note or "ask counsel" in note for note in decided.notes), country


def test_decide_says_it_on_the_screen_and_in_json(tmp_path, capsys):
    given = facts(people("HK", 12), people("ZW", 1, upper=3))
    decided = decide(given, BOOKS, now=NOW)
    assert decided.notes == (
        "12 people in Hong Kong: its book has no duty by statute (not confirmed). Read its note, and ask counsel.",
        "1 person confirmed, at most 3 in Zimbabwe: no rule is in the books. That does not say that there is no duty. "
        "Ask counsel there.",
    )
    shown = [line.text for line in lay_out(decided, given, BOOKS, asked_with="spillkit decide")]
    assert [text for text in shown if text.startswith("Note: 12 people in Hong Kong")]
    path = tmp_path / "facts.json"
    path.write_bytes(msgspec.json.encode(msgspec.structs.replace(given, milestones={})))
    assert main(["decide", str(path), "--json"]) == 0
    assert msgspec.json.decode(capsys.readouterr().out)["notes"] == list(decided.notes)
