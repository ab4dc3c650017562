"""A duty of a case changes, or is met.

In:    a case, and which duty.
Out:   the case with that duty changed, or CaseDamaged where it has none.
Else:  what the engine says of duties is folded in `deciding`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from spillkit.case.events import DutyRef, Event
from spillkit.case.fold.step import changed, must
from spillkit.case.state import Case, DutyState


def with_duty(case: Case, event: Event, ref: DutyRef, change: Callable[[DutyState], DutyState]) -> Case:
    """Return the case with one duty changed."""
    must(case.duty(ref) is not None, event, "the case has no such duty")
    return changed(case, duties=tuple(change(state) if state.ref == ref else state for state in case.duties))


def met(state: DutyState, met_at: datetime, event: str) -> DutyState:
    """Return a duty that was done. It is met by what was done first; a follow-up changes nothing about it."""
    if state.met_at is not None and state.met_at <= met_at:
        return state
    return changed(state, met_at=met_at, met_by=event)
