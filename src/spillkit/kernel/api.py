"""What a matcher must offer: the interface that the native kernel and the plain-Python twin share.

In:    keys, directory values, decoded bodies.
Out:   index segments (one file each, docs/reference/index-format.md) and hits.
Else:  the rules of matching are docs/reference/matching.md, word for word.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spillkit.model import Field

Hits = NDArray[np.uint64]  # shape (H, 4): page, start, end, slot (matching.md, section 8)

SLOT_ENTRY_MASK = (1 << 40) - 1
SLOT_SEGMENT_SHIFT = 40
SLOT_SUPPORTED = 1 << 62  # weak by itself; another field of the same subject is in the body
SLOT_BARE = 1 << 63  # digits without any sign of being a phone number


class Taken(IntEnum):
    """What became of one directory value given to a builder."""

    OK = 0
    EMPTY = 1  # nothing in it that could be matched
    TOO_SHORT = 2  # would match by accident everywhere
    TOO_LONG = 3  # more than 32 words, or a word of more than 64 bytes
    BAD_SHAPE = 4  # not an e-mail address or phone number


@dataclass(frozen=True, slots=True)
class SegmentStats:
    """What was written: counts only."""

    entries: int
    markers: int
    file_bytes: int


class Builder(Protocol):
    """Collects values and writes one index segment."""

    def __init__(self, key: bytes, common_words: Iterable[str] = ()) -> None: ...

    def add(
        self, field: Field, numbers: NDArray[np.uint32], values: Sequence[str], *, weak: bool = False
    ) -> NDArray[np.uint8]:
        """Take values[i] as `field` of subject number numbers[i]; return a Taken code for each.

        numbers  uint32, below 2**27, same length as values
        weak     count only together with another field (a street line alone)
        """

    def write(self, path: Path, *, nonce: int | None = None) -> SegmentStats:
        """Write the segment to `path` atomically (temporary file beside it, fsync, rename)."""


class Stream(Protocol):
    """One body that arrives in chunks."""

    def feed(self, chunk: bytes) -> None: ...

    def finish(self) -> Hits:
        """Return the hits of the whole body, page number 0."""


class Scanner(Protocol):
    """Opened segments: finds hits in bodies. Safe to share between threads; scan() releases the interpreter lock."""

    def __init__(self, segments: Sequence[Path], key: bytes, dead: NDArray[np.uint32] | None = None) -> None:
        """Open segments (0 = base, 1 = delta …); `dead` lists removed subject numbers.

        Raises KeyMismatch, IndexDamaged.
        """

    def scan(self, pages: Sequence[bytes]) -> Hits:
        """Find every indexed value in a batch of decoded bodies (matching.md)."""

    def stream(self) -> Stream: ...

    def find(self, field: Field, value: str) -> NDArray[np.uint32]:
        """Return the subject numbers that `value` points to, as a directory value of that field would."""

    def group(self, slot: int) -> tuple[Field, bool, NDArray[np.uint32]]:
        """Return field, weakness, and the live subject numbers of the group a slot stands for.

        For a slot flagged supported: just that entry's subject.
        """

    def bearers(self, slot: int) -> int:
        """Return how many live subjects share the value behind the slot."""
