"""Read a list once, to learn who is on it and whose rows changed, without looking into the cells.

In:    opened lists with their mappings; the key.
Out:   every id once, with one keyed digest of all that the list says of that person.
Else:  only what changed is prepared and indexed, by `adding`.

A million unchanged rows cost a few seconds: columns are joined by Arrow, one keyed hash is taken for each row.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from spillkit.directory.badcells import BadCells
from spillkit.directory.batches import Reason
from spillkit.directory.identity import refused_ids, subject_ids
from spillkit.directory.mapping import Mapping
from spillkit.directory.opening import ReadProgress
from spillkit.directory.reading import Source
from spillkit.directory.tokens import TokenTable, owners_digests

_ROWS_KEPT = 200_000
_JOINT = pa.scalar("\x1f", pa.large_string())


@dataclass(frozen=True, slots=True)
class MappedSource:
    """An opened list whose columns are known."""

    source: Source
    mapping: Mapping


@dataclass(frozen=True, slots=True)
class UsableRows:
    """Rows that have an id."""

    rows: pa.RecordBatch = field(repr=False)  # the used columns only
    ids: pa.Array = field(repr=False)  # large_string
    places: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Survey:
    """Who is on the list."""

    ids: pa.Array = field(repr=False)  # each once, in the order of the list
    digests: NDArray[np.uint64] = field(repr=False)  # of each id
    codes: NDArray[np.int32] = field(repr=False)  # of each usable row: the place of its id in `ids`
    rows: int = 0
    kept: list[tuple[MappedSource, UsableRows]] | None = field(default=None, repr=False)  # the rows not known before


def usable_rows(
    mapped: MappedSource, id_key: bytes | None, bad: BadCells | None, progress: ReadProgress | None = None
) -> Iterator[UsableRows]:
    """Yield the rows with a usable id, in order; note the others in `bad`.

    id_key  under which ids are replaced by tokens; None: they are kept as they are
    """
    mapping, name = mapped.mapping, mapped.source.name
    for batch in mapped.source.batches(progress):
        refused = refused_ids(batch.rows, mapping, pseudonymise=id_key is not None) if batch.rows.num_rows else {}
        keep = np.ones(batch.rows.num_rows, dtype=np.bool_)
        for mask in refused.values():
            keep &= ~mask
        if bad is not None:
            for damage in batch.damages:
                bad.add(name, damage.place, "", damage.reason)
            for reason, mask in refused.items():
                bad.add_all(name, batch.places[mask].tolist(), mapping.id_column, reason)
        rows = batch.rows.select(list(mapping.used))
        if not keep.all():
            rows = rows.filter(pa.array(keep))
        if rows.num_rows:
            ids = subject_ids(rows.column(mapping.id_column), id_key).cast(pa.large_string())
            yield UsableRows(rows, ids, batch.places[keep])


def survey(
    lists: Sequence[MappedSource],
    tokens: Sequence[TokenTable],
    key: bytes,
    id_key: bytes | None,
    bad: BadCells,
    progress: ReadProgress | None = None,
    *,
    default_country: str = "",
    known: KnownDigests | None = None,
) -> Survey:
    """Return every id with the keyed digest of its rows and its ownership tokens.

    default_country  how national phone numbers are read; with another one every row is another row
    known            digests of last time: rows that have none of them are kept in memory while they are few, so that the
                     list need not be read twice

    A person with several rows, or tokens, has the sum (mod 2^64) of their digests: the order of rows does not matter.
    Raises DirectoryError if a list cannot be read to its end
    """
    owners, owned = owners_digests(tables=tokens, key=key, id_key=id_key)
    watch = _Watch(known.of_rows(owners, owned)) if known is not None else None
    ids: list[pa.Array] = []
    digests: list[NDArray[np.uint64]] = []
    places: list[tuple[MappedSource, NDArray[np.int64]]] = []
    for mapped in lists:
        row_key = _row_key(key, mapped.mapping, default_country)
        for usable in usable_rows(mapped, id_key, bad, progress):
            ids.append(usable.ids)
            digests.append(row_digests(usable.rows, row_key))
            places.append((mapped, usable.places))
            if watch is not None:
                watch.look(mapped, usable, digests[-1])
    if not ids:
        return Survey(pa.array([], pa.large_string()), np.zeros(0, np.uint64), np.zeros(0, np.int32))
    coded = pa.chunked_array(ids).combine_chunks().dictionary_encode()
    codes = coded.indices.to_numpy()
    sums = np.zeros(len(coded.dictionary), dtype=np.uint64)
    np.add.at(sums, codes, np.concatenate(digests))
    if len(codes) > len(sums):
        _note_repeats(codes, places, bad)
        watch = None  # The digest of several rows is not that of any of them.
    sums += _owned_by(coded.dictionary, owners, owned)
    return Survey(coded.dictionary, sums, codes, len(codes), watch.kept if watch is not None else None)


@dataclass(frozen=True, slots=True)
class KnownDigests:
    """Who was known last time, by what digest. Only those whose index entries can stay as they are."""

    ids: pa.Array = field(repr=False)
    digests: NDArray[np.uint64] = field(repr=False)

    def of_rows(self, owners: pa.Array, owned: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the digests that an unchanged row has, sorted: those of its person less those of his tokens."""
        return np.sort(self.digests - _owned_by(self.ids, owners, owned))


class _Watch:
    """Keeps the rows with an unknown digest, as long as they are few."""

    def __init__(self, known: NDArray[np.uint64]) -> None:
        self.kept: list[tuple[MappedSource, UsableRows]] | None = []
        self._known = known
        self._count = 0

    def look(self, mapped: MappedSource, usable: UsableRows, digests: NDArray[np.uint64]) -> None:
        if self.kept is None:
            return
        at = np.minimum(np.searchsorted(self._known, digests), max(0, len(self._known) - 1))
        fresh = self._known[at] != digests if len(self._known) else np.ones(len(digests), dtype=np.bool_)
        self._count += int(fresh.sum())
        if self._count > _ROWS_KEPT:
            self.kept = None
        elif fresh.any():
            mask = pa.array(fresh)
            rows = UsableRows(usable.rows.filter(mask), usable.ids.filter(mask), usable.places[fresh])
            self.kept.append((mapped, rows))


def _owned_by(ids: pa.Array, owners: pa.Array, owned: NDArray[np.uint64]) -> NDArray[np.uint64]:
    result = np.zeros(len(ids), dtype=np.uint64)
    if len(owners):
        found = pc.index_in(ids, value_set=owners)
        result[np.asarray(found.is_valid())] = owned[found.drop_null().to_numpy()]
    return result


def row_digests(rows: pa.RecordBatch, row_key: bytes) -> NDArray[np.uint64]:
    """Return a keyed 64-bit digest (BLAKE2b) of each row."""
    # large_string: wide rows of one batch may hold more than 2 GiB together.
    joined = pc.binary_join_element_wise(*(column.cast(pa.large_string()) for column in rows.columns), _JOINT)
    _, offsets_buffer, data_buffer = joined.buffers()
    offsets = np.frombuffer(offsets_buffer, dtype=np.int64)[joined.offset : joined.offset + len(joined) + 1].tolist()
    data = memoryview(data_buffer) if data_buffer is not None else memoryview(b"")
    keyed = hashlib.blake2b(key=row_key, digest_size=8)
    digests = []
    for start, end in pairwise(offsets):
        row = keyed.copy()
        row.update(data[start:end])
        digests.append(row.digest())
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)


def _row_key(key: bytes, mapping: Mapping, default_country: str) -> bytes:
    """A row under another mapping is another row."""
    reading = json.dumps([mapping.to_json(), default_country]).encode()
    return hashlib.blake2b(reading, key=key, digest_size=16, person=b"spill-row").digest()


def _note_repeats(
    codes: NDArray[np.int32], places: list[tuple[MappedSource, NDArray[np.int64]]], bad: BadCells
) -> None:
    is_first = np.zeros(len(codes), dtype=np.bool_)
    is_first[np.unique(codes, return_index=True)[1]] = True
    row = 0
    for mapped, of_batch in places:
        repeats = ~is_first[row : row + len(of_batch)]
        if repeats.any():
            bad.add_all(mapped.source.name, of_batch[repeats].tolist(), mapped.mapping.id_column, Reason.ID_TWICE)
        row += len(of_batch)
