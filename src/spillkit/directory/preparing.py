"""Prepare many rows on several processors: phone numbers' rules make this the slowest part of adding a list.

In:    (Preparer, rows) pairs.
Out:   what Preparer.prepare says of each, in order.
Else:  the rules are `persons`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import chain, islice
from typing import TypeAlias

import pyarrow as pa

from spillkit.directory.persons import Prepared, Preparer
from spillkit.processes import end_with_parent, processor_count, spawning

TASK_ROWS = 10_000

Task: TypeAlias = tuple[Preparer, pa.RecordBatch]
Prepare: TypeAlias = Callable[[Iterator[Task]], Iterator[Prepared]]


def prepare_here(tasks: Iterator[Task]) -> Iterator[Prepared]:
    """Prepare one task after another in this process."""
    return (preparer.prepare(rows) for preparer, rows in tasks)


@contextmanager
def prepare_workers(count: int | None = None) -> Iterator[Prepare]:
    """Give a Prepare that shares more than two tasks among processes, started when first needed.

    count  processes; None: one for each processor. 1: none
    """
    workers = count or processor_count()
    with ExitStack() as stack:

        def shared(tasks: Iterator[Task]) -> Iterator[Prepared]:
            first = list(islice(tasks, 3))
            if workers == 1 or len(first) < 3:
                yield from prepare_here(chain(first, tasks))
                return
            pool = stack.enter_context(ProcessPoolExecutor(workers, mp_context=spawning(), initializer=end_with_parent))
            running: deque[Future[Prepared]] = deque()
            for task in chain(first, tasks):
                running.append(pool.submit(_prepare, task))
                if len(running) > workers + 1:  # No more than that waits in memory.
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()

        yield shared


def _prepare(task: Task) -> Prepared:
    preparer, rows = task
    return preparer.prepare(rows)
