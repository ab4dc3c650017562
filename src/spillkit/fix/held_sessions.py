"""Remember whose each session is while asking again, to notice one that is handed to somebody else.

In:    the cookies of those who are signed in, and those that answers set.
Out:   whether a session was issued to somebody else before.
Else:  keeping one's own cookies is `calling`.

Values are kept as hashes under a key of this run, and forgotten with it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence

_SESSION_CHARACTERS = 8  # what is shorter is a setting, not a session


class HeldSessions:
    """Whose each session is."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(16)
        self._holders: dict[bytes, str] = {}
        self.names: frozenset[str] = frozenset()

    def learn(self, people: Sequence[tuple[str, Mapping[str, str]]]) -> None:
        """Take the cookies of those who are signed in. A value that two of them hold is no session."""
        seen: dict[tuple[str, str], set[str]] = {}
        for holder, cookies in people:
            for name, value in cookies.items():
                seen.setdefault((name, value), set()).add(holder)
        shared = {name for (name, _), holders in seen.items() if len(holders) > 1}
        self.names = frozenset(
            name for (name, value), _ in seen.items() if name not in shared and len(value) >= _SESSION_CHARACTERS
        )
        for (name, value), holders in seen.items():
            if name in self.names:
                self._holders[self._hash(value)] = min(holders)

    def is_session(self, name: str, value: str) -> bool:
        """Return whether a cookie is one in which sessions are held."""
        return name in self.names and len(value) >= _SESSION_CHARACTERS

    def is_crossed(self, value: str, receiver: str) -> bool:
        """Return whether this value was issued to somebody else before; else it is the receiver's from now on."""
        return self._holders.setdefault(self._hash(value), receiver) != receiver

    def _hash(self, value: str) -> bytes:
        return hashlib.blake2b(value.encode(), key=self._key, digest_size=16).digest()
