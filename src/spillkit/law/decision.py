"""What deciding answers with: one Duty for each rule, legal entity and population, with its reasons.

In:    nothing.
Out:   Outcome, Reason, Flip, Deadline, Duty, Severity, Decided; they turn into JSON as they are (msgspec).
Else:  deciding is `decide`.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from spillkit.law.floats import as_floats
from spillkit.law.phrases import Phrase
from spillkit.law.rule import DutyKind, Status

# What stands before a name in `Duty.not_confirmed` that was not read whole in an official list.
NAME_OF_AUTHORITY = "name of the authority: "
NAME_OF_ADDRESSEE = "name of the addressee: "


class Outcome(StrEnum):
    TRIGGERED = "triggered"
    NOT_TRIGGERED = "not triggered"
    ASK = "needs a human answer"


class Truth(StrEnum):
    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """One link of the chain: a condition, whether it holds, and why."""

    condition: str  # "More than 1,000 people in Japan"
    holds: Truth
    because: str  # "988 are confirmed, at most 1,014"
    source: str  # "APPI Rules Art. 7(4)"
    question: str = ""  # the id of the question that would settle it
    kind: str = ""  # force | sector | place | account | nobody | data | people | answer | exemption | authority
    said: tuple[Phrase, ...] = ()  # what `condition` and `because` were made from; (): by a Spillkit before 2026-11-22


class Flip(msgspec.Struct, frozen=True, kw_only=True):
    """One single further fact that would change the outcome."""

    words: str  # "13 more people in Japan"
    to: Outcome
    kind: str  # "field" | "people" | "account" | "answer"
    value: str  # "password" | "13", "-5" | "business" | "risk-unlikely=no"
    of: tuple[int, ...] = ()  # which populations of the facts it changes, from 0


class Contested(msgspec.Struct, frozen=True, kw_only=True):
    """A later end of a clock that is argued, and not sure."""

    due_at: datetime  # UTC
    words: str


class Deadline(msgspec.Struct, frozen=True, kw_only=True):
    """Until when."""

    words: str  # as the law says it
    starts: str  # name of the milestone
    starts_at: datetime | None  # UTC; None: not given yet
    due_at: datetime | None  # UTC; None: no fixed period, or the start is not given
    due_local: str = ""  # ISO 8601 with the zone's offset
    zone: str = ""
    contested: tuple[Contested, ...] = ()


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """What one rule says of one legal entity and the people it counts."""

    rule: str
    jurisdiction: str  # code
    jurisdiction_name: str
    entity: str
    duty: DutyKind
    outcome: Outcome
    people: int  # whom the rule counts: confirmed
    people_upper: int
    reasons: tuple[Reason, ...]
    flips: tuple[Flip, ...]
    deadline: (
        Deadline | None
    )  # None where it is not triggered; where that hangs on an answer, until when it would have to be met
    addressees: tuple[str, ...]  # official names
    order: str
    citation: str  # instrument and article
    status: Status  # of the row; anything but confirmed is shown
    not_confirmed: tuple[str, ...]
    note: str = ""

    @property
    def unsure_names(self) -> tuple[str, ...]:
        """Those of the addressees whose names were not read whole in an official list."""
        return tuple(
            part.removeprefix(before)
            for part in self.not_confirmed
            for before in (NAME_OF_AUTHORITY, NAME_OF_ADDRESSEE)
            if part.startswith(before)
        )


def says_the_same(one: Duty, other: Duty) -> bool:
    """Say whether two duties read alike: the phrases behind their words may be kept in another way."""
    return one == other or _as_read(one) == _as_read(other)


def _as_read(duty: Duty) -> Duty:
    return msgspec.structs.replace(
        duty, reasons=tuple(msgspec.structs.replace(reason, said=()) for reason in duty.reasons)
    )


class Factor(msgspec.Struct, frozen=True, kw_only=True):
    """One factor of the severity score, with the reason of its value."""

    name: str  # "DPC", "EI", "CB confidentiality", …
    value: float
    because: str
    value_upper: float | None = None  # where the facts leave it open: up to; None: it is this value
    not_confirmed: str = ""  # what of it is general knowledge
    said: Phrase | None = None  # what `because` was made from

    def __post_init__(self) -> None:
        as_floats(self, "value", "value_upper")


class Severity(msgspec.Struct, frozen=True, kw_only=True):
    """The ENISA score: one reason among others, never a decision (recommendations of 2013, v1.0)."""

    score: float
    band: str  # low | medium | high | very high
    score_upper: float | None = None  # where the facts leave it open: up to
    band_upper: str = ""  # of score_upper; "": the same
    factors: tuple[Factor, ...]
    flags: tuple[str, ...]
    words: str

    def __post_init__(self) -> None:
        as_floats(self, "score", "score_upper")


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was decided on one set of facts."""

    version: int  # 1
    decided_at: datetime  # UTC, as given
    law_digest: str  # of the data files that were used
    law_on: str  # ISO date by which "in force" was judged
    duties: tuple[Duty, ...]
    severity: Severity | None
    questions: tuple[str, ...]  # ids that humans must answer, most duties first
    words: str  # a proposal; nothing is decided until it is signed
    notes: tuple[str, ...] = ()  # what is odd about the facts, in sentences
