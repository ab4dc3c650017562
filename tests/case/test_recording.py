"""Events in the record: proved for ever, and the texts in them erasable."""

from __future__ import annotations

import random
import typing
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spillkit.case import commands as c
from spillkit.case import events, fold
from spillkit.case.about import about
from spillkit.case.events import DutyRef, bare, digest, encode, spoken_fields, texts_of, with_texts
from spillkit.case.known import facts_digest
from spillkit.case.recording import recorded, text_holder
from spillkit.case.roles import Actor, Role
from spillkit.errors import NotAllowed, NotNow
from spillkit.law.books import read_books
from spillkit.law.decide import decide
from spillkit.law.facts import Milestone
from spillkit.record import create_record
from spillkit.record.entry import leaf_of
from spillkit.settings import create_workspace
from tests.case.any_event import KINDS, any_event
from tests.case.room import AGENT, COUNSEL, FACTS, NOW, OFFICER, Room, decided_room, duty, new_id

SECRET_TEXT = "Jane Doe called from her new number"


@pytest.fixture
def record(tmp_path):
    return create_record(create_workspace(tmp_path / "spill"))


def _whole_life() -> Room:
    room = decided_room().bound().drafted().approved().sent()
    room.do(AGENT, c.AddNote(id=new_id(), words=SECRET_TEXT))
    room.do(AGENT, c.AddTask(id=new_id(), task="t-1", words=SECRET_TEXT, owner="u-agent", due_at=NOW))
    [proposed] = room.do(OFFICER, c.ProposeWord(id=new_id(), seen=room.case.version, reason=SECRET_TEXT))
    room.do(COUNSEL, c.Decline(id=new_id(), seen=room.case.version, proposal=proposed.id, reason=SECRET_TEXT))
    return room


def _append(record, room: Room) -> list[int]:
    pairs = [recorded(room.case.id, number, event) for number, event in enumerate(room.events, 1)]
    return record.append(record.persons.seal_all(pairs))


def test_every_event_becomes_one_entry_however_often_it_is_brought(record):
    room = _whole_life()
    first = _append(record, room)
    assert _append(record, room) == first
    entries = [entry for _, entry in record.of_case("c-1")]
    assert [entry.id for entry in entries] == [event.id for event in room.events]
    assert [entry.facts["digest"] for entry in entries] == [moment.digest for moment in room.case.timeline]
    record.verify()


def test_no_text_that_a_person_wrote_is_in_the_log(record, tmp_path):
    room = _whole_life()
    folder = tmp_path / "spill" / "record"
    _append(record, room)
    for path in folder.rglob("*"):
        if path.is_file():
            assert b"Jane Doe" not in path.read_bytes(), path.name


def test_a_text_can_be_proved_until_it_is_erased_and_its_entry_stays(record):
    room = _whole_life()
    _append(record, room)
    persons = record.persons
    [note] = [entry for _, entry in record.of_case("c-1") if entry.kind == "note-added"]
    [opening] = persons.openings(note)
    assert (opening.name, opening.value) == ("words", SECRET_TEXT)
    assert persons.erase(text_holder("c-1", note.id)) == 1
    assert persons.openings(note) == []
    [task] = [entry for _, entry in record.of_case("c-1") if entry.kind == "task-added"]
    assert [each.value for each in persons.openings(task)] == [SECRET_TEXT]  # Only what was to be erased is gone.
    _append(record, room)  # Brought once more by a sender that was killed: it stays erased.
    assert persons.openings(note) == []
    record.verify()


def test_the_digest_proves_every_value_but_the_texts():
    room = _whole_life()
    for event in room.events:
        for name in spoken_fields(type(event)):
            if getattr(event, name):
                assert digest(replace(event, **{name: "something else"})) == digest(event)
        assert digest(replace(event, at=event.at + timedelta(seconds=1))) != digest(event)
        assert digest(replace(event, actor="u-somebody")) != digest(event)
        assert SECRET_TEXT.encode() not in encode(bare(event))


def test_reasons_typed_into_facts_are_texts_too():
    typed = replace(FACTS, milestones={"discovered": Milestone(at=NOW, by="Jane Doe", because=SECRET_TEXT)})
    room = Room().opened().stated(typed)
    event = room.events[-1]
    assert texts_of(event) == {
        "why": "as measured",
        "milestone-discovered-by": "Jane Doe",
        "milestone-discovered-because": SECRET_TEXT,
    }
    assert b"Jane" not in encode(bare(event))


def test_an_entity_named_like_an_address_stands_in_the_record_by_its_digest_alone(record):
    ref = DutyRef("eu-gdpr-33", "jane@example.org")
    room = Room().opened().stated().aware().asked(duty(ref))
    room.do(OFFICER, c.ProposeDuty(id=new_id(), seen=room.case.version, duty=ref, binds=True, reason="w"))
    _append(record, room)
    entry = [entry for _, entry in record.of_case("c-1")][-1]
    assert set(entry.facts) == {"digest", "event", "role"}


def test_no_event_is_too_large_for_the_record():
    """A decision on 600 duties is megabytes; what the log holds of it is a digest and a few words."""
    many = [duty(DutyRef(f"rule-{number}", "shop")) for number in range(600)]
    room = Room().opened().stated().aware().asked(*many)
    pair = recorded("c-1", room.case.version, room.events[-1])
    assert len(leaf_of(pair.entry)) < 1000


def test_every_text_field_of_every_event_is_known():
    """A field that is free text must be of the type that says so: what is not, is short or an id."""
    free = {"title", "reason", "method", "why", "how", "receipt", "words", "name"}
    for kind in typing.get_args(events.AnyEvent):
        named = {name for name in kind.__struct_fields__ if name in free}
        assert named == set(spoken_fields(kind)), kind.__name__


def test_an_erased_event_folds_to_the_same_case_without_its_texts():
    room = _whole_life()
    erased = fold(bare(event) for event in room.events)
    assert erased.version == room.case.version
    assert [moment.digest for moment in erased.timeline] == [moment.digest for moment in room.case.timeline]
    assert [note.words for note in erased.notes] == [""]
    assert [state.state for state in erased.duties] == [state.state for state in room.case.duties]


OPERATOR = Actor("spillkit", Role.SYSTEM)


def test_texts_are_taken_apart_and_put_together_again():
    typed = replace(FACTS, milestones={"discovered": Milestone(at=NOW, by="Jane Doe", because=SECRET_TEXT)})
    for event in (*_whole_life().events, Room().opened().stated(typed).events[-1]):
        assert with_texts(bare(event), texts_of(event)) == event


def test_an_erasure_is_an_event_and_a_legal_hold_stops_it():
    room = _whole_life()
    [note] = [event for event in room.events if isinstance(event, events.NoteAdded)]
    room.do(COUNSEL, c.SetHold(id=new_id(), reason="a claim is announced"))
    with pytest.raises(NotNow, match="legal hold"):
        room.do(OPERATOR, c.EraseTexts(id=new_id(), event=note.id, reason="asked for"))
    room.do(COUNSEL, c.LiftHold(id=new_id(), reason="settled"))
    room.do(OPERATOR, c.EraseTexts(id=new_id(), event=note.id, reason="asked for"))
    assert room.case.erased[note.id].at == NOW
    assert room.do(OPERATOR, c.EraseTexts(id=new_id(), event=note.id, reason="asked for")) == ()
    with pytest.raises(NotNow, match="no such event"):
        room.do(OPERATOR, c.EraseTexts(id=new_id(), event="e-none", reason="asked for"))
    with pytest.raises(NotAllowed):
        room.do(OFFICER, c.EraseTexts(id=new_id(), event=note.id, reason="asked for"))


def test_what_waits_for_a_second_person_is_not_erased_under_his_eyes():
    room = Room().opened().stated()
    [proposed] = room.do(OFFICER, c.ProposeAware(id=new_id(), seen=room.case.version, aware_at=NOW, reason=SECRET_TEXT))
    with pytest.raises(NotNow, match="second person"):
        room.do(OPERATOR, c.EraseTexts(id=new_id(), event=proposed.id, reason="asked for"))


def test_the_digest_of_facts_says_nothing_of_who_said_what():
    """It stands in the case for ever: whoever guesses a short text must not be able to try it there."""
    with_name = replace(FACTS, milestones={"discovered": Milestone(at=NOW, by="Jane Doe", because="told support")})
    without = replace(FACTS, milestones={"discovered": Milestone(at=NOW)})
    other = replace(FACTS, milestones={"discovered": Milestone(at=NOW - timedelta(hours=1))})
    assert facts_digest(with_name) == facts_digest(without) != facts_digest(other)


@pytest.mark.parametrize("kind", KINDS, ids=events.kind_of)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_an_event_has_one_digest_whether_it_was_just_made_or_read_again(kind, seed):
    event = any_event(random.Random(seed), kind)
    read = events.decode(encode(event))
    assert encode(read) == encode(event)
    assert digest(read) == digest(event)


@pytest.mark.parametrize("kind", KINDS, ids=events.kind_of)
def test_the_record_holds_every_small_value_of_an_event_beside_its_own(kind):
    """An attachment's digest is not the event's, and the role that is given is not the role of who gives it."""
    event = any_event(random.Random(1), kind)
    entry = recorded("c-1", 7, event).entry
    own = {"digest": digest(event), "event": 7, "role": event.role.value}
    if event.recorded_after is not None:
        own["recorded_after"] = event.recorded_after.isoformat()
    assert entry.facts == {**own, **about(event)}
    assert not set(own) & set(about(event))


def test_what_the_engine_says_has_one_digest_whether_it_was_just_made_or_read_again():
    said = decide(FACTS, read_books(), now=NOW)
    assert said.severity is not None  # Its factors are whole numbers as often as not.
    event = events.DutiesDecided(id="e-1", at=NOW, actor="u-1", role=OFFICER.role, facts_digest="0" * 64, decided=said)
    assert digest(events.decode(encode(event))) == digest(event)
    shared = replace(FACTS, coverage=1)
    assert facts_digest(shared) == facts_digest(replace(FACTS, coverage=1.0))
