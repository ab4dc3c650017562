"""The shop with some faults on, and browsers in it: what its tests share.

In:    names of faults.
Out:   an open shop; browsers that are signed in; the values that an answer was rendered with, by their marks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import httpx
from aiosmtpd.smtp import SMTP
from starlette.applications import Starlette

from spillkit_shop.app import Shared, Tuning, make_app
from spillkit_shop.clock import Clock
from spillkit_shop.customers import Customer, Population, make_customers, password_of
from spillkit_shop.faults import FaultWindow, Switches, always
from spillkit_shop.marks import strip
from spillkit_shop.store import Store

SEED = 11
KINDS = tuple("ordinary awkward namesake couple giver recipient boss assistant contact seller".split())  # of customers
MORNING = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
QUICK = Tuning(round_trip_ms=1, profile_ms=0.5, slow_share=0, background_share=0, job_ms=(20, 40))
Values = set[tuple[int, str]]  # a customer's number and a field


@lru_cache(maxsize=1)
def people() -> Population:
    return make_customers(SEED, 240)


@dataclass
class Shop:
    store: Store
    clock: Clock
    shared: Shared
    apps: Sequence[Starlette]
    stack: AsyncExitStack

    async def browser(self, worker: int = 0, language: str = "en") -> httpx.AsyncClient:
        """Return a browser in which nobody is signed in."""
        transport = httpx.ASGITransport(self.apps[worker])
        headers = {"accept-language": language}
        client = httpx.AsyncClient(transport=transport, base_url="http://shop.example.org", headers=headers)
        return await self.stack.enter_async_context(client)

    async def signed_in(self, who: Customer | str, worker: int = 0) -> httpx.AsyncClient:
        """Return a browser in which a customer, or a member of staff, is signed in."""
        client = await self.browser(worker)
        await sign_in(client, who)
        return client


async def sign_in(client: httpx.AsyncClient, who: Customer | str) -> httpx.Response:
    if isinstance(who, Customer):
        email, account = who.email, who.number
    else:
        staff = next(each for each in people().staff if each.id == who)
        email, account = staff.email, staff.account
    answer = await client.post("/login", data={"email": email, "password": password_of(SEED, account)})
    assert answer.status_code == 303
    return answer


@asynccontextmanager
async def open_shop(
    *faults: str | FaultWindow, workers: int = 1, tuning: Tuning = QUICK, smtp: tuple[str, int] | None = None
) -> AsyncIterator[Shop]:
    """Open a shop with these faults: a name is on at all times, a window is on while it is open."""
    windows = [fault for fault in faults if isinstance(fault, FaultWindow)]
    switches = Switches([*windows, *always(*(fault for fault in faults if isinstance(fault, str))).windows])
    clock = Clock(MORNING)
    store = Store(people(), MORNING, marks=True)
    shared = Shared(tuning=tuning, marks=True, smtp=smtp)
    apps = [make_app(store, clock, switches, f"w{number}", shared) for number in range(1, workers + 1)]
    try:
        async with AsyncExitStack() as stack:
            yield Shop(store, clock, shared, apps, stack)
    finally:
        await shared.close()
        store.close()


def seen(answer: httpx.Response | bytes) -> Values:
    """Return the values that an answer shows."""
    body = answer if isinstance(answer, bytes) else answer.content
    return {(mark.subject, mark.field) for mark in strip(body)[1]}


def strangers(answer: httpx.Response | bytes, viewer: Customer) -> Values:
    """Return the values of others that an answer shows."""
    return {value for value in seen(answer) if value[0] != viewer.number}


def text_of(answer: httpx.Response) -> str:
    """Return the body as the browser gets it."""
    return strip(answer.content)[0].decode()


def of_kind(kind: str, count: int = 1) -> list[Customer]:
    """Return the first customers of a kind."""
    found = [customer for customer in people().customers if customer.kind == kind]
    return found[:count]


def faults_noted(answer: httpx.Response) -> set[str]:
    """Return the faults that made the answer wrong, as the shop itself tells the driver."""
    return set(filter(None, answer.headers.get("x-story-fault", "").split(",")))


class Letters:
    """A real mail server, which keeps what it gets."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], bytes]] = []  # the envelope's recipients, and the message

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append((list(envelope.rcpt_tos), envelope.content))
        return "250 taken"


@asynccontextmanager
async def mail_server() -> AsyncIterator[tuple[Letters, tuple[str, int]]]:
    letters = Letters()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(letters, enable_SMTPUTF8=True, hostname="localhost"), "127.0.0.1", 0
    )
    try:
        yield letters, server.sockets[0].getsockname()
    finally:
        server.close()
        await server.wait_closed()
