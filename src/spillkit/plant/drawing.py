"""Draw the same numbers from the same words, on any machine and with any Python.

In:    a seed in words.
Out:   numbers that look random.
Else:  what is drawn with them is `people`. Python's own `random` promises the same numbers for `random()` only, not for choices.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Draw:
    """Numbers from a hash that counts: SHA-256 of the seed's words and 0, 1, 2, …"""

    def __init__(self, *words: object) -> None:
        self._seed = "\x1f".join(str(word) for word in words).encode()
        self._count = 0

    def below(self, limit: int) -> int:
        """Return a number from 0 to limit - 1; the lowest are likelier by at most limit / 2**64, which nobody will notice."""
        digest = hashlib.sha256(b"%s\x1f%d" % (self._seed, self._count)).digest()
        self._count += 1
        return int.from_bytes(digest[:8], "big") % limit

    def one_of(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def digits(self, count: int) -> str:
        """Return so many decimal digits."""
        return f"{self.below(10**count):0{count}d}"
