"""Find the incidents of a judged ledger: which exposures have one cause, and which cause that is.

In:    a DuckDB connection with the views exposures, exchanges, sightings, coverage and corrections; the changes.
Out:   Found; the temp table incident_rows stays on the connection.
Else:  keeping the answer is `kept`; printing it is `cli`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass

import duckdb
import numpy as np
import pyarrow as pa

from spillkit.cause.caches import prepare_caches
from spillkit.cause.events import prepare_events
from spillkit.cause.examples import find_examples
from spillkit.cause.facts import facts_of
from spillkit.cause.fragments import prepare_fragments
from spillkit.cause.grouping import Group, find_groups
from spillkit.cause.incident import Cause, Change, Incident
from spillkit.cause.jobs import prepare_jobs
from spillkit.cause.listings import prepare_listings
from spillkit.cause.mail import prepare_mail
from spillkit.cause.mapping import prepare_mapping
from spillkit.cause.neighbours import prepare_neighbours
from spillkit.cause.onset import find_onset
from spillkit.cause.readings import Events, Load, read_events, read_load
from spillkit.cause.remedies import remedy_of
from spillkit.cause.sessions import prepare_sessions
from spillkit.cause.staff import prepare_staff
from spillkit.cause.template import prepare_template
from spillkit.model import Field

_KNOWN = 0.95  # share of answers whose viewer must be known, so that who saw it counts as known


@dataclass(frozen=True, slots=True)
class Found:
    """All incidents of a ledger."""

    incidents: tuple[Incident, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    """What an incident counts to, in the words of Incident."""

    channel: str
    routes: tuple[str, ...]
    exposures: int
    answers: int
    subjects: int
    subjects_confirmed: int
    viewers: int
    viewers_known: bool
    corrected: int
    fields: tuple[str, ...]


def find_incidents(connection: duckdb.DuckDBPyConnection, changes: Sequence[Change] = ()) -> Found:
    """Put all exposures into incidents and find the cause of each.

    connection  of `Ledger.database()`; a temp table incident_rows (source, entry, viewer, incident) is left on it
    changes     deploys and changes of configuration, in any order
    Returns     incidents, numbered from 1, most people first; the same ledger and changes give the same ones
    """
    if prepare_events(connection) == 0:
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE incident_rows (source VARCHAR, entry BIGINT, viewer VARCHAR, incident INTEGER)"
        )
        return Found(())
    for prepare in _FAMILIES:
        prepare(connection)
    events, load = read_events(connection), read_load(connection)
    groups = find_groups(events, load)
    _keep_rows(connection, events, groups)
    counts = _count(connection)
    order = sorted(range(len(groups)), key=lambda at: (-counts[at].subjects, -counts[at].exposures, at))
    connection.register("ranks", pa.table({"found": order, "number": range(1, len(order) + 1)}))
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE incident_rows AS
        SELECT source, entry, viewer, number::INTEGER AS incident FROM cause_groups JOIN ranks USING (found)
        ORDER BY source, entry, viewer""")
    connection.unregister("ranks")
    incidents = []
    for number, at in enumerate(order, 1):
        mine = events.where(np.isin(np.arange(len(events)), groups[at].members))
        incidents.append(_incident(connection, number, groups[at], counts[at], mine, load, changes))
    return Found(tuple(incidents))


_FAMILIES: Sequence[Callable[[duckdb.DuckDBPyConnection], None]] = (
    prepare_caches,
    prepare_sessions,
    prepare_neighbours,
    prepare_mapping,
    prepare_jobs,
    prepare_fragments,
    prepare_template,
    prepare_mail,
    prepare_staff,
    prepare_listings,
)


def _incident(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    group: Group,
    counts: _Counts,
    events: Events,
    load: Load,
    changes: Sequence[Change],
) -> Incident:
    verdict = group.verdict
    cause = Cause(
        cause=verdict.cause,
        score=verdict.score,
        runner_up=verdict.runner_up,
        evidence_for=verdict.evidence_for,
        evidence_against=verdict.evidence_against,
        missing=verdict.missing,
        facts=facts_of(verdict.cause, group.signs),
        remedy=remedy_of(verdict.cause, counts.routes),
    )
    return Incident(
        number=number,
        cause=cause,
        onset=find_onset(connection, events, load, changes),
        examples=find_examples(connection, events, verdict.cause),
        **asdict(counts),
    )


def _keep_rows(connection: duckdb.DuckDBPyConnection, events: Events, groups: Sequence[Group]) -> None:
    """Make the table cause_groups: to which group each event belongs."""
    found = np.full(len(events), -1)
    for at, group in enumerate(groups):
        found[group.members] = at
    kept = found >= 0  # The others are namesakes.
    connection.register("chosen", pa.table({"id": events["id"][kept].astype(np.int64), "found": found[kept]}))
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE cause_groups AS
        SELECT source, entry, viewer, viewer_kind, corrected, channel, method, route, found
        FROM cause_events JOIN chosen USING (id)""")
    connection.unregister("chosen")


def _count(connection: duckdb.DuckDBPyConnection) -> dict[int, _Counts]:
    rows = connection.sql("""
        WITH rows AS (FROM exposures JOIN cause_groups USING (source, entry, viewer)),
        people AS (
            SELECT found, count(*) AS subjects, count(*) FILTER (is_sure) AS confirmed, sum(exposures)::BIGINT AS exposures
            FROM (SELECT found, subject, bool_or(evidence = 'confirmed') AS is_sure, count(*) AS exposures FROM rows GROUP BY ALL)
            GROUP BY found
        ), answered AS (
            SELECT found, count(DISTINCT (source, entry)) AS answers, count(DISTINCT viewer) AS viewers,
                count(*) FILTER (corrected) AS corrected, avg((viewer_kind <> 'unknown')::INTEGER) AS known,
                first(channel ORDER BY channel) AS channel
            FROM cause_groups GROUP BY found
        ), places AS (
            SELECT found, list(method || ' ' || route ORDER BY answers DESC, route, method) AS routes
            FROM (SELECT found, method, route, count(*) AS answers FROM cause_groups GROUP BY ALL) GROUP BY found
        ), seen AS (SELECT found, list(DISTINCT field) AS fields FROM rows GROUP BY found)
        SELECT * FROM people JOIN answered USING (found) JOIN places USING (found) JOIN seen USING (found)""").to_arrow_table()
    return {
        row["found"]: _Counts(
            channel=row["channel"],
            routes=tuple(row["routes"]),
            exposures=row["exposures"],
            answers=row["answers"],
            subjects=row["subjects"],
            subjects_confirmed=row["confirmed"],
            viewers=row["viewers"],
            viewers_known=row["known"] >= _KNOWN,
            corrected=row["corrected"],
            fields=tuple(sorted(row["fields"], key=Field.of_label)),
        )
        for row in rows.to_pylist()
    }
