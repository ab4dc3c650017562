"""Word the reminders of clocks: as mail to people, as webhooks to programs.

In:    a case and its due reminders.
Out:   messages as values. Nothing that a person wrote is in them, the title of the case neither: mail is read on many screens.
Else:  which are due is `reminders`; addresses, sending and trying again are the server's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from spillkit.case.clocks import Running
from spillkit.case.reminders import Reminder
from spillkit.case.roles import DECIDERS
from spillkit.case.state import Case
from spillkit.case.webhooks import Webhook, webhook
from spillkit.law.rule import Status
from spillkit.printed import printable
from spillkit.scope.words import count_of, moment


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """A mail to people of the incident room."""

    id: str  # of the first reminder in it
    users: tuple[str, ...]  # ids of accounts; the server knows their addresses
    subject: str
    text: str  # plain, UTF-8
    reminders: tuple[Reminder, ...]


def reminder_mails(case: Case, reminders: Iterable[Reminder], link: str, now: datetime) -> tuple[Mail, ...]:
    """Return one mail for all reminders of one mark and one end, to everybody on the case who may decide.

    link  where the case is read; on the room's own address
    now   as for `due_reminders`
    """
    groups: dict[tuple[int, datetime | None], list[Reminder]] = {}
    for reminder in reminders:
        groups.setdefault((reminder.percent, reminder.clock.due_at), []).append(reminder)
    users = tuple(sorted(member.user for member in case.access.values() if member.role in DECIDERS))
    return tuple(_mail(case, tuple(group), users, link, now) for group in groups.values())


def _mail(case: Case, group: tuple[Reminder, ...], users: tuple[str, ...], link: str, now: datetime) -> Mail:
    clock = group[0].clock
    left = (clock.due_at - now.astimezone(UTC)).total_seconds() if clock.due_at else 0.0
    duties = count_of(len(group), "duty", "duties")
    head = f"the time of {duties} is over since {span(-left)}" if left < 0 else f"{span(left)} left for {duties}"
    lines = [
        f"Case {printable(case.id)}: {head}.",
        "",
        f"Ends    {moment(clock.due_at, UTC)}",
        *([f"        {_local(clock)}"] if clock.zone and clock.zone != "UTC" else []),
        f"Passed  {group[0].percent} % of the time, weekends and holidays included",
        "",
        *(_line(reminder.clock) for reminder in group),
        "",
    ]
    if any(reminder.clock.is_provisional for reminder in group):
        lines += ["The aware-time that this counts from is not signed. The law's clock does not wait for that.", ""]
    if left < 0:
        lines += ["Send what is ready now, with the reasons for the delay (GDPR Art. 33(1), where it applies).", ""]
    lines += ["Read the case and decide there. This mail decides nothing.", link, ""]
    return Mail(
        id=group[0].id,
        users=users,
        subject=f"Case {printable(case.id)}: {head}",
        text="\n".join(lines),
        reminders=group,
    )


def _line(clock: Running) -> str:
    decided = (
        "accepted"
        if clock.is_accepted
        else "it may bind: a question waits for an answer"
        if clock.is_asked
        else "proposed by the engine, not decided"
    )
    unsure = "" if clock.status is Status.CONFIRMED else f"; this row of law is {clock.status.value}"
    return f"- {printable(clock.citation)}, for {printable(clock.duty.entity)}: {decided}{unsure}"


def _local(clock: Running) -> str:
    return f"{moment(clock.due_at, ZoneInfo(clock.zone))} ({clock.zone})"


def reminder_webhook(reminder: Reminder, now: datetime) -> Webhook:
    """Return a reminder for other programs."""
    clock = reminder.clock
    return webhook(
        reminder.id,
        "clock.reminder",
        now,
        {
            "case": reminder.case,
            "rule": reminder.duty.rule,
            "entity": reminder.duty.entity,
            "citation": clock.citation,
            "jurisdiction": clock.jurisdiction,
            "percent": reminder.percent,
            "starts_at": clock.starts_at,
            "due_at": clock.due_at,
            "accepted": clock.is_accepted,
            "asked": clock.is_asked,
            "provisional": clock.is_provisional,
            "law_status": clock.status.value,
        },
    )


def span(seconds: float) -> str:
    """Return how long, rounded down, in the two largest units that say something.

    >>> span(130 * 60), span(59), span(3 * 86400 + 7200), span(3600)
    ('2 hours 10 minutes', 'less than a minute', '3 days 2 hours', '1 hour')
    """
    minutes = int(seconds) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        parts = [count_of(days, "day"), count_of(hours, "hour") if hours else ""]
    elif hours:
        parts = [count_of(hours, "hour"), count_of(rest, "minute") if rest else ""]
    else:
        parts = [count_of(rest, "minute")] if rest else ["less than a minute"]
    return " ".join(part for part in parts if part)
