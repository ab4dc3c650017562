"""Fold code points, so that two ways to write one name become one.

In:    single code points.
Out:   what they fold to, and how that behaves in a word (docs/reference/matching.md, section 1.3).
Else:  escapes and byte offsets are `plain.characters`; the native kernel has tables generated from the same data.

Everything here asks the standard library's Unicode tables directly, one code point at a time, and remembers the answer.
"""

from __future__ import annotations

import unicodedata

WORD, IDEO, EXTEND, SEP = "w", "i", "e", " "

_SCRIPTS_WITHOUT_SPACES = frozenset("CJK HIRAGANA KATAKANA BOPOMOFO THAI LAO KHMER MYANMAR".split())

_MAPPED = {
    "\N{ARABIC LETTER ALEF WASLA}": "\N{ARABIC LETTER ALEF}",
    "\N{ARABIC LETTER ALEF MAKSURA}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER FARSI YEH}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER KEHEH}": "\N{ARABIC LETTER KAF}",
    "\N{ARABIC LETTER TEH MARBUTA}": "\N{ARABIC LETTER HEH}",
    "\N{LATIN SMALL LETTER DOTLESS I}": "i",
}


def fold(char: str) -> str:
    """Return the folded characters that a code point stands for; "" if it is dropped.

    char     one code point; a surrogate stands for an undecodable byte and gives U+FFFD
    Returns  usually one character; several for ligatures and fractions

    >>> fold("É"), fold("ß"), fold("٣"), fold("\u200b")
    ('e', 'ss', '3', '')
    """
    if unicodedata.category(char) == "Cs":
        return "\N{REPLACEMENT CHARACTER}"
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", char).casefold())
    return "".join(_map(part) for part in decomposed if not _is_dropped(part))


def class_of(char: str) -> str:
    """Return how a folded character behaves: WORD, IDEO, EXTEND or SEP."""
    category, code = unicodedata.category(char), ord(char)
    if 0x1100 <= code <= 0x115F or code in (0x3007, 0x30FC):
        return IDEO
    if 0x1160 <= code <= 0x11FF or category[0] == "M":
        return EXTEND
    if category[0] == "L":
        script = unicodedata.name(char, "").replace("-", " ").split(" ")[0]
        return IDEO if script in _SCRIPTS_WITHOUT_SPACES or code in (0x3005, 0x3006, 0x303B) else WORD
    return WORD if category[0] == "N" else SEP


def is_letter(word: str) -> bool:
    """Return whether a folded word is a single letter of a script that has words: an initial."""
    return len(word) == 1 and class_of(word) == WORD and unicodedata.category(word)[0] == "L"


class FoldTable(dict[int, str]):
    """What str.translate needs to fold a text; grows by what is met."""

    def __missing__(self, code: int) -> str:
        # A bracket that is no bracket of a tag is the one thing that is made unlike itself: a full-width < is none.
        folded = fold(chr(code)) if code in (0x3C, 0x3E) else fold(chr(code)).translate(NO_BRACKETS)
        self[code] = folded
        return folded


class ClassTable(dict[int, str]):
    """What str.translate needs to turn a folded text into its classes; grows by what is met."""

    def __missing__(self, code: int) -> str:
        behaviour = self[code] = class_of(chr(code))
        return behaviour


NO_BRACKETS = {0x3C: "\N{REPLACEMENT CHARACTER}", 0x3E: "\N{REPLACEMENT CHARACTER}"}
FOLDED = FoldTable()
CLASSES = ClassTable()


def _is_dropped(char: str) -> bool:
    code, category = ord(char), unicodedata.category(char)
    if category == "Cf" or code in (0x640, 0x34F):
        return True
    if 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or code in (0x180B, 0x180C, 0x180D, 0x180F):
        return True  # Variation selectors choose a glyph, not a letter.
    combining = unicodedata.combining(char)
    return category in ("Mn", "Me") and (10 <= combining <= 102 or combining >= 200)


def _map(char: str) -> str:
    if unicodedata.category(char) == "Nd":
        return str(unicodedata.decimal(char))
    return _MAPPED.get(char, char)
