"""The notices of an incident: its mailings, one mailing with its plan and what came of it, samples, lists of ids."""

from __future__ import annotations

import csv
import io
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spillkit.case import Case
from spillkit.case.events import MailingAct
from spillkit.case.mailings import ids_digest
from spillkit.errors import InputError
from spillkit.notices.holds import write_substitutes
from spillkit.notices.lint.kept import read_checked
from spillkit.notices.told import Hold
from spillkit.notices.told_rows import first_on_hold, rows_on_hold
from spillkit_server import mailings, notice_words, words
from spillkit_server.cases import actor_of, read_case
from spillkit_server.deciding import books
from spillkit_server.mailing_words import exceptions_words
from spillkit_server.mailings import Standing, Step
from spillkit_server.notice_texts import samples_of
from spillkit_server.screens.incident import frame, may_see, waiting_for
from spillkit_server.sending.carrying import held_ids
from spillkit_server.sending.pausing import pause

_FIRST_LINES = 12  # of a table of the plan; the others are folded
_FIRST_IDS = 100  # of a list; all of them are in its file
_HERE = "incident-notices"


@require_safe
def notices(request: HttpRequest, number: int) -> HttpResponse:
    """Show the mailings of an incident."""
    case = read_case(number)
    lines = [_line(standing) for standing in mailings.mailings_of_case(number, case)]
    said = {"lines": lines, "incident": _incident_of(number)}
    return render(request, "notices.html", {**frame(request, number, case, _HERE), **said})


@require_safe
def mailing(request: HttpRequest, number: int, mailing: str) -> HttpResponse:
    """Show one mailing: what is to be done now, the plan, where its notices are, who is on hold."""
    case = read_case(number)
    standing = _found(number, case, mailing)
    head = standing.head
    accepted = head.exceptions if head is not None else ()
    waiting = [one for one in waiting_for(case, actor_of(request.user)) if one.proposal in standing.proposals]
    said = {
        "mailing": standing.name,
        "line": _line(standing),
        "standing": standing,
        "plan": head.plan if head is not None else None,
        "waiting": waiting,
        "may_sign_one": any(one.may_sign for one in waiting),
        "funnel_lines": notice_words.funnel_lines(standing.funnel) if standing.funnel is not None else (),
        "pause": notice_words.pause_words(standing.row.paused) if standing.row.paused else "",
        "domains": [
            {**one, "why": notice_words.pause_words(str(one["paused"]))}
            for one in mailings.stopped_at_domains(standing.row)
        ],
        "accepts": exceptions_words(accepted),
        "accepted": "\n".join(accepted),
        "decisions": [
            (each, exceptions_words(each.accepts), standing.carried.get(each.event)) for each in standing.decisions
        ],
        **_held(standing),
        **_tables(standing),
        **_checked(standing),
        **_on_hold(standing),
        "may_list": may_see(request, "incident-mailing-file"),
        "may_stop": may_see(request, "incident-mailing-stop"),
    }
    return render(request, "mailing.html", {**frame(request, number, case, _HERE), **said})


@require_safe
def samples(request: HttpRequest, number: int, mailing: str) -> HttpResponse:
    """Show the texts that are read before signing, each as its reader would see it."""
    case = read_case(number)
    standing = _found(number, case, mailing)
    if standing.head is None:
        raise Http404
    try:
        shown, why = samples_of(mailings.workspace_of_room(), standing.head, books()), ""
    except InputError as error:
        shown, why = [], str(error)
    said = {
        "mailing": standing.name,
        "standing": standing,
        "why": why,
        "samples": [
            {
                "shown": one,
                "languages": notice_words.languages_words(" + ".join(one.told.languages)),
                "kind": notice_words.kind_words(one.told.kind),
            }
            for one in shown
        ],
    }
    return render(request, "mailing_samples.html", {**frame(request, number, case, _HERE), **said})


@require_safe
def mailing_file(request: HttpRequest, number: int, mailing: str, name: str) -> HttpResponse:
    """Return those who are on hold, or the notices whose answer was lost, as CSV: ids, nobody's name or address."""
    standing = _found(number, read_case(number), mailing)
    text = io.StringIO(newline="")
    if name == "on-hold.csv" and standing.head is not None:
        try:
            write_substitutes(rows_on_hold(mailings.workspace_of_room(), standing.head), text)
        except InputError:
            raise Http404 from None
    elif name == "held.csv":
        csv.writer(text, lineterminator="\n").writerows([("notice",), *((one,) for one in held_ids(standing.row))])
    else:
        raise Http404
    answer = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{standing.name}-{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
def stop(request: HttpRequest, number: int, mailing: str) -> HttpResponse:
    """Stop a mailing at once. One person may; letting it go on takes two."""
    standing = _found(number, read_case(number), mailing)
    pause(standing.row.pk)
    messages.success(request, _("Stopped. What a sender has in hand this moment still leaves, nothing else does."))
    return redirect("incident-mailing", number=number, mailing=standing.name)


# Words and numbers


def _found(number: int, case: Case, name: str) -> Standing:
    found = mailings.mailing_of_case(number, case, name)
    if found is None:
        raise Http404
    return found


def _incident_of(number: int) -> int | None:
    from spillkit_server.models import CaseRow

    found: int | None = CaseRow.objects.values_list("incident", flat=True).get(number=number)
    return found


def _line(standing: Standing) -> dict[str, Any]:
    """Return how a mailing stands, in words."""
    state = {
        Step.REPAIR: _("is not what was planned"),
        Step.PROPOSE: _("prepared"),
        Step.SIGN: _("waits for a second signature"),
        Step.START: _("signed by two, waits for the sender"),
        Step.WAIT: _("is being sent"),
        Step.GO_ON: _("stands still"),
        Step.SETTLE: _("sent, some answers were lost"),
        Step.DONE: _("sent"),
    }[standing.step]
    css = {Step.PROPOSE: "ask", Step.SIGN: "ask", Step.REPAIR: "ask", Step.GO_ON: "ask", Step.SETTLE: "ask"}
    return {
        "name": standing.name,
        "step": standing.step.value,
        "state": state,
        "css": css.get(standing.step, "triggered"),
        "plan": standing.head.plan if standing.head is not None else None,
        "kind": notice_words.kind_words(standing.head.kind) if standing.head is not None else "",
        "funnel": standing.funnel,
        "made_at": standing.row.made_at,
    }


def _held(standing: Standing) -> dict[str, Any]:
    """Return the notices whose answer was lost, and what a decision about them is signed over."""
    held = held_ids(standing.row) if standing.funnel is not None and standing.funnel.held else []
    waits = {proposal.doing for proposal in standing.proposals}
    return {
        "held": held[:_FIRST_IDS],
        "held_count": len(held),
        "held_digest": ids_digest(held) if held else "",
        "may_settle": not waits & {MailingAct.SEND_AGAIN, MailingAct.GIVE_UP},
    }


def _tables(standing: Standing) -> dict[str, Any]:
    """Return the counts of the plan, each with its words."""
    if standing.head is None:
        return {"tables": ()}
    plan = standing.head.plan
    found = [
        (_("By country"), plan.by_country, words.country_words),
        (_("By language"), plan.by_language, notice_words.languages_words),
        (_("By legal entity"), plan.by_entity, lambda label: label or _("not known")),
        (_("By kind"), plan.by_kind, notice_words.kind_words),
    ]
    return {
        "tables": [
            {
                "title": title,
                "lines": [(named(line.label), line) for line in lines[:_FIRST_LINES]],
                "more": [(named(line.label), line) for line in lines[_FIRST_LINES:]],
            }
            for title, lines, named in found
        ]
    }


def _checked(standing: Standing) -> dict[str, Any]:
    """Return what the check of the texts found."""
    try:
        return {"checked": read_checked(mailings.workspace_of_room(), standing.name), "checked_why": ""}
    except InputError as error:
        return {"checked": None, "checked_why": str(error)}


def _on_hold(standing: Standing) -> dict[str, Any]:
    """Return who is not told for now: reasons with counts, and the first of them by id."""
    if standing.head is None:
        return {"holds": (), "on_hold": (), "more_on_hold": 0, "is_by_letter": False}
    plan = standing.head.plan
    reasons = [
        {"words": notice_words.hold_words(line.label), "reason": notice_words.hold_reason(line.label), "line": line}
        for line in plan.by_hold
        if line.label
    ]
    try:
        first = first_on_hold(mailings.workspace_of_room(), standing.head, _FIRST_IDS)
    except InputError:
        first = []
    rows = [
        {
            "told": one,
            "languages": notice_words.languages_words(" + ".join(one.languages)),
            "holds": [notice_words.hold_words(hold) for hold in one.holds],
        }
        for one in first
    ]
    return {
        "holds": reasons,
        "on_hold": rows,
        "more_on_hold": plan.held + plan.namesakes - len(rows),
        "is_by_letter": any(line.label == Hold.NO_ADDRESS for line in plan.by_hold),
    }
