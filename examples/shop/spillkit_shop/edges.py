"""A shared HTTP cache at the edge, as a layer around the shop's workers: what a content network does, in one process.

In:    the workers' applications, the clock, the switches of the faults.
Out:   an ASGI application for each edge, which adds Cache-Status, Age and X-Edge to what it passes on.
Else:  the same with a real nginx is `nginx_edge`; what is public is said by the application's own Cache-Control.

Source: RFC 9111 (storing, freshness, Vary), RFC 9211 (Cache-Status). A cache keeps to them by itself; two rules that an operator
may add by mistake do not: `cdn_cache` and `cached_set_cookie`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from spillkit_shop.clock import Clock
from spillkit_shop.servers import AsgiApp, AsgiScope, Message, Receive, Send

RawHeaders = list[tuple[bytes, bytes]]

FAULTY_LIFE = timedelta(seconds=60)
FAULTY_PATHS = {
    "cdn_cache": frozenset({"/account", "/orders", "/api/me", "/api/subscription"}),
    "cached_set_cookie": frozenset({"/cart"}),
}
_MOST_STORED = 20_000


class OnOff(Protocol):
    """What an edge needs of the switches."""

    def is_on(self, name: str, now: datetime) -> bool:
        """Return whether a fault is at work."""
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, as the worker gave it."""

    status: int
    headers: RawHeaders
    body: bytes


@dataclass(frozen=True, slots=True)
class _Stored:
    answer: Answer
    stored_at: datetime
    expires_at: datetime
    vary: tuple[tuple[bytes, bytes], ...]  # request headers, and the values this answer is for


class Edge:
    """One node of the content network, with a cache of its own.

    name     such as "FRA"
    workers  one is drawn for each request, as balancers with many senders of requests in effect do
    """

    def __init__(
        self, name: str, workers: Sequence[AsgiApp], clock: Clock, switches: OnOff, host: str, seed: int = 0
    ) -> None:
        self.name = name
        self._workers = list(workers)
        self._clock = clock
        self._switches = switches
        self._host = host
        self._random = Random(f"edge/{name}/{seed}")
        self._kept: dict[tuple[str, str], list[_Stored]] = {}
        self._wrongly_kept: dict[str, dict[str, _Stored]] = {fault: {} for fault in FAULTY_PATHS}

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Answer one request, from the cache or from a worker."""
        if scope["type"] != "http":
            return
        now = self._clock.now()
        url = scope["path"] + ("?" + scope["query_string"].decode("latin-1") if scope["query_string"] else "")
        fault = self._faulty_rule(scope, now)
        stored = self._find(scope, url, fault, now)
        if stored is not None:
            await _send(stored.answer, self._hit_headers(stored, now), send)
            return
        answer = await _ask(self._next_worker(), scope, receive)
        if answer is None:
            return  # The client went away, and the worker was told.
        kept = self._keep(scope, url, fault, answer)
        word = "fwd=uri-miss; stored" if kept else "fwd=uri-miss" if scope["method"] == "GET" else "fwd=method"
        await _send(answer, [(b"cache-status", f"{self.name}; {word}".encode()), self._edge_header()], send)

    def _next_worker(self) -> AsgiApp:
        return self._random.choice(self._workers)

    def _faulty_rule(self, scope: AsgiScope, now: datetime) -> str:
        for fault, paths in FAULTY_PATHS.items():
            if self._switches.is_on(fault, now):
                if scope["method"] == "GET" and scope["path"] in paths:
                    return fault
            else:
                self._wrongly_kept[fault].clear()  # Whoever takes the rule back purges what it kept.
        return ""

    def _find(self, scope: AsgiScope, url: str, fault: str, now: datetime) -> _Stored | None:
        if scope["method"] != "GET":
            return None
        if fault:
            # The fault: the address alone is the key, whoever's cookie came with the request.
            wrong = self._wrongly_kept[fault].get(url)
            return wrong if wrong is not None and now < wrong.expires_at else None
        for stored in self._kept.get((self._host, url), ()):
            if now < stored.expires_at and all(_value(scope["headers"], name) == value for name, value in stored.vary):
                return stored
        return None

    def _keep(self, scope: AsgiScope, url: str, fault: str, answer: Answer) -> bool:
        if scope["method"] != "GET" or answer.status != 200:
            return False
        now = self._clock.now()
        if fault:
            # `cdn_cache` ignores Cache-Control and still heeds Set-Cookie; `cached_set_cookie` ignores both and replays the header.
            if fault == "cdn_cache" and _value(answer.headers, b"set-cookie"):
                return False
            self._wrongly_kept[fault][url] = _Stored(answer, now, now + FAULTY_LIFE, ())
            return True
        life = _fresh_seconds(scope["headers"], answer.headers)
        if life <= 0:
            return False
        vary = _vary(scope["headers"], answer.headers)
        if vary is None:
            return False
        if len(self._kept) >= _MOST_STORED:
            self._kept.clear()
        others = [s for s in self._kept.get((self._host, url), ()) if s.vary != vary and now < s.expires_at]
        self._kept[self._host, url] = [*others, _Stored(answer, now, now + timedelta(seconds=life), vary)]
        return True

    def _hit_headers(self, stored: _Stored, now: datetime) -> RawHeaders:
        age = max(0, int((now - stored.stored_at).total_seconds()))
        left = max(0, int((stored.expires_at - now).total_seconds()))
        return [
            (b"cache-status", f"{self.name}; hit; ttl={left}".encode()),
            (b"age", str(age).encode()),
            self._edge_header(),
        ]

    def _edge_header(self) -> tuple[bytes, bytes]:
        return (b"x-edge", self.name.encode())


async def _ask(worker: AsgiApp, scope: AsgiScope, receive: Receive) -> Answer | None:
    """Pass a request on and collect the answer; None where the client went away first, and the worker was told to stop."""
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    request: list[Message] = [{"type": "http.request", "body": b"".join(parts), "more_body": False}]
    gone = asyncio.Event()
    status, headers, body = 500, [], bytearray()

    async def receive_again() -> Message:
        if request:
            return request.pop()
        await gone.wait()
        return {"type": "http.disconnect"}

    async def collect(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", ()))
        else:
            body.extend(message.get("body", b""))

    answering = asyncio.ensure_future(worker(scope, receive_again, collect))
    watching = asyncio.ensure_future(receive())
    try:
        await asyncio.wait((answering, watching), return_when=asyncio.FIRST_COMPLETED)
        if answering.done():
            answering.result()
            return Answer(status, headers, bytes(body))
        # As proxies do, the edge drops its request when nobody waits for the answer any more.
        gone.set()
        answering.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await answering
        return None
    finally:
        watching.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await watching


async def _send(answer: Answer, added: RawHeaders, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": [*answer.headers, *added]})
    await send({"type": "http.response.body", "body": answer.body})


def _value(headers: Sequence[tuple[bytes, bytes]], name: bytes) -> bytes:
    return b", ".join(value for key, value in headers if key.lower() == name)


def _fresh_seconds(asked: Sequence[tuple[bytes, bytes]], headers: RawHeaders) -> float:
    """Return for how long a shared cache may keep the answer: RFC 9111, 3 and 4.2.1.

    An answer that sets a cookie is not kept: the RFC allows it, and all big caches leave it.
    """
    if _value(headers, b"set-cookie") or _value(asked, b"authorization"):
        return 0
    directives = dict(
        part.strip().lower().partition("=")[::2] for part in _value(headers, b"cache-control").decode().split(",")
    )
    if directives.keys() & {"private", "no-store", "no-cache"}:
        return 0
    said = directives.get("s-maxage") or directives.get("max-age") or "0"
    return float(said) if said.isdigit() else 0


def _vary(asked: Sequence[tuple[bytes, bytes]], headers: RawHeaders) -> tuple[tuple[bytes, bytes], ...] | None:
    names = sorted({name.strip().lower() for name in _value(headers, b"vary").split(b",") if name.strip()})
    if b"*" in names:
        return None
    return tuple((name, _value(asked, name)) for name in names)
