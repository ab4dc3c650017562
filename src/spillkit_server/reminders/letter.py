"""Word a reminder, and the mail that tries an address, in the language that is active.

In:    the clocks that a reminder is about, as they stand now.
Out:   Letter. Nothing that a person wrote is in it, the title of the incident neither: mail is read on many screens.
Else:  which are due is `spillkit.case`; sending is `smtp`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from spillkit.case import Running
from spillkit.law.rule import Status
from spillkit.printed import printable
from spillkit_server.reminders.smtp import Letter
from spillkit_server.times import in_zone
from spillkit_server.words import apart, looked_up, time_left


def reminder_letter(
    message: str, number: int, percent: int, clocks: Sequence[Running], place: str, zone: str, now: datetime
) -> Letter:
    """Return a reminder.

    number   of the incident in the room
    percent  how much of the time was over when it fell due
    clocks   one or more, all with the same end
    place    where the incident is read
    zone     the receiver's, "" where he chose none: then that of the clock
    """
    clock = clocks[0]
    left = int((clock.due_at - now.astimezone(UTC)).total_seconds()) if clock.due_at else 0
    head = ngettext(
        "Incident %(number)d: %(count)d duty, %(left)s", "Incident %(number)d: %(count)d duties, %(left)s", len(clocks)
    ) % {"number": number, "count": len(clocks), "left": time_left(left)}
    lines = [head, "", _ends(clock, zone), _passed(percent), "", *(_line(one) for one in clocks), ""]
    if any(one.is_provisional for one in clocks):
        lines += [
            _("When the company became aware is not signed yet. The law’s clock does not wait for that."),
            "",
        ]
    if left < 0:
        lines += [_("Send what is ready now, with the reasons for the delay."), ""]
    lines += [_("Read the incident, and decide there. This mail decides nothing."), place, ""]
    return Letter(message, head, "\n".join(lines), get_language() or "en")


def trial_letter(message: str, place: str) -> Letter:
    """Return the mail by which somebody tries his own address."""
    lines = [
        _("Reminders of the incident room reach this address."),
        "",
        _("You asked for this mail under your account. It names no incident."),
        place,
        "",
    ]
    return Letter(message, _("Reminders reach you"), "\n".join(lines), get_language() or "en")


def _ends(clock: Running, zone: str) -> str:
    if clock.due_at is None:
        return ""
    utc = f"\u2066{clock.due_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC\u2069"
    chosen = zone or clock.zone
    local = in_zone(clock.due_at, chosen) if chosen != "UTC" else None
    beside = f" (\u2066{local:%Y-%m-%d %H:%M} {printable(chosen)}\u2069)" if local is not None else ""
    return _("End: %(at)s") % {"at": utc + beside}


def _passed(percent: int) -> str:
    return _("%(percent)d %% of the time is over; weekends and holidays count.") % {"percent": percent}


def _line(clock: Running) -> str:
    decided = _("accepted by two people") if clock.is_accepted else _("proposed by the engine, not decided")
    parts = [f"- {apart(clock.citation)}, {apart(clock.duty.entity)}: {decided}"]
    if clock.status is not Status.CONFIRMED:
        parts.append(_("this row of law is: %(status)s") % {"status": looked_up("status", clock.status.value)})
    return "; ".join(parts)
