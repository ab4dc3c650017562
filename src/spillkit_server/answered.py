"""Write down which mailboxes get an answer of the portal: before a mail leaves, when its dot leaves, and until it is forgotten.

In:    keyed marks of mailboxes, the time.
Out:   AnsweredRow and SpareRow.
Else:  who is answered is `answering`.

A mark is written waiting. It changes just before the dot of its mail, once: of two processes one sends. What the mail server surely
did not take is waiting again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from spillkit.notices.asking import BETWEEN
from spillkit.notices.spares import Spares, spare_ids
from spillkit.notices.states import Event
from spillkit_server.models import AnsweredRow, SpareRow
from spillkit_server.sending.post import Parcel
from spillkit_server.sending.wire import Offers

GIVEN_UP_AFTER = timedelta(days=2)  # the mail server took the mail on none of them
_AT_ONCE = 500


class Wanted(NamedTuple):
    """A mailbox that is to be answered."""

    mark: str
    campaign: str = ""  # of a letter to somebody who is not affected: it needs a code of its own
    entity: str = ""


def answered_at() -> dict[str, datetime]:
    """Return when the last mail to each mailbox left."""
    return dict(AnsweredRow.objects.filter(is_waiting=False).values_list("mark", "decided_at"))


def waiting(marks: Collection[str]) -> set[str]:
    """Return those of some marks that wait."""
    return set(AnsweredRow.objects.filter(is_waiting=True, mark__in=marks).values_list("mark", flat=True))


def overdue(now: datetime) -> set[str]:
    """Return the marks of those whose mail could not be handed over for too long."""
    rows = AnsweredRow.objects.filter(is_waiting=True, decided_at__lt=now - GIVEN_UP_AFTER)
    return set(rows.values_list("mark", flat=True))


def write_waiting(wanted: Sequence[Wanted], id_key: bytes, now: datetime) -> dict[str, str]:
    """Write marks, waiting; return them, each with the id of the letter whose code it carries, or "" with none.

    Those for whom no published code is left are not among them: nothing was written of them.
    """
    found: dict[str, str] = {}
    with transaction.atomic():
        spares = {(row.campaign, row.entity): row for row in SpareRow.objects.select_for_update()}
        known = {row.mark: row for row in AnsweredRow.objects.filter(is_waiting=True)}
        made = []
        for one in wanted:
            row = known.get(one.mark) or AnsweredRow(mark=one.mark, decided_at=now)
            if one.campaign and not row.spare:
                spare = spares.get((one.campaign, one.entity))
                if spare is None or spare.used >= spare.published:
                    continue
                spare.used += 1
                of_all = Spares(one.campaign, one.entity, spare.published)
                [row.spare] = spare_ids(of_all, spare.used - 1, spare.used, id_key)
            found[one.mark] = row.spare
            made.append(row)
        for start in range(0, len(made), _AT_ONCE):  # Also those of an earlier day: their rows are written anew.
            AnsweredRow.objects.filter(mark__in=[row.mark for row in made[start : start + _AT_ONCE]]).delete()
        AnsweredRow.objects.bulk_create(
            [AnsweredRow(mark=row.mark, decided_at=row.decided_at, spare=row.spare) for row in made], _AT_ONCE
        )
        SpareRow.objects.bulk_update(spares.values(), ["used"], _AT_ONCE)
    return found


def take(mark: str, now: datetime) -> datetime | None:
    """Say that the dot of a mail leaves now; return since when the mark waited.

    Returns  None if another process was first: this mail must not leave
    """
    since = AnsweredRow.objects.filter(mark=mark, is_waiting=True).values_list("decided_at", flat=True).first()
    changed = AnsweredRow.objects.filter(mark=mark, is_waiting=True).update(is_waiting=False, decided_at=now)
    return since if changed == 1 else None


class Came(StrEnum):
    """What came of one mail."""

    TAKEN = "taken"
    LOST = "lost"  # the mail server's answer was lost: perhaps taken, and not sent again
    REFUSED = "refused"  # for good
    TOO_SOON = "too_soon"  # another process sends it
    WAITING = "waiting"  # surely not taken: it may be tried again


def offer(wire: Offers, mark: str, parcel: Parcel, clock: Callable[[], datetime]) -> tuple[Came, bool]:
    """Offer a mail to a mailbox whose mark waits, once; return what came of it, and whether the mail server is there."""
    since: list[datetime] = []

    def before_dot() -> None:
        waits_since = take(mark, clock())
        if waits_since is None:
            raise _TakenError
        since.append(waits_since)

    try:
        answer = wire.offer(parcel, before_dot)
    except _TakenError:
        return Came.TOO_SOON, True
    came = _CAME.get(answer.event, Came.WAITING)
    if came is Came.WAITING:
        for waits_since in since:  # The server said "later" to the whole mail.
            put_back(mark, waits_since)
    return came, not answer.is_unreachable


_CAME = {Event.TAKEN: Came.TAKEN, Event.ANSWER_LOST: Came.LOST, Event.REFUSED: Came.REFUSED}


class _TakenError(Exception):
    """Another process sends this mail."""


def put_back(mark: str, since: datetime) -> None:
    """Say that the mail server surely did not take it: the mark waits again, as it did since then."""
    AnsweredRow.objects.filter(mark=mark).update(is_waiting=True, decided_at=since)


def drop(marks: Collection[str]) -> None:
    """Forget mailboxes that wait, and to which no mail can be sent."""
    ordered = sorted(marks)
    for start in range(0, len(ordered), _AT_ONCE):
        AnsweredRow.objects.filter(mark__in=ordered[start : start + _AT_ONCE], is_waiting=True).delete()


def forget(now: datetime) -> None:
    """Forget whom nobody needs to know any more. Call it when no question of an earlier day is left in the spool."""
    AnsweredRow.objects.filter(is_waiting=False, decided_at__lt=now - BETWEEN).delete()
