"""Print what was measured as a page, and keep it in bench/record where that is asked for.

In:    a title, the command, lines of Markdown.
Out:   the page on the terminal; with `is_kept` also bench/record/<date>-<machine kind>-<name>.md.
Else:  the pages of `python -m bench`, with rivals and earlier figures beside, are `report`.
"""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

RECORDS = Path(__file__).with_name("record")


def tell(name: str, title: str, command: str, lines: Sequence[str], *, note: str = "", is_kept: bool = False) -> None:
    """Print a page, and keep it where that is asked for.

    name     of the file: "notices-plan"
    command  by which the same is measured again
    lines    tables and what is said of them
    note     what stands beside the command: rounds, sizes, what else ran
    """
    about = (
        f"{machine()}, Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}. `{command}`. {note}".rstrip()
    )
    text = "\n".join([f"# {title}", "", about, "", *lines, ""])
    print(text)
    if is_kept:
        kind = machine().partition(",")[0].lower().replace(" ", "-")
        path = RECORDS / f"{datetime.now(UTC):%Y-%m-%d}-{kind}-{name}.md"
        path.write_text(text, encoding="utf-8")
        print(f"written: {path.relative_to(RECORDS.parents[1])}")


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Return a table in Markdown, with an empty line behind it; figures, in all columns but the first, to the right."""
    lines = ["| " + " | ".join(columns) + " |", "|---|" + "---:|" * (len(columns) - 1)]
    return [*lines, *("| " + " | ".join(row) + " |" for row in rows), ""]


def machine() -> str:
    """The kind of machine, and how busy it was: no host name, no path."""
    model = next(
        (
            line.split(":")[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{' '.join(model.split()[:2])} {os.cpu_count()}core, load {os.getloadavg()[0]:.1f}"
