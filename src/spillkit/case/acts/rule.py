"""What the rules of all commands share.

In:    a case, a command, who asks, and the time.
Out:   Rule, one row of a table of rules; Stamp, what every event says of its making; checks that several rules make.
Else:  the rules stand in `life`, `knowing`, `deciding`, `telling`, `mailing` and `working`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, NamedTuple

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.roles import Actor, Role
from spillkit.case.state import Case, Report
from spillkit.case.words import KIND_WORDS
from spillkit.errors import ChangedSince, NotNow, NotTaken
from spillkit.law.rule import DutyKind
from spillkit.printed import printable


class Rule(NamedTuple):
    """Who may ask a command, which events may follow, and which one does.

    may    looked at again in `follow` where it depends on more than the role: signing, for one
    makes  the kinds that `follow` returns
    """

    may: frozenset[Role]
    makes: tuple[type[e.Event], ...]
    follow: Callable[[Case, Any, Actor, Stamp], e.Event | None]  # None: nothing changes


class Stamp:
    """What every event says of its making, and what times a command may name."""

    def __init__(self, case: Case, command: c.Command, actor: Actor, now: datetime) -> None:
        self.now = now.astimezone(UTC)
        late = case.latest_at is not None and self.now < case.latest_at
        self.latest = max(self.now, case.latest_at) if case.latest_at else self.now
        self.head: dict[str, Any] = {
            "id": command.id,
            "at": self.now,
            "actor": actor.user,
            "role": actor.role,
            "recorded_after": case.latest_at if late else None,
        }

    def past(self, name: str, at: datetime) -> datetime:
        """Return a time in UTC that lies not ahead of the clock."""
        at = at.astimezone(UTC)
        if at > self.latest:
            raise NotTaken(
                "{name}: this time lies ahead. Check the date, the zone and this machine's clock.", name=name
            )
        return at


def check_seen(case: Case, command: c.Seen) -> None:
    """Refuse what rests on a view that is no longer so; what came in between without mattering is let pass."""
    if command.seen > case.version:
        raise ChangedSince("This was looked at in a version of the case that is not here. Load the page again.")
    if command.seen >= case.loud_version:
        return
    between = [moment for moment in case.timeline if moment.number > command.seen and moment.kind in KIND_WORDS]
    what = ", ".join(dict.fromkeys(KIND_WORDS[moment.kind] for moment in between))
    raise ChangedSince(
        "Somebody changed this since you looked: {what}. Look again, and decide on what you see then.", what=what
    )


def check_reason(text: str) -> None:
    """Refuse what comes without a reason."""
    if not text.strip():
        raise NotTaken("The reason is missing. Write in a sentence why; a regulator may read it.")


def check_duties(case: Case, refs: Iterable[e.DutyRef], kinds: frozenset[DutyKind] = frozenset(DutyKind)) -> None:
    """Refuse a duty that the case does not have, or that is not of these kinds."""
    for ref in refs:
        state = case.duty(ref)
        if state is None:
            raise NotNow("The case has no such duty. Let the engine decide on the facts first.")
        if state.duty.duty not in kinds:
            raise NotNow(
                "The duty {rule} is of the kind “{kind}” and is not met in this way: an authority is told by a report that two "
                "people approve, people by telling them, a record by writing down that it is kept.",
                rule=printable(ref.rule),
                kind=state.duty.duty.value,
            )


def check_readable(case: Case, report: Report) -> None:
    """Refuse to sign what nobody can read any more."""
    if report.drafted.event in case.erased:
        raise NotNow("What this report said was erased: nobody can read it. Draft another one.")


def named_report(case: Case, report: str) -> Report:
    """Return a report of the case, or refuse."""
    found = case.report(report)
    if found is None:
        raise NotNow("The case has no such report. Draft it first.")
    return found
