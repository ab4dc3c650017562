"""Gather what a report is made of from a case.

In:    a case, the rule, what people say, the reports that were sent before, the measurement that its digest names.
Out:   Inputs for `make_report`: the same for the same record.
Else:  adding events up to a case is `spillkit.case`; keeping reports and measurements by their digest is the server's.

The case goes before what people typed: its aware-time with the reason it was signed for, its answers, its signed word, who was
told.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from spillkit.authority.inputs import inputs_for
from spillkit.authority.make import Inputs
from spillkit.authority.report import Phase, Report
from spillkit.authority.statement import Measure, Moment, Sent, Statement, Told, ToldPeople
from spillkit.case import Case, case_facts
from spillkit.case.events import DutyRef
from spillkit.case.state import Report as CaseReport
from spillkit.errors import ReportError
from spillkit.law.books import Books
from spillkit.law.decision import Decided
from spillkit.law.facts import Facts, Milestone
from spillkit.scope.measurement import Measurement
from spillkit.scope.words import listed


def inputs_of_case(
    case: Case,
    duty: DutyRef,
    *,
    books: Books,
    made_at: datetime,
    statement: Statement | None = None,
    kept: Mapping[str, Report] | None = None,
    measurement: Measurement | None = None,
    phase: Phase | None = None,
    language: str = "en",
    zone: str = "",
) -> Inputs:
    """Return the inputs of a report on one duty of a case.

    kept         reports by the SHA-256 of their JSON; those that were sent under this duty must be there (`sent_before`)
    measurement  that of the case's last figures; None: the figures of the facts alone
    phase        None: the first report, or a follow-up where one was sent
    Raises       ReportError if the case has no facts or was not decided, or an earlier report is missing
    """
    facts = _facts(case)
    decided = _decided(case)
    sent = list(sent_before(case, duty))
    earlier = tuple(_kept(each, kept or {}) for each in sent)
    return inputs_for(
        duty.rule,
        books=books,
        facts=facts,
        decided=decided,
        statement=_statement(case, statement or Statement(), duty, sent),
        made_at=made_at,
        entity=duty.entity,
        phase=phase or (Phase.FOLLOW_UP if earlier else Phase.FIRST),
        measurement=_as_corrected(case, measurement),
        earlier=earlier,
        language=language,
        zone=zone,
        is_word_signed=case.word is not None,
        sources=(f"sha256:{case.figure.digest}",) if case.figure is not None else (),
    )


def sent_before(case: Case, duty: DutyRef) -> tuple[CaseReport, ...]:
    """Return the reports that went out under a duty, oldest first; none that a withdrawal took back, nor the withdrawal."""
    sent = [each for each in case.reports if each.sent_at is not None and duty in each.duties]
    withdrawals = [place for place, each in enumerate(sent) if each.phase is Phase.WITHDRAWAL]
    return tuple(sent[withdrawals[-1] + 1 :] if withdrawals else sent)


def _as_corrected(case: Case, measurement: Measurement | None) -> Measurement | None:
    """The measurement with the figures that somebody corrected since: the authority is told what the case says now."""
    row = case.figure
    if measurement is None or row is None or not row.corrected:
        return measurement
    last = max(place for place, each in enumerate(case.figures) if not each.corrected)
    names = listed([each.corrected for each in case.figures[last + 1 :]])
    people = msgspec.structs.replace(
        measurement.people,
        confirmed=row.figures.confirmed,
        possible=row.figures.possible,
        estimate=row.figures.estimate,
        upper_bound=row.figures.upper,
        interval_low=None,
        interval_high=None,
        method=f"{measurement.people.method} Corrected by hand since ({names}).",
    )
    return msgspec.structs.replace(measurement, people=people)


def _facts(case: Case) -> Facts:
    """The facts as the case knows them; an aware-time that waits for its second person has no reason yet that may be told."""
    facts = case_facts(case)
    if facts is None:
        raise ReportError("The case has no facts yet. State them, and let them be decided on; then report.")
    aware = facts.milestones.get("aware")
    if aware is None:
        return facts
    because = case.aware.first.reason if case.aware is not None else ""
    told = Milestone(at=aware.at, by=aware.by, because=because)
    return msgspec.structs.replace(facts, milestones={**facts.milestones, "aware": told})


def _decided(case: Case) -> Decided:
    """What the engine said last; a duty that was signed stands as it was signed."""
    said = case.engine_said
    if said is None:
        raise ReportError("The case was not decided yet. Let its facts be decided on; then report.")
    signed = {(each.duty.rule, each.duty.entity): each.signed for each in case.duties if each.signed is not None}
    return msgspec.structs.replace(
        said, duties=tuple(signed.get((duty.rule, duty.entity), duty) for duty in said.duties)
    )


def _kept(report: CaseReport, kept: Mapping[str, Report]) -> Report:
    if report.digest not in kept:
        raise ReportError(
            f"The report {report.report} was sent, and its JSON is not at hand. Bring it back; then report."
        )
    return kept[report.digest]


def _statement(case: Case, given: Statement, duty: DutyRef, sent: list[CaseReport]) -> Statement:
    """What people say, with what the case has on record in its place."""
    measures = tuple(
        Measure(
            words=each.words, state="taken" if each.since is not None else "proposed", aim="mitigate", at=each.since
        )
        for each in case.protections
    )
    others = tuple(
        Told(name=each.addressee, at=each.sent_at, reference=each.receipt)
        for each in case.reports
        if each.sent_at is not None and duty not in each.duties
    )
    told_people = given.told_people
    if case.told:
        last = max(case.told, key=lambda each: each.told_at)
        told_people = ToldPeople(
            state="yes", at=last.told_at, how=last.how, people=sum(each.people for each in case.told)
        )
    return msgspec.structs.replace(
        given,
        aware=Moment(at=case.aware.aware_at, because=case.aware.first.reason)
        if case.aware is not None
        else given.aware,
        measure=(*given.measure, *measures),
        told=(*given.told, *others),
        told_people=told_people,
        sent=tuple(Sent(at=each.sent_at, reference=each.receipt) for each in sent if each.sent_at is not None),
    )
