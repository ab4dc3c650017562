"""The fixture in a suite of its own, as a user runs it: what fails, what is said, what is written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

from spillkit.plant import plant_people
from spillkit.plant.files import csv_text

APPLICATION = '''
import json
import httpx
import pytest

USERS, SESSIONS, CACHE = {}, {}, {}


def shop(environ, start):
    """A shop: sign in, one's own page, one's orders, a list, an echo, reviews."""
    path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
    cookie = environ.get("HTTP_COOKIE", "").partition("sid=")[2].partition(";")[0]
    me = SESSIONS.get(cookie)
    status, headers, body = "200 OK", [("Content-Type", "application/json")], b"{}"
    sent = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if path == "/login":
        person = USERS.get(json.loads(sent)["email"])
        session = f"session-{person.number:08}"
        SESSIONS[session] = person
        headers.append(("Set-Cookie", f"sid={session}; Path=/"))
    elif path == "/me" and me:
        body = json.dumps({"me": {"name": me.name, "email": me.email}}).encode()
    elif path == "/cached" and me:
        body = CACHE.setdefault(path, json.dumps({"email": me.email}).encode())
    elif path.startswith("/orders/"):
        body = json.dumps({"order": {"phone": list(USERS.values())[int(path[8:]) - 1].phone}}).encode()
    elif path == "/people":
        body = json.dumps([{"email": email} for email in USERS]).encode()
    elif path == "/echo":
        body = sent
    elif path == "/reviews":
        body = json.dumps({"by": list(USERS.values())[0].name}).encode()
    start(status, headers)
    return [body]


@pytest.fixture
def signed_in(spillkit_guard):
    USERS.update({person.email: person for person in spillkit_guard.people[:2]})
    clients = []
    for person in spillkit_guard.people[:2]:
        client = spillkit_guard.watching(httpx.Client(transport=httpx.WSGITransport(shop), base_url="http://shop"))
        client.post("/login", json={"email": person.email, "password": person.password})
        clients.append(client)
    yield clients
    for client in clients:
        client.close()
'''

SUITE = (
    APPLICATION
    + """

def test_own_pages(signed_in):
    for client in signed_in:
        assert client.get("/me").status_code == 200


def test_cache(signed_in):
    for client in signed_in:
        client.get("/cached")


def test_owner(signed_in):
    signed_in[1].get("/orders/1")


def test_filter(signed_in):
    signed_in[0].get("/people")


def test_fails_by_itself_and_leaks(signed_in):
    signed_in[1].get("/orders/1")
    assert 1 == 2
"""
)

QUIET = (
    APPLICATION
    + """

def test_echo_is_no_exposure(signed_in, spillkit_guard):
    alice, bob = spillkit_guard.people[:2]
    assert signed_in[1].post("/echo", json={"invite": alice.email}).json() == {"invite": alice.email}


@pytest.mark.spillkit_allows("name", route="GET /reviews", reason="reviews are signed")
def test_marker_allows(signed_in):
    signed_in[1].get("/reviews")


@pytest.mark.spillkit_allows(viewer=2, subject=1, reason="a household")
def test_marker_allows_one_person(signed_in):
    signed_in[1].get("/orders/1")


class TestWithUnittest(__import__("unittest").TestCase):
    @pytest.fixture(autouse=True)
    def _guarded(self, signed_in):
        self.clients = signed_in

    def test_own_page(self):
        self.clients[0].get("/me")
"""
)


def run(tmp_path, text, *options, ini="", **environment):
    """Run a suite in an environment like a user's."""
    (tmp_path / "test_suite.py").write_text(text, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\nfilterwarnings = error\n{ini}", encoding="utf-8")
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_", "SPILLKIT_"))
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        command, cwd=tmp_path, env={**kept, **environment}, capture_output=True, text=True, timeout=300
    )
    assert "INTERNALERROR" not in done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def leaky(tmp_path_factory):
    """The leaky suite run once, with every kind of output."""
    place = tmp_path_factory.mktemp("leaky")
    done = run(place, SUITE, "--spillkit-sarif=spill.sarif", "--junit-xml=junit.xml", GITHUB_ACTIONS="true")
    return place, done


def test_a_test_in_which_one_sees_the_other_fails_with_route_field_and_hint(leaky):
    _, done = leaky
    assert done.returncode == 1
    for said in (
        "GET /cached: planted person 2 was shown planted person 1's e-mail",
        "e-mail at $.email",
        "a cache whose key does not hold who asks",
        "GET /orders/{n}: planted person 2 was shown planted person 1's phone",
        "phone at $.order.phone",
        "a missing owner check",
        "GET /people: planted person 1 was shown planted person 2's e-mail",
        "a list without its filter",
    ):
        assert said in done.stdout, said
    assert "4 failed, 1 passed" in done.stdout


def test_a_failure_of_the_tests_own_stays_the_failure(leaky):
    _, done = leaky
    own = done.stdout.partition("test_fails_by_itself_and_leaks")[2]
    assert "assert 1 == 2" in own
    assert "planted person 1's phone" in own


def test_the_summary_says_what_was_looked_at(leaky):
    _, done = leaky
    assert re.search(r"17 answers in 5 tests were looked at \(planted person 1: 8, planted person 2: 9\)", done.stdout)
    assert "exposures: 4" in done.stdout


def test_nothing_of_a_planted_person_is_printed_or_written(leaky):
    place, done = leaky
    written = done.stdout + done.stderr + (place / "spill.sarif").read_text() + (place / "junit.xml").read_text()
    for person in plant_people(2):
        for value in (person.email, person.phone, person.name, person.password, person.customer_id):
            assert value not in written
    assert "session-0000" not in written


def test_github_is_told_at_the_tests_line(leaky):
    _, done = leaky
    line = next(line for line in done.stdout.splitlines() if line.startswith("::error") and "/cached" in line)
    number = 1 + SUITE.splitlines().index("def test_cache(signed_in):")
    assert line.startswith(f"::error file=test_suite.py,line={number},title=Spillkit%3A /cached::GET /cached: planted")
    assert "%0A  where" in line


def test_sarif_names_rule_route_file_and_line(leaky):
    place, _ = leaky
    log = json.loads((place / "spill.sarif").read_text())
    results = log["runs"][0]["results"]
    assert log["version"] == "2.1.0"
    assert len(results) == 4
    assert {result["ruleId"] for result in results} <= {
        rule["id"] for rule in log["runs"][0]["tool"]["driver"]["rules"]
    }
    places = [result["locations"][0] for result in results]
    assert {place["physicalLocation"]["artifactLocation"]["uri"] for place in places} == {"test_suite.py"}
    assert {place["logicalLocations"][0]["fullyQualifiedName"] for place in places} == {
        "GET /cached",
        "GET /orders/{n}",
        "GET /people",
    }


def test_junit_has_the_answers_and_the_exposures_as_properties(leaky):
    place, _ = leaky
    case = next(case for case in ET.parse(place / "junit.xml").iter("testcase") if case.get("name") == "test_cache")
    found = {each.get("name"): each.get("value") for each in case.iter("property")}
    assert found["spillkit_answers"] == "4"
    assert found["spillkit_exposure"].startswith("GET /cached: planted person 2")


def test_what_is_allowed_typed_or_ones_own_is_silent(tmp_path):
    done = run(tmp_path, QUIET, "--spillkit-sarif=spill.sarif")
    assert done.returncode == 0, done.stdout
    assert "allowed by rules or markers 2, typed by the viewer himself 1" in done.stdout
    assert json.loads((tmp_path / "spill.sarif").read_text())["runs"][0]["results"] == []


def test_workers_of_xdist_add_up(tmp_path):
    done = run(tmp_path, SUITE, "-n2", "--spillkit-sarif=spill.sarif")
    assert done.returncode == 1
    assert "17 answers in 5 tests were looked at" in done.stdout
    assert "exposures: 4" in done.stdout
    assert len(json.loads((tmp_path / "spill.sarif").read_text())["runs"][0]["results"]) == 4


def test_a_rules_file_decides_who_may_see_whom(tmp_path):
    (tmp_path / "rules.toml").write_text(
        'version = 1\n[[public]]\nroute = "GET /reviews"\nfields = ["name"]\nreason = "reviews are signed"\n'
    )
    suite = APPLICATION + '\n\ndef test_reviews(signed_in):\n    signed_in[1].get("/reviews")\n'
    assert run(tmp_path, suite).returncode == 1
    done = run(tmp_path, suite, ini="spillkit_rules = rules.toml\n")
    assert done.returncode == 0, done.stdout
    assert "allowed by rules or markers 1" in done.stdout


def test_people_may_come_from_a_file(tmp_path):
    (tmp_path / "people.csv").write_text(csv_text(plant_people(3, ["ja_JP"], 9)), encoding="utf-8")
    suite = """
def test_who(spillkit_guard):
    assert [person.locale for person in spillkit_guard.people] == ["ja_JP"] * 3
    spillkit_guard.look_at(spillkit_guard.people[0], spillkit_guard.people[0].email)
"""
    assert run(tmp_path, suite, ini="spillkit_people = people.csv\n").returncode == 0


def test_a_run_that_looked_at_nothing_has_not_passed(tmp_path):
    done = run(tmp_path, "def test_nothing(spillkit_guard):\n    assert len(spillkit_guard.people) == 12\n")
    assert done.returncode == 1
    assert "0 answers were looked at: nothing was tested" in done.stdout


def test_a_client_that_was_watched_in_vain_is_warned_of(tmp_path):
    suite = (
        APPLICATION
        + "\n\ndef test_vain(spillkit_guard):\n    with httpx.Client() as client:\n        spillkit_guard.watching(client)\n"
    )
    done = run(tmp_path, suite, "-W", "default")
    assert "SpillkitWarning" in done.stdout
    assert "0 answers were looked at" in done.stdout


BAD_SETTINGS = {
    "rules that are not there": ("spillkit_rules = nowhere.toml\n", "nowhere.toml"),
    "people that are not there": ("spillkit_people = nowhere.csv\n", "nowhere.csv"),
    "no such locale": ("spillkit_locales = xx_YY\n", "no locale"),
}


@pytest.mark.parametrize(("ini", "says"), BAD_SETTINGS.values(), ids=BAD_SETTINGS)
def test_a_setting_that_cannot_be_used_is_said_in_words(ini, says, tmp_path):
    done = run(tmp_path, "def test_it(spillkit_guard):\n    pass\n", ini=ini)
    assert done.returncode != 0
    assert says in done.stdout
    assert "Traceback" not in done.stdout


def test_a_marker_without_a_reason_is_refused(tmp_path):
    suite = "import pytest\n@pytest.mark.spillkit_allows('name')\ndef test_it(spillkit_guard):\n    pass\n"
    done = run(tmp_path, suite)
    assert done.returncode != 0
    assert "needs reason" in done.stdout


def test_without_the_fixture_next_to_nothing_is_loaded(tmp_path):
    suite = """
import sys

def test_it():
    assert not {"spillkit.guard.guard", "numpy", "pyarrow", "duckdb", "click"} & set(sys.modules)
"""
    done = run(tmp_path, suite, "-p", "no:hypothesispytest")
    assert done.returncode == 0, done.stdout
    assert "spillkit" not in done.stdout
