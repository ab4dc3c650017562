"""Two people who decide in a case, as `cases.ask` lets them: for tests of what follows from it."""

from __future__ import annotations

from datetime import datetime, timedelta

from spillkit.case import commands as c
from spillkit.case.events import MailingAct
from spillkit.case.roles import Actor, Role

OFFICER, COUNSEL = Actor("u_officer", Role.OFFICER), Actor("u_counsel", Role.COUNSEL)


def opened(now: datetime, incident: int | None = None) -> int:
    """Open a case with both in it; return its number."""
    from spillkit_server.cases import ask, new_id, open_case

    opening = c.OpenCase(id=new_id(), case=f"case-{new_id()}", title="Pages of others", incident=incident)
    number = open_case(opening, (), OFFICER, now)
    let_in = c.GrantAccess(id=new_id(), user=COUNSEL.user, role=COUNSEL.role, reason="decides with me")
    ask(number, [let_in], OFFICER, now)
    return number


def decide(number: int, mailing: str, doing: str, digest: str, notices: int, now: datetime) -> None:
    """Propose something about a mailing, and let another person sign it a second later."""
    from spillkit_server.cases import ask, new_id, read_case

    seen = read_case(number).version
    proposal = c.ProposeMailing(
        id=new_id(),
        seen=seen,
        mailing=mailing,
        doing=MailingAct(doing),
        digest=digest,
        notices=notices,
        reason="looked at it",
    )
    case = ask(number, [proposal], OFFICER, now)
    sign = c.Sign(id=new_id(), seen=case.version, proposal=proposal.id)
    ask(number, [sign], COUNSEL, now + timedelta(seconds=1))
