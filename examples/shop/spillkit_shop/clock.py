"""The shop's clock: set by the driver, and running on from there at the speed of the world.

In:    moments to jump to.
Out:   the time of the story, UTC.
Else:  when what happens is `driver`.

A day is played in a minute by jumping over the empty stretches between moments; within a moment, milliseconds are milliseconds, so
that races are as long as they really are.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class Clock:
    """The one clock of a played story; never runs backwards.

    start  aware
    """

    def __init__(self, start: datetime) -> None:
        if start.tzinfo is None:
            raise ValueError("the clock needs a time zone")
        self._base = start.astimezone(UTC)
        self._set_at = time.perf_counter()

    def now(self) -> datetime:
        """Return the time of the story, UTC."""
        return self._base + timedelta(seconds=time.perf_counter() - self._set_at)

    def jump_to(self, moment: datetime) -> None:
        """Go to a moment, unless the clock is past it already."""
        self._base = max(moment.astimezone(UTC), self.now())
        self._set_at = time.perf_counter()
