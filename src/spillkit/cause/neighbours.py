"""What neighbours in time leave behind: the stranger's data is that of whoever asked at the same moment, or just before.

In:    the tables of `events`.
Out:   temp table cause_neighbours: for each event whether its subject was near, before, or in a chain, with chances.
Else:  deciding is `decide`.

A race swaps what is in the making: the subject's own request was under way at the same time, and mostly got its own answer.
A connection out of step gives each answer to the next: the subject is who asked before on that connection, he too got somebody
else's answer, and so on until the connection is closed. Without ids of connections the chain still shows: what the subject was last
sent himself was a stranger's too, or an error where the row of wrong answers began.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

import duckdb

_SECOND = 1_000_000
_LONGEST = 10 * _SECOND  # of a request that took longer only the end is looked at
_FAILED = 499  # also 499: the asker went away
_ACTIVE_US = 600 * _SECOND
_MOST_SUBJECTS = 6  # of a page with more people on it somebody is always near

# Everything that was asked about the time of the events, as small numbers.
_ASKED = f"""
    CREATE OR REPLACE TEMP TABLE cause_asked AS
    WITH spans AS (SELECT DISTINCT at_us // {_ACTIVE_US} AS part FROM cause_events WHERE channel = 'http' AND at_us IS NOT NULL),
    parts AS (SELECT DISTINCT part + step AS part FROM spans, (VALUES (-1), (0), (1)) steps(step))
    SELECT a.source, a.entry, hash(a.viewer) AS viewer, a.at_us, a.began_us, a.worker, a.connection, e.id,
        a.took_ms IS NOT NULL AS is_timed, a.status
    FROM cause_answers a SEMI JOIN parts p ON p.part = a.at_us // {_ACTIVE_US}
    LEFT JOIN cause_events e USING (source, entry, viewer)
    WHERE a.channel = 'http' AND a.viewer_kind IN ('subject', 'staff', 'partner')"""

_SUBJECTS = f"""
    CREATE OR REPLACE TEMP TABLE cause_subjects AS
    SELECT e.id, hash(s.subject) AS subject
    FROM cause_events e JOIN cause_shown s USING (source, entry, viewer)
    WHERE e.channel = 'http' AND e.subjects <= {_MOST_SUBJECTS} AND e.at_us IS NOT NULL AND (s.is_sure OR NOT e.is_sure)"""

_ACTIVE = f"""
    CREATE OR REPLACE TEMP TABLE cause_active AS
    SELECT at_us // {_ACTIVE_US} AS part, count(DISTINCT viewer) AS active,
        avg((id IS NOT NULL OR status >= {_FAILED} OR status = 0)::INTEGER) AS upset
    FROM cause_asked GROUP BY part"""

# Order on a connection or worker is that of the beginnings; what was asked before is the row above.
_ORDER = """
    CREATE OR REPLACE TEMP TABLE cause_order AS
    WITH ordered AS (
        SELECT id, is_conn, lag(viewer) OVER line AS before, lag(id) OVER line AS wrong_before, lead(id) OVER line AS wrong_after,
            at_us - lag(at_us) OVER line AS since_us
        FROM (SELECT *, connection <> '' AS is_conn FROM cause_asked WHERE connection <> '' OR worker <> '')
        WINDOW line AS (PARTITION BY is_conn, worker, connection ORDER BY at_us, source, entry)
    )
    SELECT o.id, is_conn, EXISTS (SELECT 1 FROM cause_subjects s WHERE s.id = o.id AND s.subject = o.before) AS is_before,
        (wrong_before IS NOT NULL OR wrong_after IS NOT NULL) AS in_run, before IS NOT NULL AS has_before
    FROM ordered o WHERE o.id IS NOT NULL"""

_NEAR = f"""
    CREATE OR REPLACE TEMP TABLE cause_near AS
    WITH wanted AS (SELECT DISTINCT id FROM cause_subjects),
    spans AS (
        -- One row for each second, so that neighbours are found by equal keys.
        SELECT id, viewer, worker, greatest(began_us, at_us - {_LONGEST}) AS began_us, at_us,
            unnest(range((greatest(began_us, at_us - {_LONGEST}) - {_SECOND}) // {_SECOND}, (at_us + {_SECOND}) // {_SECOND} + 1))
                AS second
        FROM cause_events SEMI JOIN wanted USING (id)
    ), pairs AS (
        SELECT e.id, a.viewer, a.id AS wrong, a.began_us > e.began_us AS is_later,
            a.began_us <= e.at_us AND a.at_us >= e.began_us AND (a.worker = e.worker) AS is_during
        FROM spans e JOIN cause_asked a ON a.at_us // {_SECOND} = e.second
        WHERE a.at_us >= e.began_us - {_SECOND} AND a.at_us <= e.at_us + {_SECOND} AND a.viewer <> hash(e.viewer)
    )
    SELECT p.id, count(DISTINCT p.viewer) AS near_viewers, count(DISTINCT p.viewer) FILTER (is_during) AS during_viewers,
        bool_or(s.subject IS NOT NULL) AS near, bool_or(s.subject IS NOT NULL AND is_during) AS during,
        bool_or(s.subject IS NOT NULL AND is_during AND is_later) AS during_later,
        bool_or(s.subject IS NOT NULL AND wrong IS NULL) AS near_clean,
        bool_or(s.subject IS NOT NULL AND wrong IS NOT NULL) AS near_wrong
    FROM pairs p LEFT JOIN cause_subjects s ON s.id = p.id AND s.subject = p.viewer GROUP BY p.id"""

# What the subject himself was last sent, before this answer was asked for: a stranger's data, or an error.
_CHAIN = f"""
    CREATE OR REPLACE TEMP TABLE cause_chain AS
    WITH asked AS (
        SELECT viewer, at_us, id IS NOT NULL OR status >= {_FAILED} OR status = 0 AS is_upset FROM cause_asked
        QUALIFY row_number() OVER (PARTITION BY viewer, at_us ORDER BY is_upset DESC) = 1
    )
    SELECT e.id, bool_or(a.is_upset) AS chained
    FROM (SELECT s.id, s.subject, e.began_us FROM cause_subjects s JOIN cause_events e USING (id)) e
    ASOF JOIN asked a ON a.viewer = e.subject AND e.began_us >= a.at_us
    GROUP BY e.id"""

_TABLE = f"""
    CREATE OR REPLACE TEMP TABLE cause_neighbours AS
    WITH wanted AS (SELECT DISTINCT id FROM cause_subjects)
    SELECT e.id,
        CASE WHEN w.id IS NULL THEN NULL ELSE coalesce(n.near, false)::INTEGER END AS near,
        CASE WHEN w.id IS NULL OR e.took_ms IS NULL THEN NULL ELSE coalesce(n.during, false)::INTEGER END AS during,
        CASE WHEN w.id IS NULL OR e.took_ms IS NULL THEN NULL ELSE coalesce(n.during_later, false)::INTEGER END AS during_later,
        CASE WHEN NOT n.near THEN NULL ELSE n.near_clean::INTEGER END AS near_clean,
        CASE WHEN NOT n.near THEN NULL ELSE n.near_wrong::INTEGER END AS near_wrong,
        coalesce(n.near_viewers, 0) / greatest(active, 1) AS near_chance,
        coalesce(n.during_viewers, 0) / greatest(active, 1) AS during_chance,
        CASE WHEN w.id IS NULL OR NOT o.has_before THEN NULL ELSE o.is_before::INTEGER END AS lagged,
        1.0 / greatest(active, 1) AS lag_chance, o.in_run::INTEGER AS in_run, coalesce(o.is_conn, false)::INTEGER AS by_connection,
        c.chained::INTEGER AS chained, upset AS chain_chance
    FROM cause_events e LEFT JOIN wanted w USING (id) LEFT JOIN cause_near n USING (id) LEFT JOIN cause_order o USING (id)
    LEFT JOIN cause_chain c USING (id) LEFT JOIN cause_active t ON t.part = e.at_us // {_ACTIVE_US}"""


def prepare_neighbours(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_neighbours on the connection."""
    for statement in (_ASKED, _SUBJECTS, _ACTIVE, _ORDER, _NEAR, _CHAIN, _TABLE):
        connection.execute(statement)
