"""Undo the content-encoding of a body: gzip, deflate, brotli, zstd, and several upon each other.

In:    the bytes of a body and the names of its encodings.
Out:   the bytes inside, cut at the limits, and whether something was damaged or too large.
Else:  transfer-encoding is `http_message`; the compression of a whole recording is `stored`.

Proxies and browsers often write a body that is decoded already and leave the header as it was. So an encoding that does
not fit the bytes at all leaves them as they are.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass

import brotli
import zstandard

from spillkit.capture.limits import Limits
from spillkit.capture.stored import GZIP_MAGIC, ZSTD_MAGIC

_ZSTD_WINDOW = 1 << 27
_PIECE = 1 << 20
_ZSTD_PIECE = 1 << 11  # four bytes may give 128 KiB, so the input goes in by spoonfuls
_GZIP_NAMES = frozenset({"gzip", "x-gzip"})
_KNOWN = _GZIP_NAMES | {"deflate", "br", "zstd", "identity", "", "utf-8", "none", "chunked"}


@dataclass(frozen=True, slots=True)
class Undone:
    """A body without its encodings."""

    data: bytes
    is_damaged: bool = False  # cut or broken; data holds what came before
    is_too_large: bool = False  # over the size or ratio limit; data holds the first part


def undo_encodings(data: bytes, names: str, limits: Limits) -> Undone:
    """Undo the encodings that a content-encoding header lists.

    names    the header's value; the last name was applied last and is undone first
    Returns  the inside; the same bytes, undamaged, where they never carried the encoding
    Source   RFC 9110, 8.4.1; RFC 1950-1952; RFC 7932; RFC 8878
    """
    encodings = [name.strip().lower() for name in names.split(",")]
    if len(encodings) > limits.nesting:
        return Undone(data, is_damaged=True)
    undone = Undone(data)
    for encoding in reversed(encodings):
        if not undone.data:
            break
        step = _undo_one(undone.data, encoding, limits)
        undone = Undone(step.data, undone.is_damaged or step.is_damaged, undone.is_too_large or step.is_too_large)
    return undone


def _undo_one(data: bytes, encoding: str, limits: Limits) -> Undone:
    if encoding in _GZIP_NAMES:
        return undo_gzip(data, limits)
    if encoding == "deflate":
        return _undo_deflate(data, limits)
    if encoding == "br":
        return _undo_brotli(data, limits)
    if encoding == "zstd":
        return _undo_zstd(data, limits)
    # compress, dcb, dcz, aws-chunked …: the bytes are looked at as they are, and counted as damaged.
    return Undone(data, is_damaged=encoding not in _KNOWN)


def undo_gzip(data: bytes, limits: Limits) -> Undone:
    """Undo gzip, all its members; bytes that are not gzip stay as they are."""
    if data[:2] != GZIP_MAGIC[:2]:
        return Undone(data)
    room = _room(len(data), limits)
    member = zlib.decompressobj(31)
    try:
        first = member.decompress(data, room + 1)
    except zlib.error:
        return _inflate_in_pieces(data, 31, limits)
    if len(first) > room:
        return Undone(first[:room], is_too_large=True)
    if member.eof and not member.unused_data:
        return Undone(first)
    return _inflate_in_pieces(data, 31, limits)


def _undo_deflate(data: bytes, limits: Limits) -> Undone:
    # "deflate" means zlib (RFC 9110, 8.4.1.2), but many servers send raw deflate; both are tried.
    for wbits in (15, -15):
        undone = _inflate_in_pieces(data, wbits, limits)
        if undone.data and not undone.is_damaged:
            return undone
    if data[:1] == b"\x78" and (data[0] * 256 + data[1] if len(data) > 1 else 1) % 31 == 0:
        return _inflate_in_pieces(data, 15, limits)
    return Undone(data)


def _inflate_in_pieces(data: bytes, wbits: int, limits: Limits) -> Undone:
    """Inflate member after member, keeping what came out before a damage."""
    room = _room(len(data), limits)
    output: list[bytes] = []
    size = 0
    left = memoryview(data)
    member = zlib.decompressobj(wbits)
    step = 1 << 14
    while left:
        piece = left[:step]
        saved = member.copy() if step > 1 else member
        try:
            out = member.decompress(piece, room + 1 - size)
        except zlib.error:
            if step > 1:
                member, step = saved, max(step // 128, 1)  # 16384, 128, 1: close in on the damaged byte
                continue
            return Undone(b"".join(output), is_damaged=True)
        output.append(out)
        size += len(out)
        if size > room:
            return Undone(b"".join(output)[:room], is_too_large=True)
        left = left[len(piece) - len(member.unused_data) - len(member.unconsumed_tail) :]
        if member.eof:
            if wbits != 31 or bytes(left[:2]) != GZIP_MAGIC[:2]:
                return Undone(b"".join(output))  # padding or a trailer behind the last member
            member, step = zlib.decompressobj(wbits), 1 << 14
    return Undone(b"".join(output), is_damaged=not member.eof)


def _undo_brotli(data: bytes, limits: Limits) -> Undone:
    room = _room(len(data), limits)
    decoder = brotli.Decompressor()
    output: list[bytes] = []
    size = 0
    pending = data
    while True:
        try:
            out = decoder.process(pending, output_buffer_limit=_PIECE)
        except brotli.error:
            # Brotli has no magic number. Nothing came out: it never was brotli.
            return Undone(b"".join(output), is_damaged=True) if size else Undone(data)
        pending = b""
        output.append(out)
        size += len(out)
        if size > room:
            return Undone(b"".join(output)[:room], is_too_large=True)
        if decoder.is_finished():
            return Undone(b"".join(output))
        if decoder.can_accept_more_data() and not out:
            # All input is used and the end was not reached.
            return Undone(b"".join(output), is_damaged=True) if size else Undone(data)


def _undo_zstd(data: bytes, limits: Limits) -> Undone:
    if data[:4] != ZSTD_MAGIC:
        return Undone(data)
    room = _room(len(data), limits)
    output: list[bytes] = []
    size = 0
    left = data
    while left[:4] == ZSTD_MAGIC:
        frame = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
        for start in range(0, len(left), _ZSTD_PIECE):
            try:
                out = frame.decompress(left[start : start + _ZSTD_PIECE])
            except zstandard.ZstdError:
                return Undone(b"".join(output), is_damaged=True)
            output.append(out)
            size += len(out)
            if size > room:
                return Undone(b"".join(output)[:room], is_too_large=True)
            if frame.eof:
                left = frame.unused_data + left[start + _ZSTD_PIECE :]
                break
        else:
            return Undone(b"".join(output), is_damaged=True)
    return Undone(b"".join(output))


def _room(encoded_bytes: int, limits: Limits) -> int:
    """How many bytes may come out of so many."""
    return min(limits.body_bytes, max(limits.ratio_from_bytes, limits.ratio * encoded_bytes))
