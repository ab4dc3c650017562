"""What a handed-over session leaves behind: one session in two hands.

In:    the tables of `events`.
Out:   temp table cause_sessions: for each event whether the session was another's, and how that session went round.
Else:  who really held it is `entitlement.continuity`; deciding is `decide`.

A Set-Cookie that a cache keeps is given to everybody who comes after, from one address and for as long as the cache keeps it.
One that a race lets slip goes to one other person, at the moment of its making.
"""

from __future__ import annotations

import duckdb

_TABLE = """
    CREATE OR REPLACE TEMP TABLE cause_sessions AS
    WITH handed AS (
        SELECT id, CASE WHEN corrected THEN session ELSE issued END AS sid FROM cause_events e
        WHERE corrected OR (viewer_kind = 'subject' AND issued <> '' AND issued_to <> '' AND issued_to <> viewer AND EXISTS (
            SELECT 1 FROM cause_shown s
            WHERE s.source = e.source AND s.entry = e.entry AND s.viewer = e.viewer AND s.subject = e.issued_to))
    ), sids AS (SELECT DISTINCT sid FROM handed WHERE sid <> ''
    ), issues AS (
        SELECT issued AS sid, count(*) AS issues, count(DISTINCT device) AS receivers,
            avg((cache = 'hit')::INTEGER) FILTER (cache <> '') AS hit_issues,
            max(per_url) AS same_url, (max(at_us) - min(at_us)) / 1e6 AS spread
        FROM (SELECT issued, device, cache, at_us, count(*) OVER (PARTITION BY issued, url, body) AS per_url
              -- A session that is only made longer for its holder was not given to anybody.
              FROM cause_answers SEMI JOIN (SELECT sid AS issued FROM sids) USING (issued) WHERE issued <> session)
        GROUP BY issued
    ), holders AS (
        SELECT session AS sid, count(DISTINCT device) AS holders
        FROM cause_answers SEMI JOIN (SELECT sid AS session FROM sids) USING (session) GROUP BY session
    )
    SELECT e.id, (h.id IS NOT NULL)::INTEGER AS handed, coalesce(h.sid, '') AS sid, coalesce(i.issues, 0) AS issues,
        coalesce(i.receivers, 0) AS receivers, i.hit_issues, coalesce(i.same_url, 0) AS same_url,
        coalesce(i.spread, 0) AS spread, coalesce(o.holders, 0) AS holders,
        (e.session <> '' OR e.issued <> '')::INTEGER AS has_session
    FROM cause_events e LEFT JOIN handed h USING (id) LEFT JOIN issues i ON i.sid = h.sid LEFT JOIN holders o ON o.sid = h.sid"""


def prepare_sessions(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_sessions on the connection."""
    connection.execute(_TABLE)
