"""Read a facts file, and check facts before anything is decided on them.

In:    a TOML or JSON file that somebody typed, or facts from anywhere; the books; the time.
Out:   Facts that make sense, and what a reader must be told about them.
Else:  facts from a measured incident are made by `measured`; deciding is `decide`.

Whatever cannot be meant is refused with the place in the file and the way out. Names are never quoted: a file of facts may hold
anything, and error messages go to logs.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import msgspec

from spillkit.errors import LawError
from spillkit.law.books import Books
from spillkit.law.clocks import check_moment, zone_of
from spillkit.law.facts import Entity, Facts, Population
from spillkit.law.phrases import MILESTONES
from spillkit.law.places import countries, place
from spillkit.printed import printable

EXAMPLE = Path(__file__).parent / "example_facts.toml"
_MOST_BYTES = 64 << 20
_AFTER_AWARE = ("determined", "assessed", "authority-told", "people-told", "material")
_BEFORE_AWARE = "The time “{}” lies before the company became aware. Check both times."
# What may be odd about facts, in sentences.
ODD = (
    "The company became aware before it began, as these facts have it. Check both times.",
    "The company became aware before the discovery, as these facts have it. Check both times.",
    "Nobody is affected, as these facts have it. Nothing is triggered by nobody.",
    *(_BEFORE_AWARE.format(MILESTONES[later]) for later in _AFTER_AWARE),
)
_MOST_PEOPLE = 20_000_000_000  # more than there are: a slip of the keyboard
_VIEWERS = ("subject", "anonymous", "crawler", "staff", "partner", "unknown", "outside")
_ACCOUNTS = ("", "consumer", "business")
_YES_NO = ("yes", "no")


def read_facts(path: Path) -> Facts:
    """Read facts from a file.

    path     TOML, or JSON where the name ends in .json
    Returns  Facts as they stand there; whether they make sense is `check_facts`
    Raises   LawError that names the file and the place in it
    """
    name = printable(path.name)
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LawError(f"{name}: larger than 64 MB. Facts are counts of people, not lists of them.")
        data = path.read_bytes()
    except OSError as error:
        raise LawError(
            f"{name}: cannot be read ({error.strerror}). Name a file that is there, or start one with "
            "`spillkit decide --example`."
        ) from error
    return parse_facts(data, name, is_json=path.suffix.lower() == ".json")


def parse_facts(data: bytes, name: str, *, is_json: bool = False) -> Facts:
    """Read facts from bytes; `name` stands in the messages. LawError if they are not facts."""
    try:
        if is_json:
            return msgspec.json.decode(data, type=Facts)
        return msgspec.convert(tomllib.loads(data.decode("utf-8-sig")), Facts)
    except UnicodeDecodeError as error:
        raise LawError(f"{name}: not UTF-8 at byte {error.start}. Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        # The parser's words hold the place; a key that was written twice would be quoted, so only the place is kept.
        raise LawError(f"{name}: not TOML {_where(str(error))}. Compare with `spillkit decide --example`.") from error
    except msgspec.ValidationError as error:
        raise LawError(
            f"{name}: {printable(str(error))}. What may stand there is in `spillkit decide --example`."
        ) from error
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise LawError(f"{name}: cannot be read as {'JSON' if is_json else 'TOML'}. Look for a broken line.") from error


def check_facts(facts: Facts, books: Books, now: datetime) -> tuple[str, ...]:
    """Refuse facts that cannot be meant, and say what is odd about the others.

    facts    from a file, or measured
    books    whose kinds of data, sectors and questions the facts must use
    now      UTC; nothing in the facts may lie after it
    Returns  sentences that a reader must see beside the decision
    Raises   LawError that names the place
    """
    if facts.version != 1:
        raise LawError(f"version: this Spillkit reads facts of version 1, these say {facts.version}.")
    check_moment(now, "The time given as now")
    _check_entities(facts.entities, books)
    known = {entity.id for entity in facts.entities}
    for number, population in enumerate(facts.populations):
        _check_population(population, f"populations[{number}]", known, books)
    _check_answers(facts, books)
    for at, viewer in enumerate(facts.shown_to):
        _one_of(viewer, _VIEWERS, f"shown_to[{at}]", "kind of viewer")
    _one_of(facts.intentional, ("", *_YES_NO), "intentional", "answer")
    if facts.coverage is not None and not 0 <= facts.coverage <= 1:
        raise LawError("coverage: must be a share between 0 and 1, or left out where the numbers were typed in.")
    return (*_check_times(facts, now), *_odd(facts))


def _check_entities(entities: Iterable[Entity], books: Books) -> None:
    seen: set[str] = set()
    for number, entity in enumerate(entities):
        at = f"entities[{number}]"
        if not entity.id:
            raise LawError(f"{at}.id: is empty. Give each legal entity a short name, as shop-eu.")
        if entity.id in seen:
            raise LawError(f"{at}.id: was used for an earlier entity. Each one needs its own.")
        seen.add(entity.id)
        for code in (*entity.established, *((entity.main_establishment,) if entity.main_establishment else ())):
            _check_place(code.partition("-")[0], code if "-" in code else "", f"{at}.established")
        main = place(entity.main_establishment.partition("-")[0])[0] if entity.main_establishment else ""
        if main and main not in books.authorities.get("eea", {main: ()}):
            raise LawError(
                f"{at}.main_establishment: is the one in the EEA (GDPR Art. 4(16)), and this country is not in it. "
                "Leave it empty where the company has none there."
            )
        for sector in entity.sectors:
            _one_of(sector, books.sectors, f"{at}.sectors", "sector")
        zone_of(entity.zone)


def _check_population(population: Population, at: str, entities: set[str], books: Books) -> None:
    if population.entity not in entities:
        raise LawError(f"{at}.entity: no entity has this id. Add it under [[entities]], or mend the id here.")
    if not population.country and population.region:
        raise LawError(f"{at}.country: is empty beside a region. Write the country as well.")
    if population.country:
        _check_place(population.country, population.region, at)
    if not population.fields:
        raise LawError(f"{at}.fields: names no kind of data. Write what was shown of these people, as name or email.")
    for kind in population.fields:
        _one_of(kind, books.fields, f"{at}.fields", "kind of data")
    _one_of(population.account, _ACCOUNTS, f"{at}.account", "kind of account")
    upper = population.people if population.people_upper is None else population.people_upper
    if population.people < 0 or upper > _MOST_PEOPLE:
        raise LawError(f"{at}.people: must be between 0 and {_MOST_PEOPLE:,}.")
    if upper < population.people:
        raise LawError(f"{at}.people_upper: is below people. At most cannot be fewer than confirmed.")


def _check_place(country: str, region: str, at: str) -> None:
    if place(country)[0] not in countries():
        raise LawError(
            f"{at}: there is no country with that code. Write ISO 3166-1 letters in capitals, as JP, or leave it empty "
            "where the country is not known."
        )
    if region and (region.partition("-")[0] != country or not region.partition("-")[2].isalnum() or len(region) > 6):
        raise LawError(
            f"{at}: a region is written with its country before it, as US-CA, and lies in the country given."
        )


def _check_answers(facts: Facts, books: Books) -> None:
    for key, answer in facts.answers.items():
        question, at, code = key.partition("@")
        _one_of(question, books.questions, "answers", "question")
        if at and code not in books.jurisdictions:
            raise LawError(
                f"answers: behind the @ of {question} stands no jurisdiction. `spillkit law list` has their codes."
            )
        _one_of(answer, _YES_NO, f"answers.{question}", "answer")


def _check_times(facts: Facts, now: datetime) -> Iterable[str]:
    began = None if facts.began_at is None else check_moment(facts.began_at, "began_at")
    ended = None if facts.ended_at is None else check_moment(facts.ended_at, "ended_at")
    for name, milestone in facts.milestones.items():
        _one_of(name, [one for one in MILESTONES if one != "year-end"], "milestones", "milestone")
        check_moment(milestone.at, f"milestones.{name}.at")
    moments = {name: check_moment(milestone.at, name) for name, milestone in facts.milestones.items()}
    for what, moment in (("began_at", began), ("ended_at", ended), *moments.items()):
        if moment is not None and moment > now:
            raise LawError(
                f"{what}: lies after the time on this machine. Mend the time, or set the machine's clock, and ask again."
            )
    if began is not None and ended is not None and ended < began:
        raise LawError("ended_at: lies before began_at. One of them is wrong.")
    aware, found = moments.get("aware"), moments.get("discovered")
    if aware is not None and began is not None and aware < began:
        yield ODD[0]
    if aware is not None and found is not None and aware < found:
        yield ODD[1]
    for later in _AFTER_AWARE:
        if later in moments and aware is not None and moments[later] < aware:
            yield _BEFORE_AWARE.format(MILESTONES[later])


def _odd(facts: Facts) -> Iterable[str]:
    if not any(population.people_upper or population.people for population in facts.populations):
        yield ODD[2]
    if facts.coverage is not None and facts.coverage < 1:
        yield (
            f"{facts.coverage:.0%} of the traffic was looked at; the numbers may be larger. "
            "A threshold that is not reached may be reached all the same."
        )


def _one_of(value: str, known: Iterable[str], at: str, what: str) -> None:
    """Refuse a value that is none of the known ones; what comes near is proposed, the value itself is not repeated."""
    names = list(known)
    if value in names:
        return
    near = difflib.get_close_matches(value[:64], [name for name in names if name], 1)
    proposal = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(name for name in names if name)}."
    raise LawError(f"{at}: there is no such {what}. {proposal}")


def _where(message: str) -> str:
    _, found, rest = message.rpartition("(at ")
    return f"at {rest.rstrip(')')}" if found else "somewhere in it"
