"""A case as files for other programs: spreadsheets, a calendar, the formats in which incidents are exchanged; what is attached."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.views.decorators.http import require_safe

from spillkit.case import Case, running_clocks
from spillkit.case.exports.ics import clocks_ics
from spillkit.case.exports.ocsf import ocsf_of
from spillkit.case.exports.stix import stix_of
from spillkit.case.exports.tables import clocks_csv, duties_csv, figures_csv, timeline_csv
from spillkit.case.exports.veris import veris_of
from spillkit.scope.measurement import Measurement
from spillkit_server.cases import read_case
from spillkit_server.measurements import measurement_of
from spillkit_server.screens.incident import frame
from spillkit_server.uploads import MOST_BYTES


@dataclass(frozen=True, slots=True)
class Export:
    """One kind of file."""

    words: str
    format: str
    media_type: str
    make: Callable[[Case, Measurement | None, datetime], str | bytes]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)


EXPORTS = {
    "duties.csv": Export(noop("Duties"), "CSV", "text/csv", lambda case, _m, _now: duties_csv(case)),
    "clocks.csv": Export(
        noop("Clocks"), "CSV", "text/csv", lambda case, _m, now: clocks_csv(running_clocks(case, now))
    ),
    "figures.csv": Export(noop("Figures"), "CSV", "text/csv", lambda case, _m, _now: figures_csv(case)),
    "timeline.csv": Export(noop("Timeline"), "CSV", "text/csv", lambda case, _m, _now: timeline_csv(case)),
    "clocks.ics": Export(
        noop("Clocks, for a calendar"),
        "ICS",
        "text/calendar",
        lambda case, _m, now: clocks_ics(case, running_clocks(case, now), now),
    ),
    "veris.json": Export(
        noop("The incident, for comparing"), "VERIS", "application/json", lambda case, m, _now: _json(veris_of(case, m))
    ),
    "ocsf.json": Export(
        noop("The incident, for a security console"),
        "OCSF",
        "application/json",
        lambda case, m, _now: _json(ocsf_of(case, m)),
    ),
    "stix.json": Export(
        noop("The incident, for threat sharing"), "STIX 2.1", "application/json", lambda case, m, _now: stix_of(case, m)
    ),
}


@require_safe
def files(request: HttpRequest, number: int) -> HttpResponse:
    """Name every kind of file, and what people attached."""
    case = read_case(number)
    lines = [(name, _(export.words), export.format) for name, export in EXPORTS.items()]
    attached = [(one, case.erased.get(one.by.event)) for one in reversed(case.attachments)]
    said = {"lines": lines, "attachments": attached, "most_bytes": MOST_BYTES}
    return render(request, "files.html", {**frame(request, number, case, "incident-files"), **said})


@require_safe
def file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Return one file. What a person wrote is in none of them, the title neither."""
    export = EXPORTS.get(name)
    if export is None:
        raise Http404
    case = read_case(number)
    made = export.make(case, measurement_of(number, case), timezone.now())
    answer = HttpResponse(made, content_type=f"{export.media_type}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="incident-{number}-{name}"'
    answer["Cache-Control"] = "no-store"
    return answer
