"""One worker process of the shop, as a plain object: several of them live in one event loop.

In:    store, clock, switches, what workers share.
Out:   Worker, which every page is given.
Else:  building the application is `app`.
"""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from random import Random

from starlette.requests import Request

from spillkit_shop.buffers import BodyBuffer
from spillkit_shop.clock import Clock
from spillkit_shop.faults import Switches
from spillkit_shop.services import Pool, ProfileService
from spillkit_shop.sessions import CookieJar, Sessions
from spillkit_shop.shared import Shared
from spillkit_shop.store import Account, Store


class Worker:
    """One worker: its name, its pool of connections, and the variables that faults share between requests."""

    def __init__(self, name: str, store: Store, clock: Clock, switches: Switches, shared: Shared) -> None:
        self.name = name
        self.store = store
        self.clock = clock
        self.switches = switches
        self.shared = shared
        self.tuning = shared.tuning
        self.random = Random(f"{shared.tuning.seed}/{name}")
        self.sessions = Sessions(store)
        self.pool = Pool(name, self.random)
        self.buffer = BodyBuffer(shared.tuning.block_bytes)
        self.jar = CookieJar()
        self.current: Account | None = None
        shared.closers.append(self.pool.close)

    def now(self) -> datetime:
        """Return the time of the story."""
        return self.clock.now()

    def is_on(self, fault: str) -> bool:
        """Return whether a fault is switched on now."""
        return self.switches.is_on(fault, self.clock.now())

    async def round_trip(self) -> None:
        """Wait as long as another machine takes to answer."""
        await asyncio.sleep(self.tuning.round_trip_ms * self.random.uniform(0.5, 1.5) / 1000)

    async def profiles(self) -> ProfileService:
        """Return the profile service, started once."""
        if self.shared.profiles is None:
            self.shared.profiles = ProfileService(
                self._record, self.tuning.profile_ms, self.tuning.slow_share, self.tuning.slow_ms
            )
            self.shared.closers.append(self.shared.profiles.close)
        await self.shared.profiles.start()
        return self.shared.profiles

    def _record(self, number: int) -> str:
        person = self.store.person(number)
        return json.dumps(person.as_record(), ensure_ascii=False) if person else "null"


def worker_of(request: Request) -> Worker:
    """Return the worker that answers a request."""
    worker: Worker = request.app.state.worker
    return worker


def wrong(request: Request, fault: str) -> None:
    """Note for the story's truth which fault made this answer wrong. A shop that plays no story notes nothing."""
    request.scope.setdefault("shop.wrong", set()).add(fault)
