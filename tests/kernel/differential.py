"""Compare the native kernel with its plain twin on as many generated bodies as there is patience for.

    python -m tests.kernel.differential --bodies 100000 --seed 1

In:    a number of bodies and a seed.
Out:   how many bodies were tried, how many hits were seen, and every difference (there must be none).
Else:  the bodies are `bodies`; the test-suite runs a few thousand of them.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from spillkit.kernel import native, plain
from tests.kernel.bodies import KEY, body, directory, write_segments

BATCH = 250


def differences(
    count: int, seed: int, folder: Path, seconds: float = float("inf")
) -> tuple[int, int, list[tuple[bytes, str]]]:
    """Compare both matchers, batches of bodies whole and the same bodies in chunks.

    Returns  bodies tried, hits seen, and each body that gave different hits, with how it was read
    """
    segments = write_segments(plain.Builder, folder)
    dead = np.array([3, 210], np.uint32)
    values = [value for some in directory() for value in some]
    differing: list[tuple[bytes, str]] = []
    tried = hits = 0
    until = time.monotonic() + seconds
    for batch in range(-(-count // BATCH)):
        if time.monotonic() > until:
            break
        rng = random.Random(f"{seed} {batch}")
        bodies = [body(rng, values) for _ in range(min(BATCH, count - tried))]
        removed = dead if batch % 4 == 0 else None
        slow = plain.Scanner(segments, KEY, removed, trusts_filter=batch % 3 > 0)
        fast = native.Scanner(segments, KEY, removed)
        expected = _by_page(slow.scan(bodies), len(bodies))
        for number, (one, other) in enumerate(zip(expected, _by_page(fast.scan(bodies), len(bodies)), strict=True)):
            if one != other:
                differing.append((bodies[number], "whole"))
        for number, page in enumerate(bodies):
            stream = fast.stream()
            for chunk in _cut(rng, page):
                stream.feed(chunk)
            if _by_page(stream.finish(), 1)[0] != expected[number]:
                differing.append((page, "in chunks"))
        tried += len(bodies)
        hits += sum(map(len, expected))
    return tried, hits, differing


def explain(page: bytes, segments: Sequence[Path]) -> str:
    """Return the hits of both matchers on one body, for a person to read."""
    lines = [repr(page)]
    for name, scanner in (("plain", plain.Scanner(segments, KEY)), ("native", native.Scanner(segments, KEY))):
        found = scanner.scan([page]).tolist()
        lines += [f"  {name}: {page[start:end]!r} {start}-{end} slot {slot:x}" for _, start, end, slot in found]
    return "\n".join(lines)


def _by_page(hits: np.ndarray, pages: int) -> list[list[list[int]]]:
    found: list[list[list[int]]] = [[] for _ in range(pages)]
    for page, *rest in hits.tolist():
        found[page].append(rest)
    return found


def _cut(rng: random.Random, page: bytes) -> list[bytes]:
    borders = sorted({0, len(page), *(rng.randrange(len(page) + 1) for _ in range(rng.choice((1, 3, 10))))})
    return [page[first:last] for first, last in pairwise(borders)]


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Compare the native kernel with its plain twin on generated bodies.")
    parser.add_argument("--bodies", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"))
    parser.add_argument("--show", type=int, default=10, help="differences to print")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tried, hits, differing = differences(options.bodies, options.seed, Path(folder), options.seconds)
        segments = sorted(Path(folder).glob("*.idx"))
        for page, way in sorted(differing, key=lambda one: len(one[0]))[: options.show]:
            print(way, explain(page, segments))
    print(f"{tried:,} bodies, {hits:,} hits, {len(differing)} differences")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
