"""What the folding of every event needs.

In:    an event, and what must hold before it.
Out:   Folding, the shape of a row in the tables of foldings; `changed`, `signature`; CaseDamaged where an event cannot stand there.
Else:  the foldings stand in `life`, `knowing`, `deciding`, `telling`, `mailing` and `working`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from spillkit.case.events import Event, kind_of
from spillkit.case.state import Case, Signature
from spillkit.errors import CaseDamaged

Folding = Callable[[Case, Any, int], Case]  # a case, an event and its number, to the case after it

changed = msgspec.structs.replace


def must(holds: bool, event: Event, otherwise: str) -> None:
    """Refuse an event where something does not hold that it needs."""
    if not holds:
        raise damaged(event, otherwise)


def damaged(event: Event, why: str) -> CaseDamaged:
    """Return the refusal of an event, by its id."""
    return CaseDamaged(
        f"Event {event.id} ({kind_of(event)}) cannot stand where it stands: {why}. Check the record with spillkit prove verify."
    )


def signature(event: Event, number: int) -> Signature:
    """Return who said an event, and when."""
    return Signature(
        event=event.id,
        actor=event.actor,
        role=event.role,
        at=event.at,
        number=number,
        reason=str(getattr(event, "reason", "")),
    )
