"""Scan one recording: read it, batch it, find who was shown to whom.

In:    a recording, a Finder, a way to tell the viewer of an exchange.
Out:   one Chunk after another: a stretch of entries with its sightings, exchanges, coverage and damages.
Else:  keeping chunks is `ledger`; which recordings are read, and by how many processes, is `pipeline`.

The cuts between chunks depend on the recording alone, so that a run that was killed finds its chunks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from spillkit.model import BodyState, Damage, Exchange, Viewer, ViewerKind
from spillkit.scan.sightings import Finder
from spillkit.schemas import COVERAGE, DAMAGES, EXCHANGES, SIGHTINGS

BATCH_BODY_BYTES = 16 << 20
BATCH_EXCHANGES = 8192

Skip = Callable[[int, int], bool]  # first and last entry -> whether that chunk is in the ledger already


@dataclass(slots=True)
class Tally:
    """What was looked at. Counts add up over chunks and recordings."""

    exchanges: int = 0
    with_body: int = 0  # body recorded and looked at whole
    with_viewer: int = 0
    bodies_damaged: int = 0
    damages: int = 0
    body_bytes: int = 0

    def add(self, other: Tally) -> None:
        """Add another tally to this one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(frozen=True, slots=True)
class Chunk:
    """One stretch of a recording."""

    first_entry: int
    last_entry: int  # inclusive
    tally: Tally
    tables: (
        tuple[pa.Table, pa.Table, pa.Table, pa.Table] | None
    )  # sightings, exchanges, coverage, damages; None: it was in the ledger already


@dataclass(slots=True)
class _Batch:
    exchanges: list[Exchange] = field(default_factory=list)
    damages: list[Damage] = field(default_factory=list)
    body_bytes: int = 0

    def is_full(self, upcoming: Exchange) -> bool:
        # A message with many recipients is one entry in many exchanges: a chunk ends only between entries.
        if not self.exchanges or self.exchanges[-1].entry == upcoming.entry:
            return False
        return self.body_bytes >= BATCH_BODY_BYTES or len(self.exchanges) >= BATCH_EXCHANGES


def scan_recording(
    items: Iterable[Exchange | Damage], finder: Finder, viewer_of: Callable[[Exchange], Viewer], skip: Skip
) -> Iterator[Chunk]:
    """Yield the chunks of one recording, in order.

    items      what `capture.read_exchanges` gives
    finder     finds sightings in a batch
    viewer_of  tells who received an exchange
    skip       asked once for each chunk; if true, the chunk's tables are left out
    """
    for batch in _batches(items):
        yield _scan_batch(batch, finder, viewer_of, skip)


def _batches(items: Iterable[Exchange | Damage]) -> Iterator[_Batch]:
    batch = _Batch()
    for item in items:
        if isinstance(item, Damage):
            batch.damages.append(item)
            continue
        if batch.is_full(item):
            yield batch
            batch = _Batch()
        batch.exchanges.append(item)
        batch.body_bytes += len(item.body) if item.body else 0
    if batch.exchanges or batch.damages:
        yield batch


def _scan_batch(batch: _Batch, finder: Finder, viewer_of: Callable[[Exchange], Viewer], skip: Skip) -> Chunk:
    entries = [exchange.entry for exchange in batch.exchanges] or [damage.entry or 0 for damage in batch.damages]
    first, last = min(entries), max(entries)
    viewers = [viewer_of(exchange) for exchange in batch.exchanges]
    tally = _tally(batch, viewers)
    if skip(first, last):
        return Chunk(first, last, tally, None)
    if not batch.exchanges:
        nothing = (SIGHTINGS.empty_table(), EXCHANGES.empty_table(), COVERAGE.empty_table())
        return Chunk(first, last, tally, (*nothing, _damages(batch.damages)))
    found = finder.find(batch.exchanges, viewers)
    return Chunk(first, last, tally, (found.sightings, found.exchanges, found.coverage, _damages(batch.damages)))


def _tally(batch: _Batch, viewers: Iterable[Viewer]) -> Tally:
    tally = Tally(exchanges=len(batch.exchanges), damages=len(batch.damages))
    for exchange in batch.exchanges:
        tally.with_body += exchange.body_state is BodyState.OK
        tally.bodies_damaged += exchange.body_state in (BodyState.DAMAGED, BodyState.TOO_LARGE)
        tally.body_bytes += exchange.body_bytes
    tally.with_viewer = sum(viewer.kind is not ViewerKind.UNKNOWN for viewer in viewers)
    return tally


def _damages(damages: Iterable[Damage]) -> pa.Table:
    rows = [
        {
            "source": damage.source,
            "entry": damage.entry,
            "offset": damage.offset,
            "reason": damage.reason,
            "lost_exchanges": damage.lost_exchanges,
        }
        for damage in damages
    ]
    return pa.Table.from_pylist(rows, schema=DAMAGES)
