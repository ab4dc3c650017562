"""The list of incidents, and how one gets into the room."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spillkit.case import Actor
from spillkit.errors import CaseError, InputError
from spillkit_server.bringing import bring_in, measure_anew
from spillkit_server.cases import actor_of, new_id
from spillkit_server.deciding import decide_again
from spillkit_server.gate import role_of
from spillkit_server.gathering import find_incidents
from spillkit_server.models import CaseRow
from spillkit_server.permissions import may
from spillkit_server.screens.acting import back_of, refuse
from spillkit_server.told import message_words


@require_safe
def incidents(request: HttpRequest) -> HttpResponse:
    """Show every incident that this account needs to know of."""
    rows = CaseRow.objects.filter(readers__opaque=request.user.opaque).order_by("-changed_at")
    return render(request, "incidents.html", {"cases": rows, "may_open": may(role_of(request.user), "open-incident")})


def open_incident(request: HttpRequest) -> HttpResponse:
    """Choose an incident of the workspace, and open it."""
    if request.method == "POST":
        return _open(request)
    try:
        found, why = find_incidents(settings.ROOM.workspace), ""
    except InputError as error:
        found, why = [], str(error)
    opened = dict(CaseRow.objects.exclude(incident=None).values_list("incident", "number"))
    chosen = request.GET.get("incident", "")
    is_found = any(str(one.number) == chosen for one in found)
    lines = [
        {
            "found": one,
            "is_open": one.number in opened,
            "is_chosen": str(one.number) == chosen if is_found else place == 0,
        }
        for place, one in enumerate(found)
    ]
    return render(
        request, "open_incident.html", {"lines": lines, "why": why, "id": new_id(), "case": f"case-{new_id()}"}
    )


def _open(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request.user)
    chosen = request.POST.get("incident", "")
    try:
        if not (chosen == "" or (chosen.isascii() and chosen.isdigit() and len(chosen) < 7)):
            raise InputError(_("Choose one of the incidents."))
        brought = bring_in(
            int(chosen) if chosen else None,
            actor,
            title=request.POST.get("title", "").strip(),
            event=request.POST.get("id", "")[:64],
            case=request.POST.get("case", "")[:64],
        )
    except (CaseError, InputError) as error:
        return refuse(request, None, error)
    for why in brought.warnings:
        messages.warning(request, why)
    return redirect("incident", number=brought.number)


def _decide(request: HttpRequest, number: int, actor: Actor) -> None:
    """Ask the engine; where it cannot answer, the incident is there all the same, and the page says why."""
    try:
        decide_again(number, actor, timezone.now())
    except (CaseError, InputError) as error:
        messages.warning(request, message_words(error))


@require_POST
def measure_again(request: HttpRequest, number: int) -> HttpResponse:
    """Bring in the figures as the workspace has them now. The earlier ones stay in sight."""
    actor = actor_of(request.user)
    row = CaseRow.objects.get(number=number)
    try:
        measure_anew(number, row.incident, actor)
    except (CaseError, InputError) as error:
        return refuse(request, number, error)
    _decide(request, number, actor)
    return redirect(back_of(request, number))
