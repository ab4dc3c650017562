"""Add up events to what a case is now.

In:    events in the order in which they happened, and a case to go on from.
Out:   the case after them. The same events give the same case; an event that comes twice counts once.
Else:  which event may follow is `acts`. What must never be (a decision by one person, a figure without its history) is refused
       here too, so that altered events are noticed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from spillkit.case.events import (
    QUIET,
    AccessGranted,
    AccessRevoked,
    AttachmentAdded,
    AwareProposed,
    AwareSigned,
    Closed,
    CloseProposed,
    Corrected,
    DutiesDecided,
    DutyAccepted,
    DutyMet,
    DutyProposed,
    DutyRef,
    DutyRejected,
    Event,
    FactsChanged,
    HoldLifted,
    HoldSet,
    Measured,
    NoteAdded,
    Opened,
    PeopleTold,
    Phase,
    ProposalDeclined,
    ProtectionAdded,
    QuestionAnswered,
    ReminderSent,
    Reopened,
    ReportApproved,
    ReportDrafted,
    ReportProposed,
    ReportSent,
    ReportWithdrawn,
    TaskAdded,
    TaskDone,
    TaskReassigned,
    TextsErased,
    WordProposed,
    WordSigned,
    bare_facts,
    digest,
    kind_of,
)
from spillkit.case.roles import DECIDERS, SIGNERS
from spillkit.case.state import (
    Answered,
    Attachment,
    Aware,
    Case,
    DutyState,
    FigureRow,
    Member,
    Moment,
    Note,
    Proposal,
    ProposalKind,
    Protection,
    Reminded,
    Report,
    Signature,
    Task,
    Told,
)
from spillkit.errors import CaseDamaged
from spillkit.law.facts import Facts

EMPTY = Case()

_changed = msgspec.structs.replace


def fold(events: Iterable[Event], case: Case = EMPTY) -> Case:
    """Return the case after all events.

    case    to go on from; by default there is none yet
    Raises  CaseDamaged if an event cannot follow those before it, or one id stands for two different events
    """
    seen = {moment.id: moment.digest for moment in case.timeline}
    for event in events:
        named = digest(event)
        if event.id in seen:
            _must(seen[event.id] == named, event, "its id stands for another event already")
            continue
        case = _add(case, event, named)
        seen[event.id] = named
    return case


def apply(case: Case, event: Event) -> Case:
    """Return the case after one more event; the same case if it has it already."""
    return fold((event,), case)


def about(event: Event) -> dict[str, str]:
    """Return small values for a sentence of the timeline; nothing that a person wrote."""
    match event:
        case Measured():
            return {"confirmed": _said(event.figures.confirmed), "upper": _said(event.figures.upper)}
        case Corrected():
            return {"figure": event.figure.value, "old": _said(event.old), "new": _said(event.new)}
        case AwareProposed() | AwareSigned():
            return {"aware_at": event.aware_at.isoformat()}
        case QuestionAnswered():
            return {"question": event.question, "answer": event.answer}
        case DutiesDecided():
            return {"duties": str(len(event.decided.duties)), "law": event.decided.law_digest[:12]}
        case DutyProposed():
            return {**_duty_words(event.duty), "binds": "yes" if event.binds else "no"}
        case DutyAccepted() | DutyRejected() | DutyMet():
            return _duty_words(event.duty)
        case ReminderSent():
            return {**_duty_words(event.duty), "percent": str(event.percent)}
        case ReportDrafted():
            return {"report": event.report, "addressee": event.addressee, "phase": event.phase.value}
        case ReportProposed() | ReportApproved() | ReportSent() | ReportWithdrawn():
            return {"report": event.report}
        case PeopleTold():
            return {"people": str(event.people)}
        case TaskAdded() | TaskReassigned():
            return {"task": event.task, "owner": event.owner}
        case TaskDone():
            return {"task": event.task}
        case AttachmentAdded():
            return {"digest": event.digest, "bytes": str(event.size_bytes)}
        case TextsErased():
            return {"number": str(event.erased_number)}
        case AccessGranted():
            return {"user": event.user, "role": event.user_role.value}
        case AccessRevoked():
            return {"user": event.user}
        case _:
            return {}


def facts_digest(facts: Facts) -> str:
    """Return the SHA-256 of facts as JSON: what a decision was made on.

    It stands in the case for ever, so what a person wrote is not in it (see `events.digest`). The aware-time's words are the case's
    own: whether it is signed.
    """
    milestones = dict(bare_facts(facts).milestones)
    if "aware" in facts.milestones:
        milestones["aware"] = facts.milestones["aware"]
    kept = _changed(facts, milestones=milestones)
    return hashlib.sha256(msgspec.json.encode(kept, order="deterministic")).hexdigest()


def _add(case: Case, event: Event, named: str) -> Case:
    if isinstance(event, Opened):
        _must(case.status == "none", event, "the case was opened already")
    else:
        _must(case.status != "none", event, "the case was never opened")
        _must(case.status == "open" or isinstance(event, (Reopened, *QUIET)), event, "the case is closed")
    number = case.version + 1
    made = _RULES[type(event)](case, event, number)
    is_quiet = isinstance(event, QUIET)
    return _changed(
        made,
        version=number,
        loud_version=case.loud_version if is_quiet else number,
        latest_at=max(event.at, case.latest_at) if case.latest_at else event.at,
        timeline=(
            *case.timeline,
            Moment(
                number=number,
                id=event.id,
                kind=kind_of(event),
                at=event.at,
                recorded_after=event.recorded_after,
                actor=event.actor,
                role=event.role,
                digest=named,
                about=about(event),
            ),
        ),
    )


def _must(holds: bool, event: Event, otherwise: str) -> None:
    if not holds:
        raise _damaged(event, otherwise)


def _damaged(event: Event, why: str) -> CaseDamaged:
    return CaseDamaged(
        f"Event {event.id} ({kind_of(event)}) cannot stand where it stands: {why}. Check the record with spillkit prove verify."
    )


def _signature(event: Event, number: int) -> Signature:
    return Signature(
        event=event.id,
        actor=event.actor,
        role=event.role,
        at=event.at,
        number=number,
        reason=str(getattr(event, "reason", "")),
    )


# The life of the case


def _opened(case: Case, event: Opened, number: int) -> Case:
    by = _signature(event, number)
    return _changed(
        case,
        id=event.case,
        title=event.title,
        incident=event.incident,
        discovered_at=event.discovered_at,
        opened=by,
        status="open",
        access={event.actor: Member(user=event.actor, role=event.role, granted=by)},
    )


def _reopened(case: Case, event: Reopened, number: int) -> Case:
    _must(case.status == "closed", event, "the case is open")
    return _changed(case, status="open", closed=None, reopened=(*case.reopened, _signature(event, number)))


def _closed(case: Case, event: Closed, number: int) -> Case:
    first, second = _two(case, event, event.proposal, "close", number)
    return _changed(case, status="closed", closed=(first.by, second), proposals=())


def _hold_set(case: Case, event: HoldSet, number: int) -> Case:
    return _changed(case, hold=_signature(event, number))


def _hold_lifted(case: Case, event: HoldLifted, number: int) -> Case:
    return _changed(case, hold=None)


def _access_granted(case: Case, event: AccessGranted, number: int) -> Case:
    member = Member(user=event.user, role=event.user_role, granted=_signature(event, number))
    return _changed(case, access={**case.access, event.user: member})


def _access_revoked(case: Case, event: AccessRevoked, number: int) -> Case:
    # What somebody proposed who has no access any more lapses: a second person would stand there alone.
    return _changed(
        case,
        access={user: member for user, member in case.access.items() if user != event.user},
        proposals=tuple(proposal for proposal in case.proposals if proposal.by.actor != event.user),
    )


# What is known


def _measured(case: Case, event: Measured, number: int) -> Case:
    row = FigureRow(
        figures=event.figures,
        coverage=event.coverage,
        method=event.method,
        digest=event.digest,
        measured_at=event.measured_at,
        complete=event.complete,
        number=number,
    )
    return _changed(case, figures=(*case.figures, row))


def _corrected(case: Case, event: Corrected, number: int) -> Case:
    now = case.figure
    if now is None:
        raise _damaged(event, "no figure was measured before")
    _must(getattr(now.figures, event.figure) == event.old, event, "the figure that it corrects is another one")
    row = _changed(
        now,
        figures=_changed(now.figures, **{event.figure.value: event.new}),
        number=number,
        corrected=event.figure.value,
        why=event.why,
    )
    return _changed(case, figures=(*case.figures, row))


def _facts_changed(case: Case, event: FactsChanged, number: int) -> Case:
    return _changed(case, facts=event.facts, facts_number=number)


def _answered(case: Case, event: QuestionAnswered, number: int) -> Case:
    answer = Answered(answer=event.answer, by=_signature(event, number))
    return _changed(case, answers={**case.answers, event.question: answer})


# Decisions


def _aware_proposed(case: Case, event: AwareProposed, number: int) -> Case:
    return _propose(case, Proposal(kind="aware", by=_signature(event, number), aware_at=event.aware_at))


def _aware_signed(case: Case, event: AwareSigned, number: int) -> Case:
    proposal, second = _two(case, event, event.proposal, "aware", number)
    _must(proposal.aware_at == event.aware_at, event, "another time was proposed")
    aware = Aware(aware_at=event.aware_at, first=proposal.by, second=second)
    earlier = (*case.earlier_aware, case.aware) if case.aware else case.earlier_aware
    return _changed(_without(case, proposal), aware=aware, earlier_aware=earlier)


def _duties_decided(case: Case, event: DutiesDecided, number: int) -> Case:
    said = {DutyRef(duty.rule, duty.entity): duty for duty in event.decided.duties}
    _must(len(said) == len(event.decided.duties), event, "one duty is in it twice")
    known = {state.ref: state for state in case.duties}
    duties = []
    for ref, duty in said.items():  # In the engine's order: what is most urgent comes first.
        before = known.pop(ref, None)
        duties.append(_changed(before, duty=duty, listed=True) if before else DutyState(duty=duty))
    for state in known.values():
        if state.state != "proposed" or state.met_at is not None:
            duties.append(_changed(state, listed=False))  # What was decided stays in sight.
    made = _changed(
        case,
        decided=_changed(event.decided, duties=()),
        decided_number=number,
        decided_facts=event.facts_digest,
        duties=tuple(duties),
    )
    # A proposal on a duty that now reads otherwise lapses: the second person would sign something else than the first saw.
    kept = []
    for proposal in case.proposals:
        if proposal.duty is not None:
            before, after = case.duty(proposal.duty), made.duty(proposal.duty)
            if before is None or after is None or before.duty != after.duty or before.listed != after.listed:
                continue
        kept.append(proposal)
    return _changed(made, proposals=tuple(kept))


def _duty_proposed(case: Case, event: DutyProposed, number: int) -> Case:
    _must(case.duty(event.duty) is not None, event, "the case has no such duty")
    return _propose(case, Proposal(kind="duty", by=_signature(event, number), duty=event.duty, binds=event.binds))


def _duty_signed(case: Case, event: DutyAccepted | DutyRejected, number: int) -> Case:
    proposal, second = _two(case, event, event.proposal, "duty", number)
    _must(proposal.duty == event.duty, event, "another duty was proposed")
    binds = isinstance(event, DutyAccepted)
    _must(proposal.binds is binds, event, "the opposite was proposed")
    return _with_duty(
        _without(case, proposal),
        event,
        event.duty,
        lambda state: _changed(
            state, state="accepted" if binds else "rejected", first=proposal.by, second=second, signed=state.duty
        ),
    )


def _duty_met(case: Case, event: DutyMet, number: int) -> Case:
    return _with_duty(case, event, event.duty, lambda state: _met(state, event.met_at, event.id))


def _word_proposed(case: Case, event: WordProposed, number: int) -> Case:
    return _propose(case, Proposal(kind="word", by=_signature(event, number)))


def _word_signed(case: Case, event: WordSigned, number: int) -> Case:
    proposal, second = _two(case, event, event.proposal, "word", number)
    return _changed(_without(case, proposal), word=(proposal.by, second))


def _close_proposed(case: Case, event: CloseProposed, number: int) -> Case:
    return _propose(case, Proposal(kind="close", by=_signature(event, number)))


def _declined(case: Case, event: ProposalDeclined, number: int) -> Case:
    proposal = case.proposal(event.proposal)
    _must(proposal is not None, event, "no such proposal waits")
    return _without(case, proposal) if proposal else case


# What is said, to whom


def _report_drafted(case: Case, event: ReportDrafted, number: int) -> Case:
    before = case.report(event.report)
    _must(before is None or before.state == "draft", event, "that report is past drafting")
    followed = case.report(event.follows) if event.follows else None
    _must(
        (event.phase is Phase.FIRST) == (event.follows is None) and (event.follows is None or followed is not None),
        event,
        "it follows no report, or should follow one",
    )
    report = Report(
        report=event.report,
        addressee=event.addressee,
        duties=event.duties,
        phase=event.phase,
        digest=event.digest,
        drafted=_signature(event, number),
        figures_number=case.figures[-1].number if case.figures else 0,
        follows=event.follows,
    )
    others = tuple(each for each in case.reports if each.report != event.report)
    kept = tuple(proposal for proposal in case.proposals if proposal.report != event.report)
    return _changed(case, reports=(*others, report), proposals=kept)


def _report_proposed(case: Case, event: ReportProposed, number: int) -> Case:
    report = case.report(event.report)
    _must(report is not None and report.state == "draft", event, "no such draft")
    _must(report is not None and report.digest == event.digest, event, "the draft is another one")
    return _propose(
        case, Proposal(kind="report", by=_signature(event, number), report=event.report, digest=event.digest)
    )


def _report_approved(case: Case, event: ReportApproved, number: int) -> Case:
    proposal, second = _two(case, event, event.proposal, "report", number)
    _must((proposal.report, proposal.digest) == (event.report, event.digest), event, "another draft was proposed")
    return _with_report(
        _without(case, proposal),
        event,
        event.report,
        lambda report: _changed(report, state="approved", first=proposal.by, second=second),
    )


def _report_sent(case: Case, event: ReportSent, number: int) -> Case:
    report = case.report(event.report)
    if report is None or report.state != "approved":
        raise _damaged(event, "two people did not approve that report")
    sent = _signature(event, number)
    made = _with_report(
        case,
        event,
        event.report,
        lambda each: _changed(each, state="sent", sent_at=event.sent_at, sent=sent, receipt=event.receipt),
    )
    if report.phase is Phase.WITHDRAWAL and report.follows:
        return _with_report(made, event, report.follows, lambda each: _changed(each, state="withdrawn"))
    for ref in report.duties:
        made = _with_duty(made, event, ref, lambda state: _met(state, event.sent_at, event.id))
    return made


def _report_withdrawn(case: Case, event: ReportWithdrawn, number: int) -> Case:
    report = case.report(event.report)
    _must(report is not None and report.state in ("draft", "approved"), event, "it was sent, or is not there")
    kept = tuple(proposal for proposal in case.proposals if proposal.report != event.report)
    return _with_report(
        _changed(case, proposals=kept), event, event.report, lambda each: _changed(each, state="withdrawn")
    )


def _people_told(case: Case, event: PeopleTold, number: int) -> Case:
    told = Told(
        duties=event.duties,
        people=event.people,
        told_at=event.told_at,
        how=event.how,
        by=_signature(event, number),
    )
    made = _changed(case, told=(*case.told, told))
    for ref in event.duties:
        made = _with_duty(made, event, ref, lambda state: _met(state, event.told_at, event.id))
    return made


def _protection_added(case: Case, event: ProtectionAdded, number: int) -> Case:
    added = Protection(words=event.words, since=event.since, public=event.public, by=_signature(event, number))
    return _changed(case, protections=(*case.protections, added))


# The work


def _task_added(case: Case, event: TaskAdded, number: int) -> Case:
    _must(case.task(event.task) is None, event, "that task is there already")
    task = Task(
        task=event.task, words=event.words, owner=event.owner, due_at=event.due_at, added=_signature(event, number)
    )
    return _changed(case, tasks=(*case.tasks, task))


def _task_done(case: Case, event: TaskDone, number: int) -> Case:
    done = _signature(event, number)
    return _with_task(case, event, event.task, lambda task: _changed(task, done=done))


def _task_reassigned(case: Case, event: TaskReassigned, number: int) -> Case:
    return _with_task(case, event, event.task, lambda task: _changed(task, owner=event.owner, due_at=event.due_at))


def _attached(case: Case, event: AttachmentAdded, number: int) -> Case:
    added = Attachment(name=event.name, digest=event.digest, size_bytes=event.size_bytes, by=_signature(event, number))
    return _changed(case, attachments=(*case.attachments, added))


def _noted(case: Case, event: NoteAdded, number: int) -> Case:
    return _changed(case, notes=(*case.notes, Note(words=event.words, by=_signature(event, number))))


def _erased(case: Case, event: TextsErased, number: int) -> Case:
    """Note it. The texts themselves are gone from the events that are added up: their keeper takes them out first."""
    _must(any(moment.id == event.erased for moment in case.timeline), event, "the case has no event that it erases")
    return _changed(case, erased={**case.erased, event.erased: _signature(event, number)})


def _reminded(case: Case, event: ReminderSent, number: int) -> Case:
    sent = Reminded(duty=event.duty, percent=event.percent, due_at=event.due_at)
    return _changed(case, reminders=(*case.reminders, sent))


# What the rules share


def _propose(case: Case, proposal: Proposal) -> Case:
    """Add a proposal; an earlier one on the same thing gives way to it."""

    def thing(each: Proposal) -> tuple[str, DutyRef | None, str]:
        return each.kind, each.duty, each.report

    others = tuple(each for each in case.proposals if thing(each) != thing(proposal))
    return _changed(case, proposals=(*others, proposal))


def _two(case: Case, event: Event, proposal_id: str, kind: ProposalKind, number: int) -> tuple[Proposal, Signature]:
    """Return what is signed, and the second signature. Two people, one of whom may decide."""
    proposal = case.proposal(proposal_id)
    if proposal is None or proposal.kind != kind:
        raise _damaged(event, "nobody proposed what it signs")
    _must(proposal.by.actor != event.actor, event, "one person alone signed it")
    _must(event.role in SIGNERS, event, "that role may not sign")
    _must(bool({proposal.by.role, event.role} & DECIDERS), event, "neither of the two may decide")
    return proposal, _signature(event, number)


def _without(case: Case, proposal: Proposal) -> Case:
    return _changed(case, proposals=tuple(each for each in case.proposals if each is not proposal))


def _with_duty(case: Case, event: Event, ref: DutyRef, change: Callable[[DutyState], DutyState]) -> Case:
    _must(case.duty(ref) is not None, event, "the case has no such duty")
    return _changed(case, duties=tuple(change(state) if state.ref == ref else state for state in case.duties))


def _with_report(case: Case, event: Event, report: str, change: Callable[[Report], Report]) -> Case:
    _must(case.report(report) is not None, event, "the case has no such report")
    return _changed(case, reports=tuple(change(each) if each.report == report else each for each in case.reports))


def _with_task(case: Case, event: Event, task: str, change: Callable[[Task], Task]) -> Case:
    before = case.task(task)
    _must(before is not None and before.done is None, event, "no such open task")
    return _changed(case, tasks=tuple(change(each) if each.task == task else each for each in case.tasks))


def _met(state: DutyState, met_at: Any, event: str) -> DutyState:
    """A duty is met by what was done first; a follow-up changes nothing about it."""
    if state.met_at is not None and state.met_at <= met_at:
        return state
    return _changed(state, met_at=met_at, met_by=event)


def _duty_words(ref: DutyRef) -> dict[str, str]:
    return {"rule": ref.rule, "entity": ref.entity}


def _said(value: int | None) -> str:
    return "unknown" if value is None else str(value)


_RULES: dict[type[Event], Callable[[Case, Any, int], Case]] = {
    Opened: _opened,
    CloseProposed: _close_proposed,
    Closed: _closed,
    Reopened: _reopened,
    HoldSet: _hold_set,
    HoldLifted: _hold_lifted,
    AccessGranted: _access_granted,
    AccessRevoked: _access_revoked,
    Measured: _measured,
    Corrected: _corrected,
    FactsChanged: _facts_changed,
    QuestionAnswered: _answered,
    AwareProposed: _aware_proposed,
    AwareSigned: _aware_signed,
    DutiesDecided: _duties_decided,
    DutyProposed: _duty_proposed,
    DutyAccepted: _duty_signed,
    DutyRejected: _duty_signed,
    DutyMet: _duty_met,
    WordProposed: _word_proposed,
    WordSigned: _word_signed,
    ProposalDeclined: _declined,
    ReportDrafted: _report_drafted,
    ReportProposed: _report_proposed,
    ReportApproved: _report_approved,
    ReportSent: _report_sent,
    ReportWithdrawn: _report_withdrawn,
    PeopleTold: _people_told,
    ProtectionAdded: _protection_added,
    TaskAdded: _task_added,
    TaskDone: _task_done,
    TaskReassigned: _task_reassigned,
    AttachmentAdded: _attached,
    NoteAdded: _noted,
    TextsErased: _erased,
    ReminderSent: _reminded,
}
