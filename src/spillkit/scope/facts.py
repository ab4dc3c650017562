"""Count the exposures: everything the report says about people, in a few passes over the rows.

In:    a DuckDB connection with relations exposures, coverage, damages (spillkit.schemas) and subject_attributes.
Out:   counts as plain values.
Else:  what was looked at is `looked_at`; what was not is estimated in `strata` and `estimate`.

Each id is compared once, as a string, and is a small number from there on: ten million exposures are then counted in memory.
"""

# ruff: noqa: S608 - the SQL is put together from constants of the code and labels of enums, never from values.

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from spillkit.model import Field, ViewerKind
from spillkit.scope.measurement import (
    Bin,
    Count,
    FieldSet,
    Finding,
    Histogram,
    Person,
    ViewerCount,
)

CONFIRMED = 0xFFFF  # bits of fields seen with confirmed evidence; the possible ones are 16 bits higher
MOST_BINS = 240
_BIN_SECONDS = (60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_KINDS = tuple(ViewerKind)
UNKNOWN_KIND = _KINDS.index(ViewerKind.UNKNOWN)

ATTRIBUTES = pa.schema(
    [
        pa.field("subject", pa.string(), nullable=False),
        pa.field("country", pa.string()),
        pa.field("language", pa.string()),
        pa.field("account_type", pa.string()),
        pa.field("legal_entity", pa.string()),
    ]
)

# Tables that number what occurs in the exposures, and the columns they number.
_NUMBERED = {
    "scope_sources": "source",
    "scope_subjects": "subject",
    "scope_viewers": "viewer",
    "scope_routes": "channel, method, route",
}
_IS_CONFIRMED = f"(bits & {CONFIRMED}) <> 0"
_PEOPLE = f"count(*) FILTER ({_IS_CONFIRMED}), count(*) FILTER (NOT {_IS_CONFIRMED})"


def at(epoch_us: int | None) -> datetime | None:
    """Return the moment, in UTC, of microseconds since 1970."""
    return None if epoch_us is None else EPOCH + timedelta(microseconds=epoch_us)


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables that every count below starts from."""
    bits = " ".join(f"WHEN '{field.label}' THEN {1 << field}" for field in Field)
    kinds = " ".join(f"WHEN '{kind}' THEN {code}" for code, kind in enumerate(_KINDS))
    run = connection.execute
    run("SET preserve_insertion_order=false")
    for table, columns in _NUMBERED.items():
        run(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT (row_number() OVER ())::UINTEGER AS id, {columns} "
            f"FROM (SELECT DISTINCT {columns} FROM exposures)"
        )
    # One row: a subject in one answer to one viewer. A message to three people is three answers of one entry.
    # An answer has one route, one kind of viewer and one time: they are grouped by, which takes half the memory of a minimum.
    run(
        f"""CREATE OR REPLACE TEMP TABLE scope_shown AS
        SELECT (o.id::BIGINT << 40) | e.entry AS answer, v.id AS viewer, s.id AS subject, r.id AS route,
            (CASE e.viewer_kind {kinds} ELSE {UNKNOWN_KIND} END)::TINYINT AS kind, epoch_us(e.shown_at) AS shown_us,
            bit_or((CASE e.field {bits} ELSE {1 << Field.TOKEN} END)::UINTEGER
                << (CASE e.evidence WHEN 'confirmed' THEN 0 ELSE 16 END)) AS bits
        FROM exposures e JOIN scope_sources o USING (source) JOIN scope_subjects s USING (subject)
        JOIN scope_viewers v USING (viewer) JOIN scope_routes r USING (channel, method, route)
        GROUP BY ALL"""
    )
    run(
        """CREATE OR REPLACE TEMP TABLE scope_found AS
        SELECT route, subject, bit_or(bits) AS bits FROM scope_shown GROUP BY 1, 2"""
    )
    run(
        f"""CREATE OR REPLACE TEMP TABLE scope_people AS
        SELECT subject, bit_or(bits) AS bits, min(shown_us) AS first_at, max(shown_us) AS last_at, count(*) AS answers,
            count(*) FILTER ({_IS_CONFIRMED}) AS confirmed_answers
        FROM scope_shown GROUP BY 1"""
    )
    run(
        """CREATE OR REPLACE TEMP TABLE scope_answers AS
        SELECT answer, viewer, route, kind, shown_us, count(*) AS people FROM scope_shown GROUP BY ALL"""
    )


def count_people(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Return how many people are confirmed, and how many are no more than possible."""
    confirmed, possible = _row(connection, f"SELECT {_PEOPLE} FROM scope_people")
    return confirmed, possible


def count_viewers_and_answers(connection: duckdb.DuckDBPyConnection) -> tuple[int, int, int]:
    """Return how many viewers were shown somebody, how many of these nobody for certain, and in how many answers."""
    viewers, sure, answers = _row(
        connection,
        f"""SELECT count(DISTINCT viewer), count(DISTINCT viewer) FILTER ({_IS_CONFIRMED}),
            (SELECT count(*) FROM scope_answers) FROM scope_shown""",
    )
    return viewers, viewers - sure, answers


def time_span(connection: duckdb.DuckDBPyConnection) -> tuple[datetime | None, datetime | None, bool]:
    """Return the first and the last time that somebody was shown, and whether possible exposures lie outside of these.

    The times are those of confirmed exposures where there are any: a namesake seen the day before moves no clock. None where no
    recording tells times.
    """
    sure_first, sure_last, first, last = _row(
        connection,
        f"""SELECT min(shown_us) FILTER ({_IS_CONFIRMED}), max(shown_us) FILTER ({_IS_CONFIRMED}), min(shown_us), max(shown_us)
        FROM scope_shown""",
    )
    if sure_first is None:
        return at(first), at(last), False
    return at(sure_first), at(sure_last), first < sure_first or last > sure_last


def count_by_attributes(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[Count, ...]]:
    """Return people by country, legal_entity and account_type, most confirmed first; label "" where the directory has none."""
    rows = _rows(
        connection,
        f"""SELECT grouping_id(country, legal_entity, account_type), coalesce(country, legal_entity, account_type), {_PEOPLE}
        FROM (
            SELECT p.bits, coalesce(a.country, '') AS country, coalesce(a.legal_entity, '') AS legal_entity,
                coalesce(a.account_type, '') AS account_type
            FROM scope_people p JOIN scope_subjects s ON s.id = p.subject LEFT JOIN subject_attributes a ON a.subject = s.subject
        ) GROUP BY GROUPING SETS ((country), (legal_entity), (account_type)) ORDER BY 3 DESC, 4 DESC, 2""",
    )
    # grouping_id has a bit for each column that is *not* grouped by, the first column's highest.
    names = {0b011: "country", 0b101: "legal_entity", 0b110: "account_type"}
    counts: dict[str, list[Count]] = {name: [] for name in names.values()}
    for grouping, label, confirmed, possible in rows:
        counts[names[grouping]].append(Count(label=label, confirmed=confirmed, possible=possible))
    return {name: tuple(found) for name, found in counts.items()}


def count_by_field(connection: duckdb.DuckDBPyConnection) -> tuple[Count, ...]:
    """Return, for each field, of how many people it was shown with confirmed evidence, and with possible evidence only."""
    sums = ", ".join(
        f"count(*) FILTER ((bits & {1 << f}) <> 0), count(*) FILTER ((bits & {1 << f}) = 0 AND (bits & {1 << f + 16}) <> 0)"
        for f in Field
    )
    row = _row(connection, f"SELECT {sums} FROM (SELECT bits::BIGINT AS bits FROM scope_people)")
    counts = [
        Count(label=f.label, confirmed=row[2 * i], possible=row[2 * i + 1])
        for i, f in enumerate(Field)
        if row[2 * i] or row[2 * i + 1]
    ]
    return tuple(sorted(counts, key=lambda c: -((c.confirmed or 0) + (c.possible or 0))))


def count_field_sets(connection: duckdb.DuckDBPyConnection, most: int) -> tuple[tuple[FieldSet, ...], int]:
    """Return people by exactly which fields of theirs were shown, the `most` largest groups, and how many groups there are.

    A person counts as possible in a group only where none of his fields is confirmed.
    """
    rows = _rows(
        connection,
        f"""SELECT (bits | (bits >> 16)) & {CONFIRMED} AS fields, {_PEOPLE}, count(*) OVER () AS groups
        FROM scope_people GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {most:d}""",
    )
    sets = tuple(FieldSet(fields=fields_of(bits), confirmed=c, possible=p) for bits, c, p, _ in rows)
    return sets, rows[0][3] if rows else 0


def count_by_viewer_kind(connection: duckdb.DuckDBPyConnection) -> tuple[ViewerCount, ...]:
    """Return viewers by kind, and how many people each kind was shown."""
    viewers = dict(_rows(connection, "SELECT kind, count(DISTINCT viewer) FROM scope_answers GROUP BY 1"))
    people = _rows(
        connection,
        f"""SELECT kind, {_PEOPLE} FROM (SELECT kind, subject, bit_or(bits) AS bits FROM scope_shown GROUP BY 1, 2)
        GROUP BY 1 ORDER BY 1""",
    )
    return tuple(
        ViewerCount(kind=_KINDS[kind].value, viewers=viewers[kind], confirmed=confirmed, possible=possible)
        for kind, confirmed, possible in people
    )


def find_findings(connection: duckdb.DuckDBPyConnection) -> tuple[Finding, ...]:
    """Return the findings: one for each route, numbered as `ledger.judging` numbers them: most confirmed people first, then
    possible ones, then by route.

    What was looked at on the route is filled in by `looked_at`.
    """
    rows = _rows(
        connection,
        f"""WITH people AS (
            SELECT route, bit_or(bits) AS fields, {_PEOPLE} FROM scope_found GROUP BY 1
        ), answers AS (
            SELECT route, min(shown_us) AS first_at, max(shown_us) AS last_at, count(*) AS answers,
                count(DISTINCT viewer) AS viewers
            FROM scope_answers GROUP BY 1
        )
        SELECT p.*, a.first_at, a.last_at, a.answers, a.viewers, r.channel, r.method, r.route
        FROM people p JOIN answers a ON a.route = p.route JOIN scope_routes r ON r.id = p.route
        ORDER BY 3 DESC, 4 DESC, r.route, r.method, r.channel""",
    )
    found = []
    for number, row in enumerate(rows, 1):
        _, bits, confirmed, possible, first, last, answers, viewers, channel, method, route = row
        finding = Finding(
            number=number,
            channel=channel,
            method=method,
            route=route,
            fields=fields_of((bits | bits >> 16) & CONFIRMED),
            confirmed=confirmed,
            possible=possible,
            viewers=viewers,
            answers_exposed=answers,
            answers_looked_at=0,
            answers_known=0,
            first_at=at(first),
            last_at=at(last),
        )
        found.append(finding)
    return tuple(found)


def histogram(connection: duckdb.DuckDBPyConnection) -> Histogram:
    """Return answers and people by time, in slices of a minute or, over a longer span, of as much as leaves 240 slices."""
    first, last, untimed = _row(
        connection, "SELECT min(shown_us), max(shown_us), count(*) FILTER (shown_us IS NULL) FROM scope_answers"
    )
    if first is None:
        return Histogram(bin_seconds=60, bins=(), untimed_answers=untimed)
    seconds = bin_seconds_for(first, last)
    width = seconds * 1_000_000
    return Histogram(bin_seconds=seconds, bins=bins_of(connection, width), untimed_answers=untimed)


def bin_seconds_for(first_us: int, last_us: int) -> int:
    """Return the shortest slice, in seconds, of which 240 hold the span."""
    for seconds in _BIN_SECONDS:
        if last_us // (seconds * 1_000_000) - first_us // (seconds * 1_000_000) < MOST_BINS:
            return seconds
    weeks = -(-(last_us - first_us) // (MOST_BINS * 604_800 * 1_000_000)) + 1
    return int(weeks * 604_800)


def bins_of(connection: duckdb.DuckDBPyConnection, width_us: int) -> tuple[Bin, ...]:
    """Return the slices of that width in which somebody was shown."""
    rows = _rows(
        connection,
        f"""WITH answers AS (SELECT shown_us // {width_us:d} AS slice, count(*) AS answers FROM scope_answers GROUP BY 1),
        people AS (SELECT slice, count(*) AS people FROM
            (SELECT DISTINCT shown_us // {width_us:d} AS slice, subject FROM scope_shown WHERE shown_us IS NOT NULL) GROUP BY 1)
        SELECT slice, answers, people FROM answers JOIN people USING (slice) ORDER BY slice""",
    )
    return tuple(
        Bin(start_at=EPOCH + timedelta(microseconds=slice_ * width_us), answers=answers, people=people)
        for slice_, answers, people in rows
    )


def affected(connection: duckdb.DuckDBPyConnection, most: int | None = None) -> pa.Table:
    """Return the affected list, sorted by subject id: one row a person, fields as bits, times in microseconds since 1970.

    most  stop after so many people
    """
    limit = "" if most is None else f"LIMIT {most:d}"
    relation = connection.sql(
        f"""WITH people AS (
            SELECT s.subject AS id, p.* FROM scope_people p JOIN scope_subjects s ON s.id = p.subject ORDER BY s.subject {limit}
        ), viewers AS (
            SELECT subject, count(DISTINCT viewer) AS viewers FROM scope_shown
            WHERE subject IN (SELECT subject FROM people) GROUP BY 1
        )
        SELECT p.id AS subject, p.bits::BIGINT AS bits, p.first_at, p.last_at, v.viewers, p.answers,
            coalesce(a.country, '') AS country, coalesce(a.account_type, '') AS account_type,
            coalesce(a.legal_entity, '') AS legal_entity
        FROM people p JOIN viewers v ON v.subject = p.subject LEFT JOIN subject_attributes a ON a.subject = p.id
        ORDER BY p.id"""
    )
    return relation.to_arrow_table()


def people_of(table: pa.Table | pa.RecordBatch) -> tuple[Person, ...]:
    """Return rows of the affected list as values."""
    return tuple(
        Person(
            subject=row["subject"],
            confirmed_fields=fields_of(row["bits"] & CONFIRMED),
            possible_fields=fields_of(row["bits"] >> 16 & ~row["bits"] & CONFIRMED),
            first_at=at(row["first_at"]),
            last_at=at(row["last_at"]),
            viewers=row["viewers"],
            answers=row["answers"],
            country=row["country"],
            account_type=row["account_type"],
            legal_entity=row["legal_entity"],
        )
        for row in table.to_pylist()
    )


def fields_of(bits: int) -> tuple[str, ...]:
    """Return the labels of a set of fields."""
    return tuple(field.label for field in Field if bits >> field & 1)


def _rows(connection: duckdb.DuckDBPyConnection, question: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = connection.execute(question).fetchall()
    return rows


def _row(connection: duckdb.DuckDBPyConnection, question: str) -> tuple[Any, ...]:
    [row] = _rows(connection, question)
    return row
