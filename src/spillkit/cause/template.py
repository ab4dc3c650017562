"""What a private field in a template leaves behind: a page that may show somebody shows more of him, to everybody.

In:    the tables of `events`.
Out:   temp table cause_template: for each event the share of its subjects of whom the page may show another field.
Else:  deciding is `decide`.
"""

from __future__ import annotations

import duckdb

_TABLE = """
    CREATE OR REPLACE TEMP TABLE cause_template AS
    WITH allowed AS (
        SELECT s.source, s.entry, s.viewer, s.subject, count(*) AS fields
        FROM cause_seen s SEMI JOIN cause_events e USING (source, entry, viewer) GROUP BY ALL
    )
    SELECT e.id, avg((a.fields > s.fields)::INTEGER) AS allowed_too
    FROM cause_events e JOIN cause_shown s USING (source, entry, viewer)
    LEFT JOIN allowed a ON a.source = e.source AND a.entry = e.entry AND a.viewer = e.viewer AND a.subject = s.subject
    WHERE s.is_sure OR NOT e.is_sure
    GROUP BY e.id"""


def prepare_template(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_template on the connection."""
    connection.execute(_TABLE)
