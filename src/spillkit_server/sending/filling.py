"""Fill the outbox with a mailing that was prepared: one row for each notice, of the case in which two people decide.

In:    the name of a mailing, the incident or the case; what is kept of it in the workspace.
Out:   its rows, exactly those of the plan; or a refusal, where it is approved.
Else:  rows are written by `planning`; planning is `spillkit.notices.preparing`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from spillkit.case.events import MailingAct
from spillkit.case.mailings import signed
from spillkit.errors import NoticesError, SendingError
from spillkit.notices.addresses import Addresses
from spillkit.notices.marks import derived_key
from spillkit.notices.pace import domain_label
from spillkit.notices.prepared import read_prepared, require_name
from spillkit.notices.states import State
from spillkit.printed import printable
from spillkit.settings import Workspace
from spillkit_server.cases import read_case
from spillkit_server.models import CaseRow, Mailing, NoticeRow
from spillkit_server.sending.planning import clear_plan, open_mailing, write_plan

_NAMED = 10
# Surely not told: it never left, or it came back.
_NOT_TOLD = (State.BOUNCED, State.WITHDRAWN)


def case_for(incident: int | None, number: int | None) -> CaseRow:
    """Return the case in which two people decide about a mailing.

    incident  of the workspace, whose case it is; None: a plain list
    number    of the case, where it is named
    Raises    NoticesError if there is none, or several
    """
    if number is not None:
        row = CaseRow.objects.filter(number=number).first()
        if row is None:
            raise NoticesError(f"--case {number}: the room has no such incident. {_rooms_cases()}")
        return row
    found = list(CaseRow.objects.filter(incident=incident).order_by("number")) if incident is not None else []
    if len(found) == 1:
        return found[0]
    if found:
        named = ", ".join(str(row.number) for row in found[:_NAMED])
        raise NoticesError(f"Incident {incident} is open in the room more than once ({named}). Name one with --case N.")
    if incident is not None and not CaseRow.objects.exists():
        how = f"spillkit serve --incident {incident}"
        raise NoticesError(
            f"Two people decide in the incident room, and incident {incident} is not open there. Open it: {how}, then press "
            '"Open". Then prepare again.'
        )
    what = (
        f"Incident {incident} is not open in the room"
        if incident is not None
        else "A list belongs to no incident by itself"
    )
    raise NoticesError(f"{what}. Name the incident of the room with --case N. {_rooms_cases()}")


def require_open(name: str, case: CaseRow) -> None:
    """Check that a mailing may be prepared, or prepared again.

    Raises  NoticesError if it is of another case, or two people signed it
    """
    row = Mailing.objects.filter(name=require_name(name)).first()
    if row is None:
        return
    if row.case_id is not None and row.case_id != case.pk:
        raise NoticesError(
            "A mailing of this name belongs to another incident of the room. Give this one a name of its own."
        )
    is_signed = row.digest and signed(read_case(case.number), name, MailingAct.SEND, row.digest) is not None
    if row.approved_at is not None or is_signed:
        raise NoticesError(
            "This mailing is approved: it leaves as it was signed. What has to change is a correction: "
            f"spillkit notify prepare … --correction-of {printable(name)}"
        )


def fill(workspace: Workspace, name: str, case: CaseRow, now: datetime) -> int:
    """Write the rows of a mailing, in the place of those of an earlier plan; return how many there are.

    Raises  NoticesError or SendingError if it may not be, DirectoryError if its customer list cannot be read again
    """
    require_open(name, case)
    ready = read_prepared(workspace, name)
    lists, id_key = ready.lists(workspace)
    key = workspace.key()
    addresses = Addresses(ready.told, lists, derived_key(key, "marks"), id_key)
    labels_key = derived_key(key, "domains")
    mailing = open_mailing(name, now, case)
    clear_plan(mailing)
    rows = ((notice, domain_label(address, labels_key)) for notice, address in addresses.addresses())
    planned = write_plan(mailing, rows, now, ready.prepared.plan.digest)
    if planned != ready.prepared.plan.notices:
        raise SendingError(
            "The outbox holds {planned} notices, and the plan {notices}: a sent journal knows of some that are planned no more. "
            "Nothing of it is sent. Prepare it as it was, or give this one a name of its own.",
            planned=planned,
            notices=ready.prepared.plan.notices,
        )
    return planned


def told_ids(name: str) -> Iterator[str]:
    """Yield the notices of a mailing by which somebody was told, or may have been or will be: all but those that surely were not.

    A notice whose answer was lost counts as told. Who was told nothing by it after all is told once two people decide so.
    Raises  NoticesError if there is no such mailing, or it was not approved
    """
    row = Mailing.objects.filter(name=name).first()
    if row is None or row.approved_at is None:
        raise NoticesError(
            f"{printable(name)} was not approved, so nobody was told by it. Prepare it again instead of correcting it."
        )
    rows: Iterable[str] = (
        NoticeRow.objects.filter(mailing=row).exclude(state__in=_NOT_TOLD).values_list("notice", flat=True)
    )
    yield from rows


def free_correction(campaign: str) -> str:
    """Return the name of the next correction: the first that is not approved."""
    number = 1
    while Mailing.objects.filter(name=f"{campaign}-correction-{number}", approved_at__isnull=False).exists():
        number += 1
    return require_name(f"{campaign}-correction-{number}")


def _rooms_cases() -> str:
    numbers = CaseRow.objects.order_by("number").values_list("number", flat=True)
    named = ", ".join(map(str, numbers[:_NAMED]))
    return f"The room has {named}." if named else "The room has none yet: open one there, spillkit serve."
