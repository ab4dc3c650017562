"""Rules of the life of the case: opening, closing, legal hold, who has access.

In:    a case, a command, who asks, the stamp of its event.
Out:   RULES, one row for each command; `check_closable`, what closing waits for.
Else:  the closing itself is the signature of a proposal (`deciding`); the case afterwards is `fold.life`.
"""

from __future__ import annotations

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.acts.rule import Rule, Stamp, check_reason, check_seen
from spillkit.case.roles import DECIDERS, KEEPERS, Actor, Role
from spillkit.case.state import Case
from spillkit.errors import NotNow, NotTaken


def _open(case: Case, command: c.OpenCase, actor: Actor, stamp: Stamp) -> e.Event:
    if case.status != "none":
        raise NotNow("This case was opened already.")
    discovered = stamp.past("discovered_at", command.discovered_at) if command.discovered_at else None
    return e.Opened(
        **stamp.head,
        case=command.case,
        title=command.title,
        incident=command.incident,
        discovered_at=discovered,
    )


def _propose_close(case: Case, command: c.ProposeClose, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.reason)
    check_closable(case)
    return e.CloseProposed(**stamp.head, reason=command.reason)


def check_closable(case: Case) -> None:
    """Refuse to close what is not decided or not done."""
    undecided = sum(
        1
        for state in case.duties
        if state.state == "proposed" and state.listed and state.duty.outcome != "not triggered"
    )
    if undecided:
        raise NotNow(
            "Duties that are neither accepted nor rejected: {count}. Decide them first: nothing is decided by closing.",
            count=undecided,
        )
    open_duties = sum(1 for state in case.duties if state.state == "accepted" and state.met_at is None)
    if open_duties:
        raise NotNow(
            "Accepted duties that are not done: {count}. Do them first, or decide anew, with the reason.",
            count=open_duties,
        )
    if case.open_tasks:
        raise NotNow("Tasks that are not done: {count}. Finish them first.", count=len(case.open_tasks))


def _reopen(case: Case, command: c.Reopen, actor: Actor, stamp: Stamp) -> e.Event:
    check_reason(command.reason)
    if case.status == "open":
        raise NotNow("The case is open.")
    return e.Reopened(**stamp.head, reason=command.reason)


def _set_hold(case: Case, command: c.SetHold, actor: Actor, stamp: Stamp) -> e.Event:
    check_reason(command.reason)
    return e.HoldSet(**stamp.head, reason=command.reason)


def _lift_hold(case: Case, command: c.LiftHold, actor: Actor, stamp: Stamp) -> e.Event:
    check_reason(command.reason)
    return e.HoldLifted(**stamp.head, reason=command.reason)


def _grant(case: Case, command: c.GrantAccess, actor: Actor, stamp: Stamp) -> e.Event:
    check_reason(command.reason)
    if command.role is Role.SYSTEM:
        raise NotTaken("Access is given to people only.")
    known = case.access.get(command.user)
    if known is not None and known.role in DECIDERS and command.role not in DECIDERS:
        _check_left(case, command.user)
    return e.AccessGranted(**stamp.head, user=command.user, user_role=command.role, reason=command.reason)


def _revoke(case: Case, command: c.RevokeAccess, actor: Actor, stamp: Stamp) -> e.Event:
    check_reason(command.reason)
    _check_left(case, command.user)
    return e.AccessRevoked(**stamp.head, user=command.user, reason=command.reason)


def _check_left(case: Case, without: str) -> None:
    """Somebody who may decide must be left."""
    if not any(member.role in DECIDERS for member in case.access.values() if member.user != without):
        raise NotNow("Then nobody would be left who may decide. Give access to another officer or counsel first.")


RULES: dict[type[c.Command], Rule] = {
    c.OpenCase: Rule(KEEPERS, (e.Opened,), _open),
    c.ProposeClose: Rule(DECIDERS, (e.CloseProposed,), _propose_close),
    c.Reopen: Rule(DECIDERS, (e.Reopened,), _reopen),
    c.SetHold: Rule(DECIDERS, (e.HoldSet,), _set_hold),
    c.LiftHold: Rule(frozenset({Role.COUNSEL}), (e.HoldLifted,), _lift_hold),
    c.GrantAccess: Rule(KEEPERS, (e.AccessGranted,), _grant),
    c.RevokeAccess: Rule(DECIDERS, (e.AccessRevoked,), _revoke),
}
