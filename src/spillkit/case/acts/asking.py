"""Decide what happens when somebody asks something of a case.

In:    a case, a command, who asks, and the time.
Out:   the events that follow, or a refusal that says why and what to do now.
Else:  what one command needs and makes stands in the tables of the parts: `life`, `knowing`, `deciding`, `telling`,
       `mailing`, `working`.
"""

from __future__ import annotations

from datetime import datetime

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.acts import deciding, knowing, life, mailing, telling, working
from spillkit.case.acts.limits import check_values
from spillkit.case.acts.rule import Rule, Stamp
from spillkit.case.roles import KEEPERS, Actor, Role
from spillkit.case.state import Case
from spillkit.errors import NotAllowed, NotNow, NotTaken

_RULES: dict[type[c.Command], Rule] = {
    **life.RULES,
    **knowing.RULES,
    **deciding.RULES,
    **telling.RULES,
    **mailing.RULES,
    **working.RULES,
}

# Who may ask what. Signing is looked at again, as it depends on what is signed and by whom it was proposed.
MAY: dict[type[c.Command], frozenset[Role]] = {kind: rule.may for kind, rule in _RULES.items()}
# Which events may follow.
MAKES: dict[type[c.Command], tuple[type[e.Event], ...]] = {kind: rule.makes for kind, rule in _RULES.items()}

_READERS = KEEPERS | {Role.AGENT, Role.AUDITOR}

# What goes on after a case was closed.
_AFTER_CLOSING = (c.Reopen, c.SetHold, c.LiftHold, c.GrantAccess, c.RevokeAccess, c.Attach, c.AddNote, c.EraseTexts)


def act(case: Case, command: c.Command, actor: Actor, now: datetime) -> tuple[e.Event, ...]:
    """Return what happens; nothing at all if it happened already under the same id, or changes nothing.

    now      UTC, as the clock says; where it says less than before, the event keeps both (`recorded_after`)
    Raises   NotAllowed, SecondNeeded, ChangedSince, NotNow, NotTaken
    """
    check_values(command, actor, now)
    before = next((moment for moment in case.timeline if moment.id == command.id), None)
    if before is not None:
        if before.actor != actor.user or before.kind not in {e.kind_of(kind) for kind in MAKES[type(command)]}:
            raise NotTaken("This command has the id of something else that happened. Send it with a new id.")
        return ()
    _check_who(case, command, actor)
    made = _RULES[type(command)].follow(case, command, actor, Stamp(case, command, actor, now))
    if made is None:
        return ()
    try:
        size = len(e.encode(made))
    except UnicodeError as error:
        raise NotTaken("It holds characters that are no text. Type it again.") from error
    if size > e.EVENT_BYTES:
        raise NotTaken("This is longer than {most} MiB. Attach it as a file instead.", most=e.EVENT_BYTES // 2**20)
    return (made,)


def may_read(case: Case, actor: Actor) -> bool:
    """Return whether somebody may open the case: only who was given access to it, whatever the role."""
    return actor.role in _READERS and actor.user in case.access


def may_ask(case: Case, kind: type[c.Command], actor: Actor) -> bool:
    """Return whether a command is for this role and person at all: which buttons to show."""
    return actor.role in MAY[kind] and (kind is c.OpenCase or may_read(case, actor))


def _check_who(case: Case, command: c.Command, actor: Actor) -> None:
    allowed = MAY[type(command)]
    if actor.role not in allowed:
        who = ", ".join(sorted(role.value for role in allowed))
        raise NotAllowed(
            "The role {role} may not do this. Ask one of these: {roles}.", role=actor.role.value, roles=who
        )
    if isinstance(command, c.OpenCase):
        return
    if case.status == "none":
        raise NotNow("There is no such case. Open it first.")
    if actor.role is not Role.SYSTEM and actor.user not in case.access:
        raise NotAllowed(
            "You have no access to this case. Ask somebody who works on it to give it to you, with the reason."
        )
    if case.status == "closed" and not isinstance(command, _AFTER_CLOSING):
        raise NotNow("The case is closed. Open it again first, with the reason.")
