"""How fast a server is asked, and when it is left alone for a while.

In:    a rate, what a server says in Retry-After.
Out:   waiting.
Else:  what is asked is `replay`.
"""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


class Pace:
    """Lets so many requests through a second, on average; a burst is let through whole and waited for afterwards."""

    def __init__(self, rate: float) -> None:
        self._seconds = 1 / rate
        self._free_at = 0.0

    async def wait(self, requests: int) -> None:
        """Wait until this many may be sent."""
        await asyncio.sleep(max(0.0, self._free_at - time.monotonic()))
        self._free_at = max(self._free_at, time.monotonic()) + requests * self._seconds


def retry_after_seconds(value: str, now: datetime | None = None) -> float:
    """Return for how long a server asks to wait: seconds or a date (RFC 9110, 10.2.3); 0 if it does not say."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(min(int(text[:9]), 10**6))
    try:
        until = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(0.0, (until - (now or datetime.now(UTC))).total_seconds())
