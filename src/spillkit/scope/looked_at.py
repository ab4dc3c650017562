"""Say what was looked at, and what was not.

In:    a DuckDB connection with relations coverage and damages (spillkit.schemas).
Out:   Coverage: totals, one strip for each source, gaps, damages; and the answers of each finding's route.
Else:  what the unseen answers may hold is `strata` and `estimate`.

Two words are kept apart. *Known*: any source tells that the answer was sent. *Looked at*: its whole body was read, and its
viewer is known. An access log shows no bodies: it only says how many answers there were, and where it covers the same minute of
a route as recordings do, both speak of the same answers; so the larger of the two counts, never their sum.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import duckdb
import msgspec

from spillkit.scope.facts import EPOCH, at
from spillkit.scope.measurement import Coverage, Damaged, Finding, Gap, Slice, SourceCoverage

MOST_SLICES = 96
MOST_DAMAGES = 100
MOST_GAPS = 50
GAP_SECONDS = 3600
_SLICE_SECONDS = (60, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
_MINUTE_US = 60_000_000


def prepare_coverage(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables scope_minutes (one row a source, route and minute) and scope_known (one a route and minute)."""
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE scope_minutes AS
        WITH logs AS (SELECT source, sum(with_body) + sum(damaged) = 0 AS is_log FROM coverage GROUP BY 1)
        SELECT source, is_log, channel, method, route, epoch_us(slice_at) // 60000000 AS minute,
            method = 'HEAD' OR status BETWEEN 100 AND 199 OR status IN (204, 304) AS bodiless,
            sum(exchanges)::BIGINT AS exchanges, sum(exchanges / sampled_share)::DOUBLE AS sent,
            sum(with_body)::BIGINT AS with_body, sum(with_viewer)::BIGINT AS with_viewer, sum(damaged)::BIGINT AS damaged,
            sum(CASE WHEN viewer_kind = 'unknown' THEN 0 ELSE with_body END)::BIGINT AS looked_at,
            min(sampled_share) AS sampled_share
        FROM coverage JOIN logs USING (source) GROUP BY ALL"""
    )
    connection.execute(
        """CREATE OR REPLACE TEMP TABLE scope_known AS
        SELECT channel, method, route, minute, sum(looked_at)::BIGINT AS looked_at,
            greatest(coalesce(round(sum(sent) FILTER (NOT is_log)), 0), coalesce(round(sum(sent) FILTER (is_log)), 0),
                sum(looked_at))::BIGINT AS known
        FROM scope_minutes WHERE NOT bodiless GROUP BY ALL"""
    )


def measure_coverage(connection: duckdb.DuckDBPyConnection, names: Mapping[str, str]) -> Coverage:
    """Return what was looked at.

    names  the file name of each source, where the manifest tells it
    """
    known, looked_at = _row(
        connection, "SELECT coalesce(sum(known), 0)::BIGINT, coalesce(sum(looked_at), 0)::BIGINT FROM scope_known"
    )
    recorded, with_body, with_viewer, damaged, bodiless = _row(
        connection,
        """SELECT coalesce(sum(exchanges) FILTER (NOT bodiless AND NOT is_log), 0)::BIGINT,
            coalesce(sum(with_body) FILTER (NOT bodiless), 0)::BIGINT,
            coalesce(sum(with_viewer) FILTER (NOT bodiless AND NOT is_log), 0)::BIGINT,
            coalesce(sum(damaged) FILTER (NOT bodiless), 0)::BIGINT,
            coalesce(sum(exchanges) FILTER (bodiless), 0)::BIGINT FROM scope_minutes""",
    )
    lost, lost_unknown, damage_count = _row(
        connection,
        "SELECT coalesce(sum(lost_exchanges), 0)::BIGINT, count(*) FILTER (lost_exchanges IS NULL), count(*) FROM damages",
    )
    first, last = _row(connection, "SELECT min(minute), max(minute) FROM scope_minutes")
    seconds = _slice_seconds(first, last)
    return Coverage(
        known=known,
        recorded=recorded,
        with_body=with_body,
        with_viewer=with_viewer,
        looked_at=looked_at,
        damaged=damaged,
        bodiless=bodiless,
        lost=lost,
        lost_unknown=lost_unknown,
        share=looked_at / (known + lost) if known + lost else None,
        slice_seconds=seconds,
        first_at=_minute_at(first),
        last_at=_minute_at(last + 1) if last is not None else None,
        sources=_sources(connection, names, seconds),
        gaps=_gaps(connection),
        damages=_damages(connection),
        damage_count=damage_count,
    )


def with_coverage(connection: duckdb.DuckDBPyConnection, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings with the answers that were known and looked at on their routes."""
    rows = connection.execute(
        "SELECT channel, method, route, sum(known)::BIGINT, sum(looked_at)::BIGINT FROM scope_known "
        "SEMI JOIN scope_routes USING (channel, method, route) GROUP BY 1, 2, 3"
    ).fetchall()
    on_route = {(channel, method, route): (known, looked_at) for channel, method, route, known, looked_at in rows}
    filled = []
    for finding in findings:
        known, looked_at = on_route.get((finding.channel, finding.method, finding.route), (0, 0))
        # What was found was looked at, even where the viewer is a guess and coverage does not count it.
        looked_at = max(looked_at, finding.answers_exposed)
        known = max(known, looked_at)
        filled.append(msgspec.structs.replace(finding, answers_known=known, answers_looked_at=looked_at))
    return tuple(filled)


def _slice_seconds(first: int | None, last: int | None) -> int:
    if first is None or last is None:
        return _SLICE_SECONDS[0]
    for seconds in _SLICE_SECONDS:
        if last * 60 // seconds - first * 60 // seconds < MOST_SLICES:
            return seconds
    return (-(-(last - first) // (MOST_SLICES * 10_080)) + 1) * 604_800


def _sources(
    connection: duckdb.DuckDBPyConnection, names: Mapping[str, str], seconds: int
) -> tuple[SourceCoverage, ...]:
    slices: dict[str, list[Slice]] = {}
    rows = connection.execute(
        f"""SELECT source, minute * 60 // {seconds:d} AS slice, round(sum(sent))::BIGINT, sum(looked_at)::BIGINT
        FROM scope_minutes WHERE NOT bodiless AND minute IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"""
    ).fetchall()
    for source, slice_, known, looked_at in rows:
        start_at = at(slice_ * seconds * 1_000_000)
        if start_at is not None:
            slices.setdefault(source, []).append(
                Slice(start_at=start_at, known=max(known, looked_at), looked_at=looked_at)
            )
    rows = connection.execute(
        """SELECT source, bool_and(is_log), sum(exchanges)::BIGINT, sum(with_body)::BIGINT, sum(with_viewer)::BIGINT,
            coalesce(sum(looked_at) FILTER (NOT bodiless), 0)::BIGINT, sum(damaged)::BIGINT, min(sampled_share),
            min(minute), max(minute)
        FROM scope_minutes GROUP BY 1 ORDER BY min(minute) NULLS LAST, source"""
    ).fetchall()
    return tuple(
        SourceCoverage(
            source=source,
            name=names.get(source, ""),
            exchanges=exchanges,
            with_body=with_body,
            with_viewer=with_viewer,
            looked_at=looked_at,
            damaged=damaged,
            sampled_share=share,
            is_log=is_log,
            first_at=_minute_at(first),
            last_at=_minute_at(last + 1) if last is not None else None,
            slices=tuple(slices.get(source, ())),
        )
        for source, is_log, exchanges, with_body, with_viewer, looked_at, damaged, share, first, last in rows
    )


def _gaps(connection: duckdb.DuckDBPyConnection) -> tuple[Gap, ...]:
    """Stretches of an hour or more, and twenty times longer than usual, of which no source tells anything."""
    rows = connection.execute(
        f"""WITH minutes AS (SELECT DISTINCT minute FROM scope_minutes WHERE minute IS NOT NULL),
        steps AS (SELECT minute, lead(minute) OVER (ORDER BY minute) AS next FROM minutes),
        usual AS (SELECT median(next - minute) AS step FROM steps)
        SELECT minute + 1, next FROM steps, usual
        WHERE (next - minute - 1) * 60 >= {GAP_SECONDS} AND next - minute >= 20 * step
        ORDER BY minute LIMIT {MOST_GAPS}"""
    ).fetchall()
    return tuple(Gap(from_at=_moment(first), to_at=_moment(last)) for first, last in rows)


def _damages(connection: duckdb.DuckDBPyConnection) -> tuple[Damaged, ...]:
    rows = connection.execute(
        f"""SELECT source, entry, "offset", reason, lost_exchanges FROM damages
        ORDER BY source, entry NULLS FIRST, "offset" NULLS FIRST, reason LIMIT {MOST_DAMAGES}"""
    ).fetchall()
    return tuple(
        Damaged(source=source, entry=entry, offset=offset, reason=reason, lost_exchanges=lost)
        for source, entry, offset, reason, lost in rows
    )


def _minute_at(minute: int | None) -> datetime | None:
    return None if minute is None else at(minute * _MINUTE_US)


def _moment(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


def _row(connection: duckdb.DuckDBPyConnection, question: str) -> tuple[Any, ...]:
    row: tuple[Any, ...]
    [row] = connection.execute(question).fetchall()
    return row
