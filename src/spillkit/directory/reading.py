"""Open a customer list, whatever it is.

In:    a location as typed: a path, `-`, or a database URI; or rows in memory.
Out:   a Source: column names, a sample, and batches as often as asked.
Else:  the readers are `delimited`, `jsonrows`, `columnar`, `databases`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from spillkit.directory.batches import BATCH_ROWS, Batch
from spillkit.directory.columnar import open_parquet, text_batch
from spillkit.directory.databases import QueryRows, is_database, open_query
from spillkit.directory.delimited import Delimited, open_delimited, unique_names
from spillkit.directory.jsonrows import flatten, open_json
from spillkit.directory.opening import ReadProgress, is_parquet, open_text
from spillkit.errors import DirectoryError

_SAMPLE_ROWS = 500


class Reader(Protocol):
    """What every reader offers."""

    @property
    def header(self) -> tuple[str, ...]: ...

    def batches(self, progress: ReadProgress | None = None) -> Iterator[Batch]: ...


@dataclass(frozen=True, slots=True)
class Source:
    """One opened list."""

    name: str  # for messages: the file's name, or the database without password
    kind: str  # "CSV", "JSON lines", "Parquet", "SQL", "rows"
    reader: Reader = field(repr=False)
    location: str = ""  # how to open it again; "" where nobody can (standard input, rows)
    sql: str = ""
    charset: str = ""
    stored_bytes: int = 0  # size of the file, for a progress bar; 0 if unknown
    stamp: tuple[int, int] = (0, 0)  # size and time of change: a file must not change while it is read

    @property
    def header(self) -> tuple[str, ...]:
        return self.reader.header

    def batches(self, progress: ReadProgress | None = None) -> Iterator[Batch]:
        """Yield the rows in order.

        Raises DirectoryError if the list is damaged, or was changed since it was opened
        """
        self._check_unchanged()
        yield from self.reader.batches(progress)
        self._check_unchanged()

    def sample(self) -> pa.RecordBatch:
        """Return up to 500 of the first rows, to look at what the columns hold."""
        for batch in self.reader.batches(None):
            return batch.rows.slice(0, _SAMPLE_ROWS)
        return pa.RecordBatch.from_arrays([pa.array([], pa.string()) for _ in self.header], names=list(self.header))

    def _check_unchanged(self) -> None:
        if self.location and self.kind != "SQL" and _stamp(Path(self.location)) != self.stamp:
            raise DirectoryError(
                f"{self.name}: the file was changed while it was read. Wait until it is written, then try again."
            )


def open_source(
    location: str, *, sql: str | None = None, charset: str | None = None, delimiter: str | None = None
) -> Source:
    """Open a list and find out its format.

    location   a path, `-` for standard input, or a database URI (docs/how-to/add-people.md)
    sql        the SELECT for a database
    charset    for text files, where the guess is wrong
    delimiter  for CSV files, where the guess is wrong
    Raises     DirectoryError, naming the file and what to do
    """
    if is_database(location):
        query = open_query(location, sql)
        return Source(query.safe_uri.partition("?")[0], "SQL", query, query.safe_uri, query.sql)
    path = None if location == "-" else Path(location)
    if path is not None and path.is_dir():
        raise DirectoryError(f"{path.name}: is a folder. Name the file.")
    where = str(path.resolve()) if path is not None else ""
    if path is not None and is_parquet(path):
        return Source(
            path.name, "Parquet", open_parquet(path), where, stored_bytes=path.stat().st_size, stamp=_stamp(path)
        )
    file = open_text(path, charset)
    start = file.first_lines().lstrip()
    reader: Reader
    if start.startswith((b"{", b"[")):
        kind, reader = "JSON lines", open_json(file)
    else:
        kind, reader = "CSV", open_delimited(file, delimiter)
    size = path.stat().st_size if path is not None else 0
    return Source(
        file.name, kind, reader, where, charset=file.charset, stored_bytes=size, stamp=_stamp(path) if path else (0, 0)
    )


def source_of_rows(rows: Iterable[Mapping[str, object]] | pa.Table | pa.RecordBatch) -> Source:
    """Return a Source over rows in memory: mappings, or an Arrow table."""
    if isinstance(rows, pa.RecordBatch):
        rows = pa.Table.from_batches([rows])
    if not isinstance(rows, pa.Table):
        flat = [flatten(dict(row)) for row in rows]
        names = list(dict.fromkeys(name for row in flat for name in row))
        rows = pa.table({name: pa.array([row.get(name, "") for row in flat], pa.string()) for name in names})
    return Source("the given rows", "rows", _TableRows(rows))


@dataclass(frozen=True, slots=True)
class _TableRows:
    table: pa.Table

    @property
    def header(self) -> tuple[str, ...]:
        empty = self.table.schema.empty_table().combine_chunks()
        batch = pa.RecordBatch.from_arrays([column.combine_chunks() for column in empty.columns], schema=empty.schema)
        return tuple(text_batch(batch, 1).rows.schema.names)

    def batches(self, progress: ReadProgress | None = None) -> Iterator[Batch]:
        row = 1
        for batch in self.table.to_batches(max_chunksize=BATCH_ROWS):
            yield text_batch(batch, row)
            row += batch.num_rows


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError as error:
        raise DirectoryError(f"{path.name}: cannot be read ({error.strerror}). Check the path.") from error
    return status.st_size, status.st_mtime_ns


__all__ = ["Delimited", "QueryRows", "Reader", "Source", "open_source", "source_of_rows", "unique_names"]
