"""Add up stored events, and refuse a list that is not whole.

In:    events as they were stored, each with its number and digest, and how many there must be.
Out:   the case, or CaseDamaged that names the first event that is missing, stands twice, changed places or was altered.
Else:  `fold` takes events as they come; that nobody altered the numbers as well is what the record proves.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from spillkit.case.events import Event, digest
from spillkit.case.fold.adding import EMPTY, apply
from spillkit.case.state import Case
from spillkit.errors import CaseDamaged


class Stored(NamedTuple):
    """An event as it was stored."""

    number: int  # in its case, from 1
    digest: str  # as it was when it was stored
    event: Event


def fold_whole(stored: Iterable[Stored], version: int) -> Case:
    """Return the case after all stored events.

    stored   in the order of their numbers
    version  the number of the last one; 0: there is none
    Raises   CaseDamaged if one is missing, too many, in another place, altered, or cannot follow those before it
    """
    case = EMPTY
    for number, (given, named, event) in enumerate(stored, 1):
        if given != number:
            raise _damaged(number, f"event {given} stands in its place")
        if digest(event) != named:
            raise _damaged(number, "it is not what was stored under its digest")
        case = apply(case, event)
        if case.version != number:
            raise _damaged(number, "it stands there twice")
    if case.version != version:
        raise _damaged(min(case.version, version) + 1, f"there are {case.version} events where {version} were written")
    return case


def _damaged(number: int, why: str) -> CaseDamaged:
    return CaseDamaged(
        f"Event {number} of the case is not as it was: {why}. Check the record with spillkit prove verify."
    )
