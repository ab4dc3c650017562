"""Count the rows and cells that could not be used, and list them by line and reason, never by content.

In:    places and reasons, while a list is read.
Out:   counts, the first places of each reason, and a CSV of all of them where it was asked for.
Else:  the reasons are in `batches`.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spillkit.directory.batches import LOST_ROW, Reason
from spillkit.errors import DirectoryError

_PLACES_KEPT = 20


@dataclass(frozen=True, slots=True)
class BadCell:
    """One cell, or a whole row, that could not be used."""

    file: str
    place: int  # line in a text file, row in a table; counted from 1
    column: str  # "" for the whole row
    reason: Reason


@dataclass
class BadCells:
    """What could not be used so far."""

    counts: Counter[Reason] = field(default_factory=Counter)
    first: dict[Reason, list[BadCell]] = field(default_factory=dict)  # at most 20 of each reason
    _rows: Any = field(default=None, repr=False)

    @property
    def lost_rows(self) -> int:
        """How many rows were left out altogether."""
        return sum(count for reason, count in self.counts.items() if reason in LOST_ROW)

    @property
    def lost_cells(self) -> int:
        """How many cells were left out of rows that are used otherwise."""
        return self.counts.total() - self.lost_rows

    def add(self, file: str, place: int, column: str, reason: Reason) -> None:
        """Note one cell ("" for the column: one row)."""
        self.counts[reason] += 1
        kept = self.first.setdefault(reason, [])
        if len(kept) < _PLACES_KEPT:
            kept.append(BadCell(file, place, column, reason))
        if self._rows is not None:
            self._rows.writerow([file, place, _harmless(column), reason.value])

    def add_all(self, file: str, places: Iterable[int], column: str, reason: Reason) -> None:
        for place in places:
            self.add(file, place, column, reason)

    @contextmanager
    def listed_in(self, path: Path | None) -> Iterator[None]:
        """While open, write every cell to a CSV too; None: do not."""
        if path is None:
            yield
            return
        try:
            with path.open("w", encoding="utf-8", newline="") as file:
                self._rows = csv.writer(file)
                self._rows.writerow(["file", "line", "column", "reason"])
                yield
        except OSError as error:
            raise DirectoryError(f"{path}: cannot be written ({error.strerror}). Choose another place.") from error
        finally:
            self._rows = None

    def to_json(self) -> list[dict[str, object]]:
        """Return counts and first places, most frequent first."""
        return [
            {
                "reason": reason.value,
                "count": count,
                "whole_row": reason in LOST_ROW,
                "first": [{"file": bad.file, "line": bad.place, "column": bad.column} for bad in self.first[reason]],
            }
            for reason, count in self.counts.most_common()
        ]


def _harmless(column: str) -> str:
    """A spreadsheet must not take a column's name for a formula."""
    return f"'{column}" if column[:1] in ("=", "+", "-", "@", "\t", "\r") else column
