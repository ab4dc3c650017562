"""What many people are told, as an Arrow table: a million rows in a few hundred megabytes, and one of them as a value.

In:    Told values, or columns from `gather`.
Out:   TOLD, the columns; rows as values and back; one text for each row that says all of it, for digests.
Else:  what the columns mean is `told`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spillkit.model import SubjectId
from spillkit.notices.told import Hold, Kind, Told

_TIME = pa.timestamp("us", tz="UTC")
_TEXTS = pa.list_(pa.string())

TOLD = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("subjects", pa.list_(pa.large_string()), nullable=False),  # sorted
        pa.field("kind", pa.string(), nullable=False),
        pa.field("entity", pa.string(), nullable=False),
        pa.field("country", pa.string(), nullable=False),
        pa.field("languages", _TEXTS, nullable=False),
        pa.field("fields", _TEXTS, nullable=False),  # in the order of model.Field
        pa.field("first_at", _TIME),
        pa.field("last_at", _TIME),
        pa.field(
            "viewers", pa.list_(pa.struct([("kind", pa.string()), ("count", pa.int64())])), nullable=False
        ),  # sorted by kind
        pa.field("authority", pa.string(), nullable=False),
        pa.field("is_shared", pa.bool_(), nullable=False),
        pa.field("hold", pa.string()),  # null: nothing speaks against telling him
        pa.field("holds", _TEXTS, nullable=False),  # the strongest first
        pa.field("people", pa.int32(), nullable=False),
        pa.field("mailbox", pa.string(), nullable=False),
    ]
)
_BATCH_ROWS = 10_000


def rows_of(table: pa.Table) -> Iterator[Told]:
    """Yield the rows of a TOLD table as values, in its order."""
    for batch in table.to_batches(max_chunksize=_BATCH_ROWS):
        for row in batch.to_pylist():
            yield told_of(row)


def told_of(row: dict[str, Any]) -> Told:
    """Return one row as a value."""
    return Told(
        id=row["id"],
        subjects=tuple(SubjectId(text) for text in row["subjects"]),
        kind=Kind(row["kind"]),
        entity=row["entity"],
        country=row["country"],
        languages=tuple(row["languages"]),
        fields=tuple(row["fields"]),
        first_at=row["first_at"],
        last_at=row["last_at"],
        viewers=tuple((one["kind"], one["count"]) for one in row["viewers"]),
        authority=row["authority"],
        is_shared=row["is_shared"],
        hold=Hold(row["hold"]) if row["hold"] is not None else None,
        holds=tuple(Hold(text) for text in row["holds"]),
        people=row["people"],
        mailbox=row["mailbox"],
    )


def table_of(rows: Iterable[Told]) -> pa.Table:
    """Return values as a TOLD table, in their order."""
    columns: dict[str, list[Any]] = {name: [] for name in TOLD.names}
    for told in rows:
        for name in TOLD.names:
            value = getattr(told, name)
            if name == "viewers":
                value = [{"kind": kind, "count": count} for kind, count in value]
            columns[name].append(list(value) if isinstance(value, tuple) else value)
    return pa.table(columns, schema=TOLD)


def texts_of(table: pa.Table) -> pa.ChunkedArray:
    """Return for each row one text that says all of it, the same on every machine: what a digest is made over.

    Values are apart by U+001F, those of a list by U+001E, those of a pair by U+001D. None of these can stand in an id: ids, tags
    and labels are printable, and so are the names of legal entities. Times are microseconds since 1970, "" for none.
    """
    columns = []
    for field in TOLD:
        column = table.column(field.name).combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], field.type)
        if field.name == "viewers":
            flat = pc.list_flatten(column)
            pairs = pc.binary_join_element_wise(
                flat.field("kind"), flat.field("count").cast(pa.string()), pa.scalar("\x1d")
            )
            column = pa.ListArray.from_arrays(_offsets(column), pairs)
        if pa.types.is_list(column.type):
            column = pc.binary_join(column.cast(_TEXTS), "\x1e")
        elif pa.types.is_timestamp(column.type):
            column = column.cast(pa.int64()).cast(pa.string())
        elif pa.types.is_boolean(column.type):
            column = pc.if_else(column, "1", "0")
        columns.append(pc.fill_null(column.cast(pa.large_string()), ""))
    return pa.chunked_array([pc.binary_join_element_wise(*columns, pa.scalar("\x1f", pa.large_string()))])


def _offsets(column: pa.ListArray) -> pa.Array:
    """Return a list column's offsets, counted from its own first value."""
    sizes = pc.fill_null(pc.list_value_length(column), 0)
    return pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(sizes).cast(pa.int32())])
