"""Write down which reminders are to be sent, to whom, before anything is sent.

In:    every open case, the ways out, the time.
Out:   Delivery rows, one for each message and receiver; and in the same transaction the event that says so.
Else:  what is due is `spillkit.case.reminders`; sending is `deliveries`.

The event is made by Spillkit itself and once for each mark of each clock, whoever looks: two who look at once wait for each other.
A reminder that nobody would get (no way is set up, nobody of the case gave an address) is not written down as sent. It stays due
until somebody can get it.
"""

from __future__ import annotations

import logging
from datetime import datetime

import msgspec
from django.db import transaction

from spillkit.case import Actor, Case, Reminder, Role, due_reminders, running_clocks
from spillkit.case.commands import RecordReminder
from spillkit.case.events import DutyRef
from spillkit.case.messages import reminder_mails, reminder_webhook
from spillkit.errors import CaseDamaged, CaseError
from spillkit_server.cases import ask, read_case
from spillkit_server.models import CaseRow, Delivery, User
from spillkit_server.reminders.ways import Ways

log = logging.getLogger(__name__)
OURSELVES = Actor("spillkit", Role.SYSTEM)


class About(msgspec.Struct, frozen=True):
    """What a mail is about. Its words are made when it is sent: how much time is left is no longer true an hour later."""

    percent: int
    due_at: datetime
    duties: tuple[DutyRef, ...]


def write_due(ways: Ways, now: datetime) -> int:
    """Write the deliveries of all reminders that are due; return how many there are."""
    if not ways.are_set_up:
        return 0
    written = 0
    for number in CaseRow.objects.filter(summary__status="open").order_by("number").values_list("number", flat=True):
        try:
            if due_of(read_case(number), now):
                written += _write(number, ways, now)
        except (CaseDamaged, CaseError) as error:
            log.error("the reminders of incident %d cannot be worked out (%s)", number, type(error).__name__)
    return written


def due_of(case: Case, now: datetime) -> tuple[Reminder, ...]:
    """Return what is due in a case. A clock of this machine that was set back does not put a reminder off."""
    at = max(now, case.latest_at) if case.latest_at else now
    return due_reminders(case.id, running_clocks(case, at), case.reminders, at)


def receivers_of(case: Case) -> dict[str, User]:
    """Return the accounts that get mail of a case: they may decide in it, are in use, and gave an address."""
    [*users] = User.objects.filter(opaque__in=case.access, is_active=True).exclude(mail_to="")
    return {user.opaque: user for user in users if user.opaque in _deciders(case)}


def _deciders(case: Case) -> frozenset[str]:
    from spillkit.case.roles import DECIDERS

    return frozenset(member.user for member in case.access.values() if member.role in DECIDERS)


def _write(number: int, ways: Ways, now: datetime) -> int:
    with transaction.atomic():
        row = CaseRow.objects.select_for_update().get(number=number)
        case = read_case(number)
        due = due_of(case, now)
        rows, told = _deliveries(row, case, due, ways, now)
        commands = [
            RecordReminder(id=one.id, duty=one.duty, percent=one.percent, due_at=one.clock.due_at)
            for one in due
            if one.id in told and one.clock.due_at is not None
        ]
        if not commands:
            return 0
        ask(number, commands, OURSELVES, now)
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)
        return len(rows)


def _deliveries(
    row: CaseRow, case: Case, due: tuple[Reminder, ...], ways: Ways, now: datetime
) -> tuple[list[Delivery], set[str]]:
    """Return the rows, and the ids of the reminders that reach anybody by them."""
    rows, told = [], set()
    receivers = receivers_of(case) if ways.mail else {}
    for mail in reminder_mails(case, due, "", now):
        first = mail.reminders[0]
        for user in mail.users:
            if user in receivers and first.clock.due_at is not None:
                about = About(first.percent, first.clock.due_at, tuple(one.duty for one in mail.reminders))
                rows.append(_row(row, mail.id, "mail", user, msgspec.json.encode(about), now))
                told |= {one.id for one in mail.reminders}
    for reminder in due:
        for hook in ways.hooks:
            rows.append(_row(row, reminder.id, "webhook", hook.digest, reminder_webhook(reminder, now).body, now))
            told.add(reminder.id)
    return rows, told


def _row(case: CaseRow, message: str, channel: str, receiver: str, body: bytes, now: datetime) -> Delivery:
    return Delivery(
        message_id=message, channel=channel, receiver=receiver, case=case, body=body, made_at=now, next_at=now
    )
