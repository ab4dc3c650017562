"""Measure an incident of the workspace, in a process of its own.

In:    `python -m spillkit_server.gathering [INCIDENT]`, with SPILLKIT_WORKSPACE; without a number, all exposures together.
Out:   the measurement and the facts to decide on, as JSON on the standard output.
Else:  measuring is `spillkit.scope`, facts are `spillkit.law.measured`; the room calls `gather`.

A process of its own, so that a million exposures are counted beside the room and not in it: its pages stay quick, and the memory
is given back.
"""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from spillkit.errors import InputError, SpillkitError
from spillkit.law.facts import Facts
from spillkit.printed import printable
from spillkit.scope.measurement import Measurement

_LONGEST_SECONDS = 600


class Gathered(msgspec.Struct, frozen=True):
    """What the workspace knows of an incident."""

    measurement: Measurement
    facts: Facts | None
    why_no_facts: str = ""


class Found(msgspec.Struct, frozen=True):
    """One incident of the workspace, as a line to choose from."""

    number: int
    words: str
    people: int


def gather(workspace: Path, incident: int | None) -> Gathered:
    """Return what the workspace knows of an incident.

    Raises  InputError in the library's own words if it cannot be measured
    """
    return msgspec.json.decode(_run(workspace, "measure", str(incident or "")), type=Gathered)


def find_incidents(workspace: Path) -> list[Found]:
    """Return the incidents of the workspace; none where nothing was scanned."""
    return msgspec.json.decode(_run(workspace, "list"), type=list[Found])


def _run(workspace: Path, *arguments: str) -> bytes:
    environment = {**os.environ, "SPILLKIT_WORKSPACE": str(workspace)}
    try:
        done = subprocess.run(
            [sys.executable, "-m", "spillkit_server.gathering", *arguments],
            env=environment,
            capture_output=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InputError(
            "The incident could not be measured in ten minutes. Run spillkit measure on the server."
        ) from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise InputError(printable(said[-1]) if said else "The incident could not be measured. Run spillkit measure.")
    return done.stdout


def _measure(workspace: Path, incident: int | None) -> bytes:
    from spillkit.cli.measure import measure_workspace
    from spillkit.law.books import read_books
    from spillkit.law.measured import measure_facts
    from spillkit.settings import open_workspace

    opened = open_workspace(workspace)
    measurement = measure_workspace(opened, "internal", UTC, incident=incident)
    try:
        facts = measure_facts(opened, read_books(), now=datetime.now(UTC), incident=incident)
        return msgspec.json.encode(Gathered(measurement, facts))
    except InputError as error:
        return msgspec.json.encode(Gathered(measurement, None, str(error)))


def _list(workspace: Path) -> bytes:
    from spillkit.cause.kept import incidents_at_hand
    from spillkit.ledger import Ledger
    from spillkit.scope.cause_words import cause_words
    from spillkit.settings import open_workspace

    ledger = Ledger(open_workspace(workspace).ledger_dir)
    found = incidents_at_hand(ledger) if ledger.sources() else None
    if found is None:
        return b"[]"
    return msgspec.json.encode([Found(one.number, cause_words(one), one.subjects) for one in found.incidents])


def main(arguments: list[str]) -> int:
    """Print what was asked for; an error of the library in one line."""
    workspace = Path(os.environ["SPILLKIT_WORKSPACE"])
    try:
        if arguments[0] == "list":
            sys.stdout.buffer.write(_list(workspace))
        else:
            sys.stdout.buffer.write(_measure(workspace, int(arguments[1]) if arguments[1] else None))
    except SpillkitError as error:
        print(error, file=sys.stderr)  # noqa: T201 - read by `_run`
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
