"""Cut a text into blocks and sentences.

In:    text of a document.
Out:   Block: a paragraph, heading or item of a list, folded, with its sentences and what leads into it.
Else:  what the sentences say is `read_claims`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from spillkit.notices.lint.folded import Folded, fold

_MARKS = "[\\s\u200e\u200f\u2066-\u2069]*"
_ITEM = re.compile(rf"{_MARKS}(?:[-*•‣◦·–—]|\(?\d{{1,2}}[.)]|\(?[a-z][.)])\s+")
_EMPTY_LINE = re.compile(r"\n[^\S\n]*\n")
_RULE = re.compile(rf"{_MARKS}[-=_*~─━]{{3,}}{_MARKS}")  # under a heading
_HEADING = re.compile(r"\s*#{1,6}\s")
_LONGEST = 1000  # characters of a sentence
_COLUMNS = 60  # a line that could have taken the next word within so many was ended on purpose
# A full stop ends a sentence unless a short number or a single letter stands before it ("20. November", "z. B.", "p.m.").
_SHORTENED = "".join(rf"(?<!\b{word})" for word in ("ca", "nr", "no", "art", "kl", "tel", "godz", "bzw", "st", "dr"))
_STOP = re.compile(rf"(?<!\b[a-z])(?<!\b\d)(?<!\b\d\d){_SHORTENED}[.!?…]+[\"')\]]* |(?<=\d{{4}})\. |[。！？؟!?]+")


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text without an empty line or a line ended on purpose."""

    raw: str  # as it stands in the text
    start: int  # of its first character in the text
    folded: Folded  # places in it are counted from the start
    is_item: bool
    is_heading: bool
    lead: str  # folded text of the block that leads into this one: it ends with a colon, or is a heading; "" if none

    def sentences(self) -> Iterator[tuple[int, int]]:
        """Yield each sentence's span in the folded text; a longer one than anybody reads is cut."""
        begin = 0
        text = self.folded.text
        for end in (*(stop.end() for stop in _STOP.finditer(text)), len(text)):
            while end - begin > _LONGEST:
                cut = text.rfind(" ", begin + 1, begin + _LONGEST) + 1 or begin + _LONGEST
                yield begin, cut
                begin = cut
            if text[begin:end].strip():
                yield begin, end
            begin = max(begin, end)


def blocks(text: str, folding: Callable[[str], Folded] = fold) -> list[Block]:
    """Return the blocks of a text in their order.

    folding  `fold`, or one that remembers what it folded
    """
    found: list[Block] = []
    heading = lead = ""
    in_list, last = False, 0
    for start, end, is_ruled in _spans(text):
        raw = text[start:end]
        folded = folding(raw)
        if not folded.text.strip():
            continue
        is_item = bool(_ITEM.match(raw))
        bare = folded.text.strip(" *_#")
        ends = bare.endswith((".", "!", ":", ",", "。", "："))
        is_heading = is_ruled or bool(_HEADING.match(raw)) or (len(bare) <= 60 and not is_item and not ends)
        before = found[-1] if found else None
        if is_heading:
            heading, lead = bare, ""
        elif is_item:
            if not in_list:
                lead = f"{heading} {_last_sentence(before)}".strip() if before and not before.is_heading else heading
        else:
            # Prose is led into by its heading only where it stands right below.
            lead = heading if before is not None and before.is_heading else ""
        # What stands right below an entry, the reason of a step, belongs to it; the next entry goes on with the list.
        in_list = is_item or (in_list and not is_heading and not _EMPTY_LINE.search(text, last, start))
        last = end
        found.append(Block(raw, start, folded, is_item, is_heading, lead))
    return found


def _last_sentence(block: Block) -> str:
    spans = list(block.sentences())
    return block.folded.text[slice(*spans[-1])].strip() if spans else ""


def _spans(text: str) -> Iterator[tuple[int, int, bool]]:
    """Yield (start, end, whether a line is drawn below it) of each block."""
    begin: int | None = None
    end = 0
    previous = ""
    for line in re.finditer(r"[^\n]*\n|[^\n]+", text):
        words = line[0].strip()
        is_rule = bool(_RULE.fullmatch(words))
        if begin is not None and (
            not words
            or is_rule
            or _ITEM.match(line[0])
            or _HEADING.match(line[0])
            or _ended_on_purpose(previous, words)
        ):
            yield begin, end, is_rule
            begin = None
        if not words or is_rule:
            continue
        begin = line.start() if begin is None else begin
        end = line.start() + len(line[0].rstrip("\n"))
        previous = words
    if begin is not None:
        yield begin, end, False


def _ended_on_purpose(line: str, following: str) -> bool:
    """Whether a line was ended although the next word had room in it."""
    if line.endswith((":", "：")):
        return True
    word = following.split(maxsplit=1)[0]
    is_wide = any(unicodedata.east_asian_width(letter) in "WF" for letter in word)
    return _width(line) + 1 + (2 if is_wide else _width(word)) <= _COLUMNS


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)
