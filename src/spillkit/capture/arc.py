"""Read ARC files, the format of web archives before 2009.

In:    .arc, .arc.gz.
Out:   an exchange for each response record, and damages.
Else:  WARC is `warc`. ARC is rare, so warcio's own reader is fast enough; its content decoding stays off.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from spillkit.capture.http_message import parse_http
from spillkit.capture.limits import Limits
from spillkit.capture.times import parse_archive_time
from spillkit.capture.warc import exchange_of_http
from spillkit.model import Damage, Exchange, SourceId

_WARCIO_FAILURES = (
    ArchiveLoadFailed,
    ValueError,
    EOFError,
    OSError,
    zlib.error,
    LookupError,
    AttributeError,
    TypeError,
)


def read_arc(path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of an ARC file; the entry is the 0-based number of the record among all records.

    Cost  memory of the largest record
    """
    with path.open("rb") as file:
        number = 0
        # no_record_parse leaves the HTTP message as it went over the wire.
        records = iter(ArchiveIterator(file, no_record_parse=True))
        while True:
            try:
                record = next(records, None)
                if record is None:
                    return
                block = record.raw_stream.read(limits.entry_bytes + 1)
            except _WARCIO_FAILURES:
                yield Damage(source, number, file.tell(), "the record is damaged; nothing behind it can be read", None)
                return
            if number >= start_entry and record.rec_type == "response":
                yield _exchange_of(record, block, source, number, limits)
            number += 1


def _exchange_of(
    record: ArcWarcRecord, block: bytes, source: SourceId, number: int, limits: Limits
) -> Exchange | Damage:
    if len(block) > limits.entry_bytes:
        return Damage(source, number, None, "the record is larger than the limit and was passed over", 1)
    headers = record.rec_headers
    stated = headers.get_header("length") or ""
    is_cut = stated.isascii() and stated.isdigit() and len(block) < int(stated)
    return exchange_of_http(
        parse_http(block),
        source,
        number,
        limits,
        url=headers.get_header("uri") or "",
        shown_at=parse_archive_time(headers.get_header("archive-date") or ""),
        is_cut=is_cut,
    )
