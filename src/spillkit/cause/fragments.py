"""What a fragment of memory leaves behind: one's own page is there, and behind its end stands a piece of another's.

In:    the tables of `events`.
Out:   temp table cause_fragments: for each event whether the foreign data stands where this route never has any.
Else:  deciding is `decide`.
"""

from __future__ import annotations

import duckdb

_TABLE = """
    CREATE OR REPLACE TEMP TABLE cause_fragments AS
    WITH usual AS (
        SELECT place, quantile_disc(own_end, 0.98) AS last_end, median(body_bytes) AS bytes,
            quantile_disc(body_bytes, 0.95) AS most_bytes, count(*) AS n
        FROM cause_clean WHERE own GROUP BY place
    )
    SELECT e.id, CASE WHEN e.own THEN (e.first_start >= e.own_end)::INTEGER ELSE 0 END AS behind,
        CASE WHEN u.n >= 5 THEN (e.last_end > u.last_end)::INTEGER END AS odd_place,
        CASE WHEN u.n >= 5 AND e.body_bytes > 0 THEN (e.body_bytes > u.most_bytes)::INTEGER END AS too_long
    FROM cause_events e JOIN cause_places p USING (channel, method, route) LEFT JOIN usual u ON u.place = p.place
    WHERE e.channel <> 'mail'"""


def prepare_fragments(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_fragments on the connection."""
    connection.execute(_TABLE)
