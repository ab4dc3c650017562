"""What the events of mailings change.

In:    a case, an event, and its number in the case.
Out:   FOLDINGS, one row for each event; each gives the case after it, or CaseDamaged.
Else:  which event may follow is `acts.mailing` and `acts.deciding`.
"""

from __future__ import annotations

from spillkit.case.events import Event, MailingAct, MailingProposed, MailingSigned
from spillkit.case.fold.proposals import propose, signed_by_two, without_proposal
from spillkit.case.fold.step import Folding, changed, must, signature
from spillkit.case.mailings import is_signed_to_be_sent
from spillkit.case.state import Case, MailingDecision, Proposal


def _proposed(case: Case, event: MailingProposed, number: int) -> Case:
    is_under_way = event.doing is MailingAct.SEND or is_signed_to_be_sent(case, event.mailing)
    must(is_under_way, event, "two people did not decide that this mailing is sent")
    proposal = Proposal(
        kind="mailing",
        by=signature(event, number),
        mailing=event.mailing,
        doing=event.doing,
        digest=event.digest,
        notices=event.notices,
        accepts=event.accepts,
    )
    return propose(case, proposal)


def _signed(case: Case, event: MailingSigned, number: int) -> Case:
    proposal, second = signed_by_two(case, event, event.proposal, "mailing", number)
    was = (proposal.mailing, proposal.doing, proposal.digest, proposal.notices, proposal.accepts)
    now = (event.mailing, event.doing, event.digest, event.notices, event.accepts)
    must(was == now, event, "something else was proposed")
    decision = MailingDecision(
        mailing=event.mailing,
        doing=event.doing,
        digest=event.digest,
        notices=event.notices,
        accepts=event.accepts,
        first=proposal.by,
        second=second,
    )
    return changed(without_proposal(case, proposal), mailings=(*case.mailings, decision))


FOLDINGS: dict[type[Event], Folding] = {
    MailingProposed: _proposed,
    MailingSigned: _signed,
}
