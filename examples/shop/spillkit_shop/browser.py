"""A browser: cookies, a network address, and the person at the keyboard who knows whom he signed in as.

In:    a seat of the scenario; pages to ask for.
Out:   answers, each recorded with who really saw it.
Else:  what is done when is `driver`; writing down is `recorder` and `truth`.

The jar obeys whatever Set-Cookie says, as browsers do: so a cookie that belongs to somebody else really hands over his session.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import aiohttp

from spillkit_shop.clock import Clock
from spillkit_shop.recorder import HOST, Recorder
from spillkit_shop.scenario import Seat
from spillkit_shop.servers import LOOPBACK
from spillkit_shop.truth import Place, Truth

SESSION_COOKIE = "shop_session"
CLOSED_BY_CLIENT = 499  # as nginx logs it
_MOST_REDIRECTS = 3
STORY_HEADER = "x-story-fault"  # of `layers`: for the truth, taken off before anything is recorded


@dataclass(frozen=True, slots=True)
class Seen:
    """What the person at the keyboard got."""

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)  # with marks
    path: str = field(repr=False)


class Web:
    """The network between the browsers and the edges, where everything is recorded.

    ports      port of each edge by its name
    recording  False: answers are not recorded (setting up, `fix verify`)
    """

    def __init__(
        self, client: aiohttp.ClientSession, ports: dict[str, int], clock: Clock, recorder: Recorder, truth: Truth
    ) -> None:
        self.client = client
        self.ports = ports
        self.clock = clock
        self.recorder = recorder
        self.truth = truth
        self.signed_in_by: dict[str, str] = {}  # session -> viewer who signed in with it, as the keyboards know


class Browser:
    """One device."""

    def __init__(self, seat: Seat, web: Web) -> None:
        self.seat = seat
        self.address = seat.address
        self.viewer = seat.viewer
        self.jar: dict[str, str] = {}
        self.was = ""  # the viewer who signed in here last
        self.signed_in_as = ""  # who the person at the keyboard signed in as; "" if nobody did
        self.listed: tuple[str, ...] = ()  # links on the list last seen
        self._web = web

    async def ask(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None = None,
        *,
        channel: str = "http",
        began: float | None = None,
        gives_up_after: float | None = None,
        is_recorded: bool = True,
    ) -> Seen:
        """Send one request and record the answer; redirects are followed as browsers follow them.

        began           perf_counter from which the answer's time counts; None: from now
        gives_up_after  seconds until the connection is closed without waiting any longer
        """
        for _ in range(_MOST_REDIRECTS):
            seen = await self._ask_once(method, path, form, channel, began, gives_up_after, is_recorded)
            if seen.status not in (301, 302, 303, 307):
                return seen
            target = urlsplit(next((value for name, value in seen.headers if name.lower() == "location"), "/"))
            path = target.path + (f"?{target.query}" if target.query else "")
            method, form, began = "GET", None, None
        return seen

    async def _ask_once(
        self,
        method: str,
        path: str,
        form: dict[str, str] | None,
        channel: str,
        began: float | None,
        gives_up_after: float | None,
        is_recorded: bool,
    ) -> Seen:
        web = self._web
        headers = {
            "Host": HOST,
            "User-Agent": self.seat.user_agent,
            "Accept-Language": self.seat.language,
            "X-Forwarded-For": self.address,
        }
        session = self.jar.get(SESSION_COOKIE, "")
        if self.jar:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.jar.items())
        viewer = self.viewer
        if session and viewer == self.seat.viewer and self.was:
            # Signed out, and given a session all the same: who sits there is whoever signed in here before.
            viewer = self.was
        started = time.perf_counter() if began is None else began
        url = f"http://{LOOPBACK}:{web.ports[self.seat.edge]}{path}"
        timeout = aiohttp.ClientTimeout(total=gives_up_after) if gives_up_after is not None else None
        try:
            async with web.client.request(
                method, url, data=form, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                body = await response.read()
                status = response.status
                received = tuple(
                    (name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in response.raw_headers
                )
        except TimeoutError:
            body, status, received = b"", CLOSED_BY_CLIENT, ()
        except aiohttp.ClientError:
            body, status, received = b"", 502, ()
        at = web.clock.now()
        took_ms = (time.perf_counter() - started) * 1000
        told = frozenset(
            fault for name, value in received if name.lower() == STORY_HEADER for fault in value.split(",") if fault
        )
        received = tuple(pair for pair in received if pair[0].lower() != STORY_HEADER)
        self._obey_cookies(received)
        if is_recorded:
            hidden = ("Host", "X-Forwarded-For")
            entry, marks = web.recorder.record(
                at=at,
                method=method,
                path=path,
                request_headers=[(name.lower(), value) for name, value in headers.items() if name not in hidden],
                address=self.address,
                user_agent=self.seat.user_agent,
                status=status,
                headers=received,
                body=body,
                took_ms=took_ms,
                channel=channel,
            )
            if marks:
                owner = web.signed_in_by.get(session, viewer)
                cache = next(
                    (value for name, value in received if name.lower() in ("cache-status", "x-cache")), ""
                ).lower()
                place = Place(
                    channel=channel,
                    path=path.partition("?")[0],
                    at=at,
                    is_hit="hit" in cache,
                    is_foreign_session=owner != viewer,
                    told=told,
                )
                web.truth.add("traffic.jsonl", entry, viewer, marks, place)
        return Seen(status, received, body, path)

    def _obey_cookies(self, headers: tuple[tuple[str, str], ...]) -> None:
        for name, value in headers:
            if name.lower() != "set-cookie":
                continue
            pair, *attributes = value.split(";")
            cookie, _, content = pair.strip().partition("=")
            told = dict(part.strip().partition("=")[::2] for part in attributes)
            lowered = {key.lower(): text for key, text in told.items()}
            if lowered.get("max-age", "").startswith(("0", "-")) or _is_past(lowered.get("expires", "")):
                self.jar.pop(cookie, None)
            else:
                self.jar[cookie] = content.strip('"')


def _is_past(expires: str) -> bool:
    if not expires:
        return False
    try:
        # Shops delete a cookie with a date of 1970; other dates lie ahead in any story.
        return parsedate_to_datetime(expires).year < 2000
    except ValueError:
        return False
