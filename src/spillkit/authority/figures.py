"""Add up the facts of one company: people by country, by customer, by kind of data.

In:    Facts: people as counts by entity, country, account and the kinds shown of each.
Out:   Figures: confirmed and at most, for everything and for each group, largest first.
Else:  what was measured of the whole incident is `scope`; saying it is `sections`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from spillkit.law.facts import Facts, Population

_Key = TypeVar("_Key", str, tuple[str, ...])


@dataclass(frozen=True, slots=True)
class Pair:
    """So many confirmed, and at most so many."""

    confirmed: int
    most: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The people of one company in one incident."""

    people: Pair
    records: Pair  # one kind of data of one person, counted once
    by_country: dict[str, Pair]  # ISO 3166-1, "" where not known
    by_account: dict[str, Pair]  # consumer, business, ""
    by_field: dict[str, Pair]  # a person is in several
    together: dict[tuple[str, ...], Pair]  # a person is in one


def add_up(facts: Facts, entity: str) -> Figures:
    """Return the figures of one company.

    entity  its id in the facts; "": all of them together
    """
    people = [population for population in facts.populations if entity in ("", population.entity)]
    return Figures(
        people=_sum(people),
        records=Pair(
            sum(each.people * len(set(each.fields)) for each in people),
            sum(_most(each) * len(set(each.fields)) for each in people),
        ),
        by_country=_grouped(people, lambda each: (each.country,)),
        by_account=_grouped(people, lambda each: (each.account,)),
        by_field=_grouped(people, lambda each: tuple(sorted(set(each.fields)))),
        together=_grouped(people, lambda each: (tuple(sorted(set(each.fields))),)),
    )


def _grouped(people: Iterable[Population], keys: Callable[[Population], tuple[_Key, ...]]) -> dict[_Key, Pair]:
    sums: dict[_Key, list[int]] = {}
    for each in people:
        for key in keys(each):
            both = sums.setdefault(key, [0, 0])
            both[0] += each.people
            both[1] += _most(each)
    ordered = sorted(sums.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))
    return {key: Pair(*both) for key, both in ordered}


def _sum(people: Iterable[Population]) -> Pair:
    listed = list(people)
    return Pair(sum(each.people for each in listed), sum(_most(each) for each in listed))


def _most(population: Population) -> int:
    upper = population.people_upper
    return population.people if upper is None else max(upper, population.people)
