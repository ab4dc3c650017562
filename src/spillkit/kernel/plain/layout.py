"""The header of an index file.

In:    bytes of a file, or numbers to write.
Out:   the header as a value, or as the first 4096 bytes of a file.
Else:  what stands in the sections is `plain.segment` and `plain.builder`; docs/reference/index-format.md describes all of it.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import chain

from spillkit.errors import IndexDamaged
from spillkit.kernel.siphash import siphash

MAGIC = b"SPILLIDX"
VERSION = 1
SIPHASH_2_4 = 1
PAGE_BYTES = 4096
REMAINDER_BYTES = 5
WEAK = 1 << 31  # of a payload
FIELD_SHIFT = 27
SUBJECT_MASK = (1 << 27) - 1

_CHECKSUM_KEY = bytes(16)
_CHECKSUM_AT = PAGE_BYTES - 8
_FIXED = struct.Struct("<8sIIQQQQIIQ16s16Q")
_SECTION = struct.Struct("<QQQ")


class Section(IntEnum):
    """The parts behind the header, in the order of the file."""

    GATE = 0
    FILTER = 1
    BUCKETS = 2
    REMAINDERS = 3
    PAYLOADS = 4


@dataclass(frozen=True, slots=True)
class Extent:
    """Where a section lies."""

    offset: int  # bytes from the start of the file
    length: int  # bytes
    checksum: int


@dataclass(frozen=True, slots=True)
class Header:
    """The first page of an index file."""

    nonce: int
    key_check: int
    entries: int
    subjects: int  # highest subject number + 1
    bucket_bits: int
    longest_run: int  # words
    markers: int
    unicode_version: str
    entries_by_field: tuple[int, ...]  # 16, by field code
    sections: tuple[Extent, ...]  # 5, by Section


def checksum(data: bytes) -> int:
    """Return the checksum that the file keeps of a section or of its header."""
    return siphash(_CHECKSUM_KEY, data)


def pack_header(header: Header) -> bytes:
    """Return the 4096 bytes that open a file."""
    fixed = _FIXED.pack(
        MAGIC,
        VERSION,
        SIPHASH_2_4,
        header.nonce,
        header.key_check,
        header.entries,
        header.subjects,
        header.bucket_bits,
        header.longest_run,
        header.markers,
        header.unicode_version.encode("ascii"),
        *header.entries_by_field,
    )
    extents = chain.from_iterable((extent.offset, extent.length, extent.checksum) for extent in header.sections)
    page = (fixed + struct.pack("<15Q", *extents)).ljust(_CHECKSUM_AT, b"\0")
    return page + struct.pack("<Q", checksum(page))


def unpack_header(page: bytes, name: str, file_bytes: int) -> Header:
    """Return the header of a file.

    page        its first 4096 bytes
    name        the file's name, for messages
    file_bytes  its length
    Raises      IndexDamaged if it is no index, of another version, altered or cut
    """
    if len(page) < PAGE_BYTES or page[:8] != MAGIC:
        raise IndexDamaged(
            f"{name} is not a Spillkit index, or its beginning is lost. Build it again: spillkit people add."
        )
    (
        _,
        version,
        keyed_hash,
        nonce,
        key_check,
        entries,
        subjects,
        bucket_bits,
        longest_run,
        markers,
        unicode_version,
        *by_field,
    ) = _FIXED.unpack_from(page)
    if version != VERSION or keyed_hash != SIPHASH_2_4:
        raise IndexDamaged(
            f"{name} is of index version {version}, and this Spillkit reads version {VERSION}. Build it again: spillkit people add."
        )
    if struct.unpack_from("<Q", page, _CHECKSUM_AT) != (checksum(page[:_CHECKSUM_AT]),):
        raise IndexDamaged(
            f"{name}: the header is damaged (its checksum is wrong). Build the index again: spillkit people add."
        )
    sections = tuple(Extent(*_SECTION.unpack_from(page, _FIXED.size + _SECTION.size * number)) for number in Section)
    if any(extent.offset + extent.length > file_bytes for extent in sections):
        raise IndexDamaged(
            f"{name} is cut: it is shorter than its header says. Build the index again: spillkit people add."
        )
    _require_sizes(sections, entries, bucket_bits, name)
    return Header(
        nonce=nonce,
        key_check=key_check,
        entries=entries,
        subjects=subjects,
        bucket_bits=bucket_bits,
        longest_run=longest_run,
        markers=markers,
        unicode_version=unicode_version.rstrip(b"\0").decode("ascii", "replace"),
        entries_by_field=tuple(by_field),
        sections=sections,
    )


def _require_sizes(sections: Sequence[Extent], entries: int, bucket_bits: int, name: str) -> None:
    expected = (4 * ((1 << bucket_bits) + 1), REMAINDER_BYTES * entries, 4 * entries)
    if tuple(extent.length for extent in sections[Section.BUCKETS :]) != expected:
        raise IndexDamaged(
            f"{name}: the sizes in the header contradict each other. Build the index again: spillkit people add."
        )
