"""What staff leave behind: an answer on a route that is theirs, about somebody whose ticket they do not hold.

In:    the tables of `events`.
Out:   temp table cause_staff: for each event how much of its route's traffic is staff's.
Else:  who of the staff, and whether it was right, is for `trace`; deciding is `decide`.
"""

from __future__ import annotations

import duckdb

_TABLE = """
    CREATE OR REPLACE TEMP TABLE cause_staff AS
    WITH shares AS (
        SELECT channel, method, route, avg((viewer_kind = 'staff')::INTEGER) AS staff_share
        FROM cause_answers SEMI JOIN cause_places USING (channel, method, route) GROUP BY ALL
    )
    SELECT id, (viewer_kind = 'staff')::INTEGER AS staff, coalesce(staff_share, 0) AS staff_share
    FROM cause_events LEFT JOIN shares USING (channel, method, route)"""


def prepare_staff(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_staff on the connection."""
    connection.execute(_TABLE)
