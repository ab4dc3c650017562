"""The truth of a story: whose which field was really shown to whom, and by which fault where it should not have been.

In:    marks taken out of answers and messages, who sat at the keyboard, and what the shop's people may see of each other.
Out:   rows of truth.csv and faults.csv.
Else:  marks are `marks`; finding the same without knowing any of this is Spillkit's work, and nothing of it is used here.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from spillkit_shop.edges import FAULTY_PATHS
from spillkit_shop.faults import FaultWindow
from spillkit_shop.marks import Mark

TRUTH_COLUMNS = ("file", "entry", "viewer", "subject", "field", "fault")
FAULT_COLUMNS = ("fault", "starts_at", "ends_at", "first_wrong_at", "last_wrong_at")

UNEXPLAINED = "unexplained"  # wrong, and no fault of the story did it: the story itself is wrong

# Shown to everybody by design: the name under which somebody signs reviews, and his whole name where he chose that.
_PUBLIC_FIELDS = frozenset({"display-name", "name"})
_PUBLIC_PATHS = re.compile(r"/(products(/\d+)?|search)?$")


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody may see some fields of somebody for a time."""

    viewer: str
    subject: str
    fields: frozenset[str]  # empty: all
    starts_at: datetime | None = None
    ends_at: datetime | None = None  # exclusive


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value was shown, as far as it tells which of several faults did it."""

    channel: str
    path: str
    at: datetime
    is_hit: bool = False  # the edge answered from its cache
    is_foreign_session: bool = False  # the request carried a session that somebody else had signed in with
    told: frozenset[str] = frozenset()  # faults that the shop's own code noted at the place where it went wrong


@dataclass(slots=True)
class _Seen:
    first: datetime
    last: datetime
    answers: set[tuple[str, int, str]] = field(default_factory=set)


Row = tuple[str, int, str, str, str, str]


class Truth:
    """Collects what was really shown, and says at the end what of it was wrong.

    windows  the faults of the story
    ids      customer's number -> the company's id
    """

    def __init__(self, windows: Sequence[FaultWindow], ids: Mapping[int, str]) -> None:
        self._faults = tuple(dict.fromkeys(window.name for window in windows))
        self._ids = ids
        self._shown: list[tuple[str, int, str, str, str, Place]] = []
        self._so_far: dict[str, set[tuple[str, int, str]]] = {}
        self._rows: list[Row] = []
        self._seen: dict[str, _Seen] = {}

    def add(self, file: str, entry: int, viewer: str, marks: Iterable[Mark], place: Place) -> None:
        """Note the values that one answer showed to one viewer."""
        for subject, name in dict.fromkeys((mark.subject, mark.field) for mark in marks):
            who = self._ids.get(subject, str(subject))
            self._shown.append((file, entry, viewer, who, name, place))
            if who != viewer and not _is_public(name, place):
                fault = self._blame(place)
                if fault != UNEXPLAINED:
                    self._so_far.setdefault(fault, set()).add((file, entry, viewer))

    def so_far(self, fault: str) -> int:
        """Return how many answers a fault spoiled until now, nearly: relations between people are left out of account."""
        return len(self._so_far.get(fault, ()))

    def judge(self, grants: Iterable[Grant]) -> None:
        """Decide what was wrong, by who may see whom; asked once, when the story is over."""
        by_pair: dict[tuple[str, str], list[Grant]] = {}
        for grant in grants:
            by_pair.setdefault((grant.viewer, grant.subject), []).append(grant)
        for file, entry, viewer, subject, name, place in self._shown:
            is_right = viewer == subject or _is_public(name, place)
            if not is_right:
                is_right = any(_allows(grant, name, place.at) for grant in by_pair.get((viewer, subject), ()))
            fault = "" if is_right else self._blame(place)
            self._rows.append((file, entry, viewer, subject, name, fault))
            if fault:
                seen = self._seen.setdefault(fault, _Seen(place.at, place.at))
                seen.first, seen.last = min(seen.first, place.at), max(seen.last, place.at)
                seen.answers.add((file, entry, viewer))

    def exposed_answers(self) -> Mapping[str, int]:
        """Return for each fault how many answers (of mail: received messages) showed somebody to one who may not see him."""
        return {fault: len(seen.answers) for fault, seen in self._seen.items()}

    def rows(self) -> Sequence[Row]:
        """Return the rows of truth.csv, once they are judged."""
        return self._rows

    def write(self, folder: Path, windows: Sequence[FaultWindow]) -> None:
        """Write truth.csv and faults.csv.

        windows  as they were in the end: a fault that was noticed ends early
        """
        with (folder / "truth.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(TRUTH_COLUMNS)
            writer.writerows(self._rows)
        with (folder / "faults.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(FAULT_COLUMNS)
            for window in windows:
                seen = self._seen.get(window.name)
                times = (window.starts_at, window.ends_at, seen and seen.first, seen and seen.last)
                writer.writerow([window.name, *(rfc3339(at) if at else "" for at in times)])

    def _blame(self, place: Place) -> str:
        """Return which fault did it. What nothing explains stays unexplained: then the story itself is wrong."""
        faults = self._faults
        if place.is_hit:
            for fault, paths in FAULTY_PATHS.items():
                if fault in faults and place.path in paths:
                    return fault
        for fault in faults:
            if fault in place.told:
                return fault
        for fault in faults:
            if fault in ("cached_set_cookie", "session_race") and place.is_foreign_session:
                return fault
            if fault in ("mail_cc", "mail_shift") and place.channel == "mail":
                return fault
            if fault == "job_mixup" and place.channel == "export":
                return fault
        return UNEXPLAINED


def _is_public(name: str, place: Place) -> bool:
    return name in _PUBLIC_FIELDS and place.channel == "http" and _PUBLIC_PATHS.match(place.path) is not None


def _allows(grant: Grant, name: str, at: datetime) -> bool:
    return (
        (not grant.fields or name in grant.fields)
        and (grant.starts_at is None or grant.starts_at <= at)
        and (grant.ends_at is None or at < grant.ends_at)
    )


def rfc3339(at: datetime) -> str:
    """Return a time of the story as files hold it: UTC, to the microsecond.

    >>> from datetime import UTC, datetime
    >>> rfc3339(datetime(2026, 3, 2, 9, 5, tzinfo=UTC))
    '2026-03-02T09:05:00.000000Z'
    """
    return f"{at:%Y-%m-%dT%H:%M:%S.%fZ}"
