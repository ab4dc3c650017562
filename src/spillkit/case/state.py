"""What a case is now, as one frozen value.

In:    nothing.
Out:   Case and its parts; they turn into JSON as they are (msgspec), so that a case can be kept and gone on with.
Else:  adding up events is `fold`; what runs against the clock is `clocks`; the fourteen cells are `questions`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from spillkit.case.events import DutyRef, Figures, MailingAct, Phase
from spillkit.case.roles import Role
from spillkit.law.decision import Decided, Duty, says_the_same
from spillkit.law.facts import Facts


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """Who said so, and when."""

    event: str
    actor: str
    role: Role
    at: datetime
    number: int  # of the event in the case, from 1
    reason: str = ""


ProposalKind = Literal["aware", "duty", "report", "word", "mailing", "close"]


class Proposal(msgspec.Struct, frozen=True, kw_only=True):
    """A decision that waits for a second person."""

    kind: ProposalKind
    by: Signature
    aware_at: datetime | None = None
    duty: DutyRef | None = None
    binds: bool | None = None
    report: str = ""
    digest: str = ""  # of the report; of a mailing, what `MailingProposed` says
    mailing: str = ""
    doing: MailingAct | None = None
    notices: int = 0
    accepts: tuple[str, ...] = ()


class Aware(msgspec.Struct, frozen=True, kw_only=True):
    """When the company became aware, signed by two."""

    aware_at: datetime
    first: Signature
    second: Signature


class FigureRow(msgspec.Struct, frozen=True, kw_only=True):
    """The figures as they were given at one time. Rows are added, never changed."""

    figures: Figures
    coverage: float | None
    method: str
    digest: str  # of the measurement
    measured_at: datetime
    complete: bool
    number: int  # of the event
    corrected: str = ""  # the figure that was corrected; "": a measurement
    why: str = ""


class DutyState(msgspec.Struct, frozen=True, kw_only=True):
    """One duty, what the engine says of it, and what people decided."""

    duty: Duty  # as the engine says it last
    state: Literal["proposed", "accepted", "rejected"] = "proposed"  # proposed: nobody decided yet
    first: Signature | None = None
    second: Signature | None = None
    signed: Duty | None = None  # as it stood when it was signed
    listed: bool = True  # False: the engine no longer lists it
    met_at: datetime | None = None
    met_by: str = ""  # id of the event

    @property
    def ref(self) -> DutyRef:
        """Which duty."""
        return DutyRef(self.duty.rule, self.duty.entity)

    @property
    def has_moved(self) -> bool:
        """Whether the engine says something else than when it was signed: look again."""
        return self.signed is not None and (not self.listed or not says_the_same(self.signed, self.duty))


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that only a human could give."""

    answer: str
    by: Signature


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report to an authority."""

    report: str
    addressee: str
    duties: tuple[DutyRef, ...]
    phase: Phase
    digest: str
    drafted: Signature
    figures_number: int  # the event whose figures it was drafted on; 0: none
    state: Literal["draft", "approved", "sent", "withdrawn"] = "draft"
    first: Signature | None = None
    second: Signature | None = None
    sent_at: datetime | None = None
    sent: Signature | None = None
    receipt: str = ""
    follows: str | None = None


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """People were told."""

    duties: tuple[DutyRef, ...]
    people: int
    told_at: datetime
    how: str
    by: Signature


class MailingDecision(msgspec.Struct, frozen=True, kw_only=True):
    """Two people decided something about a mailing. Asking for it is `mailings.signed`."""

    mailing: str
    doing: MailingAct
    digest: str  # of the plan, or of the ids of the notices: see `MailingProposed`
    notices: int
    accepts: tuple[str, ...]  # what they let pass although a check speaks against it: unread:it, contradiction:3f0a…
    first: Signature
    second: Signature

    @property
    def at(self) -> datetime:
        """Since when it counts, UTC."""
        return self.second.at

    @property
    def event(self) -> str:
        """The id of the event that made it count."""
        return self.second.event


class Protection(msgspec.Struct, frozen=True, kw_only=True):
    """What is done to protect people."""

    words: str
    since: datetime | None
    public: bool
    by: Signature


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """Something to do."""

    task: str
    words: str
    owner: str
    due_at: datetime | None
    added: Signature
    done: Signature | None = None


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file, by its digest."""

    name: str
    digest: str
    size_bytes: int
    by: Signature


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote down."""

    words: str
    by: Signature


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who needs to know."""

    user: str
    role: Role
    granted: Signature


class Reminded(msgspec.Struct, frozen=True, kw_only=True):
    """A reminder that was sent."""

    duty: DutyRef
    percent: int
    due_at: datetime


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the timeline. What people wrote is not in it: it points to the event."""

    number: int
    id: str
    kind: str  # as JSON names the event
    at: datetime
    recorded_after: datetime | None
    actor: str
    role: Role
    digest: str  # of the event
    about: dict[str, str] = {}  # small values for the sentence


class Case(msgspec.Struct, frozen=True, kw_only=True):
    """An incident's life up to its last event. `version` is the number of that event; 0: there is no case yet."""

    version: int = 0
    loud_version: int = 0  # of the last event that a decision may rest on
    id: str = ""
    title: str = ""
    incident: int | None = None
    opened: Signature | None = None
    discovered_at: datetime | None = None
    status: Literal["none", "open", "closed"] = "none"
    closed: tuple[Signature, Signature] | None = None
    reopened: tuple[Signature, ...] = ()
    latest_at: datetime | None = None  # the latest time that any event's clock said
    aware: Aware | None = None
    earlier_aware: tuple[Aware, ...] = ()
    figures: tuple[FigureRow, ...] = ()  # oldest first; the last is the one that counts
    facts: Facts | None = None
    facts_number: int = 0
    decided: Decided | None = None  # what the engine said last; its duties stand in `duties` alone
    decided_number: int = 0
    decided_facts: str = ""  # digest of the facts that it was decided on
    duties: tuple[DutyState, ...] = ()
    answers: dict[str, Answered] = {}
    word: tuple[Signature, Signature] | None = None
    proposals: tuple[Proposal, ...] = ()  # waiting for a second person
    reports: tuple[Report, ...] = ()
    told: tuple[Told, ...] = ()
    mailings: tuple[MailingDecision, ...] = ()  # oldest first
    protections: tuple[Protection, ...] = ()
    tasks: tuple[Task, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    notes: tuple[Note, ...] = ()
    access: dict[str, Member] = {}
    hold: Signature | None = None
    reminders: tuple[Reminded, ...] = ()
    erased: dict[str, Signature] = {}  # id of an event whose texts were destroyed, to when that was
    timeline: tuple[Moment, ...] = ()

    @property
    def figure(self) -> FigureRow | None:
        """The figures that count now."""
        return self.figures[-1] if self.figures else None

    @property
    def facts_lag(self) -> bool:
        """Whether figures were given after the facts were stated: state them again."""
        return self.facts is not None and bool(self.figures) and self.figures[-1].number > self.facts_number

    @property
    def engine_said(self) -> Decided | None:
        """What the engine said last, whole."""
        listed = tuple(state.duty for state in self.duties if state.listed)
        return msgspec.structs.replace(self.decided, duties=listed) if self.decided else None

    @property
    def open_questions(self) -> tuple[str, ...]:
        """What the engine asks and nobody answered yet, most duties first."""
        asked = self.decided.questions if self.decided else ()
        return tuple(question for question in asked if question not in self.answers)

    @property
    def open_tasks(self) -> tuple[Task, ...]:
        """What is not done, soonest first."""
        still = [task for task in self.tasks if task.done is None]
        return tuple(
            sorted(still, key=lambda task: (task.due_at is None, task.due_at or task.added.at, task.added.number))
        )

    def duty(self, ref: DutyRef) -> DutyState | None:
        """Return one duty, if the case has it."""
        return next((state for state in self.duties if state.ref == ref), None)

    def report(self, report: str) -> Report | None:
        """Return one report, if the case has it."""
        return next((each for each in self.reports if each.report == report), None)

    def task(self, task: str) -> Task | None:
        """Return one task, if the case has it."""
        return next((each for each in self.tasks if each.task == task), None)

    def proposal(self, proposal: str) -> Proposal | None:
        """Return a proposal that waits, by the id of its event."""
        return next((each for each in self.proposals if each.by.event == proposal), None)
