"""Give out exposures row by row, in an order that never changes.

In:    the ledger and, if wanted, one of its findings or incidents.
Out:   batches of rows, names of files for sources.
Else:  how they are printed is for the command.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import duckdb

from spillkit.ledger.judgement import Finding
from spillkit.ledger.ledger import Ledger

_BATCH_ROWS = 10_000
_NO_INCIDENTS = (
    "CREATE VIEW incident_rows AS SELECT NULL::VARCHAR AS source, NULL::BIGINT AS entry, NULL::VARCHAR AS viewer, "
    "NULL::INTEGER AS incident WHERE false"
)
_QUESTION = """
    SELECT coalesce(sources.name, exposures.source) AS source, exposures.entry, shown_at, method, route, status,
        exposures.viewer, viewer_from,
        subject, field, evidence, "start", "end", incident
    FROM exposures LEFT JOIN sources ON sources.source = exposures.source LEFT JOIN incident_rows AS i
        ON i.source = exposures.source AND i.entry = exposures.entry AND i.viewer = exposures.viewer
    WHERE ($route IS NULL OR (exposures.channel = $channel AND method = $method AND route = $route))
        AND ($incident IS NULL OR incident = $incident)
    ORDER BY sources.name, exposures.source, exposures.entry, "start", "end", field, subject, exposures.viewer, shown_at"""


def read_exposures(
    ledger: Ledger,
    finding: Finding | None = None,
    incident: int | None = None,
    attach: Callable[[duckdb.DuckDBPyConnection], None] | None = None,
) -> Iterator[list[dict[str, Any]]]:
    """Yield the exposures of a finding, an incident, or all, in batches.

    Their order is: by file, place in it, place in the body, field, subject, viewer.

    attach   makes the view incident_rows (source, entry, viewer, incident) on a connection; without it no row has an incident
    Raises   LedgerError if a file of the ledger is damaged
    """
    chosen = {
        "channel": finding.channel if finding else None,
        "method": finding.method if finding else None,
        "route": finding.route if finding else None,
        "incident": incident,
    }
    with ledger.database() as connection:
        if attach is None:
            connection.execute(_NO_INCIDENTS)
        else:
            attach(connection)
        for batch in connection.sql(_QUESTION, params=chosen).to_arrow_reader(_BATCH_ROWS):
            yield batch.to_pylist()
