"""Take notices in hand, as many as may leave now.

In:    a mailing, the journal of the sender, its pace, the time.
Out:   Claimed; their rows are `sending`, committed, before anybody is written to.
Else:  how many may leave is `spillkit.notices.pace`; what came of them is `answers`.

A sender holds what it claimed for as long as it lives, which the lock of its journal tells: not for a time, since a sender that was
asleep for longer than its time would wake up and send what another sent by then. Claims of one mailing follow each other, so that
several senders share one pace.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, F, Max, Sum

from spillkit.notices.pace import (
    BOUNCE_LINE,
    WINDOW_SECONDS,
    Answered,
    Pace,
    Why,
    canary_left,
    domain_budget,
    has_canary_passed,
    why_pause,
    window_of,
)
from spillkit.notices.states import Event, State, step
from spillkit_server.models import DomainRow, Mailing, NoticeRow
from spillkit_server.sending.counts import funnel
from spillkit_server.sending.marks import Marked

_NOT_THE_SERVERS = ("no-address", "no-smtputf8")  # refused here: they say nothing of how the mailing is received
_ROUNDS = 4  # of looking for more, where domains turned out to be closed


class Claimed(NamedTuple):
    """A notice in this sender's hand."""

    notice: str
    number: int  # of the try, from 1


def claim(mailing_id: int, marked: Marked, most: int, pace: Pace, now: datetime) -> list[Claimed]:
    """Take at most so many notices in hand.

    Returns  none where the mailing is not approved, paused, or waits for its canary, its time or its domains
    Raises   NotReconciled if the database was changed for another one
    """
    with transaction.atomic():
        mailing = Mailing.objects.select_for_update().get(pk=mailing_id)
        marked.move()
        claimed = _take(mailing, marked, most, pace, now) if _may_leave(mailing, now) else []
    marked.moved()
    return claimed


def _may_leave(mailing: Mailing, now: datetime) -> bool:
    if not mailing.is_planned or mailing.approved_at is None or mailing.paused:
        return False
    totals = mailing.domains.aggregate(mails=Sum("mails"), complained=Sum("complained"))
    bad = NoticeRow.objects.filter(mailing=mailing, changed_at__gte=mailing.judged_from)
    answered = Answered(
        mails=totals["mails"] or 0,
        bounced=bad.filter(state=State.BOUNCED).exclude(answer__in=_NOT_THE_SERVERS).count(),
        complained=totals["complained"] or 0,
        lost=bad.filter(state=State.HELD).count(),
    )
    why = why_pause(answered)
    if why is not None:
        Mailing.objects.filter(pk=mailing.pk).update(paused=why.value)
        return False
    if answered.bounced * 10_000 > BOUNCE_LINE.per_10000 * BOUNCE_LINE.sample:  # else no domain can be over the line
        _pause_domains(mailing)
    return True


def _pause_domains(mailing: Mailing) -> None:
    """Pause what goes to domains that refuse it, while the rest goes on."""
    counted = (
        NoticeRow.objects.filter(mailing=mailing, state=State.BOUNCED, changed_at__gte=mailing.judged_from)
        .exclude(answer__in=_NOT_THE_SERVERS)
        .values("domain")
        .annotate(bounced=Count("id"))
        .filter(bounced__gt=BOUNCE_LINE.per_10000 * BOUNCE_LINE.sample // 10_000)
    )
    bounced = {row["domain"]: row["bounced"] for row in counted}
    for domain in DomainRow.objects.filter(mailing=mailing, domain__in=bounced, paused=""):
        if why_pause(Answered(mails=domain.mails, bounced=bounced[domain.domain])) is Why.BOUNCES:
            DomainRow.objects.filter(pk=domain.pk).update(paused=Why.BOUNCES.value)


def _take(mailing: Mailing, marked: Marked, most: int, pace: Pace, now: datetime) -> list[Claimed]:
    first_left = _canary(mailing, pace, now)
    claimed: list[Claimed] = []
    for _ in range(_ROUNDS):
        shut = list(
            DomainRow.objects.filter(mailing=mailing, closed_until__gt=now).values_list("domain", flat=True)
        ) + list(DomainRow.objects.filter(mailing=mailing).exclude(paused="").values_list("domain", flat=True))
        rows = NoticeRow.objects.filter(mailing=mailing, next_at__lte=now).exclude(domain__in=shut)
        if first_left is not None and first_left <= 0:
            rows = rows.exclude(state=State.READY)
        found = list(rows.order_by("next_at", "id").select_for_update(skip_locked=True)[: most - len(claimed)])
        chosen = _within_budgets(mailing, found, pace, now)
        if first_left is not None:
            firsts = [row for row in chosen if row.state == State.READY]
            over = {row.pk for row in firsts[first_left:]}
            chosen = [row for row in chosen if row.pk not in over]
            first_left -= len(firsts) - len(over)
        for row in chosen:
            step(State(row.state), Event.CLAIMED)
        NoticeRow.objects.filter(pk__in=[row.pk for row in chosen]).update(
            state=State.SENDING, tries=F("tries") + 1, journal=marked.name, next_at=None, changed_at=now
        )
        _count(mailing, chosen)
        claimed += [Claimed(row.notice, row.tries + 1) for row in chosen]
        if len(claimed) >= most or len(found) < most - len(claimed) or not found:
            break
    return claimed


def _canary(mailing: Mailing, pace: Pace, now: datetime) -> int | None:
    """Return how many more may be tried for the first time; None: all."""
    if mailing.canary_passed_at is not None:
        return None
    counts = funnel(mailing.pk)
    last = NoticeRow.objects.filter(mailing=mailing).exclude(state__in=(State.READY, State.WITHDRAWN)).aggregate(
        at=Max("changed_at")
    )["at"]  # fmt: skip
    if has_canary_passed(pace, counts, now - last if last else timedelta()):
        Mailing.objects.filter(pk=mailing.pk).update(canary_passed_at=now)
        return None
    return canary_left(pace, counts)


def _within_budgets(mailing: Mailing, rows: list[NoticeRow], pace: Pace, now: datetime) -> list[NoticeRow]:
    """Return those rows that their domains have a budget for; close the domains that have none left."""
    window = window_of(now)
    known = {
        row.domain: row for row in DomainRow.objects.filter(mailing=mailing, domain__in={row.domain for row in rows})
    }
    new = [
        DomainRow(mailing=mailing, domain=domain, first_at=now, window_at=window)
        for domain in dict.fromkeys(row.domain for row in rows)
        if domain not in known
    ]
    DomainRow.objects.bulk_create(new)
    known |= {row.domain: row for row in new}
    left = {}
    for name, domain in known.items():
        if domain.window_at != window:
            domain.window_at, domain.in_window = window, 0
        left[name] = domain_budget(pace, now - domain.first_at) - domain.in_window
    chosen = []
    for row in rows:
        if left[row.domain] > 0:
            chosen.append(row)
            left[row.domain] -= 1
            known[row.domain].in_window += 1
        else:
            known[row.domain].closed_until = window + timedelta(seconds=WINDOW_SECONDS)
    DomainRow.objects.bulk_update(known.values(), ["window_at", "in_window", "closed_until"])
    return chosen


def _count(mailing: Mailing, rows: list[NoticeRow]) -> None:
    by_count: dict[int, list[str]] = {}
    for domain, count in Counter(row.domain for row in rows).items():
        by_count.setdefault(count, []).append(domain)
    for count, domains in by_count.items():
        DomainRow.objects.filter(mailing=mailing, domain__in=domains).update(mails=F("mails") + count)
