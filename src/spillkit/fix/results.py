"""What a check of a repair finds, as values.

In:    nothing.
Out:   Replay, Later and their parts; they turn into JSON as they are (msgspec). No name, no address, no cookie: routes and counts.
Else:  sending is `replay`, counting later traffic is `later`, the verdict is `proof`; what the report keeps is scope's FixProof.
"""

from __future__ import annotations

from datetime import datetime

import msgspec


class RouteReplay(msgspec.Struct, frozen=True, kw_only=True):
    """One route of the incident, asked again."""

    route: str  # "GET /account"
    asked: int = 0
    answered: int = 0  # with a body and a status of success: such answers could have shown the fault
    own: int = 0  # of these, answers that showed the one who asked himself
    crossed: int = 0  # answers that showed somebody else
    sessions_crossed: int = 0  # answers that handed over a session issued to somebody else
    fields: tuple[str, ...] = ()  # shown of others
    why_not: str = ""  # why it was not asked; "" if it was


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """What asking again showed."""

    orders: tuple[str, ...]  # in which order people asked, in words
    servers: int
    identities: tuple[str, ...]  # names of the file
    requests: int
    answers: int
    crossed: int  # answers that showed somebody else, or handed over a session
    routes: tuple[RouteReplay, ...]
    unrecognised: tuple[str, ...] = ()  # identities of whom no answer showed their own data: not signed in
    stopped: str = ""  # why it ended early; "" if it came to its end
    impossible: str = ""  # why it makes no sense for this cause; "" where it does


class RouteTraffic(msgspec.Struct, frozen=True, kw_only=True):
    """One route of the incident in recordings. Counted are answers that could have shown the fault."""

    route: str
    answers_then: int  # while the fault was at work
    exposed_then: int
    answers_since: int  # since the repair
    exposed_since: int


class Later(msgspec.Struct, frozen=True, kw_only=True):
    """What recordings since the repair hold."""

    fixed_at: datetime | None
    fixed_by: str  # how that time is known, in words
    viewer_kinds: tuple[str, ...]  # whom the fault showed somebody: only answers to such viewers count
    routes: tuple[RouteTraffic, ...]
    known_since: int  # successful answers on these routes since the repair that any source tells of
    looked_at_since: int  # of these, with a whole body and a known viewer
    first_at: datetime | None  # of the answers counted since the repair
    last_at: datetime | None
    minutes: int  # minutes of the clock in which there were any
    untimed: int  # answers on these routes without a time: they count for nothing
    other_exposed: int = 0  # answers since the repair exposed by another incident that had begun before it

    @property
    def answers(self) -> int:
        """Answers since the repair that could have shown the fault."""
        return sum(route.answers_since for route in self.routes)

    @property
    def exposed(self) -> int:
        """Of these, exposed ones."""
        return sum(route.exposed_since for route in self.routes)
