"""The fast matcher: the native kernel, called in batches.

In:    keys, directory values, index segments, decoded bodies.
Out:   the same as the plain twin gives, about a thousand times as fast.
Else:  matching is native/src/ (docs/reference/matching.md); this page knows pointers, lengths and error messages.

The library is loaded through cffi without a compiler, so one build serves every Python 3. cffi lets go of the
interpreter lock during every call.
"""

from __future__ import annotations

import mmap
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cffi
import numpy as np
from numpy.typing import NDArray

from spillkit.errors import IndexDamaged, KeyMismatch
from spillkit.kernel.api import SLOT_ENTRY_MASK, SLOT_SEGMENT_SHIFT, SLOT_SUPPORTED, Hits, SegmentStats
from spillkit.model import Field

LIBRARY = Path(__file__).with_name("_kernel.so")
INTERFACE_VERSION = 2
HIGHEST_SUBJECT = (1 << 27) - 1

_DECLARATIONS = """
uint32_t sk_version(void);
uint32_t sk_has_avx2(void);
void sk_give_back(uint64_t *numbers, uint64_t count);
void *sk_scanner_open(const uint8_t *key, const uint8_t **files, const uint64_t *lengths, uint64_t count,
                      const uint32_t *dead, uint64_t dead_count, uint32_t is_portable, uint64_t *why);
void sk_scanner_close(void *opened);
int32_t sk_scan(void *opened, const uint8_t **pages, const uint64_t *lengths, uint64_t count,
                uint64_t **out, uint64_t *out_count);
void *sk_stream_open(void);
int32_t sk_stream_feed(void *opened, void *stream, const uint8_t *chunk, uint64_t length);
int32_t sk_stream_finish(void *opened, void *stream, uint64_t **out, uint64_t *out_count);
void sk_stream_close(void *stream);
int32_t sk_find(void *opened, uint32_t field, const uint8_t *value, uint64_t length, uint64_t **out, uint64_t *out_count);
int32_t sk_group(void *opened, uint32_t segment, uint64_t entry, uint64_t **out, uint64_t *out_count);
int32_t sk_check(void *opened, const uint8_t *file, uint64_t length);
void *sk_builder_open(const uint8_t *key, const uint8_t *common_words, uint64_t length);
int32_t sk_builder_add(void *builder, uint32_t field, uint32_t is_weak, const uint32_t *numbers, const uint8_t *text,
                       const uint64_t *offsets, uint8_t *taken, uint64_t count);
int32_t sk_builder_add_synthetic(void *builder, uint64_t count, uint64_t seed);
int32_t sk_builder_write(void *builder, const uint8_t *path, uint64_t length, uint64_t nonce, uint64_t *stats);
void sk_builder_close(void *builder);
"""
_DAMAGED, _OTHER_VERSION, _OTHER_KEY, _NO_SUCH_ENTRY, _CANNOT_WRITE = 2, 3, 4, 5, 6
_KEY_BYTES = 16


def load() -> Any:
    """Load the library.

    Raises  OSError if it is not there, cannot be loaded, or is of another build than this file
    """
    library = _ffi.dlopen(str(LIBRARY))
    if library.sk_version() != INTERFACE_VERSION:
        raise OSError(f"{LIBRARY.name} is of another build; install spillkit again")
    return library


_ffi: Any = cffi.FFI()
_ffi.cdef(_DECLARATIONS)
_library = load()


def features() -> str:
    """Return which instructions the kernel uses here: "avx2" or "portable".

    SPILLKIT_KERNEL=portable keeps to those that every processor has; the hits are the same.
    """
    return "avx2" if _library.sk_has_avx2() and not _is_portable() else "portable"


class Builder:
    """Collects values and writes one index segment."""

    def __init__(self, key: bytes, common_words: Iterable[str] = ()) -> None:
        """Begin a segment.

        key           16 bytes
        common_words  a name that has no other words is weak
        """
        words = "\n".join(common_words).encode("utf-8", "replace")
        handle = _library.sk_builder_open(_checked(key), words, len(words))
        self._handle = _ffi.gc(_not_null(handle), _library.sk_builder_close)

    def add(
        self, field: Field, numbers: NDArray[np.uint32], values: Sequence[str], *, weak: bool = False
    ) -> NDArray[np.uint8]:
        """Take values[i] as `field` of subject number numbers[i].

        numbers  uint32, below 2**27, same length as values
        weak     count only together with another field (a street line alone)
        Returns  a Taken code for each value
        Raises   ValueError if the lengths differ or a number is too large
        """
        if len(numbers) != len(values) or (len(numbers) and int(np.max(numbers)) > HIGHEST_SUBJECT):
            raise ValueError("numbers and values must have the same length, and numbers be below 2**27")
        encoded = [value.encode("utf-8", "replace") for value in values]
        offsets = np.zeros(len(values) + 1, np.uint64)
        np.cumsum([len(value) for value in encoded], out=offsets[1:], dtype=np.uint64)
        taken = np.zeros(len(values), np.uint8)
        text = b"".join(encoded)
        owners = np.ascontiguousarray(numbers, np.uint32)
        _require_good(
            _library.sk_builder_add(
                self._handle,
                int(field),
                weak,
                _ffi.from_buffer("uint32_t[]", owners),
                text,
                _ffi.from_buffer("uint64_t[]", offsets),
                _ffi.from_buffer("uint8_t[]", taken, require_writable=True),
                len(values),
            )
        )
        return taken

    def add_synthetic(self, count: int, seed: int) -> None:
        """Add random fingerprints that nothing will match. For benchmarks of large indexes only.

        count  how many
        seed   64 bits
        """
        _require_good(_library.sk_builder_add_synthetic(self._handle, count, seed))

    def write(self, path: Path, *, nonce: int | None = None) -> SegmentStats:
        """Write the segment to `path` atomically (temporary file beside it, fsync, rename).

        nonce    64 bits for a reproducible file; random if not given
        Returns  what was written, counts only
        Raises   OSError if the file cannot be written
        Source   docs/reference/index-format.md
        """
        partial = path.with_name(path.name + ".partial")
        name = os.fsencode(partial)
        stats = _ffi.new("uint64_t[3]")
        chosen = secrets.randbits(64) if nonce is None else nonce
        code = _library.sk_builder_write(self._handle, name, len(name), chosen, stats)
        if code == _CANNOT_WRITE:
            partial.unlink(missing_ok=True)
            raise OSError(stats[0], os.strerror(stats[0]), partial.name)
        _require_good(code)
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.replace(path)
        return SegmentStats(entries=stats[0], markers=stats[1], file_bytes=stats[2])


class Scanner:
    """Opened segments: finds hits in bodies. Safe to share between threads; scan() releases the interpreter lock."""

    def __init__(self, segments: Sequence[Path], key: bytes, dead: NDArray[np.uint32] | None = None) -> None:
        """Open segments.

        segments  files, 0 = base, 1 = delta …
        key       16 bytes, the one they were built under
        dead      removed subject numbers; their entries match nothing
        Raises    KeyMismatch, IndexDamaged
        """
        self._names = [path.name for path in segments]
        maps = [_map(path) for path in segments]
        views = [_ffi.from_buffer("uint8_t[]", one) for one in maps]
        gone = np.ascontiguousarray(np.empty(0) if dead is None else dead, np.uint32)
        why = _ffi.new("uint64_t[2]")
        handle = _library.sk_scanner_open(
            _checked(key),
            _ffi.new("uint8_t *[]", views),
            _ffi.new("uint64_t[]", [len(one) for one in maps]),
            len(maps),
            _ffi.from_buffer("uint32_t[]", gone),
            len(gone),
            _is_portable(),
            why,
        )
        if handle == _ffi.NULL:
            raise _refusal(why[0], self._names[why[1]] if self._names else "the index")
        self._views = views
        self._handle = _ffi.gc(handle, _library.sk_scanner_close)

    def scan(self, pages: Sequence[bytes]) -> Hits:
        """Find every indexed value in a batch of decoded bodies.

        pages    P bodies
        Returns  uint64 array of shape (H, 4), sorted, unique: page, start, end (byte offsets, end exclusive), slot
        Source   docs/reference/matching.md
        Cost     one pass over the bytes; memory grows with H
        """
        views = [_ffi.from_buffer(page) for page in pages]
        return self._hits(
            _library.sk_scan,
            _ffi.new("uint8_t *[]", [_ffi.cast("uint8_t *", view) for view in views]),
            _ffi.new("uint64_t[]", [len(view) for view in views]),
            len(views),
        )

    def stream(self) -> Stream:
        """Begin a body that arrives in chunks."""
        return Stream(self)

    def find(self, field: Field, value: str) -> NDArray[np.uint32]:
        """Return the subject numbers that `value` points to, as a directory value of that field would, ascending."""
        text = value.encode("utf-8", "replace")
        return self._numbers(_library.sk_find, int(field), text, len(text)).astype(np.uint32)

    def group(self, slot: int) -> tuple[Field, bool, NDArray[np.uint32]]:
        """Return field, weakness, and the living subject numbers of the group a slot stands for, ascending.

        slot    of a hit; where it is flagged supported, that entry's subject alone comes back
        Raises  IndexError if no segment has such an entry, or all its subjects have been removed
        """
        segment, entry = slot >> SLOT_SEGMENT_SHIFT & 0xFF, slot & SLOT_ENTRY_MASK
        numbers = self._numbers(_library.sk_group, segment, entry)
        subjects = numbers[3:].astype(np.uint32)
        if not len(subjects):
            raise IndexError("every subject of this group has been removed")
        if slot & SLOT_SUPPORTED:
            subjects = subjects[subjects == numbers[2]]
        return Field(int(numbers[0])), bool(numbers[1]), subjects

    def bearers(self, slot: int) -> int:
        """Return how many living subjects share the value behind the slot."""
        return len(self.group(slot & ~SLOT_SUPPORTED)[2])

    def check(self) -> None:
        """Read every section of every segment and compare its checksum with the header's.

        Raises  IndexDamaged, naming the file
        """
        for name, view in zip(self._names, self._views, strict=True):
            if _library.sk_check(self._handle, view, len(view)) != 0:
                raise _refusal(_DAMAGED, name)

    def _hits(self, function: Any, *arguments: Any) -> Hits:
        return self._numbers(function, *arguments).reshape(-1, 4)

    def _numbers(self, function: Any, *arguments: Any) -> NDArray[np.uint64]:
        """Call a function of the library that hands numbers over; copy them and give them back."""
        out, count = _ffi.new("uint64_t **"), _ffi.new("uint64_t *")
        code = function(self._handle, *arguments, out, count)
        if code == _NO_SUCH_ENTRY:
            raise IndexError("the index has no such entry")
        _require_good(code)
        try:
            return np.frombuffer(bytearray(_ffi.buffer(out[0], 8 * count[0])), np.uint64)
        finally:
            _library.sk_give_back(out[0], count[0])


class Stream:
    """One body that arrives in chunks; memory does not grow with its length."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self._handle = _ffi.gc(_not_null(_library.sk_stream_open()), _library.sk_stream_close)

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the body."""
        view = _ffi.from_buffer(chunk)
        _require_good(
            _library.sk_stream_feed(self._scanner._handle, self._handle, _ffi.cast("uint8_t *", view), len(view))
        )

    def finish(self) -> Hits:
        """Return the hits of the whole body, page number 0."""
        return self._scanner._hits(_library.sk_stream_finish, self._handle)


def _map(path: Path) -> mmap.mmap | bytes:
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size == 0:
            return b""
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _refusal(code: int, name: str) -> Exception:
    if code == _OTHER_KEY:
        return KeyMismatch(
            f"{name} was built under another key. Use the key of the workspace that built it, "
            "or build the index again: spillkit people add."
        )
    if code == _OTHER_VERSION:
        return IndexDamaged(
            f"{name} is of an index version that this Spillkit does not read. Build it again: spillkit people add."
        )
    if code == _DAMAGED:
        return IndexDamaged(
            f"{name} is no Spillkit index, or it is damaged or cut. Build the index again: spillkit people add."
        )
    return _stopped()


def _require_good(code: int) -> None:
    if code != 0:
        raise _stopped()


def _stopped() -> RuntimeError:
    return RuntimeError(
        "the native kernel stopped on an error of its own; nothing was lost but this call. "
        "SPILLKIT_ENGINE=plain takes the slower matcher. Please report this."
    )


def _not_null(handle: Any) -> Any:
    if handle == _ffi.NULL:
        raise _stopped()
    return handle


def _checked(key: bytes) -> bytes:
    if len(key) != _KEY_BYTES:
        raise ValueError(f"the key must have {_KEY_BYTES} bytes")
    return key


def _is_portable() -> bool:
    return os.environ.get("SPILLKIT_KERNEL") == "portable"
