"""Bring committed events into the record, each once, in the order of each case.

In:    rows of events that are not in the record yet.
Out:   entries of the record; rows marked.
Else:  the record is `spillkit.record`; writing events is `cases`.

An event counts once its transaction is committed. Its entry follows at once, and if the process ends between the two, with the
next start or the next event: an entry has the event's id, and the record takes an id once. So nothing is lost and nothing doubled.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from django.conf import settings

from spillkit.case.events import TextsErased
from spillkit.case.recording import recorded, text_holder
from spillkit.errors import EntryError, RecordError, SettingsError
from spillkit.record import open_record
from spillkit.settings import open_workspace
from spillkit_server.models import EventRow
from spillkit_server.stored_events import event_of

log = logging.getLogger(__name__)
_BATCH = 500


def deliver() -> None:
    """Bring over what waits. What the record refuses to take now waits on, and is said in the log and on the page of the record."""
    try:
        while batch := _waiting_rows():
            _append(batch)
            EventRow.objects.filter(pk__in=[row.pk for row in batch]).update(is_recorded=True)
    except (RecordError, EntryError, SettingsError, OSError) as error:
        log.error("the record could not be written, %d events wait (%s)", waiting(), type(error).__name__)


def waiting() -> int:
    """Return how many events are not in the record yet."""
    return int(EventRow.objects.filter(is_recorded=False).count())


def _waiting_rows() -> list[EventRow]:
    rows = EventRow.objects.filter(is_recorded=False).select_related("case").prefetch_related("texts")
    return list(rows.order_by("id")[:_BATCH])


def _append(rows: Iterable[EventRow]) -> None:
    record = open_record(open_workspace(settings.ROOM.workspace))
    events = [(row, event_of(row)) for row in rows]
    record.append(record.persons.seal_all([recorded(row.case.case_id, row.number, event) for row, event in events]))
    for row, event in events:
        if isinstance(event, TextsErased):
            record.persons.erase(text_holder(row.case.case_id, event.erased))
