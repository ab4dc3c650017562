"""Put the sections of a notice below headings that a law prescribes.

In:    sections; a title and five headings.
Out:   the same sentences in five sections.
Else:  which law prescribes them is `demands`.
"""

from __future__ import annotations

from spillkit.errors import WordingError
from spillkit.notices.document import Block, BlockKind, Section
from spillkit.notices.wording import Line

# Which sections stand below which of the five statutory headings, in order.
_UNDER: tuple[tuple[str, ...], ...] = (
    ("happened", "seen", "when"),
    ("data", "means"),
    ("did", "unknown"),
    ("do", "never", "check"),
    ("contact", "authority", "sender"),
)


def under_headings(
    sections: tuple[Section, ...], headings: tuple[str, ...], language: str
) -> tuple[tuple[Section, ...], Line]:
    """Put sections below headings that a law prescribes: a title and five.

    Source  California Civil Code 1798.82(d)(1); src/spillkit/law/data/rules/us-ca.toml
    Raises  WordingError if a law prescribes another number of headings: nobody has said what stands below them
    """
    title, *prescribed = headings
    if len(prescribed) != len(_UNDER):
        raise WordingError("A law prescribes headings whose sections are not known here. Write this notice by hand.")
    by_id = {section.id: section for section in sections}
    found = []
    for heading, names in zip(prescribed, _UNDER):
        own = [by_id[name] for name in names if name in by_id]
        blocks: list[Block] = []
        for place, section in enumerate(own):
            # The first section's own heading says what the statutory one says, in the reader's language.
            if place or language != "en":
                blocks.append(Block(BlockKind.HEADING, (section.heading,)))
            blocks += section.blocks
        carries = tuple(dict.fromkeys(item for section in own for item in section.carries))
        found.append(Section(own[0].id if own else names[0], heading, tuple(blocks), carries))
    return tuple(found), (title,)
