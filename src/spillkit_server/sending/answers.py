"""Write down what came of notices that this sender had in hand.

In:    Came, for each.
Out:   their rows, in the state that follows, in one transaction with the mark of the journal.
Else:  what an answer means is `wire`; the journal has it already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from spillkit.errors import NotReconciled
from spillkit.notices.pace import next_try
from spillkit.notices.states import Event, State, step
from spillkit_server.models import DomainRow, NoticeRow
from spillkit_server.sending.marks import Marked

_NOT_OFFERED_WAIT = timedelta(seconds=30)  # the server could not be reached; grows with each try
_NOT_OFFERED_MOST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Came:
    """What came of one try."""

    notice: str
    number: int  # of the try
    event: Event
    code: str
    server_id: str = ""


def keep(marked: Marked, came: Sequence[Came], now: datetime) -> None:
    """Write down what came of tries of this sender.

    Raises  NotReconciled if a row is not in its hand any more: the database was changed for another one
    """
    with transaction.atomic():
        given_up = write_rows(marked.name, came, now)
        for one in given_up:
            marked.journal.step(one.notice, one.number, now, Event.GIVEN_UP, "too-long")
        marked.move()
    marked.moved()


def write_rows(journal: str, came: Sequence[Came], now: datetime, *, waits: bool = True) -> list[Came]:
    """Write rows that are in the hand of a journal's sender, within the caller's transaction; return those given up.

    waits  what was not offered waits a little: the server was not there, or the mail could not be made
    """
    put_off = [one.notice for one in came if one.event is Event.PUT_OFF]
    since = dict(NoticeRow.objects.filter(notice__in=put_off).values_list("notice", "put_off_at")) if put_off else {}
    at = connection.ops.adapt_datetimefield_value
    values, given_up = [], []
    for one in came:
        state, next_at, put_off_at = step(State.SENDING, one.event), None, None
        if state is State.READY:
            next_at = now + min(_NOT_OFFERED_WAIT * one.number, _NOT_OFFERED_MOST) if waits else now
        elif state is State.DEFERRED:
            put_off_at = since.get(one.notice) or now
            next_at = next_try(one.number, put_off_at, now)
            if next_at is None:
                state = step(state, Event.GIVEN_UP)
                given_up.append(one)
        values.append(
            (
                *(state.value, at(next_at), at(put_off_at), at(now), one.code, one.server_id),
                *(one.notice, State.SENDING.value, journal, one.number),
            )
        )
    table = connection.ops.quote_name(NoticeRow._meta.db_table)
    statement = f"""
        UPDATE {table}
        SET state = %s, next_at = %s, put_off_at = coalesce(put_off_at, %s), changed_at = %s, answer = %s, server_id = %s
        WHERE notice = %s AND state = %s AND journal = %s AND tries = %s
    """  # noqa: S608 - names of our own tables
    if values:
        with connection.cursor() as cursor:
            cursor.executemany(statement, values)
            if cursor.rowcount != len(values):
                raise NotReconciled(
                    "A notice was in this sender's hand and is not any more: the database was changed for another one. "
                    "Nothing more is sent. End all senders, then reconcile the database with the sent journals."
                )
    _take_back([one.notice for one in came if one.event is Event.NOT_OFFERED])
    return given_up


def _take_back(notices: Sequence[str]) -> None:
    """Count mails that were never offered no more: shares are of those that a server was given."""
    rows = NoticeRow.objects.filter(notice__in=notices, mailing__isnull=False).values_list("mailing", "domain")
    for (mailing, domain), count in sorted(Counter(rows).items()):  # In the order in which claims take them.
        DomainRow.objects.filter(mailing=mailing, domain=domain).update(mails=Greatest(F("mails") - count, 0))
