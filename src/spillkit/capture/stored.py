"""Read a file's bytes with the compression of the file itself undone.

In:    a path: plain, gzip (also many members), zlib or zstd.
Out:   contiguous segments of bytes, and what of the compressed data could not be read.
Else:  the compression of one body inside the recording is `content_encoding`.

A damaged gzip member does not end the file: what came out of it before the damage is kept, and reading goes on at the next
member as a new segment, because a record or line never runs across the damage.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol

import zstandard

from spillkit.capture.limits import Limits
from spillkit.errors import CaptureError

_PLAIN_CHUNK = 1 << 20
_COMPRESSED_CHUNK = 1 << 16  # small: zlib hands back what is behind a member as a copy
_OUTPUT_CHUNK = 4 << 20
_ZSTD_WINDOW = 1 << 27  # more memory than this for one frame is an attack
_BOMB_FROM_BYTES = 64 << 20  # a file may expand by any ratio up to here
GZIP_MAGIC = b"\x1f\x8b\x08"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_ZLIB_MAGICS = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


class Stored:
    """A recording's bytes in segments. Use as a context manager.

    read()          the next bytes of this segment, b"" at its end
    next_segment()  go on behind a damaged place; False at the end of the file
    offset          bytes of the stored file taken so far
    take_problems() (offset, reason) of every damage met since the last call
    """

    def __init__(self, path: Path, limits: Limits, file: BinaryIO | None = None) -> None:
        """Open the file; CaptureError if that cannot be done.

        file  read this instead, seekable, where the recording lies inside an archive; it is closed in the end
        """
        self._problems: list[tuple[int, str]] = []
        try:
            self._file: BinaryIO = file or path.open("rb")
        except OSError as error:
            raise CaptureError(
                f"{path.name}: cannot be opened ({error.strerror}). Check the path and its rights."
            ) from error
        magic = self._file.read(4)
        self._file.seek(0)
        self._decoder = _decoder_for(magic, self._file, limits, self._problems)

    def __enter__(self) -> Stored:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def offset(self) -> int:
        return self._decoder.offset

    def read(self) -> bytes:
        return self._decoder.read()

    def next_segment(self) -> bool:
        return self._decoder.next_segment()

    def take_problems(self) -> list[tuple[int, str]]:
        taken = self._problems[:]
        self._problems.clear()
        return taken


class _Decoder(Protocol):
    offset: int

    def read(self) -> bytes: ...

    def next_segment(self) -> bool: ...


def _decoder_for(magic: bytes, file: BinaryIO, limits: Limits, problems: list[tuple[int, str]]) -> _Decoder:
    if magic[:3] == GZIP_MAGIC:
        return _Deflated(file, limits, problems, wbits=31)
    if magic[:2] in _ZLIB_MAGICS:
        return _Deflated(file, limits, problems, wbits=15)
    if magic == ZSTD_MAGIC:
        return _Zstd(file, limits, problems)
    return _Plain(file, problems)


class _Plain:
    def __init__(self, file: BinaryIO, problems: list[tuple[int, str]]) -> None:
        self.offset = 0
        self._file = file
        self._problems = problems

    def read(self) -> bytes:
        try:
            chunk = self._file.read(_PLAIN_CHUNK)
        except OSError as error:
            self._problems.append((self.offset, f"the file cannot be read on ({error.strerror})"))
            return b""
        self.offset += len(chunk)
        return chunk

    def next_segment(self) -> bool:
        return False


class _Deflated:
    """gzip members one behind the other, or one zlib stream."""

    def __init__(self, file: BinaryIO, limits: Limits, problems: list[tuple[int, str]], wbits: int) -> None:
        self.offset = 0
        self._file = file
        self._limits = limits
        self._problems = problems
        self._wbits = wbits
        self._new: Callable[[], zlib._Decompress] = lambda: zlib.decompressobj(wbits)
        self._member = self._new()
        self._is_fresh = True
        self._input = b""
        self._output_bytes = 0
        self._is_broken = False  # the segment ended at a damage
        self._is_done = False

    def read(self) -> bytes:
        while not self._is_broken and not self._is_done:
            if self._member.eof:
                self._start_member()
                continue
            if not self._input:
                self._input = self._fill()
                if not self._input:
                    self._is_done = True
                    if not self._is_fresh:
                        self._problems.append((self.offset, "the compressed data ends too early"))
                    break
            output = self._inflate()
            if output:
                self._output_bytes += len(output)
                if self._output_bytes > _BOMB_FROM_BYTES and self._output_bytes > self._limits.ratio * self.offset:
                    self._problems.append((self.offset, "the file expands beyond the ratio limit (a zip bomb)"))
                    self._is_done = True
                return output
        return b""

    def next_segment(self) -> bool:
        if not self._is_broken or self._is_done:
            return False
        # The member's own header must not be found again: search from the byte behind the present place.
        tail = self._input[1:]
        while True:
            at = tail.find(GZIP_MAGIC) if self._wbits == 31 else -1
            if at >= 0:
                self._input = tail[at:]
                self._member, self._is_fresh, self._is_broken = self._new(), True, False
                return True
            more = self._fill() if self._wbits == 31 else b""
            if not more:
                self._is_done = True
                return False
            tail = tail[-2:] + more

    def _fill(self) -> bytes:
        try:
            chunk = self._file.read(_COMPRESSED_CHUNK)
        except OSError as error:
            self._problems.append((self.offset, f"the file cannot be read on ({error.strerror})"))
            return b""
        self.offset += len(chunk)
        return chunk

    def _start_member(self) -> None:
        rest = self._member.unused_data or self._fill()
        while rest and rest[:1] == b"\x00":  # padding between members, as tape and some loggers leave it
            rest = rest.lstrip(b"\x00") or self._fill()
        if not rest:
            self._is_done = True
            return
        if self._wbits != 31 or (len(rest) > 1 and rest[:2] != GZIP_MAGIC[:2]):
            self._problems.append((self.offset - len(rest), "bytes behind the compressed data are not compressed data"))
            self._input, self._is_broken = rest, True
            return
        self._input, self._member, self._is_fresh = rest, self._new(), True

    def _inflate(self) -> bytes:
        # A copy of the state costs little and lets us keep what came out before a damaged byte.
        before = None if self._is_fresh else self._member.copy()
        data, self._input = self._input, b""
        try:
            output = self._member.decompress(data, _OUTPUT_CHUNK)
        except zlib.error:
            output, used = _salvage(before or self._new(), data)
            self._problems.append((self.offset - len(data) + used, "the compressed data is damaged"))
            self._input, self._is_broken = data[max(used - 1, 0) :], True
            return output
        self._input = self._member.unconsumed_tail
        self._is_fresh = False
        return output


def _salvage(state: zlib._Decompress, data: bytes) -> tuple[bytes, int]:
    """Return what comes out of `data` before its damaged byte, and how many bytes went in."""
    output: list[bytes] = []
    used = 0
    step = 1024
    while used < len(data):
        saved = state.copy() if step > 1 else state
        try:
            piece = state.decompress(data[used : used + step], _OUTPUT_CHUNK)
        except zlib.error:
            if step == 1:
                break
            state, step = saved, 1
            continue
        output.append(piece)
        used += step
    return b"".join(output), min(used, len(data))


class _Zstd:
    def __init__(self, file: BinaryIO, limits: Limits, problems: list[tuple[int, str]]) -> None:
        self._file = file
        self._limits = limits
        self._problems = problems
        self._output_bytes = 0
        decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._reader = decompressor.stream_reader(file, read_size=_COMPRESSED_CHUNK, read_across_frames=True)
        self._is_done = False

    @property
    def offset(self) -> int:
        return self._file.tell()

    @offset.setter
    def offset(self, value: int) -> None:
        raise AttributeError("the offset follows the file")

    def read(self) -> bytes:
        if self._is_done:
            return b""
        try:
            output: bytes = self._reader.read(_PLAIN_CHUNK)
        except (zstandard.ZstdError, OSError):
            self._is_done = True
            self._problems.append((self.offset, "the compressed data is damaged"))
            return b""
        self._output_bytes += len(output)
        if self._output_bytes > _BOMB_FROM_BYTES and self._output_bytes > self._limits.ratio * self.offset:
            self._problems.append((self.offset, "the file expands beyond the ratio limit (a zip bomb)"))
            self._is_done = True
        return output

    def next_segment(self) -> bool:
        return False
