"""The index: bytes for each fingerprint, how fast it is built, opened and changed.

In:    directories of synthetic people; for 10^8 fingerprints synthetic entries.
Out:   one Section.
Else:  scanning with it is `kernel`.
"""

from __future__ import annotations

import statistics
import struct
import time
from pathlib import Path
from typing import Any

from bench import commands
from bench.engines import KEY, build, common_words, matcher, segment_path
from bench.report import Section, Table, Target, figure

_SECTIONS_AT = 208  # index-format.md: five times offset, length, checksum
_NAMES = ("gate", "filter", "buckets", "remainders", "payloads")


def run(*, quick: bool, large: bool, command: str, say: Any = print) -> Section:
    """Measure building, opening and changing."""
    section = Section("Index", command)
    try:
        module: Any = matcher("native")
    except ImportError:
        say("  no native kernel: the index is left out")
        return section
    sizes = [1_000, 100_000] if quick else [1_000, 100_000, 1_000_000] + ([10_000_000] if large else [])
    table = Table(
        "Building and opening",
        (
            "people|fingerprints|file MB|bytes each on disk|of which gate / filter / buckets / remainders / payloads|"
            "bytes each in memory|build CPU s|fingerprints a s|open ms, median (worst)"
        ).split("|"),
        note="Building: the builder's own CPU time (folding, hashing, sorting, writing with fsync), not the making of synthetic "
        "people. Memory: the mapped file plus the gate's private copy. Opening: wall time of 20, file in the page cache.",
    )
    largest: dict[str, float] = {}
    for people in sizes:
        say(f"  index of {people:,} people")
        path = segment_path(people).with_suffix(".built")
        built = build(module.Builder(KEY, common_words()), people, path)
        opened = _open_times(module, path)
        sections = _sections(path)
        memory = built.file_bytes + sections["gate"]
        rate = built.entries / built.cpu_seconds
        if people >= 100_000:
            largest = {
                "disk": built.file_bytes / built.entries, "memory": memory / built.entries,
                "rate": rate, "open": statistics.median(opened) * 1e3,
            }  # fmt: skip
        table.rows.append(
            [
                f"{people:,}",
                f"{built.entries:,}",
                figure(built.file_bytes / 1e6),
                f"{built.file_bytes / built.entries:.2f}",
                " / ".join(f"{sections[name] / built.entries:.2f}" for name in _NAMES),
                f"{memory / built.entries:.2f}",
                figure(built.cpu_seconds),
                figure(rate),
                f"{statistics.median(opened) * 1e3:.2f} ({max(opened) * 1e3:.2f})",
            ]
        )
        path.unlink()
    section.tables.append(table)
    at = f"at {sizes[-1]:,} people"
    section.targets += [
        Target(f"bytes a fingerprint on disk {at}", largest["disk"], "B", 14.0, 10.5, at_most=True),
        Target(f"bytes a fingerprint in memory {at}", largest["memory"], "B", 14.0, 10.5, at_most=True),
        Target(f"fingerprints built a second {at}", largest["rate"] / 1e6, "M/s", 2.0, 5.0),
        Target(f"opening {at}", largest["open"], "ms", 50.0, at_most=True),
    ]
    _delta(section, 20_000 if quick else 1_000_000, 200 if quick else 10_000, say)
    return section


def _delta(section: Section, people: int, changes: int, say: Any) -> None:
    """Add a list through the command, then the same with a hundredth of it changed."""
    say(f"  spillkit people add: {people:,} people, then {changes:,} changes")
    with commands.scratch() as folder:
        workspace = commands.make_workspace(folder / "spill")
        first = commands.customers_csv(folder / "customers.csv", people)
        whole = commands.spillkit(workspace, "people", "add", str(first))
        step = people // changes

        def alter(row: list[str]) -> list[str] | None:
            number = int(row[0][2:])
            if number % step:
                return row
            if number % (4 * step) == 0:
                return None  # left
            return [row[0], row[1], row[2], "new." + row[3], *row[4:]]  # has a new address

        second = commands.customers_csv(folder / "later.csv", people, alter=alter)
        second.replace(first)
        delta = commands.spillkit(workspace, "people", "add", str(first))
        index_bytes = commands.folder_bytes(workspace / "index")
    table = Table("spillkit people add", ("", "wall s", "CPU s", "peak memory MB"))
    for label, ran in (
        (f"{people:,} people, first time", whole),
        (f"{changes:,} changes (3 of 4 changed, 1 removed)", delta),
    ):
        table.rows.append([label, figure(ran.wall_seconds), figure(ran.cpu_seconds), figure(ran.peak_bytes / 1e6)])
    table.note = (
        f"CSV with names, e-mail, phone, country. The index folder holds {figure(index_bytes / 1e6)} MB afterwards."
    )
    section.tables.append(table)
    section.figures["delta"] = {
        "people": people,
        "changes": changes,
        "wall": delta.wall_seconds,
        "cpu": delta.cpu_seconds,
    }
    if changes == 10_000:
        section.targets.append(
            Target(
                "10,000 changes on 1 M people, visible to the next scan", delta.wall_seconds, "s", 10.0, at_most=True,
                because=f"wall time on shared cores; CPU {figure(delta.cpu_seconds)} s",
            )
        )  # fmt: skip


def _open_times(module: Any, path: Path) -> list[float]:
    spent = []
    for _ in range(20):
        began = time.perf_counter()
        module.Scanner([path], KEY)
        spent.append(time.perf_counter() - began)
    return spent


def _sections(path: Path) -> dict[str, int]:
    """Return how many bytes each section of a segment holds."""
    with path.open("rb") as opened:
        opened.seek(_SECTIONS_AT)
        raw = opened.read(5 * 24)
    return {name: struct.unpack_from("<QQQ", raw, 24 * place)[1] for place, name in enumerate(_NAMES)}
