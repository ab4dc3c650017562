"""Carry out what two people signed about a mailing, each once.

In:    the decisions of the mailing's case; for held notices the open journal of a sender.
Out:   a mailing approved, let go on, its held notices settled; a row that says what was done about each decision.
Else:  deciding is `spillkit.case`; who takes a step is `planning`, `pausing`, `settling`.

A decision counts for what was looked at, and for nothing that came after. To send: for the plan of that digest. To go on: where it
was proposed after the mailing had stopped. Held notices: for exactly those whose ids were signed. Notices that were held later are
left out; where one of those that were signed was settled since, the decision is void and nothing is done. A decision that was void
stays so: it does not come back to life when the same notices are held a second time.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from spillkit.case.events import MailingAct
from spillkit.case.mailings import ids_digest, signed
from spillkit.case.state import Case, MailingDecision
from spillkit.notices.states import Event, Evidence, Settlement, State
from spillkit_server.cases import read_case
from spillkit_server.models import CarriedRow, CaseRow, Mailing, NoticeRow
from spillkit_server.sending.marks import Marked
from spillkit_server.sending.pausing import go_on
from spillkit_server.sending.planning import approve
from spillkit_server.sending.settling import settle

log = logging.getLogger(__name__)
_SETTLES = {MailingAct.SEND_AGAIN: Event.SEND_AGAIN, MailingAct.GIVE_UP: Event.LET_REST}


def is_approved(name: str) -> bool:
    """Return whether two people signed that this mailing is sent, exactly as it is planned now."""
    row = Mailing.objects.filter(name=name).first()
    return row is not None and approve_signed(row)


def approve_signed(mailing: Mailing) -> bool:
    """Write down that a mailing is approved, where two people signed its plan; return whether it is.

    The time of the second signature is that of the approval, and the Date of every mail: also where this is written down later, or
    a second time after a database was restored.
    """
    if mailing.approved_at is None and mailing.is_planned and mailing.digest and mailing.case is not None:
        decision = signed(read_case(mailing.case.number), mailing.name, MailingAct.SEND, mailing.digest)
        if decision is not None:
            approve(mailing, decision.at)
    return mailing.approved_at is not None


def approve_all_signed() -> None:
    """Write down every approval that is signed and not written down yet."""
    for row in Mailing.objects.filter(approved_at=None, is_planned=True).exclude(digest=""):
        approve_signed(row)


def held_ids(mailing: Mailing) -> list[str]:
    """Return the notices whose answer was lost, in the order in which that happened."""
    rows = NoticeRow.objects.filter(mailing=mailing, state=State.HELD).order_by("changed_at", "notice")
    return list(rows.values_list("notice", flat=True))


def carry_out(mailing: Mailing, marked: Marked, now: datetime) -> int:
    """Carry out everything that was signed about a mailing and was not carried out yet; return how many decisions that was.

    Raises  NotReconciled if the database was changed for another one
    """
    if mailing.case is None:
        return 0
    case = read_case(mailing.case.number)
    known = set(CarriedRow.objects.filter(mailing=mailing).values_list("event", flat=True))
    waiting = [one for one in case.mailings if one.mailing == mailing.name and one.event not in known]
    return sum(_carry_out(mailing, case, one, marked, now) for one in waiting)


class Carrier:
    """Carries out what is signed while a sender runs; asks for the case only where it changed."""

    def __init__(self, mailing: Mailing, clock: Callable[[], datetime]) -> None:
        self._mailing, self._clock, self._version = mailing, clock, -1

    def __call__(self, marked: Marked) -> None:
        """Carry out what was signed since the last time."""
        case = self._mailing.case_id
        version = (
            CaseRow.objects.filter(pk=case).values_list("version", flat=True).first() if case is not None else None
        )
        if version is not None and version != self._version:
            self._mailing.refresh_from_db()
            carry_out(self._mailing, marked, self._clock())
            self._version = version


def _carry_out(mailing: Mailing, case: Case, decision: MailingDecision, marked: Marked, now: datetime) -> bool:
    with transaction.atomic():
        row = Mailing.objects.select_for_update().get(pk=mailing.pk)
        if CarriedRow.objects.filter(event=decision.event).exists():
            return False  # Another sender was first.
        changed: int | None
        if decision.doing is MailingAct.SEND:
            if not approve_signed(row):
                return False  # Not this plan. Should it be prepared again as it was signed, this counts.
            changed = int(row.planned)
        elif decision.doing is MailingAct.GO_ON:
            changed = _go_on(row, decision, now)
        else:
            changed = _settle(row, decision, marked, now)
        CarriedRow.objects.create(
            event=decision.event,
            mailing=row,
            doing=decision.doing.value,
            notices=changed or 0,
            is_void=changed is None,
            at=now,
        )
    log.info("mailing %s: %s %s", row.name, decision.doing.value, "void" if changed is None else "carried out")
    return changed is not None


def _go_on(row: Mailing, decision: MailingDecision, now: datetime) -> int | None:
    """Let a mailing go on; None where the decision is older than the stop, or of another plan."""
    is_older = row.paused_at is not None and decision.first.at < row.paused_at
    if is_older or decision.digest != row.digest:
        return None
    return int(go_on(row.pk, now))


def _settle(row: Mailing, decision: MailingDecision, marked: Marked, now: datetime) -> int | None:
    """Settle the held notices that were signed; None where they are not those any more."""
    held = NoticeRow.objects.filter(mailing=row, state=State.HELD, changed_at__lte=decision.first.at)
    ids = list(held.order_by("changed_at", "notice").values_list("notice", flat=True)[: decision.notices])
    if not ids or ids_digest(ids) != decision.digest:
        return None
    people = (decision.first.actor, decision.second.actor)
    settlement = Settlement(Evidence.TWO_PEOPLE, _SETTLES[decision.doing], people)
    return settle(marked, [(notice, settlement) for notice in ids], now)
