"""Read phone numbers on several processors: their rules are the slowest part of adding a list.

In:    (text, country) pairs.
Out:   what contact.phone_forms says of each, in order.
Else:  the rules themselves are the phonenumbers package's.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager

from spillkit.directory.persons import PhoneForms, PhoneMapper, map_phones

_WORTH_A_POOL = 5_000
_CHUNK = 1_000


@contextmanager
def phone_workers(count: int | None = None) -> Iterator[PhoneMapper]:
    """Give a mapper that shares large batches among processes, started when first needed.

    count  processes; None: one for each processor. 1: none
    """
    workers = count or len(os.sched_getaffinity(0))
    with ExitStack() as stack:
        pools: list[ProcessPoolExecutor] = []

        def shared(asked: Sequence[tuple[str, str]]) -> Sequence[PhoneForms]:
            if workers == 1 or len(asked) < _WORTH_A_POOL:
                return map_phones(asked)
            if not pools:
                # Spawned, not forked: pyarrow's threads would not survive a fork.
                context = multiprocessing.get_context("spawn")
                pools.append(stack.enter_context(ProcessPoolExecutor(workers, mp_context=context)))
            chunks = [asked[start : start + _CHUNK] for start in range(0, len(asked), _CHUNK)]
            return [forms for chunk in pools[0].map(map_phones, chunks) for forms in chunk]

        yield shared
