"""Read the times that people type; name and use the zones they live in.

In:    a local time and the zone it was meant in; a moment and a zone.
Out:   the moment, in UTC; the moment as clocks there show it.
Else:  writing times is the templates'.
"""

from __future__ import annotations

import zoneinfo
from datetime import UTC, datetime
from functools import lru_cache

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
        if was_skipped:
            raise NotTaken(
                "This local time did not exist, as the clocks were changed. Write it with its offset, as "
                "2026-10-25T02:30+02:00."
            )
        raise NotTaken(
            "This local time came twice, as the clocks were changed. Write it with its offset, as 2026-10-25T02:30+02:00."
        )
    return first


def in_zone(at: datetime, zone: str) -> datetime | None:
    """Return a moment as clocks of a zone show it; None where there is no such zone.

    >>> str(in_zone(datetime(2026, 7, 1, tzinfo=UTC), "Europe/Rome"))
    '2026-07-01 02:00:00+02:00'
    """
    return at.astimezone(zoneinfo.ZoneInfo(zone)) if zone in zone_names() else None


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """Return the names of all zones that people may choose, in the order of the alphabet."""
    places = (
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    )
    return ("UTC", *sorted(name for name in zoneinfo.available_timezones() if name.partition("/")[0] in places))
