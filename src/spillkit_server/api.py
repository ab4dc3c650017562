"""The API: the same cases for programs, described by OpenAPI at /api/openapi.json.

In:    requests with a key (`Authorization: Bearer …`) or a session.
Out:   JSON.
Else:  what may be done is the library's to say, and who may ask `permissions`; this translates, and nothing more.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from django.http import HttpRequest
from django.utils import timezone
from ninja import Field, NinjaAPI, Path, Query, Schema
from ninja.errors import ValidationError
from ninja.responses import Response

from spillkit.case import commands as c
from spillkit.case import running_clocks
from spillkit.case.events import DutyRef
from spillkit.case.questions import answer_cells
from spillkit.errors import CaseError, ChangedSince, InputError, KeptDamaged, KeptErased, NotAllowed, PdfUnavailable
from spillkit_server import api_reports
from spillkit_server.cases import actor_of, ask, new_id, read_case
from spillkit_server.deciding import decide_again
from spillkit_server.mailing_checks import check_mailing
from spillkit_server.measurements import measurement_of
from spillkit_server.models import CaseRow

api = NinjaAPI(title="Spillkit incident room", version="1", docs_url=None, urls_namespace="api")
api.add_router("/incidents", api_reports.router)

_MOST = 2**31 - 1


class Problem(Schema):
    """Why not."""

    detail: str


REFUSALS = {400: Problem, 401: Problem, 403: Problem, 404: Problem, 409: Problem, 422: Problem, 429: Problem}
Number = Annotated[int, Path(ge=1, le=999_999_999, description="number of the incident in the room")]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Name = Annotated[str, Field(min_length=1, max_length=300)]


class IncidentOut(Schema):
    """One incident, as the list shows it."""

    number: int
    title: str
    status: str
    version: int
    confirmed: int | None
    upper: int | None
    aware_at: datetime | None
    changed_at: datetime


class CellOut(Schema):
    """One of the fourteen cells."""

    number: int
    question: str
    answer: str
    confidence: Literal["confirmed", "possible", "unknown"]
    evidence: str
    coverage: str
    changed_at: datetime | None
    readers: list[str]


class ClockOut(Schema):
    """One clock."""

    rule: str
    entity: str
    citation: str
    state: str
    starts_at: datetime | None
    due_at: datetime | None
    left_seconds: int | None
    is_accepted: bool
    is_asked: bool
    is_provisional: bool
    status: str


class DutyOut(Schema):
    """One duty: what the engine says, and what two people decided."""

    rule: str
    entity: str
    jurisdiction: str
    duty: str
    outcome: str
    state: str
    people: int
    people_upper: int
    citation: str
    status: str
    due_at: datetime | None
    addressees: list[str]


class ProposalOut(Schema):
    """A decision that waits for a second person."""

    id: str
    kind: str
    by: str
    at: datetime


class EventOut(Schema):
    """One event, without what people wrote."""

    number: int
    id: str
    kind: str
    at: datetime
    actor: str
    role: str
    digest: str


class Kept(Schema):
    """What was asked is kept."""

    version: int
    proposals: list[ProposalOut]


class _Asked(Schema):
    id: Id | None = Field(None, description="id of the event; send the same one again, and it counts once")
    seen: Annotated[int, Field(ge=0, le=_MOST, description="version of the case that was looked at")]


class ProposeDuty(_Asked):
    """Say that a duty binds a legal entity, or that it does not."""

    rule: Name
    entity: Name
    binds: bool
    reason: Text


class ProposeAware(_Asked):
    """Say when the company became aware."""

    aware_at: datetime = Field(description="with its offset")
    reason: Text


class Signature(_Asked):
    """Sign what another person proposed."""

    proposal: Id


class Refusal(Signature):
    """Decline a proposal, or take it back."""

    reason: Text


class Answer(_Asked):
    """Answer what only people can."""

    question: Name
    answer: Literal["yes", "no"]
    reason: Text


class Note(Schema):
    """Write a note."""

    id: Id | None = None
    words: Text


@api.exception_handler(CaseError)
def _case_refused(request: HttpRequest, error: CaseError) -> Response:
    status = 409 if isinstance(error, ChangedSince) else 403 if isinstance(error, NotAllowed) else 400
    return Response({"detail": str(error)}, status=status)


@api.exception_handler(InputError)
def _input_refused(request: HttpRequest, error: InputError) -> Response:
    return Response({"detail": str(error)}, status=400)


@api.exception_handler(KeptDamaged)
@api.exception_handler(PdfUnavailable)
def _not_given(request: HttpRequest, error: Exception) -> Response:
    return Response({"detail": str(error)}, status=410 if isinstance(error, KeptErased) else 500)


@api.exception_handler(CaseRow.DoesNotExist)
def _not_there(request: HttpRequest, error: Exception) -> Response:
    return Response({"detail": "Not Found"}, status=404)


@api.exception_handler(ValidationError)
def _not_valid(request: HttpRequest, error: ValidationError) -> Response:
    # Where and why; never what was sent.
    places = [
        "/".join(str(part) for part in each.get("loc", ())) + ": " + str(each.get("type")) for each in error.errors
    ]
    return Response({"detail": "; ".join(places)[:2000]}, status=422)


@api.get("/incidents", response={200: list[IncidentOut], **REFUSALS}, url_name="incidents")
def incidents(
    request: HttpRequest,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, le=_MOST)] = 0,
) -> list[dict[str, Any]]:
    """List the incidents that this account needs to know of, last changed first."""
    rows = CaseRow.objects.filter(readers__opaque=request.user.opaque).order_by("-changed_at")[offset : offset + limit]
    return [_incident(row) for row in rows]


@api.get("/incidents/{number}", response={200: IncidentOut, **REFUSALS}, url_name="incident")
def incident(request: HttpRequest, number: Number) -> dict[str, Any]:
    """Return one incident."""
    return _incident(CaseRow.objects.get(number=number))


@api.get("/incidents/{number}/cells", response={200: list[CellOut], **REFUSALS}, url_name="cells")
def cells(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    """Return the fourteen questions with their answers."""
    case = read_case(number)
    return [
        msgspec.to_builtins(cell, builtin_types=(datetime,))
        for cell in answer_cells(case, measurement_of(number, case))
    ]


@api.get("/incidents/{number}/clocks", response={200: list[ClockOut], **REFUSALS}, url_name="clocks")
def clocks(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    """Return the clocks as they stand now, those that end first first."""
    running = running_clocks(read_case(number), timezone.now())
    return [
        {**msgspec.structs.asdict(clock), "rule": clock.duty.rule, "entity": clock.duty.entity} for clock in running
    ]


@api.get("/incidents/{number}/duties", response={200: list[DutyOut], **REFUSALS}, url_name="duties")
def duties(request: HttpRequest, number: Number) -> list[dict[str, Any]]:
    """Return every duty that was looked at."""
    return [
        {
            **msgspec.structs.asdict(state.duty),
            "state": state.state,
            "due_at": state.duty.deadline.due_at if state.duty.deadline else None,
        }
        for state in read_case(number).duties
    ]


@api.get("/incidents/{number}/events", response={200: list[EventOut], **REFUSALS}, url_name="events")
def events(
    request: HttpRequest, number: Number, after: Annotated[int, Query(ge=0, le=_MOST)] = 0
) -> list[dict[str, Any]]:
    """Return the events of a case after a number, oldest first, without what people wrote."""
    return [msgspec.structs.asdict(moment) for moment in read_case(number).timeline if moment.number > after]


@api.post("/incidents/{number}/duties/propose", response={200: Kept, **REFUSALS}, url_name="propose-duty")
def propose_duty(request: HttpRequest, number: Number, body: ProposeDuty) -> dict[str, Any]:
    """Propose that a duty binds, or does not. It counts once another person signs."""
    duty = DutyRef(body.rule, body.entity)
    return _ask(
        request, number, c.ProposeDuty(id=_id(body), seen=body.seen, duty=duty, binds=body.binds, reason=body.reason)
    )


@api.post("/incidents/{number}/aware/propose", response={200: Kept, **REFUSALS}, url_name="propose-aware")
def propose_aware(request: HttpRequest, number: Number, body: ProposeAware) -> dict[str, Any]:
    """Propose when the company became aware."""
    command = c.ProposeAware(id=_id(body), seen=body.seen, aware_at=body.aware_at, reason=body.reason)
    return _ask(request, number, command)


@api.post("/incidents/{number}/sign", response={200: Kept, **REFUSALS}, url_name="sign")
def sign(request: HttpRequest, number: Number, body: Signature) -> dict[str, Any]:
    """Sign what another person proposed."""
    return _ask(request, number, c.Sign(id=_id(body), seen=body.seen, proposal=body.proposal))


@api.post("/incidents/{number}/decline", response={200: Kept, **REFUSALS}, url_name="decline")
def decline(request: HttpRequest, number: Number, body: Refusal) -> dict[str, Any]:
    """Decline a proposal, or take one's own back."""
    command = c.Decline(id=_id(body), seen=body.seen, proposal=body.proposal, reason=body.reason)
    return _ask(request, number, command)


@api.post("/incidents/{number}/answers", response={200: Kept, **REFUSALS}, url_name="answer")
def answer(request: HttpRequest, number: Number, body: Answer) -> dict[str, Any]:
    """Answer a question that only people can."""
    command = c.AnswerQuestion(
        id=_id(body), seen=body.seen, question=body.question, answer=body.answer, reason=body.reason
    )
    return _ask(request, number, command)


@api.post("/incidents/{number}/notes", response={200: Kept, **REFUSALS}, url_name="note")
def note(request: HttpRequest, number: Number, body: Note) -> dict[str, Any]:
    """Write a note into the timeline."""
    return _ask(request, number, c.AddNote(id=body.id or new_id(), words=body.words))


def _id(body: _Asked) -> str:
    return body.id or new_id()


def _ask(request: HttpRequest, number: int, command: c.Command) -> dict[str, Any]:
    actor, now = actor_of(request.user), timezone.now()
    check_mailing(number, command)
    ask(number, [command], actor, now)
    case = decide_again(number, actor, now)
    return {
        "version": case.version,
        "proposals": [
            {"id": each.by.event, "kind": each.kind, "by": each.by.actor, "at": each.by.at} for each in case.proposals
        ],
    }


def _incident(row: CaseRow) -> dict[str, Any]:
    kept = row.summary
    return {
        "number": row.number,
        "title": kept.get("title", ""),
        "status": kept.get("status", ""),
        "version": row.version,
        "confirmed": kept.get("confirmed"),
        "upper": kept.get("upper"),
        "aware_at": kept.get("aware_at"),
        "changed_at": row.changed_at,
    }
