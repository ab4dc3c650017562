"""List the mailings that two people approved, in the order in which they did.

In:    the room's database and its cases, the workspace.
Out:   their names, when the second person signed, and what was signed.
Else:  what a signature is worth is `sending.carrying`; reading a mailing is `spillkit.notices.prepared`.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from spillkit.errors import NoticesError
from spillkit.notices.prepared import read_head
from spillkit.printed import printable
from spillkit.settings import Workspace
from spillkit_server.models import Mailing
from spillkit_server.sending.carrying import approve_all_signed


class ApprovedMailing(NamedTuple):
    """A mailing that may be told of."""

    name: str
    digest: str  # of its plan
    approved_at: datetime  # UTC


def approved_mailings(workspace: Workspace) -> list[ApprovedMailing]:
    """Return all of them, the earliest first.

    Raises  NoticesError if one is not in the workspace any more, or is there as another than was signed
    """
    approve_all_signed()
    rows = Mailing.objects.filter(approved_at__isnull=False).order_by("approved_at", "pk")
    found = []
    for name, signed, approved_at in rows.values_list("name", "digest", "approved_at"):
        digest = read_head(workspace, name).plan.digest
        if signed and signed != digest:
            raise NoticesError(
                f"notices/{printable(name)} is not the mailing that two people signed. Put that one back from your backup."
            )
        found.append(ApprovedMailing(name, digest, approved_at))
    return found
