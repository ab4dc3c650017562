"""Read ARC files, the format of web archives before 2009.

In:    .arc, .arc.gz.
Out:   an exchange for each response record, and damages.
Else:  WARC is `warc`. ARC is rare, so warcio's own reader is fast enough; compression and content decoding are ours, and its
       warnings are silenced because they print what stands in the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord

from spillkit.capture.http_message import parse_http
from spillkit.capture.limits import Limits
from spillkit.capture.stored import Stored
from spillkit.capture.times import parse_archive_time
from spillkit.capture.warc import exchange_of_http
from spillkit.model import Damage, Exchange, SourceId

_WARCIO_FAILURES = (ArchiveLoadFailed, ValueError, EOFError, OSError, LookupError, AttributeError, TypeError)


class _QuietIterator(ArchiveIterator):  # type: ignore[misc]  # warcio has no types
    INC_RECORD = ""  # the warning that quotes the bytes behind a record


class _Readable:
    """What warcio reads from: the decompressed bytes of one segment."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._rest = b""
        self._taken = 0

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = self._stored.read()
        taken, self._rest = (self._rest, b"") if size < 0 else (self._rest[:size], self._rest[size:])
        self._taken += len(taken)
        return taken

    def tell(self) -> int:
        return self._taken


def read_arc(path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of an ARC file; the entry is the 0-based number of the record among all records.

    Cost  memory of the largest record
    """
    with Stored(path, limits) as stored:
        number = 0
        is_first = True
        while is_first or stored.next_segment():
            is_first = False
            # no_record_parse leaves the HTTP message as it went over the wire.
            records = iter(_QuietIterator(_Readable(stored), no_record_parse=True))
            while True:
                try:
                    record = next(records, None)
                    block = b"" if record is None else _block_of(record, limits.entry_bytes)
                except _WARCIO_FAILURES:
                    yield Damage(
                        source, number, stored.offset, "a record is damaged; nothing behind it can be read", None
                    )
                    break
                if record is None:
                    break
                if number >= start_entry and record.rec_type == "response":
                    yield _exchange_of(record, block, source, number, limits)
                number += 1
            for offset, reason in stored.take_problems():
                yield Damage(source, None, offset, reason, None)


def _block_of(record: ArcWarcRecord, most_bytes: int) -> bytes:
    pieces: list[bytes] = []
    size = 0
    while size <= most_bytes and (piece := record.raw_stream.read(1 << 20)):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _exchange_of(
    record: ArcWarcRecord, block: bytes, source: SourceId, number: int, limits: Limits
) -> Exchange | Damage:
    if len(block) > limits.entry_bytes:
        return Damage(source, number, None, "the record is larger than the limit and was passed over", 1)
    headers = record.rec_headers
    stated = headers.get_header("length") or ""
    is_cut = stated.isascii() and stated.isdigit() and len(block) < int(stated[:18])
    return exchange_of_http(
        parse_http(block),
        source,
        number,
        limits,
        url=headers.get_header("uri") or "",
        shown_at=parse_archive_time(headers.get_header("archive-date") or ""),
        is_cut=is_cut,
    )
