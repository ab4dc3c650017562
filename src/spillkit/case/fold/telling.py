"""What the events of what is said change: reports to authorities, people told, duties done otherwise, protection.

In:    a case, an event, and its number in the case.
Out:   FOLDINGS, one row for each event; each gives the case after it, or CaseDamaged.
Else:  which event may follow is `acts.telling`.
"""

from __future__ import annotations

from collections.abc import Callable

from spillkit.case.events import (
    DutyMet,
    Event,
    PeopleTold,
    Phase,
    ProtectionAdded,
    ReportApproved,
    ReportDrafted,
    ReportProposed,
    ReportSent,
    ReportWithdrawn,
)
from spillkit.case.fold.duties import met, with_duty
from spillkit.case.fold.proposals import propose, signed_by_two, without_proposal
from spillkit.case.fold.step import Folding, changed, damaged, must, signature
from spillkit.case.state import Case, Proposal, Protection, Report, Told


def _report_drafted(case: Case, event: ReportDrafted, number: int) -> Case:
    before = case.report(event.report)
    must(before is None or before.state == "draft", event, "that report is past drafting")
    followed = case.report(event.follows) if event.follows else None
    must(
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
        drafted=signature(event, number),
        figures_number=case.figures[-1].number if case.figures else 0,
        follows=event.follows,
    )
    others = tuple(each for each in case.reports if each.report != event.report)
    kept = tuple(proposal for proposal in case.proposals if proposal.report != event.report)
    return changed(case, reports=(*others, report), proposals=kept)


def _report_proposed(case: Case, event: ReportProposed, number: int) -> Case:
    report = case.report(event.report)
    must(report is not None and report.state == "draft", event, "no such draft")
    must(report is not None and report.digest == event.digest, event, "the draft is another one")
    return propose(case, Proposal(kind="report", by=signature(event, number), report=event.report, digest=event.digest))


def _report_approved(case: Case, event: ReportApproved, number: int) -> Case:
    proposal, second = signed_by_two(case, event, event.proposal, "report", number)
    must((proposal.report, proposal.digest) == (event.report, event.digest), event, "another draft was proposed")
    return _with_report(
        without_proposal(case, proposal),
        event,
        event.report,
        lambda report: changed(report, state="approved", first=proposal.by, second=second),
    )


def _report_sent(case: Case, event: ReportSent, number: int) -> Case:
    report = case.report(event.report)
    if report is None or report.state != "approved":
        raise damaged(event, "two people did not approve that report")
    sent = signature(event, number)
    made = _with_report(
        case,
        event,
        event.report,
        lambda each: changed(each, state="sent", sent_at=event.sent_at, sent=sent, receipt=event.receipt),
    )
    if report.phase is Phase.WITHDRAWAL and report.follows:
        return _with_report(made, event, report.follows, lambda each: changed(each, state="withdrawn"))
    for ref in report.duties:
        made = with_duty(made, event, ref, lambda state: met(state, event.sent_at, event.id))
    return made


def _report_withdrawn(case: Case, event: ReportWithdrawn, number: int) -> Case:
    report = case.report(event.report)
    must(report is not None and report.state in ("draft", "approved"), event, "it was sent, or is not there")
    kept = tuple(proposal for proposal in case.proposals if proposal.report != event.report)
    return _with_report(
        changed(case, proposals=kept), event, event.report, lambda each: changed(each, state="withdrawn")
    )


def _with_report(case: Case, event: Event, report: str, change: Callable[[Report], Report]) -> Case:
    must(case.report(report) is not None, event, "the case has no such report")
    return changed(case, reports=tuple(change(each) if each.report == report else each for each in case.reports))


def _people_told(case: Case, event: PeopleTold, number: int) -> Case:
    told = Told(
        duties=event.duties,
        people=event.people,
        told_at=event.told_at,
        how=event.how,
        by=signature(event, number),
    )
    made = changed(case, told=(*case.told, told))
    for ref in event.duties:
        made = with_duty(made, event, ref, lambda state: met(state, event.told_at, event.id))
    return made


def _duty_met(case: Case, event: DutyMet, number: int) -> Case:
    return with_duty(case, event, event.duty, lambda state: met(state, event.met_at, event.id))


def _protection_added(case: Case, event: ProtectionAdded, number: int) -> Case:
    added = Protection(words=event.words, since=event.since, public=event.public, by=signature(event, number))
    return changed(case, protections=(*case.protections, added))


FOLDINGS: dict[type[Event], Folding] = {
    ReportDrafted: _report_drafted,
    ReportProposed: _report_proposed,
    ReportApproved: _report_approved,
    ReportSent: _report_sent,
    ReportWithdrawn: _report_withdrawn,
    PeopleTold: _people_told,
    DutyMet: _duty_met,
    ProtectionAdded: _protection_added,
}
