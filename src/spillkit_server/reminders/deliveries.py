"""Send what was written down, until it is taken or given up.

In:    Delivery rows whose time has come, the ways out.
Out:   the same rows, with what came of it.
Else:  writing rows is `due`; one attempt is `smtp` or `hook`; the waits between them are `schedule`.

A row is claimed before it is tried: its next time is put off by LEASE, and committed. Whoever is killed between the claim and
the answer leaves a row that is tried again after that time, so that nothing is lost. A second sender does not see a claimed row,
so that nothing is sent twice but where the answer was lost (see `smtp`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q
from django.utils import translation

from spillkit.case import running_clocks
from spillkit.case.webhooks import Webhook
from spillkit_server.cases import read_case
from spillkit_server.languages import SUPPORTED
from spillkit_server.models import Delivery
from spillkit_server.reminders import hook, smtp
from spillkit_server.reminders.attempt import Came, Outcome
from spillkit_server.reminders.due import About, receivers_of
from spillkit_server.reminders.letter import reminder_letter
from spillkit_server.reminders.schedule import next_try
from spillkit_server.reminders.ways import Ways

LEASE = timedelta(minutes=3)  # longer than any attempt takes
_NOT_NEEDED = Outcome(Came.NEVER, "not needed")
_NO_ADDRESS = Outcome(Came.NEVER, "no address")
_NO_WAY = Outcome(Came.NOT_NOW, "not set up", is_unreachable=True)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one round came to."""

    sent: int = 0
    waiting: int = 0  # is tried again later
    given_up: int = 0


def send_due(ways: Ways, clock: Callable[[], datetime]) -> Tally:
    """Try everything whose time has come, each once.

    Where a server cannot be reached, the rest that goes there waits for the next round, instead of each for its own time-out.
    """
    sent = 0
    given_up = 0
    closed = Q(pk=None)
    while (row := _claim(clock(), closed)) is not None:
        outcome = _try(row, ways, clock())
        is_over = _keep(row, outcome, clock())
        sent += outcome.came is Came.TAKEN
        given_up += is_over and outcome.came is not Came.TAKEN and outcome != _NOT_NEEDED
        if outcome.is_unreachable:
            closed |= Q(channel="mail") if row.channel == "mail" else Q(channel=row.channel, receiver=row.receiver)
    return Tally(sent, Delivery.objects.filter(next_at__isnull=False).count(), given_up)


def _claim(now: datetime, closed: Q) -> Delivery | None:
    """Take one row whose time has come, for as long as LEASE."""
    with transaction.atomic():
        rows = Delivery.objects.filter(next_at__lte=now).exclude(closed).order_by("next_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            rows = rows.select_for_update(skip_locked=True, of=("self",))  # SQLite has one writer at a time anyway.
        row = rows.select_related("case").first()
        if row is None:
            return None
        row.tries += 1
        row.next_at = now + LEASE
        row.save(update_fields=["tries", "next_at"])
        return row


def _keep(row: Delivery, outcome: Outcome, now: datetime) -> bool:
    """Write down what came of a try; return whether it was the last."""
    taken = outcome.came is Came.TAKEN
    again = next_try(row.tries, now) if outcome.came is Came.NOT_NOW else None
    # Only where nobody else took the row over in the meantime, because this sender was held up for longer than its lease.
    Delivery.objects.filter(pk=row.pk, tries=row.tries, done_at=None).update(
        done_at=now if taken else None, next_at=again, outcome=outcome.word
    )
    return again is None


def _try(row: Delivery, ways: Ways, now: datetime) -> Outcome:
    if row.channel == "mail":
        return _mail(row, ways, now)
    receiver = next((one for one in ways.hooks if one.digest == row.receiver), None)
    if receiver is None:
        return _NO_WAY
    return hook.tell(receiver, Webhook(id=row.message_id, body=bytes(row.body)), ways.keys, now)


def _mail(row: Delivery, ways: Ways, now: datetime) -> Outcome:
    """Try a mail, as the case is now: who lost access is told nothing, and nobody is reminded of what is done."""
    case = read_case(row.case.number)
    about = msgspec.json.decode(bytes(row.body), type=About)
    clocks = [
        clock
        for clock in running_clocks(case, now)
        if clock.duty in about.duties and clock.due_at == about.due_at and clock.met_at is None
    ]
    if case.status != "open" or row.receiver not in case.access or not clocks:
        return _NOT_NEEDED
    user = receivers_of(case).get(row.receiver)
    if user is None:
        return _NO_ADDRESS
    if ways.mail is None:
        return _NO_WAY
    language = user.language if user.language in SUPPORTED else "en"
    with translation.override(language):
        place = f"{settings.ROOM.origin}/incidents/{row.case.number}/"
        letter = reminder_letter(row.message_id, row.case.number, about.percent, clocks, place, user.zone, now)
        return smtp.send(ways.mail, user.opaque, user.mail_to, letter, now)
