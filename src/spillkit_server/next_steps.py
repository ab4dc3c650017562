"""What is to be done next on a case: one line that empties as the work is done.

In:    a case, and who reads it.
Out:   Next: how many of each step are left.
Else:  doing them is on the pages that the line leads to; clocks and tasks stand in lists of their own.

What hangs on an answer is not counted as a duty to decide: the question is counted, and the duty once it is answered.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

from spillkit.case import Actor, Case, may_sign
from spillkit.case.state import DutyState
from spillkit.law.decision import Outcome
from spillkit.law.rule import DutyKind

_AWARE = "when@aware"  # the question that two people answer by signing the time


@dataclass(frozen=True, slots=True)
class Next:
    """How much of each step is left, in the order in which it is done."""

    propose_aware: bool = False  # nobody proposed yet when the company became aware
    sign: int = 0  # proposals that this reader may sign
    answer: int = 0  # questions
    decide: int = 0  # duties that are triggered, and that nobody proposed to accept or reject
    draft: int = 0  # reports to authorities; one for all duties that it meets together
    put_up: int = 0  # drafts that nobody proposed for signature
    send: int = 0  # reports that two people signed, and that nobody handed in
    tell: int = 0  # accepted duties to tell people or others
    others_sign: int = 0  # proposals that wait for another person

    @property
    def is_done(self) -> bool:
        """Whether nothing of this is left."""
        return not any(astuple(self))


def next_steps(case: Case, actor: Actor) -> Next:
    """Return what is left to do on a case, as this person would do it; nothing on a case that is closed."""
    if case.status != "open":
        return Next()
    waiting = {(proposal.kind, proposal.duty) for proposal in case.proposals}
    for_signature = {proposal.report for proposal in case.proposals if proposal.kind == "report"}
    mine = sum(may_sign(proposal, actor) for proposal in case.proposals)
    drafts = [report for report in case.reports if report.state == "draft"]
    return Next(
        propose_aware=case.aware is None and ("aware", None) not in waiting,
        sign=mine,
        answer=sum(question != _AWARE for question in case.open_questions),
        decide=sum(_is_proposed(state) and ("duty", state.ref) not in waiting for state in case.duties),
        draft=len({_report_of(state) for state in case.duties if _wants_report(case, state)}),
        put_up=sum(report.report not in for_signature for report in drafts),
        send=sum(report.state == "approved" for report in case.reports),
        tell=sum(_wants_telling(state) for state in case.duties),
        others_sign=len(case.proposals) - mine,
    )


def _is_proposed(state: DutyState) -> bool:
    """Whether the engine proposes a duty that nobody decided, and that was not met either."""
    is_open = state.state == "proposed" and state.met_at is None
    return is_open and state.listed and state.duty.outcome is Outcome.TRIGGERED


def _wants_report(case: Case, state: DutyState) -> bool:
    """Whether a duty surely wants a report that nobody drafted: the first, or a later one whose own clock has an end."""
    kind, ends = state.duty.duty, state.duty.deadline
    is_due = kind is DutyKind.NOTIFY_AUTHORITY or (
        kind is DutyKind.FOLLOW_UP and ends is not None and ends.starts == "authority-told" and ends.due_at is not None
    )
    is_drafted = any(state.ref in report.duties and report.state in ("draft", "approved") for report in case.reports)
    is_sure = state.state == "accepted" or _is_proposed(state)
    return is_due and is_sure and state.met_at is None and not is_drafted


def _report_of(state: DutyState) -> tuple[str, str, tuple[str, ...]]:
    """What makes two duties one report: law, company and addressees."""
    return state.duty.jurisdiction, state.duty.entity, state.duty.addressees


def _wants_telling(state: DutyState) -> bool:
    is_to_tell = state.duty.duty in (DutyKind.TELL_PEOPLE, DutyKind.TELL_OTHERS)
    return is_to_tell and state.state == "accepted" and state.met_at is None
