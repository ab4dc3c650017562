"""Destroy what a person wrote in an event of a case: in the room's database, then in the record.

In:    a case, an event of it, and the reason.
Out:   what was destroyed, and where the same text still stands.
Else:  whether it may be is `spillkit.case` (a legal hold stops it); that somebody may ask is the command line's: whoever runs the
       server. Overwriting what the database has deleted is `scrubbing`.

The order is such that an interruption leaves nothing half done that the next start or a second call does not finish: first the
event of the erasing and the deletion, in one transaction; then the key in the record, by `outbox`; then the free pages.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from spillkit.case.commands import EraseTexts
from spillkit.case.events import AttachmentAdded, ReportDrafted
from spillkit.case.roles import Actor, Role
from spillkit.case.state import Case
from spillkit.errors import InputError, RecordError
from spillkit_server.cases import add_up_again, ask, new_id, read_case
from spillkit_server.models import CaseRow, EventRow, FileRow, ReportRow, TextRow
from spillkit_server.outbox import deliver
from spillkit_server.scrubbing import scrub
from spillkit_server.stored_events import event_of

OPERATOR = Actor("operator", Role.SYSTEM)  # whoever runs the server
_SHORTEST = 4  # characters of a text that is looked for elsewhere: a shorter one is found everywhere


class Erased(NamedTuple):
    """What was destroyed."""

    event: int  # its number in the case
    texts: int
    files: int  # kept bytes: of an attachment, of a drafted report
    still_in: tuple[int, ...]  # numbers of events of the same case that hold the same text, or a report that quotes it
    is_scrubbed: bool  # the database's free pages hold nothing of it either


def erase(case_id: str, event: str, reason: str, now: datetime) -> Erased:
    """Destroy the texts of one event, and the kept bytes that it brought.

    case_id  id of the case, as the record names it
    event    id of the event, or its number in the timeline
    now      UTC
    Raises   InputError if there is no such event or nothing to erase; CaseError if the case forbids it (a legal hold);
             RecordError if the event could not be brought into the record first. Nothing was erased then
    """
    row = _row(case_id, event)
    deliver()
    if not EventRow.objects.get(pk=row.pk).is_recorded:
        raise RecordError(
            "The record cannot be written now, so nothing was erased. Look at the server's log and at the free disk space, then "
            "repeat."
        )
    number = int(row.case.number)
    with transaction.atomic():
        CaseRow.objects.select_for_update().get(pk=row.case_id)
        texts = list(TextRow.objects.filter(event=row).values_list("text", flat=True))
        files = _files_of(row, read_case(number))
        again = row.event_id in read_case(number).erased
        if not (texts or files or again):
            raise InputError("Nothing that a person wrote is in that event.")
        ask(number, [EraseTexts(id=new_id(), event=row.event_id, reason=reason)], OPERATOR, now)
        TextRow.objects.filter(event=row).delete()
        for kept in files:
            kept.delete()
        add_up_again(number)
    deliver()
    return Erased(int(row.number), len(texts), len(files), _still_in(row, texts), scrub())


def _row(case_id: str, event: str) -> EventRow:
    named = Q(event_id=event) | (
        Q(number=int(event)) if event.isascii() and event.isdigit() and len(event) < 10 else Q()
    )
    row = EventRow.objects.filter(named, case__case_id=case_id).select_related("case").order_by("-event_id").first()
    if row is None:
        raise InputError(
            "The room's database has no such event. The page of the record shows the case's id, the timeline each event's number; "
            "where the room runs on PostgreSQL, set SPILLKIT_DATABASE as the server has it."
        )
    return row


def _files_of(row: EventRow, case: Case) -> list[FileRow | ReportRow]:
    """Return the bytes that an event brought and no other event of the case names."""
    event = event_of(row)
    if isinstance(event, AttachmentAdded):
        others = [one for one in case.attachments if one.digest == event.digest and one.by.event != event.id]
        if not all(one.by.event in case.erased for one in others):
            return []
        return list(FileRow.objects.filter(case=row.case, digest=event.digest))
    if isinstance(event, ReportDrafted):
        return list(ReportRow.objects.filter(case=row.case, digest=event.digest))
    return []


def _still_in(row: EventRow, texts: list[str]) -> tuple[int, ...]:
    """Return the numbers of events that hold one of the texts too, so that somebody can look at them."""
    found: set[int] = set()
    for text in (text for text in texts if len(text) >= _SHORTEST):
        same = TextRow.objects.filter(event__case=row.case, text__contains=text)
        found |= set(same.values_list("event__number", flat=True))
        quoted = {json.dumps(text, ensure_ascii=ascii_only)[1:-1].encode() for ascii_only in (True, False)}
        for report in ReportRow.objects.filter(case=row.case):
            kept = bytes(report.body) + bytes(report.said)
            if any(quote in kept for quote in quoted):
                found |= _drafted_by(row.case, report.digest)
    return tuple(sorted(found))


def _drafted_by(case: CaseRow, digest: str) -> set[int]:
    rows = EventRow.objects.filter(case=case, kind="report-drafted")
    drafts = [(row, event_of(row)) for row in rows]
    return {row.number for row, event in drafts if isinstance(event, ReportDrafted) and event.digest == digest}
