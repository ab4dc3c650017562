"""Draft reports to authorities, keep them by their digest, and read them back.

In:    a case's number, which report is wanted, what people say in it, and who drafts it.
Out:   the event and the report's JSON in one transaction; a kept report, if its bytes are those that the case names.
Else:  what a report says is `spillkit.authority`, its form is `saying`, its PDF `printing`; signing is an act like others.

What two people sign is the digest: a draft that is changed is kept beside the one before it, and signed anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction

from spillkit.authority import Made, Report, Statement, inputs_of_case, make_report, read_report, report_json
from spillkit.authority.from_case import sent_before
from spillkit.authority.statement import check_statement
from spillkit.case import Actor, Case, case_facts
from spillkit.case.commands import DraftReport
from spillkit.case.events import NAME_CHARACTERS, DutyRef, Phase
from spillkit.case.state import DutyState
from spillkit.case.state import Report as CaseReport
from spillkit.errors import ChangedSince, InputError, KeptDamaged, NotNow
from spillkit.law.clocks import deadline
from spillkit.law.decision import Outcome
from spillkit.law.rule import DutyKind
from spillkit_server.cases import ask, read_case
from spillkit_server.deciding import books
from spillkit_server.erased import check_not_erased
from spillkit_server.measurements import measurement_of
from spillkit_server.models import CaseRow, ReportRow

_TO_AUTHORITIES = frozenset({DutyKind.NOTIFY_AUTHORITY, DutyKind.FOLLOW_UP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which report, and what people say in it."""

    duty: DutyRef
    phase: Phase
    statement: Statement
    also: tuple[DutyRef, ...] = ()  # other duties that it meets
    report: str = ""  # the draft that it replaces; "": a new one
    was: str = ""  # digest of that draft, as it was when its form was opened
    language: str = "en"
    zone: str = ""  # in which it writes times; "": that of the legal entity


def reportable(case: Case) -> list[DutyState]:
    """Return the duties that a report meets and that may bind; met ones are left out.

    Those that surely bind come first, of these the one that ends first; reports that follow others come last.
    """
    found = [
        state
        for state in case.duties
        if state.duty.duty in _TO_AUTHORITIES
        and state.met_at is None
        and (
            state.state == "accepted"
            or (state.state == "proposed" and state.listed and state.duty.outcome is not Outcome.NOT_TRIGGERED)
        )
    ]
    return sorted(found, key=lambda state: _urgency(case, state))


def _urgency(case: Case, state: DutyState) -> tuple[bool, bool, bool, float, str]:
    due = due_at(case, state)
    return (
        state.duty.duty is DutyKind.FOLLOW_UP,
        state.state != "accepted" and state.duty.outcome is Outcome.ASK,
        due is None,
        due.timestamp() if due else 0.0,
        state.duty.jurisdiction_name,
    )


def due_at(case: Case, state: DutyState) -> datetime | None:
    """Return until when a duty must be met; of one that hangs on an answer, until when it would have to be if it binds."""
    if state.duty.deadline is not None:
        return state.duty.deadline.due_at
    rule, facts = books().rules.get(state.duty.rule), case_facts(case)
    if rule is None or facts is None:
        return None
    moments = {name: milestone.at for name, milestone in facts.milestones.items()}
    return deadline(rule.clock, moments, books().jurisdictions[books().code_of[rule.id]].zone).due_at


def met_together(case: Case, duty: DutyRef) -> list[DutyState]:
    """Return the other open duties that the same report to the same addressee may meet."""
    own = case.duty(duty)
    if own is None:
        return []
    to = (own.duty.jurisdiction, own.duty.entity, own.duty.addressees)
    return [
        state
        for state in reportable(case)
        if state.ref != duty and (state.duty.jurisdiction, state.duty.entity, state.duty.addressees) == to
    ]


def is_withdrawn(case: Case, report: CaseReport) -> bool:
    """Return whether a report that went out was taken back since."""
    standing = any(report in sent_before(case, duty) for duty in report.duties)
    return report.sent_at is not None and report.phase is not Phase.WITHDRAWAL and not standing


def make(number: int, case: Case, wanted: Wanted, now: datetime) -> Made:
    """Return the report that would be kept, and what its officer should know.

    Raises  ReportError if none can be made; KeptDamaged if an earlier report is not what was sent
    """
    check_statement(wanted.statement, items=frozenset(books().content))
    return make_report(
        inputs_of_case(
            case,
            wanted.duty,
            books=books(),
            made_at=now,
            statement=wanted.statement,
            kept={each.digest: read_kept(number, each) for each in sent_before(case, wanted.duty)},
            measurement=measurement_of(number, case),
            phase=wanted.phase,
            language=wanted.language,
            zone=wanted.zone,
        )
    )


def keep_draft(number: int, wanted: Wanted, event: str, actor: Actor, now: datetime) -> str:
    """Draft a report; return its name in the case.

    event   id of the event, made where the form was made: a form sent twice drafts once
    Raises  CaseError, ReportError if it cannot be; nothing was kept then
    """
    with transaction.atomic():
        row = CaseRow.objects.select_for_update().get(number=number)
        case = read_case(number)
        name = wanted.report or f"report-{len(case.reports) + 1}"
        if any(moment.id == event for moment in case.timeline):
            return wanted.report or f"report-{len(case.reports)}"
        _check_unchanged(case, wanted)
        made = make(number, case, wanted, now)
        body = report_json(made.report)
        digest = hashlib.sha256(body).hexdigest()
        kept = {"made_at": made.report.made_at, "body": body, "said": msgspec.json.encode(wanted.statement)}
        ReportRow.objects.update_or_create(case=row, digest=digest, create_defaults=kept, defaults={})
        sent = sent_before(case, wanted.duty)
        asked = DraftReport(
            id=event,
            report=name,
            addressee=addressee_words(made.report.to, case.duty(wanted.duty)),
            duties=(wanted.duty, *wanted.also),
            digest=digest,
            phase=wanted.phase,
            follows=sent[-1].report if wanted.phase is not Phase.FIRST and sent else None,
        )
        ask(number, [asked], actor, now)
    return name


def _check_unchanged(case: Case, wanted: Wanted) -> None:
    if not wanted.report:
        return
    before = case.report(wanted.report)
    if before is None:
        raise NotNow("There is no such draft. Look at the list of reports.")
    if before.digest != wanted.was:
        raise ChangedSince(
            "Somebody changed this draft since you opened it. What you typed is still here: compare, then keep it."
        )


def addressee_words(to: Iterable[str], state: DutyState | None) -> str:
    """Return the addressees as the case names them: in one line, cut where there are many."""
    names = list(to)
    if not names:
        return f"{state.duty.jurisdiction_name}: not settled" if state is not None else "not settled"
    said = "; ".join(names)
    shown = len(names)
    while len(said) > NAME_CHARACTERS and shown > 1:
        shown -= 1
        said = "; ".join(names[:shown]) + f"; {len(names) - shown} more"
    return said[:NAME_CHARACTERS]


def kept_row(number: int, report: CaseReport) -> ReportRow:
    """Return what is kept of a report.

    Raises  KeptErased if it was erased on purpose; KeptDamaged if it is gone else, or its bytes are not those whose digest the
            case names
    """
    row = ReportRow.objects.filter(case__number=number, digest=report.digest).first()
    if row is None:
        check_not_erased(number, report.drafted.event, report.report)
    if row is None or hashlib.sha256(bytes(row.body)).hexdigest() != report.digest:
        raise KeptDamaged(
            f"{report.report}: what is kept of it is not what was drafted (SHA-256 {report.digest}). It is not shown. "
            "Bring the database back from a backup; what was signed can be proved from the record."
        )
    return row


def read_kept(number: int, report: CaseReport) -> Report:
    """Return a report as it was drafted.

    Raises  KeptDamaged as `kept_row`, and where another version of Spillkit kept it in a shape that this one cannot read
    """
    body = bytes(kept_row(number, report).body)
    try:
        return read_report(body, name=report.report)
    except InputError as error:
        raise KeptDamaged(str(error)) from error


def statement_of(row: ReportRow) -> Statement:
    """Return what people said for a report; nothing where it was kept by another version of Spillkit."""
    try:
        return msgspec.json.decode(bytes(row.said), type=Statement)
    except msgspec.MsgspecError:
        return Statement()


def is_draft(report: CaseReport) -> bool:
    """Return whether the pages must say that it is a draft: until two people have approved it."""
    return report.second is None
