"""A case as OCSF JSON, for SIEMs and data lakes.

In:    a case, and its measurement where there is one.
Out:   a dict: one event of the class Incident Finding (2005) of OCSF 1.8.0.
Else:  what is told at all is `gist`.

`is_suspected_breach` is OCSF's own name; it is left out until two people signed the word of the law.
Source  schema.ocsf.io/1.8.0/classes/incident_finding (Apache-2.0)
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from spillkit import __version__
from spillkit.case.exports.gist import gist_of
from spillkit.case.roles import DECIDERS
from spillkit.case.state import Case
from spillkit.scope.measurement import Measurement

VERSION = "1.8.0"
_CATEGORY, _CLASS = 2, 2005
_CREATE, _UPDATE, _CLOSE = (1, "Create"), (2, "Update"), (3, "Close")
_SEVERITY = {"low": (2, "Low"), "medium": (3, "Medium"), "high": (4, "High"), "very high": (5, "Critical")}
_CONFIDENCE = {True: (3, "High"), False: (2, "Medium")}


def ocsf_of(case: Case, measurement: Measurement | None = None) -> dict[str, Any]:
    """Return the case as an OCSF event.

    Raises  NotNow if there is no case
    """
    gist = gist_of(case, measurement)
    activity, activity_name = _CLOSE if gist.is_closed else _CREATE if case.version == 1 else _UPDATE
    severity, severity_name = _SEVERITY.get(gist.severity, (0, "Unknown"))
    status, status_name = (5, "Closed") if gist.is_closed else (2, "In Progress")
    confidence, confidence_name = _CONFIDENCE[bool(gist.confirmed)] if gist.confirmed is not None else (0, "Unknown")
    finding: dict[str, Any] = {
        "uid": gist.case,
        "title": f"Personal data shown to others: case {gist.case}",
        "desc": gist.summary,
        "types": [gist.cause.value],
        "created_time": _milliseconds(gist.opened_at),
        "modified_time": _milliseconds(gist.changed_at),
    }
    event: dict[str, Any] = {
        "metadata": {
            "version": VERSION,
            "uid": f"{gist.case}-{case.version}",
            "sequence": case.version,
            "profiles": ["incident"],
            "product": {"name": "Spillkit", "vendor_name": "Spillkit", "version": __version__},
        },
        "category_uid": _CATEGORY,
        "category_name": "Findings",
        "class_uid": _CLASS,
        "class_name": "Incident Finding",
        "activity_id": activity,
        "activity_name": activity_name,
        "type_uid": _CLASS * 100 + activity,
        "type_name": f"Incident Finding: {activity_name}",
        "time": _milliseconds(gist.opened_at),
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "confidence_id": confidence,
        "confidence": confidence_name,
        "message": gist.summary,
        "desc": gist.summary,
        "finding_info_list": [finding],
        "unmapped": {
            "people_confirmed": gist.confirmed,
            "people_at_most": gist.upper,
            "fields": list(gist.fields),
            "countries": list(gist.countries),
            "shown_to": list(gist.shown_to),
        },
    }
    if gist.first_at is not None:
        event["start_time"] = finding["first_seen_time"] = _milliseconds(gist.first_at)
    if gist.last_at is not None:
        event["end_time"] = finding["last_seen_time"] = _milliseconds(gist.last_at)
    if gist.word_signed:
        event["is_suspected_breach"] = True
    # OCSF wants somebody to be assigned: who may decide, by the opaque id; nobody yet is the group that should.
    deciders = sorted(member.user for member in case.access.values() if member.role in DECIDERS)
    if deciders:
        event["assignee"] = {"uid": deciders[0]}
    else:
        event["assignee_group"] = {"name": "officer or counsel"}
    return event


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)
