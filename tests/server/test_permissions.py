"""Nobody gets anywhere that the table does not let him, and no address is without a rule."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.server.rooms import ROLES


@pytest.fixture(scope="module")
def known(room):
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.list_addresses"],
        env=room.environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return json.loads(done.stdout)


def is_refused(response) -> bool:
    sent_to_sign_in = response.status_code == 302 and response.headers["location"].startswith("/account/login/")
    return response.status_code in (401, 403) or sent_to_sign_in


def test_every_address_has_a_rule_and_every_rule_an_address(known):
    names = {address["name"] for address in known["addresses"]}
    assert not names - set(known["rules"]), "addresses without a rule: add them to spillkit_server/permissions.py"
    assert not set(known["rules"]) - names, "rules of addresses that are gone"
    assert all(address["path"] for address in known["addresses"]), "add a sample to tests/server/list_addresses.py"


@pytest.fixture(scope="module")
def case(room):
    """Case 1, which everybody who walks needs to know of."""
    officer = room.somebody("officer")
    number = officer.open_incident() if officer.get("/incidents/1/").status_code == 404 else 1
    room.let_in(number, *(room.somebody(role, f"{role}-walker") for role in ROLES))
    assert number == 1, "the sample of list_addresses"


@pytest.mark.usefixtures("case")
@pytest.mark.parametrize("role", [None, *ROLES])
def test_each_role_gets_exactly_where_the_table_lets_it(known, room, role):
    somebody = room.somebody(role, f"{role}-walker") if role else room.visitor()
    wrong = []
    for address in known["addresses"]:
        if address["name"] == "account_logout":
            continue  # It would end the walk.
        for method in ("GET", "POST"):
            # A POST without a form's token is refused as well: that is asked of addresses that nobody of this role may use.
            if method == "POST" and role in known["rules"][address["name"]]:
                continue
            answer = somebody.http.request(method, address["path"], headers={"Accept": "text/html"})
            allowed = role in known["rules"][address["name"]]
            if method == "GET" and allowed == is_refused(answer) and not is_about_the_account(address, answer):
                wrong.append((method, address["name"], answer.status_code))
            if not allowed and not is_refused(answer):
                wrong.append((method, address["name"], answer.status_code))
            assert answer.status_code < 500, address
    assert wrong == []


def is_about_the_account(address, answer) -> bool:
    """allauth asks for the password once more, or for a second factor first: also a way on, not a refusal of the room."""
    return address["name"].startswith(("mfa_", "account_", "openid", "social")) and "refusal" not in answer.text


def test_who_does_not_need_to_know_is_not_told_that_there_is_such_an_incident(room, case):
    stranger = room.somebody("counsel", "counsel-stranger")
    for path in ("/incidents/1/", "/incidents/1/duties/", "/incidents/1/record/", "/incidents/77/"):
        assert stranger.get(path).status_code == 404
    assert "/incidents/1/" not in stranger.get("/").text
    answer = stranger.post("/incidents/1/do/note/", "/", id="abc", words="let me in")
    assert answer.status_code == 404


def test_the_role_of_a_colleague_does_not_rub_off(room, case):
    agent = room.somebody("agent", "agent-walker")
    answer = agent.post("/incidents/1/do/propose-close/", "/", id="abd", seen="99", reason="enough")
    assert answer.status_code == 403
