"""What a law prescribes beyond what every notice says: headings to be kept as they are, items that must not be said.

In:    books of law; what people wrote that no measurement knows.
Out:   Demands, by country and region.
Else:  keeping to them is `structure`; whether all is there is `checklist`.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from datetime import date

import msgspec

from spillkit.law.books import Books
from spillkit.law.rule import DutyKind, Rule

REGION_NOT_KNOWN = "-?"  # behind a country


class Added(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sentence that only people can write: credit monitoring, why the notice is late, what the police asked for."""

    item: str  # id of the law's content.toml that it answers
    section: str  # where it stands: "happened", "do", "contact", …
    sentences: dict[str, str]  # by language


class Demands(msgspec.Struct, frozen=True):
    """What a law prescribes beyond what every notice says."""

    headings: tuple[str, ...] = ()  # a title and five headings, to be kept as they are
    withheld: frozenset[str] = frozenset()  # ids of content.toml that must not be said
    added: tuple[Added, ...] = ()


NO_DEMANDS = Demands()


def demands_by_place(books: Books, on: date, applied: Container[str] | None = None) -> dict[str, Demands]:
    """Return what the law prescribes beyond what every notice says, by country and region; places without such a law are left out.

    Under "US-?" stands what any region of a country withholds: for somebody there whose region is not known.

    on       the day by which a rule is in force
    applied  ids of the rules that two people decided to apply; None: all, which is the careful choice for what must not be said,
             and for a title that names the incident a choice that somebody has to make
    """
    found = {}
    for home in sorted({home for book in books.jurisdictions.values() for home in book.residents}):
        country, _, region = home.partition("-")
        rules = (rule for book in books.jurisdictions_of(country, home if region else "") for rule in book.rule)
        demands = demands_of((rule for rule in rules if applied is None or rule.id in applied), on)
        if demands != NO_DEMANDS:
            found[home] = demands
        if region and demands.withheld:
            unknown = found.get(f"{country}{REGION_NOT_KNOWN}", NO_DEMANDS)
            withheld = demands.withheld | unknown.withheld
            found[f"{country}{REGION_NOT_KNOWN}"] = Demands(withheld=withheld)
    return found


def demands_of(rules: Iterable[Rule], on: date | None = None) -> Demands:
    """Return what rules about telling people prescribe together.

    rules    those that apply where the person lives; others than tell-people are passed over
    on       the day by which a rule is in force; None: all
    Returns  the first headings found, and everything that any of them forbids
    """
    headings: tuple[str, ...] = ()
    withheld: set[str] = set()
    for rule in rules:
        if rule.duty is not DutyKind.TELL_PEOPLE or not _in_force(rule, on):
            continue
        headings = headings or rule.content.headings
        withheld.update(rule.content.forbidden)
    return Demands(headings, frozenset(withheld))


def _in_force(rule: Rule, on: date | None) -> bool:
    if on is None:
        return True
    return (rule.in_force_from or on) <= on <= (rule.in_force_to or on)
