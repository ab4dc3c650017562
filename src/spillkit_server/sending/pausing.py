"""Stop a mailing, and let it go on.

In:    a mailing; that people decided.
Out:   its row, and those of its domains.
Else:  stopping by itself is `claims`; that two people decided to go on is the case's.

After people let it go on, only what comes from then on counts against its lines: they know of the rest.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from spillkit.notices.pace import Why
from spillkit_server.models import DomainRow, Mailing


def pause(mailing: int, now: datetime | None = None) -> bool:
    """Stop a mailing: what a sender has in hand still leaves, nothing else does.

    now      None: this moment
    Returns  whether it went on until then
    """
    return bool(
        Mailing.objects.filter(pk=mailing, paused="").update(paused=Why.PEOPLE.value, paused_at=now or timezone.now())
    )


def go_on(mailing: int, now: datetime) -> bool:
    """Let a mailing go on, with all of its domains; return whether it was paused."""
    with transaction.atomic():
        row = Mailing.objects.select_for_update().get(pk=mailing)
        domains = DomainRow.objects.filter(mailing=row)
        if not row.paused and not domains.exclude(paused="").exists():
            return False
        domains.update(paused="", mails=0, complained=0)
        Mailing.objects.filter(pk=mailing).update(paused="", judged_from=now)
        return True
