"""The faults of the shop: what each is called, what is wrong, and when it is switched on.

In:    windows, each a fault with its beginning and end by the story's clock.
Out:   Switches, which the application and the edges ask at the place where the wrong code lives.
Else:  the wrong code itself stands where such code really lives; `where` says in which module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that can be wrong with the shop."""

    number: int  # of the fault zoo; 10 has two
    name: str
    title: str
    words: str  # what is wrong in the code, in one sentence
    cause: str  # the cause class that cause finding should answer with
    incident: str  # the public incident whose mechanism it copies; "" where none is
    where: str  # module of this package


FAULTS: Mapping[str, Fault] = {
    fault.name: fault
    for fault in (
        Fault(
            1,
            "cdn_cache",
            "Shared cache in front of the shop",
            "A rule at the edges caches personal pages for 60 seconds and ignores the cookie.",
            "shared-http-cache",
            "Steam, 25 December 2015; Klarna, 27 May 2021",
            "edges.py",
        ),
        Fault(
            2,
            "app_cache_key",
            "Application cache without the user in its key",
            "The account page is memoised under a key that holds the language, but not the user.",
            "application-cache-key",
            "T-Mobile, 20 September 2023",
            "memo.py",
        ),
        Fault(
            3,
            "cached_set_cookie",
            "Shared cache that keeps Set-Cookie",
            "The edges cache /cart with its Set-Cookie, so that many browsers get one session.",
            "cached-set-cookie",
            "nextcloud/server issue 40863",
            "edges.py",
        ),
        Fault(
            4,
            "session_race",
            "Cookie jar shared with a background task",
            "A background task writes its user's session cookie into a jar that another answer uses by then.",
            "session-mix-up",
            "GitHub, March 2021",
            "sessions.py",
        ),
        Fault(
            5,
            "request_race",
            "Current user in a variable of the worker",
            "The signed-in user is kept in one variable per worker, with an await between setting and using it.",
            "request-race",
            "Lloyds Banking Group, 12 March 2026",
            "visitors.py",
        ),
        Fault(
            6,
            "conn_desync",
            "Pooled connection returned with an unread reply",
            "A cancelled request gives its connection back to the pool before the reply was read.",
            "connection-desync",
            "OpenAI, 20 March 2023 (redis-py issue 2624)",
            "services.py",
        ),
        Fault(
            7,
            "bulk_listing",
            "List without tenant filter",
            "/api/contacts lists the contacts of every business; the page hides those of others.",
            "bulk-listing",
            "Asana, May 2025",
            "pages_orders.py",
        ),
        Fault(
            8,
            "idor_enum",
            "Order pages without owner check",
            "/orders/{number} answers whoever asks, and order numbers are counted up.",
            "id-enumeration",
            "Optus, September 2022; First American, 2014-2019",
            "pages_orders.py",
        ),
        Fault(
            9,
            "account_mapping",
            "Migration that shifted a foreign key",
            "A migration gives a group of accounts the customer of the next account, until it is rolled back.",
            "account-mapping",
            "Eufy, 17 May 2021; UniFi, December 2023",
            "migrations.py",
        ),
        Fault(
            10,
            "mail_cc",
            "Newsletter with everybody in To",
            "The newsletter goes out in batches of 100, all addresses in To.",
            "open-recipient-list",
            "56 Dean Street, 2015",
            "newsletter.py",
        ),
        Fault(
            10,
            "mail_shift",
            "Mail merge shifted by one row",
            "From one row on, each message is filled with the row before its recipient's.",
            "mail-merge-shift",
            "University of Florida; Michigan Medicine, 2018",
            "newsletter.py",
        ),
        Fault(
            11,
            "job_mixup",
            "Exports with one temporary file name",
            "Two exports that run at the same time write to the same temporary file.",
            "export-job-mix-up",
            "Google Takeout, November 2019",
            "exports.py",
        ),
        Fault(
            12,
            "mem_bleed",
            "Buffer reused without cutting it",
            "Bodies of whole blocks are sent with the end that the answer before had in the same buffer.",
            "memory-fragment",
            "Cloudbleed, 2017",
            "buffers.py",
        ),
        Fault(
            13,
            "insider",
            "Support agent without a ticket",
            "Nothing is wrong in the code: an agent opens and exports customers who have no ticket with her.",
            "staff-access",
            "",
            "pages_staff.py",
        ),
        Fault(
            14,
            "template_field",
            "Private field on a public page",
            "The product page carries each reviewer's e-mail address in a data attribute.",
            "private-field-on-public-page",
            "",
            "templates/product.html",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class FaultWindow:
    """One fault, switched on from a moment to a moment."""

    name: str  # of FAULTS
    starts_at: datetime  # aware; included
    ends_at: datetime  # aware; excluded
    accounts: tuple[int, ...] = ()  # account_mapping: numbers of the customers hit; empty: one in fifty
    first_row: int = 0  # mail_shift: the first wrong row, counted from 0; 0: a third of the rows come before

    def __post_init__(self) -> None:
        if self.name not in FAULTS:
            raise ValueError(f"no fault is called {self.name!r}; they are {', '.join(FAULTS)}")
        if self.starts_at.tzinfo is None or self.ends_at.tzinfo is None:
            raise ValueError("the window of a fault needs a time zone")


class Switches:
    """Which faults are on at a moment of the story."""

    def __init__(self, windows: Sequence[FaultWindow] = ()) -> None:
        self.windows = tuple(windows)
        self._by_name: dict[str, list[FaultWindow]] = {}
        for window in windows:
            self._by_name.setdefault(window.name, []).append(window)

    def is_on(self, name: str, now: datetime) -> bool:
        """Return whether that fault is on. An unknown name is a KeyError, never a quiet no."""
        windows = self._by_name.get(name)
        if windows is None:
            FAULTS[name]
            return False
        return any(window.starts_at <= now < window.ends_at for window in windows)

    def window(self, name: str, now: datetime) -> FaultWindow | None:
        """Return the window of that fault that is open now."""
        for window in self._by_name.get(name, ()):
            if window.starts_at <= now < window.ends_at:
                return window
        return None


def always(*names: str) -> Switches:
    """Return switches with these faults on at all times, for tests and for looking at a fault in a browser."""
    first, last = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
    return Switches([FaultWindow(name, first, last) for name in names])
