"""How fast the record takes entries, proves one, and how long a reader needs to check all of it.

In:    nothing (`python -m bench.record_log`; --entries for another size than a million).
Out:   a table beside the bars of issue 4; with --record also bench/record/<date>-<machine kind>-record.md.
Else:  that proofs are right is tests/record.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.page import table, tell
from spillkit.record import Entry, Private, create_record
from spillkit.record.bundle import Wishes, write_bundle
from spillkit.record.verifier import leaf_hash, verify_bundle, verify_inclusion
from spillkit.settings import create_workspace

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
BATCH = 5_000


def entries(first: int, last: int) -> list[Entry]:
    """Entries as a case writes them: some 300 bytes each, a hundred to a case."""
    return [
        Entry(
            id=f"entry-{number:012d}",
            at=START + timedelta(milliseconds=number),
            kind="decision",
            actor=f"user:{number % 9}",
            case=f"case-{number // 100}",
            facts={"question": number % 14, "answer": "confirmed", "people": number, "rule": "eu-gdpr-33"},
        )
        for number in range(first, last)
    ]


def took(work: Callable[[], object]) -> float:
    """Return the seconds by the clock on the wall."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def both(work: Callable[[], object]) -> str:
    """Say the seconds by the clock on the wall, and those of the processor: on a busy machine they differ."""
    busy = time.process_time()
    wall = took(work)
    return f"{wall:.1f} s ({time.process_time() - busy:.1f} s of processor)"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.record_log", description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--record", action="store_true", help="write bench/record/<date>-<machine kind>-record.md")
    options = parser.parse_args()
    size = options.entries
    with tempfile.TemporaryDirectory(dir=".") as folder:
        rows = measure(Path(folder), size)
    lines = table(("what", "measured", "bar"), rows)
    tell("record", f"The record: {size:,} entries", "python -m bench.record_log", lines, is_kept=options.record)


def measure(folder: Path, size: int) -> list[tuple[str, str, str]]:
    record = create_record(create_workspace(folder / "spill"), "shop.example/record")
    seconds, busy = [], 0.0
    for first in range(0, size, BATCH):
        batch = entries(first, min(first + BATCH, size))
        start = time.process_time()
        seconds.append(took(lambda batch=batch: record.append(batch)))
        busy += time.process_time() - start
    speeds = sorted(BATCH / one for one in seconds)
    rows = [
        (
            f"appends in batches of {BATCH:,}, all on the disk after each",
            f"{size / sum(seconds):,.0f} a second",
            "≥ 5,000",
        ),
        ("the same, by seconds of processor", f"{size / busy:,.0f} a second", "-"),
        ("the slowest tenth of these batches", f"{speeds[len(speeds) // 10]:,.0f} a second", "-"),
    ]

    singles = [took(lambda one=one: record.append([one])) for one in entries(size, size + 50)]
    now = len(record)
    rows.append(("one entry alone, on the disk", f"{1000 * statistics.median(singles):.1f} ms", "-"))

    places = [now * step // 1000 for step in range(1000)]
    cold = [took(lambda place=place: reader(record).inclusion_proof(place)) for place in places[::10]]
    warm = [took(lambda place=place: record.inclusion_proof(place)) for place in places]
    rows.append(("proof of one entry, nothing read before (median, worst)", _times(cold), "≤ 50 ms"))
    rows.append(("proof of one entry, tiles read before (median, worst)", _times(warm), "≤ 50 ms"))
    checkpoint = record.checkpoint()
    for place in places[::100]:
        leaf = leaf_hash(next(record.leaves(place, place + 1)))
        verify_inclusion(place, now, leaf, record.inclusion_proof(place), checkpoint.root)
    rows.append(
        (
            "proof that the log continues",
            _times([took(lambda o=old: record.consistency_proof(o)) for old in places[1:]]),
            "-",
        )
    )
    cases = [took(lambda c=case: record.of_case(f"case-{c}")) for case in range(0, size // 100, max(size // 10_000, 1))]
    rows.append(("the 100 entries of a case", _times(cases), "-"))

    bundle = folder / "all.spillproof"
    rows.append(("bundle of everything written", both(lambda: write_bundle(record, bundle, Wishes(), START)), "-"))
    rows.append(("its size", f"{bundle.stat().st_size / 1e6:,.0f} MB", "-"))
    rows.append(("bundle of everything checked", both(lambda: verify_bundle(bundle, record.key)), "≤ 60 s"))
    rows.append(("`record verify`, everything read from the folder", both(record.verify), "-"))
    rows.append(
        ("the log on disk", f"{sum(p.stat().st_size for p in (record.folder / 'log').rglob('*')) / 1e6:,.0f} MB", "-")
    )

    people = entries(now, now + 5_000)
    sealing = took(
        lambda: record.persons.seal_all([(one, [Private(f"c_{one.id}", "recipient", "x" * 40)]) for one in people])
    )
    rows.append(("values of 5,000 new persons sealed", f"{5_000 / sealing:,.0f} a second", "-"))
    erasing = [took(lambda one=one: record.persons.erase(f"c_{one.id}")) for one in people[:20]]
    rows.append(("a person erased", _times(erasing), "-"))
    return rows


def reader(record):
    """The same record, opened anew: nothing kept in memory."""
    return type(record)(record.folder, record.key)


def _times(seconds: list[float]) -> str:
    return f"{1000 * statistics.median(seconds):.2f} ms, {1000 * max(seconds):.1f} ms"


if __name__ == "__main__":
    main()
