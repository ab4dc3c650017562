"""Instructions for each byte of body: the one figure that does not move with the neighbours.

In:    valgrind; our kernel over a directory.
Out:   instructions per byte, by kind of body: cachegrind's counts at two input sizes, subtracted.
Else:  run by `kernel`; `python -m bench.instructions KIND PEOPLE BYTES` is the small program that is counted.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from bench.corpus import corpus
from bench.engines import Ours
from bench.rounds import PORTABLE, ROOT

CACHEGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null")
SMALL, LARGE = 500_000, 2_500_000


def instructions_per_byte(kind: str, people: int, *, portable: bool = False) -> float | None:
    """Return how many instructions our kernel spends on a byte; None where there is no valgrind.

    The same program runs twice and scans 0.5 MB and 2.5 MB of the same pages: what starting costs falls out.
    """
    if shutil.which("valgrind") is None:
        return None
    Ours("native", people).build()  # so that building is in neither count
    (small, small_bytes), (large, large_bytes) = (_count(kind, people, size, portable) for size in (SMALL, LARGE))
    return (large - small) / (large_bytes - small_bytes)


def _count(kind: str, people: int, size: int, portable: bool) -> tuple[int, int]:
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": f"{ROOT}:{ROOT / 'src'}"}
    environment.update(PORTABLE if portable else {})
    ran = subprocess.run(
        [*CACHEGRIND, sys.executable, "-m", "bench.instructions", kind, str(people), str(size)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    refs = re.search(r"I\s+refs:\s+([\d,]+)", ran.stderr)
    assert refs is not None, "cachegrind prints its count"
    return int(refs.group(1).replace(",", "")), int(ran.stdout)


def main() -> None:
    kind, people, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    pages = corpus(kind, 230 if kind == "mixed" else 32).pages(LARGE)
    ours = Ours("native", people)
    ours.build()
    take, have = [], 0
    for page in pages:
        if have + len(page) > size:
            break
        take.append(page)
        have += len(page)
    ours.scan(take)
    print(have)


if __name__ == "__main__":
    main()
