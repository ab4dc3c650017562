"""Take the steps of a notice that no sender takes: what was found, what came back, what people decided.

In:    ids of notices, each with a Settlement; or a step that follows from nothing but its state.
Out:   rows, and before them lines of the sent journal, so that a restored database learns of it again.
Else:  reading logs and notifications is `spillkit.notices.dsn` and whoever asks; that two people decided is the case's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from spillkit.errors import ForbiddenStep
from spillkit.notices.states import CLAIMABLE, STEPS, Event, Settlement, State, check_settlement, step
from spillkit_server.models import DomainRow, NoticeRow
from spillkit_server.sending.marks import Marked


def settle(marked: Marked, settled: Iterable[tuple[str, Settlement]], now: datetime) -> int:
    """Settle held notices; return how many.

    Raises  ForbiddenStep if the evidence does not show it, or a notice is not held; nothing was changed then
    """
    steps = []
    for notice, settlement in settled:
        check_settlement(settlement)
        steps.append((notice, settlement.event, settlement.evidence.value))
    return _take(marked, steps, now, skips=False)


def withdraw(marked: Marked, notices: Iterable[str], now: datetime) -> int:
    """Keep notices from leaving that no sender has in hand; return how many that was. What left, left."""
    return _take(marked, [(notice, Event.WITHDRAWN, "withdrawn") for notice in notices], now, skips=True)


def came_back(marked: Marked, notices: Iterable[str], now: datetime) -> int:
    """Write down mails that came back after they had been taken; a second notification of the same changes nothing."""
    return _take(marked, [(notice, Event.CAME_BACK, "delivery-status") for notice in notices], now, skips=True)


def complained(notice: str) -> bool:
    """Write down that somebody called a notice spam; a second time changes nothing."""
    with transaction.atomic():
        row = NoticeRow.objects.select_for_update().filter(notice=notice, is_complained=False).first()
        if row is None or row.mailing_id is None:
            return False
        NoticeRow.objects.filter(pk=row.pk).update(is_complained=True)
        DomainRow.objects.filter(mailing=row.mailing_id, domain=row.domain).update(complained=F("complained") + 1)
        return True


def _take(marked: Marked, steps: list[tuple[str, Event, str]], now: datetime, *, skips: bool) -> int:
    """Take steps, all in one transaction.

    skips  leave out notices that cannot take theirs, instead of refusing all
    """
    with transaction.atomic():
        names = [notice for notice, _event, _evidence in steps]
        rows: dict[str, NoticeRow] = {}
        for first in range(0, len(names), 500):
            part = NoticeRow.objects.select_for_update().filter(notice__in=names[first : first + 500]).order_by("id")
            rows |= {row.notice: row for row in part}
        changed = []
        for notice, event, evidence in steps:
            row = rows.get(notice)
            if row is None or (State(row.state), event) not in STEPS:
                if skips:
                    continue
                if row is None:
                    raise ForbiddenStep("There is no such notice. Nothing was changed.")
            after = step(State(row.state), event)
            marked.journal.step(notice, row.tries, now, event, evidence)
            row.state, row.changed_at, row.answer = after.value, now, event.value
            row.next_at = now if after in CLAIMABLE else None
            changed.append(row)
        marked.move()
        NoticeRow.objects.bulk_update(changed, ["state", "changed_at", "answer", "next_at"], batch_size=200)
    marked.moved()
    return len(changed)
