"""What is to happen in a story, as frozen values: who sits at which device and does what when, and which faults are on.

In:    nothing.
Out:   Scenario, Seat, Act.
Else:  scenarios are made by `stories`, `habits` and `mischief`; playing them is `driver`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from spillkit_shop.faults import FaultWindow
from spillkit_shop.shared import Tuning

ANONYMOUS = "anonymous"
EDGES = ("FRA", "DUB", "IAD")


class Does(StrEnum):
    """What somebody does at a device."""

    LOOK = "look"  # what: a path
    LOG_IN = "log in"  # what: a customer's number, or the name of a member of staff
    LOG_OUT = "log out"
    PUT_IN_CART = "put in cart"  # what: a product's number
    ORDER = "order"
    OWN_ORDER = "own order"  # opens one of the orders last listed; what: "" for the page, "api" for the API
    EXPORT = "export"  # asks for an export of one's own data and fetches it
    GIVE_UP = "give up"  # what: a path; closes the connection before the answer came
    OWN_TICKET = "own ticket"  # staff: opens a customer of one of the tickets last listed
    MOVE = "move"  # what: the network address from now on
    POST = "post"  # what: a path, "?" and the form as a query


@dataclass(frozen=True, slots=True)
class Seat:
    """A device at which somebody sits: a browser with its cookies, or a program."""

    address: str
    user_agent: str
    language: str  # Accept-Language
    edge: str  # the nearest
    viewer: str = ANONYMOUS  # whoever is there without having signed in, as truth.csv names him


@dataclass(frozen=True, slots=True)
class Act:
    """One thing done at a moment."""

    at: float  # seconds from the start of the story
    seat: int  # index into Scenario.seats
    does: Does
    what: str = ""


@dataclass(frozen=True, slots=True)
class Noted:
    """A line of changes.csv that has nothing to do with a fault."""

    at: datetime
    what: str


@dataclass(frozen=True)
class Scenario:
    """A story before it is played. The same seed gives the same plan."""

    name: str
    seed: int
    customers: int
    start: datetime
    hours: float
    seats: tuple[Seat, ...] = field(repr=False)
    acts: tuple[Act, ...] = field(repr=False)  # in order of time
    faults: tuple[FaultWindow, ...] = ()
    enough: tuple[int, ...] = ()  # for each fault, wrong answers after which it is noticed and ended early; 0: never
    tuning: Tuning = field(default_factory=Tuning)  # how long things take in the shop
    changes: tuple[Noted, ...] = ()
    locales: tuple[str, ...] = ()  # the customers'; empty: all there are
    edges: tuple[str, ...] = EDGES
    workers: int = 2
    nginx: bool = False  # a real nginx instead of the edges in this process

    @property
    def people_seed(self) -> int:
        """Return the seed of the customers, so that a plan can be drawn before the shop is open."""
        return self.seed

    @property
    def end(self) -> datetime:
        """Return when the story ends."""
        return self.start + timedelta(hours=self.hours)
