"""The reports of an incident to authorities: the list, one report, its form, its files."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from spillkit.authority import Report, Statement
from spillkit.authority.from_case import sent_before
from spillkit.authority.page import direction_of, write_body
from spillkit.case import Case, may_ask
from spillkit.case import commands as c
from spillkit.case.events import DutyRef, Phase
from spillkit.case.state import DutyState
from spillkit.case.state import Report as CaseReport
from spillkit.errors import PdfUnavailable, SpillkitError
from spillkit.law.decision import Outcome
from spillkit.law.rule import DutyKind
from spillkit_server import reporting, words
from spillkit_server.cases import actor_of, read_case
from spillkit_server.deciding import books
from spillkit_server.printing import print_report
from spillkit_server.refusals import damaged
from spillkit_server.report_languages import languages_there, named
from spillkit_server.reporting import Wanted
from spillkit_server.screens.incident import frame, waiting_for, zones_of

_MEDIA = {"pdf": "application/pdf", "json": "application/json"}


@require_safe
def reports(request: HttpRequest, number: int) -> HttpResponse:
    """Show what has to be reported, what was, and who was told."""
    case = read_case(number)
    due = [_due(number, case, state) for state in reporting.reportable(case)]
    said = {
        "due": [line for line in due if not line["is_later"]],
        "later": [line for line in due if line["is_later"]],
        "reports": [_line(case, each) for each in reversed(case.reports)],
        "told": tuple(reversed(case.told)),
        "may_draft": _may_draft(request, case),
    }
    return render(request, "reports.html", {**frame(request, number, case, "incident-reports"), **said})


@require_safe
def report(request: HttpRequest, number: int, report: str) -> HttpResponse:
    """Show one report as its readers get it, and what may be done with it."""
    case = read_case(number)
    found = report_of(case, report)
    if found.drafted.event in case.erased:
        return _erased(request, number, case, found)
    row = reporting.kept_row(number, found)
    kept = reporting.read_kept(number, found)
    waiting = [one for one in waiting_for(case, actor_of(request.user)) if one.proposal.report == report]
    said = {
        "report": found,
        "line": _line(case, found),
        "kept": kept,
        "body": write_body(kept, is_draft=reporting.is_draft(found), top=3),
        "body_direction": direction_of(kept),
        "waiting": waiting,
        "notes": _notes(number, case, found, reporting.statement_of(row)),
        "is_stale": found.state == "draft" and _is_stale(case, found),
        "to": _addressees(case, found, kept),
        "duties": [state for ref in found.duties if (state := case.duty(ref)) is not None],
        "may_draft": _may_draft(request, case),
        "zones": zones_of(case),
        "follow": _phase_link(number, found, Phase.FOLLOW_UP) if _can_follow(case, found) else "",
        "withdraw": _phase_link(number, found, Phase.WITHDRAWAL) if _can_follow(case, found) else "",
    }
    return render(request, "report.html", {**frame(request, number, case, "incident-reports"), **said})


def _erased(request: HttpRequest, number: int, case: Case, found: CaseReport) -> HttpResponse:
    """Show what stays of a report whose words were erased: who did what with it, and when."""
    said = {
        "report": found,
        "line": _line(case, found),
        "duties": [state for ref in found.duties if (state := case.duty(ref)) is not None],
    }
    page = {**frame(request, number, case, "incident-reports"), **said}
    return render(request, "report_erased.html", page)


@require_safe
def report_file(request: HttpRequest, number: int, report: str, kind: str) -> HttpResponse:
    """Return a report as PDF or JSON: the same bytes each time."""
    if kind not in _MEDIA:
        raise Http404
    found = report_of(read_case(number), report)
    try:
        body = bytes(reporting.kept_row(number, found).body)
        made = print_report(body, is_draft=reporting.is_draft(found)) if kind == "pdf" else body
    except PdfUnavailable as error:
        return damaged(request, error)
    mark = "-draft" if reporting.is_draft(found) else ""
    answer = HttpResponse(made, content_type=_MEDIA[kind])
    answer["Content-Disposition"] = f'attachment; filename="incident-{number}-{found.report}{mark}.{kind}"'
    return answer


# Words and links


def _line(case: Case, found: CaseReport) -> dict[str, Any]:
    """Return how a report stands, in words."""
    waits = any(proposal.report == found.report for proposal in case.proposals)
    stands = "withdrawn" if reporting.is_withdrawn(case, found) else found.state
    state = {
        "draft": _("waits for a second signature") if waits else _("draft"),
        "approved": _("approved by two, not sent"),
        "sent": _("sent"),
        "withdrawn": _("withdrawn") if found.sent_at is not None else _("not sent, and will not be"),
    }[stands]
    css = {"draft": "ask", "approved": "triggered", "sent": "triggered", "withdrawn": "not"}[stands]
    duties = [each for ref in found.duties if (each := case.duty(ref)) is not None]
    return {
        "report": found,
        "state": state,
        "css": css,
        "erased": case.erased.get(found.drafted.event),
        "waits": waits,
        "phase": words.phase_words(found.phase),
        "duties": duties,
    }


def _due(number: int, case: Case, state: DutyState) -> dict[str, Any]:
    """Return a duty that is to be reported, with how long there is, and whether another report has to come first."""
    due_at, link = reporting.due_at(case, state), _draft_link(number, case, state)
    left = int((due_at - timezone.now()).total_seconds()) if due_at is not None else None
    return {
        "state": state,
        "due_at": due_at,
        "left": words.time_left(left) if left is not None else "",
        "is_late": left is not None and left < 0,
        "is_sure": state.state == "accepted" or state.duty.outcome is Outcome.TRIGGERED,
        "drafts": [
            each
            for each in case.reports
            if each.state in ("draft", "approved")
            and state.ref in each.duties
            and each.drafted.event not in case.erased
        ],
        "is_later": state.duty.duty is DutyKind.FOLLOW_UP and "phase=follow-up" not in link,
        "link": link,
    }


def _draft_link(number: int, case: Case, state: DutyState) -> str:
    """Return where a report for a duty is drafted: as a follow-up of what went out under another one, where that meets it."""
    for other in reversed(case.reports):
        main = case.duty(other.duties[0]) if other.duties else None
        if main is None or state.ref in other.duties or other not in sent_before(case, other.duties[0]):
            continue
        if state.duty.duty is DutyKind.FOLLOW_UP and state in reporting.met_together(case, main.ref):
            return _form_link(number, main.ref, Phase.FOLLOW_UP, state.duty.rule)
    return _form_link(number, state.ref)


def _form_link(number: int, duty: DutyRef, phase: Phase | None = None, also: str = "") -> str:
    from urllib.parse import urlencode

    asked = {"rule": duty.rule, "entity": duty.entity}
    asked |= {"phase": phase.value} if phase is not None else {}
    asked |= {"also": also} if also else {}
    return f"{reverse('incident-report-new', kwargs={'number': number})}?{urlencode(asked)}"


def _phase_link(number: int, found: CaseReport, phase: Phase) -> str:
    return _form_link(number, found.duties[0], phase)


def _can_follow(case: Case, found: CaseReport) -> bool:
    """Whether this is the last report that went out under its duty."""
    sent = sent_before(case, found.duties[0]) if found.duties else []
    return bool(sent) and sent[-1].report == found.report


def _addressees(case: Case, found: CaseReport, kept: Report) -> dict[str, Any]:
    """Return who gets it, how sure that is, and how they want it: as the books say."""
    state = case.duty(found.duties[0]) if found.duties else None
    unsure = state.duty.not_confirmed if state is not None else ()
    rule = books().rules.get(kept.law.rule)
    return {
        "names": [(name, any(part.endswith(f": {name}") for part in unsure)) for name in kept.to],
        "how": rule.to.how if rule is not None and rule.to is not None else "",
        "form": rule.content.form if rule is not None else "",
        "languages": named(rule.content.languages) if rule is not None else [],
        "language": named([kept.language])[0],
        "there": named(languages_there(state.duty)) if state is not None else [],
        "headings": rule.content.headings if rule is not None else (),
        "status": kept.law.status,
    }


def _notes(number: int, case: Case, found: CaseReport, said: Statement) -> tuple[str, ...]:
    """Return what the officer of a draft should know, and the authority is not told."""
    if found.state != "draft":
        return ()
    try:
        wanted = Wanted(duty=found.duties[0], phase=found.phase, statement=said)
        return reporting.make(number, case, wanted, timezone.now()).notes
    except SpillkitError as error:
        return (str(error),)


def _is_stale(case: Case, found: CaseReport) -> bool:
    return bool(case.figures) and case.figures[-1].number != found.figures_number


def _may_draft(request: HttpRequest, case: Case) -> bool:
    return case.status == "open" and may_ask(case, c.DraftReport, actor_of(request.user))


def report_of(case: Case, name: str) -> CaseReport:
    """Return a report of a case; there is nothing at an address that names none."""
    found = case.report(name)
    if found is None:
        raise Http404
    return found
