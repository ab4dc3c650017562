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

from django.db import connection, transaction
from django.db.models import Count, F, Max, Q, QuerySet, Sum

from spillkit.notices.pace import (
    BOUNCE_LINE,
    WINDOW_SECONDS,
    Answered,
    Pace,
    canary_left,
    domain_budget,
    has_canary_passed,
    why_pause,
    why_pause_all,
    window_of,
)
from spillkit.notices.states import Event, State, step
from spillkit_server.models import DomainRow, Mailing, NoticeRow
from spillkit_server.sending.counts import funnel
from spillkit_server.sending.marks import Marked

_NOT_THE_SERVERS = ("no-address", "no-smtputf8")  # refused here: they say nothing of how the mailing is received
_NEEDED = ("notice", "tries", "domain", "state")
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
    """Return whether anything of a mailing may leave; pause it, or some of its domains, where a line is passed."""
    if not mailing.is_planned or mailing.approved_at is None or mailing.paused:
        return False
    since = NoticeRow.objects.filter(mailing=mailing, changed_at__gte=mailing.judged_from)
    counted = since.filter(state=State.BOUNCED).exclude(answer__in=_NOT_THE_SERVERS).values_list("domain")
    bounced = dict(counted.annotate(count=Count("id")))
    for row in DomainRow.objects.filter(mailing=mailing, domain__in=_suspects(bounced), paused=""):
        why = why_pause(Answered(mails=row.mails, bounced=bounced[row.domain], complained=row.complained))
        if why is not None:
            DomainRow.objects.filter(pk=row.pk).update(paused=why.value)
            Mailing.objects.filter(pk=mailing.pk).update(paused_at=now)
    whole = _sums(mailing.domains.all(), sum(bounced.values()), since.filter(state=State.HELD).count())
    shut = mailing.domains.exclude(paused="")
    apart = _sums(shut, sum(bounced.get(domain, 0) for domain in shut.values_list("domain", flat=True)), 0)
    why = why_pause_all(whole, apart)
    if why is not None:
        Mailing.objects.filter(pk=mailing.pk).update(paused=why.value, paused_at=now)
    return why is None


def _suspects(bounced: dict[str, int]) -> list[str]:
    """Return the domains that may be over the line: fewer than its sample allows are over none."""
    return [domain for domain, count in bounced.items() if count * 10_000 > BOUNCE_LINE.per_10000 * BOUNCE_LINE.sample]


def _sums(domains: QuerySet[DomainRow], bounced: int, lost: int) -> Answered:
    totals = domains.aggregate(mails=Sum("mails"), complained=Sum("complained"))
    return Answered(totals["mails"] or 0, bounced, totals["complained"] or 0, lost)


def _take(mailing: Mailing, marked: Marked, most: int, pace: Pace, now: datetime) -> list[Claimed]:
    first_left = _canary(mailing, pace, now)
    claimed: list[Claimed] = []
    for _ in range(_ROUNDS):
        wanted = most - len(claimed)
        shut = DomainRow.objects.filter(Q(closed_until__gt=now) | ~Q(paused=""), mailing=mailing)
        rows = NoticeRow.objects.filter(mailing=mailing, next_at__lte=now).exclude(
            domain__in=list(shut.values_list("domain", flat=True))
        )
        if first_left == 0:
            rows = rows.exclude(state=State.READY)
        found = list(rows.order_by("next_at", "id").select_for_update(skip_locked=True).only(*_NEEDED)[:wanted])
        budgets = _Budgets(mailing, {row.domain for row in found}, pace, now)
        chosen = []
        for row in found:
            is_first = row.state == State.READY
            if (is_first and first_left == 0) or not budgets.take(row.domain):
                continue
            step(State(row.state), Event.CLAIMED)
            chosen.append(row)
            if is_first and first_left is not None:
                first_left -= 1
        NoticeRow.objects.filter(pk__in=[row.pk for row in chosen]).update(
            state=State.SENDING, tries=F("tries") + 1, journal=marked.name, next_at=None, changed_at=now
        )
        budgets.keep()
        claimed += [Claimed(row.notice, row.tries + 1) for row in chosen]
        if len(chosen) == wanted or len(found) < wanted:
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


class _Budgets:
    """What the domains of some notices have left of this minute."""

    def __init__(self, mailing: Mailing, domains: set[str], pace: Pace, now: datetime) -> None:
        self._mailing, self._now, self._window = mailing, now, window_of(now)
        self._left = dict.fromkeys(domains, domain_budget(pace, timedelta()))
        self._before = dict.fromkeys(domains, 0)
        self._taken: Counter[str] = Counter()
        self._closed: set[str] = set()
        for row in DomainRow.objects.filter(mailing=mailing, domain__in=domains):
            before = row.in_window if row.window_at == self._window else 0
            self._before[row.domain] = before
            self._left[row.domain] = domain_budget(pace, now - row.first_at) - before

    def take(self, domain: str) -> bool:
        """Take one mail from the budget of its domain; return whether there was one."""
        if self._left[domain] <= 0:
            self._closed.add(domain)
            return False
        self._left[domain] -= 1
        self._taken[domain] += 1
        return True

    def keep(self) -> None:
        """Write down what was taken, and which domains are closed until the next minute."""
        at = connection.ops.adapt_datetimefield_value
        table = connection.ops.quote_name(DomainRow._meta.db_table)
        statement = f"""
            INSERT INTO {table} (mailing_id, domain, first_at, window_at, in_window, mails, complained, closed_until, paused)
            VALUES (%s, %s, %s, %s, %s, %s, 0, %s, '')
            ON CONFLICT (mailing_id, domain) DO UPDATE SET window_at = excluded.window_at, in_window = excluded.in_window,
                mails = {table}.mails + excluded.mails, closed_until = excluded.closed_until
        """  # noqa: S608 - names of our own tables
        until = self._window + timedelta(seconds=WINDOW_SECONDS)
        values = [
            (
                *(self._mailing.pk, domain, at(self._now), at(self._window)),
                *(self._before[domain] + self._taken[domain], self._taken[domain]),
                at(until if domain in self._closed else None),
            )
            for domain in sorted({*self._taken, *self._closed})
        ]
        if values:
            with connection.cursor() as cursor:
                cursor.executemany(statement, values)
