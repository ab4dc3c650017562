"""Open a customer list as bytes of UTF-8 text, whatever it was written in.

In:    a path or standard input; gzip, zstandard or plain; any charset.
Out:   blocks of UTF-8 bytes that end at line ends, and what was found out on the way (charset, compression).
Else:  what the text means is read by `delimited` and `jsonrows`.
"""

from __future__ import annotations

import codecs
import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import zstandard

from spillkit.errors import DirectoryError

SNIFF_BYTES = 1 << 20
BLOCK_BYTES = 4 << 20
_PACKED_BYTES = 1 << 18
_MAX_LINE_BYTES = 64 << 20

_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_PARQUET_MAGIC = b"PAR1"
_BOMS = (  # The longer first: a UTF-32 mark begins like a UTF-16 one.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

ReadProgress = Callable[[int], None]  # called with the bytes of the file read since the last call


@dataclass(frozen=True, slots=True)
class TextFile:
    """A text file that can be read from its beginning any number of times."""

    path: Path | None  # None: standard input, held in memory (compressed), never on disk
    charset: str  # a Python codec name; "utf-8" may still hold damaged lines
    held: bytes | None = None  # standard input, zstandard-compressed

    @property
    def name(self) -> str:
        """How messages call the file: its name without folders."""
        return self.path.name if self.path is not None else "standard input"

    def blocks(self, progress: ReadProgress | None = None) -> Iterator[bytes]:
        """Yield the text as UTF-8 in blocks of about 4 MiB that end at a line end (the last one may not).

        Bytes that are not UTF-8 in a file taken for UTF-8 are passed on: `decode_line` mends them.
        Raises DirectoryError if the file is cut or damaged.
        """
        kept: list[bytes] = []
        kept_bytes = 0
        for chunk in self._decoded_chunks(progress):
            end = chunk.rfind(b"\n") + 1
            if end:
                yield b"".join((*kept, chunk[:end]))
                kept, kept_bytes = [], 0
            kept.append(chunk[end:])
            kept_bytes += len(chunk) - end
            if kept_bytes > _MAX_LINE_BYTES:
                raise DirectoryError(
                    f"{self.name}: a line of more than {_MAX_LINE_BYTES >> 20} MiB. "
                    "This does not look like a customer list; check the file."
                )
        if rest := b"".join(kept):
            yield rest

    def first_lines(self) -> bytes:
        """Return up to 1 MiB of the text as UTF-8, cut at a line end where there is one."""
        text = b"".join(_up_to(self._decoded_chunks(None), SNIFF_BYTES))
        if len(text) >= SNIFF_BYTES:
            return text[: text.rfind(b"\n") + 1] or text
        return text

    def _decoded_chunks(self, progress: ReadProgress | None) -> Iterator[bytes]:
        chunks = _raw_chunks(self, progress)
        if self.charset == "utf-8":
            yield from _without_mark(chunks, codecs.BOM_UTF8)
            return
        decoder = codecs.getincrementaldecoder(self.charset)(errors="replace")
        for chunk in chunks:
            yield decoder.decode(chunk).encode("utf-8", "replace")
        yield decoder.decode(b"", final=True).encode("utf-8", "replace")


def open_text(path: Path | None, charset: str | None = None) -> TextFile:
    """Find out compression and charset of a text file, without reading it whole.

    path     the file; None for standard input, which is read to its end and held in memory, compressed
    charset  a codec name that is taken as given; None: found out (byte order mark, zeros, valid UTF-8, else windows-1252)
    Raises   DirectoryError if the file cannot be read, is empty, or the charset is unknown
    """
    held = _hold_standard_input() if path is None else None
    start = b"".join(_up_to(_raw_chunks(TextFile(path, "utf-8", held), None), SNIFF_BYTES))
    name = path.name if path is not None else "standard input"
    if not start.strip():
        raise DirectoryError(f"{name}: the file is empty. Check that the export ran to its end.")
    if charset is None:
        return TextFile(path, _sniff_charset(start), held)
    try:
        codec = codecs.lookup(charset)
        "".encode(charset)  # Refuses codecs that are not text, such as "zip".
    except (LookupError, ValueError):
        raise DirectoryError("--charset: no charset has that name. Common ones: utf-8, windows-1252, utf-16.") from None
    return TextFile(path, "utf-8" if codec.name == "utf-8-sig" else codec.name, held)


def is_parquet(path: Path) -> bool:
    """Return whether the file begins as Parquet does; DirectoryError if it cannot be read."""
    return _read_start(path, 4) == _PARQUET_MAGIC


def decode_line(line: bytes) -> tuple[str, bool]:
    """Return a line as text and whether it was UTF-8; a line that is not is read as windows-1252.

    >>> decode_line(b"Zo\\xeb")
    ('Zoë', False)
    """
    try:
        return line.decode("utf-8"), True
    except UnicodeDecodeError:
        return line.decode("windows-1252", "replace"), False


def _sniff_charset(start: bytes) -> str:
    for mark, charset in _BOMS:
        if start.startswith(mark):
            return charset
    sample = start[:4096]
    if sample.count(0) > len(sample) // 4:
        # Mostly Latin text in UTF-16 has a zero in every second byte.
        return "utf-16-le" if sample[1::2].count(0) > sample[0::2].count(0) else "utf-16-be"
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start)  # Not final: the sample may end inside a character.
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _without_mark(chunks: Iterator[bytes], mark: bytes) -> Iterator[bytes]:
    first = next(chunks, b"")
    yield first.removeprefix(mark)
    yield from chunks


def _up_to(chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    taken = 0
    for chunk in chunks:
        yield chunk[: limit - taken]
        taken += len(chunk)
        if taken >= limit:
            return


def _raw_chunks(file: TextFile, progress: ReadProgress | None) -> Iterator[bytes]:
    """Yield decompressed bytes; a cut or damaged file raises with what to do."""
    try:
        with _open_stored(file) as stored:
            counted = _Counted(stored, progress)
            start = stored.read(4)
            stored.seek(0)
            if start.startswith(_ZSTD_MAGIC):
                yield from _unpack_zstd(counted)
                return
            reader = gzip.GzipFile(fileobj=counted) if start.startswith(_GZIP_MAGIC) else counted
            while chunk := reader.read(BLOCK_BYTES):
                yield chunk
    except (EOFError, zlib.error, gzip.BadGzipFile, zstandard.ZstdError) as error:
        raise DirectoryError(
            f"{file.name}: the compressed file is cut or damaged. Copy or export it again; nothing was changed."
        ) from error
    except OSError as error:
        raise DirectoryError(
            f"{file.name}: cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error


def _unpack_zstd(stored: _Counted) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    is_midway = False
    while packed := stored.read(_PACKED_BYTES):
        while packed:
            yield unpacker.decompress(packed)
            is_midway, packed = not unpacker.eof, b""
            if unpacker.eof:  # Another frame may follow (`cat a.zst b.zst`).
                packed = unpacker.unused_data
                unpacker = zstandard.ZstdDecompressor().decompressobj()
    if is_midway:
        raise EOFError


def _open_stored(file: TextFile) -> BinaryIO:
    if file.path is None:
        return io.BytesIO(file.held or b"")
    return file.path.open("rb")


def _read_start(path: Path, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise DirectoryError(
            f"{path.name}: cannot be read ({error.strerror}). Check the path and its permissions."
        ) from error


def _hold_standard_input() -> bytes:
    packer = zstandard.ZstdCompressor(level=1).compressobj()
    packed = []
    while chunk := sys.stdin.buffer.read(BLOCK_BYTES):
        packed.append(packer.compress(chunk))
    packed.append(packer.flush())
    return b"".join(packed)


class _Counted(io.RawIOBase):
    """Passes reads on and reports how many bytes of the stored file were read."""

    def __init__(self, file: BinaryIO, progress: ReadProgress | None) -> None:
        self._file = file
        self._progress = progress

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        if self._progress is not None:
            self._progress(len(data))
        return data
