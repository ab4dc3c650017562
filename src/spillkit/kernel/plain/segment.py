"""Open one index file and look fingerprints up in it.

In:    the path of a segment and the key it was built under.
Out:   groups: the entries of one fingerprint and field.
Else:  writing is `plain.builder`; the layout is docs/reference/index-format.md.

Answers come from the exact table only. The filter tells whether a run is worth going on with; the gate is the native kernel's.
"""

from __future__ import annotations

import dataclasses
import mmap
import struct
from collections.abc import Collection
from pathlib import Path

from spillkit.errors import KeyMismatch
from spillkit.kernel.api import SLOT_SEGMENT_SHIFT
from spillkit.kernel.plain.filters import PREFIX, may_hold
from spillkit.kernel.plain.layout import (
    FIELD_SHIFT,
    PAGE_BYTES,
    REMAINDER_BYTES,
    SUBJECT_MASK,
    WEAK,
    Section,
    unpack_header,
)
from spillkit.kernel.siphash import siphash, subkey
from spillkit.model import Field

_BUCKET = struct.Struct("<II")


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """The living entries of one fingerprint and field in one segment. The slot tells groups apart."""

    slot: int  # of the first living entry, with the segment's number (api.SLOT_SEGMENT_SHIFT)
    field: Field = dataclasses.field(compare=False)
    weak: bool = dataclasses.field(compare=False)
    entries: tuple[tuple[int, int], ...] = dataclasses.field(
        compare=False
    )  # slot and subject number of each; ascending


class Segment:
    """One opened index file."""

    def __init__(self, path: Path, key: bytes, number: int, dead: Collection[int]) -> None:
        """Open a file.

        path    of the segment
        key     16 bytes, the one it was built under
        number  of the segment among those that are searched together: 0 base, 1 delta …
        dead    subject numbers whose entries are left out
        Raises  KeyMismatch, IndexDamaged
        """
        self._number, self._dead = number, dead
        with path.open("rb") as file:
            page = file.read(PAGE_BYTES)
            file_bytes = file.seek(0, 2)
            self.header = unpack_header(page, path.name, file_bytes)
            self._file = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if siphash(subkey(key, "check"), self.header.nonce.to_bytes(8, "little")) != self.header.key_check:
            raise KeyMismatch(
                f"{path.name} was built under another key. Use the key of the workspace that built it, "
                "or build the index again: spillkit people add."
            )
        extents = self.header.sections
        filter_at, filter_bytes = extents[Section.FILTER].offset, extents[Section.FILTER].length
        self._filter = memoryview(self._file)[filter_at : filter_at + filter_bytes]
        self._buckets_at = extents[Section.BUCKETS].offset
        self._remainders_at = extents[Section.REMAINDERS].offset
        self._payloads_at = extents[Section.PAYLOADS].offset

    def groups(self, fingerprint: int) -> list[Group]:
        """Return the groups of a fingerprint, one for each field that has living entries."""
        first, last = self._entries(fingerprint)
        by_field: dict[int, list[tuple[int, int]]] = {}
        weak: dict[int, bool] = {}
        for entry in range(first, last):
            payload = self._payload(entry)
            code, subject = payload >> FIELD_SHIFT & 15, payload & SUBJECT_MASK
            if subject not in self._dead:
                by_field.setdefault(code, []).append((self._number << SLOT_SEGMENT_SHIFT | entry, subject))
                weak[code] = bool(payload & WEAK)
        return [Group(entries[0][0], Field(code), weak[code], tuple(entries)) for code, entries in by_field.items()]

    def may_go_on(self, fingerprint: int) -> bool:
        """Return False only if no entry is longer than this run and begins with it."""
        return may_hold(self._filter, fingerprint ^ PREFIX)

    def group_of(self, entry: int) -> Group | None:
        """Return the group that an entry belongs to; None if all of it is dead. IndexError if there is no such entry."""
        if entry >= self.header.entries:
            raise IndexError("the index has no such entry")
        code = Field(self._payload(entry) >> FIELD_SHIFT & 15)
        return next((group for group in self.groups(self._fingerprint(entry)) if group.field is code), None)

    def subject_of(self, entry: int) -> int:
        """Return the subject number of one entry."""
        return self._payload(entry) & SUBJECT_MASK

    def _entries(self, fingerprint: int) -> tuple[int, int]:
        """Return the range of entries that have a fingerprint: its bucket's entries with the same remainder."""
        bits = self.header.bucket_bits
        first, last = _BUCKET.unpack_from(self._file, self._buckets_at + 4 * (fingerprint >> 64 - bits))
        wanted = self._remainder(fingerprint).to_bytes(REMAINDER_BYTES, "little")
        start = self._remainders_at
        bucket = self._file[start + REMAINDER_BYTES * first : start + REMAINDER_BYTES * last]
        found = bucket.find(wanted)
        while found % REMAINDER_BYTES and found >= 0:
            found = bucket.find(wanted, found + 1)
        if found < 0:
            return 0, 0
        end = found
        while bucket.startswith(wanted, end):
            end += REMAINDER_BYTES
        return first + found // REMAINDER_BYTES, first + end // REMAINDER_BYTES

    def _remainder(self, fingerprint: int) -> int:
        return fingerprint >> 64 - self.header.bucket_bits - 8 * REMAINDER_BYTES & (1 << 8 * REMAINDER_BYTES) - 1

    def _fingerprint(self, entry: int) -> int:
        """Return a fingerprint that has the entry's bucket and remainder; bits below those are zero."""
        low, high = 0, 1 << self.header.bucket_bits
        while high - low > 1:  # The last bucket that begins at or before the entry holds it.
            middle = (low + high) // 2
            [begins] = struct.unpack_from("<I", self._file, self._buckets_at + 4 * middle)
            low, high = (middle, high) if begins <= entry else (low, middle)
        at = self._remainders_at + REMAINDER_BYTES * entry
        remainder = int.from_bytes(self._file[at : at + REMAINDER_BYTES], "little")
        bits = self.header.bucket_bits
        return low << 64 - bits | remainder << 64 - bits - 8 * REMAINDER_BYTES

    def _payload(self, entry: int) -> int:
        payload: int = struct.unpack_from("<I", self._file, self._payloads_at + 4 * entry)[0]
        return payload
