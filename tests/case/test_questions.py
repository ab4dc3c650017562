"""The fourteen cells of a case."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

import pytest
from msgspec.structs import replace

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.questions import answer_cells, aware_words
from spillkit.law.decision import Outcome
from spillkit.law.facts import Population
from spillkit.scope.measure import measure
from tests.case.room import (
    AGENT,
    AWARE,
    COUNSEL,
    ENGINEER,
    FACTS,
    GDPR_33,
    GDPR_34,
    NOW,
    OFFICER,
    Room,
    decided_room,
    duty,
    new_id,
)
from tests.scope.incidents import NOW as MEASURED_AT
from tests.scope.incidents import shop


@pytest.fixture(scope="module")
def measurement():
    return measure(**shop(people=400, hours=8).tables(), now=MEASURED_AT, directory_size=400)


def _cell(room, number, **more):
    return answer_cells(room.case, **more)[number - 1]


def test_every_cell_of_a_new_case_says_why_it_is_unknown_and_what_to_do():
    cells = answer_cells(Room().opened().case)
    assert [cell.number for cell in cells] == list(range(1, 15))
    for cell in cells:
        assert cell.answer.startswith("Unknown, because ")
        assert (cell.confidence, cell.evidence, cell.entries, cell.changed_at) == ("unknown", "", (), None)


def test_what_was_measured_fills_the_cells_and_points_to_its_measurement(measurement):
    room = Room().opened().measured()
    cells = answer_cells(room.case, measurement)
    for cell in cells[:7]:
        assert not cell.answer.startswith("Unknown"), cell.question
        assert cell.measurement == room.case.figure.digest
        assert cell.coverage
        assert cell.changed_at is not None


def test_stated_facts_fill_cells_where_nothing_was_measured_and_say_so():
    facts = replace(FACTS, shown_to=("subject", "crawler"), began_at=AWARE - timedelta(days=2))
    room = Room().opened().stated(facts)
    assert _cell(room, 1).answer == "988 confirmed, at most 1,014. As stated, not measured."
    assert _cell(room, 3).answer == "email 988 and name 988. As stated, not measured."
    assert _cell(room, 4).answer == "Ireland 988. Under shop 988. As stated, not measured."
    assert _cell(room, 5).answer.startswith("Unknown, because it is neither measured nor stated.")
    assert _cell(room, 6).answer.startswith("Customers and crawlers.")
    assert "an unknown time" in _cell(room, 7).answer
    assert {_cell(room, number).confidence for number in (1, 3, 4, 6, 7)} == {"possible"}
    assert _cell(room, 4).entries == (room.case.facts_number,)


def test_a_corrected_figure_shows_and_the_old_ones_stay_in_sight(measurement):
    room = Room().opened().measured(confirmed=100, upper=200).measured(confirmed=150, upper=220)
    room.do(
        OFFICER,
        c.CorrectFigure(
            id=new_id(), seen=room.case.version, figure=e.Figure.UPPER, old=220, new=260, why="a log turned up"
        ),
    )
    for told in (None, measurement):
        answer = _cell(room, 1, measurement=told).answer
        assert "As corrected: 150 confirmed, 4 more possible, at most 260, 97.0 % looked at." in answer
        assert "Why: a log turned up" in answer
        assert "100 confirmed, 4 more possible, at most 200" in answer
        assert "150 confirmed, 4 more possible, at most 220" in answer
    assert "a log turned up" not in _cell(room, 1, audience="authority").answer
    public = _cell(room, 1, audience="public").answer
    assert public == "As corrected: 150 confirmed, 4 more possible, at most 260, 97.0 % looked at."


def test_the_public_is_told_of_no_group_of_fewer_than_five():
    few = replace(FACTS, populations=(Population(entity="shop", country="MT", people=2, fields=("name",)),))
    room = Room().opened().measured(confirmed=2, upper=2).stated(few)
    assert _cell(room, 1, audience="public").answer == "Fewer than five."
    for number in (3, 4, 5, 6, 7):
        assert _cell(room, number, audience="public").answer == "Not part of this version."


def test_which_authority_was_told_and_what_still_waits():
    room = decided_room()
    cell = _cell(room, 12)
    assert cell.answer == (
        "No authority was told yet. The engine says yes and nobody decided yet: "
        "Data Protection Commission (shop), until 2026-11-23 16:20 UTC: no report yet."
    )
    assert cell.confidence == "possible"
    room.bound(GDPR_33)
    assert _cell(room, 12).answer == (
        "No authority was told yet. Still to be told: "
        "Data Protection Commission (shop), until 2026-11-23 16:20 UTC: no report yet."
    )
    assert _cell(room, 12, audience="public").answer == "No authority was told yet."
    to_authority = _cell(room, 12, audience="authority").answer
    assert to_authority.endswith("Data Protection Commission (shop), until 2026-11-23 16:20 UTC.")  # nothing of drafts
    room.drafted()
    assert _cell(room, 12).answer.endswith(": r-1 is a draft.")
    room.approved()
    assert _cell(room, 12).answer.endswith(": r-1 is approved by two, not sent.")
    room.sent()
    cell = _cell(room, 12, audience="authority")
    assert cell.answer == "Data Protection Commission: first report at 2026-11-22 04:00 UTC, file number DPC-1."
    assert cell.confidence == "confirmed"
    room.drafted("r-2", phase=e.Phase.WITHDRAWAL, follows="r-1").approved("r-2").sent("r-2")
    assert "withdrawn since" in _cell(room, 12).answer


def test_what_needs_an_answer_first_is_said():
    room = Room().opened().stated().aware().asked(duty(GDPR_33, Outcome.ASK), questions=("risk-unlikely",))
    assert "A human answer is needed first: Data Protection Commission (shop)" in _cell(room, 12).answer
    assert room.case.open_questions == ("risk-unlikely",)


def test_whom_to_tell_comes_by_time_with_the_name_of_the_company_and_the_rest_is_counted():
    facts = replace(FACTS, entities=(replace(FACTS.entities[0], name="Exempla S.L."),))
    hours = {"Last": 96, "Never": None, "First": 24, "Second": 48, "Third": 72}
    duties = [
        replace(
            duty(e.DutyRef(f"x-{name.lower()}", "shop"), hours=number),
            addressees=(f"{name} Office",),
            citation="x" * 600,
        )
        for name, number in hours.items()
    ]
    nobody = replace(duty(e.DutyRef("x-none", "shop"), hours=None), addressees=(), jurisdiction_name="Aruba")
    room = Room().opened().stated(facts).aware()
    said = _cell(room.asked(*duties, nobody), 12).answer
    assert [said.index(name) for name in ("First", "Second", "Third")] == sorted(
        said.index(name) for name in ("First", "Second", "Third")
    )
    assert "First Office (Exempla S.L.), until 2026-11-21 16:20 UTC: no report yet" in said
    assert said.endswith("; 3 more.")
    assert "xxx" not in said
    for ref in ("x-never", "x-none"):
        room.bound(e.DutyRef(ref, "shop"))
    told = _cell(room, 12).answer
    assert "Still to be told: Never Office (Exempla S.L.): no report yet; the authority of Aruba (Exempla S.L.)" in told


def test_who_was_told_and_what_protects_people():
    room = decided_room()
    room.do(OFFICER, c.RecordTold(id=new_id(), duties=(GDPR_34,), people=988, told_at=NOW, how="by mail"))
    assert _cell(room, 13).answer.startswith("988 people were told, the last at 2026-11-22 04:00 UTC.")
    room.do(ENGINEER, c.AddProtection(id=new_id(), words="Sessions were ended.", since=NOW, public=True))
    room.do(ENGINEER, c.AddProtection(id=new_id(), words="Mallory’s account is watched"))
    assert (
        _cell(room, 14).answer
        == "Sessions were ended (since 2026-11-22 04:00 UTC); Mallory’s account is watched (planned)."
    )
    assert _cell(room, 14, audience="public").answer == "Sessions were ended (since 2026-11-22 04:00 UTC)."


def test_how_many_notices_two_people_approved_is_for_internal_readers_and_only_the_standing_plans_count():
    room = decided_room()
    room.planned()
    assert _cell(room, 13).answer.startswith("Unknown")
    room.signed(COUNSEL, room.events[-1])
    room.signed(COUNSEL, room.planned(digest="f" * 64))
    cell = _cell(room, 13)
    assert cell.answer == "980 notices were approved by two people, the last at 2026-11-22 04:00 UTC."
    assert (cell.confidence, cell.entries) == ("possible", (room.case.version,))
    assert _cell(room, 13, audience="public").answer.startswith("Unknown")
    room.signed(COUNSEL, room.planned("2026-11-cache-correction-1"))
    room.do(OFFICER, c.RecordTold(id=new_id(), duties=(GDPR_34,), people=988, told_at=NOW, how="by mail"))
    answer = _cell(room, 13).answer
    assert answer.startswith("1,960 notices were approved by two people")
    assert "988 people were told" in answer
    assert _cell(room, 13, audience="public").answer.startswith("988 people were told")


def test_a_case_that_was_opened_again_calls_nothing_fixed():
    room = decided_room().bound(GDPR_33, binds=False).bound(GDPR_34, binds=False)
    [proposed] = room.do(OFFICER, c.ProposeClose(id=new_id(), seen=room.case.version, reason="done"))
    room.signed(COUNSEL, proposed)
    room.do(OFFICER, c.Reopen(id=new_id(), seen=room.case.version, reason="it came back"))
    cell = _cell(room, 9)
    assert "opened again" in cell.answer
    assert cell.confidence == "unknown"


@pytest.mark.parametrize("audience", ["internal", "authority", "public"])
def test_no_cell_uses_the_grave_words_and_nothing_hostile_gets_through(audience, measurement):
    room = decided_room()
    hostile = "<script>\u202eevil\x1b[2J"
    room.do(ENGINEER, c.AddProtection(id=new_id(), words=hostile, since=NOW, public=True))
    room.do(AGENT, c.AddNote(id=new_id(), words=hostile))
    room.drafted().approved()
    room.do(OFFICER, c.RecordSent(id=new_id(), report="r-1", sent_at=NOW, how=hostile, receipt=hostile))
    for told in (None, measurement):
        for cell in answer_cells(room.case, told, audience):
            assert "breach" not in cell.answer.lower()
            assert "hack" not in cell.answer.lower()
            assert cell.answer.isprintable()
            if audience not in cell.readers:
                assert (cell.answer, cell.evidence, cell.entries) == ("Not part of this version.", "", ())


def test_cells_point_to_entries_that_are_there_and_change_only_forward():
    room = decided_room().bound(GDPR_33).drafted().approved().sent()
    for cell in answer_cells(room.case):
        assert all(1 <= entry <= room.case.version for entry in cell.entries)
        assert all(one < two for one, two in pairwise(cell.entries))


def test_the_aware_time_in_words():
    room = Room().opened()
    assert aware_words(room.case).startswith("Unknown, because nobody proposed")
    [proposed] = room.do(ENGINEER, c.ProposeAware(id=new_id(), seen=room.case.version, aware_at=AWARE, reason="r"))
    assert "another person must sign it" in aware_words(room.case)
    room.signed(OFFICER, proposed)
    assert aware_words(room.case).startswith("2026-11-20 16:20:00 UTC, signed by u-engineer and u-officer")
    room.aware(AWARE - timedelta(hours=1))
    assert "Signed before: 2026-11-20 16:20:00 UTC." in aware_words(room.case)
