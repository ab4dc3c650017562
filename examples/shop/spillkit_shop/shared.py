"""What all workers of the shop share, and how long things take in it.

In:    addresses and folders of the surroundings.
Out:   Shared, closed when the last worker has ended; Tuning.
Else:  what belongs to one worker is `worker`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spillkit_shop.memo import SharedCache
from spillkit_shop.services import ProfileService


@dataclass(frozen=True, slots=True)
class Tuning:
    """How long things take, and how often the rare ones happen."""

    round_trip_ms: float = 3.0  # to the session table, which a real shop has on another machine
    profile_ms: float = 2.0  # the profile service's answer
    slow_share: float = 0.003  # of profile answers that take `slow_ms`
    slow_ms: float = 400.0
    timeout_ms: float = 250.0  # the shop gives up on the profile service
    background_share: float = 0.02  # of signed-in answers that are followed by a background task
    job_ms: tuple[float, float] = (20.0, 200.0)  # how long an export takes
    block_bytes: int = 64  # bodies of whole blocks are what the buffer's fault needs
    seed: int = 0


@dataclass
class Shared:
    """What all workers share: the application cache, the profile service, addresses and folders.

    exports  folder for export files; a temporary one if None
    smtp     host and port of the mail server; without one mails are counted and not sent
    marks    also tell the driver, in a header that never leaves it, which fault made an answer wrong
    """

    exports: Path | None = None
    smtp: tuple[str, int] | None = None
    marks: bool = False
    tuning: Tuning = field(default_factory=Tuning)
    cache: SharedCache = field(default_factory=SharedCache)
    profiles: ProfileService | None = None
    mails: int = 0
    jobs: dict[str, object] = field(default_factory=dict)  # exports by their id
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    closers: list[Callable[[], Awaitable[None]]] = field(default_factory=list)  # called by close()

    def start(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Run work in the background, and keep it from being forgotten."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    async def close(self) -> None:
        """Wait for what runs in the background, and end services and connections."""
        while self.tasks:
            await asyncio.gather(*list(self.tasks), return_exceptions=True)
        for closer in self.closers:
            await closer()
        self.closers.clear()
        self.profiles = None
