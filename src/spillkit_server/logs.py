"""Write log lines that name places in the code, and nothing that a visitor or a customer sent.

In:    log records.
Out:   lines; of an exception its type and where it was raised, not its message.
Else:  which loggers speak is `settings`.
"""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

_FRAMES = 6


class QuietFormatter(logging.Formatter):
    """Formats a record; those of frameworks lose their arguments, which may hold paths and values."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%Y-%m-%dT%H:%M:%S%z")

    def format(self, record: logging.LogRecord) -> str:
        quiet = logging.makeLogRecord(record.__dict__ | {"exc_info": None, "exc_text": None, "stack_info": None})
        if not record.name.startswith("spillkit"):
            quiet.msg, quiet.args = _view_of(record), ()
        line = super().format(quiet)
        if record.exc_info and record.exc_info[0] is not None:
            line += f" [{record.exc_info[0].__name__} at {_places(record.exc_info[2])}]"
        return line


def _view_of(record: logging.LogRecord) -> str:
    match = getattr(getattr(record, "request", None), "resolver_match", None)
    status = getattr(record, "status_code", "")
    where = match.view_name if match is not None else f"{record.module}:{record.lineno}"
    return f"{where} {status}".rstrip()


def _places(trace: TracebackType | None) -> str:
    frames = traceback.extract_tb(trace)[-_FRAMES:]
    return " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
