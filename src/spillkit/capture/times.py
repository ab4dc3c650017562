"""Read the ways in which recordings write a time.

In:    texts and numbers as HAR, WARC, logs and mail hold them.
Out:   aware datetimes in UTC, or None where the recording does not say.
Else:  what an exchange without a time means for the count is `scope`.

A local time without its zone is unknown unless the caller says which zone to assume, and a local time that the change
to or from summer time makes ambiguous stays unknown even then: a guess would move an exposure by an hour.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime

_MONTHS = {m: i for i, m in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)}
_FIRST_YEAR = 1990  # before the web: a clock that was never set
_LAST_YEAR = 2200


def parse_time(text: str, assume_zone: tzinfo | None = None) -> datetime | None:
    """Return the instant an RFC 3339 or ISO 8601 text names, in UTC; None if it names none.

    >>> parse_time("2026-11-21T12:00:00+02:00").isoformat()
    '2026-11-21T10:00:00+00:00'
    >>> parse_time("2026-11-21T12:00:00") is None
    True
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return _odd_iso(text, assume_zone)
    return _in_utc(moment, assume_zone)


def parse_log_time(text: str, assume_zone: tzinfo | None = None) -> datetime | None:
    """Return the instant of a common-log-format text such as `17/May/2015:10:05:03 +0000`; None if it names none."""
    try:
        day, month, year = int(text[0:2]), _MONTHS[text[3:6]], int(text[7:11])
        hour, minute, second = int(text[12:14]), int(text[15:17]), int(text[18:20])
        moment = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 - the zone follows
        zone = text[20:].strip()
        if not zone:
            return _in_utc(moment, assume_zone)
        offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
        moment = moment.replace(tzinfo=UTC) - (offset if zone[0] == "+" else -offset)
    except (ValueError, KeyError, IndexError, OverflowError):
        return None
    return _plausible(moment)


def parse_epoch(number: float) -> datetime | None:
    """Return the instant of seconds, milli-, micro- or nanoseconds since 1970, told apart by size; None if implausible."""
    if not math.isfinite(number):
        return None
    seconds = float(number)
    while seconds > 1e11:  # the year 5138 in seconds: it must be a finer unit
        seconds /= 1000
    try:
        return _plausible(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None


def parse_archive_time(text: str) -> datetime | None:
    """Return the instant of 14 digits as ARC writes it (UTC), or of a WARC-Date; None if it names none."""
    if len(text) == 14 and text.isascii() and text.isdigit():
        try:
            return _plausible(datetime.strptime(text, "%Y%m%d%H%M%S").replace(tzinfo=UTC))
        except ValueError:
            return None
    return parse_time(text)


def parse_mail_time(text: str, assume_zone: tzinfo | None = None) -> datetime | None:
    """Return the instant of a mail's Date or Received text; None if it names none.

    Source  RFC 5322, 3.3: "-0000" is a time in UTC that says nothing of the sender's zone
    """
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
        return None
    if moment.tzinfo is None and text.rstrip().endswith("-0000"):
        moment = moment.replace(tzinfo=UTC)
    return _in_utc(moment, assume_zone)


def _odd_iso(text: str, assume_zone: tzinfo | None) -> datetime | None:
    """Forms that the standard library refuses: spaces around, `2026-11-21 10:00:00 +0000`, a leap second."""
    tidy = (
        text.strip().replace(" +", "+").replace(" -", "-").replace(" UTC", "Z").replace(" Z", "Z").replace(":60", ":59")
    )
    if tidy == text or len(tidy) > 64:
        return None
    try:
        return _in_utc(datetime.fromisoformat(tidy), assume_zone)
    except ValueError:
        return None


def _in_utc(moment: datetime, assume_zone: tzinfo | None) -> datetime | None:
    try:
        if moment.tzinfo is UTC:
            return _plausible(moment)
        if moment.tzinfo is None:
            if assume_zone is None:
                return None
            early, late = moment.replace(tzinfo=assume_zone, fold=0), moment.replace(tzinfo=assume_zone, fold=1)
            if early.utcoffset() != late.utcoffset():
                return None
            moment = early
        return _plausible(moment.astimezone(UTC))
    except (OverflowError, ValueError):
        return None


def _plausible(moment: datetime) -> datetime | None:
    return moment if _FIRST_YEAR <= moment.year <= _LAST_YEAR else None


_LONGEST_MS = 31 * 86_400_000.0  # a job that takes longer is a mistake of its recorder


def duration_ms_of(value: object, unit_ms: float = 1.0) -> float | None:
    """Return how long something took, in milliseconds; None for what is no such time: recordings may say anything here.

    value    a number, or its text
    unit_ms  milliseconds in one of its units
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        taken = float(value) * unit_ms
    except (ValueError, OverflowError):
        return None
    return taken if 0 <= taken <= _LONGEST_MS else None
