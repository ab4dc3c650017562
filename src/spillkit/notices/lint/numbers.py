"""Read numbers, in digits of any script and in words up to twenty.

In:    folded text, a vocabulary.
Out:   Number: value, how it is bounded, where.
Else:  what is counted is `read_claims`; days and times are `days`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spillkit.notices.lint.claims import Bound
from spillkit.notices.lint.vocabulary import UNBROKEN, Vocabulary

# 1204 · 1,204 · 1.204 · 1 204 · 1'204 · 12,34,567 · 2.3 (then a scale)
_DIGITS = re.compile(r"(?<![\d.,:/])(?<!\d-)\d+(?:[,.' ]\d{2,3})*(?:[.,]\d+)?(?![\d:/]|[.,]\d|-\d)")
_GROUPED = re.compile(r"\d{1,3}(?:([,.' ])\d{3})(?:\1\d{3})*|\d{1,2}(?:,\d{2})+,\d{3}")
_BOUNDS = {"about": Bound.ABOUT, "most": Bound.MOST, "least": Bound.LEAST}
_JOINED = re.compile(r"[^\W\d_]+ $|- ?$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number that a text says."""

    value: int | None  # None: a number stands there that we do not read for sure
    bound: Bound
    start: int  # folded characters, of the number with its bound
    begin: int  # of the number alone
    end: int


def numbers(text: str, words: Vocabulary) -> Iterator[Number]:
    """Yield the numbers of a folded text in their order."""
    taken = 0
    for found in sorted([*_DIGITS.finditer(text), *words.number_word.finditer(text)], key=lambda one: one.start()):
        if found.start() < taken:
            continue
        value, end = _scaled(found, text, words)
        start, bound = _bound(text, found.start(), end, words)
        if not found[0][0].isdigit() and _goes_on(text, found.start(), found.end(), words):
            value = None  # "hundred and four", "twenty-one": a part is worse than nothing
        taken = end
        yield Number(value, bound, start, found.start(), end)


def _scaled(found: re.Match[str], text: str, words: Vocabulary) -> tuple[int | None, int]:
    end = found.end()
    scale = words.scale.match(text, end + (text[end : end + 1] == " "))
    factor = words.scales.get(scale[0], 1) if scale else 1
    value = _number(found[0], words)
    if value is None:
        return None, scale.end() if scale else end
    if not float(value * factor).is_integer():
        return None, scale.end() if scale else end
    return round(value * factor), scale.end() if scale else end


def _number(said: str, words: Vocabulary) -> float | None:
    if not said[0].isdigit():
        folded = said
        while folded and folded not in words.number_words:  # a prefix of Hebrew or Arabic
            folded = folded[1:]
        return float(words.number_words[folded]) if folded else None
    if said.isdigit():
        return float(said) if len(said) <= 12 else None
    if _GROUPED.fullmatch(said):
        return float(re.sub(r"\D", "", said))
    parts = re.fullmatch(r"(\d+)[.,](\d{1,2})", said)
    return float(f"{parts[1]}.{parts[2]}") if parts else None


def _bound(text: str, start: int, end: int, words: Vocabulary) -> tuple[int, Bound]:
    before = text[max(0, start - 40) : start]
    after = text[end : end + 16]
    for name, bound in _BOUNDS.items():
        for found in words.of("bound", name).finditer(before):
            if not before[found.end() :].strip():
                return start - len(before) + found.start(), bound
        behind = words.of("bound_after", name).match(after.lstrip()) if after else None
        if behind:
            return start, bound
        if words.language in UNBROKEN or words.language == "ko":
            # The counter stands between: 1,204 人以上
            behind = words.of("bound_after", name).search(after[:6])
            if behind:
                return start, bound
    return start, Bound.EXACT


def _goes_on(text: str, start: int, end: int, words: Vocabulary) -> bool:
    """Whether a number word is part of a longer number."""
    before, after = text[:start].rstrip(" -"), text[end:].lstrip(" -")
    last = re.search(r"[^\W_]+$", re.sub(r" (?:and|und|et|e|y|i|en|och|ve)$", "", before))
    first = re.match(r"[^\W_]+", after)
    ahead = {*words.scales}
    if last and (last[0] in ahead or (last[0] in words.number_words and words.number_words[last[0]] > 1)):
        return True
    return bool(
        first
        and first[0] in words.number_words
        and words.language not in UNBROKEN
        and first[0] not in ("a", "un", "una")
    )
