"""The record of a case gives its reports again, byte for byte, and goes before what people typed."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from spillkit.authority import Phase, digest_of, inputs_of_case, make_report, report_json
from spillkit.authority.report import Report
from spillkit.authority.statement import Moment, Statement
from spillkit.case import Case, decode, encode, fold
from spillkit.case import commands as c
from spillkit.case.events import Figure
from spillkit.errors import ReportError
from spillkit.law.facts import Facts
from tests.authority.papers import AWARE as TYPED
from tests.authority.papers import books, measured, statement
from tests.case import room
from tests.case.room import AWARE, ENGINEER, GDPR_33, NOW, OFFICER, Room, decided_room, new_id


def made(case: Case, **values: object) -> Report:
    settings: dict[str, object] = {"books": books(), "made_at": NOW + timedelta(hours=1)}
    return make_report(inputs_of_case(case, GDPR_33, **settings | values)).report


def with_people(confirmed: int, upper: int) -> Facts:
    [people] = room.FACTS.populations
    more = msgspec.structs.replace(people, people=confirmed, people_upper=upper)
    return msgspec.structs.replace(room.FACTS, populations=(more,))


def sent(here: Room, report: Report, name: str = "r-1", **more: object) -> Room:
    """Draft, sign and send exactly this report, ten minutes after it was made."""
    here.now = report.made_at + timedelta(minutes=20)
    command = c.DraftReport(
        id=new_id(),
        report=name,
        addressee="Data Protection Commission",
        duties=(GDPR_33,),
        digest=digest_of(report),
        **more,  # type: ignore[arg-type]
    )
    here.do(ENGINEER, command)
    [proposed] = here.do(
        OFFICER, c.ProposeReport(id=new_id(), seen=here.case.version, report=name, digest=digest_of(report))
    )
    return here.signed(room.COUNSEL, proposed).sent(name, at=report.made_at + timedelta(minutes=10))


def test_the_same_record_gives_the_same_bytes():
    here = decided_room()
    again = fold([decode(encode(event)) for event in here.events])
    assert report_json(made(here.case, statement=statement())) == report_json(made(again, statement=statement()))


def test_the_signed_time_and_its_reason_go_before_what_was_typed():
    report = made(
        decided_room().case, statement=Statement(aware=Moment(at=TYPED + timedelta(hours=9), because="typed"))
    )
    assert report.clock.starts_at == AWARE
    assert report.clock.because == "the ticket said so"


def test_who_signed_is_not_told():
    assert room.COUNSEL.user not in str(made(decided_room().case))


def test_a_follow_up_holds_on_to_what_was_sent():
    here = decided_room()
    first = made(here.case)
    sent(here, first)
    here.measured(1100, 1200).stated(with_people(1100, 1200)).asked()
    second = made(here.case, kept={digest_of(first): first}, made_at=NOW + timedelta(hours=30))
    assert second.phase is Phase.FOLLOW_UP
    [earlier] = second.earlier
    assert (earlier.reference, earlier.sent_at) == ("DPC-1", first.made_at + timedelta(minutes=10))
    assert {("number-people", "confirmed")} <= {(each.item, each.code) for each in second.changes}
    assert second.clock.is_late is False


def test_an_earlier_report_that_is_not_at_hand_is_asked_for():
    here = decided_room()
    sent(here, made(here.case))
    with pytest.raises(ReportError, match="r-1"):
        made(here.case)


def test_a_case_without_facts_or_decision_is_refused():
    for here in (Room().opened(), Room().opened().measured().stated()):
        with pytest.raises(ReportError):
            made(here.case)


def test_people_told_and_protection_on_record_are_said():
    here = decided_room()
    here.do(ENGINEER, c.AddProtection(id=new_id(), words="Passwords were reset.", since=NOW))
    here.do(OFFICER, c.RecordTold(id=new_id(), duties=(room.GDPR_34,), people=980, told_at=NOW, how="one e-mail each"))
    report = made(here.case)
    measures = next(each for each in report.sections if each.item == "measures")
    assert [line.words for line in measures.lines] == ["Passwords were reset."]
    assert {each.field: each.option for each in report.template}[97] == "a"


def test_the_word_comes_from_the_case():
    here = decided_room()
    assert made(here.case).word == "incident"
    [proposed] = here.do(OFFICER, c.ProposeWord(id=new_id(), seen=here.case.version, reason="counsel agrees"))
    here.signed(room.COUNSEL, proposed)
    assert made(here.case).word == "breach"


def test_after_a_withdrawal_a_report_is_a_first_one_again():
    here = decided_room()
    first = made(here.case)
    sent(here, first)
    said = Statement(withdrawn_because="It was a test.")
    kept = {digest_of(first): first}
    back = made(here.case, kept=kept, statement=said, phase=Phase.WITHDRAWAL, made_at=NOW + timedelta(hours=3))
    sent(here, back, "r-2", phase=Phase.WITHDRAWAL, follows="r-1")
    again = made(here.case, made_at=NOW + timedelta(hours=5))
    assert (again.phase, again.sequence, again.earlier) == (Phase.FIRST, 1, ())


def test_a_corrected_figure_is_what_the_authority_is_told():
    here = decided_room()
    here.do(
        OFFICER,
        c.CorrectFigure(
            id=new_id(),
            seen=here.case.version,
            figure=Figure.CONFIRMED,
            old=here.case.figure.figures.confirmed,
            new=here.case.figure.figures.confirmed - 1,
            why="one was a test account",
        ),
    )
    report = made(here.case, measurement=measured())
    lines = {line.code: line for line in next(each for each in report.sections if each.item == "number-people").lines}
    assert lines["confirmed"].number == here.case.figure.figures.confirmed
    assert "Corrected by hand since (confirmed)" in lines["method"].words
    assert "test account" not in str(report)
