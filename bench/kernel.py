"""The matching kernel beside its rivals, beside the limit, and against size.

In:    how long to take (quick, full, large).
Out:   one Section: speeds by directory size and by kind of body, threads, single calls, instructions per byte; targets.
Else:  the rounds are `rounds`; building and opening indexes is `index`.
"""

from __future__ import annotations

import statistics
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
SPEED_BARS = {100_000: (400.0, 900.0), 1_000_000: (330.0, 750.0), 10_000_000: (300.0, 650.0)}


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
    kinds: tuple[str, ...] = ("ascii", "ar", "ja")
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
    """Measure everything of the plan."""
    section = Section("Kernel", plan.command)
    ours = OURS if plan.portable else OURS[:1]
    by_size: dict[int, list[Measured]] = {}
    sizes = plan.sizes + ((10_000_000,) if plan.large else ())
    for people in sizes:
        rivals = [name for name in RIVALS if people <= LARGEST.get(name, 1_000_000)] if plan.rivals else []
        normalised = list(NORMALISED) if rivals else []
        say(f"{people:,} people")
        measured = measure(
            [*LIMITS, *ours, *rivals, *normalised], kind="mixed", megabytes=plan.megabytes, people=people,
            rounds=plan.rounds, seconds=plan.seconds, limit_bytes=plan.sample_bytes, say=say,
        )  # fmt: skip
        by_size[people] = measured
        section.tables.append(speed_table(f"{people:,} people, mixed corpus, one core", measured))
    by_kind = {
        kind: measure(
            [*LIMITS, *ours, "daachorse", "hyperscan"] if plan.rivals else [*LIMITS, *ours], kind=kind,
            megabytes=32 if plan.megabytes > 32 else plan.megabytes, people=100_000, rounds=plan.rounds,
            seconds=plan.seconds, limit_bytes=plan.sample_bytes, say=say,
        )
        for kind in plan.kinds
    }  # fmt: skip
    for kind, measured in by_kind.items():
        title = {"ascii": "Clean ASCII", "ar": "Arabic pages", "ja": "Japanese pages"}[kind]
        section.tables.append(speed_table(f"{title}, 100,000 people", measured))
    section.targets.extend(_speed_targets(by_size, by_kind))
    section.figures["by_size"] = {size: [_plain(one) for one in measured] for size, measured in by_size.items()}
    section.figures["by_kind"] = {kind: [_plain(one) for one in measured] for kind, measured in by_kind.items()}
    _growth(section, by_size)
    _threads(section, plan, say)
    _calls(section, plan, say)
    _instructions(section, plan, say)
    return section


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


def _growth(section: Section, by_size: dict[int, list[Measured]]) -> None:
    table = Table("Cost against people", ("people", "Spillkit ns a byte", "of SIMD classify", "times the smallest"))
    first = 0.0
    for people, measured in by_size.items():
        speed = _speed(measured)
        if speed is None:
            continue
        limit = next((one.speed for one in measured if one.engine == LIMITS[1] and not one.failed), 0.0)
        # Neighbours slow the limit as they slow us: time in units of the limit's time is what can be compared.
        relative = limit / speed if limit else 1e3 / speed
        first = first or relative
        table.rows.append([f"{people:,}", figure(1e3 / speed), f"{1 / relative:.3f}", f"{relative / first:.2f}"])
    section.tables.append(table)


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
