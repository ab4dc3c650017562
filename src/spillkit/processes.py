"""What every process that Spillkit starts has in common.

In:    nothing.
Out:   how many to start; the first thing each of them does.
Else:  what they work on is `directory.preparing` and `pipeline`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from multiprocessing.context import SpawnContext


def processor_count() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))


def spawning() -> SpawnContext:
    """Return the way to start processes: spawned, not forked, since the threads of pyarrow and DuckDB would not survive a fork."""
    return multiprocessing.get_context("spawn")


def end_with_parent() -> None:
    """Make this worker leave Ctrl-C to its parent, and end when the parent is gone: it would wait for work for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def wait() -> None:
            parent.join()
            os._exit(1)

        threading.Thread(target=wait, daemon=True).start()
