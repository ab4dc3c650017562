"""The API's part about reports to authorities and attached files: to be read only.

In:    requests with a key or a session.
Out:   lists as JSON; a report as the bytes that were kept, or as PDF.
Else:  drafting and signing a report is for people, on its pages; the rest of the API is `api`.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Path, Router, Schema

from spillkit.case.state import Report as CaseReport
from spillkit_server import reporting
from spillkit_server.cases import read_case
from spillkit_server.printing import print_report


class Problem(Schema):
    """Why not."""

    detail: str


_GONE = {410: Problem}
_REFUSALS = {401: Problem, 403: Problem, 404: Problem, 422: Problem, 429: Problem}
_Number = Annotated[int, Path(ge=1, le=999_999_999, description="number of the incident in the room")]
_Name = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.:-]{1,64}$", description="name of the report: report-1")]

router = Router()


class ReportOut(Schema):
    """One report, without its text."""

    report: str
    phase: Literal["first", "follow-up", "withdrawal"]
    addressee: str
    state: Literal["draft", "approved", "sent", "withdrawn"]
    duties: list[dict[str, str]]
    digest: str
    drafted_at: datetime
    sent_at: datetime | None
    receipt: str
    follows: str | None


class AttachmentOut(Schema):
    """One attached file, without its bytes."""

    name: str
    digest: str
    size_bytes: int
    at: datetime


def _bytes_of(media_type: str, kind: str) -> dict[str, Any]:
    content = {media_type: {"schema": {"type": kind, **({"format": "binary"} if kind == "string" else {})}}}
    return {"responses": {200: {"description": "OK", "content": content}}}


@router.get("/{number}/reports", response={200: list[ReportOut], **_REFUSALS}, url_name="reports")
def reports(request: HttpRequest, number: _Number) -> list[dict[str, Any]]:
    """List the reports of an incident, oldest first."""
    case = read_case(number)
    return [
        {
            "report": each.report,
            "phase": each.phase.value,
            "addressee": each.addressee,
            "state": "withdrawn" if reporting.is_withdrawn(case, each) else each.state,
            "duties": [msgspec.to_builtins(ref) for ref in each.duties],
            "digest": each.digest,
            "drafted_at": each.drafted.at,
            "sent_at": each.sent_at,
            "receipt": each.receipt,
            "follows": each.follows,
        }
        for each in case.reports
    ]


@router.get(
    "/{number}/reports/{report}",
    response={**_REFUSALS, **_GONE},
    openapi_extra=_bytes_of("application/json", "object"),
    url_name="report",
)
def report(request: HttpRequest, number: _Number, report: _Name) -> HttpResponse:
    """Return a report as JSON: exactly the bytes whose SHA-256 two people sign."""
    found = _found(number, report)
    return HttpResponse(bytes(reporting.kept_row(number, found).body), content_type="application/json")


@router.get(
    "/{number}/reports/{report}/pdf",
    response={**_REFUSALS, **_GONE},
    openapi_extra=_bytes_of("application/pdf", "string"),
    url_name="report-pdf",
)
def report_pdf(request: HttpRequest, number: _Number, report: _Name) -> HttpResponse:
    """Return a report as PDF: the same bytes each time. Until two people have approved it, each page says that it is a draft."""
    found = _found(number, report)
    body = bytes(reporting.kept_row(number, found).body)
    return HttpResponse(print_report(body, is_draft=reporting.is_draft(found)), content_type="application/pdf")


@router.get("/{number}/attachments", response={200: list[AttachmentOut], **_REFUSALS}, url_name="attachments")
def attachments(request: HttpRequest, number: _Number) -> list[dict[str, Any]]:
    """List what people attached, oldest first."""
    return [{**msgspec.structs.asdict(each), "at": each.by.at} for each in read_case(number).attachments]


def _found(number: int, name: str) -> CaseReport:
    found = read_case(number).report(name)
    if found is None:
        raise Http404
    return found
