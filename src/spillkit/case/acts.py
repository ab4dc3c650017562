"""Decide what happens when somebody asks something of a case.

In:    a case, a command, who asks, and the time.
Out:   the events that follow, or a refusal that says why and what to do now.
Else:  adding events up is `fold`; keeping them is the server's, under the version that the case had, so that of two who write at
       once the second is told.

Nothing happens by default, and nothing by one person alone: the aware-time, the accepting or rejecting of a duty, a report, the
grave word and closing take a proposal and another person's signature. One of the two is an officer or counsel; neither is an agent,
an auditor or Spillkit itself.
"""

from __future__ import annotations

import re
import typing
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

import msgspec

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.fold import facts_digest
from spillkit.case.known import case_facts
from spillkit.case.roles import DECIDERS, HELPERS, KEEPERS, SIGNERS, Actor, Role
from spillkit.case.state import Case, Proposal, Report
from spillkit.case.words import KIND_WORDS
from spillkit.errors import ChangedSince, NotAllowed, NotNow, NotTaken, SecondNeeded
from spillkit.law.rule import DutyKind
from spillkit.printed import printable

_ID: str = typing.get_args(e.Id)[1].pattern
_READERS = KEEPERS | {Role.AGENT, Role.AUDITOR}

# Who may ask what. Signing is looked at again, as it depends on what is signed and by whom it was proposed.
MAY: dict[type[c.Command], frozenset[Role]] = {
    c.OpenCase: KEEPERS,
    c.ProposeClose: DECIDERS,
    c.Reopen: DECIDERS,
    c.SetHold: DECIDERS,
    c.LiftHold: frozenset({Role.COUNSEL}),
    c.GrantAccess: KEEPERS,
    c.RevokeAccess: DECIDERS,
    c.RecordMeasurement: KEEPERS,
    c.CorrectFigure: KEEPERS,
    c.ChangeFacts: KEEPERS,
    c.AnswerQuestion: DECIDERS,
    c.ProposeAware: KEEPERS,
    c.RecordDuties: KEEPERS,
    c.ProposeDuty: DECIDERS,
    c.ProposeWord: DECIDERS,
    c.ProposeReport: DECIDERS,
    c.Sign: SIGNERS,
    c.Decline: SIGNERS,
    c.DraftReport: KEEPERS,
    c.RecordSent: DECIDERS,
    c.WithdrawDraft: DECIDERS,
    c.RecordTold: DECIDERS,
    c.RecordMet: DECIDERS,
    c.AddProtection: KEEPERS,
    c.AddTask: HELPERS,
    c.FinishTask: HELPERS,
    c.ReassignTask: HELPERS,
    c.Attach: HELPERS,
    c.AddNote: HELPERS,
    c.EraseTexts: frozenset({Role.SYSTEM}),  # whoever runs the server, from its command line
    c.RecordReminder: frozenset({Role.SYSTEM}),
}

# Which events may follow.
MAKES: dict[type[c.Command], tuple[type[e.Event], ...]] = {
    c.OpenCase: (e.Opened,),
    c.ProposeClose: (e.CloseProposed,),
    c.Reopen: (e.Reopened,),
    c.SetHold: (e.HoldSet,),
    c.LiftHold: (e.HoldLifted,),
    c.GrantAccess: (e.AccessGranted,),
    c.RevokeAccess: (e.AccessRevoked,),
    c.RecordMeasurement: (e.Measured,),
    c.CorrectFigure: (e.Corrected,),
    c.ChangeFacts: (e.FactsChanged,),
    c.AnswerQuestion: (e.QuestionAnswered,),
    c.ProposeAware: (e.AwareProposed,),
    c.RecordDuties: (e.DutiesDecided,),
    c.ProposeDuty: (e.DutyProposed,),
    c.ProposeWord: (e.WordProposed,),
    c.ProposeReport: (e.ReportProposed,),
    c.Sign: (e.AwareSigned, e.DutyAccepted, e.DutyRejected, e.ReportApproved, e.WordSigned, e.Closed),
    c.Decline: (e.ProposalDeclined,),
    c.DraftReport: (e.ReportDrafted,),
    c.RecordSent: (e.ReportSent,),
    c.WithdrawDraft: (e.ReportWithdrawn,),
    c.RecordTold: (e.PeopleTold,),
    c.RecordMet: (e.DutyMet,),
    c.AddProtection: (e.ProtectionAdded,),
    c.AddTask: (e.TaskAdded,),
    c.FinishTask: (e.TaskDone,),
    c.ReassignTask: (e.TaskReassigned,),
    c.Attach: (e.AttachmentAdded,),
    c.AddNote: (e.NoteAdded,),
    c.EraseTexts: (e.TextsErased,),
    c.RecordReminder: (e.ReminderSent,),
}

_YEARS = range(1990, 2200)
# By what a duty can be met. Only the rest is met by somebody saying so (`RecordMet`).
_BY_REPORT = frozenset({DutyKind.NOTIFY_AUTHORITY, DutyKind.FOLLOW_UP, DutyKind.TELL_OTHERS})
_BY_TELLING = frozenset({DutyKind.TELL_PEOPLE})
_BY_WORD = frozenset({DutyKind.KEEP_RECORD, DutyKind.TELL_OTHERS})

# What goes on after a case was closed.
_AFTER_CLOSING = (c.Reopen, c.SetHold, c.LiftHold, c.GrantAccess, c.RevokeAccess, c.Attach, c.AddNote, c.EraseTexts)


def act(case: Case, command: c.Command, actor: Actor, now: datetime) -> tuple[e.Event, ...]:
    """Return what happens; nothing at all if it happened already under the same id, or changes nothing.

    now      UTC, as the clock says; where it says less than before, the event keeps both (`recorded_after`)
    Raises   NotAllowed, SecondNeeded, ChangedSince, NotNow, NotTaken
    """
    _check_values(command, actor, now)
    before = next((moment for moment in case.timeline if moment.id == command.id), None)
    if before is not None:
        if before.actor != actor.user or before.kind not in {e.kind_of(kind) for kind in MAKES[type(command)]}:
            raise NotTaken("This command has the id of something else that happened. Send it with a new id.")
        return ()
    _check_who(case, command, actor)
    made = _RULES[type(command)](case, command, actor, _Stamp(case, command, actor, now))
    if made is None:
        return ()
    try:
        size = len(e.encode(made))
    except UnicodeError as error:
        raise NotTaken("It holds characters that are no text. Type it again.") from error
    if size > e.EVENT_BYTES:
        raise NotTaken(f"This is longer than {e.EVENT_BYTES // 2**20} MiB. Attach it as a file instead.")
    return (made,)


def may_read(case: Case, actor: Actor) -> bool:
    """Return whether somebody may open the case: only who was given access to it, whatever the role."""
    return actor.role in _READERS and actor.user in case.access


def may_ask(case: Case, kind: type[c.Command], actor: Actor) -> bool:
    """Return whether a command is for this role and person at all: which buttons to show."""
    return actor.role in MAY[kind] and (kind is c.OpenCase or may_read(case, actor))


def may_sign(proposal: Proposal, actor: Actor) -> bool:
    """Return whether this person may be the second one of a proposal."""
    return actor.role in SIGNERS and actor.user != proposal.by.actor and bool({actor.role, proposal.by.role} & DECIDERS)


# Who asks, and whether the values can be taken


def _check_who(case: Case, command: c.Command, actor: Actor) -> None:
    allowed = MAY[type(command)]
    if actor.role not in allowed:
        who = ", ".join(sorted(role.value for role in allowed))
        raise NotAllowed(f"The role {actor.role.value} may not do this. Ask one of these: {who}.")
    if isinstance(command, c.OpenCase):
        return
    if case.status == "none":
        raise NotNow("There is no such case. Open it first.")
    if actor.role is not Role.SYSTEM and actor.user not in case.access:
        raise NotAllowed(
            "You have no access to this case. Ask somebody who works on it to give it to you, with the reason."
        )
    if case.status == "closed" and not isinstance(command, _AFTER_CLOSING):
        raise NotNow("The case is closed. Open it again first, with the reason.")


def _check_values(command: c.Command, actor: Actor, now: datetime) -> None:
    if now.tzinfo is None:
        raise NotTaken("The clock gives a time without a zone. Give the time in UTC.")
    _check_pattern(_ID, "actor", actor.user)
    for name, checks in _checks(type(command)).items():
        value = getattr(command, name)
        for check in checks:
            check(name, value)


@cache
def _checks(kind: type[c.Command]) -> dict[str, tuple[Callable[[str, Any], None], ...]]:
    """Return what to look at in each field, from the types of the command: the same limits as in a stored event."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return {name: tuple(_checks_of(hints[name])) for name in kind.__struct_fields__}


def _checks_of(hint: Any) -> Iterable[Callable[[str, Any], None]]:
    parts = [hint, *typing.get_args(hint)]
    for meta in (meta for part in parts for meta in getattr(part, "__metadata__", ())):
        if meta.max_length is not None:
            yield partial(_check_text, meta.max_length)
        if meta.pattern is not None:
            yield partial(_check_pattern, meta.pattern)
        if meta.tz:
            yield _check_zone
        if meta.ge is not None:
            yield partial(_check_range, meta.ge, meta.le)


def _check_text(most: int, name: str, value: Any) -> None:
    if not isinstance(value, str):
        return
    if len(value) > most:
        raise NotTaken(f"{name}: {len(value):,} characters are too many; {most:,} at most. Attach a file instead.")
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise NotTaken(f"{name}: it holds characters that are no text. Type it again.")


def _check_pattern(pattern: str, name: str, value: Any) -> None:
    if isinstance(value, str) and re.search(pattern, value) is None:
        raise NotTaken(
            f"{name}: this is no id. Letters, digits and _ . : - only, at most 64; for a digest 64 hex digits."
        )


def _check_zone(name: str, value: Any) -> None:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise NotTaken(f"{name}: in which time zone? Give the time with its offset, such as 2026-11-22T04:30:00+01:00.")
    if isinstance(value, datetime) and value.year not in _YEARS:
        raise NotTaken(f"{name}: check the year. Times from {_YEARS.start} to {_YEARS.stop - 1} can be reckoned with.")


def _check_range(low: float, high: float | None, name: str, value: Any) -> None:
    if value is not None and not (value >= low and (high is None or value <= high)):
        raise NotTaken(f"{name}: it must be {low} or more" + (f", and {high} at most." if high is not None else "."))


class _Stamp:
    """What every event says of its making, and what every command may be asked."""

    def __init__(self, case: Case, command: c.Command, actor: Actor, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        late = case.latest_at is not None and self.now < case.latest_at
        self.latest = max(self.now, case.latest_at) if case.latest_at else self.now
        self.head: dict[str, Any] = {
            "id": command.id,
            "at": self.now,
            "actor": actor.user,
            "role": actor.role,
            "recorded_after": case.latest_at if late else None,
        }

    def past(self, name: str, at: datetime) -> datetime:
        """Return a time in UTC that lies not ahead of the clock."""
        at = at.astimezone(UTC)
        if at > self.latest:
            raise NotTaken(f"{name}: this time lies ahead. Check the date, the zone and this machine's clock.")
        return at


def _check_seen(case: Case, command: c.Seen) -> None:
    """Refuse what rests on a view that is no longer so; what came in between without mattering is let pass."""
    if command.seen > case.version:
        raise ChangedSince("This was looked at in a version of the case that is not here. Load the page again.")
    if command.seen >= case.loud_version:
        return
    between = [moment for moment in case.timeline if moment.number > command.seen and moment.kind in KIND_WORDS]
    what = ", ".join(dict.fromkeys(KIND_WORDS[moment.kind] for moment in between))
    raise ChangedSince(f"Somebody changed this since you looked: {what}. Look again, and decide on what you see then.")


def _check_reason(text: str) -> None:
    if not text.strip():
        raise NotTaken("The reason is missing. Write in a sentence why; a regulator may read it.")


# One rule for each command


def _open(case: Case, command: c.OpenCase, actor: Actor, stamp: _Stamp) -> e.Event:
    if case.status != "none":
        raise NotNow("This case was opened already.")
    discovered = stamp.past("discovered_at", command.discovered_at) if command.discovered_at else None
    return e.Opened(
        **stamp.head,
        case=command.case,
        title=command.title,
        incident=command.incident,
        discovered_at=discovered,
    )


def _propose_close(case: Case, command: c.ProposeClose, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    _check_reason(command.reason)
    _check_closable(case)
    return e.CloseProposed(**stamp.head, reason=command.reason)


def _check_closable(case: Case) -> None:
    undecided = sum(
        1
        for state in case.duties
        if state.state == "proposed" and state.listed and state.duty.outcome != "not triggered"
    )
    if undecided:
        raise NotNow(
            f"{undecided:,} duties are neither accepted nor rejected. Decide them first: nothing is decided by closing."
        )
    open_duties = sum(1 for state in case.duties if state.state == "accepted" and state.met_at is None)
    if open_duties:
        raise NotNow(f"{open_duties:,} accepted duties are not done. Do them first, or decide anew, with the reason.")
    if case.open_tasks:
        raise NotNow(f"{len(case.open_tasks):,} tasks are not done. Finish them first.")


def _reopen(case: Case, command: c.Reopen, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_reason(command.reason)
    if case.status == "open":
        raise NotNow("The case is open.")
    return e.Reopened(**stamp.head, reason=command.reason)


def _set_hold(case: Case, command: c.SetHold, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_reason(command.reason)
    return e.HoldSet(**stamp.head, reason=command.reason)


def _lift_hold(case: Case, command: c.LiftHold, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_reason(command.reason)
    return e.HoldLifted(**stamp.head, reason=command.reason)


def _grant(case: Case, command: c.GrantAccess, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_reason(command.reason)
    if command.role is Role.SYSTEM:
        raise NotTaken("Access is given to people only.")
    known = case.access.get(command.user)
    if known is not None and known.role in DECIDERS and command.role not in DECIDERS:
        _check_left(case, command.user)
    return e.AccessGranted(**stamp.head, user=command.user, user_role=command.role, reason=command.reason)


def _revoke(case: Case, command: c.RevokeAccess, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_reason(command.reason)
    _check_left(case, command.user)
    return e.AccessRevoked(**stamp.head, user=command.user, reason=command.reason)


def _measure(case: Case, command: c.RecordMeasurement, actor: Actor, stamp: _Stamp) -> e.Event | None:
    _check_figures(command.figures)
    if case.figure is not None and (case.figure.digest, case.figure.corrected) == (command.digest, ""):
        return None  # The same measurement again says nothing new.
    return e.Measured(
        **stamp.head,
        figures=command.figures,
        coverage=command.coverage,
        method=command.method,
        digest=command.digest,
        measured_at=stamp.past("measured_at", command.measured_at),
        complete=command.complete,
    )


def _check_figures(figures: e.Figures) -> None:
    ordered = [value for value in (figures.confirmed, figures.estimate, figures.upper) if value is not None]
    if any(value < 0 for value in (*ordered, figures.possible or 0)) or ordered != sorted(ordered):
        raise NotTaken("The figures contradict each other: confirmed ≤ estimate ≤ at most must hold.")


def _correct(case: Case, command: c.CorrectFigure, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    _check_reason(command.why)
    row = case.figure
    if row is None:
        raise NotNow("Nothing was measured yet, so there is nothing to correct.")
    if getattr(row.figures, command.figure) != command.old:
        raise ChangedSince("The figure is another one by now. Look again, and correct what you see then.")
    _check_figures(msgspec.structs.replace(row.figures, **{command.figure.value: command.new}))
    return e.Corrected(**stamp.head, figure=command.figure, old=command.old, new=command.new, why=command.why)


def _change_facts(case: Case, command: c.ChangeFacts, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    _check_reason(command.why)
    return e.FactsChanged(**stamp.head, facts=command.facts, why=command.why)


def _answer(case: Case, command: c.AnswerQuestion, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    _check_reason(command.reason)
    if command.question.partition("@")[0] not in _questions(case):
        raise NotNow("The engine asks no such question here. Let it decide on the facts, and answer what it asks.")
    return e.QuestionAnswered(**stamp.head, question=command.question, answer=command.answer, reason=command.reason)


def _questions(case: Case) -> set[str]:
    """Every question on which something hangs here, by its id without the jurisdiction."""
    asked = {*(case.decided.questions if case.decided else ()), *case.answers}
    asked |= {reason.question for state in case.duties for reason in state.duty.reasons}
    return {question.partition("@")[0] for question in asked if question}


def _propose_aware(case: Case, command: c.ProposeAware, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    _check_reason(command.reason)
    return e.AwareProposed(**stamp.head, aware_at=stamp.past("aware_at", command.aware_at), reason=command.reason)


def _record_duties(case: Case, command: c.RecordDuties, actor: Actor, stamp: _Stamp) -> e.Event:
    facts = case_facts(case)
    if facts is None:
        raise NotNow("No facts are stated yet, so nothing can be decided on them. State the facts first.")
    if facts_digest(facts) != command.facts_digest:
        raise ChangedSince("The facts changed while the engine looked at them. Let it decide again.")
    refs = {e.DutyRef(duty.rule, duty.entity) for duty in command.decided.duties}
    if len(refs) != len(command.decided.duties):
        raise NotTaken(
            "One rule stands twice for one legal entity in what the engine said. Check the books with spillkit law check."
        )
    return e.DutiesDecided(**stamp.head, facts_digest=command.facts_digest, decided=command.decided)


def _propose_duty(case: Case, command: c.ProposeDuty, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    _check_reason(command.reason)
    _check_duties(case, (command.duty,))
    return e.DutyProposed(**stamp.head, duty=command.duty, binds=command.binds, reason=command.reason)


def _propose_word(case: Case, command: c.ProposeWord, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    _check_reason(command.reason)
    if case.word is not None:
        raise NotNow("Two people signed that already.")
    return e.WordProposed(**stamp.head, reason=command.reason)


def _propose_report(case: Case, command: c.ProposeReport, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    report = _report(case, command.report)
    if report.state != "draft":
        raise NotNow(f"This report is {report.state}. Draft another one.")
    if report.digest != command.digest:
        raise ChangedSince("The draft is another one by now. Read it again, and propose that one.")
    return e.ReportProposed(**stamp.head, report=command.report, digest=command.digest, reason=command.reason)


def _sign(case: Case, command: c.Sign, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    proposal = _proposal(case, command.proposal)
    if proposal.by.actor == actor.user:
        raise SecondNeeded("You proposed this yourself. Another person must sign it.")
    if not may_sign(proposal, actor):
        raise SecondNeeded("One of the two must be an officer or counsel. Ask one of them to sign.")
    head = {**stamp.head, "proposal": command.proposal}
    if proposal.kind == "aware" and proposal.aware_at is not None:
        return e.AwareSigned(**head, aware_at=proposal.aware_at)
    if proposal.kind == "duty" and proposal.duty is not None:
        return (e.DutyAccepted if proposal.binds else e.DutyRejected)(**head, duty=proposal.duty)
    if proposal.kind == "report":
        return e.ReportApproved(**head, report=proposal.report, digest=proposal.digest)
    if proposal.kind == "word":
        return e.WordSigned(**head)
    _check_closable(case)
    return e.Closed(**head)


def _decline(case: Case, command: c.Decline, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_seen(case, command)
    _check_reason(command.reason)
    _proposal(case, command.proposal)
    return e.ProposalDeclined(**stamp.head, proposal=command.proposal, reason=command.reason)


def _draft(case: Case, command: c.DraftReport, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_duties(case, command.duties, _BY_REPORT)
    before = case.report(command.report)
    if before is not None and before.state != "draft":
        raise NotNow(f"This report is {before.state}. Draft another one.")
    if (command.phase is e.Phase.FIRST) != (command.follows is None):
        raise NotTaken("A first report follows none; a follow-up or withdrawal names the report that it follows.")
    if command.follows is not None and _report(case, command.follows).state != "sent":
        raise NotNow("The report that this one follows was not sent, so there is nothing to follow up or withdraw.")
    return e.ReportDrafted(
        **stamp.head,
        report=command.report,
        addressee=command.addressee,
        duties=command.duties,
        phase=command.phase,
        digest=command.digest,
        follows=command.follows,
    )


def _sent(case: Case, command: c.RecordSent, actor: Actor, stamp: _Stamp) -> e.Event:
    report = _report(case, command.report)
    if report.state != "approved":
        raise NotNow(f"This report is {report.state}. Only what two people approved is sent.")
    return e.ReportSent(
        **stamp.head,
        report=command.report,
        sent_at=stamp.past("sent_at", command.sent_at),
        how=command.how,
        receipt=command.receipt,
    )


def _withdraw(case: Case, command: c.WithdrawDraft, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_reason(command.reason)
    report = _report(case, command.report)
    if report.state == "sent":
        raise NotNow("This report was sent. Draft a report of the phase “withdrawal”, and have two people approve it.")
    if report.state == "withdrawn":
        raise NotNow("This report is withdrawn already.")
    return e.ReportWithdrawn(**stamp.head, report=command.report, reason=command.reason)


def _told(case: Case, command: c.RecordTold, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_duties(case, command.duties, _BY_TELLING)
    return e.PeopleTold(
        **stamp.head,
        duties=command.duties,
        people=command.people,
        told_at=stamp.past("told_at", command.told_at),
        how=command.how,
    )


def _met(case: Case, command: c.RecordMet, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_duties(case, (command.duty,), _BY_WORD)
    return e.DutyMet(**stamp.head, duty=command.duty, met_at=stamp.past("met_at", command.met_at), how=command.how)


def _protect(case: Case, command: c.AddProtection, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_reason(command.words)
    since = command.since.astimezone(UTC) if command.since else None
    return e.ProtectionAdded(**stamp.head, words=command.words, since=since, public=command.public)


def _add_task(case: Case, command: c.AddTask, actor: Actor, stamp: _Stamp) -> e.Event:
    if case.task(command.task) is not None:
        raise NotNow("A task of this id is there already. Give it another id.")
    _check_owner(case, command.owner)
    due = command.due_at.astimezone(UTC) if command.due_at else None
    return e.TaskAdded(**stamp.head, task=command.task, words=command.words, owner=command.owner, due_at=due)


def _finish_task(case: Case, command: c.FinishTask, actor: Actor, stamp: _Stamp) -> e.Event:
    _open_task(case, command.task)
    return e.TaskDone(**stamp.head, task=command.task)


def _reassign(case: Case, command: c.ReassignTask, actor: Actor, stamp: _Stamp) -> e.Event:
    if _open_task(case, command.task) != command.was:
        raise ChangedSince("The task went to somebody else since you looked. Look again.")
    _check_owner(case, command.owner)
    due = command.due_at.astimezone(UTC) if command.due_at else None
    return e.TaskReassigned(**stamp.head, task=command.task, owner=command.owner, due_at=due)


def _attach(case: Case, command: c.Attach, actor: Actor, stamp: _Stamp) -> e.Event:
    return e.AttachmentAdded(**stamp.head, name=command.name, digest=command.digest, size_bytes=command.size_bytes)


def _note(case: Case, command: c.AddNote, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_reason(command.words)
    return e.NoteAdded(**stamp.head, words=command.words)


def _remind(case: Case, command: c.RecordReminder, actor: Actor, stamp: _Stamp) -> e.Event:
    _check_duties(case, (command.duty,))
    return e.ReminderSent(
        **stamp.head, duty=command.duty, percent=command.percent, due_at=command.due_at.astimezone(UTC)
    )


def _erase(case: Case, command: c.EraseTexts, actor: Actor, stamp: _Stamp) -> e.Event | None:
    _check_reason(command.reason)
    if case.hold is not None:
        raise NotNow(
            f"A legal hold is on this case since {case.hold.at:%Y-%m-%d}: nothing of it is erased. Ask counsel to lift it in the "
            "room, under “Team and tasks”, with the reason."
        )
    erased = next((moment for moment in case.timeline if moment.id == command.event), None)
    if erased is None:
        raise NotNow("The case has no such event. The timeline shows the number of each.")
    if case.proposal(command.event) is not None:
        raise NotNow(
            "That event waits for a second person, who must read what it says. Have it signed or declined first."
        )
    if command.event in case.erased:
        return None
    return e.TextsErased(**stamp.head, erased=erased.id, erased_number=erased.number, reason=command.reason)


# What the rules share


def _proposal(case: Case, proposal: str) -> Proposal:
    found = case.proposal(proposal)
    if found is None:
        raise NotNow(
            "No such proposal waits. It was signed, declined, replaced by another, or it lapsed because what it was about changed."
        )
    return found


def _report(case: Case, report: str) -> Report:
    found = case.report(report)
    if found is None:
        raise NotNow("The case has no such report. Draft it first.")
    return found


def _open_task(case: Case, task: str) -> str:
    found = case.task(task)
    if found is None or found.done is not None:
        raise NotNow("No such task is open. Look at the list of tasks again.")
    return found.owner


def _check_owner(case: Case, owner: str) -> None:
    if owner not in case.access:
        raise NotNow("The owner of a task must have access to the case. Give access first, with the reason.")


def _check_left(case: Case, without: str) -> None:
    """Somebody who may decide must be left."""
    if not any(member.role in DECIDERS for member in case.access.values() if member.user != without):
        raise NotNow("Then nobody would be left who may decide. Give access to another officer or counsel first.")


def _check_duties(case: Case, refs: Iterable[e.DutyRef], kinds: frozenset[DutyKind] = frozenset(DutyKind)) -> None:
    for ref in refs:
        state = case.duty(ref)
        if state is None:
            raise NotNow("The case has no such duty. Let the engine decide on the facts first.")
        if state.duty.duty not in kinds:
            raise NotNow(
                f"The duty {printable(ref.rule)} is of the kind “{state.duty.duty.value}” and is not met in this way: an authority "
                "is told by a report that two people approve, people by telling them, a record by writing down that it is kept."
            )


_RULES: dict[type[c.Command], Callable[[Case, Any, Actor, _Stamp], e.Event | None]] = {
    c.OpenCase: _open,
    c.ProposeClose: _propose_close,
    c.Reopen: _reopen,
    c.SetHold: _set_hold,
    c.LiftHold: _lift_hold,
    c.GrantAccess: _grant,
    c.RevokeAccess: _revoke,
    c.RecordMeasurement: _measure,
    c.CorrectFigure: _correct,
    c.ChangeFacts: _change_facts,
    c.AnswerQuestion: _answer,
    c.ProposeAware: _propose_aware,
    c.RecordDuties: _record_duties,
    c.ProposeDuty: _propose_duty,
    c.ProposeWord: _propose_word,
    c.ProposeReport: _propose_report,
    c.Sign: _sign,
    c.Decline: _decline,
    c.DraftReport: _draft,
    c.RecordSent: _sent,
    c.WithdrawDraft: _withdraw,
    c.RecordTold: _told,
    c.RecordMet: _met,
    c.AddProtection: _protect,
    c.AddTask: _add_task,
    c.FinishTask: _finish_task,
    c.ReassignTask: _reassign,
    c.Attach: _attach,
    c.AddNote: _note,
    c.EraseTexts: _erase,
    c.RecordReminder: _remind,
}
