"""The table of subjects: what is remembered of each, and no contact data.

In:    ids, digests and traits while a list is added.
Out:   an Arrow table with one row for each subject number ever given out, kept as Parquet.
Else:  which file counts is `manifest`; numbers are given by `adding`.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from spillkit.errors import DirectoryError

MAX_NUMBER = (1 << 27) - 1  # matching.md, section 4: 27 bits of the payload
_CODES = pa.dictionary(pa.int32(), pa.string())

SUBJECTS = pa.schema(
    [
        # The row's place is the subject number. A dead number keeps its place, and nothing else.
        pa.field("id", pa.large_string(), nullable=False),  # the company's own id, or a keyed token; "" if dead
        pa.field("digest", pa.uint64(), nullable=False),  # keyed, of everything the list says of the person
        pa.field("country", _CODES, nullable=False),  # ISO 3166, "" if unknown
        pa.field("language", _CODES, nullable=False),  # tag such as de or pt-BR, "" if unknown
        pa.field("account_type", _CODES, nullable=False),  # consumer, business, ""
        pa.field("legal_entity", _CODES, nullable=False),
        pa.field("minor", pa.bool_()),  # under 18 when the row was added; null: unknown. The birth date is not kept
        pa.field("has_fields", pa.uint16(), nullable=False),  # bit n: the index holds Field n of this subject
        pa.field("dead", pa.bool_(), nullable=False),
    ]
)


def empty_subjects() -> pa.Table:
    """Return a table of nobody."""
    return SUBJECTS.empty_table()


def read_subjects(path: Path) -> pa.Table:
    """Return the kept table; DirectoryError if it is damaged, FileNotFoundError if it is gone."""
    try:
        return pq.read_table(path, schema=SUBJECTS)
    except FileNotFoundError:
        raise
    except (pa.ArrowInvalid, OSError) as error:
        raise DirectoryError(f"{path.name}: damaged. Add the customer list again.") from error


def write_subjects(path: Path, table: pa.Table) -> None:
    """Write the table whole, and make sure it is on the disk. The caller's manifest makes it count."""
    with path.open("wb") as file:
        pq.write_table(table, file, compression="zstd", row_group_size=1 << 20)
        file.flush()
        os.fsync(file.fileno())


def without(table: pa.Table, dead: NDArray[np.bool_]) -> pa.Table:
    """Return the table with more numbers dead; of those nothing but the number is kept."""
    gone = pa.array(dead)
    blank = {"id": "", "digest": 0, "country": "", "language": "", "account_type": "", "legal_entity": "", "minor": None,
             "has_fields": 0, "dead": True}  # fmt: skip
    columns = []
    for kept in SUBJECTS:
        column = table.column(kept.name).combine_chunks()
        if pa.types.is_dictionary(kept.type):
            plain = pc.if_else(gone, pa.scalar("", pa.string()), column.cast(pa.string()))
            columns.append(plain.dictionary_encode().cast(_CODES))
        else:
            columns.append(pc.if_else(gone, pa.scalar(blank[kept.name], kept.type), column))
    return pa.Table.from_arrays(columns, schema=SUBJECTS)


class Interned:
    """Codes of short texts, for many subjects that share few of them."""

    def __init__(self, count: int) -> None:
        self._codes = np.zeros(count, dtype=np.int32)
        self._known: dict[str, int] = {"": 0}

    def set(self, places: NDArray[np.int64], texts: list[str]) -> None:
        known = self._known
        self._codes[places] = [known.setdefault(text, len(known)) for text in texts]

    def column(self) -> pa.Array:
        return pa.DictionaryArray.from_arrays(pa.array(self._codes), pa.array(list(self._known), pa.string()))
