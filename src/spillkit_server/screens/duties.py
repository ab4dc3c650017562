"""The duties of an incident: the matrix, and one page for each duty with its whole reasoning."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from spillkit.case import Case, running_clocks
from spillkit.case.events import DutyRef
from spillkit.law.uncovered import Gap, Uncovered, find_uncovered, uncovered_words
from spillkit_server import words
from spillkit_server.asked import asked_of, one_asked
from spillkit_server.cases import actor_of, read_case
from spillkit_server.deciding import books
from spillkit_server.duty_matrix import STATES, Wanted, line_of, matrix_of, questions_of
from spillkit_server.refusals import refused
from spillkit_server.screens.incident import frame, waiting_of, zones_of
from spillkit_server.templatetags.room import n

_FIRST_QUESTIONS = 5


@require_safe
def duties(request: HttpRequest, number: int) -> HttpResponse:
    """Show the duty matrix: one line for each duty, folded by country."""
    case, now = read_case(number), timezone.now()
    wanted = _wanted(request)
    asked = asked_of(number, case, books())
    still = [one for one in asked if one.answer is None]
    said = {
        "matrix": matrix_of(case, now, wanted),
        "wanted": wanted,
        "states": [(name, _STATE_WORDS[name]()) for name in STATES],
        "questions": still[:_FIRST_QUESTIONS],
        "more_questions": still[_FIRST_QUESTIONS:],
        "answered": [one for one in asked if one.answer is not None],
        "severity": case.decided.severity if case.decided else None,
        "decided": case.decided,
        **_notes(case),
    }
    return render(request, "duties.html", {**frame(request, number, case, "incident-duties"), **said})


@require_safe
def duty(request: HttpRequest, number: int, rule: str) -> HttpResponse:
    """Show one duty: the chain of reasons, what would change it, and the decision."""
    case, now = read_case(number), timezone.now()
    entity = request.GET.get("entity", "")
    of_rule = [state for state in case.duties if state.duty.rule == rule]
    state = case.duty(DutyRef(rule, entity)) or (of_rule[0] if len(of_rule) == 1 and not entity else None)
    if state is None:
        return refused(request, 404)
    proposal = next((one for one in case.proposals if one.duty == state.ref), None)
    clock = next((one for one in running_clocks(case, now) if one.duty == state.ref), None)
    said = {
        "state": state,
        "line": line_of(state, now, proposal),
        "item": waiting_of(case, proposal, actor_of(request.user)) if proposal else None,
        "clock": words.clock_words(clock) if clock else None,
        "asked": [one_asked(number, case, books(), name) for name in questions_of(state)],
        "others": [other for other in of_rule if other.ref != state.ref],
        "zones": zones_of(case),
        "back": request.get_full_path(),
    }
    return render(request, "duty.html", {**frame(request, number, case, "incident-duties"), **said})


_STATE_WORDS = {
    "triggered": lambda: _("Triggered"),
    "ask": lambda: _("Needs an answer"),
    "not": lambda: _("Not triggered"),
}


def _wanted(request: HttpRequest) -> Wanted:
    """Return what the address asks for; what is none of the choices counts as not said."""
    state, decided = request.GET.get("state", ""), request.GET.get("decided", "")
    return Wanted(
        state=state if state in STATES else "",
        law=request.GET.get("law", "")[:16],
        entity=request.GET.get("entity", "")[:300],
        decided=decided if decided in ("yes", "no") else "",
    )


def _notes(case: Case) -> dict[str, Any]:
    """Return what is odd about the facts: of whom the books say nothing, in the language of the page, and the rest."""
    if case.decided is None or case.facts is None:
        return {}
    on = date.fromisoformat(case.decided.law_on)
    silent = find_uncovered(case.facts, books(), lambda _book: on)
    told = {uncovered_words(one, books()) for one in silent}
    return {
        "silent": [(one, _silent_words(one)) for one in silent],
        "notes": [note for note in case.decided.notes if note not in told],
    }


def _silent_words(one: Uncovered) -> str:
    people = ngettext("%(count)s person", "%(count)s people", one.people_upper) % {"count": n(one.people_upper)}
    where = words.country_words(one.country) if not one.region else words.apart(one.region)
    who = _("%(people)s in %(place)s") % {"people": people, "place": where}
    why = {
        Gap.NO_BOOK: lambda: _("no rule is in the books. That does not say that there is no duty. Ask counsel there."),
        Gap.NO_RULE: lambda: _("its book has no duty by statute. Read its note, and ask counsel."),
        Gap.NOT_BOUND: lambda: _(
            "the rules of its book bind other kinds of company, or are not in force on that day. Ask counsel."
        ),
    }[one.gap]()
    return f"{who}: {why}"
