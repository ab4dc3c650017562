"""Chunks of rows for the ledger's tests."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from spillkit.ledger import ChunkId, Ledger
from spillkit.model import SourceId
from spillkit.schemas import COVERAGE, DAMAGES, EXCHANGES
from tests.entitlement.sightings import Seen, table
from tests.world import NOON

SOURCE = SourceId("ab" * 8)
SETTINGS = "cd" * 16


def coverage(exchanges: int, source: str = SOURCE, route: str = "/account/summary") -> pa.Table:
    row = {
        "source": source,
        "slice_at": NOON,
        "channel": "http",
        "method": "GET",
        "route": route,
        "status": 200,
        "viewer_kind": "subject",
        "exchanges": exchanges,
        "with_body": exchanges,
        "damaged": 0,
        "with_viewer": exchanges,
        "sampled_share": 1.0,
        "body_bytes": 100 * exchanges,
    }
    return pa.Table.from_pylist([row], schema=COVERAGE)


def record(ledger: Ledger, *seen: Seen, settings: str = SETTINGS, chunk_entries: int = 10) -> None:
    """Record sightings as one scan of one recording would, in chunks."""
    entries = max((one.entry for one in seen), default=0) + 1
    with ledger.writing():
        ledger.begin_source(SOURCE, name="day1.har", path="day1.har", format="har", file_bytes=1000, settings=settings)
        for first in range(0, entries, chunk_entries):
            last = min(first + chunk_entries, entries) - 1
            rows = table(*(one for one in seen if first <= one.entry <= last))
            ledger.record_chunk(
                ChunkId(SOURCE, settings, first, last),
                rows,
                EXCHANGES.empty_table(),
                coverage(last - first + 1),
                DAMAGES.empty_table(),
            )
        ledger.finish_source(SOURCE, settings=settings, entries=entries)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but the lock."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}
