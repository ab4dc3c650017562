"""What the events of decisions change: what the engine says, proposals, signatures.

In:    a case, an event, and its number in the case.
Out:   FOLDINGS, one row for each event; each gives the case after it, or CaseDamaged.
Else:  which event may follow is `acts.deciding`; closing is `life`, approving a report `telling`.
"""

from __future__ import annotations

from spillkit.case.events import (
    AwareProposed,
    AwareSigned,
    DutiesDecided,
    DutyAccepted,
    DutyProposed,
    DutyRef,
    DutyRejected,
    Event,
    ProposalDeclined,
    WordProposed,
    WordSigned,
)
from spillkit.case.fold.duties import with_duty
from spillkit.case.fold.proposals import propose, signed_by_two, without_proposal
from spillkit.case.fold.step import Folding, changed, must, signature
from spillkit.case.state import Aware, Case, DutyState, Proposal
from spillkit.law.decision import says_the_same


def _aware_proposed(case: Case, event: AwareProposed, number: int) -> Case:
    return propose(case, Proposal(kind="aware", by=signature(event, number), aware_at=event.aware_at))


def _aware_signed(case: Case, event: AwareSigned, number: int) -> Case:
    proposal, second = signed_by_two(case, event, event.proposal, "aware", number)
    must(proposal.aware_at == event.aware_at, event, "another time was proposed")
    aware = Aware(aware_at=event.aware_at, first=proposal.by, second=second)
    earlier = (*case.earlier_aware, case.aware) if case.aware else case.earlier_aware
    return changed(without_proposal(case, proposal), aware=aware, earlier_aware=earlier)


def _duties_decided(case: Case, event: DutiesDecided, number: int) -> Case:
    said = {DutyRef(duty.rule, duty.entity): duty for duty in event.decided.duties}
    must(len(said) == len(event.decided.duties), event, "one duty is in it twice")
    known = {state.ref: state for state in case.duties}
    duties = []
    for ref, duty in said.items():  # In the engine's order: what is most urgent comes first.
        before = known.pop(ref, None)
        duties.append(changed(before, duty=duty, listed=True) if before else DutyState(duty=duty))
    for state in known.values():
        if state.state != "proposed" or state.met_at is not None:
            duties.append(changed(state, listed=False))  # What was decided stays in sight.
    made = changed(
        case,
        decided=changed(event.decided, duties=()),
        decided_number=number,
        decided_facts=event.facts_digest,
        duties=tuple(duties),
    )
    # A proposal on a duty that now reads otherwise lapses: the second person would sign something else than the first saw.
    kept = []
    for proposal in case.proposals:
        if proposal.duty is not None:
            before, after = case.duty(proposal.duty), made.duty(proposal.duty)
            if before is None or after is None or before.listed != after.listed:
                continue
            if not says_the_same(before.duty, after.duty):
                continue
        kept.append(proposal)
    return changed(made, proposals=tuple(kept))


def _duty_proposed(case: Case, event: DutyProposed, number: int) -> Case:
    must(case.duty(event.duty) is not None, event, "the case has no such duty")
    return propose(case, Proposal(kind="duty", by=signature(event, number), duty=event.duty, binds=event.binds))


def _duty_signed(case: Case, event: DutyAccepted | DutyRejected, number: int) -> Case:
    proposal, second = signed_by_two(case, event, event.proposal, "duty", number)
    must(proposal.duty == event.duty, event, "another duty was proposed")
    binds = isinstance(event, DutyAccepted)
    must(proposal.binds is binds, event, "the opposite was proposed")
    return with_duty(
        without_proposal(case, proposal),
        event,
        event.duty,
        lambda state: changed(
            state, state="accepted" if binds else "rejected", first=proposal.by, second=second, signed=state.duty
        ),
    )


def _word_proposed(case: Case, event: WordProposed, number: int) -> Case:
    return propose(case, Proposal(kind="word", by=signature(event, number)))


def _word_signed(case: Case, event: WordSigned, number: int) -> Case:
    proposal, second = signed_by_two(case, event, event.proposal, "word", number)
    return changed(without_proposal(case, proposal), word=(proposal.by, second))


def _declined(case: Case, event: ProposalDeclined, number: int) -> Case:
    proposal = case.proposal(event.proposal)
    must(proposal is not None, event, "no such proposal waits")
    return without_proposal(case, proposal) if proposal else case


FOLDINGS: dict[type[Event], Folding] = {
    AwareProposed: _aware_proposed,
    AwareSigned: _aware_signed,
    DutiesDecided: _duties_decided,
    DutyProposed: _duty_proposed,
    DutyAccepted: _duty_signed,
    DutyRejected: _duty_signed,
    WordProposed: _word_proposed,
    WordSigned: _word_signed,
    ProposalDeclined: _declined,
}
