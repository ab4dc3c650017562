"""One notice as the company's own application gets it: ids, words and a code, no name and no address.

In:    Addressed, Words.
Out:   Row, the same for the same notice and person each time.
Else:  writing rows to a file is `file`, handing them to the application one by one `hook`.
"""

from __future__ import annotations

import msgspec

from spillkit.notices.channels.channel import Addressed
from spillkit.notices.channels.words import Words


class Row(msgspec.Struct, frozen=True):
    """What the application shows to whoever is signed in to one of the accounts."""

    notice: str  # id: the same notice is the same row, whatever is repeated
    subjects: tuple[str, ...]  # ids of the person's accounts; of several people where `is_shared`
    is_shared: bool
    kind: str
    entity: str
    languages: tuple[str, ...]  # of the text, in its order
    subject: str  # one line: the heading
    text: str  # lines end in \\n; no HTML
    code: str  # as it is typed


def row_of(one: Addressed, words: Words) -> Row:
    """Return a notice as a row. WordingError where there is no text for him."""
    told, text = one.told, words.text(one)
    return Row(
        notice=told.id,
        subjects=tuple(told.subjects),
        is_shared=told.is_shared,
        kind=told.kind.value,
        entity=told.entity,
        languages=text.languages,
        subject=text.subject,
        text=text.text,
        code=words.code(told),
    )
