"""Count what recordings since the repair hold: answers that could have shown the fault, and those that did.

In:    a connection of the ledger with the view incident_rows besides its own; an incident; the time of the repair.
Out:   Later: counts by route, then and since; places of recorded requests that are worth asking again.
Else:  what the counts mean is `proof`; bounds are `bounds`.

An answer could have shown the fault if its route is one of the incident, its body was recorded, its viewer is of a kind that the
fault showed somebody, and its status is one with which the fault showed itself: a thousand refusals since the repair prove nothing.
"""

# ruff: noqa: S608 - the SQL holds constants of this module only; values are parameters.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb
import msgspec

from spillkit.cause.incident import CauseClass, Incident
from spillkit.fix.results import Later, RouteTraffic
from spillkit.scope.facts import at

_ROUTE = "e.method || ' ' || e.route"


@dataclass(frozen=True, slots=True)
class Repair:
    """When the fault was repaired, and how that is known."""

    at: datetime | None
    by: str


@dataclass(frozen=True, slots=True)
class Place:
    """One recorded request: where it stands."""

    source: str
    entry: int
    method: str
    route: str
    body_bytes: int  # of the answer
    is_of_incident: bool


def repair_of(incident: Incident, said: datetime | None) -> Repair:
    """Return when the fault was repaired: as said, else the change that ended it, else after the last exposed answer."""
    if said is not None:
        return Repair(said, "as said")
    onset = incident.onset
    if onset.ended_with is not None:
        return Repair(onset.ended_with.at, "the change that ended it")
    if onset.last_at is not None:
        return Repair(onset.last_at, "the last exposed answer, since no time of the repair is known")
    return Repair(None, "unknown, since the exposed answers have no times")


def counted_evidence(incident: Incident) -> tuple[str, ...]:
    """Return which evidence counts: what is only possible (a name alone) counts only where the fault showed nothing else."""
    return ("confirmed",) if incident.subjects_confirmed else ("confirmed", "possible")


def counted_part(connection: duckdb.DuckDBPyConnection, incident: Incident) -> Incident:
    """Return the incident with those of its routes on which it showed something that counts (see `counted_evidence`).

    A namesake on some page may fall into the time of an incident; that page would keep any repair from being proven.
    """
    rows = connection.execute(
        f"""SELECT DISTINCT {_ROUTE} FROM exposures e SEMI JOIN (SELECT * FROM incident_rows WHERE incident = $incident) i
            ON e.source = i.source AND e.entry = i.entry AND e.viewer = i.viewer
        WHERE list_contains($evidence, e.evidence)""",
        {"incident": incident.number, "evidence": list(counted_evidence(incident))},
    ).fetchall()
    counted = {route for (route,) in rows}
    routes = tuple(route for route in incident.routes if route in counted)
    return msgspec.structs.replace(incident, routes=routes or incident.routes)


def apart_from(incident: Incident, incidents: Sequence[Incident], repair: Repair) -> frozenset[int]:
    """Return the numbers of incidents with another cause that were there before the repair: two faults at one time stay two."""
    return frozenset(
        other.number
        for other in incidents
        if other.number != incident.number
        and other.cause.cause is not incident.cause.cause
        and repair.at is not None
        and other.onset.first_at is not None
        and other.onset.first_at < repair.at
    )


def later_traffic(
    connection: duckdb.DuckDBPyConnection, incident: Incident, repair: Repair, apart: frozenset[int] = frozenset()
) -> Later:
    """Return what was recorded on the incident's routes while the fault was at work and since the repair.

    apart  numbers of incidents whose exposures do not count against this repair (see `apart_from`)
    Cost   one pass over the exchanges; only counts come back
    """
    _prepare(connection, incident, repair, apart)
    rows = connection.execute(
        f"""SELECT {_ROUTE} AS path,
            count(*) FILTER (is_then)::BIGINT, count(*) FILTER (is_then AND exposed_by = $incident)::BIGINT,
            count(*) FILTER (is_since)::BIGINT, count(*) FILTER (is_since AND counts_against)::BIGINT
        FROM fix_answers e GROUP BY 1""",
        {"incident": incident.number},
    ).fetchall()
    by_route = {path: counts for path, *counts in rows}
    routes = []
    for route in incident.routes:
        then, exposed_then, since, exposed_since = by_route.get(route, (0, 0, 0, 0))
        routes.append(
            RouteTraffic(
                route=route,
                answers_then=then,
                exposed_then=exposed_then,
                answers_since=since,
                exposed_since=exposed_since,
            )
        )
    first, last, minutes, untimed, other = _row(
        connection,
        """SELECT min(epoch_us(shown_at)) FILTER (is_since), max(epoch_us(shown_at)) FILTER (is_since),
            count(DISTINCT date_trunc('minute', shown_at)) FILTER (is_since)::BIGINT,
            count(*) FILTER (shown_at IS NULL)::BIGINT, count(*) FILTER (is_since AND is_exposed AND NOT counts_against)::BIGINT
        FROM fix_answers""",
    )
    [(kinds,)] = connection.execute("SELECT list(kind ORDER BY kind) FROM fix_kinds").fetchall()
    known, looked_at = _coverage_since(connection, repair)
    return Later(
        fixed_at=repair.at,
        fixed_by=repair.by,
        viewer_kinds=tuple(kinds or ()),
        routes=tuple(routes),
        known_since=max(known, looked_at),
        looked_at_since=looked_at,
        first_at=at(first),
        last_at=at(last),
        minutes=minutes,
        untimed=untimed,
        other_exposed=other,
    )


def places_to_ask(
    connection: duckdb.DuckDBPyConnection, incident: Incident, sources: Sequence[str], most: int = 24
) -> list[Place]:
    """Return recorded requests worth asking again: exposed ones of each route, each address once, and a few long ones.

    sources  recordings that can be read again
    most     of each route
    """
    rows = connection.execute(
        """WITH asked AS (
            SELECT e.source, e.entry, e.method, e.route, e.url, max(e.body_bytes)::BIGINT AS size, min(e.shown_at) AS moment
            FROM exchanges e SEMI JOIN (SELECT * FROM incident_rows WHERE incident = $incident) i
                ON e.source = i.source AND e.entry = i.entry
            WHERE list_contains($sources, e.source)
            GROUP BY ALL
        ), firsts AS (
            SELECT * FROM asked
            QUALIFY row_number() OVER (PARTITION BY method, route, url ORDER BY moment, source, entry) = 1
        )
        SELECT source, entry, method, route, size FROM firsts
        QUALIFY row_number() OVER (PARTITION BY method, route ORDER BY moment, source, entry) <= $most
        ORDER BY moment, source, entry""",
        {"incident": incident.number, "sources": list(sources), "most": most},
    ).fetchall()
    found = [Place(source, entry, method, route, size, True) for source, entry, method, route, size in rows]
    if incident.cause.cause in (CauseClass.MEMORY_FRAGMENT, CauseClass.UNKNOWN):
        found.extend(_long_ones(connection, sources))
    return found


def _long_ones(connection: duckdb.DuckDBPyConnection, sources: Sequence[str]) -> list[Place]:
    """Long personal pages: what they leave in memory is what a fragment would show."""
    rows = connection.execute(
        """SELECT e.source, e.entry, e.method, e.route, e.body_bytes
        FROM exchanges e SEMI JOIN sightings s ON e.source = s.source AND e.entry = s.entry AND s.subject = e.viewer
        WHERE e.method = 'GET' AND e.channel = 'http' AND e.status = 200 AND list_contains($sources, e.source)
        QUALIFY row_number() OVER (PARTITION BY e.route ORDER BY e.body_bytes DESC, e.source, e.entry) = 1
        ORDER BY e.body_bytes DESC, e.route LIMIT 3""",
        {"sources": list(sources)},
    ).fetchall()
    return [
        Place(source, entry, method, route, size, is_of_incident=False) for source, entry, method, route, size in rows
    ]


def _prepare(connection: duckdb.DuckDBPyConnection, incident: Incident, repair: Repair, apart: frozenset[int]) -> None:
    """Make the temporary tables fix_kinds and fix_answers (one row an answer and viewer that could have shown the fault)."""
    onset = incident.onset
    connection.execute("CREATE OR REPLACE TEMP TABLE fix_routes (path VARCHAR)")
    connection.executemany("INSERT INTO fix_routes VALUES (?)", [[route] for route in incident.routes])
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE fix_exposed AS
        SELECT x.source, x.entry, x.viewer, any_value(x.viewer_kind) AS viewer_kind,
            coalesce(min(i.incident) FILTER (i.incident = $incident), min(i.incident)) AS exposed_by
        FROM exposures x LEFT JOIN incident_rows i ON x.source = i.source AND x.entry = i.entry AND x.viewer = i.viewer
        JOIN fix_routes r ON r.path = {_ROUTE.replace("e.", "x.")}
        WHERE list_contains($evidence, x.evidence)
        GROUP BY 1, 2, 3""",
        {"incident": incident.number, "evidence": list(counted_evidence(incident))},
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE fix_kinds AS SELECT DISTINCT viewer_kind AS kind FROM fix_exposed WHERE exposed_by = ?",
        [incident.number],
    )
    connection.execute(
        f"""CREATE OR REPLACE TEMP TABLE fix_answers AS
        WITH on_routes AS (
            SELECT e.* FROM exchanges e JOIN fix_routes r ON r.path = {_ROUTE}
        ), joined AS (
            -- A message to many is one entry with a row for each viewer; a corrected viewer is another one than was scanned.
            SELECT e.*, x.exposed_by, x.source IS NOT NULL AS is_exposed, x.viewer_kind AS exposed_kind
            FROM on_routes e LEFT JOIN fix_exposed x ON e.source = x.source AND e.entry = x.entry
                AND (e.channel <> 'mail' OR e.viewer = x.viewer)
        ), statuses AS (SELECT DISTINCT method, route, status FROM joined WHERE exposed_by = $incident)
        SELECT e.method, e.route, e.shown_at, e.is_exposed, e.exposed_by,
            e.is_exposed AND coalesce(NOT list_contains($apart, e.exposed_by), true) AS counts_against,
            coalesce(e.shown_at >= $first_at AND e.shown_at <= $last_at AND ($fixed_at IS NULL OR e.shown_at < $fixed_at
                OR $fixed_at <= $first_at), false) AS is_then,
            coalesce(e.shown_at > $fixed_at, false) AS is_since
        FROM joined e
        WHERE coalesce(e.exposed_kind, e.viewer_kind) IN (SELECT kind FROM fix_kinds)
            AND (e.is_exposed OR (e.body IS NOT NULL AND (e.method, e.route, e.status) IN (FROM statuses)))""",
        {
            "incident": incident.number,
            "first_at": onset.first_at,
            "last_at": onset.last_at,
            "fixed_at": repair.at,
            "apart": sorted(apart),
        },
    )


def _coverage_since(connection: duckdb.DuckDBPyConnection, repair: Repair) -> tuple[int, int]:
    """Successful answers on the routes since the repair that any source tells of, and those with whole body and known viewer.

    An access log and a recording of the same minute speak of the same answers: the larger count is taken.
    """
    if repair.at is None:
        return 0, 0
    known, looked_at = _row(
        connection,
        f"""WITH logs AS (SELECT source, sum(with_body) + sum(damaged) = 0 AS is_log FROM coverage GROUP BY 1),
        minutes AS (
            SELECT method, route, slice_at,
                coalesce(round(sum(exchanges / sampled_share) FILTER (NOT is_log)), 0) AS recorded,
                coalesce(round(sum(exchanges / sampled_share) FILTER (is_log)), 0) AS logged,
                sum(CASE WHEN viewer_kind = 'unknown' THEN 0 ELSE with_body END) AS looked_at
            FROM coverage e JOIN logs USING (source) JOIN fix_routes r ON r.path = {_ROUTE}
            WHERE slice_at >= date_trunc('minute', $fixed_at::TIMESTAMPTZ) AND method <> 'HEAD'
                AND (status < 300 AND status NOT BETWEEN 100 AND 199 AND status <> 204)
            GROUP BY ALL
        )
        SELECT coalesce(sum(greatest(recorded, logged, looked_at)), 0)::BIGINT, coalesce(sum(looked_at), 0)::BIGINT FROM minutes""",
        {"fixed_at": repair.at},
    )
    return int(known), int(looked_at)


def _row(
    connection: duckdb.DuckDBPyConnection, question: str, parameters: Mapping[str, Any] | None = None
) -> tuple[Any, ...]:
    row: tuple[Any, ...]
    [row] = connection.execute(question, parameters).fetchall()
    return row
