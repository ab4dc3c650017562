"""Keep the shop open without a story: for a browser, for `spillkit fix verify`, for tests.

In:    faults that are on from the start, how many customers.
Out:   a Live shop with its address, its people and their passwords, and a switch for each fault.
Else:  playing a story is `driver`. Here nothing is marked and nothing is recorded.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from spillkit_shop.app import Shared, make_app
from spillkit_shop.clock import Clock
from spillkit_shop.customers import SMALLEST, Customer, Population, make_customers, password_of
from spillkit_shop.edges import Edge
from spillkit_shop.faults import FAULTS, FaultWindow, Switches
from spillkit_shop.recorder import HOST
from spillkit_shop.servers import LOOPBACK, served
from spillkit_shop.shared import Tuning
from spillkit_shop.store import Store

_FIRST, _LAST = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
_HANDS_SESSIONS_OVER = ("cached_set_cookie", "session_race")


class HandSwitches(Switches):
    """Switches that are turned by hand."""

    def turn(self, name: str, *, on: bool) -> None:
        """Turn a fault on or off. Raises KeyError if there is none of that name."""
        FAULTS[name]
        windows = [window for window in self.windows if window.name != name]
        Switches.__init__(self, [*windows, FaultWindow(name, _FIRST, _LAST)] if on else windows)


@dataclass
class Live:
    """An open shop."""

    base_url: str
    people: Population
    switches: HandSwitches
    _store: Store = field(repr=False)
    _loop: asyncio.AbstractEventLoop = field(repr=False)

    def password(self, customer: Customer) -> str:
        """Return what a customer types in beside his e-mail address."""
        return password_of(self.people.seed, customer.number)

    def ordinary_customers(self, count: int) -> list[Customer]:
        """Return customers with nothing peculiar about them."""
        return [customer for customer in self.people.customers if customer.kind == "ordinary"][:count]

    def turn_on(self, fault: str) -> None:
        """Let a fault begin."""
        self._in_loop(lambda: self.switches.turn(fault, on=True))

    def turn_off(self, fault: str) -> None:
        """Repair a fault. Where sessions were handed over all of them end, as without that nothing is repaired."""

        def repair() -> None:
            self.switches.turn(fault, on=False)
            if fault in _HANDS_SESSIONS_OVER:
                self._store.connection.execute("DELETE FROM sessions")

        self._in_loop(repair)

    def _in_loop(self, act: Callable[[], None]) -> None:
        """Act where the shop runs, and come back when it is done."""
        try:
            is_there = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            is_there = False
        if is_there:
            act()
            return
        done = threading.Event()

        def run() -> None:
            act()
            done.set()

        self._loop.call_soon_threadsafe(run)
        done.wait(10)


@contextlib.asynccontextmanager
async def open_live_shop(
    faults: Iterable[str] = (),
    customers: int = SMALLEST,
    *,
    seed: int = 1,
    port: int = 0,
    workers: int = 2,
    locales: Sequence[str] = (),
    tuning: Tuning | None = None,
) -> AsyncIterator[Live]:
    """Keep the shop open in this event loop until the block ends.

    faults     on from the start
    customers  how many there are, SMALLEST or more
    locales    where they live; none: everywhere
    port       0: a free one
    """
    people = make_customers(seed, customers, locales) if locales else make_customers(seed, customers)
    clock, switches = Clock(datetime.now(UTC)), HandSwitches()
    for fault in faults:
        switches.turn(fault, on=True)
    store = Store(people, clock.now())
    folder = Path(tempfile.mkdtemp(prefix="spillkit-shop-"))
    shared = Shared(exports=folder, tuning=tuning or Tuning())
    try:
        names = [f"w{number}" for number in range(1, workers + 1)]
        edge = Edge("FRA", [make_app(store, clock, switches, name, shared) for name in names], clock, switches, HOST)
        async with served(edge, port) as taken:
            yield Live(f"http://{LOOPBACK}:{taken}", people, switches, store, asyncio.get_running_loop())
        await shared.close()
    finally:
        store.close()
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def live_shop(
    faults: Iterable[str] = (),
    customers: int = SMALLEST,
    *,
    seed: int = 1,
    port: int = 0,
    locales: Sequence[str] = (),
    tuning: Tuning | None = None,
) -> Iterator[Live]:
    """Keep the shop open in a thread of its own until the block ends: for code that is not asynchronous."""
    opened: list[Live] = []
    problems: list[BaseException] = []
    ready = threading.Event()
    closing: list[asyncio.Event] = []

    async def run() -> None:
        closing.append(asyncio.Event())
        async with open_live_shop(faults, customers, seed=seed, port=port, locales=locales, tuning=tuning) as live:
            opened.append(live)
            ready.set()
            await closing[0].wait()

    def serve() -> None:
        try:
            asyncio.run(run())
        except BaseException as problem:  # noqa: BLE001 - handed to the thread that waits
            problems.append(problem)
        finally:
            ready.set()

    thread = threading.Thread(target=serve, name="shop", daemon=True)
    thread.start()
    ready.wait()
    if problems:
        raise problems[0]
    try:
        yield opened[0]
    finally:
        opened[0]._loop.call_soon_threadsafe(closing[0].set)
        thread.join(20)
