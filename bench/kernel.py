"""The matching kernel beside its rivals, beside the limit, and against size.

In:    how long to take (quick, full, large).
Out:   one Section: speeds by directory size and by kind of body, threads, single calls, instructions per byte; targets.
Else:  the rounds are `rounds`; building and opening indexes is `index`.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from bench import calls, instructions
from bench.engines import Ours, matcher
from bench.report import Section, Table, Target, figure, median_of, speed_table
from bench.rivals import LARGEST, RIVALS
from bench.rounds import Measured, measure

LIMITS = ("limit: memory read", "limit: SIMD classify")
OURS = ("spillkit", "spillkit portable")
NORMALISED = ("daachorse + normaliser", "ahocorasick_rs + normaliser")
PARTS = ("sizes", "kinds", "growth", "threads", "calls", "instructions")
SPEED_BARS = {100_000: (400.0, 900.0), 1_000_000: (330.0, 750.0)}


@dataclass(slots=True)
class Plan:
    """How much to measure."""

    megabytes: float = 230.0
    rounds: int = 7
    sizes: tuple[int, ...] = (1_000, 100_000, 1_000_000)
    rivals: bool = True
    large: bool = False  # ten million people, and a hundred million fingerprints
    sample_bytes: int = 64_000_000
    seconds: float = 1.0
    calls: int = 1_000
    portable: bool = True
    command: str = "python -m bench kernel"
    parts: tuple[str, ...] = PARTS
    before_ours: Callable[[], None] = lambda: None
    counts: tuple[tuple[str, int], ...] = field(
        default=(
            ("mixed", 1_000),
            ("mixed", 100_000),
            ("mixed", 1_000_000),
            ("ascii", 1_000),
            ("ar", 100_000),
            ("ja", 100_000),
        )
    )


QUICK = Plan(
    megabytes=8, rounds=3, sizes=(1_000, 100_000), sample_bytes=8_000_000, seconds=0.3, calls=200,
    command="python -m bench kernel --quick", counts=(("mixed", 1_000),),
)  # fmt: skip


def run(plan: Plan, say: Any = print) -> Section:
    """Measure the plan's parts."""
    section = Section("Kernel", plan.command)
    by_size = _by_size(section, plan, say) if "sizes" in plan.parts else {}
    by_kind = _by_kind(section, plan, say) if "kinds" in plan.parts else {}
    section.targets.extend(_speed_targets(by_size, by_kind))
    for part, measure_part in (
        ("growth", _growth), ("threads", _threads), ("calls", _calls), ("instructions", _instructions)
    ):  # fmt: skip
        if part in plan.parts:
            say(f"kernel: {part}")
            measure_part(section, plan, say)
    return section


def _by_size(section: Section, plan: Plan, say: Any) -> dict[int, list[Measured]]:
    """Measure ours and the rivals, for each size of the directory."""
    by_size = {}
    ours = OURS if plan.portable else OURS[:1]
    for people in plan.sizes:
        rivals = [name for name in RIVALS if people <= LARGEST.get(name, 1_000_000)] if plan.rivals else []
        left_out = [name for name in RIVALS if name not in rivals]
        note = f"Not tried with so many (benchmarks.md says why): {', '.join(left_out)}." if left_out and rivals else ""
        say(f"{people:,} people")
        measured = measure(
            [*LIMITS, *ours, *rivals, *(NORMALISED if rivals else ())], kind="mixed", megabytes=plan.megabytes,
            people=people, rounds=plan.rounds, seconds=plan.seconds, limit_bytes=plan.sample_bytes,
            before_ours=plan.before_ours, say=say,
        )  # fmt: skip
        by_size[people] = measured
        section.tables.append(speed_table(f"{people:,} people, mixed corpus, one core", measured, note))
        section.figures[f"mixed {people}"] = [_plain(one) for one in measured]
    return by_size


def _by_kind(section: Section, plan: Plan, say: Any) -> dict[str, list[Measured]]:
    """Measure ours and two rivals on other kinds of bodies."""
    by_kind = {}
    ours = OURS if plan.portable else OURS[:1]
    for kind, title in (("ascii", "Clean ASCII"), ("ar", "Arabic pages"), ("ja", "Japanese pages")):
        measured = measure(
            [*LIMITS, *ours, *(("daachorse", "ahocorasick_rs") if plan.rivals else ())], kind=kind,
            megabytes=min(32, plan.megabytes), people=100_000, rounds=plan.rounds,
            seconds=plan.seconds, limit_bytes=plan.sample_bytes, say=say,
        )  # fmt: skip
        by_kind[kind] = measured
        section.tables.append(speed_table(f"{title}, 100,000 people", measured))
        section.figures[kind] = [_plain(one) for one in measured]
    return by_kind


def _speed_targets(by_size: dict[int, list[Measured]], by_kind: dict[str, list[Measured]]) -> list[Target]:
    targets = []
    for people, (bar, aim) in SPEED_BARS.items():
        measured = by_size.get(people)
        targets.append(Target(f"mixed corpus, {people:,} people", _speed(measured), "MB/s", bar, aim))
    targets.append(Target("clean ASCII, 100,000 people", _speed(by_kind.get("ascii")), "MB/s", 1_500.0, 1_500.0))
    million = by_size.get(1_000_000)
    rivals = [one for one in million or [] if one.engine in RIVALS and one.recall and not one.failed]
    best = max(rivals, key=lambda one: one.speed, default=None)
    plain = [one.speed for one in million or [] if one.engine in NORMALISED and not one.failed]
    ours = _speed(million)
    against = f" ({best.engine})" if best else ""
    targets.append(
        Target(
            f"times the fastest exact matcher at 1,000,000{against}",
            ours / best.speed if ours and best else None,
            "×",
            12.0,
        )
    )
    normalised = ours / max(plain) if ours and plain else None
    targets.append(Target("times the same with normalised text at 1,000,000", normalised, "×", 60.0))
    return targets


def _growth(section: Section, plan: Plan, say: Any) -> None:
    """Measure our kernel with directories of all sizes in the same rounds."""
    sizes = [*plan.sizes, *((10_000_000, 100_000_000) if plan.large else ())]
    measured = measure(
        [LIMITS[1], *(f"spillkit @{people}" for people in sizes)], kind="mixed", megabytes=plan.megabytes,
        people=sizes[0], rounds=plan.rounds, seconds=plan.seconds, limit_bytes=plan.sample_bytes, say=say,
    )  # fmt: skip
    limit = measured[0].speed
    table = Table(
        "Cost against people, in the same rounds",
        "people|MB/s|min-max|ns a byte|of SIMD classify|time, times 100,000 people|recall names / e-mails / phones %".split("|"),
        note="The last row, where there is one, has 10 M people and synthetic entries up to 10^8 fingerprints.",
    )  # fmt: skip
    reference = next((one for one in measured if one.engine == "spillkit @100000"), measured[1])
    for people, one in zip(sizes, measured[1:]):
        if one.failed:
            table.rows.append([f"{people:,}", "-", one.failed, "", "", "", ""])
            continue
        speeds = one.speeds()
        growth = [a / b for a, b in zip(reference.speeds(), speeds)]
        found = [one.recall.get(field) for field in ("names", "e-mails", "phones")]
        table.rows.append(
            [
                f"{people:,}" if people <= 10_000_000 else "(10^8 fingerprints)",
                figure(one.speed),
                f"{figure(min(speeds))}-{figure(max(speeds))}",
                figure(1e3 / one.speed),
                f"{one.speed / limit:.4f}" if limit else "",
                median_of(growth),
                " / ".join("-" if share is None else f"{share:.2f}" for share in found),
            ]
        )
        if people == 10_000_000:
            section.targets.append(Target("mixed corpus, 10,000,000 people", one.speed, "MB/s", 300.0, 650.0))
        if people > 10_000_000:
            section.targets.append(Target("mixed corpus, 10^8 fingerprints", one.speed, "MB/s", 250.0, 500.0))
            section.targets.append(
                Target(
                    "time at 10^8 fingerprints, times 100,000 people", statistics.median(growth), "×", 1.7, at_most=True
                )
            )
    section.tables.append(table)
    section.figures["growth"] = [_plain(one) for one in measured]


def _threads(section: Section, plan: Plan, say: Any) -> None:
    measured = measure(
        ["spillkit", "spillkit x2"], kind="mixed", megabytes=plan.megabytes, people=100_000, rounds=plan.rounds,
        seconds=plan.seconds, limit_bytes=plan.sample_bytes, with_recall=False, say=say,
    )  # fmt: skip
    one, two = measured
    if one.failed or two.failed:
        return
    gains = [a / b * two.sample_bytes / one.sample_bytes for a, b in zip(one.wall_seconds, two.wall_seconds)]
    by_cpu = [2 * a / b * two.sample_bytes / one.sample_bytes for a, b in zip(one.cpu_seconds, two.cpu_seconds)]
    table = Table("Two threads against one, 100,000 people", ("", "times one thread, median (min-max)"))
    table.rows = [
        ["by wall time", median_of(gains)],
        ["by CPU time (what two free cores would give)", median_of(by_cpu)],
    ]
    section.tables.append(table)
    section.targets.append(
        Target(
            "two cores against one, wall time", statistics.median(gains), "×", 1.8,
            because=f"the machine's two cores are shared; by CPU time {statistics.median(by_cpu):.2f} ×",
        )
    )  # fmt: skip


def _calls(section: Section, plan: Plan, say: Any) -> None:
    try:
        matcher("native")
    except ImportError:
        say("  no native kernel: single calls are left out")
        return
    from bench.corpus import corpus

    calls.pin()
    ours = Ours("native", 100_000)
    ours.build()
    section.tables.append(calls.cost_of_body_bytes(ours, plan.rounds))
    section.tables.append(calls.cost_of_hits(ours, plan.rounds))
    pages = corpus("mixed", plan.megabytes).pages(calls.PAGE * (plan.calls + 1))
    table, p99 = calls.cold_call(ours, pages, plan.calls)
    section.tables.append(table)
    section.targets.append(Target("one 64 KiB page from cold, p99", p99, "µs", 400.0, at_most=True))


def _instructions(section: Section, plan: Plan, say: Any) -> None:
    table = Table(
        "Instructions for each byte of body",
        ("bodies", "people", "SIMD", "portable"),
        note="cachegrind, 2.5 MB less 0.5 MB of the same pages.",
    )
    for kind, people in plan.counts:
        say(f"  counting instructions: {kind}, {people:,} people")
        simd = instructions.instructions_per_byte(kind, people)
        if simd is None:
            say("  no valgrind: instructions are left out")
            return
        portable = instructions.instructions_per_byte(kind, people, portable=True) if plan.portable else None
        table.rows.append([kind, f"{people:,}", f"{simd:.2f}", "" if portable is None else f"{portable:.2f}"])
    section.tables.append(table)


def _speed(measured: list[Measured] | None) -> float | None:
    return next((one.speed for one in measured or [] if one.engine == "spillkit" and not one.failed), None)


def _plain(one: Measured) -> dict[str, Any]:
    return {
        "engine": one.engine,
        "failed": one.failed,
        "sample_bytes": one.sample_bytes,
        "mb_per_s": [round(speed, 2) for speed in one.speeds()],
        "hits": one.hits,
        "recall": one.recall,
        "built": one.built,
    }
