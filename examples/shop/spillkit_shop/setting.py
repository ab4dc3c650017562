"""Put the stage up: database, workers, edges, the network in between, everybody's mailbox, and the recorder at the end.

In:    a Scenario and a folder.
Out:   a Setting for as long as the `async with` block runs.
Else:  what happens on the stage is `driver`; without a story the same is `live`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import aiohttp

from spillkit_shop.app import Shared, make_app
from spillkit_shop.browser import Web
from spillkit_shop.clock import Clock
from spillkit_shop.customers import Population, make_customers, password_of
from spillkit_shop.edges import FAULTY_PATHS, Edge
from spillkit_shop.faults import FaultWindow, Switches
from spillkit_shop.mailbox import MAIL, Letter, Mailbox
from spillkit_shop.nginx_edge import NginxEdges, nginx_edges
from spillkit_shop.recorder import HOST, TRAFFIC, Recorder
from spillkit_shop.scenario import Scenario
from spillkit_shop.servers import AsgiApp, served
from spillkit_shop.store import Store
from spillkit_shop.truth import Place, Truth

_JUMP_SECONDS = 0.3  # a longer way than this is jumped over
_SESSION_LOG = """
CREATE TABLE session_log (value TEXT PRIMARY KEY, account INTEGER, began REAL, ended REAL) WITHOUT ROWID;
CREATE TRIGGER session_began AFTER INSERT ON sessions BEGIN
  INSERT OR REPLACE INTO session_log VALUES (new.value, new.account, story_now(), NULL);
END;
CREATE TRIGGER session_ended AFTER DELETE ON sessions BEGIN
  UPDATE session_log SET ended = story_now() WHERE value = old.value;
END;
"""


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody types in, and who he is."""

    email: str
    password: str
    viewer: str  # as truth.csv names him


class StorySwitches(Switches):
    """Switches of a story, in which a fault may be noticed and ended before its window is over."""

    def end(self, place: int, now: datetime) -> None:
        """End the window of that place among all windows."""
        windows = list(self.windows)
        windows[place] = replace(windows[place], ends_at=now)
        Switches.__init__(self, windows)


@dataclass
class Setting:
    """The stage."""

    people: Population
    store: Store
    clock: Clock
    switches: StorySwitches
    web: Web
    mailbox: Mailbox
    truth: Truth
    shared: Shared
    nginx: NginxEdges | None
    over: set[int] = field(default_factory=set)  # windows whose end was seen to

    async def advance_to(self, moment: datetime) -> None:
        """Jump to a moment of the story. What runs behind the answers ends first, as it would in the time that is jumped over."""
        if (moment - self.clock.now()).total_seconds() > _JUMP_SECONDS:
            while self.shared.tasks:
                await asyncio.gather(*list(self.shared.tasks), return_exceptions=True)
        self.clock.jump_to(moment)
        if self.nginx is not None:
            await self.nginx.set_faults([name for name in FAULTY_PATHS if self.switches.is_on(name, moment)])

    def notice(self, enough: Sequence[int]) -> None:
        """End each fault that has done enough: somebody complained, and the change was taken back.

        enough  wrong answers for each window, 0 for no end before its time
        """
        now = self.clock.now()
        for place, window in enumerate(self.switches.windows):
            if place in self.over or now < window.starts_at:
                continue
            most = enough[place] if place < len(enough) else 0
            if most and now < window.ends_at and self.truth.so_far(window.name) >= most:
                self.switches.end(place, now)
            if now >= self.switches.windows[place].ends_at:
                self.over.add(place)
                self.close_sessions(window)

    def close_sessions(self, window: FaultWindow) -> None:
        """End all sessions where sessions were handed over: without that, a repair repairs nothing."""
        if window.name in ("cached_set_cookie", "session_race"):
            self.store.connection.execute("DELETE FROM sessions")

    def login(self, who: str) -> Login:
        """Return what somebody types in: a customer by number, a member of staff by id."""
        if who.isdecimal():
            customer = self.people.customer(int(who))
            return Login(customer.email, password_of(self.people.seed, customer.number), customer.id)
        staff = next(each for each in self.people.staff if each.id == who)
        return Login(staff.email, password_of(self.people.seed, staff.account), f"staff:{staff.id}")

    def session_rows(self) -> Sequence[tuple[str, str, str, str]]:
        """Return the shop's session table as sessions.csv has it: value, viewer, from, to."""
        owners = {customer.number: customer.id for customer in self.people.customers}
        owners |= {staff.account: staff.id for staff in self.people.staff}
        rows = self.store.connection.execute(
            "SELECT value, account, began, ended FROM session_log ORDER BY began, value"
        )
        return [(value, owners[account], _time(began), _time(ended)) for value, account, began, ended in rows]


@contextlib.asynccontextmanager
async def open_shop(scenario: Scenario, out: Path) -> AsyncIterator[Setting]:
    """Put the stage up for a story.

    out  where traffic.jsonl and mail.mbox are written
    """
    people = make_customers(scenario.people_seed, scenario.customers, scenario.locales or None)
    clock, switches = Clock(scenario.start), StorySwitches(scenario.faults)
    store = Store(people, scenario.start, marks=True)
    log_sessions(store, clock)
    truth = Truth(scenario.faults, {customer.number: customer.id for customer in people.customers})
    readers = {customer.email.lower(): customer.id for customer in people.customers}
    readers |= {staff.email.lower(): f"staff:{staff.id}" for staff in people.staff}

    def arrived(letter: Letter) -> None:
        for address in letter.recipients:
            viewer = readers.get(address.lower(), "unknown")
            truth.add(MAIL, letter.entry, viewer, letter.marks, Place("mail", "", letter.arrived_at))

    mailbox = Mailbox(out / MAIL, clock, arrived)
    scratch = Path(tempfile.mkdtemp(prefix="spillkit-shop-"))
    try:
        async with contextlib.AsyncExitStack() as stack:
            host, port = await stack.enter_async_context(mailbox.open())
            shared = Shared(exports=scratch, smtp=(host, port), marks=True, tuning=scenario.tuning)
            stack.push_async_callback(shared.close)
            names = [f"w{number}" for number in range(1, scenario.workers + 1)]
            workers: list[AsgiApp] = [make_app(store, clock, switches, name, shared) for name in names]
            nginx: NginxEdges | None = None
            if scenario.nginx:
                worker_ports = [await stack.enter_async_context(served(worker)) for worker in workers]
                nginx = await stack.enter_async_context(nginx_edges(scenario.edges, worker_ports, scratch / "nginx"))
                ports: Mapping[str, int] = nginx.ports
            else:
                ports = {
                    name: await stack.enter_async_context(
                        served(Edge(name, workers, clock, switches, HOST, scenario.seed))
                    )
                    for name in scenario.edges
                }
            client = await stack.enter_async_context(new_client(keep=nginx is None))
            recorder = stack.enter_context(Recorder(out / TRAFFIC))
            web = Web(client, dict(ports), clock, recorder, truth)
            yield Setting(people, store, clock, switches, web, mailbox, truth, shared, nginx)
    finally:
        store.close()
        shutil.rmtree(scratch, ignore_errors=True)


def new_client(*, keep: bool = True) -> aiohttp.ClientSession:
    """Return the client that carries all browsers' requests; each browser has its own cookies.

    keep  connections are used again
    """
    connector = aiohttp.TCPConnector(limit=0, force_close=not keep, keepalive_timeout=None if not keep else 3000)
    return aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True)


def log_sessions(store: Store, clock: Clock) -> None:
    """Let the database itself keep when each session began and ended, as a company's session table does."""
    store.connection.create_function("story_now", 0, lambda: clock.now().timestamp())
    store.connection.executescript(_SESSION_LOG)


def _time(at: float | None) -> str:
    return "" if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
