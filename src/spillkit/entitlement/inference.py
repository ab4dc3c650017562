"""Guess who is behind an unknown session: the subject whose own data it is shown on its account pages.

In:    a DuckDB connection with `sightings`, corrections of viewers, the rules (`infer_viewers`, `account_routes`).
Out:   a view `judged`: the sightings, with corrected viewers put in, and guessed ones, which are marked "inferred".
Else:  an exposure whose viewer was guessed is never more than possible (`judge_sql`, `verdict`).

A session is given a viewer only if one subject is confirmed on at least two of its account pages, on more than half of those
that show anybody, and on at least twice as many as the next subject. A fault that shows one stranger again and again to one
session would fool this, which is why it is off unless the rules ask for it. A session that was handed over is no unknown one,
even where nobody knows who held it: its pages show its owner, who was somebody else.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

import duckdb
import pyarrow as pa

from spillkit.entitlement.continuity import HANDED_OVER
from spillkit.entitlement.rules import Rules
from spillkit.schemas import SIGHTINGS

MIN_PAGES = 2
MIN_LEAD = 2  # times the pages of the next subject


def prepare_inferred(connection: duckdb.DuckDBPyConnection, rules: Rules, corrections: str | None = None) -> None:
    """Create the view `judged` over `sightings`; without `infer_viewers` and corrections it is the same rows.

    corrections  name of a table of schema CORRECTIONS on the connection, or None
    """
    _put_corrections_in(connection, corrections)
    if not rules.infer_viewers:
        connection.execute("CREATE OR REPLACE TEMP VIEW judged AS SELECT * FROM continued")
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
            FROM continued SEMI JOIN account_given USING (channel, method, route)
            WHERE viewer_kind = 'unknown' AND session <> '' AND {_NOT_HANDED_OVER.format("")}
                AND evidence = 'confirmed' AND bearers = 1
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
        CREATE OR REPLACE TEMP VIEW judged AS SELECT {columns_sql} FROM continued s
        LEFT JOIN inferred i ON s.viewer_kind = 'unknown' AND s.session <> '' AND i.session = s.session
            AND {_NOT_HANDED_OVER.format("s.")}""")


_NOT_HANDED_OVER = f"NOT starts_with({{}}viewer_from, '{HANDED_OVER}')"


def _put_corrections_in(connection: duckdb.DuckDBPyConnection, corrections: str | None) -> None:
    """Create the view `continued`: the sightings, with the viewers that the corrections name."""
    if corrections is None or not connection.execute(f"SELECT 1 FROM {corrections} LIMIT 1").fetchall():
        connection.execute("CREATE OR REPLACE TEMP VIEW continued AS SELECT * FROM sightings")
        return
    corrected = ("viewer", "viewer_kind", "viewer_from")
    columns_sql = ", ".join(
        f'coalesce(c."{name}", s."{name}") AS "{name}"' if name in corrected else f's."{name}"'
        for name in SIGHTINGS.names
    )
    connection.execute(f"""
        CREATE OR REPLACE TEMP VIEW continued AS SELECT {columns_sql} FROM sightings s
        LEFT JOIN {corrections} c ON c.source = s.source AND c.entry = s.entry AND c.viewer_was = s.viewer""")
