"""Write the native kernel's tables of folding, classes and HTML entities, from this Python's own data.

In:    `unicodedata` (through kernel.fold) and `html.entities`: nothing is typed.
Out:   native/generated/tables.bin, which the Rust crate includes (native/src/fold.rs and escape.rs read it).
Else:  what the numbers mean for matching is docs/reference/matching.md, section 1.

setup.py loads this file and kernel/fold.py by path, so neither may import anything but the standard library.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Callable
from html.entities import html5
from pathlib import Path
from typing import Protocol

MAGIC = b"SPILLTAB"
VERSION = 1
SEP, WORD, IDEO, EXTEND, DROP, SEVERAL = range(6)

_BLOCK = 64  # code points to a block; equal blocks are kept once
_ANY_SEPARATOR = b"\xff"  # bytes that UTF-8 never has stand for separators outside ASCII …
_ANY_DASH = b"\xfe"  # … and for the dashes that may stand between digits of a phone number
_DASHES = frozenset(map(chr, (*range(0x2010, 0x2016), 0x2212)))


class Folding(Protocol):
    """What of kernel.fold is needed here."""

    fold: Callable[[str], str]
    class_of: Callable[[str], str]
    is_letter: Callable[[str], bool]


def write_tables(path: Path, folding: Folding) -> None:
    """Write the tables file.

    path     where; parent folders are made
    folding  the module kernel.fold
    """
    entries, pool = _fold_all(folding)
    order: dict[tuple[int, ...], int] = {}
    block_of = [
        order.setdefault(tuple(entries[first : first + _BLOCK]), len(order)) for first in range(0, len(entries), _BLOCK)
    ]
    names = sorted((name.encode("ascii"), tuple(map(ord, text))) for name, text in html5.items())
    windows = [ord(bytes([code]).decode("cp1252", "replace")) for code in range(128, 160)]
    parts = [
        MAGIC,
        struct.pack("<I16s", VERSION, unicodedata.unidata_version.encode("ascii")),
        struct.pack("<IIII", len(block_of), len(order), len(pool), len(names)),
        struct.pack("<32I", *windows),
        struct.pack(f"<{len(block_of)}H", *block_of),
        *(struct.pack(f"<{_BLOCK}Q", *block) for block in order),
        pool,
        *(struct.pack("<B35sII", len(name), name, codes[0], codes[1] if codes[1:] else 0) for name, codes in names),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(parts))


def _fold_all(folding: Folding) -> tuple[list[int], bytes]:
    """Return an entry for each of the 0x110000 code points, and the bytes of those that fold to several.

    An entry of one character: class | letter << 3 | length << 4 | its bytes << 32.
    An entry of several: SEVERAL | count << 4 | offset into the pool << 32; there each is class | length << 4, bytes.
    """
    pool = bytearray()
    entries = []
    items: dict[str, tuple[int, bytes]] = {}
    for code in range(0x110000):
        char = chr(code)
        parts = []
        for part in folding.fold(char):
            if part in "<>" and char not in "<>":
                part = "\N{REPLACEMENT CHARACTER}"  # matching.md 1.3: only a raw bracket is one
            if part not in items:
                items[part] = _item(part, folding)
            parts.append(items[part])
        if not parts:
            entries.append(DROP)
        elif len(parts) == 1:
            kind, encoded = parts[0]
            letter = kind == WORD and folding.is_letter(encoded.decode())
            value = int.from_bytes(encoded, "little")
            entries.append(kind | letter << 3 | len(encoded) << 4 | value << 32)
        else:
            entries.append(SEVERAL | len(parts) << 4 | len(pool) << 32)
            for kind, encoded in parts:
                pool += bytes([kind | len(encoded) << 4]) + encoded
    return entries, bytes(pool)


def _item(char: str, folding: Folding) -> tuple[int, bytes]:
    """Return class and bytes of one folded character."""
    kind = {"w": WORD, "i": IDEO, "e": EXTEND, " ": SEP}[folding.class_of(char)]
    if kind != SEP or char.isascii():
        return kind, char.encode()
    return kind, _ANY_DASH if char in _DASHES else _ANY_SEPARATOR
