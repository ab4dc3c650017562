"""Add up events to what a case is now.

In:    events in the order in which they happened, and a case to go on from.
Out:   the case after them, or CaseDamaged.
Else:  what one event changes stands in the tables of the parts: `life`, `knowing`, `deciding`, `telling`, `mailing`, `working`.
"""

from __future__ import annotations

from collections.abc import Iterable

from spillkit.case.about import about
from spillkit.case.events import QUIET, Event, Opened, Reopened, digest, kind_of
from spillkit.case.fold import deciding, knowing, life, mailing, telling, working
from spillkit.case.fold.step import Folding, changed, must
from spillkit.case.state import Case, Moment

EMPTY = Case()
# Which folding made a case. Add one when the same events give another case than before, or a Case has other parts: what was
# kept of the older folding is then made anew.
FOLDING = 2

_FOLDINGS: dict[type[Event], Folding] = {
    **life.FOLDINGS,
    **knowing.FOLDINGS,
    **deciding.FOLDINGS,
    **telling.FOLDINGS,
    **mailing.FOLDINGS,
    **working.FOLDINGS,
}


def fold(events: Iterable[Event], case: Case = EMPTY) -> Case:
    """Return the case after all events.

    case    to go on from; by default there is none yet
    Raises  CaseDamaged if an event cannot follow those before it, or one id stands for two different events
    """
    seen = {moment.id: moment.digest for moment in case.timeline}
    for event in events:
        named = digest(event)
        if event.id in seen:
            must(seen[event.id] == named, event, "its id stands for another event already")
            continue
        case = _add(case, event, named)
        seen[event.id] = named
    return case


def apply(case: Case, event: Event) -> Case:
    """Return the case after one more event; the same case if it has it already."""
    return fold((event,), case)


def _add(case: Case, event: Event, named: str) -> Case:
    if isinstance(event, Opened):
        must(case.status == "none", event, "the case was opened already")
    else:
        must(case.status != "none", event, "the case was never opened")
        must(case.status == "open" or isinstance(event, (Reopened, *QUIET)), event, "the case is closed")
    number = case.version + 1
    made = _FOLDINGS[type(event)](case, event, number)
    is_quiet = isinstance(event, QUIET)
    return changed(
        made,
        version=number,
        loud_version=case.loud_version if is_quiet else number,
        latest_at=max(event.at, case.latest_at) if case.latest_at else event.at,
        timeline=(
            *case.timeline,
            Moment(
                number=number,
                id=event.id,
                kind=kind_of(event),
                at=event.at,
                recorded_after=event.recorded_after,
                actor=event.actor,
                role=event.role,
                digest=named,
                about=about(event),
            ),
        ),
    )
