"""What `measure` answers with: every number of the report as one frozen value.

In:    nothing.
Out:   Measurement and its parts; they turn into JSON as they are (msgspec).
Else:  counting is `facts`, `looked_at` and `estimate`; wording is `questions`; what an outsider may read is `audience`.

A number that may not be told to the reader at hand is None, and so is a number that nobody can know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from spillkit.cause.compare import Comparison, Traits
from spillkit.cause.incident import Change, Incident

Audience = Literal["internal", "authority", "public"]


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """How many people: confirmed ≤ estimate ≤ interval_high ≤ upper_bound, wherever these are known."""

    confirmed: int | None  # seen, with evidence that stands alone
    possible: int | None  # seen, but only a name or a value that several people share
    estimate: int | None  # confirmed, and the best guess of how many more the unseen answers hold
    interval_low: int | None
    interval_high: int | None
    level: float  # of the interval, 0.95
    upper_bound: int | None  # None: nobody can say
    unseen_allowance: int | None  # of the upper bound: the people that answers not looked at may hold
    complete: bool  # every answer on the routes in question was looked at
    method: str  # one sentence
    answers_looked_at: int | None = None  # on the routes in question
    answers_known: int | None = None  # on the routes in question, looked at or not


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table: a label, and the people behind it."""

    label: str  # "" where nobody knows
    confirmed: int | None
    possible: int | None


class ViewerCount(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of viewer: how many there are, and how many people they were shown."""

    kind: str
    viewers: int | None
    confirmed: int | None
    possible: int | None


class FieldSet(msgspec.Struct, frozen=True, kw_only=True):
    """People of whom exactly these fields were shown."""

    fields: tuple[str, ...]
    confirmed: int
    possible: int


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One route on which somebody was shown to a viewer who had no right to see them."""

    number: int  # from 1
    channel: str
    method: str | None
    route: str | None
    fields: tuple[str, ...]
    confirmed: int  # people
    possible: int
    viewers: int
    answers_exposed: int
    answers_looked_at: int
    answers_known: int  # looked at or not, as far as any source tells
    first_at: datetime | None
    last_at: datetime | None


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """One affected subject, by the company's own id."""

    subject: str
    confirmed_fields: tuple[str, ...]
    possible_fields: tuple[str, ...]
    first_at: datetime | None
    last_at: datetime | None
    viewers: int
    answers: int
    country: str
    account_type: str
    legal_entity: str


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """One slice of the histogram."""

    start_at: datetime
    answers: int | None
    people: int


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """When it was shown: slices without anybody are left out, so that a year of seconds stays small."""

    bin_seconds: int
    bins: tuple[Bin, ...]
    untimed_answers: int  # shown at a time that the recording does not tell


class Slice(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the coverage strip."""

    start_at: datetime
    known: int
    looked_at: int


class SourceCoverage(msgspec.Struct, frozen=True, kw_only=True):
    """What one recording held, and what of it was looked at."""

    source: str
    name: str  # as the manifest tells it; "" if it does not
    exchanges: int
    with_body: int
    with_viewer: int
    looked_at: int  # with a whole body and a known viewer
    damaged: int
    sampled_share: float  # the smallest of its slices
    is_log: bool  # an access log: tells how many answers there were, and shows none
    first_at: datetime | None
    last_at: datetime | None
    slices: tuple[Slice, ...]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """A stretch of time between two recorded minutes of which no source tells anything."""

    from_at: datetime
    to_at: datetime


class Damaged(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a recording that could not be read."""

    source: str
    entry: int | None
    offset: int | None
    reason: str
    lost_exchanges: int | None


class Coverage(msgspec.Struct, frozen=True, kw_only=True):
    """What was looked at. Answers that carry no body by their nature (HEAD, 204, 304) are counted apart."""

    known: int  # answers that any source tells of, sampling undone
    recorded: int  # answers in the recordings
    with_body: int
    with_viewer: int
    looked_at: int  # with a whole body and a known viewer
    damaged: int
    bodiless: int  # HEAD, 1xx, 204, 304
    lost: int  # answers in damaged parts, where the number is known
    lost_unknown: int  # damaged parts of which nobody can say how many answers they held
    share: float | None  # looked_at / (known + lost); None where nothing is known
    slice_seconds: int
    first_at: datetime | None
    last_at: datetime | None
    sources: tuple[SourceCoverage, ...]
    gaps: tuple[Gap, ...]
    damages: tuple[Damaged, ...]  # the first hundred
    damage_count: int


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was read."""

    source: str  # first 16 hex digits of its SHA-256
    name: str
    digest: str


class Earlier(msgspec.Struct, frozen=True, kw_only=True):
    """A figure given before, kept in sight."""

    measured_at: datetime
    confirmed: int | None
    possible: int | None
    estimate: int | None
    upper_bound: int | None
    answers: tuple[str, ...] = ()  # of the fourteen questions, in order


class IncidentSummary(msgspec.Struct, frozen=True, kw_only=True):
    """One incident as the report shows it."""

    words: str  # what caused it, in a few words
    confidence: Literal["confirmed", "possible", "unknown"]  # of the cause
    incident: Incident
    histogram: Histogram  # its exposed answers and people
    changes: tuple[Change, ...]  # of the changes file, those around it, oldest first
    traits: Traits | None  # what another workspace needs to compare; internal readers only


class FixProof(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a repair holds, as `spillkit fix verify` found. Kept as fix.json in the workspace, in JSON of exactly this type."""

    incident: int | None  # the number that it had when it was checked; None: all of them
    checked_at: datetime  # UTC
    replay_requests: int  # recorded requests that were sent again
    replay_crossed: int  # of these, answers that showed somebody to another; must be 0
    later_answers: int  # answers of the same routes, recorded after the repair and looked at
    later_exposed: int  # of these, exposed ones; must be 0
    upper_bound_95: (
        float | None
    )  # share of exposed answers after the repair, 0..1, at most; None: nothing was looked at
    coverage_share: float | None  # of the later answers on these routes, 0..1: with body and known viewer
    proven: bool  # both proofs are there
    not_yet: tuple[str, ...] = ()  # what is missing, in sentences; empty once it is proven


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the report says in numbers."""

    version: int
    tool: str
    measured_at: datetime
    audience: Audience
    people: Figure
    viewers: int | None
    answers_exposed: int | None
    undecided: (
        int | None
    )  # people in answers whose viewer nobody knows: perhaps shown to themselves; in no other number
    first_at: datetime | None  # first and last time that somebody was shown: confirmed ones where there are any
    last_at: datetime | None
    findings: tuple[Finding, ...]
    finding_count: int
    by_country: tuple[Count, ...]
    by_legal_entity: tuple[Count, ...]
    by_account_type: tuple[Count, ...]
    by_field: tuple[Count, ...]  # a person with two fields is in two lines
    by_viewer_kind: tuple[ViewerCount, ...]  # a person shown to two kinds is in two lines
    field_sets: tuple[FieldSet, ...]  # a person is in exactly one line
    field_set_count: int
    first_people: tuple[Person, ...]  # a few lines of the affected list, in order of their ids
    histogram: Histogram
    coverage: Coverage
    inputs: tuple[Input, ...]
    earlier: tuple[Earlier, ...]
    changed_at: tuple[datetime, ...]  # since when each of the fourteen answers is as it is; empty: since now
    withheld: tuple[str, ...]  # what this reader is not shown, in words
    incident: int | None = None  # these numbers are of this incident alone; None: of all exposures
    incidents: tuple[IncidentSummary, ...] | None = None  # None: no cause was looked for, or not for this reader
    fix: FixProof | None = None
    compared: tuple[Comparison, ...] = ()
    viewers_possible: int | None = 0  # of the viewers: those who were shown nobody for certain
    possible_outside: bool = False  # possible exposures lie before first_at or after last_at
