"""Plan which recorded requests are sent again, as whom, and in what order.

In:    the cause of an incident, requests as they were recorded, how many test identities and servers there are.
Out:   steps in order, and the routes that are not asked, each with the reason.
Else:  reading requests again is `recorded`, sending them is `replay`; what the answers prove is `proof`.

A fault shows only to those who ask in the right order: a cache needs two people at one address, one after the other; a race needs
them at the same moment. So the cause chooses the order.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, unquote

from spillkit.cause.incident import CauseClass
from spillkit.scan.routes import path_of, route_of

ANONYMOUS = -1  # stands for somebody who is signed out, in the place of an identity's number
READING = frozenset({"GET", "HEAD"})  # what may be sent without being asked for: it changes nothing (RFC 9110, 9.2.1)
_MOST_TARGET = 4096  # characters; servers refuse longer ones anyway


class Order(StrEnum):
    """How requests of several people follow each other."""

    IN_TURN = "one after the other, the same address"
    TOGETHER = "at the same moment"
    BROKEN_OFF = "at the same moment, some broken off before the answer"
    LONG_THEN_SHORT = "a long answer to one, a short answer to another"


_ORDERS: Mapping[CauseClass, tuple[Order, ...]] = {
    CauseClass.SHARED_CACHE: (Order.IN_TURN,),
    CauseClass.APP_CACHE: (Order.IN_TURN,),
    CauseClass.CACHE: (Order.IN_TURN,),
    CauseClass.CACHED_COOKIE: (Order.IN_TURN,),
    CauseClass.SESSION_MIX_UP: (Order.IN_TURN, Order.TOGETHER),
    CauseClass.REQUEST_RACE: (Order.TOGETHER,),
    CauseClass.DESYNC: (Order.BROKEN_OFF, Order.TOGETHER),
    CauseClass.BULK_LISTING: (Order.IN_TURN,),
    CauseClass.ENUMERATION: (Order.IN_TURN,),
    CauseClass.ACCOUNT_MAPPING: (Order.IN_TURN,),
    CauseClass.MEMORY_FRAGMENT: (Order.LONG_THEN_SHORT, Order.TOGETHER),
    CauseClass.TEMPLATE_FIELD: (Order.IN_TURN,),
    CauseClass.UNKNOWN: (Order.IN_TURN, Order.LONG_THEN_SHORT, Order.TOGETHER, Order.BROKEN_OFF),
}
_BY_NATURE = {
    CauseClass.OPEN_RECIPIENTS: "mail cannot be asked for again: sending it would tell real people",
    CauseClass.MAIL_SHIFT: "mail cannot be asked for again: sending it would tell real people",
    CauseClass.JOB_MIX_UP: "exports are made by a job: asking again would start new jobs",
    CauseClass.STAFF: "staff opened what they may open; no repair of the software can be tried by asking again",
}
# A GET to one of these changes something, or ends the session that asks.
_ACTING = frozenset(
    "logout signout log-out sign-out logoff delete remove cancel unsubscribe confirm verify activate deactivate reset pay buy "
    "checkout approve reject accept decline revoke send resend invite impersonate".split()
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """One recorded request, as far as it is sent again: never its host, cookies, headers or body."""

    method: str
    route: str
    target: str = field(repr=False)  # path and query, ASCII, begins with one "/"
    body_bytes: int = 0  # length of the answer then
    is_of_incident: bool = True  # false: only asked to fill memory with a long answer


@dataclass(frozen=True, slots=True)
class Ask:
    """One request of a step."""

    who: int  # number of an identity from 0, or ANONYMOUS
    base: int  # number of a server from 0
    request: Recorded
    break_off: bool = False  # close the connection before the answer comes


@dataclass(frozen=True, slots=True)
class Step:
    """Requests that belong together."""

    asks: tuple[Ask, ...]
    together: bool  # all at once; else one after the other


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A route of the incident that the replay leaves out."""

    route: str  # "POST /exports"
    why: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is sent at most."""

    addresses: int = 8  # different ones of each route
    bursts: int = 10  # for each server; each holds `pairs` requests of every identity
    pairs: int = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent, and what is not."""

    orders: tuple[Order, ...]
    steps: tuple[Step, ...]
    not_asked: tuple[NotAsked, ...]
    impossible: str = ""  # why asking again makes no sense at all for this cause; "" where it does

    @property
    def requests(self) -> int:
        """How many requests the steps hold."""
        return sum(len(step.asks) for step in self.steps)


def plan_replay(
    cause: CauseClass,
    channel: str,
    routes: Sequence[str],
    recorded: Sequence[Recorded],
    identities: int,
    bases: int = 1,
    allowed: frozenset[str] = READING,
    bounds: Bounds | None = None,
) -> Plan:
    """Return what to send in which order.

    cause       of the incident
    channel     of the incident: "http", "mail", …
    routes      of the incident, "GET /account"
    recorded    requests read again, those of the incident and long ones
    identities  how many test identities there are, 2 or more
    bases       how many servers (edges) are asked, 1 or more
    allowed     methods that may be sent
    """
    bounds = bounds or Bounds()
    impossible = _BY_NATURE.get(cause, "")
    if not impossible and channel in ("mail", "websocket", "export"):
        impossible = _BY_NATURE[CauseClass.JOB_MIX_UP if channel == "export" else CauseClass.OPEN_RECIPIENTS]
        if channel == "websocket":
            impossible = "frames of a web socket cannot be asked for again one by one"
    if impossible:
        return Plan((), (), tuple(NotAsked(route, impossible) for route in routes), impossible)
    own = [request for request in recorded if request.is_of_incident]
    usable = [request for request in own if _why_not(request.method, request.route, allowed) == ""]
    chosen = _spread(usable, bounds.addresses)
    asked = {f"{request.method} {request.route}" for request in chosen}
    not_asked = tuple(
        NotAsked(route, _why_not(*_split(route), allowed) or "its recorded requests could not be read again")
        for route in routes
        if route not in asked
    )
    orders = _ORDERS[cause]
    steps: list[Step] = []
    for base in range(bases):
        for order in orders:
            steps.extend(_steps(order, chosen, recorded, identities, base, bounds))
    return Plan(orders, tuple(steps), not_asked)


_BROKEN_OFF_ALONE = 8  # before each burst


def cross_steps(links: Mapping[int, Sequence[Recorded]], identities: int, bases: int) -> tuple[Step, ...]:
    """Return the steps in which everybody asks for what only one identity was shown a link to.

    links  by identity: addresses in answers to that identity which lead to routes of the incident
    """
    steps = []
    for owner, requests in sorted(links.items()):
        for request in requests:
            others = [who for who in range(identities) if who != owner]
            for base in range(bases):
                steps.append(Step(tuple(Ask(who, base, request) for who in (owner, *others, ANONYMOUS)), False))
    return tuple(steps)


def listings_of(routes: Sequence[str]) -> tuple[Recorded, ...]:
    """Return the addresses at which the objects of these routes are probably listed: /orders for /orders/{n}."""
    found: dict[str, Recorded] = {}
    for route in routes:
        method, path = _split(route)
        parent = path.partition("/{")[0]
        if method == "GET" and "/{" in path and parent and "{" not in parent:
            found.setdefault(parent, Recorded("GET", parent, parent, is_of_incident=False))
    return tuple(found.values())


_LINK = re.compile(rb"""["'](/[^"'<>\s\\]{1,300})["']""")


def links_in(body: bytes, routes: Sequence[str], most: int = 5) -> tuple[Recorded, ...]:
    """Return the addresses in an answer that lead to GET routes of the incident, the first ones, each once."""
    wanted = {path for method, path in map(_split, routes) if method == "GET" and "{" in path}
    found: dict[str, Recorded] = {}
    if not wanted:
        return ()
    for match in _LINK.finditer(body, 0, 1 << 20):
        target = target_of(match[1].decode("utf-8", "replace").replace("&amp;", "&"))
        if target is None or target in found:
            continue
        route = route_of(target)
        if route in wanted and _why_not("GET", route, READING) == "":
            found[target] = Recorded("GET", route, target)
            if len(found) == most:
                break
    return tuple(found.values())


def target_of(url: str) -> str | None:
    """Return path and query of a recorded address, safe to put on a request line; None if it has none.

    The host is left behind: whatever a recording says, only the server that was named is asked.

    >>> target_of("https://shop.example/orders/7?page=2#top")
    '/orders/7?page=2'
    >>> target_of("//evil.example/x")
    '/x'
    """
    scheme, mark, _rest = url.partition("://")
    if mark and scheme.lower() not in ("http", "https") and "/" not in scheme and "?" not in scheme:
        return None
    if url.startswith("//"):
        url = f"http:{url}"
    path = path_of(url)
    if not path.startswith("/"):
        return None
    # Slashes at the front are one: "//host/x" as a target would read as an address on another host.
    path = "/" + path.lstrip("/\\")
    query = url.partition("#")[0].partition("?")[2]
    target = quote(path, safe="/%:@!$&'()*+,;=~-._", errors="replace")
    if query:
        target += "?" + quote(query, safe="/%:@!$&'()*+,;=~-._?[]", errors="replace")
    return target if len(target) <= _MOST_TARGET else None


def _split(route: str) -> tuple[str, str]:
    method, _, path = route.partition(" ")
    return method, path


def _why_not(method: str, path: str, allowed: frozenset[str]) -> str:
    if method not in allowed:
        return f"{method} may change something: it is sent only with --allow-method {method}"
    if any(segment.lower() in _ACTING for segment in unquote(path).split("/")):
        return "asking for it would change something, or end the session"
    return ""


def _spread(requests: Sequence[Recorded], most: int) -> list[Recorded]:
    """Up to so many different addresses of each route, in the order given."""
    by_route: dict[tuple[str, str], dict[str, Recorded]] = {}
    for request in requests:
        known = by_route.setdefault((request.method, request.route), {})
        if len(known) < most:
            known.setdefault(request.target, request)
    return [request for known in by_route.values() for request in known.values()]


def _steps(
    order: Order,
    chosen: Sequence[Recorded],
    recorded: Sequence[Recorded],
    identities: int,
    base: int,
    bounds: Bounds,
) -> list[Step]:
    everybody = [*range(identities), ANONYMOUS]
    if order is Order.IN_TURN:
        # Twice, the second time from the other end: what the first left behind is now asked for by its neighbour.
        return [
            Step(tuple(Ask(who, base, request) for who in turn), together=False)
            for request in chosen
            for turn in (everybody, list(reversed(range(identities))))
        ]
    if order is Order.LONG_THEN_SHORT:
        return _long_then_short(chosen, recorded, identities, base, bounds)
    steps = []
    for burst in range(bounds.bursts if chosen else 0):
        request = chosen[burst % len(chosen)]
        asks = []
        for pair in range(bounds.pairs):
            for who in range(identities):
                # Every third request of the first in the pair is broken off; the others must still get their own answers.
                broken = order is Order.BROKEN_OFF and pair % 3 == 0 and who == burst % identities
                asks.append(Ask(who, base, request, broken))
        if order is Order.BROKEN_OFF:
            # In a crowd a request mostly waits; alone it is mostly being answered, and that is when it must go away.
            alone = Ask(burst % identities, base, request, break_off=True)
            steps.append(Step((alone,) * _BROKEN_OFF_ALONE, together=False))
        steps.append(Step(tuple(asks), together=True))
        if order is Order.BROKEN_OFF:
            # What the broken-off requests left unread meets whoever comes next.
            steps.append(Step(tuple(Ask(who, base, request) for who in range(identities)), together=False))
    return steps


def _long_then_short(
    chosen: Sequence[Recorded], recorded: Sequence[Recorded], identities: int, base: int, bounds: Bounds
) -> list[Step]:
    readable = [
        request for request in recorded if request.method == "GET" and not _why_not("GET", request.route, READING)
    ]
    most = max((request.body_bytes for request in readable), default=0)
    longest = sorted(
        (request for request in readable if request.body_bytes * 2 >= most),
        key=lambda request: (-request.body_bytes, request.target),
    )[:3]
    shortest = sorted(chosen, key=lambda request: (request.body_bytes, request.target))
    steps = []
    for number in range(bounds.pairs if longest else 0):
        for short in shortest[: bounds.addresses]:
            first = number % identities
            asks = [Ask(first, base, longest[number % len(longest)])]
            asks += [Ask(who, base, short) for who in range(identities) if who != first]
            steps.append(Step(tuple(asks), together=False))
    return steps
