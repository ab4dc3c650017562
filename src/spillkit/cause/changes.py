"""Read the changes file: what was deployed or configured when.

In:    a CSV file with the columns time and what.
Out:   Change values in order of time.
Else:  which change lies nearest to an incident is decided where incidents are found; keeping them is `kept`.

A change is context beside a cause, never its proof. Its text is the operator's own and may hold anything: addresses are taken
out, it is cut, and what could drive a terminal is replaced before it is kept.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from spillkit.capture.times import parse_time
from spillkit.cause.incident import Change
from spillkit.errors import InputError
from spillkit.printed import printable

MOST_BYTES = 16 << 20
MOST_CHANGES = 100_000
MOST_CHARACTERS = 160
_COLUMNS = ("time", "what")

# Tools that write such files put the deployer's address into the text; nobody is named beside a cause (charter, section 7).
_ADDRESS = re.compile(r"[^\s<>@\"'(),;:]{1,64}@[^\s<>@\"'(),;:]{1,255}")


def read_changes(path: Path) -> tuple[Change, ...]:
    """Return the changes of a file, oldest first.

    path     CSV in UTF-8 with a first line that names the columns time and what, in any order and beside others;
             time is RFC 3339 with its zone
    Raises   InputError that names the line and what is wrong with it, and never quotes it
    """
    name = printable(path.name)
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError(f"{name}: cannot be opened ({error.strerror}). Check the path and its rights.") from error
    if len(data) > MOST_BYTES:
        raise InputError(f"{name}: is larger than {MOST_BYTES >> 20} MiB. Keep the changes around the incident only.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(f"{name}, line {line}: is not UTF-8 text. Save the file as CSV in UTF-8.") from error
    return tuple(sorted(_rows(text, name), key=lambda change: (change.at, change.what)))


def changes_digest(changes: Sequence[Change]) -> str:
    """Return 16 hex digits that tell one list of changes from another; "" for none."""
    return hashlib.sha256(msgspec.json.encode(list(changes))).hexdigest()[:16] if changes else ""


def _rows(text: str, name: str) -> Iterator[Change]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] | None = None
    found = 0
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if header is None:
                header = _header(row, name)
                continue
            found += 1
            if found > MOST_CHANGES:
                raise InputError(
                    f"{name}: has over {MOST_CHANGES:,} changes. Keep those of the weeks around the incident."
                )
            yield _change(row, header, f"{name}, line {reader.line_num}")
    except csv.Error as error:
        raise InputError(
            f"{name}, line {reader.line_num}: is not CSV: a quote is not closed, or a cell is too long. Mend that line."
        ) from error
    if header is None:
        raise InputError(f"{name}: is empty. Its first line must be: time,what")


def _header(row: list[str], name: str) -> list[str]:
    header = [cell.strip().lower() for cell in row]
    for column in _COLUMNS:
        if header.count(column) != 1:
            raise InputError(f"{name}, line 1: must name the column {column} exactly once. Write it as: time,what")
    return header


def _change(row: list[str], header: list[str], place: str) -> Change:
    if len(row) != len(header):
        raise InputError(
            f"{place}: has {len(row)} cells where the first line has {len(header)}. Put a text with commas in quotes."
        )
    cells = dict(zip(header, row))
    what = " ".join(cells["what"].split())
    if not what:
        raise InputError(f"{place}: does not say what was changed. Say it in a few words.")
    return Change(at=_time(cells["time"].strip(), place), what=_harmless(what))


def _time(text: str, place: str) -> datetime:
    moment = parse_time(text)
    if moment is not None:
        return moment
    if parse_time(text, assume_zone=UTC) is not None:
        raise InputError(
            f"{place}: the time has no zone. Write it as 2026-11-20T13:05:00Z or 2026-11-20T15:05:00+02:00."
        )
    raise InputError(f"{place}: the time cannot be read. Write it as 2026-11-20T13:05:00Z.")


def _harmless(what: str) -> str:
    """Return the text without addresses, short, with nothing in it that drives a terminal."""
    told = printable(_ADDRESS.sub("[address]", what))
    return told if len(told) <= MOST_CHARACTERS else told[: MOST_CHARACTERS - 1] + "…"
