"""What a handed-over session leaves behind: one session in two hands.

In:    the tables of `events`.
Out:   temp table cause_sessions: for each event whether the session was another's, and how that session went round.
Else:  who really held it is `entitlement.continuity`; deciding is `decide`.

A Set-Cookie that a cache keeps is given to everybody who comes after, with the very answer that it was stored with. One that a
race lets slip goes to somebody else with an answer of his own.
"""

from __future__ import annotations

import duckdb

_TABLE = """
    CREATE OR REPLACE TEMP TABLE cause_sessions AS
    WITH handed AS (
        -- A session is to blame for showing its owner, and nobody else.
        SELECT id, CASE WHEN corrected THEN session ELSE issued END AS sid
        FROM cause_events e JOIN cause_shown s USING (source, entry, viewer)
        WHERE s.subject = e.session_owner AND (corrected OR (viewer_kind = 'subject' AND issued <> '' AND issued_to <> viewer))
    ), sids AS (SELECT DISTINCT sid FROM handed WHERE sid <> ''
    ), given AS (
        -- A session that is only made longer for its holder was not given to anybody; but its answer may be the stored one.
        SELECT issued AS sid, issued <> session AS is_given, device, cache, url, body, at_us,
            count(*) OVER (PARTITION BY issued, url, body) > 1 AS is_copied
        FROM cause_answers SEMI JOIN (SELECT sid AS issued FROM sids) USING (issued)
    ), issues AS (
        SELECT sid, count(*) AS issues, count(DISTINCT device) AS receivers,
            avg((cache = 'hit')::INTEGER) FILTER (cache <> '') AS hit_issues, avg(is_copied::INTEGER) AS copied
        FROM given WHERE is_given GROUP BY sid
    ), holders AS (
        SELECT session AS sid, count(DISTINCT device) AS holders
        FROM cause_answers SEMI JOIN (SELECT sid AS session FROM sids) USING (session) GROUP BY session
    )
    SELECT e.id, (h.id IS NOT NULL)::INTEGER AS handed, coalesce(h.sid, '') AS sid, coalesce(i.issues, 0) AS issues,
        coalesce(i.receivers, 0) AS receivers, i.hit_issues, i.copied, coalesce(o.holders, 0) AS holders,
        (e.session <> '' OR e.issued <> '')::INTEGER AS has_session
    FROM cause_events e LEFT JOIN handed h USING (id) LEFT JOIN issues i ON i.sid = h.sid LEFT JOIN holders o ON o.sid = h.sid"""


def prepare_sessions(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_sessions on the connection."""
    connection.execute(_TABLE)
