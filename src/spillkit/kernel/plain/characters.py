"""Read a body as folded characters that remember where they came from.

In:    the bytes of a decoded body.
Out:   its folded text, and for every character the byte span of the unit that gave it.
Else:  what one code point folds to is `kernel.fold`; words, windows and matches are `plain.matches`.

This is docs/reference/matching.md, section 1, in its order.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable
from html.entities import html5 as _ENTITIES  # noqa: N812 - a table
from itertools import accumulate

from spillkit.kernel.fold import CLASSES, FOLDED, NO_BRACKETS

_SEPARATOR = "\N{REPLACEMENT CHARACTER}"
_STRETCH_CHARS = 2048  # Offsets inside a stretch are counted when first asked for; this bounds the count.
_LONGEST_CHAIN = 4


class Characters:
    """The folded characters of a body, what is dropped left out.

    text     one character each
    classes  how each behaves: "w" WORD, "i" IDEO, "e" EXTEND, " " separator; same length
    """

    __slots__ = ("_byte_at", "_ends", "_sources", "_text_at", "classes", "text")

    def __init__(self, body: bytes) -> None:
        self._text_at: list[int] = []  # where each piece begins in the text …
        self._byte_at: list[int] = []  # … and in the body
        # A piece is one unit written with an escape (its end, an int) or a stretch of plain code points (a str).
        self._sources: list[int | str] = []
        self._ends: dict[int, tuple[list[int], list[int]]] = {}
        self.text = self._read(body)
        self.classes = self.text.translate(CLASSES)

    def start(self, position: int) -> int:
        """Return the first byte of the unit that gave the character at a position of the text."""
        return self._span(position)[0]

    def end(self, position: int) -> int:
        """Return one past the last byte of the unit that gave the character at a position of the text."""
        return self._span(position)[1]

    def _read(self, body: bytes) -> str:
        parts: list[str] = []
        length = 0

        def add(folded: str, byte_at: int, source: int | str) -> None:
            nonlocal length
            if folded:
                self._text_at.append(length)
                self._byte_at.append(byte_at)
                self._sources.append(source)
                parts.append(folded)
                length += len(folded)

        at = 0
        while at < len(body):
            special = _SPECIAL.search(body, at)
            stop = special.start() if special else len(body)
            if stop > at:
                # 1.2: bytes that are no UTF-8 become surrogates, one each, and those fold to separators.
                plain = body[at:stop].decode("utf-8", "surrogateescape")
                for first in range(0, len(plain), _STRETCH_CHARS):
                    stretch = plain[first : first + _STRETCH_CHARS]
                    add(stretch.lower() if stretch.isascii() else stretch.translate(FOLDED), at, stretch)
                    at += len(stretch.encode("utf-8", "surrogateescape"))
            if special is None:
                break
            if special[0][:1] == b"<":
                at = special.end()  # 1.4: a <wbr> leaves nothing behind.
                continue
            unescaped, at = read_escape(body, stop)
            folded = unescaped.translate(FOLDED)
            add(folded if body[stop : stop + 1] == b"\\" else folded.translate(NO_BRACKETS), stop, at)
        return "".join(parts)

    def _span(self, position: int) -> tuple[int, int]:
        piece = bisect_right(self._text_at, position) - 1
        first, source = self._byte_at[piece], self._sources[piece]
        if isinstance(source, int):
            return first, source
        inside = position - self._text_at[piece]
        if source.isascii():
            return first + inside, first + inside + 1
        if piece not in self._ends:
            # Where each code point of the stretch ends, in folded characters and in bytes.
            self._ends[piece] = (
                list(accumulate(len(FOLDED[ord(char)]) for char in source)),
                list(accumulate(map(_utf8_bytes, source), initial=0)),
            )
        text_ends, byte_ends = self._ends[piece]
        char = bisect_right(text_ends, inside)
        return first + byte_ends[char], first + byte_ends[char + 1]


def read_escape(body: bytes, at: int) -> tuple[str, int]:
    r"""Return what the escape at a position stands for, and where it ends; the byte itself if it begins none.

    body     the bytes
    at       where one of & \ % stands
    Returns  one code point (two for a few HTML entities), U+FFFD for a broken one; one past its last byte
    Source   docs/reference/matching.md, section 1.1

    >>> read_escape(b"&amp;#233;!", 0)
    ('é', 10)
    """
    lead, behind = chr(body[at]), at + 1
    for _ in range(_LONGEST_CHAIN):
        found = _READERS[lead](body, behind)
        if found is None:
            break
        unescaped, behind = found
        if unescaped not in _READERS:
            return unescaped, behind
        lead = unescaped  # What came out begins an escape in turn: &amp;#233;
    return lead, behind


def _read_entity(body: bytes, at: int) -> tuple[str, int] | None:
    if number := _ENTITY_NUMBER.match(body, at):
        code = int(number["decimal"]) if number["decimal"] else int(number["hex"], 16)
        return _code_point(code, windows_1252=True), number.end()
    if not (found := _ENTITY_NAME.match(body, at)):
        return None
    name = found[0].decode("ascii")
    if body[found.end() : found.end() + 1] == b";" and name + ";" in _ENTITIES:
        return _ENTITIES[name + ";"], found.end() + 1
    for length in range(len(name), 0, -1):
        if name[:length] in _ENTITIES:
            return _ENTITIES[name[:length]], at + length
    return None


def _read_backslash(body: bytes, at: int) -> tuple[str, int] | None:
    if braced := _BACKSLASH_BRACED.match(body, at):
        return _code_point(int(braced[1], 16)), braced.end()
    if two := _BACKSLASH_X.match(body, at):
        return chr(int(two[1], 16)), two.end()
    if four := _BACKSLASH_U.match(body, at):
        code, behind = int(four[1], 16), four.end()
        if 0xD800 <= code <= 0xDBFF and (low := _LOW_SURROGATE.match(body, behind)):
            return chr(0x10000 + (code - 0xD800 << 10) + (int(low[1], 16) - 0xDC00)), low.end()
        return _code_point(code), behind
    meaning = _BACKSLASH_LETTERS.get(body[at : at + 1])
    return None if meaning is None else (meaning, at + 1)


def _read_percent(body: bytes, at: int) -> tuple[str, int] | None:
    if not (first := _PERCENT_BYTE.match(body, at)):
        return None
    lead = int(first[1], 16)
    behind, encoded = first.end(), bytes([lead])
    for _ in range(0 if lead < 0xC0 else 1 if lead < 0xE0 else 2 if lead < 0xF0 else 3):
        if not (more := _PERCENT_CONTINUATION.match(body, behind)):
            break
        encoded += bytes([int(more[1], 16)])
        behind = more.end()
    try:
        return encoded.decode("utf-8"), behind
    except UnicodeDecodeError:
        return _SEPARATOR, first.end()


def _code_point(code: int, *, windows_1252: bool = False) -> str:
    if windows_1252 and 128 <= code <= 159:
        return bytes([code]).decode("cp1252", "replace")
    if code == 0 or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return _SEPARATOR
    return chr(code)


def _utf8_bytes(char: str) -> int:
    """Return how many bytes of the body a code point took; a surrogate stands for one that is no UTF-8."""
    code = ord(char)
    return 1 if code < 0x80 or 0xDC80 <= code <= 0xDCFF else 2 if code < 0x800 else 3 if code < 0x10000 else 4


_SPECIAL = re.compile(rb"[&\\%]|<wbr(?: ?/)?>|</wbr>", re.IGNORECASE)
_ENTITY_NUMBER = re.compile(rb"#(?:(?P<decimal>[0-9]{1,8})|[xX](?P<hex>[0-9a-fA-F]{1,8}));?")
_ENTITY_NAME = re.compile(rb"[A-Za-z0-9]{1,%d}" % (max(map(len, _ENTITIES)) - 1))
_BACKSLASH_BRACED = re.compile(rb"u\{([0-9a-fA-F]{1,6})\}")
_BACKSLASH_U = re.compile(rb"u([0-9a-fA-F]{4})")
_BACKSLASH_X = re.compile(rb"x([0-9a-fA-F]{2})")
_LOW_SURROGATE = re.compile(rb"\\{1,4}u([dD][c-fC-F][0-9a-fA-F]{2})")
_BACKSLASH_LETTERS = {
    b"n": "\n",
    b"r": "\r",
    b"t": "\t",
    b"f": "\f",
    b"b": "\b",
    b"v": "\v",
    **{char.encode(): char for char in "/\"'\\\n"},
}
_PERCENT_BYTE = re.compile(rb"([0-9a-fA-F]{2})")
_PERCENT_CONTINUATION = re.compile(rb"%(?:25){0,3}([89abAB][0-9a-fA-F])")
_READERS: dict[str, Callable[[bytes, int], tuple[str, int] | None]] = {
    "&": _read_entity,
    "\\": _read_backslash,
    "%": _read_percent,
}
