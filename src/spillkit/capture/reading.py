"""Open any recording and read its exchanges.

In:    a path.
Out:   exchanges and damages, in file order, one at a time.
Else:  each format has its module; finding the viewer and dropping the request's headers is `scan` and `entitlement`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path

from spillkit.capture.access_log import read_access_log
from spillkit.capture.arc import read_arc
from spillkit.capture.har import read_har
from spillkit.capture.har_zip import read_har_zip
from spillkit.capture.jsonl import read_jsonl
from spillkit.capture.limits import Limits
from spillkit.capture.mail import maildir_digest, read_eml, read_maildir, read_mbox
from spillkit.capture.parquet import read_parquet
from spillkit.capture.sniff import Format, sniff
from spillkit.capture.warc import read_warc
from spillkit.errors import CaptureError
from spillkit.model import Damage, Exchange, SourceId

_DEFAULT_LIMITS = Limits()


def source_id(path: Path) -> SourceId:
    """Return the id of a recording: the first 16 hex digits of the SHA-256 of its bytes as stored.

    path    a file, or a Maildir folder (then over its messages, whatever their flags)
    Raises  CaptureError if it cannot be read
    """
    if path.is_dir():
        return SourceId(maildir_digest(path)[:16])
    try:
        with path.open("rb") as file:
            return SourceId(hashlib.file_digest(file, "sha256").hexdigest()[:16])
    except OSError as error:
        raise CaptureError(
            f"{path.name}: cannot be opened ({error.strerror}). Check the path and its rights."
        ) from error


def read_exchanges(
    path: Path,
    limits: Limits = _DEFAULT_LIMITS,
    *,
    start_entry: int = 0,
    assume_zone: tzinfo | None = None,
    source: SourceId | None = None,
) -> Iterator[Exchange | Damage]:
    """Yield every exchange of a recording, bodies decoded to UTF-8, and a Damage for every part that could not be read.

    path         a file of any Format, or a Maildir folder
    limits       how much may be held in memory
    start_entry  0-based; entries before it are passed over (to go on where a run was stopped); damages that belong to no entry
                 are given again
    assume_zone  zone of times that name none; without it they are unknown
    source       the file's id where the caller has it already; else it is computed first, which reads the file once
    Raises       CaptureError before the first exchange, if the file cannot be opened or is of no known format; later only for
                 rows that state another version of the exchange schema. Damaged content never raises
    Cost         memory of the largest entry, bounded by limits
    """
    found = sniff(path)
    known = source if source is not None else source_id(path)
    rows = _read(path, found, known, limits, start_entry, assume_zone)
    return rows if start_entry <= 0 else (row for row in rows if row.entry is None or row.entry >= start_entry)


def _read(
    path: Path, found: Format, known: SourceId, limits: Limits, start_entry: int, assume_zone: tzinfo | None
) -> Iterator[Exchange | Damage]:
    match found:
        case Format.HAR:
            return read_har(path, known, limits, start_entry=start_entry, assume_zone=assume_zone)
        case Format.HAR_ZIP:
            return read_har_zip(path, known, limits, start_entry=start_entry, assume_zone=assume_zone)
        case Format.WARC:
            return read_warc(path, known, limits, start_entry=start_entry)
        case Format.ARC:
            return read_arc(path, known, limits, start_entry=start_entry)
        case Format.JSONL:
            return read_jsonl(path, known, limits, start_entry=start_entry, assume_zone=assume_zone)
        case Format.PARQUET:
            return read_parquet(path, known, limits, start_entry=start_entry, assume_zone=assume_zone)
        case Format.EML:
            return read_eml(path, known, limits, start_entry=start_entry, assume_zone=assume_zone)
        case Format.MBOX:
            return read_mbox(path, known, limits, start_entry=start_entry, assume_zone=assume_zone)
        case Format.MAILDIR:
            return read_maildir(path, known, limits, start_entry=start_entry, assume_zone=assume_zone)
        case Format.ACCESS_LOG:
            return read_access_log(path, known, limits, start_entry=start_entry, assume_zone=assume_zone)
