"""A report to an authority as a value: what is said, what is open, what changed.

In:    nothing.
Out:   Report and what it is made of; msgspec turns it into the JSON that `canonical` writes.
Else:  making one is `make`, its JSON is `canonical`, its pages are `page` and `pdf`.

A report is in one language and holds everything that its pages show. Words are for people; `code`, `number` and `at` are for
programs, and to compare one report with the next. Outside text has passed `printed`: it drives no terminal and turns no line.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

import msgspec

from spillkit.case.events import Phase
from spillkit.law.rule import DutyKind, Status

VERSION = 1

__all__ = [
    "VERSION",
    "Before",
    "Change",
    "Clock",
    "Earlier",
    "Law",
    "Line",
    "Open",
    "Party",
    "Phase",
    "Prose",
    "Report",
    "Row",
    "Section",
    "State",
    "Table",
    "TemplateField",
]


class State(StrEnum):
    """How far a section is."""

    KNOWN = "known"
    PARTLY = "partly known"
    PROPOSED = "proposed"  # words by the program; nobody has taken them as his own
    OPEN = "not yet known"
    NOT_NEEDED = "not needed"


class Before(msgspec.Struct, frozen=True, kw_only=True):
    """A value that an earlier report gave."""

    words: str
    number: int | None
    reported_at: datetime


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is said."""

    code: str  # stable: "confirmed"
    label: str
    words: str
    number: int | None = None
    at: datetime | None = None  # UTC
    language: str = ""  # of the words, where it is another than the report's
    was: tuple[Before, ...] = ()  # oldest first


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table."""

    code: str  # a country, a kind of data, a kind of viewer
    label: str
    numbers: tuple[int | None, ...]
    was: tuple[tuple[int | None, ...], ...] = ()  # the numbers of earlier reports where they differ, oldest first


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Figures by something."""

    code: str
    title: str
    head: tuple[str, ...]  # of the label, then of each number
    rows: tuple[Row, ...]
    note: str = ""


class Prose(msgspec.Struct, frozen=True, kw_only=True):
    """Sentences."""

    paragraphs: tuple[str, ...]
    by: Literal["person", "proposal"]
    language: str = ""


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """What is said to one item of the law's list."""

    item: str  # id of content.toml
    title: str
    state: State
    prose: Prose | None = None
    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    missing: tuple[str, ...] = ()  # "not yet known, because …"


class Open(msgspec.Struct, frozen=True, kw_only=True):
    """What the authority is not told yet, and why."""

    item: str
    title: str
    words: str
    expected_on: date | None = None


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What this report says otherwise than the one before."""

    item: str
    code: str
    title: str
    before: str
    now: str
    because: str = ""


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """A report before this one."""

    phase: Phase
    made_at: datetime
    digest: str  # SHA-256 of its JSON
    sent_at: datetime | None = None
    reference: str = ""  # which the authority gave it


class Law(msgspec.Struct, frozen=True, kw_only=True):
    """Under which rule, and how sure the rule is."""

    rule: str
    jurisdiction: str
    duty: DutyKind
    citation: str
    words: str  # what the law wants said, as the books have it
    status: Status
    not_confirmed: tuple[str, ...]
    digest: str  # of the books


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """How the report stands to its clock. Times are UTC."""

    words: str
    starts: str  # milestone
    starts_at: datetime | None
    because: str  # why it is this moment
    due_at: datetime | None
    is_late: bool | None  # None: nobody can say yet
    first_made_at: datetime  # of the first report, which the clock is for; when it was sent, where that is known


class Party(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A company, or somebody who answers for it. Only what was given."""

    name: str = ""
    function: str = ""
    address: str = ""
    email: str = ""
    phone: str = ""
    identifier: str = ""  # register or tax number


class TemplateField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of the EDPB common template, v1.0, which is not in force."""

    field: int
    section: str
    label: str  # in our words, English
    option: str  # letter of the chosen option; "" where the field is free
    words: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report to an authority."""

    schema: str = "spillkit:authority-report:1"
    version: int = VERSION
    tool: str
    language: str  # en, fr, it, de, es, ar
    zone: str  # in which the words write times
    word: Literal["incident", "breach"]  # "breach" only where the case holds a signed word
    phase: Phase
    sequence: int  # 1 for the first report
    is_complete: bool  # nothing is open
    made_at: datetime  # UTC
    incident: str
    reference: str  # the company's own
    entity: str
    company: Party
    to: tuple[str, ...]
    law: Law
    clock: Clock
    withdrawn_because: Prose | None
    open: tuple[Open, ...]
    changes: tuple[Change, ...]
    earlier: tuple[Earlier, ...]
    sections: tuple[Section, ...]
    template: tuple[TemplateField, ...]
    sources: tuple[str, ...]  # SHA-256 of what was measured, "sha256:…"
