"""State facts that no recording can tell: where a company is established, since when a clock runs, where people live.

In:    the facts of a case, the fields of a form.
Out:   changed facts.
Else:  whether the facts make sense is `spillkit.law.facts_file`; keeping them is the case's event FactsChanged.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from spillkit.errors import NotTaken
from spillkit.law.facts import Entity, Facts, Milestone, Population
from spillkit_server.times import read_time

Fields = Mapping[str, str]
# Times that a person states alone. Becoming aware is signed by two; what was sent or told comes from the case.
TIMES: Final = ("discovered", "determined", "assessed", "material")
# A place and, behind it, a number in any digits, with or without thousands apart.
_PART = re.compile(r"([A-Za-z]{2}(?:-[A-Za-z0-9]{1,3})?)\b[\s:=]*(\d{1,12}(?:[.,'\u202f\u00a0]\d{3}(?!\d))*)?")
_MOST_PARTS = 300


def state_company(facts: Facts, fields: Fields) -> Facts:
    """Return the facts with where a company is established, and of which kind it is.

    Raises  NotTaken if there is no such company
    """
    chosen = fields.get("entity", "")
    if chosen not in {entity.id for entity in facts.entities}:
        raise NotTaken("entity: there is no such company in these facts.")

    def changed(entity: Entity) -> Entity:
        return replace(
            entity,
            established=tuple(re.findall(r"[A-Z]{2}(?:-[A-Z0-9]{1,3})?", fields.get("established", "").upper())),
            main_establishment=fields.get("main", "").strip().upper(),
            sectors=tuple(name.partition("sector-")[2] for name in fields if name.startswith("sector-")),
            zone=fields.get("zone", "").strip() or "UTC",
        )

    return replace(facts, entities=tuple(changed(one) if one.id == chosen else one for one in facts.entities))


def state_time(facts: Facts, fields: Fields) -> Facts:
    """Return the facts with a time at which a clock starts.

    Raises  NotTaken if it is none of TIMES, or cannot be read
    """
    name = fields.get("milestone", "")
    if name not in TIMES:
        raise NotTaken("milestone: choose one of the times.")
    at = read_time(fields.get("at", ""), fields.get("zone", "UTC"))
    return replace(facts, milestones={**facts.milestones, name: Milestone(at=at, because=fields.get("why", "")[:300])})


def state_people(facts: Facts, fields: Fields) -> Facts:
    """Return the facts with where the people of one line live, and whether they are consumers.

    fields  population: its place in the facts, from 0; places: "US-CA 10, US-NY 3", the rest stays where it was; one place
            without a number is for all; account: "consumer", "business" or "" (as it was)
    Raises  NotTaken if there is no such line, or the numbers are more than the people
    """
    number = fields.get("population", "")
    if not (number.isascii() and number.isdigit() and int(number) < len(facts.populations)):
        raise NotTaken("population: there is no such line in these facts.")
    old = facts.populations[int(number)]
    account = fields.get("account", "")
    if account not in ("", "consumer", "business"):
        raise NotTaken("account: choose one of the answers.")
    old = replace(old, account=account or old.account)
    parts = tuple(_split(old, fields.get("places", "")))
    before, after = facts.populations[: int(number)], facts.populations[int(number) + 1 :]
    return replace(facts, populations=(*before, *parts, *after))


def keep_stated(measured: Facts, before: Facts | None) -> Facts:
    """Return newly measured facts with what people had stated in the room, where the measurement says nothing.

    What the workspace's entities.toml says of a company goes first. People who were told apart by region stay so while their
    number is the same.
    """
    if before is None:
        return measured
    stated = {entity.id: entity for entity in before.entities if entity.established}
    entities = tuple(one if one.established else stated.get(one.id, one) for one in measured.entities)
    parts: dict[tuple[object, ...], list[Population]] = {}
    for one in before.populations:
        parts.setdefault(_alike(one), []).append(one)
    sizes = Counter(_alike(one) for one in measured.populations)
    populations = tuple(
        part
        for one in measured.populations
        for part in (_same_people(one, parts.get(_alike(one), [])) if sizes[_alike(one)] == 1 else (one,))
    )
    times = {name: one for name, one in before.milestones.items() if name in TIMES}
    return replace(measured, entities=entities, populations=populations, milestones={**times, **measured.milestones})


STATING: Mapping[str, Callable[[Facts, Fields], Facts]] = {
    "company": state_company,
    "time": state_time,
    "people": state_people,
}


def _split(old: Population, text: str) -> list[Population]:
    """Take the people of each place that is named out of a line of people."""
    given = [(code.upper(), number) for code, number in _PART.findall(text)]
    if len(given) > _MOST_PARTS or _PART.sub("", text).strip(" \r\n\t,;.") != "":
        raise NotTaken("places: write each place with its number, as US-CA 10, US-NY 3.")
    if not given:
        return [old]
    most = old.people if old.people_upper is None else old.people_upper
    counts = [int(re.sub(r"\D", "", number)) if number else None for _code, number in given]
    if None in counts and len(given) > 1:
        raise NotTaken("places: give each place its number. One place alone needs none: then all of them live there.")
    sizes = [most if count is None else count for count in counts]
    if sum(sizes) > most:
        raise NotTaken(
            "places: these are {count} people, and the line has {most}. Mend the numbers.", count=sum(sizes), most=most
        )
    parts, sure = [], old.people
    for (code, _number), size in zip(given, sizes, strict=True):
        confirmed = min(size, sure)
        sure -= confirmed
        most -= size
        if size:
            parts.append(_at(old, code, confirmed, size))
    return parts if most == 0 else [*parts, replace(old, people=sure, people_upper=most if most != sure else None)]


def _at(old: Population, code: str, people: int, most: int) -> Population:
    return replace(
        old,
        country=code.partition("-")[0],
        region=code if "-" in code else "",
        people=people,
        people_upper=most if most != people else None,
    )


def _alike(one: Population) -> tuple[object, ...]:
    return one.entity, one.country, one.fields, one.account


def _same_people(measured: Population, before: list[Population]) -> tuple[Population, ...]:
    def most(one: Population) -> int:
        return one.people if one.people_upper is None else one.people_upper

    told_apart = any(one.region for one in before) and not measured.region
    same = sum(one.people for one in before) == measured.people and sum(map(most, before)) == most(measured)
    return tuple(before) if told_apart and same else (measured,)
