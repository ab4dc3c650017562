"""Read the small tables that say who is who: sessions, relations, tickets.

In:    CSV, TSV, JSON lines or Parquet files, or a SQL query on an SQLite or PostgreSQL database.
Out:   rows with their place, one after the other; nothing is kept.
Else:  customer lists are read by `directory`; what the columns mean is for the caller to say.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

import msgspec

from spillkit.errors import InputError

_SAMPLE_CHARACTERS = 65536
_BATCH_ROWS = 50_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    place: str  # "line 7" or "row 7", counted from 1 as an editor does
    values: Mapping[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    """Read a table file row by row; the kind is told by its name (.csv .tsv .jsonl .ndjson .parquet, also with .gz).

    Raises  InputError that names the file and the line, never a value
    """
    name = path.name.lower().removesuffix(".gz")
    try:
        if name.endswith((".jsonl", ".ndjson")):
            yield from _read_json_lines(path)
        elif name.endswith((".parquet", ".pq")):
            yield from _read_parquet(path)
        elif name.endswith((".csv", ".tsv", ".txt")):
            yield from _read_csv(path)
        else:
            raise InputError(
                f"{path}: the name does not tell what kind of table it is. Use .csv, .tsv, .jsonl or .parquet."
            )
    except OSError as error:
        raise InputError(
            f"{path}: cannot be read ({error.strerror or 'damaged'}). Check the path and permissions."
        ) from error
    except EOFError as error:
        raise InputError(f"{path}: ends in the middle of its compressed data. Copy it again.") from error


def read_query(sql: str, database: str) -> Iterator[Row]:
    """Read the rows of a SQL query.

    database  path of an SQLite file, or a postgresql:// URI
    Raises    InputError if the driver is not installed, the database cannot be opened, or the query fails
    """
    driver = "postgresql" if database.startswith(("postgresql://", "postgres://")) else "sqlite"
    try:
        if driver == "postgresql":
            from adbc_driver_postgresql import dbapi
        else:
            from adbc_driver_sqlite import dbapi

            if not Path(database).is_file():
                raise InputError(f"{database}: there is no such SQLite file. Check the path.")
    except ImportError as error:
        raise InputError(f"Reading {driver} needs the drivers: pip install 'spillkit[sql]'.") from error
    number = 0
    try:
        with dbapi.connect(database) as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            for batch in cursor.fetch_record_batch():
                for values in batch.to_pylist():
                    number += 1
                    yield Row(f"row {number}", values)
    except dbapi.Error as error:
        # The driver's message may quote values and the URI may hold a password: neither is shown.
        raise InputError(f"The {driver} query failed after {number} rows. Run it by hand to see why.") from error


def _read_csv(path: Path) -> Iterator[Row]:
    with _open_text(path) as text:
        sample = text.read(_SAMPLE_CHARACTERS)
        text.seek(0)
        first_line = sample.partition("\n")[0]
        delimiter = max("\t;,|", key=first_line.count) if any(mark in first_line for mark in "\t;,|") else ","
        rows = csv.reader(text, delimiter=delimiter)
        try:
            header = [name.strip() for name in next(rows, [])]
            if not any(header):
                raise InputError(f"{path}: is empty. The first line must name the columns.")
            if len(set(header)) != len(header):
                raise InputError(f"{path}, line 1: two columns have the same name. Rename one.")
            for values in rows:
                if not values:
                    continue
                if len(values) != len(header):
                    raise InputError(
                        f"{path}, line {rows.line_num}: {len(values)} values for {len(header)} columns. Mend the line."
                    )
                yield Row(f"line {rows.line_num}", dict(zip(header, values, strict=True)))
        except (csv.Error, UnicodeDecodeError) as error:
            raise InputError(
                f"{path}, near line {rows.line_num + 1}: is not {'UTF-8' if isinstance(error, UnicodeError) else 'CSV'}. "
                "Save it as CSV in UTF-8."
            ) from error


def _read_json_lines(path: Path) -> Iterator[Row]:
    with _open_bytes(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                values = msgspec.json.decode(line, type=dict[str, Any])
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                raise InputError(f"{path}, line {number}: is not a JSON object. Mend the line.") from error
            yield Row(f"line {number}", values)


def _read_parquet(path: Path) -> Iterator[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        for batch in pq.ParquetFile(path).iter_batches(_BATCH_ROWS):
            for values in batch.to_pylist():
                number += 1
                yield Row(f"row {number}", values)
    except pa.ArrowException as error:
        raise InputError(f"{path}, after row {number}: is not Parquet, or damaged. Write it again.") from error


def _open_bytes(path: Path) -> IO[bytes]:
    if path.name.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.open(path, "rb"))
    return path.open("rb")


def _open_text(path: Path) -> io.TextIOWrapper:
    return io.TextIOWrapper(_open_bytes(path), encoding="utf-8-sig", newline="")
