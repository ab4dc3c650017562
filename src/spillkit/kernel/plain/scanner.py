"""Scan bodies for everything that is in the index, in plain Python.

In:    opened segments and decoded bodies.
Out:   hits (kernel.api).
Else:  finding matches is `plain.matches`; this page decides what weak ones are worth (matching.md, section 8).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spillkit.kernel.api import SLOT_BARE, SLOT_ENTRY_MASK, SLOT_SEGMENT_SHIFT, SLOT_SUPPORTED, Hits
from spillkit.kernel.plain.fingerprints import Fingerprints
from spillkit.kernel.plain.matches import Finder, Match
from spillkit.kernel.plain.segment import Group, Segment
from spillkit.kernel.plain.values import read_value
from spillkit.model import Field

_SMALL_GROUP = 64  # living entries; the members of larger groups are noted by nobody


class Scanner:
    """Opened segments: finds hits in bodies. Safe to share between threads."""

    def __init__(
        self,
        segments: Sequence[Path],
        key: bytes,
        dead: NDArray[np.uint32] | None = None,
        *,
        trusts_filter: bool = True,
    ) -> None:
        """Open segments.

        segments       files, 0 = base, 1 = delta …
        key            16 bytes, the one they were built under
        dead           removed subject numbers; their entries match nothing
        trusts_filter  False: try every run to its longest, for a test that shall not believe the file's filter
        Raises         KeyMismatch, IndexDamaged
        """
        removed = frozenset() if dead is None else frozenset(dead.tolist())
        self._segments = [Segment(path, key, number, removed) for number, path in enumerate(segments)]
        self._fingerprints = Fingerprints(key)
        self._finder = Finder(self._segments, self._fingerprints, trusts_filter=trusts_filter)

    def scan(self, pages: Sequence[bytes]) -> Hits:
        """Find every indexed value in a batch of decoded bodies.

        pages    P bodies
        Returns  uint64 array of shape (H, 4), sorted, unique: page, start, end (byte offsets, end exclusive), slot
        Source   docs/reference/matching.md
        """
        found = {
            (number, *hit) for number, page in enumerate(pages) for hit in _hits(self._finder.matches(bytes(page)))
        }
        return np.array(sorted(found), np.uint64).reshape(-1, 4)

    def stream(self) -> Stream:
        """Begin a body that arrives in chunks."""
        return Stream(self)

    def find(self, field: Field, value: str) -> NDArray[np.uint32]:
        """Return the subject numbers that `value` points to, as a directory value of that field would, ascending."""
        reading = read_value(field, value)
        fingerprints: list[int] = [self._fingerprints.run(run) for run in reading.runs]
        if reading.text:
            of_text = self._fingerprints.email if field is Field.EMAIL else self._fingerprints.phone
            fingerprints.append(of_text(reading.text))
        subjects = {
            subject
            for fingerprint in fingerprints
            for group in self._finder.groups(fingerprint)
            if group.field is field
            for _, subject in group.entries
        }
        return np.array(sorted(subjects), np.uint32)

    def group(self, slot: int) -> tuple[Field, bool, NDArray[np.uint32]]:
        """Return field, weakness, and the living subject numbers of the group a slot stands for, ascending.

        slot    of a hit; where it is flagged supported, that entry's subject alone comes back
        Raises  IndexError if no segment has such an entry
        """
        segment = self._segments[slot >> SLOT_SEGMENT_SHIFT & 0xFF]
        group = segment.group_of(slot & SLOT_ENTRY_MASK)
        if group is None:
            raise IndexError("every subject of this group has been removed")
        subjects = {subject for _, subject in group.entries}
        if slot & SLOT_SUPPORTED:
            subjects &= {segment.subject_of(slot & SLOT_ENTRY_MASK)}
        return group.field, group.weak, np.array(sorted(subjects), np.uint32)

    def bearers(self, slot: int) -> int:
        """Return how many living subjects share the value behind the slot."""
        return len(self.group(slot & ~SLOT_SUPPORTED)[2])


class Stream:
    """One body that arrives in chunks. The plain twin keeps it whole until the end: simple, and certainly the same."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner, self._chunks = scanner, bytearray()

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        self._chunks += chunk

    def finish(self) -> Hits:
        """Return the hits of the whole body, page number 0."""
        return self._scanner.scan([bytes(self._chunks)])


def _hits(matches: Sequence[Match]) -> Iterable[tuple[int, int, int]]:
    """Yield start, end and slot of the matches of one body that count (section 8)."""
    seen: dict[int, set[Field]] = {}
    for match in matches:
        if len(match.group.entries) <= _SMALL_GROUP:
            for _, subject in match.group.entries:
                seen.setdefault(subject, set()).add(match.group.field)
    for match in matches:
        bare = SLOT_BARE if match.bare else 0
        if not match.group.weak:
            yield match.start, match.end, match.group.slot | bare
        else:
            for slot in _supported(match.group, seen):
                yield match.start, match.end, slot | SLOT_SUPPORTED | bare


def _supported(group: Group, seen: dict[int, set[Field]]) -> Iterable[int]:
    """Yield the slots of a weak group's members of whom another field is in the body too."""
    for slot, subject in group.entries:
        if seen.get(subject, set()) - {group.field}:
            yield slot
