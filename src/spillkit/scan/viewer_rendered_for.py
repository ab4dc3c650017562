"""Read for whom the application says it rendered an answer.

In:    the response header named in rules.toml, the ids of the directory.
Out:   a SubjectId, or None.
Else:  comparing it with the viewer is judging: the stamp is stored as a sighting like any other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from spillkit.model import Exchange, SubjectId

STAMP_DIGITS = 16  # hex digits of the stamp that are compared; it may be longer


@dataclass(frozen=True, slots=True)
class RenderedForRule:
    """The header in which the application says for whom it rendered an answer."""

    header: str  # lower case
    key: bytes | None = field(default=None, repr=False)  # None: the header holds the plain subject id


class RenderedFor:
    """Tells whose page an answer is. Call it with an exchange.

    rule  the header, and the key if it holds keyed pseudonyms
    ids   gives all living subject ids; asked once, at the first stamp

    A keyed stamp is HMAC-SHA-256 (RFC 2104) of the subject id in UTF-8 under the shared key, in hex, at least 16 digits of it.
    """

    def __init__(self, rule: RenderedForRule, ids: Callable[[], Sequence[str]]) -> None:
        self._rule = rule
        self._ids = ids
        self._by_stamp: dict[str, SubjectId | None] = {}  # stamps seen; sessions see the same ones again and again
        self._table: tuple[np.ndarray, Sequence[str], np.ndarray] | None = None

    def __call__(self, exchange: Exchange) -> SubjectId | None:
        """Return the subject the answer was rendered for; None if it does not say, or names nobody of the directory."""
        header = self._rule.header
        for name, value in exchange.response_headers:
            if name == header:
                stamp = value.strip()
                if stamp not in self._by_stamp:
                    if len(self._by_stamp) > 100_000:
                        self._by_stamp.clear()
                    self._by_stamp[stamp] = self._find(stamp)
                return self._by_stamp[stamp]
        return None

    def _find(self, stamp: str) -> SubjectId | None:
        wanted = self._digest_of_id(stamp) if self._rule.key is None else _leading_bits(stamp)
        if wanted is None:
            return None
        if self._table is None:
            ids = self._ids()
            digests = np.fromiter((self._digest_of_id(text) for text in ids), dtype=np.uint64, count=len(ids))
            order = np.argsort(digests, kind="stable")
            self._table = digests[order], ids, order
        digests, ids, order = self._table
        place = int(np.searchsorted(digests, np.uint64(wanted)))
        if place >= len(digests) or int(digests[place]) != wanted:
            return None
        return SubjectId(ids[int(order[place])])

    def _digest_of_id(self, text: str) -> int:
        if self._rule.key is None:
            return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
        return int.from_bytes(hmac.digest(self._rule.key, text.encode(), "sha256")[: STAMP_DIGITS // 2], "big")


def make_stamp(subject: str, key: bytes) -> str:
    """Return the keyed stamp of a subject id, as an application writes it into the header."""
    return hmac.digest(key, subject.encode(), "sha256").hex()


def _leading_bits(stamp: str) -> int | None:
    try:
        return int(stamp[:STAMP_DIGITS], 16) if len(stamp) >= STAMP_DIGITS else None
    except ValueError:
        return None
