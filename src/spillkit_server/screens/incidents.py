"""The list of incidents, and how one gets into the room."""

from __future__ import annotations

import hashlib

import msgspec
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spillkit.case import Actor
from spillkit.case import commands as c
from spillkit.case.events import NAME_CHARACTERS, Figures
from spillkit.errors import CaseError, InputError
from spillkit.scope.measurement import Measurement
from spillkit_server.cases import actor_of, ask, keep_measurement, new_id, open_case
from spillkit_server.deciding import decide_again
from spillkit_server.gate import role_of
from spillkit_server.gathering import Gathered, find_incidents, gather
from spillkit_server.models import CaseRow
from spillkit_server.permissions import may
from spillkit_server.screens.acting import back_of, refuse


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
    lines = [{"found": one, "is_open": one.number in opened} for one in found]
    return render(
        request, "open_incident.html", {"lines": lines, "why": why, "id": new_id(), "case": f"case-{new_id()}"}
    )


def _open(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request.user)
    chosen = request.POST.get("incident", "")
    try:
        if not (chosen == "" or (chosen.isascii() and chosen.isdigit() and len(chosen) < 7)):
            raise InputError(_("Choose one of the incidents."))
        incident = int(chosen) if chosen else None
        gathered = gather(settings.ROOM.workspace, incident)
        now = timezone.now()  # Only now: what was measured lies before it.
        title = request.POST.get("title", "").strip()[:NAME_CHARACTERS] or _title(gathered.measurement, incident)
        opening = c.OpenCase(
            id=request.POST.get("id", "")[:64], case=request.POST.get("case", "")[:64], title=title, incident=incident
        )
        number = open_case(opening, [_measured(gathered.measurement), *_stated(gathered, 2)], actor, now)
        _keep(number, gathered.measurement)
    except (CaseError, InputError) as error:
        return refuse(request, None, error)
    if gathered.why_no_facts:
        messages.warning(request, gathered.why_no_facts)
    _decide(request, number, actor)
    return redirect("incident", number=number)


def _decide(request: HttpRequest, number: int, actor: Actor) -> None:
    """Ask the engine; where it cannot answer, the incident is there all the same, and the page says why."""
    try:
        decide_again(number, actor, timezone.now())
    except (CaseError, InputError) as error:
        messages.warning(request, str(error))


@require_POST
def measure_again(request: HttpRequest, number: int) -> HttpResponse:
    """Bring in the figures as the workspace has them now. The earlier ones stay in sight."""
    actor = actor_of(request.user)
    row = CaseRow.objects.get(number=number)
    try:
        gathered = gather(settings.ROOM.workspace, row.incident)
        now = timezone.now()
        case = ask(number, [_measured(gathered.measurement)], actor, now)
        _keep(number, gathered.measurement)
        if gathered.facts is not None and gathered.facts != case.facts:
            ask(number, _stated(gathered, case.version), actor, now)
    except (CaseError, InputError) as error:
        return refuse(request, number, error)
    _decide(request, number, actor)
    return redirect(back_of(request, number))


def _title(measurement: Measurement, incident: int | None) -> str:
    words = next((one.words for one in measurement.incidents or () if one.incident.number == incident), "")
    return words[:1].upper() + words[1:] if words else _("All exposures of the workspace")


def _measured(measurement: Measurement) -> c.RecordMeasurement:
    people = measurement.people
    return c.RecordMeasurement(
        id=new_id(),
        figures=Figures(
            confirmed=people.confirmed, possible=people.possible, estimate=people.estimate, upper=people.upper_bound
        ),
        coverage=measurement.coverage.share,
        method=people.method,
        digest=_digest(_encode(measurement)),
        measured_at=measurement.measured_at,
        complete=people.complete,
    )


def _stated(gathered: Gathered, seen: int) -> list[c.Command]:
    if gathered.facts is None:
        return []
    return [c.ChangeFacts(id=new_id(), seen=seen, facts=gathered.facts, why="as measured in the workspace")]


def _keep(number: int, measurement: Measurement) -> None:
    body = _encode(measurement)
    keep_measurement(number, _digest(body), measurement.measured_at, body)


def _encode(measurement: Measurement) -> bytes:
    return msgspec.json.encode(measurement, order="deterministic")


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
