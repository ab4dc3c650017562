"""Let nobody propose or sign something of a mailing that is not there, or not so any more.

In:    a command about to be asked of a case.
Out:   nothing, or a refusal that says what to look at.
Else:  what the case itself refuses is `spillkit.case.acts`; the sender compares everything once more before anything leaves.

A page may have stood open while somebody prepared the mailing anew, or while a server's log settled a held notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from spillkit.case import commands as c
from spillkit.case.events import MailingAct
from spillkit.case.mailings import ids_digest
from spillkit.case.state import Proposal
from spillkit.errors import ChangedSince, NotNow
from spillkit.notices.prepared import read_head
from spillkit.notices.states import State
from spillkit.settings import open_workspace
from spillkit_server.cases import read_case
from spillkit_server.models import Mailing, NoticeRow


def check_mailing(number: int, command: c.Command) -> None:
    """Refuse a command that is about a mailing as it is not; anything else is let pass.

    number  of the case in the room
    Raises  ChangedSince, NotNow; NoticesError if the files of the mailing cannot be read
    """
    proposal = read_case(number).proposal(command.proposal) if isinstance(command, c.Sign) else None
    matter = _proposed(proposal) if proposal is not None else _asked(command)
    if matter is None:
        return
    row = Mailing.objects.filter(name=matter.mailing, case__number=number).first()
    if row is None:
        raise NotNow("This case has no such mailing. Prepare it first: spillkit notify prepare.")
    if matter.doing in (MailingAct.SEND, MailingAct.GO_ON):
        _check_plan(matter)
    else:
        _check_held(matter, row, proposal.by.at if proposal is not None else None)


@dataclass(frozen=True, slots=True)
class _Matter:
    """What is decided about a mailing, whoever says it."""

    mailing: str
    doing: MailingAct
    digest: str
    notices: int
    accepts: tuple[str, ...]


def _asked(command: c.Command) -> _Matter | None:
    if not isinstance(command, c.ProposeMailing):
        return None
    return _Matter(command.mailing, command.doing, command.digest, command.notices, command.accepts)


def _proposed(proposal: Proposal) -> _Matter | None:
    if proposal.doing is None:
        return None
    return _Matter(proposal.mailing, proposal.doing, proposal.digest, proposal.notices, proposal.accepts)


def _check_plan(matter: _Matter) -> None:
    head = read_head(open_workspace(settings.ROOM.workspace), matter.mailing)
    is_counted = matter.doing is not MailingAct.SEND or matter.notices == head.plan.notices
    if matter.digest != head.plan.digest or not is_counted:
        raise ChangedSince(
            "This is not the plan of the mailing any more: it was prepared anew. Look at the new plan; decline what waits, and "
            "propose that one."
        )
    if matter.doing is MailingAct.SEND and not set(head.exceptions) <= set(matter.accepts):
        raise NotNow(
            "A check speaks against sending this mailing as it is, and the proposal does not name all of that as exceptions. "
            "Propose it from the page of the mailing."
        )


def _check_held(matter: _Matter, row: Mailing, proposed_at: datetime | None) -> None:
    # As `sending.carrying` will carry it out: what was held only later has no part in it, and stands in nobody's way.
    rows = NoticeRow.objects.filter(mailing=row, state=State.HELD)
    if proposed_at is not None:
        rows = rows.filter(changed_at__lte=proposed_at)
    held = list(rows.order_by("changed_at", "notice").values_list("notice", flat=True)[: matter.notices])
    if matter.digest != ids_digest(held) or matter.notices != len(held):
        raise ChangedSince(
            "The list of held notices is another one by now. Look again; decline what waits, and decide on what is held then."
        )
