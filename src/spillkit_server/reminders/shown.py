"""What the pages say of reminders: whether they leave, which left, which wait.

In:    a case, whoever looks, the time.
Out:   Reminding.
Else:  sending is `deliveries`. No address is in it: who has one, and whether it takes mail, is all that colleagues see.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from spillkit.case import Case
from spillkit.case.roles import DECIDERS
from spillkit_server.models import Delivery, User
from spillkit_server.reminders.due import due_of, receivers_of
from spillkit_server.reminders.sender import STALLED, looked_at

_SHOWN = 50
# The words of `Outcome`, with the number of an answer taken out.
_OUTCOMES = {
    "": noop("not tried yet"),
    "accepted": noop("taken by the receiver’s server"),
    "not needed": noop("not needed any more"),
    "no address": noop("no address was given"),
    "not set up": noop("this way is not set up any more"),
    "not reached": noop("the server could not be reached"),
    "no trusted TLS": noop("the server offers no TLS that can be trusted"),
    "answer lost": noop("handed over, and the answer was lost"),
    "refused": noop("refused (%(code)s)"),
    "answered": noop("the server answered %(code)s"),
    "sign-in refused": noop("the server refused the room’s sign-in (%(code)s)"),
}
_QUIET = ("not needed",)


@dataclass(frozen=True, slots=True)
class Line:
    """One delivery, as the page shows it."""

    to: str
    made_at: datetime
    done_at: datetime | None
    next_at: datetime | None
    outcome: str
    tries: int

    @property
    def is_given_up(self) -> bool:
        return self.done_at is None and self.next_at is None


@dataclass(frozen=True, slots=True)
class Reminding:
    """How reminders of one case stand."""

    lines: tuple[Line, ...]  # the newest first
    last_at: datetime | None
    waiting: int
    failed: int  # refused for good, or given up
    unsent: int  # due, and nobody would get them
    is_set_up: bool
    has_receiver: bool
    stalled_since: datetime | None
    is_stalled: bool
    wants_address: bool  # whoever looks would get mail, had he given an address


def reminding_of(number: int, case: Case, user: User, now: datetime) -> Reminding:
    """Return how the reminders of a case stand.

    number  of the case in the room
    user    who looks
    """
    ways = settings.ROOM.ways
    rows = Delivery.objects.filter(case__number=number).order_by("-made_at", "-pk")
    names = dict(User.objects.filter(opaque__in=case.access).values_list("opaque", "username"))
    hosts = {hook.digest: hook.host for hook in ways.hooks}
    lines = tuple(
        Line(
            to=names.get(row.receiver) or hosts.get(row.receiver) or _("a receiver of earlier days"),
            made_at=row.made_at,
            done_at=row.done_at,
            next_at=row.next_at,
            outcome=outcome_words(row.outcome),
            tries=row.tries,
        )
        for row in rows.exclude(outcome__in=_QUIET)[:_SHOWN]
    )
    has_receiver = bool(ways.hooks) or (ways.mail is not None and bool(receivers_of(case)))
    seen = looked_at() if ways.are_set_up else None
    member = case.access.get(user.opaque)
    return Reminding(
        lines=lines,
        last_at=max((line.done_at for line in lines if line.done_at), default=None),
        waiting=rows.filter(next_at__isnull=False).count(),
        failed=rows.filter(next_at=None, done_at=None).exclude(outcome__in=_QUIET).count(),
        unsent=0 if has_receiver or case.status != "open" else len(due_of(case, now)),
        is_set_up=ways.are_set_up,
        has_receiver=has_receiver,
        stalled_since=seen,
        is_stalled=ways.are_set_up and (seen is None or now - seen > STALLED),
        wants_address=ways.mail is not None and not user.mail_to and member is not None and member.role in DECIDERS,
    )


def outcome_words(outcome: str) -> str:
    """Return what came of a try, in the language of the page.

    outcome  "refused 550"
    """
    word, _space, code = outcome.rpartition(" ")
    if code.isdigit():
        return _(_OUTCOMES[word]) % {"code": code} if word in _OUTCOMES else outcome
    return _(_OUTCOMES.get(outcome, outcome))
