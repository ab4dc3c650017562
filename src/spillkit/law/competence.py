"""Say which authority is told.

In:    the addressee of a rule, a company's establishments, the people whom the rule counts, the tables of authorities.
Out:   official names, why these, and what must be asked first.
Else:  whether any authority is told is `decide`.

Source: GDPR Art. 55 and 56; EDPB Guidelines 9/2022, para 73: a company without an establishment in the EEA tells every authority
where affected people live, and a representative does not change that. A country outside the EEA has a book, and a name, of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from spillkit.law.books import Authority
from spillkit.law.decision import NAME_OF_ADDRESSEE, NAME_OF_AUTHORITY, Reason, Truth
from spillkit.law.facts import Entity, Population
from spillkit.law.phrases import Phrase
from spillkit.law.places import place
from spillkit.law.rule import Addressee, Status
from spillkit.law.telling import English
from spillkit.law.words import reason_of

_LEAD = "GDPR Art. 56(1), 56(6)"
_EVERY = "GDPR Art. 55; EDPB Guidelines 9/2022, para 73"
_PUBLIC = "public-body"
_TELECOM = "telecom"


class Competent(NamedTuple):
    """Who is told, and why."""

    names: tuple[str, ...]
    reasons: tuple[Reason, ...] = ()
    not_confirmed: tuple[str, ...] = ()


def competent(to: Addressee | None, entity: Entity, people: Iterable[Population], english: English) -> Competent:
    """Name the authorities.

    to       the addressee of the rule; None: the people themselves, or nobody
    people   the populations that the rule counts
    Returns  official names; for a table (the EEA) those of the countries that are competent
    """
    if to is None:
        return Competent(())
    if not to.list:
        unsure = () if to.status is Status.CONFIRMED else (NAME_OF_ADDRESSEE + to.name,)
        return Competent((to.name,), (), unsure)
    table = english.books.authorities.get(to.list, {})
    return _in_table(table, entity, people, english)


def _in_table(
    table: Mapping[str, tuple[Authority, ...]], entity: Entity, people: Iterable[Population], english: English
) -> Competent:
    homes: Counter[str] = Counter()
    for population in people:
        homes[place(population.country, population.region)[0]] += _at_most(population)
    concerned = {code: homes[code] for code in sorted(table) if homes[code]}
    seats = list(dict.fromkeys(code for code in entity.established if _country(code) in table))
    main = entity.main_establishment
    if main or len({_country(seat) for seat in seats}) == 1:
        lead = main or max(seats, key=len)
        return _lead(lead, "main-seat" if main else "single-seat", entity, concerned, table, english)
    if seats:
        reason = reason_of(
            Phrase("leads"),
            Phrase("several-seats", (",".join(_country(seat) for seat in seats),)),
            english,
            holds=Truth.UNKNOWN,
            source=_LEAD,
            question=f"main-establishment@{entity.id}",
            kind="authority",
        )
        return _named([(seat, table) for seat in seats], entity, english, (reason,))
    return _every(entity, concerned, table, english)


def _lead(
    seat: str,
    kind: str,
    entity: Entity,
    concerned: Mapping[str, int],
    table: Mapping[str, tuple[Authority, ...]],
    english: English,
) -> Competent:
    others = ",".join(f"{code}={number}" for code, number in concerned.items() if code != _country(seat))
    reason = reason_of(
        Phrase("leads-alone"),
        Phrase(kind, (_country(seat), Phrase("others", (others,)) if others else Phrase("no-others"))),
        english,
        holds=Truth.YES,
        source=_LEAD,
        kind="authority",
    )
    return _named([(seat, table)], entity, english, (reason,))


def _every(
    entity: Entity, concerned: Mapping[str, int], table: Mapping[str, tuple[Authority, ...]], english: English
) -> Competent:
    is_open = not entity.established
    reason = reason_of(
        Phrase("every"),
        Phrase("every-open" if is_open else "every-sure"),
        english,
        holds=Truth.UNKNOWN if is_open else Truth.YES,
        source=_EVERY,
        question=f"established@{entity.id}" if is_open else "",
        kind="authority",
    )
    return _named([(code, table) for code in concerned], entity, english, (reason,))


def _named(
    seats: Iterable[tuple[str, Mapping[str, tuple[Authority, ...]]]],
    entity: Entity,
    english: English,
    reasons: tuple[Reason, ...],
) -> Competent:
    names: dict[str, Status] = {}
    asked: list[Reason] = []
    for seat, table in seats:
        for authority in _of_company(table[_country(seat)], entity):
            below = english.books.authorities.get(authority.table, {}) if authority.table else {}
            if below and seat in below:
                names.update((one.name, one.status) for one in _of_company(below[seat], entity))
                continue
            names[authority.name] = authority.status
            if below:
                asked.append(
                    reason_of(
                        Phrase("part", (_country(seat),)),
                        Phrase("part-open"),
                        english,
                        holds=Truth.UNKNOWN,
                        source=_LEAD,
                        question=f"region-of-establishment@{entity.id}",
                        kind="authority",
                    )
                )
    unsure = tuple(NAME_OF_AUTHORITY + name for name, status in names.items() if status is not Status.CONFIRMED)
    return Competent(tuple(names), (*reasons, *asked), unsure)


def _of_company(authorities: Iterable[Authority], entity: Entity) -> list[Authority]:
    """Of several authorities of one country, those for this company."""
    every = list(authorities)
    kinds = {_PUBLIC: ("public",), _TELECOM: ("telecom",)}
    wanted = [word for sector in entity.sectors for word in kinds.get(sector, ())]
    fitting = [one for one in every if any(word in one.for_ for word in wanted)]
    if fitting:
        return [*(one for one in every if not one.for_), *fitting]
    return [one for one in every if one.for_ in ("", "companies")] or every


def _country(code: str) -> str:
    return place(code.partition("-")[0])[0]


def _at_most(population: Population) -> int:
    return population.people if population.people_upper is None else population.people_upper
