"""Cut a text into blocks and sentences.

In:    text of a document.
Out:   Block: a paragraph, heading or item of a list, folded, with its sentences and what leads into it.
Else:  what the sentences say is `read_claims`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from spillkit.notices.lint.folded import Folded, fold

_ITEM = re.compile(r"\s*(?:[-*•‣◦·–—]|\(?\d{1,2}[.)]|\(?[a-z][.)])\s+")
_HEADING = re.compile(r"\s*#{1,6}\s")
_COLUMNS = 60  # a line that could have taken the next word within so many was ended on purpose
# A full stop ends a sentence unless a short number or a single letter stands before it ("20. November", "z. B.", "p.m.").
_SHORTENED = "".join(rf"(?<!\b{word})" for word in ("ca", "nr", "no", "art", "kl", "tel", "godz", "bzw", "st", "dr"))
_STOP = re.compile(rf"(?<!\b[a-z])(?<!\b\d)(?<!\b\d\d){_SHORTENED}[.!?…]+[\"')\]]* |(?<=\d{{4}})\. |[。！？؟!?]+")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text without an empty line or a line ended on purpose."""

    folded: Folded
    is_item: bool
    is_heading: bool
    lead: str  # folded text of the block that leads into this one: it ends with a colon, or is a heading; "" if none

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Yield each sentence's span in the folded text."""
        begin = 0
        text = self.folded.text
        for stop in _STOP.finditer(text):
            if stop.end() > begin:
                yield begin, stop.end()
            begin = stop.end()
        if text[begin:].strip():
            yield begin, len(text)


def blocks(text: str) -> list[Block]:
    """Return the blocks of a text in their order."""
    found: list[Block] = []
    lead, was_item = "", False
    for start, end, after_gap in _spans(text):
        raw = text[start:end]
        folded = fold(raw, start)
        if not folded.text.strip():
            continue
        is_item = bool(_ITEM.match(raw))
        bare = folded.text.rstrip(" *_")
        is_heading = bool(_HEADING.match(raw)) or (
            len(bare) <= 60 and not is_item and not bare.endswith((".", "!", ":", ",", "。"))
        )
        # A list goes on being led into; prose after it begins anew.
        if not is_item and (
            was_item or is_heading or (after_gap and found and not found[-1].is_heading and not lead.endswith(":"))
        ):
            lead = ""
        found.append(Block(folded, is_item, is_heading, lead))
        if bare.endswith(":") or is_heading:
            lead = bare
            was_item = False
        else:
            was_item = is_item
            if not is_item and not lead.endswith(":"):
                lead = ""
    return found


def _spans(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, whether an empty line stands before it) of each block."""
    begin: int | None = None
    end = 0
    gap, gap_before = True, True
    previous = ""
    for line in re.finditer(r"[^\n]*\n|[^\n]+", text):
        words = line[0].strip()
        if not words:
            if begin is not None:
                yield begin, end, gap_before
            begin, gap = None, True
            continue
        if begin is not None and (
            _ITEM.match(line[0]) or _HEADING.match(line[0]) or _ended_on_purpose(previous, words)
        ):
            yield begin, end, gap_before
            begin = None
        if begin is None:
            begin, gap_before = line.start(), gap
            gap = False
        end = line.start() + len(line[0].rstrip("\n"))
        previous = line[0].strip()
    if begin is not None:
        yield begin, end, gap_before


def _ended_on_purpose(line: str, following: str) -> bool:
    """Whether a line was ended although the next word had room in it."""
    if line.endswith((":", "：")):
        return True
    word = following.split(maxsplit=1)[0]
    is_wide = any(unicodedata.east_asian_width(letter) in "WF" for letter in word)
    return _width(line) + 1 + (2 if is_wide else _width(word)) <= _COLUMNS


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
