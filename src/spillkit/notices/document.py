"""What a notice is before it is a mail or a page: sections of lines in which every value is marked as what it is.

In:    nothing.
Out:   Document, Part, Section, Block.
Else:  writing one is `structure`; its words are `wording`; as text and HTML it is `render`.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from spillkit.notices.told import Kind
from spillkit.notices.wording import Line, Value


class BlockKind(StrEnum):
    PARAGRAPH = "paragraph"
    ITEM = "item"  # of a list without order
    STEP = "step"  # of a list in order
    SHOWN = "shown"  # alone on its line: what a reader types
    HEADING = "heading"  # below the section's own


class Block(msgspec.Struct, frozen=True):
    """A paragraph, or one entry of a list."""

    kind: BlockKind
    line: Line
    reason: Line = ()  # of a step
    about: str = ""  # name of the sentence: "did.stopped"


class Section(msgspec.Struct, frozen=True):
    """What stands below one heading."""

    id: str  # "happened", "data", "seen", …
    heading: str
    blocks: tuple[Block, ...]
    carries: tuple[str, ...] = ()  # ids of the law's content.toml


class Part(msgspec.Struct, frozen=True):
    """The whole notice in one language."""

    language: str
    title: Line
    salutation: Line  # () in a public statement
    sections: tuple[Section, ...]
    written_on: Value | None = None


class Document(msgspec.Struct, frozen=True):
    """A notice, a letter or a statement, before it is a mail or a page."""

    kind: Kind | None  # None: the public statement
    parts: tuple[Part, ...]  # one, or two
    postal: tuple[str, ...] = ()  # a letter's head; () for everything but paper
