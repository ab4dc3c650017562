"""Say where a text contradicts the facts, or another text.

In:    nothing.
Out:   Contradiction, Unchecked, Checked; the words in which they are told.
Else:  finding them is `against` and `between`; what becomes of one is `decisions`.

A contradiction never quotes the text.
"""

from __future__ import annotations

import hashlib

import msgspec

from spillkit.notices.lint.claims import Text


class Contradiction(msgspec.Struct, frozen=True):
    """A place where a text says something else than the facts, or than another text."""

    rule: str  # of `rules.RULES`
    document: str
    start: int  # characters into the document's text; both 0 where something is missing
    end: int
    line: int  # from 1; 0 where something is missing
    says: str  # in our words
    other: str  # what the facts say, or the other text
    digest: str  # of the document's text
    other_document: str = ""
    other_start: int = 0
    other_end: int = 0
    other_digest: str = ""

    @property
    def id(self) -> str:
        """16 hex digits: the same for the same rule, place, wording and facts, so that no decision outlives what it was about."""
        parts = (self.rule, self.document, self.digest, self.start, self.end, self.says, self.other)
        others = (self.other_document, self.other_digest, self.other_start, self.other_end)
        return hashlib.sha256(repr((*parts, *others)).encode()).hexdigest()[:16]


class Unchecked(msgspec.Struct, frozen=True):
    """A claim that no fact decides. It stops nothing, and nobody has checked it."""

    document: str
    kind: str
    value: str
    start: int
    end: int
    line: int


class Checked(msgspec.Struct, frozen=True):
    """What came of holding texts against the facts and each other."""

    contradictions: tuple[Contradiction, ...]
    unchecked: tuple[Unchecked, ...]
    languages: dict[str, tuple[str, ...]]  # in which each document was read
    claims: dict[str, int]  # how many things each document says


def line_of(document: Text, place: int) -> int:
    """Return the line of a character, counted from 1."""
    return document.text.count("\n", 0, place) + 1


def members(count: str) -> str:
    """Say how many of the staff it was: "one" or "several"."""
    return {"one": "one member of staff", "several": "several members of staff"}[count]
