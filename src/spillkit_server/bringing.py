"""Bring an incident of the workspace into the room: measured, opened, its duties proposed.

In:    the number of an incident, and who brings it in.
Out:   a case with its figures and facts; the measurement kept beside it.
Else:  measuring is `gathering`, the engine `deciding`; the forms are screens/incidents.py and `accounts`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from spillkit.case import Actor
from spillkit.case import commands as c
from spillkit.case.events import NAME_CHARACTERS, Figures
from spillkit.errors import CaseError, InputError
from spillkit.law.facts import Facts
from spillkit.scope.measurement import Measurement
from spillkit_server.cases import ask, keep_measurement, new_id, open_case
from spillkit_server.deciding import decide_again
from spillkit_server.gathering import gather
from spillkit_server.stating import keep_stated
from spillkit_server.told import AS_MEASURED


@dataclass(frozen=True, slots=True)
class Brought:
    """A case that was opened."""

    number: int
    warnings: tuple[str, ...]  # why there are no facts, or why the engine could not answer


def bring_in(incident: int | None, actor: Actor, *, title: str = "", event: str = "", case: str = "") -> Brought:
    """Open a case for an incident of the workspace.

    incident  its number there; None: all exposures together
    actor     who brings it in; the opening stands in the record in his name
    title     what it is called; without one, its cause
    event     id of the opening, and
    case      id of the case: where both are sent twice, one case is opened
    Raises    CaseError, InputError if it cannot be measured or opened; nothing is there then
    """
    gathered = gather(settings.ROOM.workspace, incident)
    now = timezone.now()  # Only now: what was measured lies before it.
    called = title[:NAME_CHARACTERS] or _title(gathered.measurement, incident)
    opening = c.OpenCase(id=event or new_id(), case=case or f"case-{new_id()}", title=called, incident=incident)
    number = open_case(opening, [_measured(gathered.measurement), *_stated(gathered.facts, 2)], actor, now)
    _keep(number, gathered.measurement)
    warnings = [gathered.why_no_facts] if gathered.why_no_facts else []
    try:
        decide_again(number, actor, timezone.now())
    except (CaseError, InputError) as error:
        warnings.append(str(error))  # The incident is there all the same, and the page says why nothing is proposed.
    return Brought(number, tuple(warnings))


def measure_anew(number: int, incident: int | None, actor: Actor) -> None:
    """Bring in the figures, and the facts where they changed, as the workspace has them now.

    Raises  CaseError, InputError
    """
    gathered = gather(settings.ROOM.workspace, incident)
    now = timezone.now()
    case = ask(number, [_measured(gathered.measurement)], actor, now)
    _keep(number, gathered.measurement)
    if gathered.facts is not None and (facts := keep_stated(gathered.facts, case.facts)) != case.facts:
        ask(number, _stated(facts, case.version), actor, now)


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


def _stated(facts: Facts | None, seen: int) -> list[c.Command]:
    if facts is None:
        return []
    return [c.ChangeFacts(id=new_id(), seen=seen, facts=facts, why=AS_MEASURED)]


def _keep(number: int, measurement: Measurement) -> None:
    body = _encode(measurement)
    keep_measurement(number, _digest(body), measurement.measured_at, body)


def _encode(measurement: Measurement) -> bytes:
    return msgspec.json.encode(measurement, order="deterministic")


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
