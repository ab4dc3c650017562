"""How far clocks have run, and which reminders are due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from spillkit.case import Reminder, case_facts, due_reminders, facts_digest, fold, must_decide_again, running_clocks
from spillkit.case import commands as c
from spillkit.case.clocks import ClockState, Running
from spillkit.case.events import Phase
from spillkit.case.reminders import PERCENTS
from spillkit.case.state import Reminded
from spillkit.law.books import read_books
from spillkit.law.decide import decide
from spillkit.law.decision import Outcome
from spillkit.law.facts import Entity, Milestone
from spillkit.law.rule import DutyKind, Status
from tests.case.room import (
    AWARE,
    COUNSEL,
    ENGINEER,
    FACTS,
    GDPR_33,
    GDPR_33_5,
    GDPR_34,
    NOW,
    OFFICER,
    SYSTEM,
    Room,
    decided_room,
    duty,
    new_id,
)

MICROSECOND = timedelta(microseconds=1)
DUE = AWARE + timedelta(hours=72)


def _clock(room: Room, now: datetime = NOW) -> Running:
    [clock] = [clock for clock in running_clocks(room.case, now) if clock.duty == GDPR_33]
    return clock


def test_strict_time_runs_from_the_signed_aware_time():
    clock = _clock(decided_room())
    assert (clock.state, clock.due_at) == (ClockState.RUNNING, DUE)
    assert clock.elapsed_seconds == 35 * 3600 + 40 * 60
    assert clock.left_seconds == 36 * 3600 + 20 * 60
    assert clock.share == pytest.approx((35 * 60 + 40) / (72 * 60))
    assert (clock.is_accepted, clock.is_provisional) == (False, False)


def test_a_clock_runs_while_its_question_waits():
    """The 72 hours pass whether or not somebody has said if a risk is unlikely: an officer must see them."""
    clock = _clock(Room().opened().stated().asked(duty(outcome=Outcome.ASK)))
    assert (clock.state, clock.due_at, clock.is_asked, clock.is_accepted) == (ClockState.RUNNING, DUE, True, False)
    assert not _clock(decided_room()).is_asked


def test_what_may_bind_without_a_fixed_period_is_no_clock():
    room = Room().opened().stated().asked(duty(outcome=Outcome.ASK, hours=None))
    assert running_clocks(room.case, NOW) == ()


def test_a_clock_without_a_start_has_not_started():
    room = Room().opened().stated().asked(duty(aware=None))
    clock = _clock(room)
    assert (clock.state, clock.elapsed_seconds, clock.left_seconds, clock.share) == (
        ClockState.NOT_STARTED,
        None,
        None,
        None,
    )


def test_the_clock_runs_on_a_proposed_aware_time_and_says_that_nobody_signed_it():
    room = Room().opened().stated()
    [proposed] = room.do(
        ENGINEER, c.ProposeAware(id=new_id(), seen=room.case.version, aware_at=AWARE, reason="the ticket said so")
    )
    assert case_facts(room.case).milestones["aware"].at == AWARE
    room.asked()
    assert _clock(room).is_provisional
    room.signed(COUNSEL, proposed)
    assert not _clock(room).is_provisional
    later = AWARE + timedelta(hours=2)
    room.aware(later)  # Signed anew: the old one stays in sight, and the clocks must be decided again.
    assert [aware.aware_at for aware in room.case.earlier_aware] == [AWARE]
    assert _clock(room).is_provisional
    assert must_decide_again(room.case)


def test_an_aware_time_that_was_only_typed_in_starts_nothing():
    typed = replace(FACTS, milestones={"aware": Milestone(at=AWARE), "discovered": Milestone(at=AWARE)})
    room = Room().opened().stated(typed)
    assert set(case_facts(room.case).milestones) == {"discovered"}


def test_a_clock_is_met_in_time_or_late_or_missed():
    sent = decided_room().bound().drafted().approved()
    assert _clock(sent, DUE + timedelta(seconds=1)).state is ClockState.MISSED
    assert _clock(sent, DUE).state is ClockState.RUNNING  # The last moment counts.
    in_time = decided_room().bound().drafted().approved().sent(at=NOW)
    clock = _clock(in_time, DUE + timedelta(days=9))
    assert (clock.state, clock.met_at, clock.elapsed_seconds) == (ClockState.MET, NOW, 35 * 3600 + 40 * 60)
    late = decided_room().bound().drafted().approved()
    late.now = DUE + timedelta(hours=3)
    late.sent(at=DUE + timedelta(hours=2))
    clock = _clock(late, late.now)
    assert (clock.state, clock.left_seconds) == (ClockState.MET_LATE, -7200)


def test_a_follow_up_does_not_make_a_report_that_was_in_time_late():
    room = decided_room().bound().drafted().approved().sent()
    room.now = DUE + timedelta(days=2)
    room.drafted("r-2", phase=Phase.FOLLOW_UP, follows="r-1").approved("r-2").sent("r-2", at=room.now)
    assert _clock(room, room.now).state is ClockState.MET


def test_a_machine_whose_clock_was_set_back_wins_no_time():
    room = decided_room()
    assert _clock(room, NOW - timedelta(days=5)).left_seconds == _clock(room, NOW).left_seconds


def test_a_rejected_duty_has_no_clock_and_an_accepted_one_has_it_whatever_the_engine_says():
    room = decided_room().bound(GDPR_34, binds=False).bound(GDPR_33)
    room.asked(duty(GDPR_33), duty(GDPR_34))
    assert [clock.duty for clock in running_clocks(room.case, NOW)] == [GDPR_33]
    room.asked(duty(GDPR_33, Outcome.ASK))
    assert [clock.is_asked for clock in running_clocks(room.case, NOW)] == [False]  # Two people accepted it.
    room.asked(duty(GDPR_33, Outcome.NOT_TRIGGERED))
    assert running_clocks(room.case, NOW) == ()  # No deadline is known; the duty itself stays accepted.
    assert room.case.duty(GDPR_33).has_moved


def test_a_duty_without_a_period_is_never_missed():
    room = Room().opened().stated().aware().asked(duty(hours=None))
    clock = _clock(room, NOW + timedelta(days=900))
    assert (clock.state, clock.share, clock.left_seconds) == (ClockState.NO_FIXED_PERIOD, None, None)


def test_clocks_that_end_first_come_first_and_what_is_done_last():
    room = decided_room().asked(duty(GDPR_33), duty(GDPR_33_5, hours=24))
    assert [clock.duty for clock in running_clocks(room.case, NOW)] == [GDPR_33_5, GDPR_33]
    room.do(OFFICER, c.RecordMet(id=new_id(), duty=GDPR_33_5, met_at=NOW, how="written down"))
    assert [clock.duty for clock in running_clocks(room.case, NOW)] == [GDPR_33, GDPR_33_5]


def _reminders(room: Room, now: datetime) -> tuple[Reminder, ...]:
    return due_reminders(room.case.id, running_clocks(room.case, now), room.case.reminders, now)


def _send(room: Room, now: datetime) -> list[int]:
    sent = []
    for reminder in _reminders(room, now):
        room.do(
            SYSTEM,
            c.RecordReminder(
                id=reminder.id, duty=reminder.duty, percent=reminder.percent, due_at=reminder.clock.due_at
            ),
            now,
        )
        sent.append(reminder.percent)
    return sent


def test_reminders_come_at_50_80_and_95_percent_each_once():
    room = Room().opened().stated().aware().asked(duty())
    said = []
    for minute in range(0, 80 * 60, 7):
        said += [(minute, percent) for percent in _send(room, AWARE + timedelta(minutes=minute))]
    assert [percent for _, percent in said] == [50, 80, 95]
    for minute, percent in said:
        assert 0 <= minute - 72 * 60 * percent / 100 < 7


def test_a_mark_is_reached_at_its_very_moment():
    room = Room().opened().stated().aware().asked(duty())
    half = AWARE + timedelta(hours=36)
    assert _reminders(room, half - timedelta(microseconds=1)) == ()
    assert [reminder.percent for reminder in _reminders(room, half)] == [50]


def test_a_sender_that_slept_reminds_once_of_the_last_mark_also_when_the_time_is_over():
    room = Room().opened().stated().aware().asked(duty())
    assert _send(room, DUE + timedelta(hours=5)) == [95]
    assert _send(room, DUE + timedelta(hours=6)) == []


def test_two_senders_make_one_event():
    room = Room().opened().stated().aware().asked(duty())
    now = AWARE + timedelta(hours=40)
    first, second = _reminders(room, now), _reminders(room, now)
    assert [reminder.id for reminder in first] == [reminder.id for reminder in second]


def test_a_later_end_is_a_new_clock():
    room = Room().opened().stated().aware().asked(duty())
    now = AWARE + timedelta(hours=40)
    assert _send(room, now) == [50]
    room.aware(AWARE + timedelta(hours=3)).asked(duty(aware=AWARE + timedelta(hours=3)))
    assert _send(room, now) == [50]


def test_nobody_is_reminded_of_what_is_done():
    room = decided_room().bound().drafted().approved().sent()
    assert [each.duty for each in _reminders(room, DUE + timedelta(days=1))] == [GDPR_34]


@given(
    hours=st.integers(1, 24 * 400),
    looks=st.lists(st.floats(0, 2, allow_nan=False), min_size=1, max_size=12),
)
def test_whenever_one_looks_no_reminder_comes_twice_and_the_last_mark_is_never_forgotten(hours, looks):
    """The plain twin: of all marks that are reached by the last look, the highest was sent, and none more than once."""
    due = AWARE + timedelta(hours=hours)
    clock = Running(
        duty=GDPR_33,
        citation="",
        kind=DutyKind.NOTIFY_AUTHORITY,
        jurisdiction="EU",
        jurisdiction_name="European Union",
        addressees=(),
        state=ClockState.RUNNING,
        words="",
        starts="aware",
        starts_at=AWARE,
        due_at=due,
        due_local="",
        zone="UTC",
        elapsed_seconds=0,
        left_seconds=0,
        share=0.0,
        is_accepted=True,
        is_asked=False,
        is_provisional=False,
        met_at=None,
        contested=(),
        status=Status.CONFIRMED,
    )
    sent: list[Reminded] = []
    for look in sorted(looks):
        now = AWARE + (due - AWARE) * look
        for reminder in due_reminders("c-1", [clock], sent, now):
            sent.append(Reminded(duty=reminder.duty, percent=reminder.percent, due_at=due))
    percents = [reminded.percent for reminded in sent]
    assert percents == sorted(set(percents))
    last = AWARE + (due - AWARE) * max(looks)
    share = Fraction((last - AWARE) // MICROSECOND, (due - AWARE) // MICROSECOND)
    assert percents[-1:] == [percent for percent in PERCENTS if share >= Fraction(percent, 100)][-1:]


ZONES = {
    "the company's own": (
        (Entity(id="shop", established=("ES",), zone="Europe/Madrid"),),
        "Europe/Madrid",
        "17:20+01:00",
    ),
    "the law's, where the facts name none": (FACTS.entities, "Asia/Tokyo", "01:20+09:00"),
    "the law's, where that company is not known": (
        (Entity(id="other", zone="Europe/Rome"),),
        "Asia/Tokyo",
        "01:20+09:00",
    ),
    "the law's, where there is no such zone": (
        (Entity(id="shop", zone="Europe/Nowhere"),),
        "Asia/Tokyo",
        "01:20+09:00",
    ),
}


@pytest.mark.parametrize(("entities", "zone", "at"), ZONES.values(), ids=ZONES)
def test_the_end_is_told_in_the_zone_of_whoever_must_keep_it(entities, zone, at):
    said = duty()
    room = Room().opened().stated().asked(replace(said, deadline=replace(said.deadline, zone="Asia/Tokyo")))
    facts = replace(FACTS, entities=entities)
    [clock] = running_clocks(replace(room.case, facts=facts), NOW)
    assert clock.zone == zone
    assert datetime.fromisoformat(clock.due_local) == clock.due_at == DUE
    assert clock.due_local.partition("T")[2].replace(":00+", "+") == at


def test_the_real_books_decide_the_case():
    """From facts to clocks with the law as it is shipped: the 72 hours of GDPR Art. 33 to the second."""
    room = Room().opened().measured().stated()
    room.aware(datetime(2018, 11, 20, 16, 20, tzinfo=UTC))
    facts = case_facts(room.case)
    said = decide(facts, read_books(), now=NOW)
    room.do(ENGINEER, c.RecordDuties(id=new_id(), facts_digest=facts_digest(facts), decided=said))
    assert not must_decide_again(room.case)
    assert "risk-unlikely" in room.case.open_questions
    room.do(
        OFFICER,
        c.AnswerQuestion(
            id=new_id(),
            seen=room.case.version,
            question="risk-unlikely",
            answer="no",
            reason="strangers can write to them",
        ),
    )
    assert must_decide_again(room.case)
    facts = case_facts(room.case)
    said = decide(facts, read_books(), now=NOW)
    room.do(ENGINEER, c.RecordDuties(id=new_id(), facts_digest=facts_digest(facts), decided=said))
    [clock] = [clock for clock in running_clocks(room.case, NOW) if clock.duty == GDPR_33]
    assert clock.due_at == datetime(2018, 11, 23, 16, 20, tzinfo=UTC)
    assert clock.state is ClockState.MISSED
    assert fold(room.events) == room.case
