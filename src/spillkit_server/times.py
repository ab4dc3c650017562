"""Read the times that people type.

In:    a local time and the zone it was meant in.
Out:   the moment, in UTC.
Else:  writing times is the templates'.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime

from spillkit.errors import NotTaken


def read_time(text: str, zone: str) -> datetime:
    """Return what was meant.

    text   "2026-11-22T04:30", or with an offset of its own
    zone   name of a zone, "Europe/Rome"
    Raises NotTaken if there is no such time or zone, or the time came twice as summer time ended

    >>> read_time("2026-11-22T05:30", "Europe/Rome").isoformat()
    '2026-11-22T04:30:00+00:00'
    """
    try:
        typed = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NotTaken("This is no time. Write it as 2026-11-22T04:30.") from None
    if typed.tzinfo is not None:
        return typed.astimezone(UTC)
    try:
        place = zoneinfo.ZoneInfo(zone.strip() or "UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise NotTaken("There is no such time zone. Name one as Europe/Rome, or UTC.") from None
    first, second = (typed.replace(tzinfo=place, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first != second:
        was_skipped = first.astimezone(place).replace(tzinfo=None) != typed
        said = "did not exist" if was_skipped else "came twice"
        raise NotTaken(
            f"This local time {said}, as the clocks were changed. Write it with its offset, as 2026-10-25T02:30+02:00."
        )
    return first
