"""The facts that duties are decided on, and the forms for what no recording can tell."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spillkit.case import case_facts
from spillkit.case.acts import may_ask
from spillkit.case.commands import ChangeFacts
from spillkit.errors import CaseError, InputError, NotTaken
from spillkit.law.decision import Truth
from spillkit.law.facts import Population
from spillkit.law.facts_file import check_facts
from spillkit.law.places import homes, lives_there, place
from spillkit_server.cases import actor_of, ask, read_case
from spillkit_server.deciding import books, decide_again
from spillkit_server.screens.acting import back_of, refuse
from spillkit_server.screens.incident import frame, zones_of
from spillkit_server.stating import STATING, TIMES
from spillkit_server.told import message_words

_MOST_LINES = 300


@require_safe
def facts(request: HttpRequest, number: int) -> HttpResponse:
    """Show the facts, with a form for each that people can state."""
    case = read_case(number)
    stated = case_facts(case)
    lines = list(enumerate(stated.populations)) if stated else []
    asked = [line for line in lines if _is_asked(line[1], case.open_questions)]
    others = [line for line in lines if line not in asked]
    said = {
        "facts": stated,
        "asked": asked[:_MOST_LINES],
        "others": others[:_MOST_LINES],
        "more": sum(max(0, len(several) - _MOST_LINES) for several in (asked, others)),
        "times": TIMES,
        "sectors": books().sectors,
        "zones": zones_of(case),
        "may_state": may_ask(case, ChangeFacts, actor_of(request.user)) and case.status == "open",
    }
    return render(request, "facts.html", {**frame(request, number, case, "incident-duties"), **said})


@require_POST
def state_facts(request: HttpRequest, number: int, what: str) -> HttpResponse:
    """Keep one stated fact; the engine looks again."""
    actor, now = actor_of(request.user), timezone.now()
    try:
        case, form = read_case(number), request.POST
        if what not in STATING or case.facts is None:
            raise NotTaken("There are no facts to change yet. Measure the incident first.")
        changed = STATING[what](case.facts, form)
        check_facts(changed, books(), now)
        seen = form.get("seen", "")
        command = ChangeFacts(
            id=form.get("id", "")[:64],
            seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 16 else 0,
            facts=changed,
            why=form.get("why", "").strip(),
        )
        ask(number, [command], actor, now)
    except (CaseError, InputError) as error:
        return refuse(request, number, error)
    messages.success(request, _("Kept."))
    try:
        decide_again(number, actor, now)
    except (CaseError, InputError) as error:
        messages.warning(request, message_words(error))
    return redirect(back_of(request, number))


def _is_asked(one: Population, questions: Iterable[str]) -> bool:
    """Whether a question of the engine is about these people."""
    for question in questions:
        kind, _at, of = question.partition("@")
        if kind == "country" and one.entity == of and not one.country:
            return True
        if kind == "region" and not one.region and place(one.country)[0] == of:
            return True
        if kind == "account" and not one.account and one.country and of in books().jurisdictions:
            counted = homes(books().jurisdictions[of].residents)
            if lives_there(*place(one.country, one.region), counted) is not Truth.NO:
                return True
    return False
