"""How far a mailing is: counts that add up, why it stands still, and what to do now.

In:    a mailing of the outbox, what is kept of it in the workspace.
Out:   Progress; as text.
Else:  counting rows is `counts`; the room's page of it is `screens.notices`.

Domains are counted by label: which they are, nobody can read here.
"""

from __future__ import annotations

from datetime import datetime

import msgspec
from django.db.models import Count, Q

from spillkit.errors import InputError
from spillkit.notices.channels.receipts import ChannelCount, count_receipts
from spillkit.notices.funnel import Funnel
from spillkit.notices.pace import Why
from spillkit.notices.plan import Plan
from spillkit.notices.prepared import folder_of, read_head
from spillkit.notices.states import State
from spillkit.printed import printable
from spillkit.scope.words import count_of
from spillkit.settings import Workspace
from spillkit_server.models import Mailing, NoticeRow
from spillkit_server.sending.carrying import approve_signed
from spillkit_server.sending.counts import funnel

_DOMAINS_SHOWN = 5
_PAUSES = {
    Why.BOUNCES: "too many came back",
    Why.COMPLAINTS: "too many were called spam",
    Why.ANSWERS_LOST: "too many answers of the mail server were lost",
    Why.PEOPLE: "stopped by people, or the database was restored",
}


class Domain(msgspec.Struct, frozen=True):
    """What went to one domain."""

    label: str
    notices: int
    accepted: int
    bounced: int
    paused: str  # pace.Why; "": it goes on


class OnHold(msgspec.Struct, frozen=True):
    """People who are not told for now."""

    reason: str  # of Hold
    people: int
    notices: int


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A mailing at one moment."""

    mailing: str
    case: int | None
    digest: str  # of the plan; "": not planned to its end
    approved_at: datetime | None
    paused: str  # pace.Why; "": it goes on
    canary_passed_at: datetime | None
    funnel: Funnel
    domains: int  # how many there are
    largest: tuple[Domain, ...]
    people: int  # told or on hold
    on_hold: tuple[OnHold, ...]
    channels: tuple[ChannelCount, ...]  # beside e-mail: letters, the company's own application
    next: str  # what to do now

    @property
    def is_fine(self) -> bool:
        """Whether nothing waits for people to decide about what was sent."""
        return not self.paused and not self.funnel.held and not any(one.paused for one in self.largest)


def progress_of(workspace: Workspace, mailing: Mailing, origin: str) -> Progress:
    """Return how far a mailing is.

    origin  of the room, as people open it
    Raises  SendingError if its rows do not add up to the plan
    """
    approve_signed(mailing)
    counts = funnel(mailing.pk)
    plan = _plan(workspace, mailing)
    holds = plan.by_hold if plan is not None else ()
    by_domain = _by_domain(mailing)
    return Progress(
        mailing=mailing.name,
        case=mailing.case.number if mailing.case is not None else None,
        digest=mailing.digest,
        approved_at=mailing.approved_at,
        paused=mailing.paused,
        canary_passed_at=mailing.canary_passed_at,
        funnel=counts,
        domains=len(by_domain),
        largest=tuple(by_domain[:_DOMAINS_SHOWN]),
        people=plan.people if plan is not None else 0,
        on_hold=tuple(OnHold(line.label, line.people, line.held) for line in holds if line.label),
        channels=count_receipts(folder_of(workspace, mailing.name)),
        next=next_step(mailing, counts, origin),
    )


def next_step(mailing: Mailing, counts: Funnel, origin: str) -> str:
    """Return what to do now, in one sentence."""
    page = place_of(mailing, origin)
    send = f"spillkit notify send {mailing.name}"
    if not mailing.is_planned:
        return "It was not prepared to its end: prepare it again."
    if mailing.approved_at is None:
        return f"Two people sign it: {page}"
    if mailing.paused:
        return f"Find out why. Then two people let it go on: {page}"
    if not counts.is_over:
        return f"It leaves while a sender runs: {send}"
    if counts.held:
        return (
            f"{count_of(counts.held, 'notice')} held: nobody knows whether they were taken. Look in the mail server's log; where "
            f"that does not tell, two people decide: {page}"
        )
    return "Nothing. Who is on hold, or whose mail came back, is told another way."


def place_of(mailing: Mailing, origin: str) -> str:
    """Return the address of a mailing's page."""
    return f"{origin}/incidents/{mailing.case.number}/notices/{mailing.name}/" if mailing.case is not None else origin


def progress_text(one: Progress) -> str:
    """Return it as text for a terminal."""
    counts = one.funnel
    parts = [(state.value, getattr(counts, state.value)) for state in State]
    lines = [
        f"{printable(one.mailing)}: {count_of(counts.planned, 'notice')}"
        + (f", approved {one.approved_at:%Y-%m-%d %H:%M} UTC" if one.approved_at else ", not approved"),
        "  " + " + ".join(f"{count:,} {name}" for name, count in parts if count) + f" = {counts.planned:,}"
        if counts.planned
        else "  nobody is told by it",
    ]
    if one.paused:
        lines.append(f"  paused: {_PAUSES.get(Why(one.paused), one.paused)}")
    elif one.approved_at and one.canary_passed_at is None and not counts.is_over:
        lines.append("  the first ones are looked at before the others leave")
    if one.domains:
        shown = ", ".join(_domain_text(each) for each in one.largest)
        lines.append(f"  {count_of(one.domains, 'domain')}, the largest: {shown}")
    lines += [f"  on hold, {each.reason}: {count_of(each.people, 'person', 'people')}" for each in one.on_hold]
    for channel in one.channels:
        missing = "".join(f", {count:,} not given ({why})" for why, count in channel.not_given.items())
        lines.append(f"  {channel.channel}: {channel.given:,} given{missing}")
    return "\n".join([*lines, f"  Next: {printable(one.next)}"])


def _domain_text(one: Domain) -> str:
    back = f", {one.bounced:,} bounced" if one.bounced else ""
    return f"{one.label[:6]} {one.accepted:,} of {one.notices:,}{back}{', PAUSED' if one.paused else ''}"


def _by_domain(mailing: Mailing) -> list[Domain]:
    paused = dict(mailing.domains.exclude(paused="").values_list("domain", "paused"))
    rows = NoticeRow.objects.filter(mailing=mailing).order_by().values("domain").annotate(
        notices=Count("id"),
        accepted=Count("id", filter=Q(state=State.ACCEPTED)),
        bounced=Count("id", filter=Q(state=State.BOUNCED)),
    )  # fmt: skip
    found = [
        Domain(row["domain"], row["notices"], row["accepted"], row["bounced"], paused.get(row["domain"], ""))
        for row in rows
    ]
    return sorted(found, key=lambda one: (not one.paused, -one.notices, one.label))


def _plan(workspace: Workspace, mailing: Mailing) -> Plan | None:
    try:
        return read_head(workspace, mailing.name).plan
    except InputError:
        return None  # Its folder is gone: the rows still tell where the notices are.
