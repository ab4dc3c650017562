"""What may be done to a case, by whom, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from msgspec.structs import replace

from spillkit.case import Actor, Role, act, fold, may_ask, may_read, may_sign, sentence
from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.acts import MAKES, MAY
from spillkit.errors import CaseDamaged, ChangedSince, NotAllowed, NotNow, NotTaken, SecondNeeded
from spillkit.law.decision import Outcome, Reason, Truth
from spillkit.law.phrases import Phrase
from tests.case.room import (
    AGENT,
    AUDITOR,
    AWARE,
    COUNSEL,
    DIGEST,
    ENGINEER,
    FACTS,
    GDPR_33,
    GDPR_34,
    NOW,
    OFFICER,
    PEOPLE,
    SECOND_ENGINEER,
    SYSTEM,
    Room,
    decided_room,
    duty,
    new_id,
)


def test_the_aware_time_takes_two_people():
    room = Room().opened()
    [proposed] = room.do(
        OFFICER, c.ProposeAware(id=new_id(), seen=room.case.version, aware_at=AWARE, reason="ticket 7")
    )
    assert room.case.aware is None
    with pytest.raises(SecondNeeded, match="Another person"):
        room.do(OFFICER, c.Sign(id=new_id(), seen=room.case.version, proposal=proposed.id))
    room.signed(ENGINEER, proposed)
    assert room.case.aware is not None
    assert (room.case.aware.aware_at, room.case.aware.first.reason) == (AWARE, "ticket 7")
    assert {room.case.aware.first.actor, room.case.aware.second.actor} == {"u-officer", "u-engineer"}


def test_two_engineers_cannot_decide_but_one_may_second_an_officer():
    room = Room().opened()
    [proposed] = room.do(ENGINEER, c.ProposeAware(id=new_id(), seen=room.case.version, aware_at=AWARE, reason="ticket"))
    with pytest.raises(SecondNeeded, match="officer or counsel"):
        room.signed(SECOND_ENGINEER, proposed)
    room.signed(OFFICER, proposed)
    assert room.case.aware is not None


@pytest.mark.parametrize("actor", [AGENT, AUDITOR, SYSTEM], ids=lambda actor: actor.role.value)
def test_an_agent_an_auditor_and_spillkit_itself_sign_nothing(actor):
    room = decided_room()
    [proposed] = room.do(
        OFFICER, c.ProposeDuty(id=new_id(), seen=room.case.version, duty=GDPR_33, binds=True, reason="they saw names")
    )
    with pytest.raises(NotAllowed):
        room.do(actor, c.Sign(id=new_id(), seen=room.case.version, proposal=proposed.id))
    assert not may_sign(room.case.proposals[0], actor)


def test_a_second_account_of_another_role_is_needed_not_another_role_of_the_same_account():
    room = decided_room()
    [proposed] = room.do(OFFICER, c.ProposeWord(id=new_id(), seen=room.case.version, reason="it is one"))
    with pytest.raises(SecondNeeded):
        room.do(Actor("u-officer", Role.COUNSEL), c.Sign(id=new_id(), seen=room.case.version, proposal=proposed.id))


def test_whoever_signs_must_have_seen_what_is_signed():
    room = decided_room()
    [proposed] = room.do(
        OFFICER, c.ProposeDuty(id=new_id(), seen=room.case.version, duty=GDPR_33, binds=True, reason="they saw names")
    )
    looked_at = room.case.version
    room.measured(confirmed=2000, upper=3000)
    with pytest.raises(ChangedSince, match="a measurement"):
        room.do(COUNSEL, c.Sign(id=new_id(), seen=looked_at, proposal=proposed.id))
    room.signed(COUNSEL, proposed)
    assert room.case.duty(GDPR_33).state == "accepted"


def test_a_note_of_a_colleague_does_not_stand_in_the_way_of_a_signature():
    room = decided_room()
    [proposed] = room.do(
        OFFICER, c.ProposeDuty(id=new_id(), seen=room.case.version, duty=GDPR_33, binds=True, reason="they saw names")
    )
    looked_at = room.case.version
    room.do(AGENT, c.AddNote(id=new_id(), words="three customers called"))
    room.do(COUNSEL, c.Sign(id=new_id(), seen=looked_at, proposal=proposed.id))
    assert room.case.duty(GDPR_33).state == "accepted"


def test_of_two_who_correct_a_figure_at_once_the_second_is_told_and_nothing_is_lost():
    room = Room().opened().measured()
    seen = room.case.version
    room.do(
        ENGINEER, c.CorrectFigure(id=new_id(), seen=seen, figure=e.Figure.UPPER, old=1014, new=1020, why="six more")
    )
    with pytest.raises(ChangedSince, match="a corrected figure"):
        room.do(OFFICER, c.CorrectFigure(id=new_id(), seen=seen, figure=e.Figure.UPPER, old=1014, new=1100, why="more"))
    assert [row.figures.upper for row in room.case.figures] == [1014, 1020]


def test_a_proposal_lapses_when_the_engine_says_otherwise_of_that_duty():
    room = decided_room()
    for ref in (GDPR_33, GDPR_34):
        room.do(
            OFFICER, c.ProposeDuty(id=new_id(), seen=room.case.version, duty=ref, binds=True, reason="they saw names")
        )
    [on_33, on_34] = [proposal.by.event for proposal in room.case.proposals]
    room.asked(duty(GDPR_33), duty(GDPR_34, outcome=Outcome.NOT_TRIGGERED))
    assert [proposal.by.event for proposal in room.case.proposals] == [on_33]  # What is said of Art. 33 is the same.
    with pytest.raises(NotNow, match="lapsed"):
        room.do(COUNSEL, c.Sign(id=new_id(), seen=room.case.version, proposal=on_34))


def test_a_duty_whose_words_are_the_same_has_not_moved_and_its_proposal_stands():
    reason = Reason(condition="It is in force", holds=Truth.YES, because="Since 2018", source="Art. 99")
    in_phrases = replace(reason, said=(Phrase("in-force", ("2018-05-25", Phrase("day-now"))), Phrase("first-day")))

    def with_reason(kept):
        return [replace(duty(ref), reasons=(kept,)) for ref in (GDPR_33, GDPR_34)]

    room = decided_room().asked(*with_reason(reason)).bound(GDPR_33)
    room.do(
        OFFICER, c.ProposeDuty(id=new_id(), seen=room.case.version, duty=GDPR_34, binds=True, reason="they saw names")
    )
    room.asked(*with_reason(in_phrases))
    assert (room.case.duty(GDPR_33).has_moved, len(room.case.proposals)) == (False, 1)
    room.asked(*with_reason(replace(in_phrases, because="Since 2019")))
    assert (room.case.duty(GDPR_33).has_moved, len(room.case.proposals)) == (True, 0)


def test_a_rejected_duty_keeps_its_reason_and_shows_when_the_engine_says_otherwise_later():
    room = decided_room().bound(GDPR_34, binds=False)
    state = room.case.duty(GDPR_34)
    assert (state.state, state.first.reason, state.has_moved) == ("rejected", "strangers saw names", False)
    room.asked(duty(GDPR_33))
    state = room.case.duty(GDPR_34)
    assert (state.state, state.listed, state.has_moved) == ("rejected", False, True)


def test_what_the_engine_said_is_kept_whole_and_in_its_order():
    room = decided_room().bound(GDPR_34, binds=False)
    said = (duty(GDPR_34), duty(e.DutyRef("jp-appi-26", "shop")), duty(GDPR_33))
    room.asked(*said, questions=("high-risk",))
    assert room.case.engine_said.duties == said
    assert room.case.engine_said.questions == ("high-risk",)


def test_nothing_is_accepted_by_default():
    assert {state.state for state in decided_room().case.duties} == {"proposed"}
    assert decided_room().case.word is None


def test_the_word_may_be_used_only_after_two_people_signed_it():
    room = decided_room()
    [proposed] = room.do(OFFICER, c.ProposeWord(id=new_id(), seen=room.case.version, reason="Art. 4(12) is met"))
    assert room.case.word is None
    room.signed(COUNSEL, proposed)
    assert [signature.actor for signature in room.case.word] == ["u-officer", "u-counsel"]
    with pytest.raises(NotNow):
        room.do(OFFICER, c.ProposeWord(id=new_id(), seen=room.case.version, reason="again"))


def test_a_report_is_sent_only_as_two_people_approved_it():
    room = decided_room().bound().drafted()
    with pytest.raises(NotNow, match="two people"):
        room.sent()
    [proposed] = room.do(OFFICER, c.ProposeReport(id=new_id(), seen=room.case.version, report="r-1", digest=DIGEST))
    room.do(  # Drafted anew: what was proposed is gone.
        ENGINEER, c.DraftReport(id=new_id(), report="r-1", addressee="DPC", duties=(GDPR_33,), digest="f" * 64)
    )
    with pytest.raises(NotNow):
        room.signed(COUNSEL, proposed)
    with pytest.raises(ChangedSince, match="draft"):
        room.do(OFFICER, c.ProposeReport(id=new_id(), seen=room.case.version, report="r-1", digest=DIGEST))
    room.drafted().approved().sent()
    report = room.case.report("r-1")
    assert (report.state, report.receipt, report.first.actor, report.second.actor) == (
        "sent",
        "DPC-1",
        "u-officer",
        "u-counsel",
    )
    assert room.case.duty(GDPR_33).met_at == NOW


def test_a_sent_report_is_withdrawn_by_a_report_that_two_people_approve():
    room = decided_room().bound().drafted().approved().sent()
    with pytest.raises(NotNow, match="withdrawal"):
        room.do(OFFICER, c.WithdrawDraft(id=new_id(), report="r-1", reason="nobody was affected"))
    room.drafted("r-2", phase=e.Phase.WITHDRAWAL, follows="r-1").approved("r-2").sent("r-2")
    assert room.case.report("r-1").state == "withdrawn"
    assert room.case.report("r-2").state == "sent"


def test_a_draft_that_follows_an_unsent_report_is_refused():
    room = decided_room().drafted()
    with pytest.raises(NotNow, match="not sent"):
        room.drafted("r-2", phase=e.Phase.FOLLOW_UP, follows="r-1")
    with pytest.raises(NotTaken):
        room.drafted("r-2", follows="r-1")


def test_closing_decides_nothing_and_takes_two():
    room = decided_room()
    close = c.ProposeClose(id=new_id(), seen=room.case.version, reason="done")
    with pytest.raises(NotNow, match="neither accepted nor rejected: 2"):
        room.do(OFFICER, close)
    room.bound(GDPR_33).bound(GDPR_34, binds=False)
    with pytest.raises(NotNow, match="Accepted duties that are not done: 1"):
        room.do(OFFICER, c.ProposeClose(id=new_id(), seen=room.case.version, reason="done"))
    room.drafted().approved().sent()
    [proposed] = room.do(OFFICER, c.ProposeClose(id=new_id(), seen=room.case.version, reason="done"))
    assert room.case.status == "open"
    with pytest.raises(SecondNeeded):
        room.signed(OFFICER, proposed)
    room.signed(COUNSEL, proposed)
    assert room.case.status == "closed"
    with pytest.raises(NotNow, match="closed"):
        room.measured()
    room.do(AGENT, c.AddNote(id=new_id(), words="a late call"))
    room.do(COUNSEL, c.Reopen(id=new_id(), seen=room.case.version, reason="more people were found"))
    assert (room.case.status, len(room.case.reopened)) == ("open", 1)


def test_only_who_was_given_access_may_look_or_do():
    room = Room()
    room.do(ENGINEER, c.OpenCase(id=new_id(), case="c-1", title="t"))
    assert may_read(room.case, ENGINEER)
    assert not may_read(room.case, OFFICER)
    with pytest.raises(NotAllowed, match="no access"):
        room.do(OFFICER, c.AddNote(id=new_id(), words="hello"))
    room.do(ENGINEER, c.GrantAccess(id=new_id(), user="u-officer", role=Role.OFFICER, reason="decides"))
    room.do(OFFICER, c.AddNote(id=new_id(), words="hello"))
    with pytest.raises(NotNow, match="nobody would be left"):
        room.do(OFFICER, c.RevokeAccess(id=new_id(), user="u-officer", reason="leaves"))
    room.do(OFFICER, c.RevokeAccess(id=new_id(), user="u-engineer", reason="leaves"))
    with pytest.raises(NotAllowed):
        room.measured()


def test_what_somebody_proposed_who_lost_access_lapses():
    room = decided_room()
    [proposed] = room.do(COUNSEL, c.ProposeWord(id=new_id(), seen=room.case.version, reason="it is one"))
    room.do(OFFICER, c.RevokeAccess(id=new_id(), user="u-counsel", reason="is part of it"))
    with pytest.raises(NotNow, match="lapsed"):
        room.signed(ENGINEER, proposed)


def test_the_last_who_may_decide_cannot_be_made_an_agent():
    room = Room().opened()
    room.do(OFFICER, c.RevokeAccess(id=new_id(), user="u-counsel", reason="leaves"))
    with pytest.raises(NotNow, match="nobody would be left"):
        room.do(ENGINEER, c.GrantAccess(id=new_id(), user="u-officer", role=Role.AGENT, reason="moved"))


def test_an_auditor_reads_and_writes_nothing():
    room = decided_room()
    assert may_read(room.case, AUDITOR)
    assert [kind.__name__ for kind in MAY if may_ask(room.case, kind, AUDITOR)] == []


def test_every_command_has_roles_and_events():
    kinds = set(c.AnyCommand.__args__)
    assert kinds == set(MAY) == set(MAKES)
    made = {event for events in MAKES.values() for event in events}
    assert made == set(e.AnyEvent.__args__)


@pytest.mark.parametrize("actor", PEOPLE, ids=lambda actor: actor.role.value + actor.user[-1])
def test_a_role_that_may_not_is_refused_for_every_command(actor):
    room = decided_room()
    for kind, roles in MAY.items():
        if actor.role in roles or kind is c.OpenCase:
            continue
        command = _some(kind, room)
        with pytest.raises(NotAllowed, match="Ask one of these"):
            room.do(actor, command)


def _some(kind: type[c.Command], room: Room) -> c.Command:
    """A command of a kind, with values that could be."""
    values = {
        "id": new_id(),
        "case": "c-1",
        "seen": room.case.version,
        "title": "t",
        "reason": "because",
        "why": "because",
        "words": "words",
        "how": "by mail",
        "user": "u-1",
        "owner": "u-officer",
        "was": "u-officer",
        "role": Role.AGENT,
        "figures": e.Figures(confirmed=1),
        "coverage": 1.0,
        "method": "m",
        "digest": DIGEST,
        "measured_at": NOW,
        "figure": e.Figure.UPPER,
        "old": 1014,
        "new": 1015,
        "facts": room.case.facts,
        "question": "high-risk",
        "answer": "no",
        "aware_at": AWARE,
        "facts_digest": DIGEST,
        "decided": room.case.decided,
        "duty": GDPR_33,
        "duties": (GDPR_33,),
        "binds": True,
        "report": "r-1",
        "mailing": "2026-11-cache",
        "doing": e.MailingAct.SEND,
        "notices": 980,
        "proposal": "p-1",
        "addressee": "DPC",
        "sent_at": NOW,
        "people": 1,
        "told_at": NOW,
        "met_at": NOW,
        "task": "t-1",
        "name": "n",
        "size_bytes": 1,
        "percent": 50,
        "due_at": NOW,
        "event": room.events[0].id,
    }
    return kind(**{name: values[name] for name in kind.__struct_fields__ if name in values})


def test_a_command_that_is_sent_twice_counts_once():
    room = decided_room()
    command = c.ProposeDuty(id=new_id(), seen=room.case.version, duty=GDPR_33, binds=True, reason="they saw names")
    [proposed] = room.do(OFFICER, command)
    assert room.do(OFFICER, command) == ()
    sign = c.Sign(id=new_id(), seen=room.case.version, proposal=proposed.id)
    assert len(room.do(COUNSEL, sign)) == 1
    assert room.do(COUNSEL, sign) == ()  # Though nothing waits any more.
    with pytest.raises(NotTaken, match="something else"):
        room.do(ENGINEER, c.AddNote(id=sign.id, words="the same id"))


def test_a_clock_that_was_set_back_is_kept_as_it_said_beside_what_it_came_after():
    room = decided_room()
    [event] = room.do(AGENT, c.AddNote(id=new_id(), words="later"), now=NOW - timedelta(days=1))
    assert (event.at, event.recorded_after) == (NOW - timedelta(days=1), NOW)
    assert room.case.latest_at == NOW
    [event] = room.do(AGENT, c.AddNote(id=new_id(), words="later still"), now=NOW + timedelta(seconds=1))
    assert event.recorded_after is None


def test_an_authority_is_told_only_by_a_report_that_two_people_approved():
    room = decided_room()
    with pytest.raises(NotNow, match="two people approve"):
        room.do(OFFICER, c.RecordMet(id=new_id(), duty=GDPR_33, met_at=NOW, how="I phoned them"))
    with pytest.raises(NotNow, match="two people approve"):
        room.do(OFFICER, c.RecordTold(id=new_id(), duties=(GDPR_33,), people=1, told_at=NOW, how="mail"))
    with pytest.raises(NotNow, match="by telling them"):
        room.do(
            ENGINEER,
            c.DraftReport(id=new_id(), report="r-1", addressee="DPC", duties=(GDPR_34,), digest=DIGEST),
        )
    assert all(state.met_at is None for state in room.case.duties)


def test_only_what_the_engine_asks_is_answered():
    """An answer that the books do not know would stop every later decision."""
    room = Room().opened().stated()

    def answer(question):
        return c.AnswerQuestion(id=new_id(), seen=room.case.version, question=question, answer="no", reason="w")

    with pytest.raises(NotNow, match="no such question"):
        room.do(OFFICER, answer("high-risk"))
    room.asked(questions=("high-risk",))
    with pytest.raises(NotNow, match="no such question"):
        room.do(OFFICER, answer("low-risk"))
    room.do(OFFICER, answer("high-risk@FR"))
    room.asked()
    room.do(OFFICER, answer("high-risk"))  # What was asked once may be answered anew.
    assert {question: said.answer for question, said in room.case.answers.items()} == {
        "high-risk@FR": "no",
        "high-risk": "no",
    }


def test_the_same_measurement_again_adds_no_row():
    room = Room().opened().measured().measured()
    assert len(room.case.figures) == 1
    room.measured(confirmed=989).measured()
    assert [row.figures.confirmed for row in room.case.figures] == [988, 989, 988]


def test_figures_that_are_newer_than_the_facts_are_noticed():
    room = Room().opened().measured().stated()
    assert not room.case.facts_lag
    assert room.measured(confirmed=989).case.facts_lag


def test_facts_with_half_characters_are_refused_in_words():
    with pytest.raises(NotTaken, match="no text"):
        Room().opened().stated(replace(FACTS, method="a\ud800"))


BAD_VALUES = {
    "the first year": (
        c.AddTask(id="n-1", task="t-1", words="w", owner="u-officer", due_at=datetime.min.replace(tzinfo=UTC)),
        "check the year",
    ),
    "the last year, east of here": (
        c.AddTask(
            id="n-1",
            task="t-1",
            words="w",
            owner="u-officer",
            due_at=datetime.max.replace(tzinfo=timezone(-timedelta(hours=9))),
        ),
        "check the year",
    ),
    "text of 10 MB": (c.AddNote(id="n-1", words="x" * 10_000_000), "20,000 at most"),
    "nothing written": (c.AddNote(id="n-1", words=" \n"), "reason is missing"),
    "half a character": (c.AddNote(id="n-1", words="a\ud800b"), "no text"),
    "a NUL": (c.AddNote(id="n-1", words="a\0b"), "no text"),
    "an address for an id": (
        c.AddTask(id="n-1", task="t-1", words="w", owner="jane@example.org"),
        "owner: this is no id",
    ),
    "an id with a line end": (c.AddTask(id="n-1", task="t-1\n", words="w", owner="u-1"), "task: this is no id"),
    "a time without a zone": (
        c.AddTask(
            id="n-1", task="t-1", words="w", owner="u-officer", due_at=datetime.fromisoformat("2026-03-29T02:30")
        ),
        "which time zone",
    ),
    "a coverage above all": (
        c.RecordMeasurement(
            id="n-1", figures=e.Figures(confirmed=1), coverage=1.5, method="m", digest=DIGEST, measured_at=NOW
        ),
        "coverage: it must be",
    ),
    "a coverage that is no number": (
        c.RecordMeasurement(
            id="n-1", figures=e.Figures(confirmed=1), coverage=float("nan"), method="m", digest=DIGEST, measured_at=NOW
        ),
        "coverage: it must be",
    ),
    "more confirmed than at most": (
        c.RecordMeasurement(
            id="n-1", figures=e.Figures(confirmed=5, upper=4), coverage=1, method="m", digest=DIGEST, measured_at=NOW
        ),
        "contradict",
    ),
    "fewer than nobody": (
        c.RecordMeasurement(
            id="n-1", figures=e.Figures(confirmed=-5), coverage=1, method="m", digest=DIGEST, measured_at=NOW
        ),
        "contradict",
    ),
    "a digest that is none": (
        c.Attach(id="n-1", name="a.pdf", digest="F00", size_bytes=1),
        "digest: this is no id",
    ),
    "measured tomorrow": (
        c.RecordMeasurement(
            id="n-1",
            figures=e.Figures(confirmed=1),
            coverage=1,
            method="m",
            digest=DIGEST,
            measured_at=NOW + timedelta(days=1),
        ),
        "lies ahead",
    ),
}


@pytest.mark.parametrize(("command", "said"), BAD_VALUES.values(), ids=BAD_VALUES)
def test_values_that_cannot_be_taken_are_refused_in_words(command, said):
    room = decided_room()
    with pytest.raises(NotTaken, match=said):
        room.do(ENGINEER, command)
    assert len(room.events) == room.case.version


def test_a_refusal_never_repeats_what_was_typed():
    room = decided_room()
    with pytest.raises(NotTaken) as refused:
        room.do(ENGINEER, c.AddTask(id=new_id(), task="t", words="w", owner="jane.doe@example.org"))
    assert "jane" not in str(refused.value)


def test_local_times_become_utc():
    room = Room().opened()
    local = datetime(2026, 11, 20, 17, 20, tzinfo=timezone(timedelta(hours=1)))
    room.aware(local)
    assert room.case.aware.aware_at == AWARE
    assert room.case.aware.aware_at.tzinfo is UTC


HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "\u202egpj.exe",
    '=HYPERLINK("http://example.org")',
    "\x1b[2J\x1b]0;pwned\x07",
    "{case} {0} %s ${x}",
    "\u200b\u2066\ufeff",
)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_kept_as_they_are_and_reach_no_sentence(text):
    room = Room()
    room.do(ENGINEER, c.OpenCase(id=new_id(), case="c-1", title=text))
    room.do(ENGINEER, c.AddNote(id=new_id(), words=text))
    room.do(ENGINEER, c.Attach(id=new_id(), name=text, digest=DIGEST, size_bytes=1))
    assert (room.case.title, room.case.notes[0].words, room.case.attachments[0].name) == (text, text, text)
    assert all(sentence(moment).isprintable() and text not in sentence(moment) for moment in room.case.timeline)
    assert fold([e.decode(e.encode(event)) for event in room.events]) == room.case


def test_facts_of_ten_million_people_are_small():
    many = replace(FACTS, populations=(replace(FACTS.populations[0], people=10_000_000, people_upper=10_000_000),))
    room = Room().opened().stated(many)
    assert len(e.encode(room.events[-1])) < 2000


def test_an_event_that_is_far_too_long_is_refused():
    room = Room().opened()
    with pytest.raises(NotTaken, match="16 MiB"):
        room.stated(replace(FACTS, method="x" * (17 * 2**20)))


def test_a_signature_forged_in_storage_is_noticed():
    room = decided_room()
    [proposed] = room.do(OFFICER, c.ProposeWord(id=new_id(), seen=room.case.version, reason="it is one"))
    forged = e.WordSigned(id=new_id(), at=NOW, actor="u-officer", role=Role.OFFICER, proposal=proposed.id)
    with pytest.raises(CaseDamaged, match="one person alone"):
        fold([forged], room.case)


def test_tasks_have_owners_who_know_of_the_case():
    room = Room().opened()
    with pytest.raises(NotNow, match="access"):
        room.do(AGENT, c.AddTask(id=new_id(), task="t-1", words="call them", owner="u-nobody"))
    room.do(AGENT, c.AddTask(id=new_id(), task="t-1", words="call them", owner="u-agent", due_at=NOW))
    room.do(OFFICER, c.ReassignTask(id=new_id(), task="t-1", was="u-agent", owner="u-officer"))
    with pytest.raises(ChangedSince):
        room.do(AGENT, c.ReassignTask(id=new_id(), task="t-1", was="u-agent", owner="u-counsel"))
    room.do(OFFICER, c.FinishTask(id=new_id(), task="t-1"))
    assert room.case.open_tasks == ()
    with pytest.raises(NotNow):
        room.do(OFFICER, c.FinishTask(id=new_id(), task="t-1"))


def test_a_case_that_was_never_opened_takes_nothing():
    with pytest.raises(NotNow, match="Open it first"):
        act(Room().case, c.AddNote(id="n-1", words="w"), ENGINEER, NOW)
