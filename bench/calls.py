"""What one call costs, from a small page to a large one, with nobody on it or a crowd, and from cold.

In:    our kernel over a directory.
Out:   tables of nanoseconds and microseconds.
Else:  throughput over many pages is `kernel`.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bench.corpus import body_with_hits
from bench.engines import Ours
from bench.report import Table, figure

PAGE = 64 * 1024


def cost_of_body_bytes(ours: Ours, rounds: int) -> Table:
    """Return what scanning one body costs, by its size, with one person for every 16 KB."""
    table = Table(
        "Cost against body size, one body a call",
        ("body bytes", "µs a call", "min-max", "MB/s"),
        note=f"{ours.people:,} people; English text with one name and e-mail for each 16 KB; CPU time.",
    )
    for size in (256, 1 << 10, 1 << 12, 1 << 14, 1 << 16, 1 << 18, 1 << 20, 1 << 23):
        bodies = [body_with_hits(size >> 14, size, seed) for seed in range(8)]
        spent = _each(ours, bodies, max(1, (1 << 22) // (size * 8)), rounds)
        middle = statistics.median(spent)
        table.rows.append([f"{size:,}", figure(middle * 1e6), _range(spent, 1e6), figure(size / 1e6 / middle)])
    return table


def cost_of_hits(ours: Ours, rounds: int) -> Table:
    """Return what scanning a 64 KiB body costs, by how many people stand in it."""
    table = Table(
        "Cost against people on the page",
        ("people on a 64 KiB page", "µs a call", "min-max", "MB/s", "hits"),
        note=f"{ours.people:,} people; each person on the page stands there with name and e-mail; CPU time.",
    )
    for people in (0, 1, 10, 100, 500):
        bodies = [body_with_hits(people, PAGE, seed) for seed in range(8)]
        spent = _each(ours, bodies, 8, rounds)
        middle = statistics.median(spent)
        hits = ours.scan(bodies) / len(bodies)
        table.rows.append(
            [str(people), figure(middle * 1e6), _range(spent, 1e6), figure(PAGE / 1e6 / middle), figure(hits)]
        )
    return table


def cold_call(ours: Ours, pages: Sequence[bytes], calls: int) -> tuple[Table, float]:
    """Scan 64 KiB pages one by one, each new, with the caches emptied before each; return the table and p99 in µs.

    pages  bodies to cut the pages from
    calls  how many pages
    """
    whole = b"".join(pages)
    cut = [bytes(whole[at : at + PAGE]) for at in range(0, min(len(whole) - PAGE, calls * PAGE), PAGE)]
    broom = np.ones(96 << 17, np.uint64)  # 96 MiB, three times the last-level cache
    ours.scan(cut[:2])
    rows = {"caches emptied": (True, time.perf_counter), "caches warm": (False, time.perf_counter)}
    rows |= {"caches emptied, CPU time": (True, time.thread_time)}
    table = Table(
        "One 64 KiB page, one call from Python",
        ("", "p50 µs", "p90 µs", "p99 µs", "worst µs", "calls"),
        note=f"{ours.people:,} people, pages of the mixed corpus, each scanned once. Wall time unless told otherwise: "
        "on a shared machine the last percent is the neighbours'.",
    )
    p99 = 0.0
    for label, (empty, clock) in rows.items():
        spent = sorted(_cold(ours, page, broom if empty else None, clock) for page in cut)
        at = [spent[min(len(spent) - 1, int(len(spent) * share))] * 1e6 for share in (0.5, 0.9, 0.99, 1.0)]
        table.rows.append([label, *map(figure, at), f"{len(spent):,}"])
        p99 = p99 or at[2]
    return table, p99


def _cold(ours: Ours, page: bytes, broom: NDArray[np.uint64] | None, clock: Callable[[], float]) -> float:
    if broom is not None:
        broom += 1
    began = clock()
    ours.scan([page])
    return clock() - began


def _each(ours: Ours, bodies: Sequence[bytes], repeat: int, rounds: int) -> list[float]:
    """Return the CPU seconds of one call, for each round."""
    batch = [[body] for body in bodies]
    spent = []
    for _ in range(rounds + 1):
        began = time.process_time()
        for _ in range(repeat):
            for body in batch:
                ours.scan(body)
        spent.append((time.process_time() - began) / (repeat * len(bodies)))
    return spent[1:]


def _range(spent: Sequence[float], scale: float) -> str:
    return f"{figure(min(spent) * scale)}-{figure(max(spent) * scale)}"


def pin() -> None:
    """Keep this process on the measuring core."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
