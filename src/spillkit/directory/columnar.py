"""Read Parquet, and turn any Arrow batch into a batch of text.

In:    a Parquet file, or Arrow batches from a database or a notebook.
Out:   the column names and batches of rows with their row numbers.
Else:  databases are asked in `databases`; what columns mean is `mapping`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from spillkit.directory.batches import BATCH_ROWS, MULTIPLE, Batch
from spillkit.directory.delimited import unique_names
from spillkit.directory.opening import ReadProgress
from spillkit.errors import DirectoryError


@dataclass(frozen=True, slots=True)
class ParquetRows:
    """A Parquet file whose footer was read."""

    path: Path
    header: tuple[str, ...]

    def batches(self, progress: ReadProgress | None = None) -> Iterator[Batch]:
        """Yield the rows in order. Raises DirectoryError if the file is damaged."""
        try:
            with pq.ParquetFile(self.path) as file:
                share = self.path.stat().st_size / max(1, file.metadata.num_rows)
                row = 1
                for batch in file.iter_batches(batch_size=BATCH_ROWS):
                    yield text_batch(batch, row)
                    row += batch.num_rows
                    if progress is not None:
                        progress(int(batch.num_rows * share))
        except (pa.ArrowInvalid, OSError) as error:
            raise DirectoryError(
                f"{self.path.name}: the Parquet file is damaged. Export it again; nothing was changed."
            ) from error


def open_parquet(path: Path) -> ParquetRows:
    """Read the column names of a Parquet file; DirectoryError if it cannot be read."""
    try:
        schema = pq.read_schema(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise DirectoryError(f"{path.name}: not a whole Parquet file. Export it again.") from error
    return ParquetRows(path, unique_names(list(text_columns(schema.empty_table().to_batches() or _no_rows(schema)))))


def text_batch(batch: pa.RecordBatch, first_row: int) -> Batch:
    """Return an Arrow batch with every column as text; struct fields get dotted names, lists several values."""
    columns = text_columns([batch])
    rows = pa.RecordBatch.from_arrays(list(columns.values()), names=list(unique_names(list(columns))))
    return Batch(rows, np.arange(first_row, first_row + batch.num_rows, dtype=np.int64))


def text_columns(batches: list[pa.RecordBatch]) -> dict[str, pa.Array]:
    """Return the columns of one batch as text arrays without nulls, by dotted name."""
    [batch] = batches
    columns: dict[str, pa.Array] = {}
    for name, column in zip(batch.schema.names, batch.columns):
        _add_column(columns, name, column)
    return columns


def _add_column(columns: dict[str, pa.Array], name: str, column: pa.Array) -> None:
    kind = column.type
    if pa.types.is_dictionary(kind):
        _add_column(columns, name, column.dictionary_decode())
    elif pa.types.is_struct(kind):
        for field, inner in zip(kind, column.flatten()):
            _add_column(columns, f"{name}.{field.name}", inner)
    else:
        text = _as_text(column)
        while name in columns:
            name += "#"
        columns[name] = text


def _as_text(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        if pa.types.is_nested(kind.value_type):
            return pa.array([""] * len(column), pa.string())  # Lists of objects: give them as columns of their own.
        values = pa.ListArray.from_arrays(column.offsets.cast(pa.int32()), _as_text(column.values))
        column = pc.binary_join(values, MULTIPLE)
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        column = pa.array(
            [None if v is None else v.decode("utf-8", "replace") for v in column.to_pylist()], pa.string()
        )
    elif pa.types.is_floating(kind):
        # Databases and spreadsheets turn whole numbers with gaps into floats; 17.0 is the id "17".
        column = pa.array(
            [None if v is None else f"{v:.0f}" if v == v // 1 else repr(v) for v in column.to_pylist()], pa.string()
        )
    elif pa.types.is_nested(kind):
        column = pa.array([""] * len(column), pa.string())
    return pc.fill_null(column.cast(pa.string()), "")


def _no_rows(schema: pa.Schema) -> list[pa.RecordBatch]:
    return [pa.RecordBatch.from_arrays([pa.array([], field.type) for field in schema], schema=schema)]
