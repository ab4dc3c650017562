"""Give out exposures row by row, in an order that never changes.

In:    the ledger and, if wanted, one of its findings.
Out:   batches of rows, names of files for sources.
Else:  how they are printed is for the command.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from spillkit.ledger.judgement import Finding
from spillkit.ledger.ledger import Ledger

_BATCH_ROWS = 10_000
_QUESTION = """
    SELECT coalesce(sources.name, exposures.source) AS source, entry, shown_at, method, route, status, viewer, viewer_from,
        subject, field, evidence, "start", "end"
    FROM exposures LEFT JOIN sources ON sources.source = exposures.source
    WHERE ($route IS NULL OR (exposures.channel = $channel AND method = $method AND route = $route))
    ORDER BY sources.name, exposures.source, entry, "start", "end", field, subject, viewer, shown_at"""


def read_exposures(ledger: Ledger, finding: Finding | None = None) -> Iterator[list[dict[str, Any]]]:
    """Yield the exposures of a finding, or all, in batches: by file, place in it, place in the body, field, subject, viewer.

    Raises  LedgerError if a file of the ledger is damaged
    """
    chosen = {
        "channel": finding.channel if finding else None,
        "method": finding.method if finding else None,
        "route": finding.route if finding else None,
    }
    with ledger.database() as connection:
        for batch in connection.sql(_QUESTION, params=chosen).to_arrow_reader(_BATCH_ROWS):
            yield batch.to_pylist()
