"""When a delivery that failed is tried again, and when it is given up.

In:    how often it was tried, the time.
Out:   the time of the next try.
Else:  trying is `deliveries`.

The waits grow to a day, as Standard Webhooks asks (spec/standard-webhooks.md, "Retry schedule"), and slowly in the first hours:
most servers that are down come back within them, and a reminder that comes when the time is over is worth little. Together they
are longer than the 72 hours of GDPR Art. 33(1).
"""

from __future__ import annotations

from datetime import datetime, timedelta

_MINUTE, _HOUR = 60, 3600
WAITS = tuple(
    timedelta(seconds=seconds)
    for seconds in (
        *(5, _MINUTE, 5 * _MINUTE, 10 * _MINUTE, 15 * _MINUTE, 15 * _MINUTE, 30 * _MINUTE, 30 * _MINUTE),
        *(_HOUR, _HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 14 * _HOUR, 20 * _HOUR, 24 * _HOUR),
    )
)


def next_try(tries: int, now: datetime) -> datetime | None:
    """Return when to try again after so many tries; None: never.

    tries  1 or more

    >>> next_try(1, datetime(2026, 1, 1)), next_try(17, datetime(2026, 1, 1))
    (datetime.datetime(2026, 1, 1, 0, 0, 5), None)
    """
    return now + WAITS[tries - 1] if tries <= len(WAITS) else None
