"""Keep questions, sealed, until the company's core fetches them.

In:    records of one size.
Out:   one file for each serving process, to which a record is added whole, or not at all.
Else:  sealing and opening is `spillkit.notices.question`; who is answered is `spillkit.notices.asking`.

A record is on the disk before its asker reads that the question arrived. The core fetches a file by `take`, which moves it away
first: what is asked meanwhile goes into a new one.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Iterator
from pathlib import Path

from spillkit.notices.question import RECORD_BYTES

MOST_BYTES = 1 << 30  # of one process: two million questions that nobody fetched
_ENDING, _TAKEN = ".asked", ".taken"


class SpoolFull(Exception):  # noqa: N818 - says what is so
    """No question can be kept: the file is as large as it may be, or the disk takes no more."""


class Spool:
    """The file of one process."""

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most_bytes
        self._path = folder / f"{secrets.token_hex(8)}{_ENDING}"
        self._lock = threading.Lock()

    def add(self, record: bytes) -> None:
        """Keep one record.

        Raises  SpoolFull; nothing of the record is kept then
        """
        if len(record) != RECORD_BYTES:
            raise ValueError("a record has another size")
        with self._lock:
            try:
                self._append(record)
            except OSError as error:
                raise SpoolFull from error

    def _append(self, record: bytes) -> None:
        # Opened each time: the core moves the file away, and a deleted file would swallow what comes after.
        handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            size = os.fstat(handle).st_size
            if size + RECORD_BYTES > self._most:
                raise SpoolFull
            if os.write(handle, record) != RECORD_BYTES:
                os.ftruncate(handle, size)
                raise SpoolFull
            os.fdatasync(handle)
        finally:
            os.close(handle)


def take(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Yield files of questions, moved away from whoever writes them; the caller deletes each when its questions are answered.

    A file that an earlier run took and did not delete comes again. The writer holds a file open for less than a second.
    """
    for path in sorted(folder.glob(f"*{_ENDING}")):
        path.rename(path.with_name(f"{path.stem}-{secrets.token_hex(4)}{_TAKEN}"))
    for path in sorted(folder.glob(f"*{_TAKEN}")):
        yield path, path.read_bytes()
