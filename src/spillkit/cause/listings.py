"""What asking through a list of numbers leaves behind: one asker, one object after the other, and gaps that do not exist.

In:    the tables of `events`.
Out:   temp table cause_steps: for each event the step from what the same asker asked before, and how often he was refused.
Else:  answers with many people, and how many of a route's answers expose, are counted in `measure`; deciding is `decide`.

An asker is a known viewer, else a session, else an address with its browser. Objects are numbers of which only steps are known.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

import duckdb

_LARGEST_STEP = 3

_TABLE = f"""
    CREATE OR REPLACE TEMP TABLE cause_steps AS
    WITH places AS (SELECT DISTINCT channel, method, route, actor FROM cause_events WHERE channel <> 'mail'),
    asked AS (
        SELECT source, entry, channel, method, route, at_us, object, status, viewer,
            CASE WHEN viewer_kind IN ('subject', 'staff', 'partner') THEN hash(viewer)
                 WHEN session <> '' THEN hash(session) ELSE device END AS actor
        FROM cause_answers SEMI JOIN cause_places USING (channel, method, route) WHERE channel <> 'mail'
    ), lines AS (
        SELECT source, entry, viewer, channel, method, route, actor, status, object,
            abs(object - lag(object) OVER (PARTITION BY channel, method, route, actor ORDER BY at_us, source, entry)) AS step
        FROM asked SEMI JOIN places USING (channel, method, route, actor)
    ), refusals AS (
        SELECT channel, method, route, actor, count(*) FILTER (status IN (403, 404, 410)) AS refused, count(*) AS asked
        FROM lines GROUP BY ALL
    )
    SELECT e.id, CASE WHEN l.step IS NULL THEN NULL ELSE (l.step BETWEEN 1 AND {_LARGEST_STEP})::INTEGER END AS stepped,
        coalesce(r.refused, 0) AS refused, coalesce(r.asked, 1) AS asked
    FROM cause_events e LEFT JOIN lines l USING (source, entry, viewer)
    LEFT JOIN refusals r ON r.channel = e.channel AND r.method = e.method AND r.route = e.route AND r.actor = e.actor"""


def prepare_listings(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_steps on the connection."""
    connection.execute(_TABLE)
