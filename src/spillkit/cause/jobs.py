"""What mixed-up jobs leave behind: two jobs ran at once, and the file of one holds what belongs into the other's.

In:    the tables of `events`.
Out:   temp table cause_jobs: for each exported file whether its subject had a job at the same time, and how often chance does that.
Else:  deciding is `decide`.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

import duckdb

_HOUR_US = 3600 * 1_000_000

_TABLE = f"""
    CREATE OR REPLACE TEMP TABLE cause_jobs AS
    WITH jobs AS (
        SELECT hash(viewer) AS viewer, at_us, began_us FROM cause_answers WHERE channel = 'export' AND at_us IS NOT NULL
    ), events AS (SELECT * FROM cause_events WHERE channel = 'export' AND at_us IS NOT NULL
    ), shown AS (SELECT id, hash(s.subject) AS subject FROM events JOIN cause_shown s USING (source, entry, viewer)
    ), met AS (
        SELECT e.id, count(DISTINCT j.viewer) AS others, bool_or(s.subject IS NOT NULL) AS overlap
        FROM events e JOIN jobs j ON j.began_us <= e.at_us AND j.at_us >= e.began_us
        LEFT JOIN shown s ON s.id = e.id AND s.subject = j.viewer
        WHERE j.viewer <> hash(e.viewer) GROUP BY e.id
    ), active AS (SELECT at_us // {_HOUR_US} AS part, count(DISTINCT viewer) AS active FROM jobs GROUP BY part)
    SELECT e.id, 1 AS job, coalesce(o.overlap, false)::INTEGER AS overlap,
        least(1.0, coalesce(o.others, 0) / greatest(coalesce(active, 1), 1)) AS overlap_chance
    FROM events e LEFT JOIN met o USING (id) LEFT JOIN active a ON a.part = e.at_us // {_HOUR_US}"""


def prepare_jobs(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_jobs on the connection."""
    connection.execute(_TABLE)
