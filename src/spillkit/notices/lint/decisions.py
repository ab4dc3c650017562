"""A contradiction stops the sending until two people decide.

In:    contradictions; decisions of people.
Out:   whether the texts may be sent, and what is still open.
Else:  finding contradictions is `compare`; signing is the case's.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from spillkit.notices.lint.contradictions import Contradiction


class Decision(msgspec.Struct, frozen=True):
    """What one person says to one contradiction."""

    contradiction: str  # its id: a changed wording, place or fact makes another one
    by: str  # the company's id of who decides
    may_stand: bool  # the text is right as it is; False: it must be changed
    because: str


def open_contradictions(
    contradictions: Iterable[Contradiction], decisions: Iterable[Decision]
) -> tuple[Contradiction, ...]:
    """Return the contradictions that still stop the sending.

    One is settled when two different people say, each with a reason, that it may stand, and nobody says that it must not.
    The last word of a person counts.
    """
    last: dict[tuple[str, str], Decision] = {(one.contradiction, one.by): one for one in decisions if one.by}
    left = []
    for contradiction in contradictions:
        said = [one for (about, _), one in last.items() if about == contradiction.id]
        agreed = {one.by for one in said if one.may_stand and one.because.strip()}
        if len(agreed) < 2 or any(not one.may_stand for one in said):
            left.append(contradiction)
    return tuple(left)


def may_send(contradictions: Iterable[Contradiction], decisions: Iterable[Decision]) -> bool:
    """Say whether nothing stops the sending any more.

    >>> may_send([], [])
    True
    """
    return not open_contradictions(contradictions, decisions)
