"""Fold text so that one pattern finds a word however it was typed, and keep the way back to each character.

In:    text.
Out:   Folded: lower case, one form for each letter, Western digits, single spaces; and where each character came from.
Else:  what is looked for is `vocabulary`.

Folded away: case, accents of Latin, Greek, Cyrillic, Arabic and Hebrew letters, full-width forms, tatweel, zero-width and
bidirectional marks, digits of other scripts, typographic quotes and dashes, line breaks. Japanese and Korean marks stay: there they
make another letter.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

_MARKS = "\u0300-\u036f\u3099\u309a\u064b-\u065f\u0591-\u05c7"
_LINE = re.compile(rf"[^\n]*\n[{_MARKS}]*|[^\n]+")
# A letter with the marks on it; Korean syllables that were taken apart.
_CLUSTER = re.compile(rf"[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|(?s:.)[{_MARKS}]*")
_SAME = str.maketrans({
    **dict.fromkeys("‘’ʼ´׳", "'"),
    **dict.fromkeys("“”„«»״", '"'),
    **dict.fromkeys("‐‑‒–—−־〜～", "-"),
    "ı": "i", "ى": "ي", "ـ": "", "ł": "l", "ø": "o", "đ": "d", "٫": ".", "٬": ",", "،": ",", "؛": ";",
})  # fmt: skip
_HIDDEN = frozenset({"Cf", "Cc", "Cs", "Cn", "Co"})
_DROPPED = _HIDDEN | {"Mn"}


@dataclass(frozen=True, slots=True)
class Folded:
    """Folded text and the way back."""

    text: str
    starts: tuple[int, ...]  # for each folded character, the first of the original; one more at the end

    def back(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of the original text behind a span of the folded one."""
        return self.starts[start], (self.starts[end - 1] + 1 if end > start else self.starts[start])


def fold(text: str) -> Folded:
    """Fold text.

    >>> fold("L’ADRESSE  e\u2011mail\\n١٢").text
    "l'adresse e-mail 12"
    """
    if text.isascii() and text.isprintable() and "  " not in text and not text.startswith(" "):
        return Folded(text.lower(), tuple(range(len(text) + 1)))
    letters: list[str] = []
    starts: list[int] = []
    for found in _CLUSTER.finditer(text):
        folded = _fold_cluster(found[0])
        if folded == " " and (not letters or letters[-1] == " "):
            continue
        letters += folded
        starts += [found.start()] * len(folded)
    starts.append(len(text))
    return Folded("".join(letters), tuple(starts))


def fold_lines(text: str, folding: Callable[[str], Folded]) -> Folded:
    """Return the same as `fold`, from its lines: for who remembers lines that come again.

    folding  folds one line
    """
    letters: list[str] = []
    starts: list[int] = []
    at = 0
    for line in _LINE.findall(text):
        folded = folding(line)
        letters.append(folded.text)
        starts += [at + start for start in folded.starts[:-1]]
        at += len(line)
    starts.append(at)
    return Folded("".join(letters), tuple(starts))


def fold_words(text: str) -> str:
    """Return only the folded text, for words that are looked for."""
    return fold(text).text


@lru_cache(8192)
def _fold_cluster(cluster: str) -> str:
    first = cluster[0]
    if first.isspace():
        return " "
    if unicodedata.category(first) in _HIDDEN:
        return ""
    digit = unicodedata.decimal(first, None)
    if digit is not None:
        return str(digit)
    whole = unicodedata.normalize("NFKC", cluster).translate(_SAME)
    if not whole or whole[0] >= "\u1100":  # kana, Han and Hangul keep their marks
        return whole.casefold()
    apart = unicodedata.normalize("NFKD", whole.casefold())
    # The two dots stay: in German "konnten" is a fact and "könnten" a hedge.
    kept = (letter for letter in apart if letter == "\u0308" or unicodedata.category(letter) not in _DROPPED)
    return unicodedata.normalize("NFC", "".join(kept)).translate(_SAME)
