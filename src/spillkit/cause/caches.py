"""What a cache leaves behind: an answer that was made for one person is given to others until it has lived out its life.

In:    the tables of `events`.
Out:   temp table cause_caches: for each event whether it was a hit and whether its body was served cleanly before, with chances.
Else:  deciding is `decide`.

Hit headers are those of RFC 9211 and what caches wrote before it (`scan.exchanges`). The first owner is somebody who was sent
the same body from the same address without harm, so that it was his. Between him and the stranger nobody else may have been
served another body from that address: a cache answers everybody alike. Where a cache has several nodes, or one for each worker,
that holds for each of them. An address that only one person ever asks for tells nothing: whoever guesses it finds that person.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code.

from __future__ import annotations

import duckdb

LOOK_BACK_US = 3600 * 1_000_000  # no cache of personal pages is found that keeps them longer
_RECENT_US = 900 * 1_000_000
_SLACK_US = 2000  # a store answers with what was there when it was asked, not with what was in the making; clocks differ a little
_LAGS = 3  # two answers may overtake each other on the way

_SERVED = """
    CREATE OR REPLACE TEMP TABLE cause_served AS
    WITH urls AS (SELECT DISTINCT url FROM cause_events WHERE url IS NOT NULL)
    SELECT id, url, body, at_us, began_us, source, entry, hash(viewer) AS viewer, edge, worker
    FROM cause_events WHERE url IS NOT NULL AND body IS NOT NULL AND channel = 'http'
    UNION ALL
    SELECT NULL, url, body, at_us, began_us, source, entry, hash(viewer), edge, worker FROM cause_clean SEMI JOIN urls USING (url)
    WHERE body IS NOT NULL"""


def _repeats(name: str, part: str, known: str) -> str:
    order = f"OVER (PARTITION BY url{part} ORDER BY at_us, source, entry)"
    tests = " OR ".join(
        f"(lag(body, {k}) {order} = body AND lag(viewer, {k}) {order} <> viewer "
        f"AND lag(at_us, {k}) {order} <= began_us + {_SLACK_US})"
        for k in range(1, _LAGS + 1)
    )
    return f"CASE WHEN {known} THEN coalesce(({tests})::INTEGER, 0) END AS {name}"


_TABLE = f"""
    CREATE OR REPLACE TEMP TABLE cause_caches AS
    WITH repeats AS (
        SELECT * FROM (
            SELECT id, {_repeats("repeats", "", "true")}, {_repeats("repeats_edge", ", edge", "edge <> ''")},
                {_repeats("repeats_worker", ", worker", "worker <> ''")}
            FROM cause_served) WHERE id IS NOT NULL
    ), fans AS (
        SELECT url, body, count(DISTINCT viewer) AS fan FROM cause_served WHERE id IS NOT NULL GROUP BY url, body
    ), owners AS (
        SELECT e.id, e.at_us - c.at_us AS gap_us, c.edge AS owner_edge, c.worker AS owner_worker
        FROM (SELECT id, url, body, at_us, began_us + {_SLACK_US} AS asked_us FROM cause_served WHERE id IS NOT NULL) e
        ASOF JOIN (SELECT url, body, at_us, edge, worker FROM cause_served WHERE id IS NULL) c
            ON e.url = c.url AND e.body = c.body AND e.asked_us >= c.at_us
    ), traffic AS (
        SELECT place, at_us // {_RECENT_US} + step AS part, count(DISTINCT viewer) AS viewers
        FROM cause_clean, (VALUES (0), (1)) steps(step) WHERE at_us IS NOT NULL GROUP BY ALL
    ), alone AS (
        SELECT url FROM cause_served WHERE id IS NULL GROUP BY url HAVING count(DISTINCT viewer) = 1
    ), hits AS (
        SELECT place, (count(*) FILTER (cache = 'hit') + 0.5) / (count(*) + 1) AS hit_chance
        FROM cause_clean WHERE cache <> '' GROUP BY place
    )
    SELECT e.id, CASE e.cache WHEN 'hit' THEN 1 WHEN 'miss' THEN 0 END AS hit, coalesce(h.hit_chance, 0.05) AS hit_chance,
        r.repeats, r.repeats_edge, r.repeats_worker,
        CASE WHEN e.url IS NULL OR e.body IS NULL OR e.at_us IS NULL THEN NULL
             ELSE (coalesce(o.gap_us, {LOOK_BACK_US} + 1) <= {LOOK_BACK_US})::INTEGER END AS owner,
        CASE WHEN a.url IS NOT NULL THEN 1.0 ELSE least(1.0, {_LAGS} / greatest(1.0, coalesce(t.viewers, 0))) END
            AS repeats_chance, o.gap_us / 1e6 AS owner_gap,
        CASE WHEN o.gap_us IS NULL OR e.worker = '' OR o.owner_worker = '' THEN NULL
             ELSE (e.worker = o.owner_worker)::INTEGER END AS owner_worker,
        coalesce(f.fan, 1) AS fan
    FROM cause_events e JOIN cause_places p USING (channel, method, route)
    LEFT JOIN repeats r USING (id) LEFT JOIN owners o USING (id) LEFT JOIN hits h ON h.place = p.place
    LEFT JOIN fans f ON f.url = e.url AND f.body = e.body
    LEFT JOIN traffic t ON t.place = p.place AND t.part = e.at_us // {_RECENT_US} LEFT JOIN alone a ON a.url = e.url"""


def prepare_caches(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the table cause_caches on the connection."""
    connection.execute(_SERVED)
    connection.execute(_TABLE)
