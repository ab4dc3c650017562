"""Find sightings among exchanges held in memory: the door for notebooks and for other programs.

In:    exchanges, an index, a way to tell the viewer.
Out:   Found: Arrow tables of sightings and coverage.
Else:  over recordings, into a ledger, it is `pipeline`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pyarrow as pa

from spillkit.directory import Index
from spillkit.model import UNKNOWN_VIEWER, Damage, Exchange, Viewer
from spillkit.scan.exchanges import ExchangeRows
from spillkit.scan.recording import scan_recording
from spillkit.scan.sightings import Finder, Found
from spillkit.schemas import COVERAGE, EXCHANGES, SIGHTINGS


def _nobody_knows(exchange: Exchange) -> Viewer:
    return UNKNOWN_VIEWER


def find_sightings(
    exchanges: Iterable[Exchange | Damage],
    index: Index,
    viewer_of: Callable[[Exchange], Viewer] = _nobody_knows,
    *,
    sampled_share: float = 1.0,
    exchange_rows: ExchangeRows | None = None,
) -> Found:
    """Return who occurs in what was sent to whom.

    exchanges      what `read_exchanges` gives; damages are passed over (keep them yourself if you count them)
    index          `Index.build(…)` or `Index.open(…)`
    viewer_of      tells who received an exchange, such as `ViewerFinder(…).find`; by default everybody is unknown
    sampled_share  what share of the traffic the exchanges are, above 0 and up to 1
    exchange_rows  `ExchangeRows(key)`, to have Found.exchanges too; without it that table is empty
    Returns        Found.sightings (schema SIGHTINGS), Found.coverage (COVERAGE) and Found.exchanges (EXCHANGES), in the order of
                   the exchanges

    >>> index = Index.build([{"id": "c_8f2a91", "name": "Jane Doe", "email": "jane@example.org"}])
    >>> exchange = Exchange("0" * 16, 0, None, "GET", "/account", 200, body=b"Jane Doe, jane@example.org")
    >>> find_sightings([exchange], index).sightings.column("because").to_pylist()
    ['name with e-mail', 'e-mail']
    """
    finder = Finder(index.scanner, index.directory.ids, sampled_share=sampled_share, exchange_rows=exchange_rows)
    sightings, coverage, rows = [SIGHTINGS.empty_table()], [COVERAGE.empty_table()], [EXCHANGES.empty_table()]
    for chunk in scan_recording(exchanges, finder, viewer_of, skip=lambda first, last: False):
        if chunk.tables is not None:
            sightings.append(chunk.tables[0])
            rows.append(chunk.tables[1])
            coverage.append(chunk.tables[2])
    joined = (pa.concat_tables(tables).combine_chunks() for tables in (sightings, coverage, rows))
    return Found(*joined)
