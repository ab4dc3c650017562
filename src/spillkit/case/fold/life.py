"""What the events of a case's life change: opening, closing, legal hold, who has access.

In:    a case, an event, and its number in the case.
Out:   FOLDINGS, one row for each event; each gives the case after it, or CaseDamaged.
Else:  which event may follow is `acts.life`.
"""

from __future__ import annotations

from spillkit.case.events import (
    AccessGranted,
    AccessRevoked,
    Closed,
    CloseProposed,
    Event,
    HoldLifted,
    HoldSet,
    Opened,
    Reopened,
)
from spillkit.case.fold.proposals import propose, signed_by_two
from spillkit.case.fold.step import Folding, changed, must, signature
from spillkit.case.state import Case, Member, Proposal


def _opened(case: Case, event: Opened, number: int) -> Case:
    by = signature(event, number)
    return changed(
        case,
        id=event.case,
        title=event.title,
        incident=event.incident,
        discovered_at=event.discovered_at,
        opened=by,
        status="open",
        access={event.actor: Member(user=event.actor, role=event.role, granted=by)},
    )


def _close_proposed(case: Case, event: CloseProposed, number: int) -> Case:
    return propose(case, Proposal(kind="close", by=signature(event, number)))


def _closed(case: Case, event: Closed, number: int) -> Case:
    first, second = signed_by_two(case, event, event.proposal, "close", number)
    return changed(case, status="closed", closed=(first.by, second), proposals=())


def _reopened(case: Case, event: Reopened, number: int) -> Case:
    must(case.status == "closed", event, "the case is open")
    return changed(case, status="open", closed=None, reopened=(*case.reopened, signature(event, number)))


def _hold_set(case: Case, event: HoldSet, number: int) -> Case:
    return changed(case, hold=signature(event, number))


def _hold_lifted(case: Case, event: HoldLifted, number: int) -> Case:
    return changed(case, hold=None)


def _access_granted(case: Case, event: AccessGranted, number: int) -> Case:
    member = Member(user=event.user, role=event.user_role, granted=signature(event, number))
    return changed(case, access={**case.access, event.user: member})


def _access_revoked(case: Case, event: AccessRevoked, number: int) -> Case:
    # What somebody proposed who has no access any more lapses: a second person would stand there alone.
    return changed(
        case,
        access={user: member for user, member in case.access.items() if user != event.user},
        proposals=tuple(proposal for proposal in case.proposals if proposal.by.actor != event.user),
    )


FOLDINGS: dict[type[Event], Folding] = {
    Opened: _opened,
    CloseProposed: _close_proposed,
    Closed: _closed,
    Reopened: _reopened,
    HoldSet: _hold_set,
    HoldLifted: _hold_lifted,
    AccessGranted: _access_granted,
    AccessRevoked: _access_revoked,
}
