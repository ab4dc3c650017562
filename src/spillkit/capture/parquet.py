"""Read our own exchange schema from Parquet.

In:    .parquet with the nested columns of docs/reference/exchange-schema.md.
Out:   an exchange for each row, and damages.
Else:  the same schema as JSON lines is `jsonl`; the entry is the 0-based row.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from spillkit.capture.body import body_of_bytes
from spillkit.capture.jsonl import VERSION, exchange_of_row, row_of_object
from spillkit.capture.limits import Limits
from spillkit.capture.media import media_type_of
from spillkit.errors import CaptureError
from spillkit.model import Damage, Exchange, SourceId

# Names and texts in a damaged file may be no UTF-8; pyarrow raises what it meets first.
_PYARROW_FAILURES = (pa.ArrowException, OSError, ValueError, LookupError, TypeError)
_BATCH_ROWS = 64  # bodies are large: a few at a time
_COLUMNS = (
    "v",
    "time",
    "channel",
    "client",
    "request",
    "response",
    "viewer",
    "worker",
    "connection",
    "edge",
    "duration_ms",
)


def read_parquet(
    path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0, assume_zone: tzinfo | None = None
) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of a Parquet file.

    Raises  CaptureError if its footer is damaged, it has no `response` column, or is of another version
    Cost    memory of one row group's page and of 64 rows
    """
    try:
        file = pq.ParquetFile(path, memory_map=False, pre_buffer=False)
        columns = file.schema_arrow.names
    except _PYARROW_FAILURES as error:
        raise CaptureError(
            f"{path.name}: the Parquet footer cannot be read. The file was cut, or is still written."
        ) from error
    with file:
        names = [name for name in _COLUMNS if name in columns]
        if "response" not in names and "request" not in names:
            raise CaptureError(
                f"{path.name}: has no `response` column. Write it as docs/reference/exchange-schema.md says."
            )
        first_row = 0
        for group in range(file.metadata.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            if first_row + rows > start_entry:
                yield from _read_group(
                    file, group, first_row, rows, names, path, source, limits, start_entry, assume_zone
                )
            first_row += rows


def _read_group(
    file: pq.ParquetFile,
    group: int,
    first_row: int,
    rows: int,
    names: list[str],
    path: Path,
    source: SourceId,
    limits: Limits,
    start_entry: int,
    zone: tzinfo | None,
) -> Iterator[Exchange | Damage]:
    number = first_row
    batches: Iterator[pa.RecordBatch] | None = None
    while True:
        try:
            batches = batches or file.iter_batches(_BATCH_ROWS, row_groups=[group], columns=names)
            batch = next(batches, None)
            found = [] if batch is None else batch.to_pylist()
        except _PYARROW_FAILURES:
            yield Damage(
                source,
                number,
                None,
                "a row group of the Parquet file cannot be read",
                max(first_row + rows - number, 0),
            )
            return
        if batch is None:
            return
        for row in found:
            if number >= start_entry:
                yield _exchange_of(row, path, source, number, limits, zone)
            number += 1


def _exchange_of(
    row: dict[str, Any], path: Path, source: SourceId, number: int, limits: Limits, zone: tzinfo | None
) -> Exchange | Damage:
    if row.get("v", VERSION) != VERSION:
        raise CaptureError(
            f"{path.name}, row {number}: the exchange schema has another version than {VERSION}. "
            "Write it as docs/reference/exchange-schema.md says, or use the Spillkit that made the file."
        )
    moment = row.get("time")
    if isinstance(moment, datetime):
        row["time"] = (moment if moment.tzinfo else moment.replace(tzinfo=zone or UTC)).isoformat()
    response = row.get("response")
    body: object = None
    if isinstance(response, dict):
        body = response.pop("body", None)
        response["headers"] = _pairs(response.get("headers"))
    request = row.get("request")
    if isinstance(request, dict):
        request["headers"] = _pairs(request.get("headers"))
    try:
        line = row_of_object(row)
    except msgspec.ValidationError:
        return Damage(source, number, None, f"row {number} is no exchange (see the exchange schema)", 1)
    known = None
    if isinstance(body, str):
        body = body.encode("utf-8", "replace")
    if isinstance(body, bytes):
        content_type = (
            next((v for k, v in (line.response.headers or ()) if k.lower() == "content-type"), "")
            if line.response
            else ""
        )
        is_cut = bool(line.response and line.response.truncated)
        known = body_of_bytes(body, media_type_of(content_type), "", limits, is_cut=is_cut)
    return exchange_of_row(line, source, number, limits, zone, known)


def _pairs(headers: object) -> list[tuple[str, str]] | None:
    """Headers as list of struct name, value, or as Arrow map."""
    if not isinstance(headers, list):
        return None
    pairs: list[tuple[str, str]] = []
    for item in headers:
        if isinstance(item, dict):
            pairs.append((str(item.get("name") or ""), str(item.get("value") or "")))
        elif isinstance(item, tuple | list) and len(item) == 2:
            pairs.append((str(item[0]), str(item[1] or "")))
    return pairs
