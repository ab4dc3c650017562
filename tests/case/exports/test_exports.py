"""A case in the formats of others, as their own tools read it."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import datetime, timedelta
from pathlib import Path

import icalendar
import jsonschema
import pytest
import stix2
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case import running_clocks
from spillkit.case.exports import veris
from spillkit.case.exports.gist import gist_of
from spillkit.case.exports.ics import clocks_ics
from spillkit.case.exports.ocsf import ocsf_of
from spillkit.case.exports.stix import stix_of
from spillkit.case.exports.tables import clocks_csv, duties_csv, figures_csv, timeline_csv
from spillkit.case.exports.veris import veris_of
from spillkit.cause.incident import CauseClass
from spillkit.errors import NotNow
from spillkit.law.decision import Contested
from spillkit.law.facts import Population
from spillkit.scope.measure import measure
from tests.case.room import (
    AGENT,
    AWARE,
    COUNSEL,
    ENGINEER,
    FACTS,
    GDPR_33,
    NOW,
    OFFICER,
    Room,
    decided_room,
    duty,
    new_id,
)
from tests.scope.incidents import NOW as MEASURED_AT
from tests.scope.incidents import shop

SUBSET = json.loads((Path(__file__).parent / "veris_subset.json").read_text())
WHOLE_VERIS = os.environ.get("SPILLKIT_VERIS_SCHEMA", "")
SECRET_TEXT = "Jane Doe called, jane.doe@example.org"


def _rooms() -> dict[str, Room]:
    """Cases at different times of their lives."""
    sensitive = replace(
        FACTS,
        populations=(
            Population(entity="shop", country="MT", people=3, fields=("name", "password", "medical", "card-number")),
            Population(entity="shop", country="", people=2, fields=("session",), people_upper=9),
        ),
        began_at=AWARE - timedelta(days=3),
        ended_at=AWARE,
        shown_to=("subject",),
    )
    told = decided_room().bound().drafted().approved().sent()
    told.do(AGENT, c.AddNote(id=new_id(), words=SECRET_TEXT))
    [proposed] = told.do(OFFICER, c.ProposeWord(id=new_id(), seen=told.case.version, reason=SECRET_TEXT))
    told.signed(COUNSEL, proposed)
    told.signed(COUNSEL, told.planned(accepts=("unread:it",)))
    nobody = Room().opened().measured(confirmed=0, upper=0)
    return {
        "opened": Room().opened(),
        "measured": Room().opened().measured(),
        "nobody found": nobody,
        "stated": Room().opened().stated(sensitive),
        "told": told,
    }


ROOMS = _rooms()


@pytest.fixture(scope="module")
def measurement():
    return measure(**shop(people=400, hours=8).tables(), now=MEASURED_AT, directory_size=400)


@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
def test_veris_is_valid(room, measurement):
    for told in (None, measurement):
        written = json.loads(json.dumps(veris_of(room.case, told)))
        jsonschema.validate(written, SUBSET, cls=jsonschema.Draft4Validator)


@pytest.mark.skipif(not WHOLE_VERIS, reason="needs verisc-merged.json; see SOURCES.md")
@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
def test_veris_is_valid_by_the_whole_schema(room, measurement):
    schema = json.loads(Path(WHOLE_VERIS).read_text())
    for told in (None, measurement):
        jsonschema.validate(veris_of(room.case, told), schema, cls=jsonschema.Draft4Validator)


@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
def test_ocsf_is_valid_by_the_published_schema(room, measurement):
    published = pytest.importorskip("ocsf_json_schema")
    schema = published.OcsfJsonSchemaEmbedded(published.get_ocsf_schema("1.8.0"))
    wanted = schema.get_class_schema("incident_finding", profiles=["incident"])
    for told in (None, measurement):
        jsonschema.validate(ocsf_of(room.case, told), wanted, cls=jsonschema.Draft202012Validator)


@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
def test_ocsf_has_what_its_class_requires(room):
    written = ocsf_of(room.case)
    required = "activity_id category_uid class_uid finding_info_list metadata severity_id status_id time type_uid"
    assert set(required.split()) <= set(written)
    assert written["type_uid"] == written["class_uid"] * 100 + written["activity_id"]
    assert ("assignee" in written) or ("assignee_group" in written)
    assert written["time"] == int(NOW.timestamp() * 1000)


@pytest.mark.parametrize("room", ROOMS.values(), ids=ROOMS)
def test_stix_is_read_back_by_its_own_library(room, measurement):
    for told in (None, measurement):
        bundle = stix2.parse(stix_of(room.case, told))
        kinds = [each.type for each in bundle.objects]
        assert kinds.count("incident") == 1
        assert kinds[:2] == ["identity", "marking-definition"]
        assert stix_of(room.case, told) == stix_of(room.case, told)
        assert all(
            stix2.TLP_AMBER.id in each.object_marking_refs
            for each in bundle.objects
            if each.type in ("incident", "note", "relationship")
        )


def test_the_word_of_the_law_stands_in_no_export_before_two_people_signed_it(measurement):
    for name, room in ROOMS.items():
        signed = name == "told"
        assert veris_of(room.case)["security_incident"] == ("Confirmed" if signed else "Suspected")
        written = json.dumps([veris_of(room.case, measurement), ocsf_of(room.case, measurement)]).lower()
        written += stix_of(room.case, measurement).lower()
        assert ("breach" in written) is signed
        assert "hack" not in written


def test_no_text_that_a_person_wrote_leaves_the_house(measurement):
    room = ROOMS["told"]
    clocks = running_clocks(room.case, NOW)
    written = [
        json.dumps([veris_of(room.case, measurement), ocsf_of(room.case, measurement)]),
        stix_of(room.case, measurement),
        clocks_ics(room.case, clocks, NOW).decode(),
        duties_csv(room.case),
        clocks_csv(clocks),
        figures_csv(room.case),
        timeline_csv(room.case),
    ]
    for text in written:
        assert "Jane" not in text
        assert room.case.title not in text
        assert "strangers saw names" not in text


@pytest.mark.parametrize("cause", list(CauseClass), ids=lambda cause: cause.value)
def test_every_cause_has_its_place_in_veris(cause):
    gist = replace(gist_of(ROOMS["measured"].case), cause=cause)
    action = veris._action(gist)
    jsonschema.validate(action, SUBSET["properties"]["action"], cls=jsonschema.Draft4Validator)
    jsonschema.validate(veris._actor(gist), SUBSET["properties"]["actor"], cls=jsonschema.Draft4Validator)
    assert ("misuse" in action) is (cause is CauseClass.STAFF)
    assert ("unknown" in action) is (cause is CauseClass.UNKNOWN)


def test_a_case_that_was_never_opened_has_no_export():
    for export in (veris_of, ocsf_of, stix_of):
        with pytest.raises(NotNow):
            export(Room().case)


# Calendars


def _calendar(room: Room, now: datetime = NOW) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical(clocks_ics(room.case, running_clocks(room.case, now), now))


def test_a_calendar_program_reads_the_clocks():
    room = decided_room().bound(GDPR_33)
    events = {event["SUMMARY"]: event for event in _calendar(room).walk("VEVENT")}
    assert len(events) == 1  # Both duties have the same citation here.
    [accepted, proposed] = _calendar(room).walk("VEVENT")
    assert accepted["DTSTART"].dt == AWARE + timedelta(hours=72)
    assert (accepted["STATUS"], proposed["STATUS"]) == ("CONFIRMED", "TENTATIVE")
    assert "nobody decided yet" in proposed["DESCRIPTION"]
    alarms = [alarm["TRIGGER"].dt for alarm in accepted.walk("VALARM")]
    assert alarms == [
        AWARE + timedelta(hours=72 * share) for share in (0.5, 0.8, 0.95) if AWARE + timedelta(hours=72 * share) > NOW
    ]


def test_a_calendar_that_is_read_again_moves_its_events():
    room = decided_room()
    first = {event["UID"] for event in _calendar(room).walk("VEVENT")}
    room.drafted().bound().approved().sent()
    again = _calendar(room).walk("VEVENT")
    assert {event["UID"] for event in again} == first
    assert {event["STATUS"] for event in again} == {"CANCELLED", "TENTATIVE"}
    assert all(event["SEQUENCE"] == room.case.version for event in again)


def test_what_is_argued_is_said_apart():
    room = decided_room()
    argued = Contested(due_at=AWARE + timedelta(hours=96), words="two working days (Regulation 1182/71)")
    deadline = replace(duty().deadline, contested=(argued,))
    room.asked(replace(duty(), deadline=deadline))
    [event] = _calendar(room).walk("VEVENT")
    assert event["DTSTART"].dt == AWARE + timedelta(hours=72)
    assert "Argued, not sure: 2026-11-24T16:20:00+00:00. two working days" in event["DESCRIPTION"]
    assert event["DESCRIPTION"].count("rgued") == 1


@settings(max_examples=150, deadline=None)
@given(citation=st.text(max_size=200), words=st.text(max_size=400))
def test_no_text_breaks_out_of_its_line(citation, words):
    said = replace(duty(), citation=citation)
    room = Room().opened().stated().aware().asked(replace(said, deadline=replace(said.deadline, words=words)))
    written = clocks_ics(room.case, running_clocks(room.case, NOW), NOW)
    lines = written.split(b"\r\n")
    assert all(len(line) <= 75 for line in lines)
    assert b"\r" not in written.replace(b"\r\n", b"")
    assert b"\n" not in written.replace(b"\r\n", b"")
    [event] = icalendar.Calendar.from_ical(written).walk("VEVENT")
    assert event["DTSTART"].dt == AWARE + timedelta(hours=72)
    assert set(event.keys()) == {
        "UID", "DTSTAMP", "SEQUENCE", "DTSTART", "SUMMARY", "DESCRIPTION", "STATUS", "TRANSP"
    }  # fmt: skip
    if citation.isprintable():
        assert event["SUMMARY"] == f"Due: {citation}, for shop (case c-1)"


# Tables


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_tables_hold_what_the_case_holds():
    room = ROOMS["told"]
    [first, second] = _rows(duties_csv(room.case))
    assert (first["decision"], first["first"], first["second"]) == ("accepted", "u-officer", "u-counsel")
    assert (first["due_at"], first["met_at"]) == ("2026-11-23T16:20:00Z", "2026-11-22T04:00:00Z")
    assert (second["decision"], second["first"]) == ("proposed", "")
    assert len(_rows(timeline_csv(room.case))) == room.case.version
    assert [row["confirmed"] for row in _rows(figures_csv(room.case))] == ["988"]
    assert len(_rows(clocks_csv(running_clocks(room.case, NOW)))) == 2


HOSTILE = st.sampled_from(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "|calc", "%0a", '"', ",", "\r\n", "\u202e", "x"])


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(HOSTILE, min_size=1, max_size=4))
def test_no_cell_is_a_formula(parts):
    text = "".join(parts)
    ref = e.DutyRef(text, text)
    room = Room().opened().measured().stated().aware().asked(replace(duty(ref), citation=text, addressees=(text,)))
    clocks = running_clocks(room.case, NOW)
    for table in (duties_csv(room.case), clocks_csv(clocks), timeline_csv(room.case), figures_csv(room.case)):
        rows = list(csv.reader(io.StringIO(table, newline="")))
        assert len({len(row) for row in rows}) == 1
        for cell in (cell for row in rows for cell in row):
            assert cell[:1] not in ("=", "+", "@", "\t", "\r", "|", "%")
            assert not cell.startswith("-") or cell.lstrip("-").isdigit()
            assert cell.isprintable()


def test_a_title_with_a_formula_reaches_no_table():
    room = Room()
    room.do(ENGINEER, c.OpenCase(id=new_id(), case="c-1", title="=HYPERLINK(1)"))
    assert "HYPERLINK" not in timeline_csv(room.case)


def test_times_are_utc():
    assert _rows(timeline_csv(ROOMS["opened"].case))[0]["at"] == "2026-11-22T04:00:00Z"
