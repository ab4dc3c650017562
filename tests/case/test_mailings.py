"""Two people decide what is done with a mailing, each time anew, and of exactly the same."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spillkit.case import Actor, fold, sentence
from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.events import MailingAct
from spillkit.case.mailings import ids_digest, signed
from spillkit.case.recording import recorded
from spillkit.case.roles import Role
from spillkit.errors import CaseDamaged, ChangedSince, NotAllowed, NotNow, NotTaken, SecondNeeded
from spillkit.record.entry import leaf_of
from tests.case.room import (
    AGENT,
    AUDITOR,
    COUNSEL,
    DIGEST,
    ENGINEER,
    MAILING,
    NOW,
    OFFICER,
    SYSTEM,
    Room,
    decided_room,
    new_id,
)

OTHER = "f" * 64
HELD = ("n-3", "n-1", "n-2")


def _asked(room: Room, doing: MailingAct, digest: str = DIGEST, **more: object) -> c.ProposeMailing:
    values = {"mailing": MAILING, "notices": 3, "reason": "why", **more}
    return c.ProposeMailing(id=new_id(), seen=room.case.version, doing=doing, digest=digest, **values)  # type: ignore[arg-type]


def _under_way() -> Room:
    room = decided_room()
    return room.signed(COUNSEL, room.planned())


def test_a_mailing_leaves_only_once_a_second_person_signed_its_plan():
    room = decided_room()
    proposed = room.planned(accepts=("unread:it", "contradiction:3f0a", "unread:it"))
    assert signed(room.case, MAILING, MailingAct.SEND, DIGEST) is None
    with pytest.raises(SecondNeeded):
        room.signed(OFFICER, proposed)
    room.signed(ENGINEER, proposed)
    found = signed(room.case, MAILING, MailingAct.SEND, DIGEST)
    assert found is not None
    assert (found.notices, found.accepts) == (980, ("contradiction:3f0a", "unread:it"))
    assert (found.first.actor, found.first.reason, found.second.actor) == (
        "u-officer",
        "twenty samples were read",
        "u-engineer",
    )
    assert (found.at, found.event) == (NOW, room.events[-1].id)
    assert room.case.proposals == ()


def test_nothing_else_is_signed_by_it():
    room = _under_way()
    assert signed(room.case, MAILING, MailingAct.SEND, OTHER) is None
    assert signed(room.case, "2026-11-other", MailingAct.SEND, DIGEST) is None
    assert signed(room.case, MAILING, MailingAct.GO_ON, DIGEST) is None


@pytest.mark.parametrize("actor", [ENGINEER, AGENT, AUDITOR, SYSTEM], ids=lambda actor: actor.role.value)
def test_who_may_not_decide_proposes_no_mailing(actor):
    room = decided_room()
    with pytest.raises(NotAllowed):
        room.do(actor, _asked(room, MailingAct.SEND))


def test_one_person_with_two_roles_is_one_person():
    room = decided_room()
    with pytest.raises(SecondNeeded):
        room.signed(Actor("u-officer", Role.COUNSEL), room.planned())


def test_the_same_waits_once_and_a_newer_plan_takes_its_place():
    room = decided_room()
    first = room.planned()
    with pytest.raises(NotNow, match="waits for a second person"):
        room.planned()
    second = room.planned(digest=OTHER)
    with pytest.raises(NotNow, match="replaced"):
        room.signed(COUNSEL, first)
    room.signed(COUNSEL, second)
    assert signed(room.case, MAILING, MailingAct.SEND, DIGEST) is None
    assert signed(room.case, MAILING, MailingAct.SEND, OTHER) is not None


def test_a_signed_plan_is_not_signed_again_until_another_took_its_place():
    room = _under_way()
    with pytest.raises(NotNow, match="exactly this plan"):
        room.planned()
    room.signed(COUNSEL, room.planned(digest=OTHER))
    assert signed(room.case, MAILING, MailingAct.SEND, DIGEST) is None
    room.signed(COUNSEL, room.planned())
    assert signed(room.case, MAILING, MailingAct.SEND, DIGEST) is not None
    assert signed(room.case, MAILING, MailingAct.SEND, OTHER) is None


@pytest.mark.parametrize("doing", [MailingAct.GO_ON, MailingAct.SEND_AGAIN, MailingAct.GIVE_UP])
def test_a_mailing_that_nobody_signed_neither_goes_on_nor_is_sent_again(doing):
    room = decided_room()
    room.planned()
    with pytest.raises(NotNow, match="under way"):
        room.do(OFFICER, _asked(room, doing))


def test_going_on_is_decided_after_each_stop_and_the_last_decision_is_the_one_that_is_found():
    room = _under_way()
    for _ in range(2):
        [proposed] = room.do(OFFICER, _asked(room, MailingAct.GO_ON))
        room.signed(COUNSEL, proposed)
        found = signed(room.case, MAILING, MailingAct.GO_ON, DIGEST)
        assert found is not None
        assert found.event == room.events[-1].id
    assert [each.doing for each in room.case.mailings] == [MailingAct.SEND, MailingAct.GO_ON, MailingAct.GO_ON]


def test_lists_of_held_notices_wait_side_by_side():
    room = _under_way()
    asked = [
        _asked(room, MailingAct.SEND_AGAIN, ids_digest(HELD)),
        _asked(room, MailingAct.SEND_AGAIN, ids_digest(["n-9"]), notices=1),
        _asked(room, MailingAct.GIVE_UP, ids_digest(["n-8"]), notices=1),
    ]
    for one in asked:
        room.do(OFFICER, replace(one, seen=room.case.version))
    assert [each.doing for each in room.case.proposals] == [one.doing for one in asked]
    room.signed(COUNSEL, room.events[-3])
    assert signed(room.case, MAILING, MailingAct.SEND_AGAIN, ids_digest(reversed(HELD))) is not None
    assert signed(room.case, MAILING, MailingAct.SEND_AGAIN, ids_digest(HELD[:2])) is None
    assert signed(room.case, MAILING, MailingAct.GIVE_UP, ids_digest(HELD)) is None


def test_whoever_signs_a_mailing_must_have_seen_the_figures_that_came_since():
    room = decided_room()
    proposed = room.planned()
    looked_at = room.case.version
    room.measured(confirmed=2000, upper=3000)
    with pytest.raises(ChangedSince, match="a measurement"):
        room.do(COUNSEL, c.Sign(id=new_id(), seen=looked_at, proposal=proposed.id))


def test_who_looked_before_a_mailing_was_signed_is_told_so():
    room = decided_room()
    looked_at = room.case.version
    room.signed(COUNSEL, room.planned())
    with pytest.raises(ChangedSince, match="a proposal on a mailing, a decision on a mailing"):
        room.do(OFFICER, c.ProposeWord(id=new_id(), seen=looked_at, reason="it is one"))


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("mailing", "../keys", "no name of a mailing"),
        ("mailing", "a" * 61, "no name of a mailing"),
        ("mailing", "2026-11-cache\n", "no name of a mailing"),
        ("mailing", ".", "no name of a mailing"),
        ("accepts", ("jane@example.org",), "one exception on a line"),
        ("accepts", ("unread:it", "Jane Doe said so"), "one exception on a line"),
        ("accepts", ("unread:it\n",), "one exception on a line"),
        ("accepts", ("<b>",), "one exception on a line"),
        ("digest", DIGEST.upper(), "64 hex digits"),
        ("digest", "", "64 hex digits"),
        ("notices", -1, "0 or more"),
        ("reason", " ", "reason is missing"),
    ],
)
def test_a_value_that_cannot_be_is_refused_in_words_and_not_repeated(field, value, message):
    room = decided_room()
    with pytest.raises(NotTaken, match=message) as refused:
        room.do(OFFICER, _asked(room, MailingAct.SEND, **{"notices": 980, field: value}))
    assert "Jane" not in str(refused.value)
    assert "jane" not in str(refused.value)
    assert room.case.mailings == ()


def test_a_mailing_without_a_mail_is_signed_for_its_letters_and_nothing_else_is_decided_about_no_notice():
    room = _under_way()
    with pytest.raises(NotTaken, match="no notice"):
        room.do(OFFICER, _asked(room, MailingAct.GIVE_UP, notices=0))
    [proposed] = room.do(OFFICER, _asked(room, MailingAct.SEND, notices=0, digest=OTHER))
    room.signed(COUNSEL, proposed)
    assert signed(room.case, MAILING, MailingAct.SEND, OTHER) is not None


@settings(max_examples=200, deadline=None)
@given(
    mailing=st.one_of(st.text(max_size=70), st.from_regex(r"[A-Za-z0-9.-]{1,61}", fullmatch=True)),
    accepts=st.lists(
        st.one_of(st.text(max_size=50), st.from_regex(r"[a-z.:-]{1,20}:?[A-Za-z0-9._-]{0,20}", fullmatch=True)),
        max_size=3,
    ),
)
def test_what_is_not_refused_can_be_stored_and_read_back_and_named_in_one_line(mailing, accepts):
    room = Room().opened()
    try:
        room.do(OFFICER, _asked(room, MailingAct.SEND, mailing=mailing, accepts=tuple(accepts)))
    except NotTaken:
        return
    [event] = room.events[-1:]
    assert e.decode(e.encode(event)) == event
    assert event.accepts == tuple(sorted(set(accepts)))
    assert sentence(room.case.timeline[-1]).isprintable()
    assert "@" not in sentence(room.case.timeline[-1])
    assert (
        Path("notices", mailing).resolve().parent == Path("notices").resolve()
    )  # A folder of this name lies where it should.


ALTERED = {
    "mailing": "2026-11-other",
    "doing": MailingAct.GIVE_UP,
    "digest": OTHER,
    "notices": 981,
    "accepts": (),
    "proposal": "e-0",
}


@pytest.mark.parametrize("field", ALTERED)
def test_a_signature_under_something_else_than_was_proposed_is_noticed(field):
    room = decided_room()
    room.signed(COUNSEL, room.planned(accepts=("unread:it",)))
    *before, last = room.events
    with pytest.raises(CaseDamaged, match="proposed"):
        fold([*before, replace(last, **{field: ALTERED[field]})])


def test_sending_again_what_was_never_sent_is_noticed_in_stored_events():
    room = decided_room()
    room.planned()
    *before, last = room.events
    with pytest.raises(CaseDamaged, match="did not decide"):
        fold([*before, replace(last, doing=MailingAct.SEND_AGAIN)])


def test_the_timeline_and_the_record_name_plan_number_and_exceptions_and_no_reason():
    room = decided_room()
    room.signed(COUNSEL, room.planned(accepts=("contradiction:3f0a", "unread:it")))
    proposed, decided = room.case.timeline[-2:]
    said = "for mailing 2026-11-cache: send it. Notices: 980; exceptions: 2 (contradiction:3f0a, unread:it)."
    assert sentence(proposed) == f"It was proposed {said}"
    assert sentence(decided) == f"Two people decided {said}"
    entry = recorded("c-1", len(room.events), room.events[-1]).entry
    assert entry.facts["mailing_digest"] == DIGEST
    leaf_of(entry)
    assert "samples" not in repr([recorded("c-1", 9, event).entry for event in room.events])


def test_many_exceptions_are_counted_and_only_the_first_are_named():
    room = decided_room()
    room.planned(accepts=tuple(f"contradiction:{number:04x}" for number in range(500)))
    said = sentence(room.case.timeline[-1])
    assert "exceptions: 500 (contradiction:0000, " in said
    assert said.endswith("contradiction:0005, …).")
    assert len(room.events[-1].accepts) == 500


WORDS = {
    MailingAct.SEND: "send it",
    MailingAct.GO_ON: "let it go on",
    MailingAct.SEND_AGAIN: "send held notices again, though somebody may get one twice",
    MailingAct.GIVE_UP: "give up held notices, though somebody may have got none",
}


@pytest.mark.parametrize("doing", MailingAct)
def test_every_act_is_told_in_words(doing):
    room = _under_way()
    room.do(OFFICER, _asked(room, doing, OTHER))
    said = f"It was proposed for mailing 2026-11-cache: {WORDS[doing]}. Notices: 3; exceptions: 0."
    assert sentence(room.case.timeline[-1]) == said


def test_the_order_of_ids_does_not_change_their_digest_and_any_other_id_does():
    rng = random.Random(7)
    ids = [f"n-{number}" for number in range(50)]
    shuffled = rng.sample(ids, len(ids))
    assert ids_digest(ids) == ids_digest(iter(shuffled))
    assert len({ids_digest(ids[:size]) for size in range(1, 51)}) == 50


def test_what_waits_about_a_mailing_lapses_with_the_access_of_who_proposed_it():
    room = decided_room()
    proposed = room.planned()
    room.do(COUNSEL, c.RevokeAccess(id=new_id(), user="u-officer", reason="left the company"))
    with pytest.raises(NotNow, match="lapsed"):
        room.signed(COUNSEL, proposed)


def test_nothing_is_decided_about_mailings_of_a_closed_case():
    room = Room().opened()
    [proposed] = room.do(OFFICER, c.ProposeClose(id=new_id(), seen=room.case.version, reason="done"))
    room.signed(COUNSEL, proposed)
    with pytest.raises(NotNow, match="closed"):
        room.do(OFFICER, _asked(room, MailingAct.SEND))


def test_an_event_says_what_was_proposed_when_it_is_read_back():
    room = _under_way()
    assert [e.decode(e.encode(event)) for event in room.events] == room.events
