"""Keep who is behind a watched client, from answer to answer.

In:    answers as an adapter hands them over; what the test says of the client.
Out:   seen answers: each with its viewer, and with what its asker had typed himself.
Else:  the signs of signing in and out are `signin`; judging is `judging`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from spillkit.guard.answers import Answer
from spillkit.guard.signin import (
    Names,
    sessions_of,
    sessions_sent,
    signs_out,
    who_is_named_by_credentials,
    who_signs_in,
)
from spillkit.model import Viewer, ViewerId, ViewerKind
from spillkit.plant import PlantedPerson

_MOST_SESSIONS = 10_000
_KINDS = {f"{kind.value}:": kind for kind in (ViewerKind.STAFF, ViewerKind.PARTNER, ViewerKind.CRAWLER)}
ANONYMOUS = Viewer(ViewerId("anonymous"), ViewerKind.ANONYMOUS, "guard")

Who = PlantedPerson | str  # a planted person, or "staff:…", "partner:…" as in rules.toml


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer with whom it went to."""

    answer: Answer
    viewer: Viewer
    typed: bytes = field(repr=False)  # what the asker sent himself: seeing that again exposes nothing
    issued_to_others: tuple[str, ...] = ()  # ids of people whose sessions the answer handed out
    is_guess: bool = False  # nobody said or was seen to say who this is


class Sessions:
    """Whose session is which, over all clients of a run. Digests only."""

    def __init__(self) -> None:
        self._owners: dict[bytes, PlantedPerson] = {}

    def note(self, sessions: Iterable[str], person: PlantedPerson) -> None:
        """Remember sessions that were handed to a person at his sign-in."""
        if len(self._owners) > _MOST_SESSIONS:
            self._owners.clear()
        for session in sessions:
            self._owners[_digest(session)] = person

    def owner(self, sessions: Iterable[str]) -> PlantedPerson | None:
        """Return the person whose session is among these, None if none is known."""
        return next((who for session in sessions if (who := self._owners.get(_digest(session)))), None)


def _digest(session: str) -> bytes:
    return hashlib.sha256(session.encode("utf-8", "replace")).digest()[:16]


def viewer_of(who: Who | None) -> Viewer:
    """Return the viewer that stands for a planted person, a member of staff or a partner; nobody: signed out."""
    if who is None:
        return ANONYMOUS
    if isinstance(who, PlantedPerson):
        return Viewer(ViewerId(who.customer_id), ViewerKind.SUBJECT, "guard")
    kind = next((kind for prefix, kind in _KINDS.items() if who.startswith(prefix)), ViewerKind.SUBJECT)
    return Viewer(ViewerId(who), kind, "guard")


class WatchedClient:
    """A client with who is behind it."""

    def __init__(self, names: Names, sessions: Sessions, keep: Callable[[Seen], None], who: Who | None) -> None:
        self._names = names
        self._sessions = sessions
        self._keep = keep
        self._who = who
        self._is_said = who is not None  # the test said who it is: no sign in an answer changes that but a way out
        self._pending: list[Callable[[], Answer | None]] = []
        self._redirected: tuple[str, bytes] | None = None  # where the last answer sent to, and what had been typed

    def take(self, answer: Answer) -> None:
        """An answer was received: find out who received it, and keep it."""
        person = self._signs_in(answer)
        if self._is_said and person is not self._who:
            person = None  # The test said who it is: somebody else's name in a request changes nothing.
        who = self._who if self._is_said else person or self._session_owner(answer) or self._who
        handed_out = [] if person is not None else list(sessions_of(answer))
        owner = self._sessions.owner(set(handed_out) - set(sessions_sent(answer))) if handed_out else None
        others = (owner.customer_id,) if owner is not None and owner is not who else ()
        typed = self._typed(answer)
        self._keep(Seen(answer, viewer_of(who), typed, others, is_guess=who is None))
        if person is not None:
            self._who = person
        elif signs_out(answer):
            self._who, self._is_said = None, False

    def take_later(self, pending: Callable[[], Answer | None]) -> None:
        """A body is being read."""
        self._pending.append(pending)
        if len(self._pending) > 1000:
            self._pending = self._pending[500:]

    def flush(self) -> None:
        """Take what was not read to its end."""
        for take in self._pending:
            answer = take()
            if answer is not None:
                self.take(answer)
        self._pending.clear()

    def sign_in(self, names: frozenset[str]) -> None:
        """The client was signed in without a request; somebody who is not planted is a stranger, who may see nobody."""
        if not self._is_said:
            self._who = self._names.find(names) or "somebody who is not planted"

    def sign_out(self) -> None:
        """The client was signed out without a request."""
        self._who, self._is_said = None, False

    def say(self, who: Who) -> None:
        """The test says who is behind the client from now on."""
        self._who, self._is_said = who, True

    def _signs_in(self, answer: Answer) -> PlantedPerson | None:
        person = who_signs_in(answer, self._names)
        if person is not None and (not self._is_said or person is self._who):
            self._sessions.note(sessions_of(answer), person)
        return person

    def _session_owner(self, answer: Answer) -> PlantedPerson | None:
        person = who_is_named_by_credentials(answer, self._names)
        if person is None and (self._who is None or answer.request_header("authorization")):
            person = self._sessions.owner(sessions_sent(answer))
        return person

    def _typed(self, answer: Answer) -> bytes:
        """What the asker sent with this request, or with the one that redirected here."""
        typed = b"\n".join(
            (urlsplit(answer.url).path.encode(), urlsplit(answer.url).query.encode(), answer.request_body)
        )
        path = urlsplit(answer.url).path
        if self._redirected is not None and self._redirected[0] == path:
            typed += b"\n" + self._redirected[1]
        told = urlsplit(answer.header("location")).path if 300 <= answer.status < 400 else ""
        self._redirected = (told, typed) if told else None
        return typed
