"""Real little servers that do one thing right or wrong: what a replay is sent against.

Each is a Starlette application under uvicorn on a port of its own, in a thread. It knows the cast by their cookies and writes down
who asked for what, so that a test can say what was sent to whom.
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.world import ALICE, BOB, Person, account_page

COOKIE = "sessionid"
BY_COOKIE = {person.cookie: person for person in (ALICE, BOB)}
ORDERS = {"1001": ALICE, "1002": BOB, "1003": ALICE}


@dataclass
class Shop:
    """What a server remembers, and which fault it has."""

    fault: str = ""
    asked: list[tuple[str, str, str]] = field(default_factory=list)  # method, path with query, Cookie header
    agents: set[str] = field(default_factory=set)
    times: list[float] = field(default_factory=list)
    cache: dict[str, str] = field(default_factory=dict)
    current: Person | None = None  # the context of a request, kept where all requests share it
    pending: list[str] = field(default_factory=list)  # replies nobody has read
    buffer: str = ""
    elsewhere: str = ""  # where the redirect leads
    base: str = ""

    def app(self) -> Starlette:
        def seen(
            handler: Callable[[Request, Person | None], Awaitable[Response]],
        ) -> Callable[[Request], Awaitable[Response]]:
            async def handle(request: Request) -> Response:
                target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
                self.asked.append((request.method, target, request.headers.get("cookie", "")))
                self.agents.add(request.headers.get("user-agent", ""))
                self.times.append(time.monotonic())
                if self.fault == "busy":
                    return Response("later", 429, {"retry-after": "0"})
                if self.fault == "closed":
                    return Response("later", 503, {"retry-after": "3600"})
                return await handler(request, BY_COOKIE.get(request.cookies.get(COOKIE, "")))

            return handle

        return Starlette(
            routes=[
                Route("/account/summary", seen(self.account)),
                Route("/orders", seen(self.orders)),
                Route("/orders/{number}", seen(self.order)),
                Route("/cart", seen(self.cart)),
                Route("/short", seen(self.short)),
                Route("/login", seen(self.login), methods=["GET", "POST"]),
                Route("/logout", seen(self.short)),
                Route("/newsletter", seen(self.short), methods=["POST"]),
            ]
        )

    async def account(self, request: Request, who: Person | None) -> Response:
        match self.fault:
            case "hangs":
                await asyncio.sleep(60)
            case "huge":
                return StreamingResponse(_endless(), media_type="text/html")
            case "bomb":
                return Response(_bomb(), headers={"content-encoding": "gzip"})
            case "redirect":
                return RedirectResponse(f"{self.elsewhere}/account/summary", 302)
            case "cache":
                page = self.cache.setdefault(str(request.url), account_page(who) if who else "<p>please sign in</p>")
                return HTMLResponse(page)
            case "race":
                self.current = who
                await asyncio.sleep(0.005)
                return HTMLResponse(account_page(self.current) if self.current else "<p>please sign in</p>")
            case "desync":
                return await self._pooled(request, who)
            case "mapping":
                who = {ALICE.id: BOB, BOB.id: ALICE}.get(who.id) if who else None
        return HTMLResponse(account_page(who) if who else "<p>please sign in</p>")

    async def _pooled(self, request: Request, who: Person | None) -> Response:
        """One connection to a store: asks, waits, reads the next reply. Who goes away while waiting leaves his reply behind."""
        self.pending.append(account_page(who) if who else "<p>please sign in</p>")
        for _ in range(10):
            await asyncio.sleep(0.005)
            if await request.is_disconnected():
                return Response("")
        return HTMLResponse(self.pending.pop(0))

    async def orders(self, request: Request, who: Person | None) -> Response:
        if who is None:
            return HTMLResponse("<p>please sign in</p>", 401)
        links = "".join(f'<a href="/orders/{n}">order</a>' for n, owner in ORDERS.items() if owner is who)
        page = f"<h1>{who.name}, {who.email}</h1>{links}"
        if self.fault == "memory":
            page += "<p>" + "x" * 2000 + f" {who.email} {who.phone}</p>"
            self.buffer = page
        return HTMLResponse(page)

    async def order(self, request: Request, who: Person | None) -> Response:
        owner = ORDERS.get(request.path_params["number"])
        if owner is None or (owner is not who and self.fault != "objects"):
            return JSONResponse({"error": "no such order"}, 404)
        return JSONResponse({"to": owner.name, "mail": owner.email, "street": owner.street})

    async def cart(self, request: Request, who: Person | None) -> Response:
        answer = HTMLResponse("<p>your cart</p>" if who is None else f"<p>your cart</p><p>{who.email}</p>")
        if self.fault == "cookie":
            answer.set_cookie(COOKIE, self.cache.setdefault("cookie", "sess-fresh-000000000001"))
        elif who is None:
            answer.set_cookie(COOKIE, f"sess-fresh-{len(self.asked):012d}")
        return answer

    async def short(self, request: Request, who: Person | None) -> Response:
        body = f"<p>{who.email if who else 'nobody'}</p>"
        return HTMLResponse(body + self.buffer[len(body) :])

    async def login(self, request: Request, who: Person | None) -> Response:
        if request.method == "GET":
            return HTMLResponse('<form><input type="hidden" name="token" value="t-&amp;-1"><input name="mail"></form>')
        form = (await request.body()).decode()
        answer = RedirectResponse("/account/summary", 303)
        for person in (ALICE, BOB):
            if f"mail={person.id}" in form and "token=t-%26-1" in form:
                answer.set_cookie(COOKIE, person.cookie)
                answer.set_cookie("lang", "en-and-nothing-else")
        return answer


@cache
def _bomb() -> bytes:
    """300 MB of zeros in 300 kB."""
    packer = zlib.compressobj(9, wbits=31)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(300)) + packer.flush()


async def _endless() -> AsyncIterator[bytes]:
    for _ in range(1000):
        yield b"<p>" + b"y" * 65536
        await asyncio.sleep(0.0001)


@contextmanager
def served(shop: Shop) -> Iterator[Shop]:
    """Serve a shop on a free port for as long as the block lasts; `shop.base` is its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    shop.base = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(
        uvicorn.Config(
            shop.app(), log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1, ws="none"
        )
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield shop
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
