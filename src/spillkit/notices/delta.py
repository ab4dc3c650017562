"""Find out who has to be written to again: those who were not told, and those who were told something that is wrong now.

In:    what was told before (rows whose notice was accepted), what would be told now.
Out:   the rows of now that have to go out, as corrections, each with why; and those who were told without being affected.
Else:  a correction goes the whole way of a campaign again: plan, two people, sending.

A notice names moments by the minute: a minute is the least by which a time is wrong. A shorter time than was told is not corrected:
it takes nothing from what somebody should do, and a second mail that says less is read as a second incident.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from spillkit.errors import NoticesError
from spillkit.notices.notice_ids import notice_ids
from spillkit.notices.told import Hold, Kind
from spillkit.notices.told_table import TOLD
from spillkit.scope.measure import connected


class Because(StrEnum):
    """Why somebody has to be written to again."""

    NEW = "new"  # was not told
    MORE_FIELDS = "more fields"
    FEWER_FIELDS = "fewer fields"  # was told a field that was not shown
    LONGER = "longer"  # earlier or later than was told
    OTHER_VIEWERS = "other viewers"  # a kind of viewer that was not told
    OTHER_KIND = "other kind"  # was told that nothing of his was shown
    OTHER_ENTITY = "other legal entity"  # was told under another's name
    RESOLVED = "resolved"  # was one of several at a shared mailbox, and was told no fields


@dataclass(frozen=True, slots=True)
class Delta:
    """Who has to be written to again."""

    told: pa.Table = field(repr=False)  # of TOLD, of kind correction, sorted by id
    because: tuple[tuple[Because, ...], ...] = field(repr=False)  # of each row
    not_affected: pa.Table = field(repr=False)  # rows of before whose people are in no row of now
    unchanged: int  # rows of now that were told all of it

    def count(self) -> dict[Because, int]:
        """Return how many rows each reason has; a row may have several."""
        return {one: sum(one in of_row for of_row in self.because) for one in Because}


_ACCOUNTS = """
    CREATE TEMP TABLE before_accounts AS SELECT place, mailbox, unnest(subjects) AS subject FROM before;
    CREATE TEMP TABLE now_accounts AS SELECT place, mailbox, unnest(subjects) AS subject FROM now"""
# One row of `before` counts for a row of now where they share an account, and either the mailbox is the same, or nobody else of now
# shares the row: whoever was split off from a person at another mailbox has read nothing.
_MATCHED = """
    CREATE TEMP TABLE matched AS
    WITH pairs AS (
        SELECT DISTINCT n.place AS now, b.place AS before, n.mailbox = b.mailbox AS same
        FROM now_accounts n JOIN before_accounts b USING (subject)
    )
    SELECT now, before FROM (SELECT *, count(*) OVER (PARTITION BY before) AS heirs FROM pairs) WHERE same OR heirs = 1"""
_WHY = """
    WITH was AS (
        SELECT m.now AS place, list_distinct(flatten(list(b.fields))) AS fields, min(b.first_at) AS first_at,
            max(b.last_at) AS last_at, list_distinct(flatten(list(list_transform(b.viewers, lambda v: v.kind)))) AS viewers,
            bool_and(b.is_shared) AS is_shared, bool_or(b.kind IN ('affected', 'correction')) AS as_affected,
            list_distinct(list(b.entity)) AS entities
        FROM matched m JOIN before b ON b.place = m.before GROUP BY m.now
    )
    SELECT n.place, was.place IS NULL AS is_new,
        NOT was.as_affected AS other_kind,
        was.as_affected AND was.is_shared AND NOT n.is_shared AS resolved,
        was.as_affected AND NOT was.is_shared AND NOT n.is_shared AND NOT list_has_all(was.fields, n.fields) AS more_fields,
        was.as_affected AND NOT was.is_shared AND NOT n.is_shared AND NOT list_has_all(n.fields, was.fields) AS fewer_fields,
        was.as_affected AND coalesce(date_trunc('minute', n.first_at) < date_trunc('minute', was.first_at)
            OR date_trunc('minute', n.last_at) > date_trunc('minute', was.last_at)
            OR (was.first_at IS NULL AND n.first_at IS NOT NULL) OR (was.last_at IS NULL AND n.last_at IS NOT NULL), false
        ) AS longer,
        was.as_affected AND NOT list_has_all(was.viewers, list_transform(n.viewers, lambda v: v.kind)) AS other_viewers,
        was.as_affected AND NOT list_contains(was.entities, n.entity) AS other_entity
    FROM now n LEFT JOIN was ON was.place = n.place ORDER BY n.place"""
_COLUMNS = {
    "is_new": Because.NEW,
    "other_kind": Because.OTHER_KIND,
    "resolved": Because.RESOLVED,
    "more_fields": Because.MORE_FIELDS,
    "fewer_fields": Because.FEWER_FIELDS,
    "longer": Because.LONGER,
    "other_viewers": Because.OTHER_VIEWERS,
    "other_entity": Because.OTHER_ENTITY,
}


def delta(told_before: Sequence[pa.Table], now: pa.Table, campaign: str, key: bytes) -> Delta:
    """Return who has to be written to again.

    told_before  TOLD tables of notices that were accepted by a mail server or handed over otherwise, and of no others
    now          TOLD table of what is known now
    campaign     name of the correction; another than any before, or ids would meet those that were used
    key          of `marks.derived_key(workspace_key, "ids")`
    Raises       NoticesError if the campaign's ids were used before
    """
    before = pa.concat_tables([*told_before, TOLD.empty_table()])
    now = now.take(pc.sort_indices(now.column("id")))
    with connected({"before": _placed(before), "now": _placed(now)}) as connection:
        why = _ask(connection)
        gone = _gone(connection)
    is_namesake = pc.equal(pc.fill_null(now.column("hold"), ""), Hold.NAMESAKE.value)
    reasons = [
        () if namesake else tuple(because for name, because in _COLUMNS.items() if row[name])
        for row, namesake in zip(why.to_pylist(), is_namesake.to_pylist())
    ]
    chosen = [place for place, because in enumerate(reasons) if because]
    rows = now.take(pa.array(chosen, pa.int64()))
    first = [subjects[0] for subjects in rows.column("subjects").to_pylist()]
    ids = pa.array(notice_ids(campaign, Kind.CORRECTION, first, key), pa.string())
    if pc.any(pc.is_in(ids, value_set=before.column("id"))).as_py():
        raise NoticesError("A correction of this name went out before. Give this one a name of its own.")
    rows = rows.set_column(0, TOLD.field("id"), ids)
    kind = TOLD.names.index("kind")
    rows = rows.set_column(kind, TOLD.field("kind"), pa.repeat(pa.scalar(Kind.CORRECTION.value), len(chosen)))
    order = pc.sort_indices(rows.column("id"))
    return Delta(
        told=rows.take(order),
        because=tuple(reasons[chosen[place]] for place in order.to_pylist()),
        not_affected=before.take(gone),
        unchanged=sum(not of_row for of_row in reasons) - (pc.sum(is_namesake, min_count=0).as_py()),
    )


def _placed(rows: pa.Table) -> pa.Table:
    return rows.append_column("place", pa.array(range(rows.num_rows), pa.int64()))


def _ask(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    connection.execute(_ACCOUNTS)
    connection.execute(_MATCHED)
    return connection.sql(_WHY).to_arrow_table()


def _gone(connection: duckdb.DuckDBPyConnection) -> pa.Array:
    """Return the places of rows of before that told somebody he was affected, and of whom no account is affected now."""
    table = connection.sql(
        """SELECT place FROM before WHERE kind IN ('affected', 'correction') AND place NOT IN (
            SELECT b.place FROM before_accounts b JOIN now_accounts n USING (subject)
        ) ORDER BY place"""
    ).to_arrow_table()
    return table.column("place").combine_chunks()
