"""Read from when to when something holds: sessions, relations, tickets.

In:    values of a table's from and to columns.
Out:   instants in UTC; None where there is no bound.
Else:  the tables are read by `viewer_tables`.

A date without a time means the whole day: "to 2026-03-31" still holds on the 31st. A time without a zone is refused unless the
zone is named; in the hour that a clock change repeats, the wider reading is taken.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}\Z")


def read_bound(value: object, *, is_end: bool, zone: ZoneInfo | None = None) -> datetime | None:
    """Return the instant a validity begins or ends (exclusive), in UTC; None for no bound.

    value   text (ISO 8601), date, datetime, or empty
    is_end  a date means its start for a beginning, the start of the day after for an end
    zone    of values without one; dates without it are days in UTC
    Raises  ValueError, with a reason that does not quote the value
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        value = _parse(value.strip())
    if isinstance(value, datetime):
        return _instant(value, is_end, zone)
    if isinstance(value, date):
        day = value + timedelta(days=1) if is_end else value
        return _instant(datetime(day.year, day.month, day.day, tzinfo=zone or UTC), is_end, zone)
    raise ValueError("is neither a date nor a time")


def _parse(text: str) -> datetime | date:
    try:
        return date.fromisoformat(text) if _DATE.match(text) else datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("is neither a date (2026-03-31) nor a time (2026-03-31T08:00:00Z)") from None


def _instant(value: datetime, is_end: bool, zone: ZoneInfo | None) -> datetime:
    if value.tzinfo is None:
        if zone is None:
            raise ValueError("has no time zone; write 2026-03-31T08:00:00Z or +02:00, or name the zone (timezone = …)")
        # fold=0 is the earlier of two readings of a repeated hour, fold=1 the later.
        value = value.replace(tzinfo=zone, fold=1 if is_end else 0)
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is too far away to be a time") from None
