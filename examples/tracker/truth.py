"""Say who was shown which field of whom, from what the application noted and from what each user really received.

In:    the notes of `served` (rendering → marks), the recorded exchanges and HAR files with their true viewers.
Out:   rows (source, entry, viewer, subject, field), people who see their own data included.
Else:  whether that was an exposure is for Spillkit to find; nothing here looks at the text of a page.
"""

from __future__ import annotations

import csv
import itertools
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from exchanges import Exchange
from people import Person
from tracker_home import STAFF_ID, Tracker

FIELD_OF = {"realname": "name", "address": "e-mail", "phone": "phone"}  # Roundup's "address" is a mailbox
POSTAL = frozenset(("street", "postcode", "city"))  # together they are an address
COLUMNS = ("source", "entry", "viewer", "subject", "field")


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """One field of one person was in what a viewer received."""

    source: str  # name of the recording file
    entry: int  # 0-based place of the exchange in it
    viewer: str  # customer id, staff id or "anonymous"
    subject: str  # customer id
    field: str  # name, e-mail, phone or address


@dataclass(frozen=True, slots=True)
class Received:
    """An exchange as far as the truth is concerned."""

    source: str
    entry: int
    viewer: str
    rendering: str | None  # X-Request-Id; None where nginx answered by itself
    path: str
    body: str


class Renderings:
    """What the application noted while it rendered."""

    def __init__(self, notes: Path, tracker: Tracker) -> None:
        self._fields: dict[str, set[tuple[str, str]]] = {}
        self.cut = 0  # values that a page showed in part only; they are in no truth
        for file in sorted(notes.glob("renderings-*.jsonl")):
            for line in file.read_text("utf-8").splitlines():
                note = json.loads(line)
                self._fields[note["rendering"]] = self._read(note["marks"], tracker)

    def fields(self, rendering: str) -> set[tuple[str, str]]:
        """Return the (customer id, field) pairs of a rendering. Raises KeyError where the application knows no such."""
        return self._fields[rendering]

    def _read(self, marks: list, tracker: Tracker) -> set[tuple[str, str]]:
        whole: dict[str, set[str]] = {}
        for user, field, is_whole in marks:
            subject = tracker.customer_of.get(user)
            if subject is None or subject == STAFF_ID:
                continue  # Staff are viewers; the directory has customers.
            if not is_whole:
                self.cut += 1
                continue
            whole.setdefault(subject, set()).add(field)
        pairs = {
            (subject, FIELD_OF[field]) for subject, fields in whole.items() for field in fields if field in FIELD_OF
        }
        return pairs | {(subject, "address") for subject, fields in whole.items() if fields >= POSTAL}


def entries_of(source: str) -> Iterable[int]:
    """Return the entries of a file's exchanges: lines, or in WARC the records, a warcinfo and then response and request in turn."""
    return itertools.count(1, 2) if source.endswith(".warc.gz") else itertools.count()


def received_by_scripts(exchanges: Iterable[Exchange], source: str) -> list[Received]:
    """Return the exchanges of one JSON lines or WARC file, in its order."""
    return [
        Received(
            source,
            entry,
            exchange.viewer,
            exchange.rendering if exchange.wire_body else None,
            exchange.target.partition("?")[0],
            exchange.body.decode("utf-8", "replace"),
        )
        for entry, exchange in zip(entries_of(source), exchanges)
    ]


def received_by_browser(har: Path, person: Person) -> list[Received]:
    """Return the entries of a HAR file: until the login is answered the viewer is nobody, from then on the person."""
    found, viewer = [], "anonymous"
    for entry, recorded in enumerate(json.loads(har.read_text("utf-8"))["log"]["entries"]):
        headers = {header["name"].lower(): header["value"] for header in recorded["response"]["headers"]}
        body = recorded["response"]["content"].get("text", "")
        rendering = headers.get("x-request-id") if body else None
        path = "/" + recorded["request"]["url"].split("/", 3)[3].partition("?")[0]
        found.append(Received(har.name, entry, viewer, rendering, path, body))
        if recorded["request"]["method"] == "POST":
            viewer = person.customer_id
    return found


def find_shown(received: Iterable[Received], renderings: Renderings) -> list[Shown]:
    """Join what was received with what was noted when it was rendered."""
    return sorted(
        Shown(each.source, each.entry, each.viewer, subject, field)
        for each in received
        if each.rendering
        for subject, field in renderings.fields(each.rendering)
    )


def write_truth(rows: Iterable[Shown], path: Path) -> None:
    """Write `truth.csv`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(COLUMNS)
        out.writerows([getattr(row, column) for column in COLUMNS] for row in rows)
