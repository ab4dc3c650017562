"""Keep every earlier figure in sight.

In:    measurements, as they are made.
Out:   one JSON line in the workspace for each that differs from the one before; all of them, oldest first.
Else:  comparing them is `questions`; the report lists them.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from spillkit.errors import LedgerError
from spillkit.scope.measurement import Earlier, Measurement
from spillkit.scope.questions import answer_questions

FILE_NAME = "measurements.jsonl"


def read_history(path: Path) -> tuple[Earlier, ...]:
    """Return the figures given before, oldest first; LedgerError if the file cannot be read."""
    try:
        lines = path.read_bytes().splitlines()
        return tuple(msgspec.json.decode(line, type=Earlier) for line in lines if line.strip())
    except FileNotFoundError:
        return ()
    except (OSError, msgspec.DecodeError) as error:
        raise LedgerError(
            f"{path}: the earlier figures cannot be read. Restore the file, or move it away to begin a new history."
        ) from error


def remember(path: Path, measurement: Measurement) -> bool:
    """Append this measurement's figures unless they are those of the last line; return whether they were new.

    Raises  LedgerError if the file cannot be written
    """
    people = measurement.people
    now = Earlier(
        measured_at=measurement.measured_at,
        confirmed=people.confirmed,
        possible=people.possible,
        estimate=people.estimate,
        upper_bound=people.upper_bound,
        answers=tuple(answer.answer for answer in answer_questions(measurement)),
    )
    if measurement.earlier and msgspec.structs.replace(measurement.earlier[-1], measured_at=now.measured_at) == now:
        return False
    try:
        with path.open("ab") as file:
            file.write(msgspec.json.encode(now) + b"\n")
    except OSError as error:
        raise LedgerError(
            f"{path}: the figures cannot be kept ({error.strerror}). Make room, or check permissions."
        ) from error
    return True
