"""Make facts of what was measured: who, where, which fields, for a whole workspace or one incident.

In:    a workspace with a judged ledger and a customer list; its `entities.toml`, if there is one; the books; the time.
Out:   Facts: counts by legal entity, country, account and fields; times, viewers, coverage; never a person.
Else:  counting exposures is `scope`, finding causes is `cause`, deciding is `decide`.

People are grouped in the database: a million of them are a few rows here. Confirmed people stand with the fields that are confirmed
of them; those who are no more than possible stand as "at most". What nobody knows stays empty, and deciding then asks for it.

`entities.toml` in the workspace has the same `[[entities]]` as a facts file; each `id` is a legal_entity of the customer list.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and a whole number.

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from spillkit.cause.incident import CauseClass, Incident
from spillkit.cause.kept import Incidents, incidents_at_hand, read_incidents
from spillkit.directory import Directory
from spillkit.errors import InputError, LawError
from spillkit.law.books import Books
from spillkit.law.facts import Entity, Facts, Population
from spillkit.ledger import Ledger
from spillkit.model import Field
from spillkit.scope.facts import CONFIRMED, fields_of
from spillkit.scope.measure import Scope, open_scope
from spillkit.scope.measurement import Measurement
from spillkit.settings import Workspace

ENTITIES_NAME = "entities.toml"
NO_ENTITY = "company"  # the id of the legal entity where the customer list names none
_MOST_BYTES = 1 << 20
# Causes that are mistakes and nobody's purpose. Walking through ids may be either; staff access is.
_ON_PURPOSE = {CauseClass.STAFF: "yes", CauseClass.ENUMERATION: "", CauseClass.UNKNOWN: ""}


class _Entities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    entities: tuple[Entity, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """One line of the count: people who share everything that laws ask for."""

    entity: str
    country: str
    account: str
    fields: tuple[str, ...]
    confirmed: int
    at_most: int


def measure_facts(workspace: Workspace, books: Books, *, now: datetime, incident: int | None = None) -> Facts:
    """Return the facts of a measured incident.

    workspace  with a scanned recording and a customer list
    now        UTC
    incident   its number in `spillkit cause`; None: all exposures together
    Returns    Facts without milestones: when the company became aware is decided by people
    Raises     InputError if nothing was scanned, there is no such incident, or entities.toml cannot be read
    """
    ledger = Ledger(workspace.ledger_dir)
    if not ledger.sources():
        raise InputError(
            "Nothing was scanned yet, so there is nothing to decide on. Run `spillkit scan RECORDING` first."
        )
    known = read_entities(workspace.root / ENTITIES_NAME)
    found = read_incidents(ledger) if incident is not None else incidents_at_hand(ledger)
    directory = Directory.open(workspace)
    with ledger.database() as connection:
        if found is not None and incident is not None:
            found.narrow(connection, incident)
        with open_scope(connection, directory.attributes(), directory.size) as scope:
            measurement = scope.measure(now=now)
            groups = count_groups(scope, books)
    populations, entities = place_people(groups, known)
    return Facts(
        version=1,
        incident="all" if incident is None else str(incident),
        entities=entities,
        populations=populations,
        began_at=measurement.first_at,
        ended_at=measurement.last_at,
        shown_to=tuple(
            sorted(viewer.kind for viewer in measurement.by_viewer_kind if viewer.confirmed or viewer.possible)
        ),
        intentional=intent(_chosen(found, incident)),
        coverage=measurement.coverage.share,
        method=_method(measurement),
    )


def count_groups(scope: Scope, books: Books) -> list[Measured]:
    """Count people by legal entity, country, account and fields, in the database."""
    kind_of = {kind.ledger: name for name, kind in books.fields.items() if kind.ledger}
    rows = scope.connection.execute(
        f"""SELECT coalesce(a.legal_entity, ''), coalesce(a.country, ''), coalesce(a.account_type, ''),
            CASE WHEN (p.bits & {CONFIRMED}) <> 0 THEN p.bits & {CONFIRMED} ELSE p.bits >> 16 END AS fields,
            count(*) FILTER ((p.bits & {CONFIRMED}) <> 0), count(*)
        FROM scope_people p JOIN scope_subjects s ON s.id = p.subject LEFT JOIN subject_attributes a ON a.subject = s.subject
        GROUP BY ALL ORDER BY ALL"""
    ).fetchall()
    return [
        Measured(entity, country, account, _kinds(bits, kind_of), confirmed, at_most)
        for entity, country, account, bits, confirmed, at_most in rows
    ]


def place_people(
    groups: Iterable[Measured], known: Sequence[Entity]
) -> tuple[tuple[Population, ...], tuple[Entity, ...]]:
    """Put people under legal entities.

    known    of entities.toml; where it holds a single one, people without a legal entity are its people
    Returns  populations, and entities: the known ones, then those that only the customer list names
    """
    ids = {entity.id for entity in known}
    alone = known[0].id if len(known) == 1 else NO_ENTITY
    populations, others = [], {}
    for group in groups:
        entity = group.entity or alone
        if entity not in ids:
            others[entity] = Entity(id=entity)
        populations.append(
            Population(
                entity=entity,
                country=group.country,
                people=group.confirmed,
                people_upper=group.at_most if group.at_most != group.confirmed else None,
                fields=group.fields,
                account=group.account if group.account in ("consumer", "business") else "",
            )
        )
    return tuple(populations), (*known, *others.values())


def read_entities(path: Path) -> tuple[Entity, ...]:
    """Read the legal entities of a workspace; none where there is no file. LawError if it cannot be read."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise LawError(f"{path.name}: larger than 1 MB. It holds the company's legal entities, one block each.")
        given = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _Entities)
    except FileNotFoundError:
        return ()
    except msgspec.ValidationError as error:
        raise LawError(f"{path.name}: {error}. docs/reference/facts-file.md shows every key.") from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise LawError(
            f"{path.name}: cannot be read as TOML. docs/reference/facts-file.md shows an example."
        ) from error
    if given.version != 1:
        raise LawError(f"{path.name}: version must be 1; this Spillkit reads no other.")
    return given.entities


def intent(incidents: Iterable[Incident]) -> str:
    """Say whether somebody did it on purpose, as far as causes tell: "yes", "no", or "" where they do not."""
    found = {_ON_PURPOSE.get(incident.cause.cause, "no") for incident in incidents}
    if "yes" in found:
        return "yes"
    return "no" if found == {"no"} else ""


def _chosen(found: Incidents | None, incident: int | None) -> Sequence[Incident]:
    if found is None:
        return ()
    return found.incidents if incident is None else (found.incident(incident),)


def _kinds(bits: int, kind_of: dict[str, str]) -> tuple[str, ...]:
    """The kinds of data behind the bits of a person; an answer that only says for whom it is, is a document of that person."""
    labels = [label for label in fields_of(bits) if label != Field.RENDERED_FOR.label]
    return tuple(dict.fromkeys(kind_of.get(label, "token") for label in labels)) or ("document",)


def _method(measurement: Measurement) -> str:
    upper = measurement.people.upper_bound
    most = "nobody can say how many more there may be" if upper is None else f"at most {upper:,} people in all"
    return f"{measurement.people.method.rstrip('.')}; {most}"
