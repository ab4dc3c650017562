"""Which reminders are due: at 50, 80 and 95 % of each clock, each once.

In:    clocks, the reminders that were sent, the time.
Out:   reminders, each under an id that is the same whoever finds it due, so that two senders make one event.
Else:  wording is `messages`; sending, and the command RecordReminder that says so, are the server's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from spillkit.case.clocks import ClockState, Running
from spillkit.case.events import DutyRef
from spillkit.case.state import Reminded

PERCENTS = (50, 80, 95)


class Reminder(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody should be reminded of a clock."""

    id: str  # of the command RecordReminder
    case: str
    duty: DutyRef
    percent: int
    clock: Running


def due_reminders(
    case_id: str, clocks: Iterable[Running], sent: Iterable[Reminded], now: datetime
) -> tuple[Reminder, ...]:
    """Return the reminders that are due and were not sent.

    clocks   as they stand at `now`
    sent     those of the case; a later end of the same clock is a new clock
    Returns  for each clock at most one: where several marks were passed at once, the last of them, and the earlier ones are let go
    """
    reached: dict[tuple[DutyRef, datetime], int] = {}
    for reminded in sent:
        key = (reminded.duty, reminded.due_at)
        reached[key] = max(reminded.percent, reached.get(key, 0))
    reminders = []
    for clock in clocks:
        if (
            clock.state not in (ClockState.RUNNING, ClockState.MISSED)
            or clock.starts_at is None
            or clock.due_at is None
        ):
            continue
        percent = _percent(clock.starts_at, clock.due_at, now.astimezone(UTC))
        if percent > reached.get((clock.duty, clock.due_at), 0):
            reminders.append(
                Reminder(
                    id=reminder_id(case_id, clock.duty, percent, clock.due_at),
                    case=case_id,
                    duty=clock.duty,
                    percent=percent,
                    clock=clock,
                )
            )
    return tuple(reminders)


def reminder_id(case_id: str, duty: DutyRef, percent: int, due_at: datetime) -> str:
    """Return the id of a reminder, the same each time it is asked for."""
    words = msgspec.json.encode([case_id, duty.rule, duty.entity, percent, due_at.astimezone(UTC)])
    return "reminder-" + hashlib.sha256(words).hexdigest()[:40]


def _percent(start: datetime, due: datetime, now: datetime) -> int:
    """Return the highest mark that is reached, 0 if none; in whole microseconds, so that a mark is reached at its very moment."""
    return max((percent for percent in PERCENTS if (now - start) * 100 >= (due - start) * percent), default=0)
