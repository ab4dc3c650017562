"""The facts as the case knows them: what was stated, with the times and answers that people put their names to.

In:    a case.
Out:   Facts to decide on, and whether the engine was asked about exactly these.
Else:  deciding is `spillkit.law`; stating facts is the event FactsChanged.

The law's clock does not wait for a signature: as long as no aware-time is signed, a proposed one is reckoned with, and every clock
that hangs on it is shown as provisional (`clocks`). A time that somebody merely typed into the facts starts nothing.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

import msgspec

from spillkit.case.events import bare_facts
from spillkit.case.state import Case
from spillkit.law.facts import Facts, Milestone


def case_facts(case: Case) -> Facts | None:
    """Return the facts with the case's own milestones and answers; None while no facts are stated."""
    if case.facts is None:
        return None
    milestones = {name: value for name, value in case.facts.milestones.items() if name != "aware"}
    if case.discovered_at is not None:
        milestones.setdefault("discovered", Milestone(at=case.discovered_at))
    if (aware := aware_milestone(case)) is not None:
        milestones["aware"] = aware
    sent = [report.sent_at for report in case.reports if report.sent_at is not None]
    told = [each.told_at for each in case.told]
    for name, times in (("authority-told", sent), ("people-told", told)):
        if times:
            milestones[name] = Milestone(at=min(times))
    answers = {**case.facts.answers, **{question: said.answer for question, said in case.answers.items()}}
    return msgspec.structs.replace(case.facts, milestones=milestones, answers=answers)


def aware_milestone(case: Case) -> Milestone | None:
    """Return when the company became aware: as signed, else as proposed."""
    if case.aware is not None:
        first, second = case.aware.first, case.aware.second
        return Milestone(
            at=case.aware.aware_at, by=f"{first.actor}, {second.actor}", because=f"signed, entry {second.number}"
        )
    at = proposed_aware(case)
    return None if at is None else Milestone(at=at, because="proposed, not signed")


def proposed_aware(case: Case) -> datetime | None:
    """Return the aware-time that waits for a second person, if one does."""
    return next((proposal.aware_at for proposal in case.proposals if proposal.kind == "aware"), None)


def must_decide_again(case: Case) -> bool:
    """Return whether the engine was not yet asked about the facts as they are now."""
    facts = case_facts(case)
    return facts is not None and facts_digest(facts) != case.decided_facts


def facts_digest(facts: Facts) -> str:
    """Return the SHA-256 of facts as JSON: what a decision was made on.

    It stands in the case for ever, so what a person wrote is not in it (see `events.digest`). The aware-time's words are the case's
    own: whether it is signed.
    """
    milestones = dict(bare_facts(facts).milestones)
    if "aware" in facts.milestones:
        milestones["aware"] = facts.milestones["aware"]
    kept = msgspec.structs.replace(facts, milestones=milestones)
    return hashlib.sha256(msgspec.json.encode(kept, order="deterministic")).hexdigest()
