"""What two people signed is done once, to exactly what they looked at, and nothing that came later."""

from __future__ import annotations

import pytest

from tests.server.receivers import mailbox
from tests.server.test_sending import Refused, Sending, people, receivers

PLAN, OTHER = "a" * 64, "b" * 64


@pytest.fixture(scope="module")
def sending(tmp_path_factory):
    made = Sending(tmp_path_factory.mktemp("carrying")).begin()
    yield made
    made.kill()


@pytest.fixture(scope="module")
def case(sending):
    return sending.open_case()


@pytest.fixture
def box():
    with mailbox() as served:
        yield served


def leave(sending, box, name, given, **pace):
    return sending.send(name=name, url=box.url, addresses=given, **pace)


def test_a_mailing_leaves_once_two_people_signed_this_plan(sending, case, box):
    given = people("C", 3)
    sending.plan(name="c", addresses=given, approved=False, case=case, digest=PLAN)
    leave(sending, box, "c", given)
    sending.decide(case=case, name="c", doing="send", digest=OTHER)
    assert not sending.is_approved(name="c")
    assert sending.carry_out(name="c") == 0
    leave(sending, box, "c", given)
    assert receivers(box) == []
    sending.decide(case=case, name="c", doing="send")
    assert sending.is_approved(name="c")
    leave(sending, box, "c", given)
    assert receivers(box) == sorted(given.values())
    sending.carry_out(name="c")
    assert sending.carry_out(name="c") == 0  # Each once.


def test_a_decision_to_go_on_counts_for_the_stop_before_it_and_no_later_one(sending, case, box):
    given = people("G", 4)
    sending.plan(name="g", addresses=given, approved=False, case=case, digest=PLAN)
    sending.decide(case=case, name="g", doing="send")
    sending.carry_out(name="g")
    sending.wait(minutes=1)
    sending.decide(case=case, name="g", doing="go-on")
    sending.wait(minutes=1)
    sending.pause(name="g")
    sending.wait(minutes=1)
    sending.carry_out(name="g")
    assert sending.paused(name="g") == "people"
    sending.decide(case=case, name="g", doing="go-on", digest=OTHER)
    sending.carry_out(name="g")
    assert sending.paused(name="g") == "people"
    sending.decide(case=case, name="g", doing="go-on")
    assert sending.carry_out(name="g") == 1
    assert sending.paused(name="g") == ""
    leave(sending, box, "g", given)
    assert sending.funnel(name="g") == {"planned": 4, "accepted": 4}


def held(sending, case, box, name, count):
    """Make a mailing whose answers are all lost."""
    given = people(name.upper(), count)
    sending.plan(name=name, addresses=given, approved=False, case=case, digest=PLAN)
    sending.decide(case=case, name=name, doing="send")
    sending.carry_out(name=name)
    box.to_mail = ""
    leave(sending, box, name, given)
    box.to_mail = "250 taken"
    assert sending.funnel(name=name) == {"planned": count, "held": count}
    sending.wait(minutes=1)
    return given


def test_held_notices_are_sent_again_exactly_those_that_were_signed(sending, case, box):
    given = held(sending, case, box, "h", 3)
    box.letters.clear()
    leave(sending, box, "h", given)
    assert receivers(box) == []
    sending.decide(case=case, name="h", doing="send-again")
    assert sending.carry_out(name="h") == 1
    box.to_mail = ""  # Lost a second time: the same notices are held again.
    leave(sending, box, "h", given)
    box.to_mail = "250 taken"
    assert sending.funnel(name="h") == {"planned": 3, "held": 3}
    assert sending.carry_out(name="h") == 0  # What was signed was done. It is not done a second time.
    sending.wait(minutes=1)
    sending.decide(case=case, name="h", doing="give-up")
    assert sending.carry_out(name="h") == 1
    assert sending.funnel(name="h") == {"planned": 3, "left": 3}


def test_where_one_of_the_signed_was_settled_since_nothing_is_done(sending, case, box):
    given = held(sending, case, box, "v", 3)
    box.letters.clear()
    sending.decide(case=case, name="v", doing="send-again")
    one = next(iter(given))
    sending.settle(notices=[one], evidence="server-log", event="found-taken")
    assert sending.carry_out(name="v") == 0
    leave(sending, box, "v", given)
    assert receivers(box) == []
    assert sending.funnel(name="v") == {"planned": 3, "accepted": 1, "held": 2}


def test_one_person_alone_settles_nothing(sending, case, box):
    given = held(sending, case, box, "o", 1)
    with pytest.raises(Refused, match="ForbiddenStep"):
        sending.settle(notices=list(given), evidence="two-people", event="send-again", people=["u_officer"])
