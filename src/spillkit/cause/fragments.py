"""What a fragment of memory leaves behind: the answer is one's own, and behind its end stands a piece of another.

In:    the tables of `events`.
Out:   temp table cause_fragments: for each event whether the foreign data stands where this route never has any.
Else:  deciding is `decide`.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

import duckdb

_LEAST_ANSWERS = 10  # of a route, before anything can be said to be never on it

_TABLE = f"""
    CREATE OR REPLACE TEMP TABLE cause_fragments AS
    WITH answered AS (
        SELECT p.place, a.body_bytes FROM cause_answers a JOIN cause_places p USING (channel, method, route)
        ANTI JOIN cause_events e USING (source, entry, viewer) WHERE a.status = 200
    ), lengths AS (
        SELECT place, count(*) AS answers, quantile_disc(body_bytes, 0.95) AS most_bytes FROM answered GROUP BY place
    ), usual AS (
        SELECT place, quantile_disc(own_end, 0.98) AS last_end, count(*) AS n FROM cause_clean WHERE own GROUP BY place
    ), fields AS (
        SELECT DISTINCT p.place, s.field FROM cause_seen s JOIN cause_places p USING (channel, method, route)
        ANTI JOIN cause_events e USING (source, entry, viewer)
    ), strange AS (
        SELECT e.id, avg((f.field IS NULL)::INTEGER) AS strange
        FROM exposures x JOIN cause_events e USING (source, entry, viewer)
        JOIN cause_places p ON p.channel = e.channel AND p.method = e.method AND p.route = e.route
        LEFT JOIN fields f ON f.place = p.place AND f.field = x.field
        GROUP BY e.id
    )
    SELECT e.id, CASE WHEN e.own THEN (e.first_start >= e.own_end)::INTEGER ELSE 0 END AS behind,
        CASE WHEN u.n >= 5 THEN (e.last_end > u.last_end)::INTEGER END AS odd_place,
        CASE WHEN l.answers >= 5 AND e.body_bytes > 0 THEN (e.body_bytes > l.most_bytes)::INTEGER END AS too_long,
        CASE WHEN l.answers >= {_LEAST_ANSWERS} THEN (s.strange > 0.5)::INTEGER END AS strange
    FROM cause_events e JOIN cause_places p USING (channel, method, route) LEFT JOIN usual u ON u.place = p.place
    LEFT JOIN lengths l ON l.place = p.place LEFT JOIN strange s USING (id)
    WHERE e.channel <> 'mail'"""


def prepare_fragments(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_fragments on the connection."""
    connection.execute(_TABLE)
