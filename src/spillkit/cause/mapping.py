"""What a wrong mapping of accounts leaves behind: a viewer is somebody else, always the same one, and never himself.

In:    the tables of `events`.
Out:   temp table cause_mapping: for each event what the same viewer was shown next on these routes.
Else:  deciding is `decide`.

Only a next answer from another address, or after the life of any usual cache, tells the difference to a cached page. The last of
several such answers tells when it was mended, and not whether it was so.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

import duckdb

_LATER_US = 900 * 1_000_000

_TABLE = f"""
    CREATE OR REPLACE TEMP TABLE cause_mapping AS
    WITH personal AS (
        SELECT id, hash(viewer) AS viewer, subject, at_us, source, entry, url, session FROM cause_events WHERE channel <> 'mail'
        UNION ALL
        SELECT NULL, hash(viewer), NULL, at_us, source, entry, url, session FROM cause_clean
        WHERE own AND viewer IN (SELECT viewer FROM cause_events)
    ), followed AS (
        SELECT id, url, at_us, subject, session, lead(id) OVER line AS next_id, lead(subject) OVER line AS next_subject,
            lead(url) OVER line AS next_url, lead(at_us) OVER line AS next_at, lead(session) OVER line AS next_session,
            lag(subject) OVER line AS subject_before
        FROM personal WINDOW line AS (PARTITION BY viewer ORDER BY at_us, source, entry)
    )
    SELECT id,
        CASE WHEN next_at IS NULL OR (next_url IS NOT DISTINCT FROM url AND next_at - at_us < {_LATER_US}) THEN NULL
             WHEN next_id IS NULL AND subject_before = subject THEN NULL
             ELSE (next_id IS NOT NULL AND next_subject = subject)::INTEGER END AS sticky,
        CASE WHEN next_session IS NULL OR next_session = '' OR session = '' THEN NULL
             ELSE (next_session <> session)::INTEGER END AS next_other_session
    FROM followed WHERE id IS NOT NULL"""


def prepare_mapping(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_mapping on the connection."""
    connection.execute(_TABLE)
