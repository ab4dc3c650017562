"""Read a HAR that was zipped together with its bodies, as Playwright's recordHar does.

In:    .zip or .har.zip with one .har and the files that its entries name in content._file.
Out:   the exchanges of `har`.
Else:  other zip archives are refused by `sniff`.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import BinaryIO, cast

from spillkit.capture.har import read_har
from spillkit.capture.limits import Limits
from spillkit.errors import CaptureError
from spillkit.model import Damage, Exchange, SourceId

_ZIP_FAILURES = (
    OSError,
    ValueError,
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    zlib.error,
    EOFError,
    KeyError,
)
_ALWAYS_ALLOWED_BYTES = 64 << 20


def read_har_zip(
    path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0, assume_zone: tzinfo | None = None
) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of a zipped HAR.

    Raises  CaptureError if the archive is damaged, encrypted or a zip bomb
    """
    try:
        with zipfile.ZipFile(path) as archive:
            name = next((info for info in archive.infolist() if info.filename.lower().endswith(".har")), None)
            if name is None:
                raise CaptureError(
                    f"{path.name}: the zip archive holds no HAR. Unpack it and pass the recordings in it."
                )
            if name.file_size > _ALWAYS_ALLOWED_BYTES and name.file_size > limits.ratio * max(name.compress_size, 1):
                raise CaptureError(f"{path.name}: expands beyond the ratio limit (a zip bomb). Nothing was read.")

            def open_file(member: str) -> bytes | None:
                try:
                    with archive.open(member) as file:
                        return file.read(limits.body_bytes + 1)
                except _ZIP_FAILURES:
                    return None

            yield from read_har(
                path,
                source,
                limits,
                start_entry=start_entry,
                assume_zone=assume_zone,
                file=cast(BinaryIO, archive.open(name)),
                open_file=open_file,
            )
    except _ZIP_FAILURES as error:
        raise CaptureError(
            f"{path.name}: the zip archive is damaged or encrypted. Unpack it and pass the HAR."
        ) from error
