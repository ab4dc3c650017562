"""Keep at hand where a million people are written to, for as long as a sender runs.

In:    customer lists, read once; the rows of a mailing.
Out:   Addresses: the notice and the addressee of an id, found in microseconds. In memory only, in columns of bytes.
Else:  `addressees.read_addressees` says the same of each without keeping it; a property test holds the two together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from spillkit.directory.contact import split_emails
from spillkit.directory.mapping import Mapping, Role
from spillkit.directory.survey import MappedSource, UsableRows, usable_rows
from spillkit.errors import NoticesError
from spillkit.notices.addressees import NOWHERE, Addressee, readers_of
from spillkit.notices.marks import mailbox_marks
from spillkit.notices.reader import Reader
from spillkit.notices.told import Told
from spillkit.notices.told_table import told_of

_FOUND = pa.schema(
    [
        pa.field("address", pa.large_string(), nullable=False),
        pa.field("name", pa.large_string(), nullable=False),
        pa.field("region", pa.string(), nullable=False),
    ]
)


class Addresses:
    """The notices of a mailing, each with where it goes. Nothing changes once it is made: threads may share it."""

    def __init__(
        self, told: pa.Table, lists: Sequence[MappedSource], marks_key: bytes, id_key: bytes | None = None
    ) -> None:
        """Read the lists once.

        told       of TOLD, in the order of ids; who is on hold is left out
        lists      the lists by which they were planned
        marks_key  of `derived_key(workspace_key, "marks")`
        id_key     under which ids are replaced by tokens; None: they are kept as they are
        Raises     DirectoryError if a list cannot be read
        Cost       a pass over the lists; about 150 bytes for each notice, beside its row
        """
        self._told = one_batch(told.filter(pc.is_null(told.column("hold"))))
        self._ids = self._told.column("id")
        self._place = np.full(len(self._ids), -1, dtype=np.int32)  # of each notice: its place in `_found`; -1: none
        self._found = one_batch(pa.Table.from_batches(self._read(lists, marks_key, id_key), _FOUND))

    def __len__(self) -> int:
        """Return how many notices there are."""
        return len(self._ids)

    def __repr__(self) -> str:
        return f"Addresses({len(self)} notices)"

    @property
    def without_address(self) -> int:
        """How many cannot be written to any more."""
        return int((self._place < 0).sum())

    def get(self, notice: str) -> tuple[Told, Addressee]:
        """Return a notice with where it goes; NOWHERE where the list has the address no more.

        Raises  NoticesError if the mailing has no such notice, or it is on hold
        """
        row = bisect_left(self._ids, notice, key=lambda found: found.as_py())
        if row == len(self._ids) or self._ids[row].as_py() != notice:
            raise NoticesError("This mailing has no such notice, or it is on hold.")
        [told] = self._told.slice(row, 1).to_pylist()
        return told_of(told), self._addressee(row)

    def addresses(self) -> Iterator[tuple[str, str]]:
        """Yield id and address of every notice, in the order of ids; "" for who has none any more."""
        for row, notice in enumerate(self._ids):
            place = int(self._place[row])
            yield notice.as_py(), self._found.column("address")[place].as_py() if place >= 0 else ""

    def _addressee(self, row: int) -> Addressee:
        place = int(self._place[row])
        if place < 0:
            return NOWHERE
        address, name, region = (column[place].as_py() for column in self._found.columns)
        return Addressee(address, Reader(name=name, region=region))

    def _read(self, lists: Sequence[MappedSource], marks_key: bytes, id_key: bytes | None) -> Iterator[pa.RecordBatch]:
        """Yield what was found of people of this mailing, batch by batch, and note their places."""
        row_of = self._rows_by_account()
        planned = np.array([int(mark or "0", 16) for mark in self._told.column("mailbox").to_pylist()], dtype=np.uint64)
        count = 0
        for mapped in lists:
            for usable in usable_rows(mapped, id_key, None):
                rows, places, texts = self._candidates(usable, mapped.mapping, row_of)
                if not texts:
                    continue
                readers = readers_of(usable, mapped.mapping)
                found: list[tuple[str, str, str]] = []
                for hit in np.flatnonzero(mailbox_marks(texts, marks_key) == planned[rows]).tolist():
                    if self._place[rows[hit]] < 0:
                        self._place[rows[hit]] = count + len(found)
                        reader = readers[places[hit]]
                        found.append((texts[hit], reader.name, reader.region))
                count += len(found)
                yield pa.record_batch([list(column) for column in zip(*found)] or [[], [], []], _FOUND)

    def _candidates(
        self, usable: UsableRows, mapping: Mapping, row_of: dict[str, int]
    ) -> tuple[list[int], list[int], list[str]]:
        """Return the addresses that a list names of people of this mailing, each with the row of its notice and its place."""
        emails = [usable.rows.column(name).to_pylist() for name in mapping.names(Role.EMAIL)]
        rows, places, texts = [], [], []
        for place, subject in enumerate(usable.ids.to_pylist()):
            row = row_of.get(subject, -1)
            if row >= 0 and self._place[row] < 0:
                for text in (text for column in emails for text in split_emails(column[place] or "")):
                    rows.append(row)
                    places.append(place)
                    texts.append(text)
        return rows, places, texts

    def _rows_by_account(self) -> dict[str, int]:
        subjects = self._told.column("subjects")
        accounts = subjects.flatten().to_pylist()
        row_of = dict(zip(accounts, pc.list_parent_indices(subjects).to_pylist()))
        if len(row_of) != len(accounts):
            raise NoticesError(
                "An account stands in two notices of this mailing: somebody would be told twice. Plan it again."
            )
        return row_of


def one_batch(table: pa.Table) -> pa.RecordBatch:
    """Return a table in one piece, so that a row of it is found without looking through pieces."""
    columns = [column.combine_chunks() for column in table.columns]
    return pa.RecordBatch.from_arrays(columns, schema=table.schema)
