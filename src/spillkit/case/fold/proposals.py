"""A proposal waits for a second person, is signed, or gives way.

In:    a case, and a proposal or the event that signs one.
Out:   the case after it; both signatures, or CaseDamaged where one person decided alone.
Else:  what is decided by it is the folding of the signing event.
"""

from __future__ import annotations

from spillkit.case.events import Event, MailingAct
from spillkit.case.fold.step import changed, damaged, must, signature
from spillkit.case.roles import DECIDERS, SIGNERS
from spillkit.case.state import Case, Proposal, ProposalKind, Signature


def propose(case: Case, proposal: Proposal) -> Case:
    """Add a proposal; an earlier one on the same thing gives way to it."""
    others = tuple(each for each in case.proposals if _thing(each) != _thing(proposal))
    return changed(case, proposals=(*others, proposal))


def _thing(proposal: Proposal) -> tuple[object, ...]:
    # Of one mailing there is one plan, and a newer one takes its place. Lists of its notices may wait side by side.
    is_list = proposal.doing in (MailingAct.SEND_AGAIN, MailingAct.GIVE_UP)
    listed = proposal.digest if is_list else ""
    return proposal.kind, proposal.duty, proposal.report, proposal.mailing, proposal.doing, listed


def signed_by_two(
    case: Case, event: Event, proposal_id: str, kind: ProposalKind, number: int
) -> tuple[Proposal, Signature]:
    """Return what is signed, and the second signature. Two people, one of whom may decide."""
    proposal = case.proposal(proposal_id)
    if proposal is None or proposal.kind != kind:
        raise damaged(event, "nobody proposed what it signs")
    must(proposal.by.actor != event.actor, event, "one person alone signed it")
    must(event.role in SIGNERS, event, "that role may not sign")
    must(bool({proposal.by.role, event.role} & DECIDERS), event, "neither of the two may decide")
    return proposal, signature(event, number)


def without_proposal(case: Case, proposal: Proposal) -> Case:
    """Return the case in which a proposal waits no longer."""
    return changed(case, proposals=tuple(each for each in case.proposals if each is not proposal))
