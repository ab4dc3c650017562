"""Hold the lock of a file, so that one process after the other changes what lies beside it.

In:    the path of a lock file.
Out:   the lock, for as long as a block runs. The kernel lets go of it with the process, however that ends.
Else:  a lock that is not waited for is in `ledger.lock`, and in who refuses a second of its kind.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Wait for other processes and threads that hold the file, and hold them off. It is made where it is not there."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
