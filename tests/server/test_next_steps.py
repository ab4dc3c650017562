"""What is to be done next: each step is counted until it is done, and nothing is left of a case that is done or closed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from spillkit.case import commands as c
from spillkit.law.decision import Outcome
from spillkit.law.rule import DutyKind
from spillkit_server.next_steps import Next, next_steps
from tests.case.room import (
    AUDITOR,
    AWARE,
    COUNSEL,
    ENGINEER,
    GDPR_33,
    GDPR_33_5,
    GDPR_34,
    NOW,
    OFFICER,
    Room,
    decided_room,
    duty,
    new_id,
)


def propose_duty(room, ref=GDPR_33):
    room.do(OFFICER, c.ProposeDuty(id=new_id(), seen=room.case.version, duty=ref, binds=True, reason="names were seen"))
    return room


def test_a_case_goes_its_way_and_the_line_empties():
    room = Room().opened().measured().stated()
    assert next_steps(room.case, OFFICER) == Next(propose_aware=True)
    room.aware().asked(duty(GDPR_33, Outcome.ASK), duty(GDPR_34), questions=("risk-unlikely",))
    assert next_steps(room.case, OFFICER) == Next(answer=1, decide=1)
    answer = {"seen": room.case.version, "question": "risk-unlikely", "answer": "no", "reason": "strangers saw names"}
    room.do(OFFICER, c.AnswerQuestion(id=new_id(), **answer))
    room.asked(duty(GDPR_33), duty(GDPR_34))
    assert next_steps(room.case, OFFICER) == Next(decide=2, draft=1)
    room.bound(GDPR_33).bound(GDPR_34, binds=False)
    assert next_steps(room.case, OFFICER) == Next(draft=1)
    room.drafted()
    assert next_steps(room.case, OFFICER) == Next(put_up=1)
    room.approved()
    assert next_steps(room.case, OFFICER) == Next(send=1)
    room.sent()
    assert next_steps(room.case, OFFICER).is_done


def test_what_waits_for_a_signature_is_counted_for_whoever_may_give_it():
    room = propose_duty(decided_room())
    assert next_steps(room.case, COUNSEL) == Next(sign=1, decide=1, draft=1)
    assert next_steps(room.case, OFFICER) == Next(others_sign=1, decide=1, draft=1)
    assert next_steps(room.case, AUDITOR) == Next(others_sign=1, decide=1, draft=1)


def test_a_time_that_is_proposed_is_to_be_signed_and_not_proposed_again():
    room = Room().opened().stated()
    room.do(ENGINEER, c.ProposeAware(id=new_id(), seen=room.case.version, aware_at=AWARE, reason="the ticket"))
    assert next_steps(room.case, COUNSEL) == Next(sign=1)


def test_the_time_is_not_counted_as_a_question_beside_its_own_step():
    room = Room().opened().stated().asked(duty(aware=None), questions=("when@aware", "risk-unlikely"))
    assert next_steps(room.case, OFFICER) == Next(propose_aware=True, answer=1, decide=1, draft=1)


def test_duties_that_one_report_meets_together_are_one_report():
    other = replace(duty(GDPR_33_5), duty=DutyKind.NOTIFY_AUTHORITY)
    room = decided_room().asked(duty(GDPR_33), other)
    assert next_steps(room.case, OFFICER).draft == 1
    room.asked(duty(GDPR_33), replace(other, addressees=("Garante",)))
    assert next_steps(room.case, OFFICER).draft == 2


def test_a_later_report_is_next_once_its_own_clock_has_an_end():
    later = replace(duty(GDPR_33_5), duty=DutyKind.FOLLOW_UP)
    ends = replace(later.deadline, starts="authority-told")
    room = decided_room()
    assert next_steps(room.asked(replace(later, deadline=ends)).case, OFFICER).draft == 1
    ends = replace(ends, starts_at=None, due_at=None)
    assert next_steps(room.asked(replace(later, deadline=ends)).case, OFFICER).draft == 0


def test_people_are_told_under_a_duty_that_was_accepted():
    room = decided_room().bound(GDPR_34)
    assert next_steps(room.case, OFFICER).tell == 1
    told = c.RecordTold(id=new_id(), duties=(GDPR_34,), people=988, told_at=NOW - timedelta(hours=1), how="mail")
    room.do(OFFICER, told)
    assert next_steps(room.case, OFFICER).tell == 0


@pytest.mark.parametrize("outcome", [Outcome.ASK, Outcome.NOT_TRIGGERED])
def test_what_does_not_surely_bind_is_nobodys_next_step(outcome):
    room = decided_room().asked(duty(GDPR_33, outcome))
    assert next_steps(room.case, OFFICER).is_done


def test_a_closed_case_asks_for_nothing():
    room = decided_room()
    assert next_steps(replace(room.case, status="closed"), OFFICER) == Next()
