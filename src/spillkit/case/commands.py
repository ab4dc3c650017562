"""What a person may ask of a case: one frozen value for each command.

In:    nothing.
Out:   Command and its kinds; msgspec reads them from JSON and refuses unknown names.
Else:  whether it may be, and what happens then, is `acts`.

A command brings the id that its event will have, so that a request that is sent twice counts once. A command that
rests on what somebody saw says so: `seen` is the version of the case that was looked at.
"""

from __future__ import annotations

import typing

import msgspec

from spillkit.case.events import (
    Accepted,
    Digest,
    DutyRef,
    Figure,
    Figures,
    Id,
    MailingAct,
    MailingName,
    Name,
    Phase,
    Share,
    Text,
    Utc,
    Whole,
    Word,
)
from spillkit.case.roles import Role
from spillkit.law.decision import Decided
from spillkit.law.facts import Facts


class Command(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="command", tag=True):
    """Something that is asked."""

    id: Id  # of the event that it makes: a random one, made where the person is asked


class Seen(Command, frozen=True, kw_only=True):
    """A command that rests on what was looked at."""

    seen: Whole  # the version of the case


# The life of the case


class OpenCase(Command, frozen=True, kw_only=True):
    case: Id
    title: Name
    incident: Whole | None = None
    discovered_at: Utc | None = None


class ProposeClose(Seen, frozen=True, kw_only=True):
    reason: Text


class Reopen(Seen, frozen=True, kw_only=True):
    reason: Text


class SetHold(Command, frozen=True, kw_only=True):
    reason: Text


class LiftHold(Command, frozen=True, kw_only=True):
    reason: Text


class GrantAccess(Command, frozen=True, kw_only=True):
    user: Id
    role: Role
    reason: Text


class RevokeAccess(Command, frozen=True, kw_only=True):
    user: Id
    reason: Text


# What is known


class RecordMeasurement(Command, frozen=True, kw_only=True):
    figures: Figures
    coverage: Share | None
    method: Text
    digest: Digest
    measured_at: Utc
    complete: bool = False


class CorrectFigure(Seen, frozen=True, kw_only=True):
    figure: Figure
    old: Whole | None
    new: Whole | None
    why: Text


class ChangeFacts(Seen, frozen=True, kw_only=True):
    facts: Facts
    why: Text


class AnswerQuestion(Seen, frozen=True, kw_only=True):
    question: Word
    answer: typing.Literal["yes", "no"]
    reason: Text


# Decisions


class ProposeAware(Seen, frozen=True, kw_only=True):
    aware_at: Utc
    reason: Text


class RecordDuties(Command, frozen=True, kw_only=True):
    """What the engine said of `case_facts`."""

    facts_digest: Digest
    decided: Decided


class ProposeDuty(Seen, frozen=True, kw_only=True):
    duty: DutyRef
    binds: bool
    reason: Text


class ProposeWord(Seen, frozen=True, kw_only=True):
    reason: Text


class ProposeReport(Seen, frozen=True, kw_only=True):
    report: Id
    digest: Digest
    reason: Text = ""


class ProposeMailing(Seen, frozen=True, kw_only=True):
    mailing: MailingName
    doing: MailingAct
    digest: Digest
    notices: Whole
    accepts: tuple[Accepted, ...] = ()
    reason: Text


class Sign(Seen, frozen=True, kw_only=True):
    """The second person says yes to a proposal."""

    proposal: Id


class Decline(Seen, frozen=True, kw_only=True):
    """Take a proposal back, or say no to it."""

    proposal: Id
    reason: Text


# What is done and said


class DraftReport(Command, frozen=True, kw_only=True):
    report: Id
    addressee: Word
    duties: tuple[DutyRef, ...]
    digest: Digest
    phase: Phase = Phase.FIRST
    follows: Id | None = None


class RecordSent(Command, frozen=True, kw_only=True):
    report: Id
    sent_at: Utc
    how: Text
    receipt: Name = ""


class WithdrawDraft(Command, frozen=True, kw_only=True):
    report: Id
    reason: Text


class RecordTold(Command, frozen=True, kw_only=True):
    duties: tuple[DutyRef, ...]
    people: Whole
    told_at: Utc
    how: Text


class RecordMet(Command, frozen=True, kw_only=True):
    duty: DutyRef
    met_at: Utc
    how: Text


class AddProtection(Command, frozen=True, kw_only=True):
    words: Text
    since: Utc | None = None
    public: bool = False


class AddTask(Command, frozen=True, kw_only=True):
    task: Id
    words: Text
    owner: Id
    due_at: Utc | None = None


class FinishTask(Command, frozen=True, kw_only=True):
    task: Id


class ReassignTask(Command, frozen=True, kw_only=True):
    task: Id
    was: Id  # the owner that was seen
    owner: Id
    due_at: Utc | None = None


class Attach(Command, frozen=True, kw_only=True):
    name: Name
    digest: Digest
    size_bytes: Whole


class AddNote(Command, frozen=True, kw_only=True):
    words: Text


class EraseTexts(Command, frozen=True, kw_only=True):
    """Destroy what a person wrote in an event, as a person may ask of the company (GDPR Art. 17)."""

    event: Id
    reason: Text


class RecordReminder(Command, frozen=True, kw_only=True):
    duty: DutyRef
    percent: int
    due_at: Utc


AnyCommand = (
    OpenCase
    | ProposeClose
    | Reopen
    | SetHold
    | LiftHold
    | GrantAccess
    | RevokeAccess
    | RecordMeasurement
    | CorrectFigure
    | ChangeFacts
    | AnswerQuestion
    | ProposeAware
    | RecordDuties
    | ProposeDuty
    | ProposeWord
    | ProposeReport
    | ProposeMailing
    | Sign
    | Decline
    | DraftReport
    | RecordSent
    | WithdrawDraft
    | RecordTold
    | RecordMet
    | AddProtection
    | AddTask
    | FinishTask
    | ReassignTask
    | Attach
    | AddNote
    | EraseTexts
    | RecordReminder
)
