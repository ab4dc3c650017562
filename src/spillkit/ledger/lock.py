"""Let one writer into the ledger at a time.

In:    the ledger's folder.
Out:   a lock that ends with the process, however it ends.
Else:  what is written is `parts`, `manifest`, `judgement`.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spillkit.errors import LedgerError
from spillkit.ledger.parts import cannot_write


@contextmanager
def hold_lock(folder: Path) -> Iterator[None]:
    """Hold the ledger's lock; LedgerError at once if another process holds it.

    The lock is the kernel's (flock): it is gone when its holder is, so that `kill -9` leaves none behind.
    """
    path = folder / "lock"
    try:
        file = path.open("ab")
    except OSError as error:
        raise cannot_write(folder, error) from error
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LedgerError(
                f"{folder}: another scan or judge is writing to this ledger. Wait until it has ended, "
                "or use another workspace; nothing was changed."
            ) from None
        yield
