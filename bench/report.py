"""What a run leaves behind: tables to read and the same figures to compute with.

In:    sections with tables and targets.
Out:   bench/record/<date>-<machine kind>.md and .json; the same tables on the terminal.
Else:  measuring is `kernel`, `index`, `pipeline`. The machine is told by its kind: no host name, no path.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from bench.rounds import ROOT, Measured

RECORDS = Path(__file__).with_name("record")


@dataclass(frozen=True, slots=True)
class Target:
    """A figure that issue 2 asks for, and what was measured."""

    what: str
    measured: float | None  # None: not measured in this run
    unit: str
    bar: float  # must
    aim: float | None = None  # wanted
    at_most: bool = False  # the figure must not exceed the bar; else it must reach it
    because: str = ""  # where it is not met or not measured: why, as far as it is known

    @property
    def is_met(self) -> bool | None:
        """Whether the bar is met; None where nothing was measured."""
        if self.measured is None:
            return None
        return self.measured <= self.bar if self.at_most else self.measured >= self.bar

    def verdict(self) -> str:
        """Say in words whether the bar is met, and by how much it is missed or passed."""
        if self.measured is None:
            return "not measured"
        better = self.bar / max(self.measured, 1e-12) if self.at_most else self.measured / self.bar
        aimed = self.aim is not None and (self.measured <= self.aim if self.at_most else self.measured >= self.aim)
        if self.is_met:
            return f"met, {better:.2f} × the bar" + (", aim reached" if aimed else "")
        return f"NOT met: {better:.2f} × the bar"


@dataclass(slots=True)
class Table:
    """Rows under headings; text on the left, figures as text already."""

    title: str
    columns: Sequence[str]
    rows: list[list[str]] = field(default_factory=list)
    note: str = ""


@dataclass(slots=True)
class Section:
    """What one subcommand measured."""

    title: str
    command: str
    tables: list[Table] = field(default_factory=list)
    targets: list[Target] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    commit: str = field(default_factory=lambda: commit())


def speed_table(title: str, measured: Sequence[Measured], note: str = "") -> Table:
    """Return engines with median and range, ratios to our kernel and to the limit, recall and what building took."""
    ours = next((one.speed for one in measured if one.engine == "spillkit"), 0.0)
    limit = next((one.speed for one in measured if one.engine == "limit: SIMD classify"), 0.0)
    columns = (
        "engine|MB/s|min-max|sample MB|Spillkit is|of SIMD classify|recall names / e-mails %|build CPU s|memory MB"
    )
    table = Table(title, columns.split("|"), note=note)
    for one in measured:
        if one.failed:
            table.rows.append([one.engine, "-", one.failed, "", "", "", "", "", ""])
            continue
        speeds = one.speeds()
        names, emails = one.recall.get("names"), one.recall.get("e-mails")
        table.rows.append(
            [
                one.engine,
                figure(one.speed),
                f"{figure(min(speeds))}-{figure(max(speeds))}",
                figure(one.sample_bytes / 1e6),
                f"{ours / one.speed:.2f} ×" if ours and one.engine != "spillkit" else "",
                f"{one.speed / limit:.4f}" if limit else "",
                "" if names is None or emails is None else f"{names:.1f} / {emails:.1f}",
                figure(one.built["cpu_seconds"]) if "cpu_seconds" in one.built else "",
                figure(one.built["resident_bytes"] / 1e6) if one.built.get("resident_bytes") else "",
            ]
        )
    return table


def target_table(targets: Sequence[Target]) -> Table:
    """Return what the issue asks for beside what was measured."""
    table = Table("Asked for and measured", ("figure", "measured", "bar", "aim", "verdict", "why"))
    for one in targets:
        sign = "≤" if one.at_most else "≥"
        table.rows.append(
            [
                one.what,
                "-" if one.measured is None else f"{figure(one.measured)} {one.unit}".strip(),
                f"{sign} {one.bar:g} {one.unit}".strip(),
                "" if one.aim is None else f"{sign} {one.aim:g}",
                one.verdict(),
                one.because,
            ]
        )
    return table


def figure(value: float) -> str:
    """Return a number with three digits that count."""
    if value == 0:
        return "0"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def median_of(values: Sequence[float]) -> str:
    """Return "median (min-max)"."""
    return f"{figure(statistics.median(values))} ({figure(min(values))}-{figure(max(values))})"


def markdown(table: Table) -> str:
    """Return the table in Markdown."""
    lines = [f"### {table.title}", ""] + ([table.note, ""] if table.note else [])
    lines.append("| " + " | ".join(table.columns) + " |")
    lines.append("|" + "---|" * len(table.columns))
    lines.extend("| " + " | ".join(cell.replace("|", "/") for cell in row) + " |" for row in table.rows)
    return "\n".join(lines) + "\n"


def machine() -> dict[str, str]:
    """Return what kind of machine this is: nothing that names it."""
    cpuinfo = Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", cpuinfo)
    memory = re.search(r"MemTotal:\s*(\d+)", Path("/proc/meminfo").read_text())
    flags = re.search(r"flags\s*: (.*)", cpuinfo)
    has = flags.group(1).split() if flags else []
    return {
        "processor": model.group(1).strip() if model else platform.machine(),
        "cores": str(os.cpu_count()),
        "instructions": ", ".join(name for name in ("avx2", "avx512bw", "aes", "bmi2") if name in has)
        or "none of note",
        "caches": _caches(),
        "memory": f"{int(memory.group(1)) / 2**20:.0f} GiB" if memory else "unknown",
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "rust": _first_line("rustc", "--version"),
        "spillkit": metadata.version("spillkit"),
        "load": "shared machine, other work running beside: trust ratios and instruction counts",
    }


def machine_kind() -> str:
    """Return a short name of the kind of machine, for the file name."""
    facts = machine()
    words = re.sub(r"\(R\)|\(TM\)|CPU|Processor|@.*", "", facts["processor"]).lower()
    return "-".join([*re.findall(r"[a-z0-9]+", words)[:3], facts["cores"] + "core"])


def write(sections: Sequence[Section], day: datetime | None = None) -> Path:
    """Write the record of this day and kind of machine; what is measured again replaces what was.

    Returns  the Markdown file; the JSON file beside it holds the figures
    """
    day = day or datetime.now(UTC)
    RECORDS.mkdir(exist_ok=True)
    path = RECORDS / f"{day:%Y-%m-%d}-{machine_kind()}.md"
    kept = {section.title: section for section in _earlier(path.with_suffix(".json"))}
    for section in sections:
        kept[section.title] = _merged(kept.get(section.title), section)
    path.with_suffix(".json").write_text(
        json.dumps({"machine": machine(), "sections": [asdict(section) for section in kept.values()]}, indent=1)
    )
    lines = [f"# Benchmark of {day:%Y-%m-%d}", ""]
    lines.extend(f"- {name}: {fact}" for name, fact in machine().items())
    lines.append(f"- rivals: {', '.join(_rival_versions())}")
    lines.extend(f"- {section.title}: `{section.command}`, commit {section.commit}" for section in kept.values())
    lines.extend(["", "What the columns mean and how it is measured: docs/reference/benchmarks.md.", ""])
    lines.append(markdown(target_table([target for section in kept.values() for target in section.targets])))
    for section in kept.values():
        lines.append(f"## {section.title}\n")
        lines.extend(markdown(table) for table in section.tables)
    path.write_text("\n".join(lines))
    return path


def _merged(before: Section | None, now: Section) -> Section:
    """Return both runs as one: a table or figure measured again replaces the one before."""
    if before is None:
        return now
    tables = {table.title: table for table in before.tables} | {table.title: table for table in now.tables}
    targets = {target.what: target for target in before.targets}
    targets |= {
        target.what: target for target in now.targets if target.measured is not None or target.what not in targets
    }
    command = now.command if now.command in before.command else f"{before.command}`, `{now.command}"
    return Section(
        now.title, command, list(tables.values()), list(targets.values()), before.figures | now.figures, now.commit
    )


def _earlier(path: Path) -> list[Section]:
    if not path.exists():
        return []
    sections = json.loads(path.read_text())["sections"]
    for section in sections:
        section["tables"] = [Table(**table) for table in section["tables"]]
        section["targets"] = [Target(**target) for target in section["targets"]]
    return [Section(**section) for section in sections]


def commit() -> str:
    """Return the commit that is measured, and whether the kernel or the library differ from it."""
    changed = _first_line("git", "-C", str(ROOT), "status", "--porcelain", "--", "native/src", "src/spillkit")
    name = _first_line("git", "-C", str(ROOT), "rev-parse", "--short", "HEAD")
    return name + (" with changes not yet committed" if changed else "")


def _caches() -> str:
    found = []
    for folder in sorted(Path("/sys/devices/system/cpu/cpu0/cache").glob("index*")):
        kind = (folder / "type").read_text().strip()
        if kind != "Instruction":
            found.append(f"L{(folder / 'level').read_text().strip()} {(folder / 'size').read_text().strip()}")
    return ", ".join(found)


def _first_line(*command: str) -> str:
    if shutil.which(command[0]) is None:
        return "none"
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return answer.splitlines()[0] if answer else ""


def _rival_versions() -> list[str]:
    wanted = Path(__file__).with_name("requirements.txt").read_text().splitlines()
    return [line.replace("==", " ") for line in wanted if line and not line.startswith("#")] + [
        f"Python re {sys.version_info.major}.{sys.version_info.minor}"
    ]
