"""Write one index segment, in plain Python.

In:    directory values with their subjects' numbers.
Out:   the file of docs/reference/index-format.md.
Else:  what a value puts in is `plain.values`; opening is `plain.segment`.
"""

from __future__ import annotations

import os
import secrets
import unicodedata
from collections.abc import Iterable, Sequence
from math import ceil, log2
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from spillkit.kernel.api import SegmentStats
from spillkit.kernel.fold import fold
from spillkit.kernel.plain.filters import FIRST, SECOND, SINGLE, filter_section, gate_section
from spillkit.kernel.plain.fingerprints import Fingerprints
from spillkit.kernel.plain.layout import (
    FIELD_SHIFT,
    PAGE_BYTES,
    REMAINDER_BYTES,
    SUBJECT_MASK,
    WEAK,
    Extent,
    Header,
    checksum,
    pack_header,
)
from spillkit.kernel.plain.values import LARGEST_NAME_GROUP, read_value
from spillkit.kernel.siphash import siphash, subkey
from spillkit.model import Field


class Builder:
    """Collects values and writes one index segment."""

    def __init__(self, key: bytes, common_words: Iterable[str] = ()) -> None:
        """Begin a segment.

        key           16 bytes
        common_words  a name that has no other words is weak
        """
        self._key, self._fingerprints = key, Fingerprints(key)
        self._common_words = frozenset("".join(map(fold, word)) for word in common_words)
        self._hashes: list[NDArray[np.uint64]] = []
        self._payloads: list[NDArray[np.uint32]] = []
        self._prefixes: list[NDArray[np.uint64]] = []
        self._gate_words: dict[str, int] = {}
        self._gate_phones: set[str] = set()
        self._longest_run = 0

    def add(
        self, field: Field, numbers: NDArray[np.uint32], values: Sequence[str], *, weak: bool = False
    ) -> NDArray[np.uint8]:
        """Take values[i] as `field` of subject number numbers[i].

        numbers  uint32, below 2**27, same length as values
        weak     count only together with another field (a street line alone)
        Returns  a Taken code for each value
        Raises   ValueError if the lengths differ or a number is too large
        """
        if len(numbers) != len(values) or (len(numbers) and int(np.max(numbers)) > SUBJECT_MASK):
            raise ValueError("numbers and values must have the same length, and numbers be below 2**27")
        readings = [read_value(field, value, self._common_words) for value in values]
        owners: list[int] = []
        texts: list[str] = []
        runs: list[tuple[str, ...]] = []
        for number, reading in zip(numbers.tolist(), readings, strict=True):
            payload = number | field << FIELD_SHIFT | (WEAK if weak or reading.weak else 0)
            owners += [payload] * (len(reading.runs) + (reading.text != ""))
            texts += [reading.text] if reading.text else []
            runs += reading.runs
        if runs:
            hashes, prefixes = self._fingerprints.runs(runs)
            self._prefixes.append(prefixes)
            self._longest_run = max(self._longest_run, max(map(len, runs)))
            for run in runs:
                for word, allowed in zip(run, (FIRST, SECOND) if len(run) > 1 else (SINGLE,), strict=False):
                    self._gate_words[word] = self._gate_words.get(word, 0) | allowed
        else:
            if field is Field.PHONE:
                self._gate_phones.update(number.removeprefix("+") for number in texts)
            hashes = (self._fingerprints.emails if field is Field.EMAIL else self._fingerprints.phones)(texts)
        self._hashes.append(hashes)
        self._payloads.append(np.array(owners, np.uint32))
        return np.array([reading.taken for reading in readings], np.uint8)

    def write(self, path: Path, *, nonce: int | None = None) -> SegmentStats:
        """Write the segment to `path` atomically (temporary file beside it, fsync, rename).

        nonce    64 bits for a reproducible file; random if not given
        Returns  what was written, counts only
        Source   docs/reference/index-format.md
        """
        nonce = secrets.randbits(64) if nonce is None else nonce
        hashes, payloads = self._groups()
        bits = max(8, ceil(log2(len(hashes) / 8))) if len(hashes) else 8
        gate = gate_section(self._key, nonce, self._gate_words, self._gate_phones)
        prefixes = np.unique(np.concatenate([np.empty(0, np.uint64), *self._prefixes]))
        front_filter, markers = filter_section(np.unique(hashes), prefixes)
        sections = [gate, front_filter, *_table(hashes, payloads, bits)]
        extents, offset = [], PAGE_BYTES
        for section in sections:
            extents.append(Extent(offset, len(section), checksum(section)))
            offset += _padded(len(section))
        header = Header(
            nonce=nonce,
            key_check=siphash(subkey(self._key, "check"), nonce.to_bytes(8, "little")),
            entries=len(hashes),
            subjects=int(np.max(payloads & SUBJECT_MASK)) + 1 if len(payloads) else 0,
            bucket_bits=bits,
            longest_run=self._longest_run,
            markers=markers,
            unicode_version=unicodedata.unidata_version,
            entries_by_field=tuple(np.bincount(payloads >> FIELD_SHIFT & 15, minlength=16).tolist()),
            sections=tuple(extents),
        )
        partial = path.with_name(path.name + ".partial")
        with partial.open("wb") as file:
            file.write(pack_header(header))
            for section in sections:
                file.write(section.ljust(_padded(len(section)), b"\0"))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
        return SegmentStats(entries=header.entries, markers=header.markers, file_bytes=offset)

    def _groups(self) -> tuple[NDArray[np.uint64], NDArray[np.uint32]]:
        """Return fingerprints and payloads, sorted, unique, and weak or not by whole groups (matching.md, section 4)."""
        hashes = np.concatenate([np.empty(0, np.uint64), *self._hashes])
        payloads = np.concatenate([np.empty(0, np.uint32), *self._payloads])
        subjects = payloads & SUBJECT_MASK
        fields = payloads >> FIELD_SHIFT & np.uint32(15)
        weak = (payloads & WEAK) != 0
        order = np.lexsort((weak, subjects, fields, hashes))
        hashes, subjects, fields, weak = hashes[order], subjects[order], fields[order], weak[order]

        # 1. One entry of each subject in each group.
        is_new_group = np.ones(len(hashes), bool)
        is_new_group[1:] = (hashes[1:] != hashes[:-1]) | (fields[1:] != fields[:-1])
        is_new = is_new_group.copy()
        is_new[1:] |= subjects[1:] != subjects[:-1]
        hashes, subjects, fields, weak = hashes[is_new], subjects[is_new], fields[is_new], weak[is_new]
        group = np.cumsum(is_new_group[is_new]) - 1

        # 2. A group is weak if all of it is; then a name that too many subjects bear is.
        sizes = np.bincount(group)
        weak = (np.bincount(group, weights=weak) == sizes)[group]
        weak |= (fields == Field.NAME) & (sizes[group] > LARGEST_NAME_GROUP)
        return hashes, subjects | fields << np.uint32(FIELD_SHIFT) | weak.astype(np.uint32) << np.uint32(31)


def _table(hashes: NDArray[np.uint64], payloads: NDArray[np.uint32], bits: int) -> list[bytes]:
    """Return the bytes of buckets, remainders and payloads."""
    starts = np.searchsorted(hashes >> np.uint64(64 - bits), np.arange((1 << bits) + 1, dtype=np.uint64))
    below = hashes >> np.uint64(64 - bits - 8 * REMAINDER_BYTES)
    remainders = below.astype("<u8").view(np.uint8).reshape(-1, 8)[:, :REMAINDER_BYTES]
    return [starts.astype("<u4").tobytes(), remainders.tobytes(), payloads.astype("<u4").tobytes()]


def _padded(length: int) -> int:
    return -(-length // PAGE_BYTES) * PAGE_BYTES
