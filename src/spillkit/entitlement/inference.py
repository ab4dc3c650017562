"""Guess who is behind an unknown session: the subject whose own data it is shown on its account pages.

In:    a DuckDB connection with `sightings`, the rules (`infer_viewers`, `account_routes`).
Out:   a view `judged`: the sightings, with guessed viewers put in and marked "inferred".
Else:  an exposure whose viewer was guessed is never more than possible (`judge_sql`, `verdict`).

A session is given a viewer only if one subject is confirmed on at least two of its account pages, on more than half of those
that show anybody, and on at least twice as many as the next subject. A fault that shows one stranger again and again to one
session would fool this, which is why it is off unless the rules ask for it.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

import duckdb
import pyarrow as pa

from spillkit.entitlement.rules import Rules
from spillkit.schemas import SIGHTINGS

MIN_PAGES = 2
MIN_LEAD = 2  # times the pages of the next subject


def prepare_inferred(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Create the view `judged` over `sightings`; without `infer_viewers` it is the same rows."""
    if not rules.infer_viewers:
        connection.execute("CREATE OR REPLACE TEMP VIEW judged AS SELECT * FROM sightings")
        return
    places = connection.sql("SELECT DISTINCT channel, method, route FROM sightings ORDER BY ALL").to_arrow_table()
    account = [
        row
        for row in zip(*places.to_pydict().values(), strict=True)
        if any(glob.matches(*row) for glob in rules.account_routes)
    ]
    names = ("channel", "method", "route")
    given = pa.table({name: pa.array([row[at] for row in account], pa.string()) for at, name in enumerate(names)})
    connection.register("account_given", given)
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE inferred AS
        WITH pages AS (
            SELECT session, subject, source, entry
            FROM sightings SEMI JOIN account_given USING (channel, method, route)
            WHERE viewer_kind = 'unknown' AND session <> '' AND evidence = 'confirmed' AND bearers = 1
            GROUP BY ALL
        ), totals AS (
            SELECT session, count(DISTINCT (source, entry)) AS pages FROM pages GROUP BY session
        ), counted AS (
            SELECT session, subject, count(*) AS pages,
                row_number() OVER (PARTITION BY session ORDER BY count(*) DESC, subject) AS place,
                coalesce(lead(count(*)) OVER (PARTITION BY session ORDER BY count(*) DESC, subject), 0) AS next_pages
            FROM pages GROUP BY session, subject
        )
        SELECT session, subject AS viewer FROM counted JOIN totals USING (session)
        WHERE place = 1 AND counted.pages >= {MIN_PAGES} AND counted.pages >= {MIN_LEAD} * next_pages
            AND 2 * counted.pages > totals.pages""")
    connection.unregister("account_given")
    put_in = {
        "viewer": "coalesce(i.viewer, s.viewer)",
        "viewer_kind": "CASE WHEN i.viewer IS NULL THEN s.viewer_kind ELSE 'subject' END",
        "viewer_from": "CASE WHEN i.viewer IS NULL THEN s.viewer_from ELSE 'inferred' END",
    }
    columns_sql = ", ".join(
        f'{put_in[name]} AS "{name}"' if name in put_in else f's."{name}"' for name in SIGHTINGS.names
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW judged AS SELECT {columns_sql} FROM sightings s
        LEFT JOIN inferred i ON s.viewer_kind = 'unknown' AND s.session <> '' AND i.session = s.session""")
