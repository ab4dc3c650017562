"""Small made-up ledgers, one for each fault: the shop on paper, fast enough for unit tests.

A story is an hour of customers who look at their own pages, written straight into the ledger's tables; a fault changes what some
answers show. Real faults in a real shop are tried by bench/cause.py: what holds here is only that the deciders read signs rightly.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import blake2b

import duckdb
import pyarrow as pa

from spillkit.schemas import CORRECTIONS, COVERAGE, EXCHANGES, EXPOSURES, SIGHTINGS
from tests.world import NOON

SOURCE = "ab" * 8
EDGES = ("FRA", "DUB", "IAD")
WORKERS = ("w1", "w2")
FIELDS = (("name", 100, 110), ("e-mail", 140, 160))


def number_of(*parts: object) -> int:
    """A number that stands for these parts, the same on every run."""
    return int.from_bytes(blake2b(repr(parts).encode(), digest_size=7).digest(), "big")


@dataclass(frozen=True)
class Shown:
    """A subject in an answer."""

    subject: str
    fields: tuple[tuple[str, int, int], ...] = FIELDS
    allowed: bool = False  # a rule allows it
    because: str = ""  # "" for a field that is sure by itself


@dataclass(frozen=True)
class Answer:
    """One answer of the shop on paper."""

    at: datetime | None
    viewer: str
    route: str = "/account"
    url: str = ""
    shows: tuple[Shown, ...] = ()
    method: str = "GET"
    channel: str = "http"
    status: int = 200
    kind: str = "subject"
    took_ms: float | None = 40.0
    session: str = ""
    issued: str = ""
    issued_to: str = ""
    device: str = ""
    object: int | None = None
    body: object = None
    body_bytes: int = 3000
    cache: str = ""
    age: int | None = None
    worker: str = ""
    connection: str = ""
    edge: str = ""
    open_recipients: int = 0
    message: int | None = None  # answers with the same number are one mail
    was: str = ""  # the viewer as scanned, where it was corrected

    @property
    def is_wrong(self) -> bool:
        return any(shown.subject != self.viewer and not shown.allowed for shown in self.shows)


@dataclass
class Shop:
    """Customers at work, and what they were sent."""

    seed: int = 1
    customers: int = 60
    minutes: float = 60
    per_minute: float = 40
    answers: list[Answer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def people(self) -> list[str]:
        return [f"c_{number:04d}" for number in range(self.customers)]

    def traffic(self, routes: Sequence[str] = ("/account", "/orders", "/cart", "/api/me")) -> list[Answer]:
        """Everybody looks at his own pages, at random times, in order."""
        total = int(self.minutes * self.per_minute)
        times = sorted(self.random.uniform(0, self.minutes * 60) for _ in range(total))
        return [
            self.own(NOON + timedelta(seconds=at), self.random.choice(self.people), self.random.choice(routes))
            for at in times
        ]

    def own(self, at: datetime, viewer: str, route: str) -> Answer:
        """The answer in which a viewer sees himself."""
        return Answer(
            at=at,
            viewer=viewer,
            route=route,
            url=route,
            shows=(Shown(viewer),),
            took_ms=self.random.uniform(20, 120),
            session=f"s-{viewer}",
            device=f"d-{viewer}",
            body=(route, viewer),
            body_bytes=3000 + self.random.randrange(200),
            cache="miss",
            worker=self.random.choice(WORKERS),
            connection=f"u{self.random.randrange(4)}",
            edge=EDGES[number_of(viewer) % 3],
        )

    def late(self, minutes: float) -> datetime:
        return NOON + timedelta(minutes=minutes)


def of(answer: Answer, subject: str, **more: object) -> Answer:
    """The same request, answered as if somebody else had asked."""
    shows = tuple(replace(shown, subject=subject) for shown in answer.shows)
    return replace(answer, **{"shows": shows, "body": (answer.route, subject), **more})  # type: ignore[arg-type]


def without_cache_headers(answers: Sequence[Answer]) -> list[Answer]:
    return [replace(answer, cache="", age=None, edge="") for answer in answers]


def without_workers(answers: Sequence[Answer]) -> list[Answer]:
    return [replace(answer, worker="", connection="") for answer in answers]


@contextmanager
def ledger_of(answers: Sequence[Answer]) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection with the views of a judged ledger that holds these answers."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False})
    connection.execute("SET TimeZone='UTC'")
    exchanges, sightings, exposures, corrections = [], [], [], []
    for place, answer in enumerate(sorted(answers, key=lambda answer: answer.at or NOON)):
        entry = place if answer.message is None else 1_000_000 + answer.message
        scanned = answer.was or answer.viewer
        head = {
            "source": SOURCE,
            "entry": entry,
            "shown_at": answer.at,
            "channel": answer.channel,
            "method": answer.method,
            "route": answer.route,
            "status": answer.status,
            "viewer": scanned,
            "viewer_kind": answer.kind,
            "viewer_from": "cookie:shop_session",
            "session": answer.session,
        }
        exchanges.append(
            {
                **head,
                "took_ms": answer.took_ms,
                "issued": answer.issued,
                "issued_to": answer.issued_to,
                "client": answer.device,
                "device": answer.device,
                "url": number_of(answer.url) if answer.url else None,
                "object": answer.object,
                "body": number_of(answer.body) if answer.body is not None else None,
                "body_bytes": answer.body_bytes,
                "cache": answer.cache,
                "age_seconds": answer.age,
                "worker": answer.worker,
                "connection": answer.connection,
                "edge": answer.edge,
                "open_recipients": answer.open_recipients,
            }
        )
        if answer.was:
            corrections.append(
                {
                    "source": SOURCE,
                    "entry": entry,
                    "viewer_was": answer.was,
                    "viewer": answer.viewer,
                    "viewer_kind": answer.kind,
                    "because": "handed over",
                }
            )
        for shown in answer.shows:
            for name, start, end in shown.fields:
                row = {
                    **head,
                    "subject": shown.subject,
                    "field": name,
                    "evidence": "possible" if shown.because else "confirmed",
                    "because": shown.because or name,
                    "bearers": 1,
                    "start": start,
                    "end": end,
                }
                sightings.append(row)
                if shown.subject != answer.viewer and not shown.allowed:
                    exposures.append({**row, "viewer": answer.viewer, "rule": "none"})
    for name, schema, rows in (
        ("exchanges", EXCHANGES, exchanges),
        ("sightings", SIGHTINGS, sightings),
        ("exposures", EXPOSURES, exposures),
        ("corrections", CORRECTIONS, corrections),
        ("coverage", COVERAGE, []),
    ):
        connection.register(name, pa.Table.from_pylist(rows, schema=schema))
    try:
        yield connection
    finally:
        connection.close()
