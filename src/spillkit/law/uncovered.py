"""Name the people of whom the books say nothing: no book counts their home, or no rule in it binds the company that day.

In:    facts, the books, the day by whose law the incident is judged.
Out:   Uncovered, one for each place, with how many people and why; the same as a sentence.
Else:  deciding is `decide`. That the books are silent does not say that there is no duty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from enum import StrEnum

import msgspec

from spillkit.law.books import Books
from spillkit.law.decision import Truth
from spillkit.law.facts import Entity, Facts, Population
from spillkit.law.places import homes, lives_there, place, place_name
from spillkit.law.rule import Jurisdiction, Rule, Status
from spillkit.law.words import counted


class Gap(StrEnum):
    """Why the books say nothing."""

    NO_BOOK = "no book"
    NO_RULE = "no rule"  # there is a book, and it says that there is no duty by statute
    NOT_BOUND = "not bound"  # its rules bind other kinds of company, or are not in force that day


class Uncovered(msgspec.Struct, frozen=True, kw_only=True):
    """People of one place for whom no rule was looked at."""

    country: str  # ISO 3166-1, as `place` gives it
    region: str  # ISO 3166-2; "" where not known
    people: int  # confirmed
    people_upper: int
    gap: Gap
    book: str = ""  # code of the book that was read; "": there is none
    status: Status = Status.CONFIRMED  # of a book without rules: how sure it is that there is no duty


def find_uncovered(facts: Facts, books: Books, on: Callable[[Jurisdiction], date]) -> tuple[Uncovered, ...]:
    """Return the people for whom no rule of their own home was looked at, most people first.

    on       the day by whose law a book is asked, by the calendar of its own zone
    Returns  nothing for people whose country is not known: deciding asks for it
    """
    entities = {entity.id: entity for entity in facts.entities}
    by_place: dict[tuple[str, str], list[Population]] = {}
    for one in facts.populations:
        at = place(one.country, one.region)
        if at[0] and _most(one):
            by_place.setdefault(at, []).append(one)
    counting = [(book, homes(book.residents)) for book in books.jurisdictions.values()] if by_place else []
    found = []
    for at, people in by_place.items():
        here = [book for book, counted_homes in counting if lives_there(*at, counted_homes) is not Truth.NO]
        left = [one for one in people if not any(_binds(book, entities[one.entity], on(book)) for book in here)]
        if left:
            found.append(_gap(at, left, here))
    return tuple(sorted(found, key=lambda gap: (-gap.people_upper, gap.country, gap.region)))


def uncovered_words(gap: Uncovered, books: Books) -> str:
    """Say it in a sentence that ends with what to do."""
    book = books.jurisdictions.get(gap.book)
    # The CLDR's name of a place may be longer than the one its own book bears.
    where = book.name if book and gap.gap is Gap.NO_RULE else place_name(gap.region or gap.country)
    who = f"{counted(gap.people, gap.people_upper)} in {where}"
    if book is None:
        return f"{who}: no rule is in the books. That does not say that there is no duty. Ask counsel there."
    if gap.gap is Gap.NO_RULE:
        sure = "" if gap.status is Status.CONFIRMED else f" ({gap.status})"
        return f"{who}: its book has no duty by statute{sure}. Read its note, and ask counsel."
    return (
        f"{who}: the rules in the book of {book.name} bind other kinds of company, or are not in force on that day. "
        "Ask counsel."
    )


def _gap(at: tuple[str, str], left: Sequence[Population], here: Sequence[Jurisdiction]) -> Uncovered:
    empty = next((book for book in here if not book.rule), None)
    gap = Gap.NO_BOOK if not here else Gap.NOT_BOUND if any(book.rule for book in here) else Gap.NO_RULE
    book = next((book for book in here if book.rule), empty)
    return Uncovered(
        country=at[0],
        region=at[1],
        people=sum(one.people for one in left),
        people_upper=sum(_most(one) for one in left),
        gap=gap,
        book=book.code if book else "",
        status=empty.source.status if gap is Gap.NO_RULE and empty and empty.source else Status.CONFIRMED,
    )


def _binds(book: Jurisdiction, entity: Entity, on: date) -> bool:
    """Whether any rule of a book is looked at for a company, and is in force."""
    return any(_is_in_force(rule, on) and _is_of_kind(rule, entity) for rule in book.rule)


def _is_in_force(rule: Rule, on: date) -> bool:
    return not (rule.in_force_from and on < rule.in_force_from) and not (rule.in_force_to and on > rule.in_force_to)


def _is_of_kind(rule: Rule, entity: Entity) -> bool:
    return not rule.binds.sectors or not set(rule.binds.sectors).isdisjoint(entity.sectors)


def _most(one: Population) -> int:
    return one.people if one.people_upper is None else one.people_upper
