"""A case as VERIS JSON, for sharing and comparing incidents.

In:    a case, and its measurement where there is one.
Out:   a dict that is valid by verisc-merged.json, version 1.4.0.
Else:  what is told at all is `gist`.

VERIS has one word for what a mistake does (`error`) and one for what staff does (`misuse`). It is a misuse only where the measured
cause says staff; where the cause is not known, so it says. `Confirmed` stands only after two people signed the word of the law.
Source  VERIS, github.com/vz-risk/veris, verisc-merged.json (CC BY-SA 4.0; not shipped here)
"""

from __future__ import annotations

from typing import Any

from spillkit.case.exports.gist import Gist, gist_of
from spillkit.case.state import Case
from spillkit.cause.incident import CauseClass
from spillkit.scope.measurement import Measurement

VERSION = "1.4.0"

# Which variety of error a cause is.
_ERRORS = {
    CauseClass.SHARED_CACHE: "Misconfiguration",
    CauseClass.CACHE: "Misconfiguration",
    CauseClass.CACHED_COOKIE: "Misconfiguration",
    CauseClass.DESYNC: "Misconfiguration",
    CauseClass.APP_CACHE: "Programming error",
    CauseClass.SESSION_MIX_UP: "Programming error",
    CauseClass.REQUEST_RACE: "Programming error",
    CauseClass.BULK_LISTING: "Programming error",
    CauseClass.ENUMERATION: "Programming error",
    CauseClass.JOB_MIX_UP: "Programming error",
    CauseClass.MEMORY_FRAGMENT: "Programming error",
    CauseClass.ACCOUNT_MAPPING: "Data entry error",
    CauseClass.OPEN_RECIPIENTS: "Misdelivery",
    CauseClass.MAIL_SHIFT: "Misdelivery",
    CauseClass.TEMPLATE_FIELD: "Publishing error",
}
_BY_MAIL = (CauseClass.OPEN_RECIPIENTS, CauseClass.MAIL_SHIFT)
# Which kind of data a field is; everything else is personal.
_DATA = {
    "password": "Credentials",
    "security-answer": "Credentials",
    "username": "Credentials",
    "account-access-code": "Credentials",
    "session": "Session key",
    "account-number": "Bank",
    "card-number": "Payment",
    "medical": "Medical",
    "health-insurance": "Medical",
    "ssn": "Sensitive Personal",
    "national-id": "Sensitive Personal",
    "passport": "Sensitive Personal",
    "driver-licence": "Sensitive Personal",
    "tax-id": "Sensitive Personal",
    "military-id": "Sensitive Personal",
    "biometric": "Sensitive Personal",
    "genetic": "Sensitive Personal",
}
_UNKNOWN = ["Unknown"]


def veris_of(case: Case, measurement: Measurement | None = None) -> dict[str, Any]:
    """Return the case as VERIS.

    Raises  NotNow if there is no case
    """
    gist = gist_of(case, measurement)
    began = gist.first_at or case.discovered_at or gist.opened_at
    return {
        "schema_version": VERSION,
        "schema_name": "veris",
        "incident_id": gist.case,
        "source_id": "spillkit",
        "security_incident": "Confirmed" if gist.word_signed else "Suspected",
        "summary": gist.summary,
        "confidence": "High" if gist.cause_is_sure else "Low",
        "timeline": {
            "incident": {"year": began.year, "month": began.month, "day": began.day},
            "discovery": _discovery(case, gist),
        },
        "victim": {
            "country": _UNKNOWN,
            "employee_count": "Unknown",
            "government": ["NA"],
            "industry": "00",
        },
        "actor": _actor(gist),
        "action": _action(gist),
        "asset": {
            "assets": [{"variety": "S - Mail" if gist.cause in _BY_MAIL else "S - Web application"}],
            "cloud": _UNKNOWN,
        },
        "attribute": {"confidentiality": _disclosed(gist)},
        "discovery_method": {"unknown": True},
    }


def _discovery(case: Case, gist: Gist) -> dict[str, Any]:
    if gist.first_at is None or case.discovered_at is None or case.discovered_at < gist.first_at:
        return {"unit": "Unknown"}
    return {"unit": "Hours", "value": int((case.discovered_at - gist.first_at).total_seconds()) // 3600}


def _actor(gist: Gist) -> dict[str, Any]:
    if gist.cause is CauseClass.UNKNOWN:
        return {"unknown": {"notes": "The cause is not known."}}
    motive = _UNKNOWN if gist.cause is CauseClass.STAFF else ["NA"]
    return {"internal": {"variety": _UNKNOWN, "motive": motive}}


def _action(gist: Gist) -> dict[str, Any]:
    if gist.cause is CauseClass.STAFF:
        return {"misuse": {"variety": _UNKNOWN, "vector": _UNKNOWN}}
    if gist.cause in _ERRORS:
        return {"error": {"variety": [_ERRORS[gist.cause]], "vector": _UNKNOWN}}
    return {"unknown": {"notes": "The cause is not known."}}


def _disclosed(gist: Gist) -> dict[str, Any]:
    disclosed = "Yes" if gist.confirmed else "Unknown" if gist.confirmed is None else "Potentially"
    said: dict[str, Any] = {"data_disclosure": disclosed, "data_victim": ["Customer"]}
    kinds = dict.fromkeys(_DATA.get(field, "Personal") for field in gist.fields)
    if kinds:
        amount = {} if gist.confirmed is None else {"amount": gist.confirmed}
        said["data"] = [{"variety": kind, **amount} for kind in kinds]
    if gist.confirmed is not None:
        said["data_total"] = gist.confirmed
    if gist.upper is not None and gist.upper != gist.confirmed:
        said["notes"] = f"People: {gist.confirmed} confirmed, at most {gist.upper}."
    return said
