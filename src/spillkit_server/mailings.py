"""How a mailing of a case stands, and what is to be done with it now.

In:    a case, the folder of the mailing, the rows of the outbox.
Out:   Standing; its Step.
Else:  deciding is the case's, sending is `sending`; words are `notice_words`, the pages `screens.notices`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings

from spillkit.case import Case
from spillkit.case.events import MailingAct
from spillkit.case.mailings import signed
from spillkit.case.state import MailingDecision, Proposal
from spillkit.errors import InputError, SendingError, SpillkitError
from spillkit.notices.company import read_story
from spillkit.notices.funnel import Funnel
from spillkit.notices.prepared import Prepared, folder_of, read_head
from spillkit.notices.told_rows import told_file
from spillkit.notices.wording import language_of, signed_languages
from spillkit.notices.writing import texts_digest
from spillkit.settings import Workspace, open_workspace
from spillkit_server.cases import read_case
from spillkit_server.models import CarriedRow, Mailing
from spillkit_server.sending.counts import funnel
from spillkit_server.texts_signed import signed_tags


class Step(StrEnum):
    """What is to be done now."""

    REPAIR = "repair"  # it is not what was planned any more
    PROPOSE = "propose"  # look at it, and propose that it is sent
    SIGN = "sign"  # another person signs what is proposed
    START = "start"  # two people signed: the sender carries it out
    WAIT = "wait"  # notices leave
    GO_ON = "go-on"  # it stopped: find out why, and decide
    SETTLE = "settle"  # answers were lost: find out, or decide
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Standing:
    """A mailing, all of it seen at one moment."""

    row: Mailing
    head: Prepared | None
    why: str  # why its files cannot be used; "": they can
    funnel: Funnel | None  # None: the rows do not add up, and `why` says so
    proposals: tuple[Proposal, ...]  # of this mailing, that wait for a second person
    decisions: tuple[MailingDecision, ...]  # of this mailing, oldest first
    to_send: MailingDecision | None  # two people signed exactly this plan
    carried: Mapping[str, CarriedRow]  # what was done about decisions, by the id of their event

    @property
    def name(self) -> str:
        return str(self.row.name)

    @property
    def step(self) -> Step:
        """What is to be done now."""
        if self.why or self.head is None or self.funnel is None:
            return Step.REPAIR
        if self.proposals:
            return Step.SIGN
        if self.to_send is None:
            return Step.PROPOSE
        if self.row.paused:
            return Step.START if self._is_to_go_on else Step.GO_ON
        if not self.funnel.is_over:
            return Step.WAIT if self.funnel.tried else Step.START
        if not self.funnel.held:
            return Step.DONE
        return Step.START if self._is_to_settle else Step.SETTLE

    @property
    def _is_to_settle(self) -> bool:
        """Whether two people decided about held notices, and no sender has carried that out yet."""
        settling = (MailingAct.SEND_AGAIN, MailingAct.GIVE_UP)
        return any(each.doing in settling and each.event not in self.carried for each in self.decisions)

    @property
    def _is_to_go_on(self) -> bool:
        """Whether two people let it go on, and no sender has carried that out yet."""
        return any(each.doing is MailingAct.GO_ON and each.event not in self.carried for each in self.decisions)


def mailings_of_case(number: int, case: Case) -> list[Standing]:
    """Return the mailings of a case, newest first."""
    rows = Mailing.objects.filter(case__number=number).order_by("-made_at", "-pk")
    return [_standing(row, case) for row in rows]


def mailing_of_case(number: int, case: Case, name: str) -> Standing | None:
    """Return one mailing of a case; None if it has none of this name."""
    row = Mailing.objects.filter(case__number=number, name=name).first()
    return _standing(row, case) if row is not None else None


def approved_mailings() -> dict[str, datetime]:
    """Return the mailings that two people approved, with the moment at which they did: all that anybody may be told of."""
    rows = list(Mailing.objects.exclude(case=None).values_list("name", "case__number", "digest", "approved_at"))
    cases = {number: read_case(number) for _name, number, _digest, at in rows if at is None}
    found: dict[str, datetime] = {}
    for name, number, digest, approved_at in rows:
        # A sender writes the approval down when it starts; what was signed counts before.
        decision = signed(cases[number], name, MailingAct.SEND, digest) if approved_at is None else None
        at = approved_at if decision is None else decision.at
        if at is not None:
            found[name] = at
    return found


def stopped_at_domains(mailing: Mailing) -> list[dict[str, object]]:
    """Return the domains to which nothing leaves for now, by label: why, and how many mails went there."""
    rows = mailing.domains.exclude(paused="").order_by("-mails", "domain")
    return list(rows.values("domain", "paused", "mails", "complained"))


def workspace_of_room() -> Workspace:
    """Return the workspace that this room is over."""
    return open_workspace(settings.ROOM.workspace)


def _standing(row: Mailing, case: Case) -> Standing:
    head, counts, why = None, None, ""
    try:
        head = read_head(workspace_of_room(), row.name)
        why = _damage(workspace_of_room(), head)
        counts = funnel(row.pk)
        if not why and counts.planned != head.plan.notices:
            why = (
                f"The plan holds {head.plan.notices:,} notices, and the outbox {counts.planned:,}. Send nothing, and prepare "
                "it again: spillkit notify prepare."
            )
    except (InputError, SendingError) as error:
        why = str(error)
    decisions = tuple(each for each in case.mailings if each.mailing == row.name)
    to_send = signed(case, row.name, MailingAct.SEND, head.plan.digest) if head is not None else None
    if head is not None and not why and to_send is None:
        why = _lapsed(head)
    return Standing(
        row=row,
        head=head,
        why=why,
        funnel=counts,
        proposals=tuple(each for each in case.proposals if each.kind == "mailing" and each.mailing == row.name),
        decisions=decisions,
        to_send=to_send,
        carried={each.event: each for each in row.carried.all()},
    )


def _damage(workspace: Workspace, head: Prepared) -> str:
    """Return why a mailing is not what was planned, as far as that is known without reading all of its rows; "" where it is.

    Each sender holds all rows against the digest before anything leaves.
    """
    try:
        texts = texts_digest(read_story(folder_of(workspace, head.mailing) / "story.toml"))
    except SpillkitError as error:
        return str(error)
    if not told_file(workspace, head).is_file():
        return "The rows of this mailing are gone. Prepare it again: spillkit notify prepare."
    if texts != head.plan.texts:
        return (
            "The texts are not those of the plan any more: a file was changed, or they are those of another Spillkit. Nothing "
            "of it is sent. Put back what was there, or prepare it again and let two people sign again."
        )
    return ""


def _lapsed(head: Prepared) -> str:
    """Return which texts were signed when the mailing was prepared, and are not any more; "" where there is none."""
    leaving = {language_of(tag) for line in head.plan.by_language if line.notices for tag in line.label.split(" + ")}
    lapsed = sorted(leaving - signed_languages() - signed_tags() - set(head.unread) - {""})
    if not lapsed:
        return ""
    return (
        f"No signature of a native reader counts any more for the text in: {', '.join(lapsed)}. Have it read and signed, or "
        "prepare the mailing again, with --unread for each."
    )
