"""`spillkit serve --incident N`: whoever makes the first account stands in front of the incident."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import PASSWORD, free_port, start


@pytest.fixture
def fresh(tmp_path):
    return make_workspace(tmp_path)


def said_link(served, words):
    found = re.findall(rf"{words}[^\n]*?(http://\S+)", served.log.read_text())
    return found[-1].removeprefix(served.url)


def test_the_first_account_opens_the_incident_with_the_same_button(fresh):
    served = start(fresh, free_port(), options=("--incident", "1"))
    try:
        link = said_link(served, "Make the first account")
        olga = served.visitor()
        assert "Make the account and open incident 1" in olga.get(link).text
        answer = olga.post(link, username="olga", password1=PASSWORD, password2=PASSWORD)
        assert answer.headers["location"] == "/incidents/1/"
        page = olga.get("/incidents/1/").text
        assert page.count('id="question-') == 14
        assert "olga" in olga.get("/incidents/1/timeline/").text, "the opening stands there in her name"
    finally:
        served.end()
    again = start(fresh, served.port, options=("--incident", "1"))
    try:
        assert said_link(again, "Incident 1:") == "/incidents/1/"
    finally:
        again.end()


def test_a_room_that_has_accounts_leads_to_the_form_with_the_incident_chosen(fresh):
    served = start(fresh, free_port(), options=("--incident", "1"))
    try:
        agent = served.somebody("agent")
        assert agent.get("/incidents/1/").status_code == 404, "who may not bring an incident in brings none in"
    finally:
        served.end()
    again = start(fresh, served.port, options=("--incident", "1"))
    try:
        place = said_link(again, "Incident 1:")
        assert place == "/incidents/open/?incident=1"
        page = again.somebody("officer").get(place).text
        assert re.search(r'name="incident" value="1" checked', page)
    finally:
        again.end()


@pytest.mark.parametrize("hostile", ["99", "-1", "1e3", "١", "", "1&incident=2"])
def test_an_address_with_another_incident_makes_the_account_all_the_same(room, hostile):
    link = room.command("--invite", "officer")["link"].removeprefix(room.url) + "?incident=" + hostile
    visitor = room.visitor()
    name = f"olga-{abs(hash(hostile))}"
    answer = visitor.post(link, username=name, password1=PASSWORD, password2=PASSWORD)
    assert answer.status_code == 302
    assert visitor.get("/").status_code == 200


def test_an_incident_that_is_not_there_is_said_before_the_room_opens(fresh):
    done = subprocess.run(
        [sys.executable, "-m", "spillkit", "-w", fresh, "serve", "--no-open", "--port", str(free_port()), "--incident", "7"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "no incident 7" in done.stderr
    assert "It has 1" in done.stderr
    assert "Traceback" not in done.stderr
