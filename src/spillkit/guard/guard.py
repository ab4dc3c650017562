"""The fixture's object: watch clients, and judge what they received when the test ends.

In:    planted people, the clients of one test.
Out:   leaks and a tally.
Else:  pytest's side is `plugin`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from spillkit.directory import Index
from spillkit.entitlement import Rules, read_rules
from spillkit.errors import InputError
from spillkit.guard.answers import Answer, lower
from spillkit.guard.clients import attach
from spillkit.guard.judging import Allowance, Bench, Trial
from spillkit.guard.leaks import Leak, Tally
from spillkit.guard.signin import Names
from spillkit.guard.traces import read_answers
from spillkit.guard.watched import Seen, Sessions, WatchedClient, Who
from spillkit.plant import PlantedPerson

Client = TypeVar("Client")
_BATCH_BYTES = 16 << 20
_BATCH_ANSWERS = 2000


@dataclass(slots=True)
class Ground:
    """What is made once for a run of tests: the people, their index, the rules, the sessions handed out."""

    people: tuple[PlantedPerson, ...]
    bench: Bench
    names: Names
    sessions: Sessions = field(default_factory=Sessions)


def prepare(people: Sequence[PlantedPerson], rules_file: Path | None = None) -> Ground:
    """Build the index of planted people and read the rules.

    rules_file  rules.toml of who may see whom (docs/how-to/write-rules.md); None: everybody only himself
    Raises      RulesError that names the line
    """
    index = Index.build([person.row() for person in people])
    if rules_file is not None and not rules_file.exists():
        raise InputError(f"{rules_file.name}: there is no such rules file. Mend spillkit_rules in pytest's settings.")
    rules = read_rules(rules_file, index.directory.subject_id) if rules_file is not None else Rules()
    by_id = {person.customer_id: person for person in people}
    return Ground(tuple(people), Bench(index, by_id, rules), Names.of(people))


class Guard:
    """Watches the clients of one test."""

    def __init__(self, ground: Ground, allowances: Sequence[Allowance] = ()) -> None:
        self.people = ground.people
        self._ground = ground
        self._trial = Trial(ground.bench, allowances)
        self._batch: list[Seen] = []
        self._batch_bytes = 0
        self._watched: list[tuple[Any, WatchedClient, Callable[[], None]]] = []

    def __repr__(self) -> str:
        return f"<spillkit_guard: {len(self._watched)} clients watched>"

    @contextmanager
    def watch(self, client: Client, person: Who | None = None) -> Iterator[Client]:
        """Watch a client for a while; the same as `watching`, ended with the block."""
        watched = self._watched_client(client)
        self.watching(client, person)
        try:
            yield client
        finally:
            if watched is None:
                self._end(client)

    def watching(self, client: Client, person: Who | None = None) -> Client:
        """Watch a client until the test ends, and return it.

        client  of httpx, requests, Starlette, FastAPI, Django, Django REST framework, werkzeug or Flask
        person  who is signed in at it: a planted person, or "staff:…" or "partner:…" as in the rules. None: nobody, until a
                planted person is seen to sign in
        Raises  InputError if the client is of another kind
        """
        watched = self._watched_client(client)
        if watched is None:
            watched = WatchedClient(self._ground.names, self._ground.sessions, self._keep, person)
            self._watched.append((client, watched, attach(client, watched)))
        elif person is not None:
            watched.say(person)
        return client

    def signed_in(self, client: Any, person: Who) -> None:
        """Say who is behind a watched client from now on; for ways to sign in that are not seen by themselves."""
        self._known(client).say(person)

    def signed_out(self, client: Any) -> None:
        """Say that nobody is signed in at a watched client any more."""
        self._known(client).sign_out()

    def look_at(
        self,
        person: Who | None,
        body: bytes | str,
        *,
        url: str = "/",
        method: str = "GET",
        status: int = 200,
        content_type: str = "text/html; charset=utf-8",
    ) -> None:
        """Hand over what somebody received through a client that cannot be watched; None: somebody signed out."""
        data = body.encode("utf-8", "replace") if isinstance(body, str) else body
        answer = Answer(method, url, status, lower([("content-type", content_type)]), data)
        WatchedClient(self._ground.names, self._ground.sessions, self._keep, person).take(answer)

    def read_trace(self, path: str | Path, person: Who | None = None) -> int:
        """Hand over what a browser received, and return how many answers that were.

        path    Playwright's trace.zip, or a HAR (.har, .har.gz, .har.zip)
        person  who is signed in; None: nobody, until a planted person is seen to sign in
        Raises  InputError if the file cannot be read
        """
        browser = WatchedClient(self._ground.names, self._ground.sessions, self._keep, person)
        count = 0
        for answer in read_answers(Path(path)):
            browser.take(answer)
            count += 1
        return count

    def exposures(self) -> tuple[Leak, ...]:
        """Judge what was received so far, and return who was shown whose data."""
        for _, watched, _ in self._watched:
            watched.flush()
        self._judge()
        return tuple(self._trial.leaks)

    @property
    def tally(self) -> Tally:
        """What was looked at so far."""
        return self._trial.tally

    @property
    def has_watched(self) -> bool:
        """Whether the test gave anything to watch."""
        return bool(self._watched) or self._trial.tally.answers > 0

    def finish(self) -> tuple[Leak, ...]:
        """Let go of all clients; return the leaks of the test."""
        leaks = self.exposures()
        for _, _, detach in self._watched:
            detach()
        self._watched.clear()
        return leaks

    def _keep(self, seen: Seen) -> None:
        self._batch.append(seen)
        self._batch_bytes += len(seen.answer.body)
        if self._batch_bytes > _BATCH_BYTES or len(self._batch) >= _BATCH_ANSWERS:
            self._judge()

    def _judge(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        self._trial.judge(batch)

    def _watched_client(self, client: Any) -> WatchedClient | None:
        return next((watched for known, watched, _ in self._watched if known is client), None)

    def _known(self, client: Any) -> WatchedClient:
        watched = self._watched_client(client)
        if watched is None:
            raise InputError("This client is not watched. Begin with: client = spillkit_guard.watching(client)")
        return watched

    def _end(self, client: Any) -> None:
        for place, (known, watched, detach) in enumerate(self._watched):
            if known is client:
                watched.flush()
                detach()
                del self._watched[place]
                return
