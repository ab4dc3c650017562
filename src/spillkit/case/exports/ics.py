"""The clocks of a case as a calendar.

In:    a case's clocks, the time.
Out:   iCalendar bytes (RFC 5545): one event at the end of each clock, with alarms at 50, 80 and 95 %.
Else:  reckoning is `clocks`.

An accepted duty is CONFIRMED, one that waits for a decision or hangs on an unsigned time TENTATIVE, one that is done CANCELLED. The
id of an event stays the same, so that a calendar that reads the file again moves it instead of adding another.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from spillkit.case.clocks import ClockState, Running
from spillkit.case.reminders import PERCENTS
from spillkit.case.state import Case
from spillkit.law.rule import Status
from spillkit.printed import printable

_LINE_OCTETS = 75  # RFC 5545, 3.1


def clocks_ics(case: Case, clocks: Iterable[Running], now: datetime) -> bytes:
    """Return a calendar of every clock that has an end.

    now  when it is made, UTC
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Spillkit//Clocks of a case//EN",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
    ]
    for clock in clocks:
        if clock.starts_at is not None and clock.due_at is not None:
            lines += _event(case, clock, clock.starts_at, clock.due_at, now)
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines).encode()


def _event(case: Case, clock: Running, start: datetime, due: datetime, now: datetime) -> list[str]:
    done = clock.state in (ClockState.MET, ClockState.MET_LATE)
    is_sure = clock.is_accepted and not clock.is_provisional
    said = f"{clock.citation}, for {clock.duty.entity} (case {case.id})"
    about = [clock.words]
    if clock.is_provisional:
        about.append("The aware-time that this counts from is not signed.")
    if clock.is_asked:
        about.append(
            "Nobody knows yet whether this duty binds: a question waits for an answer. The law's clock does not wait."
        )
    elif not clock.is_accepted:
        about.append("The engine proposes this duty; nobody decided yet.")
    if clock.status is not Status.CONFIRMED:
        about.append(f"This row of law is {clock.status.value}.")
    about += [f"Argued, not sure: {each.due_at.isoformat()}. {each.words}" for each in clock.contested]
    lines = [
        "BEGIN:VEVENT",
        f"UID:{_uid(case, clock)}",
        f"DTSTAMP:{_utc(now)}",
        f"SEQUENCE:{case.version}",
        f"DTSTART:{_utc(due)}",
        f"SUMMARY:{_text(('Done: ' if done else 'May be due: ' if clock.is_asked else 'Due: ') + said)}",
        f"DESCRIPTION:{_text(chr(10).join(about))}",
        f"STATUS:{'CANCELLED' if done else 'CONFIRMED' if is_sure else 'TENTATIVE'}",
        "TRANSP:TRANSPARENT",
    ]
    if not done:
        for percent in PERCENTS:
            at = start + (due - start) * percent / 100
            if at > now:
                lines += [
                    "BEGIN:VALARM",
                    "ACTION:DISPLAY",
                    f"TRIGGER;VALUE=DATE-TIME:{_utc(at)}",
                    f"DESCRIPTION:{_text(f'{percent} % of the time is over: {said}')}",
                    "END:VALARM",
                ]
    return [*lines, "END:VEVENT"]


def _uid(case: Case, clock: Running) -> str:
    words = "\x1f".join((case.id, clock.duty.rule, clock.duty.entity))
    return hashlib.sha256(words.encode()).hexdigest()[:32] + "@spillkit"


def _utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Escape a text (RFC 5545, 3.3.11): a line end in it cannot begin a property of its own."""
    harmless = "\n".join(printable(line) for line in re.split(r"\r\n|\r|\n", text))
    return harmless.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _folded(line: str) -> str:
    """Break a line so that no piece is longer than 75 octets and no character is cut."""
    pieces, piece, size = [], "", 0
    for character in line:
        octets = len(character.encode())
        if size + octets > _LINE_OCTETS:
            pieces.append(piece)
            piece, size = "", 1  # The space that a folded line begins with counts.
        piece += character
        size += octets
    return "\r\n ".join([*pieces, piece])
