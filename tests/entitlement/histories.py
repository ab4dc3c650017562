"""Short histories of browsers, and a plain decider of whose session lies that is easy to believe.

The fast one is `spillkit.entitlement.continuity`; both follow the words at its top.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from spillkit.entitlement.continuity import (
    HANDED_OVER,
    HANDED_OVER_GUESS,
    RACE_SECONDS,
    SHARED_PLACE_SECONDS,
    is_login,
)
from spillkit.schemas import EXCHANGES
from tests.world import NOON

Place = tuple[str, str]  # address, user agent


@dataclass(frozen=True)
class Step:
    """One answer: at a place, to a request with a session, that may have set another."""

    client: str
    device: str
    session: str = ""
    issued: str = ""
    method: str = "GET"
    route: str = "/cart"
    at: datetime | None = NOON
    entry: int = 0
    owners: tuple[tuple[str, str], ...] = ()  # session -> subject, as the table has it
    source: str = "ab" * 8

    @property
    def place(self) -> Place:
        return self.client, self.device

    @property
    def owner(self) -> str:
        return dict(self.owners).get(self.session, "")

    @property
    def issued_to(self) -> str:
        return dict(self.owners).get(self.issued, "")

    @property
    def viewer(self) -> tuple[str, str]:
        if self.owner:
            return self.owner, "subject"
        return (f"unknown:{self.session}", "unknown") if self.session else ("unknown", "unknown")

    @property
    def is_login(self) -> bool:
        return is_login(self.method, self.route)

    def row(self) -> dict[str, Any]:
        empty: dict[str, Any] = dict.fromkeys(EXCHANGES.names, "")
        return empty | {
            "source": self.source,
            "entry": self.entry,
            "shown_at": self.at,
            "took_ms": None,
            "channel": "http",
            "method": self.method,
            "route": self.route,
            "status": 200,
            "viewer": self.viewer[0],
            "viewer_kind": self.viewer[1],
            "viewer_from": "cookie:sid" if self.session else "none",
            "session": self.session,
            "issued": self.issued,
            "issued_to": self.issued_to,
            "client": self.client,
            "device": self.device,
            "url": None,
            "object": None,
            "body": None,
            "body_bytes": 0,
            "age_seconds": None,
            "open_recipients": 0,
        }


def exchanges(steps: list[Step]) -> pa.Table:
    return pa.Table.from_pylist([step.row() for step in steps], schema=EXCHANGES)


def numbered(steps: list[Step], owners: dict[str, str], apart: timedelta = timedelta(minutes=1)) -> list[Step]:
    """The steps one after another, with one table of sessions."""
    known = tuple(sorted(owners.items()))
    return [replace(step, entry=n, at=NOON + n * apart, owners=known) for n, step in enumerate(steps)]


@dataclass(frozen=True)
class Arrival:
    """How a session came to a place."""

    session: str
    first: Step
    at: int  # place of that step in the history

    @property
    def is_issue(self) -> bool:
        return self.first.session != self.session

    @property
    def owner(self) -> str:
        return self.first.issued_to if self.is_issue else self.first.owner


Correction = tuple[str, int, str, str, str, str, str]


class PlainContinuity:
    """Finds corrections one arrival after another, looking through the whole history each time."""

    def __init__(self, steps: list[Step]) -> None:
        usable = [step for step in steps if step.at is not None and step.client and step.device]
        self._steps = sorted(usable, key=lambda step: (step.at, step.source, step.entry, step.session, step.issued))
        sessions = sorted({name for step in self._steps for name in (step.session, step.issued) if name})
        self._arrivals = {name: self._arrivals_of(name) for name in sessions}
        self._doubted = [
            arrival
            for name in sessions
            if self._is_candidate(name)
            for arrival in self._arrivals[name]
            if self._is_doubted(arrival)
        ]
        # What a request carried was there before what its answer set.
        self._doubted.sort(key=lambda arrival: (arrival.at, arrival.is_issue))

    def corrections(self) -> set[Correction]:
        found: set[Correction] = set()
        for arrival in self._doubted:
            holder = self._holder(arrival)
            if holder is not None:
                found |= self._seen_by(arrival, *holder)
        return found

    def _events(self, session: str) -> list[int]:
        return [n for n, step in enumerate(self._steps) if session in (step.session, step.issued)]

    def _arrivals_of(self, session: str) -> list[Arrival]:
        firsts: dict[Place, Arrival] = {}
        for n in self._events(session):
            firsts.setdefault(self._steps[n].place, Arrival(session, self._steps[n], n))
        return list(firsts.values())

    def _is_candidate(self, session: str) -> bool:
        places = [arrival.first.place for arrival in self._arrivals[session]]
        clients, devices = {client for client, _ in places}, {device for _, device in places}
        steps = [self._steps[n] for n in self._events(session)]
        mismatch = any(
            step.issued == session != step.session and step.issued_to and step.owner not in ("", step.issued_to)
            for step in steps
        )
        return (len(clients) > 1 and len(devices) > 1) or (mismatch and len(places) > 1)

    def _before(self, arrival: Arrival) -> list[Step]:
        """What happened at the place before the session came, in order."""
        return [step for step in self._steps[: arrival.at] if step.place == arrival.first.place]

    def _by_login(self, arrival: Arrival) -> bool:
        first = arrival.first
        if first.is_login and first.issued in ("", arrival.session):
            return True
        for step in reversed(self._before(arrival)):
            if step.is_login and not step.issued:
                return True
            if step.session:
                return False
        return False

    def _in_race(self, arrival: Arrival) -> bool:
        first = arrival.first
        assert first.at is not None
        return arrival.is_issue and any(
            step.session == arrival.session
            and step.place != first.place
            and step.at is not None
            and timedelta() <= first.at - step.at <= timedelta(seconds=RACE_SECONDS)
            for step in self._steps
        )

    def _is_doubted(self, arrival: Arrival) -> bool:
        if not arrival.owner or (arrival.is_issue and arrival.first.owner == arrival.owner):
            return False
        if self._by_login(arrival) and not self._in_race(arrival):
            return False
        others = self._arrivals[arrival.session]
        is_later = arrival is not others[0]
        if arrival.is_issue and arrival.first.owner:
            return is_later or any(_far(arrival, other) for other in others)
        return is_later and _far(arrival, others[0])

    def _is_doubted_there(self, step: Step) -> bool:
        return any(d.session == step.session and d.first.place == step.place for d in self._doubted)

    def _own_before(self, arrival: Arrival) -> list[Step]:
        return [step for step in self._before(arrival) if step.owner and not self._is_doubted_there(step)]

    def _chain_head(self, arrival: Arrival) -> Arrival:
        here = [d for d in self._doubted if d.first.place == arrival.first.place]
        at = here.index(arrival)
        while at > 0 and here[at].is_issue and here[at].first.session == here[at - 1].session:
            at -= 1
        return here[at]

    def _holder(self, arrival: Arrival) -> tuple[str, str] | None:
        """Who sits there, and how it is known; None where the session stays its owner's."""
        if any(step.owner == arrival.owner for step in self._own_before(arrival)):
            return None
        head = self._chain_head(arrival)
        first = head.first
        chained = any(
            d.session == first.session and d.first.place == first.place and d.at < head.at for d in self._doubted
        )
        if head.is_issue and first.owner and not chained:
            return first.owner, HANDED_OVER
        own = self._own_before(head)
        if own:
            last = own[-1].owner
            others = [step for step in own if step.owner != last]
            turn = own.index(others[-1]) if others else -1
            before = own[turn].at if others else None
            assert first.at is not None
            if before is None or first.at - before > timedelta(seconds=SHARED_PLACE_SECONDS):
                return last, HANDED_OVER_GUESS
        if not arrival.is_issue or self._by_login(arrival):
            return None
        if first.session and first.viewer[1] == "unknown":
            return first.viewer[0], ""
        return f"unknown:{first.client}", ""

    def _seen_by(self, arrival: Arrival, holder: str, known_by: str) -> set[Correction]:
        found: set[Correction] = set()
        for n, step in enumerate(self._steps):
            if n < arrival.at or step.place != arrival.first.place:
                continue
            given_here = step.issued == arrival.session or (step.issued == "" and not arrival.is_issue)
            if n > arrival.at and step.is_login and given_here:
                break
            if step.session != arrival.session or not step.owner or step.viewer[0] == holder:
                continue
            words = "handed over in entry" if arrival.is_issue else "in other hands since entry"
            because = f"{words} {arrival.first.entry}" + ("" if known_by else "; who held it is not known")
            kind = "subject" if known_by else "unknown"
            found.add(
                (
                    step.source,
                    step.entry,
                    step.viewer[0],
                    holder,
                    kind,
                    HANDED_OVER if known_by == HANDED_OVER else HANDED_OVER_GUESS,
                    because,
                )
            )
        return found


def _far(one: Arrival, other: Arrival) -> bool:
    return one.first.client != other.first.client and one.first.device != other.first.device
