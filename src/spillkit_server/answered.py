"""Write down which mailboxes get an answer of the portal: before a mail leaves, when its dot leaves, and until it is forgotten.

In:    keyed marks of mailboxes, the time.
Out:   AnsweredRow and SpareRow.
Else:  who is answered is `answering`.

A mark is written waiting. It changes just before the dot of its mail, once: of two processes one sends. What the mail server surely
did not take is waiting again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from spillkit.notices.asking import BETWEEN
from spillkit.notices.publishing import Spares, spare_ids
from spillkit_server.models import AnsweredRow, SpareRow

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


def put_back(mark: str, since: datetime) -> None:
    """Say that the mail server surely did not take it: the mark waits again, as it did since then."""
    AnsweredRow.objects.filter(mark=mark).update(is_waiting=True, decided_at=since)


def forget(now: datetime, given_up: Collection[str]) -> None:
    """Forget whom nobody needs to know any more. Call it when no question of an earlier day is left in the spool."""
    AnsweredRow.objects.filter(mark__in=given_up, is_waiting=True).delete()
    AnsweredRow.objects.filter(is_waiting=False, decided_at__lt=now - BETWEEN).delete()
