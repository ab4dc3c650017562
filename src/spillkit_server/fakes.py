"""Collect what people report of false messages, and let the portal warn of one where somebody decided so.

In:    a report: how a message came, by what signs it is known, when; its text, of which a keyed digest is kept.
Out:   FakeRow, one for each false message; those that the portal warns of.
Else:  what makes two messages the same is `spillkit.notices.fakes`; the warning is put in place by `publishing`.

A report comes from an agent who spoke with somebody, or from the mailbox to which people send messages on, where the answer was
"not ours". Anybody can send such a mail, so nothing is shown by itself: an officer lets it be shown, and can take it back.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from django.db import transaction

from spillkit.case.roles import Role
from spillkit.errors import NotAllowed, SendingError
from spillkit.notices.fakes import read_fake, sameness
from spillkit.notices.publication import Fake, Sign, Way
from spillkit_server.models import FakeRow, User

DECIDERS = frozenset({Role.OFFICER})


class By(StrEnum):
    """Where a report comes from."""

    AGENT = "agent"
    MAIL = "mail"  # sent on to be checked


def report(text: str, way: Way, signs: Iterable[Sign], seen_on: date, by: By, key: bytes) -> FakeRow:
    """Count a report of a false message; return its row, which is that of earlier reports where it is the same message.

    text     of the message, as far as there is one; it is not kept
    seen_on  when it came
    key      of `marks.derived_key(workspace_key, "fakes")`
    """
    digest, given = sameness(text, way, key), frozenset(signs)
    with transaction.atomic():
        # The first report of a message makes its row; of two at once, one waits for the other here.
        FakeRow.objects.get_or_create(
            digest=digest, defaults={"way": way.value, "first_on": seen_on, "last_on": seen_on}
        )
        row = FakeRow.objects.select_for_update().get(digest=digest)
        row.first_on, row.last_on = min(row.first_on, seen_on), max(row.last_on, seen_on)
        row.signs = " ".join(sign for sign in Sign if sign in row.signs.split() or sign in given)
        row.by_agents += by is By.AGENT
        row.by_mail += by is By.MAIL
        row.save()
    return row


def report_mail(raw: bytes, now: datetime, key: bytes) -> FakeRow:
    """Count a mail that was sent on to be checked and is not ours. `now` is UTC."""
    text, signs = read_fake(raw)
    return report(text, Way.MAIL, signs, now.date(), By.MAIL, key)


def reported() -> list[FakeRow]:
    """Return every false message that was reported, the newest first."""
    return list(FakeRow.objects.order_by("-last_on", "-pk"))


def decide(row: int, *, shown: bool, user: User, now: datetime) -> FakeRow:
    """Let the portal warn of a false message from the next publication on, or not any more.

    Raises  NotAllowed if the user is no officer, SendingError if there is no such message
    """
    if not user.is_active or user.role not in DECIDERS:
        raise NotAllowed("Only an officer decides of which false messages the portal warns.")
    rows = FakeRow.objects.filter(pk=row)
    if not rows.update(is_shown=shown, decided_by=user.opaque, decided_at=now):
        raise SendingError("There is no such report of a false message.")
    return rows.get()


def shown() -> tuple[Fake, ...]:
    """Return what the portal warns of, the oldest first."""
    rows = FakeRow.objects.filter(is_shown=True).order_by("last_on", "pk")
    return tuple(Fake(row.last_on, Way(row.way), tuple(Sign(sign) for sign in row.signs.split())) for row in rows)
