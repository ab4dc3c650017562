"""Read the tables that rules name: relations, and tickets assigned to staff.

In:    a rule with `table` (a file) or `sql` with `database`.
Out:   an Arrow table of grants (`rules.GRANTS`).
Else:  the rest of the rules is `rules_file`; deciding is `verdict`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from spillkit.entitlement.rules import ALL_FIELDS, GRANTS, bits_of_fields
from spillkit.entitlement.rules_section import Section
from spillkit.errors import InputError, RulesError
from spillkit.model import Field
from spillkit.scan.viewer_tables import Row, read_query, read_rows
from spillkit.scan.viewer_validity import read_bound

_COLUMNS = ("viewer", "subject", "fields", "from", "to", "reason")
_SEPARATORS = str.maketrans(";|+ ", ",,,,")


def read_grants(
    section: Section,
    folder: Path,
    *,
    number: int,
    fields: frozenset[Field] | None,
    reason: str,
    viewer_id: Callable[[str], str],
    subject_id: Callable[[str], str],
) -> pa.Table:
    """Return the grants of one rule's table.

    section        the rule: table or sql, columns, timezone, symmetric
    folder         where relative paths count from
    number         the rule's place in Rules.tables
    fields         fields of every row; None: the table has a column for them, and an empty one means all
    reason         where a row has none of its own
    viewer_id      the id under which the ledger has a viewer whom the table names
    subject_id     the same for a subject
    Raises         RulesError that names the table and the line in it
    """
    columns = _column_names(section)
    zone = _zone(section)
    symmetric = section.flag("symmetric")
    place, rows = _rows(section, folder)
    bits_of_text = {"": bits_of_fields(ALL_FIELDS), "*": bits_of_fields(ALL_FIELDS)}
    fixed_bits = bits_of_fields(fields) if fields is not None else None
    found: list[tuple[str, str, int, datetime | None, datetime | None, int, str]] = []
    try:
        for row in rows:
            where = f"{place}, {row.place}"
            if not found:
                _check_columns(section, columns, row, where, has_fields=fixed_bits is not None)
            viewer = viewer_id(_id(row, columns["viewer"], where))
            subject = subject_id(_id(row, columns["subject"], where))
            bits = (
                fixed_bits if fixed_bits is not None else _bits(row.values.get(columns["fields"]), bits_of_text, where)
            )
            start = _bound(row, columns["from"], zone, where, is_end=False)
            end = _bound(row, columns["to"], zone, where, is_end=True)
            if start is not None and end is not None and start >= end:
                raise RulesError(f"{where}: ends before it begins. Mend {columns['from']} or {columns['to']}.")
            words = str(row.values.get(columns["reason"]) or "").strip() or reason
            if not words:
                raise RulesError(
                    f"{section.file} line {section.line('reason')}: reason is missing, and so it is in {where}. "
                    "Say why in the rule or in each row."
                )
            found.append((viewer, subject, bits, start, end, number, words))
            if symmetric:
                found.append((subject, viewer, bits, start, end, number, words))
    except RulesError:
        raise
    except InputError as error:
        raise RulesError(f"{section.file} line {section.line('table')}: {error}") from error
    arrays = [pa.array([row[at] for row in found], field.type) for at, field in enumerate(GRANTS)]
    return pa.table(arrays, schema=GRANTS)


def _rows(section: Section, folder: Path) -> tuple[str, Iterable[Row]]:
    table, sql = section.text("table"), section.text("sql")
    if bool(table) == bool(sql):
        raise section.error("table", "or sql: exactly one of them must say where the pairs are.")
    if table:
        if "database" in section.values:
            raise section.error("database", "is for sql only.")
        return table, read_rows(folder / table)
    database = section.text("database")
    if not database:
        raise section.error("database", "is missing: the path of an SQLite file, or a postgresql:// URI.")
    is_uri = "://" in database
    return "the query's answer", read_query(sql, database if is_uri else str(folder / database))


def _column_names(section: Section) -> Mapping[str, str]:
    given = section.values.get("columns", {})
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given.values()):
        raise section.error(
            "columns", 'must say which column is which: columns = { viewer = "seller", subject = "buyer" }'
        )
    unknown = sorted(set(given) - set(_COLUMNS))
    if unknown:
        raise section.error("columns", f"knows {', '.join(_COLUMNS)} only, not {unknown[0]!r}.")
    return {name: given.get(name, name) for name in _COLUMNS}


def _check_columns(section: Section, columns: Mapping[str, str], row: Row, where: str, *, has_fields: bool) -> None:
    needed = ["viewer", "subject"] if has_fields else ["viewer", "subject", "fields"]
    for name in needed:
        if columns[name] not in row.values:
            raise RulesError(
                f"{section.file} line {section.line('table')}: the table has no column {columns[name]!r}. "
                f'Say which one it is: columns = {{ {name} = "…" }}'
                + (', or fields = ["*"] for all' if name == "fields" else "")
            )
    for name in sorted(set(section.values.get("columns", {})) - set(needed)):
        if columns[name] not in row.values:
            raise section.error("columns", f"names {columns[name]!r}, which the table does not have.")
    if has_fields and columns["fields"] in row.values:
        raise section.error("fields", "stand in the rule and in the table. Keep one of them.")


def _id(row: Row, column: str, where: str) -> str:
    value = row.values.get(column)
    text = "" if value is None else str(value).strip()
    if not text:
        raise RulesError(f"{where}: {column} is empty. Fill it in, or remove the line.")
    if "@" in text:
        raise RulesError(
            f"{where}: {column} holds an e-mail address where an id is wanted. Use the customer list's ids."
        )
    return text


def _bits(value: Any, known: dict[str, int], where: str) -> int:
    text = ",".join(value) if isinstance(value, list) else str(value or "").strip()
    if text not in known:
        try:
            names = [name.strip() for name in text.translate(_SEPARATORS).split(",") if name.strip()]
            known[text] = bits_of_fields(frozenset(Field.of_label(name) for name in names))
        except ValueError as error:
            labels = ", ".join(field.label for field in Field)
            raise RulesError(f"{where}: fields holds a word that is no field; the fields are {labels}.") from error
    return known[text]


def _bound(row: Row, column: str, zone: ZoneInfo | None, where: str, *, is_end: bool) -> datetime | None:
    try:
        return read_bound(row.values.get(column), is_end=is_end, zone=zone)
    except ValueError as error:
        raise RulesError(f"{where}: {column} {error}.") from error


def _zone(section: Section) -> ZoneInfo | None:
    name = section.text("timezone")
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise section.error("timezone", 'is no zone. Write one of the tz database, such as "Europe/Rome".') from error
