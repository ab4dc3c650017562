"""Events as rows: what is proved for ever, and beside it what people wrote, so that a text alone can be erased.

In:    events of a case; rows.
Out:   rows to write; events, with the texts that nobody erased since.
Else:  which event follows what is `spillkit.case`; writing them in one transaction is `cases`; erasing is `erasing`.
"""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import QuerySet

from spillkit.case.events import Event, bare, decode, encode, texts_of, with_texts
from spillkit.case.state import Moment
from spillkit_server.models import CaseRow, EventRow, TextRow


class Rows(NamedTuple):
    """One event, ready to be written."""

    event: EventRow
    texts: list[TextRow]


def rows_of(case: CaseRow, event: Event, moment: Moment) -> Rows:
    """Return the rows of an event.

    moment  the event's line in the timeline: its number and digest
    """
    row = EventRow(
        case=case,
        number=moment.number,
        event_id=event.id,
        kind=moment.kind,
        at=event.at,
        body=encode(bare(event)),
        digest=moment.digest,
    )
    return Rows(row, [TextRow(event=row, name=name, text=text) for name, text in texts_of(event).items()])


def events_of(rows: QuerySet[EventRow]) -> list[Event]:
    """Return the events of rows, in the order of the rows.

    Raises  CaseDamaged if a row holds no event
    """
    return [event_of(row) for row in rows.prefetch_related("texts")]


def event_of(row: EventRow) -> Event:
    """Return the event of one row."""
    return with_texts(decode(bytes(row.body)), {each.name: each.text for each in row.texts.all()})
