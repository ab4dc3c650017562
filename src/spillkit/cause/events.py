"""Put every exposed answer beside the facts of its exchange: the events that causes are found from.

In:    a DuckDB connection with the views exposures, exchanges, sightings and corrections.
Out:   temp tables cause_events (one row for each exposed answer and viewer), cause_shown (whose data is in it) and cause_clean
       (answers of the same routes that hold somebody's data and show nobody to a stranger); views cause_answers, cause_seen.
Else:  what each fault leaves behind is measured by the modules of that fault; which events belong together is `grouping`.

Times are microseconds since 1970 (`at_us`, `began_us`). A place is channel, method and route.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

import duckdb

# A session that was handed over makes its cookie lie; what was corrected counts (`entitlement.continuity`).
_ANSWERS = """
    CREATE OR REPLACE TEMP VIEW cause_answers AS
    SELECT e.source, e.entry, coalesce(c.viewer, e.viewer) AS viewer, coalesce(c.viewer_kind, e.viewer_kind) AS viewer_kind,
        c.viewer IS NOT NULL AS corrected, c.viewer_was, e.channel, e.method, e.route, e.status, epoch_us(e.shown_at) AS at_us,
        epoch_us(e.shown_at) - (coalesce(e.took_ms, 0) * 1000)::BIGINT AS began_us, e.took_ms, e.session, e.issued, e.issued_to,
        hash(e.client, e.device) AS device, e.url, e.object, e.body, e.body_bytes, e.cache, e.age_seconds,
        e.worker, e.connection, e.edge, e.open_recipients
    FROM exchanges e LEFT JOIN corrections c ON c.source = e.source AND c.entry = e.entry AND e.channel <> 'mail'"""

_SEEN = """
    CREATE OR REPLACE TEMP VIEW cause_seen AS
    SELECT s.source, s.entry, coalesce(c.viewer, s.viewer) AS viewer, s.channel, s.method, s.route, s.subject, s.field,
        s.evidence, s.start, s."end"
    FROM sightings s LEFT JOIN corrections c ON c.source = s.source AND c.entry = s.entry AND s.channel <> 'mail'"""

# Where several subjects share a value all are candidates: beside somebody who is certain they are not counted as people. A field
# is sure by itself even where its viewer is a guess (`scan.evidence` says which are not).
_UNSURE = ("%alone%", "%, shared by%", "%that is common")
_IS_SURE = "evidence = 'confirmed' OR NOT (" + " OR ".join(f"because LIKE '{words}'" for words in _UNSURE) + ")"
_SHOWN = f"""
    CREATE OR REPLACE TEMP TABLE cause_shown AS
    SELECT source, entry, viewer, subject, bool_or({_IS_SURE}) AS is_sure, min(bearers) AS bearers,
        count(*) AS fields, min(start) AS first_start, max("end") AS last_end
    FROM exposures GROUP BY source, entry, viewer, subject"""

_EVENTS = """
    CREATE OR REPLACE TEMP TABLE cause_events AS
    WITH people AS (
        SELECT source, entry, viewer, bool_or(is_sure) AS is_sure, sum(fields)::BIGINT AS rows,
            first(subject ORDER BY is_sure DESC, bearers, fields DESC, subject) AS subject,
            CASE WHEN bool_or(is_sure) THEN count(*) FILTER (is_sure) ELSE least(count(*), count(DISTINCT first_start)) END
                AS subjects,
            bit_xor(hash(subject)) AS people, min(first_start) AS first_start, max(last_end) AS last_end
        FROM cause_shown GROUP BY source, entry, viewer
    ), heads AS (
        SELECT source, entry, viewer, any_value(viewer_kind) AS viewer_kind, any_value(channel) AS channel,
            any_value(method) AS method, any_value(route) AS route, any_value(status) AS status,
            any_value(epoch_us(shown_at)) AS at_us
        FROM exposures GROUP BY source, entry, viewer
    ), own AS (
        SELECT source, entry, viewer, max("end") AS own_end FROM cause_seen SEMI JOIN heads USING (source, entry, viewer)
        WHERE subject = viewer GROUP BY ALL
    )
    SELECT row_number() OVER (ORDER BY h.at_us NULLS LAST, source, entry, viewer) - 1 AS id, source, entry, viewer,
        h.viewer_kind, h.channel, h.method, h.route, h.status, h.at_us, coalesce(a.began_us, h.at_us) AS began_us, a.took_ms,
        p.subject, p.subjects, p.people, p.rows, p.is_sure, p.first_start, p.last_end,
        o.own_end IS NOT NULL AS own, o.own_end,
        coalesce(a.corrected, false) AS corrected, coalesce(a.viewer_was, a.issued_to, '') AS session_owner,
        coalesce(a.session, '') AS session, coalesce(a.issued, '') AS issued,
        coalesce(a.issued_to, '') AS issued_to, coalesce(a.device, 0) AS device, a.url, a.object, a.body,
        coalesce(a.body_bytes, 0) AS body_bytes, coalesce(a.cache, '') AS cache, a.age_seconds,
        coalesce(a.worker, '') AS worker, coalesce(a.connection, '') AS connection, coalesce(a.edge, '') AS edge,
        coalesce(a.open_recipients, 0) AS open_recipients,
        CASE WHEN h.viewer_kind IN ('subject', 'staff', 'partner') THEN hash(viewer)
             WHEN coalesce(a.session, '') <> '' THEN hash(a.session) ELSE coalesce(a.device, hash(viewer)) END AS actor
    FROM heads h JOIN people p USING (source, entry, viewer) LEFT JOIN cause_answers a USING (source, entry, viewer)
    LEFT JOIN own o USING (source, entry, viewer)"""

_PLACES = """
    CREATE OR REPLACE TEMP TABLE cause_places AS
    SELECT row_number() OVER (ORDER BY channel, method, route) - 1 AS place, channel, method, route
    FROM (SELECT DISTINCT channel, method, route FROM cause_events)"""

_CLEAN = """
    CREATE OR REPLACE TEMP TABLE cause_clean AS
    WITH held AS (
        SELECT source, entry, viewer, bool_or(subject = viewer) AS own,
            min(start) FILTER (subject = viewer) AS own_start, max("end") FILTER (subject = viewer) AS own_end
        FROM cause_seen SEMI JOIN cause_places USING (channel, method, route)
        GROUP BY source, entry, viewer
    )
    SELECT source, entry, viewer, a.viewer_kind, a.at_us, a.began_us, p.place, a.url, a.body, a.body_bytes, a.cache, a.edge,
        a.worker, a.connection, a.session, h.own, h.own_start, h.own_end
    FROM held h JOIN cause_answers a USING (source, entry, viewer) JOIN cause_places p USING (channel, method, route)
    ANTI JOIN cause_events e USING (source, entry, viewer)"""


def prepare_events(connection: duckdb.DuckDBPyConnection) -> int:
    """Create the tables of events on the connection.

    Returns  how many events there are: exposed answers, each once for each of its viewers
    Cost     one pass over exposures, exchanges and sightings; memory grows with the answers of exposed routes, and spills
    """
    for statement in (_ANSWERS, _SEEN, _SHOWN, _EVENTS, _PLACES, _CLEAN):
        connection.execute(statement)
    [(events,)] = connection.execute("SELECT count(*) FROM cause_events").fetchall()
    return int(events)
