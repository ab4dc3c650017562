"""The files of a case are read by the libraries of their formats, and hold nothing that a person wrote."""

from __future__ import annotations

import csv
import io
import json

import icalendar
import pytest
import stix2

WRITTEN = "Zwölf Boxkämpfer jagen"


@pytest.fixture(scope="module")
def case(room):
    officer = room.somebody("officer")
    number = officer.open_incident("", title=WRITTEN)
    officer.act(number, "note", "timeline/", words=WRITTEN)
    return officer, number


def read(name: str, answer) -> object:
    if name.endswith(".csv"):
        return list(csv.reader(io.StringIO(answer.text)))
    if name.endswith(".ics"):
        return icalendar.Calendar.from_ical(answer.text)
    return stix2.parse(answer.text) if name == "stix.json" else json.loads(answer.text)


def test_each_file_of_the_page_opens_in_its_own_library(case):
    officer, number = case
    page = officer.get(f"/incidents/{number}/files/").text
    names = [name for name in ("duties.csv", "clocks.csv", "figures.csv", "timeline.csv", "clocks.ics", "veris.json",
                               "ocsf.json", "stix.json") if f'files/{name}"' in page]  # fmt: skip
    assert len(names) == 8
    for name in names:
        answer = officer.get(f"/incidents/{number}/files/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["content-disposition"] == f'attachment; filename="incident-{number}-{name}"'
        assert read(name, answer)
        assert WRITTEN not in answer.text, name


def test_there_is_no_other_file(case):
    officer, number = case
    assert officer.get(f"/incidents/{number}/files/room.sqlite3").status_code == 404


def test_agents_are_given_no_files(room, case):
    _, number = case
    agent = room.somebody("agent", "agent-files")
    room.let_in(number, agent)
    assert agent.get(f"/incidents/{number}/files/").status_code == 403
    assert "/files/" not in agent.get(f"/incidents/{number}/").text
