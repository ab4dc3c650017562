"""Run the `spillkit` command as a user does, and say what it took.

In:    arguments, a workspace.
Out:   CPU and wall seconds, peak memory, what it printed.
Else:  what is run when is `index` and `pipeline`.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.names import DATA
from bench.people import batches
from bench.rounds import ROOT

COUNTRY = {"44": "GB", "33": "FR", "49": "DE", "39": "IT", "20": "EG", "81": "JP", "48": "PL"}


class CommandFailed(Exception):  # noqa: N818 - says what happened
    """A command did not end with code 0; the table says so instead of a figure."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One command that ended."""

    cpu_seconds: float  # of the command and its children, user and system
    wall_seconds: float
    peak_bytes: int  # largest resident memory of one of its processes
    output: str


def spillkit(workspace: Path, *arguments: str) -> Ran:
    """Run `spillkit -w workspace arguments` and measure it.

    Raises  CommandFailed if it ends with another code than 0, with the end of what it said
    """
    command = [sys.executable, "-m", "spillkit", "-w", str(workspace), *arguments]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    # An installed package has its byte code beside it; a developer's switch must not make every start a compilation.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=output, stderr=errors, env=environment)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        said = output.read().decode()
        if process.returncode != 0:
            last = errors.read().decode().strip().splitlines()[-1:]
            raise CommandFailed(f"spillkit {arguments[0]} ended with code {process.returncode}: {' '.join(last)}")
    return Ran(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024, said)


def make_workspace(folder: Path) -> Path:
    """Make an empty workspace and return it."""
    shutil.rmtree(folder, ignore_errors=True)
    command = [sys.executable, "-m", "spillkit", "init", str(folder)]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "PYTHONPATH": str(ROOT / "src")})
    return folder


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder in bench/data/ that is gone afterwards."""
    DATA.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        yield Path(folder)


def customers_csv(
    path: Path, people: int, seed: int = 1, alter: Callable[[list[str]], list[str] | None] | None = None
) -> Path:
    """Write a customer list of synthetic people.

    alter  is given each row and returns it, changed or not, or None to leave it out
    """
    with path.open("w", encoding="utf-8", newline="") as lines:
        out = csv.writer(lines)
        out.writerow(["customer_id", "given_name", "family_name", "email", "phone", "country"])
        for batch in batches(people, seed):
            for number, name, email, phone in zip(batch.numbers.tolist(), batch.names, batch.emails, batch.phones):
                given, family = name.split("\x1f")
                row: list[str] | None = [f"c_{number:08d}", given, family, email, phone, COUNTRY.get(phone[1:3], "")]
                if alter is not None and row is not None:
                    row = alter(row)
                if row is not None:
                    out.writerow(row)
    return path


def folder_bytes(folder: Path, pattern: str = "*") -> int:
    """Return how many bytes the files below a folder hold."""
    return sum(file.stat().st_size for file in folder.rglob(pattern) if file.is_file())
