"""Write notices for the company's own application into one file: CSV, or JSON lines.

In:    notices.
Out:   the file, whole or not there.
Else:  the row is `row`.
"""

from __future__ import annotations

import csv
import io
import os
import secrets
from pathlib import Path

import msgspec

from spillkit.errors import InputError
from spillkit.notices.channels.channel import Addressed, Receipt, digest_of
from spillkit.notices.channels.in_app.row import Row, row_of
from spillkit.notices.channels.words import Words
from spillkit.printed import printable, safe_cell

COLUMNS = tuple(field.name for field in msgspec.structs.fields(Row))
KINDS = (".csv", ".jsonl")
_FORMULA = tuple("=+-@|%")
_UNSEEN = " \t\r\n\u200e\u200f\u2066\u2067\u2068"  # spaces and marks of direction, which a spreadsheet may pass over


class InAppFile:
    """The channel of a file for the application."""

    name = "in-app"
    is_final = False

    def __init__(self, path: Path, words: Words) -> None:
        """Begin a file; what stands there stays until `finish`.

        path    ends in .csv or .jsonl
        Raises  InputError if it ends otherwise, or cannot be written
        """
        if path.suffix not in KINDS:
            raise InputError(f"{printable(path.name)}: name a file that ends in {' or '.join(KINDS)}.")
        self._path, self._words = path, words
        self._draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        self._line = csv_line if path.suffix == ".csv" else json_line
        try:
            handle = os.open(self._draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            self._file = os.fdopen(handle, "wb")
            if path.suffix == ".csv":
                self._file.write(_cells(COLUMNS))
        except OSError as error:
            raise self._unwritable(error) from error

    def give(self, one: Addressed) -> Receipt:
        """Write a notice as one row; what has been written is not counted before `finish`."""
        line = self._line(row_of(one, self._words))
        try:
            self._file.write(line)
        except OSError as error:
            raise self._unwritable(error) from error
        return Receipt(one.told.id, digest_of(line))

    def finish(self) -> None:
        """Put the file in place, once it is on the disk."""
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._draft.replace(self._path)
        except OSError as error:
            raise self._unwritable(error) from error

    def drop(self) -> None:
        """Leave no draft behind; nothing once the file is in place."""
        self._file.close()
        self._draft.unlink(missing_ok=True)

    def _unwritable(self, error: OSError) -> InputError:
        return InputError(
            f"{printable(self._path.name)}: cannot be written ({error.strerror}). Choose another place, or make room."
        )


def json_line(row: Row) -> bytes:
    """Return a row as a line of JSON. Marks of direction stay in the text: they belong to it."""
    return msgspec.json.encode(row) + b"\n"


def csv_line(row: Row) -> bytes:
    """Return a row as a line of CSV in which no cell is a formula to a spreadsheet."""
    cells = (row.notice, " ".join(row.subjects), "yes" if row.is_shared else "no", row.kind, row.entity)
    words = (" ".join(row.languages), row.subject)
    return _cells((*map(safe_cell, (*cells, *words)), _safe_text(row.text), safe_cell(row.code)))


def _safe_text(text: str) -> str:
    """Return a text of several lines, written by us, that is no formula. Its values were made printable when it was written."""
    return f"'{text}" if text.lstrip(_UNSEEN).startswith(_FORMULA) else text


def _cells(cells: tuple[str, ...]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue().encode("utf-8", "replace")
