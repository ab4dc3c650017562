"""Rules of decisions: one person proposes, another signs or declines.

In:    a case, a command, who asks, the stamp of its event.
Out:   RULES, one row for each command; `may_sign`.
Else:  what the law says is `spillkit.law`; proposing something of a mailing is `mailing`; the case afterwards is `fold.deciding`.
"""

from __future__ import annotations

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.acts.life import check_closable
from spillkit.case.acts.rule import Rule, Stamp, check_duties, check_readable, check_reason, check_seen, named_report
from spillkit.case.known import case_facts, facts_digest
from spillkit.case.roles import DECIDERS, KEEPERS, SIGNERS, Actor
from spillkit.case.state import Case, Proposal
from spillkit.errors import ChangedSince, NotNow, NotTaken, SecondNeeded


def may_sign(proposal: Proposal, actor: Actor) -> bool:
    """Return whether this person may be the second one of a proposal."""
    return actor.role in SIGNERS and actor.user != proposal.by.actor and bool({actor.role, proposal.by.role} & DECIDERS)


def _propose_aware(case: Case, command: c.ProposeAware, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.reason)
    return e.AwareProposed(**stamp.head, aware_at=stamp.past("aware_at", command.aware_at), reason=command.reason)


def _record_duties(case: Case, command: c.RecordDuties, actor: Actor, stamp: Stamp) -> e.Event:
    facts = case_facts(case)
    if facts is None:
        raise NotNow("No facts are stated yet, so nothing can be decided on them. State the facts first.")
    if facts_digest(facts) != command.facts_digest:
        raise ChangedSince("The facts changed while the engine looked at them. Let it decide again.")
    refs = {e.DutyRef(duty.rule, duty.entity) for duty in command.decided.duties}
    if len(refs) != len(command.decided.duties):
        raise NotTaken(
            "One rule stands twice for one legal entity in what the engine said. Check the books with spillkit law check."
        )
    return e.DutiesDecided(**stamp.head, facts_digest=command.facts_digest, decided=command.decided)


def _propose_duty(case: Case, command: c.ProposeDuty, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.reason)
    check_duties(case, (command.duty,))
    return e.DutyProposed(**stamp.head, duty=command.duty, binds=command.binds, reason=command.reason)


def _propose_word(case: Case, command: c.ProposeWord, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.reason)
    if case.word is not None:
        raise NotNow("Two people signed that already.")
    return e.WordProposed(**stamp.head, reason=command.reason)


def _propose_report(case: Case, command: c.ProposeReport, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    report = named_report(case, command.report)
    if report.state != "draft":
        raise NotNow("This report is {state}. Draft another one.", state=report.state)
    check_readable(case, report)
    if report.digest != command.digest:
        raise ChangedSince("The draft is another one by now. Read it again, and propose that one.")
    return e.ReportProposed(**stamp.head, report=command.report, digest=command.digest, reason=command.reason)


def _sign(case: Case, command: c.Sign, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    proposal = _proposal(case, command.proposal)
    if proposal.by.actor == actor.user:
        raise SecondNeeded("You proposed this yourself. Another person must sign it.")
    if not may_sign(proposal, actor):
        raise SecondNeeded("One of the two must be an officer or counsel. Ask one of them to sign.")
    head = {**stamp.head, "proposal": command.proposal}
    if proposal.kind == "aware" and proposal.aware_at is not None:
        return e.AwareSigned(**head, aware_at=proposal.aware_at)
    if proposal.kind == "duty" and proposal.duty is not None:
        return (e.DutyAccepted if proposal.binds else e.DutyRejected)(**head, duty=proposal.duty)
    if proposal.kind == "report":
        check_readable(case, named_report(case, proposal.report))
        return e.ReportApproved(**head, report=proposal.report, digest=proposal.digest)
    if proposal.kind == "mailing" and proposal.doing is not None:
        return e.MailingSigned(
            **head,
            mailing=proposal.mailing,
            doing=proposal.doing,
            digest=proposal.digest,
            notices=proposal.notices,
            accepts=proposal.accepts,
        )
    if proposal.kind == "word":
        return e.WordSigned(**head)
    check_closable(case)
    return e.Closed(**head)


def _decline(case: Case, command: c.Decline, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.reason)
    _proposal(case, command.proposal)
    return e.ProposalDeclined(**stamp.head, proposal=command.proposal, reason=command.reason)


def _proposal(case: Case, proposal: str) -> Proposal:
    found = case.proposal(proposal)
    if found is None:
        raise NotNow(
            "No such proposal waits. It was signed, declined, replaced by another, or it lapsed because what it was about changed."
        )
    return found


RULES: dict[type[c.Command], Rule] = {
    c.ProposeAware: Rule(KEEPERS, (e.AwareProposed,), _propose_aware),
    c.RecordDuties: Rule(KEEPERS, (e.DutiesDecided,), _record_duties),
    c.ProposeDuty: Rule(DECIDERS, (e.DutyProposed,), _propose_duty),
    c.ProposeWord: Rule(DECIDERS, (e.WordProposed,), _propose_word),
    c.ProposeReport: Rule(DECIDERS, (e.ReportProposed,), _propose_report),
    c.Sign: Rule(
        SIGNERS,
        (
            e.AwareSigned,
            e.DutyAccepted,
            e.DutyRejected,
            e.ReportApproved,
            e.MailingSigned,
            e.WordSigned,
            e.Closed,
        ),
        _sign,
    ),
    c.Decline: Rule(SIGNERS, (e.ProposalDeclined,), _decline),
}
