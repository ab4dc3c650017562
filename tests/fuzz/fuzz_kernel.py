"""Throw bytes at both matchers until the time is up.

    python -m tests.fuzz.fuzz_kernel --seconds 600

In:    a time limit and a seed.
Out:   how many bodies were tried; exit code 1 and the shortest bodies on which the matchers differ.
Else:  Hypothesis runs a short version in tests/kernel/test_differential.py. A crash of the native kernel ends this process;
       the last body is then in the file named by --last, which the caller asked for and which holds synthetic people only.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from spillkit.kernel import native, plain
from tests.kernel.bodies import KEY, body, directory, write_segments
from tests.kernel.differential import explain

BATCH = 50


def mutate(rng: random.Random, page: bytes, other: bytes) -> bytes:
    """Return a body with some bytes changed, doubled, cut out, or taken from another one."""
    made = bytearray(page)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(made) + 1)
        match rng.randrange(5):
            case 0:
                made[place : place + 1] = bytes([rng.randrange(256)])
            case 1:
                del made[place : place + rng.randint(1, 8)]
            case 2:
                made[place:place] = other[: rng.randint(0, 30)]
            case 3:
                made[place:place] = made[place : place + rng.randint(1, 20)] * rng.choice((1, 2, 40))
            case _:
                made[place:place] = rng.choice(
                    (b"&", b"\\", b"%25", b"<", b'"', b"@", b"\\ud83d", b"0", b"\xe2\x80\x8b")
                )
    return bytes(made)


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description="Compare both matchers on mutated bodies until the time is up.")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--last", type=Path, help="keep the batch at work in this file, for a crash")
    options = parser.parse_args()
    rng = random.Random(options.seed)
    values = [value for some in directory() for value in some]
    until = time.monotonic() + options.seconds
    tried, differing = 0, []
    with tempfile.TemporaryDirectory() as folder:
        segments = write_segments(plain.Builder, Path(folder))
        slow, fast = plain.Scanner(segments, KEY), native.Scanner(segments, KEY)
        while time.monotonic() < until:
            bodies = [mutate(rng, body(rng, values), body(rng, values)) for _ in range(BATCH)]
            if options.last:
                options.last.write_bytes(b"\0\0\0\0".join(bodies))
            if fast.scan(bodies).tolist() != slow.scan(bodies).tolist():
                differing += [page for page in bodies if fast.scan([page]).tolist() != slow.scan([page]).tolist()]
            tried += len(bodies)
        for page in sorted(differing, key=len)[:10]:
            print(explain(page, segments))
    print(f"{tried:,} mutated bodies, {len(differing)} differences")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
