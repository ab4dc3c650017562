"""No path sends a notice again after nobody knows whether it was taken, but on evidence or by two people."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from spillkit.errors import ForbiddenStep
from spillkit.notices.states import (
    STEPS,
    Event,
    Evidence,
    Settlement,
    State,
    check_settlement,
    event_of_code,
    later,
    state_by_tries,
    step,
)

_BY_ITSELF = [event for event in Event if event not in (Event.SEND_AGAIN, Event.FOUND_NOT_TAKEN)]


def test_every_step_that_is_not_drawn_is_refused():
    for state, event in itertools.product(State, Event):
        if (state, event) in STEPS:
            assert step(state, event) is STEPS[(state, event)]
        else:
            with pytest.raises(ForbiddenStep, match="Nothing was changed"):
                step(state, event)


def test_from_an_unknown_outcome_no_path_leads_to_the_wire_by_itself():
    reached, fresh = {State.HELD}, [State.HELD]
    while fresh:
        at = fresh.pop()
        for event in _BY_ITSELF:
            after = STEPS.get((at, event))
            if after is not None and after not in reached:
                reached.add(after)
                fresh.append(after)
    assert reached == {State.HELD, State.ACCEPTED, State.BOUNCED, State.LEFT}


def test_what_was_taken_never_reaches_the_wire_again():
    for state in (State.ACCEPTED, State.BOUNCED, State.LEFT, State.WITHDRAWN):
        after = {STEPS[(at, event)] for at, event in STEPS if at is state}
        assert after <= {State.ACCEPTED, State.BOUNCED}


def test_every_state_can_be_reached_and_each_that_moves_can_end():
    assert {State.READY, *STEPS.values()} == set(State)
    assert {at for at, _event in STEPS} == set(State) - {State.BOUNCED, State.WITHDRAWN}


class OneNotice(RuleBasedStateMachine):
    """A server that takes mails or not, answers or not; a sender that only takes allowed steps."""

    def __init__(self):
        super().__init__()
        self.state = State.READY
        self.copies = 0  # in the mailbox
        self.may_be_there = False  # since the last decision that it is not

    def take(self, event):
        try:
            self.state = step(self.state, event)
        except ForbiddenStep:
            return False
        return True

    @rule(is_taken=st.booleans(), is_answered=st.booleans(), leaves=st.booleans())
    def send(self, is_taken, is_answered, leaves):
        if not self.take(Event.CLAIMED):
            return
        assert not self.may_be_there, "sent while it may be there"
        if not leaves:
            assert self.take(Event.NOT_OFFERED)
            return
        self.copies += is_taken
        self.may_be_there = is_taken or not is_answered
        if not is_answered:
            assert self.take(Event.ANSWER_LOST)
        else:
            assert self.take(Event.TAKEN if is_taken else Event.PUT_OFF)

    @rule(event=st.sampled_from(_BY_ITSELF))
    def hear(self, event):
        """Anything that is said of it while no sender has it: late answers, doubled webhooks, a second click."""
        if event is not Event.CLAIMED:
            self.take(event)

    @rule()
    def look_into_the_log(self):
        found = self.copies > 0
        if self.take(Event.FOUND_TAKEN if found else Event.FOUND_NOT_TAKEN) and not found:
            self.may_be_there = False

    @invariant()
    def never_twice(self):
        assert self.copies <= 1


TestOneNotice = OneNotice.TestCase
TestOneNotice.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)


def test_one_person_alone_settles_nothing():
    both = Settlement(Evidence.TWO_PEOPLE, Event.SEND_AGAIN, ("u_1", "u_2"))
    check_settlement(both)
    for people in ((), ("u_1",), ("u_1", "u_1"), ("u_1", "")):
        with pytest.raises(ForbiddenStep, match="two different people"):
            check_settlement(Settlement(Evidence.TWO_PEOPLE, Event.SEND_AGAIN, people))


@pytest.mark.parametrize(
    ("evidence", "event"),
    [
        (Evidence.DELIVERY_STATUS, Event.FOUND_NOT_TAKEN),  # that no notification came shows nothing
        (Evidence.SERVER_LOG, Event.SEND_AGAIN),
        (Evidence.TWO_PEOPLE, Event.FOUND_NOT_TAKEN),  # people decide; they do not find
        (Evidence.SERVICE_KEY, Event.CLAIMED),
    ],
)
def test_evidence_shows_no_more_than_it_can(evidence, event):
    with pytest.raises(ForbiddenStep):
        check_settlement(Settlement(evidence, event, ("u_1", "u_2")))


def test_answers_that_are_none_count_as_lost():
    assert event_of_code(251) is Event.TAKEN
    assert event_of_code(421) is Event.PUT_OFF
    assert event_of_code(554) is Event.REFUSED
    for code in (-1, 0, 99, 154, 354, 600, 999):
        assert event_of_code(code) is Event.ANSWER_LOST


_OF_JOURNALS = st.sampled_from([event for event in Event if event not in (Event.CLAIMED, Event.NOT_OFFERED)])


@settings(max_examples=150)
@given(st.lists(_OF_JOURNALS, min_size=1, max_size=4))
def test_what_became_of_a_try_does_not_depend_on_the_order_of_reading(events):
    def read(order):
        known = None
        for event in order:
            known = later(known, event)
        return known

    [event] = {read(order) for order in itertools.permutations(events)}
    assert event is not Event.ANSWER_LOST or set(events) == {Event.ANSWER_LOST}


@settings(max_examples=200)
@given(
    st.sampled_from(State),
    st.lists(st.tuples(st.integers(1, 4), _OF_JOURNALS), max_size=4, unique_by=lambda pair: pair[0]),
)
def test_an_old_row_never_becomes_sendable_while_a_try_is_unknown_or_was_taken(state, tries):
    after = state_by_tries(state, tries)
    events = {event for _number, event in tries}
    assert after is state_by_tries(state, reversed(tries))
    if events & {Event.TAKEN, Event.FOUND_TAKEN, Event.ANSWER_LOST}:
        assert after not in (State.READY, State.DEFERRED, State.SENDING)
    if not tries:
        assert after is state
