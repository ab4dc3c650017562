"""Sign-in by the company's own provider: a real OpenID provider in a process of its own, over real HTTP."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import free_port, serve


class Provider:
    """A running provider, and the people it knows."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.start()

    def start(self) -> None:
        program = [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(self.port)]
        self.process = subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.1)
        raise AssertionError("the provider did not start")

    def end(self) -> None:
        self.process.terminate()
        self.process.wait(10)

    def knows(self, subject: str, *groups: str, **claims: str) -> None:
        said = {"preferred_username": subject, "groups": list(groups), **claims}
        assert httpx.put(f"{self.url}/users/{subject}", json=said).status_code == 204


@pytest.fixture(scope="module")
def provider():
    running = Provider()
    yield running
    running.end()


@pytest.fixture(scope="module")
def own_room(provider, tmp_path_factory):
    settings = {"SPILLKIT_OIDC_ISSUER": provider.url, "SPILLKIT_OIDC_CLIENT": "room", "SPILLKIT_OIDC_SECRET": "s3"}
    with serve(make_workspace(tmp_path_factory.mktemp("company")), **settings) as served:
        yield served


def set_out(visitor) -> str:
    """Press the button; return where the provider is asked."""
    answer = visitor.post("/account/company/oidc/company/login/", "/account/login/")
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def agree(place: str, subject: str) -> str:
    """Say yes at the provider; return the way back to the room."""
    return httpx.post(place, data={"sub": subject}).headers["location"]


def come_in(room, subject: str):
    """Return somebody who came by the provider, and the answer at the room's door."""
    visitor = room.visitor()
    return visitor, visitor.http.get(agree(set_out(visitor), subject))


def test_a_colleague_comes_in_with_the_role_that_the_provider_names(own_room, provider):
    provider.knows("carla", "staff", "spillkit-counsel")
    visitor, answer = come_in(own_room, "carla")
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    page = visitor.get("/account/").text
    assert "carla" in page
    assert "counsel" in page
    again, answer = come_in(own_room, "carla")
    assert answer.status_code == 302
    [opaque] = re.findall(r"u_[0-9a-f]{16}", page)
    assert opaque in again.get("/account/").text, "the same account, not a second one"


def test_a_role_that_changed_at_the_provider_changes_here_with_the_next_sign_in(own_room, provider):
    provider.knows("erik", "spillkit-engineer")
    visitor, _ = come_in(own_room, "erik")
    assert visitor.get("/incidents/open/").status_code == 200
    provider.knows("erik", "spillkit-agent")
    later, _ = come_in(own_room, "erik")
    assert later.get("/incidents/open/").status_code == 403


@pytest.mark.parametrize("groups", [(), ("staff",), ("spillkit-officer", "spillkit-counsel"), ("spillkit-system",)])
def test_whoever_has_no_role_or_two_is_not_let_in_and_gets_no_account(own_room, provider, groups):
    subject = "nobody-" + "-".join(groups)
    provider.knows(subject, *groups)
    visitor, answer = come_in(own_room, subject)
    assert answer.status_code == 403
    assert "Traceback" not in answer.text
    assert visitor.get("/").status_code == 302
    assert own_room.somebody("officer").get("/account/").status_code == 200


def test_who_lost_his_role_does_not_come_in_any_more(own_room, provider):
    provider.knows("lena", "spillkit-officer")
    come_in(own_room, "lena")
    provider.knows("lena")
    visitor, answer = come_in(own_room, "lena")
    assert answer.status_code == 403
    assert visitor.get("/").status_code == 302


def test_the_way_back_works_only_for_the_browser_that_set_out_and_once(own_room, provider):
    provider.knows("mia", "spillkit-officer")
    visitor, other = own_room.visitor(), own_room.visitor()
    back = agree(set_out(visitor), "mia")
    # Somebody sends a colleague his own way back, so that she works in his account.
    assert "Traceback" not in other.http.get(back).text
    assert other.get("/").status_code == 302
    forged = back.replace(parse_qs(urlsplit(back).query)["state"][0], "x" * 16)
    assert "Traceback" not in visitor.http.get(forged).text
    assert visitor.get("/").status_code == 302
    assert visitor.http.get(back).status_code == 302
    assert visitor.get("/").status_code == 200
    third = own_room.visitor()
    third.http.get(back)
    assert third.get("/").status_code == 302, "a code works once"


def test_the_request_to_the_provider_is_bound_to_this_browser(own_room):
    asked = parse_qs(urlsplit(set_out(own_room.visitor())).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["code_challenge"][0]) >= 43
    assert len(asked["state"][0]) >= 16
    assert asked["response_type"] == ["code"]
    assert "openid" in asked["scope"][0].split()


def test_who_says_no_at_the_provider_comes_back_to_a_page(own_room):
    visitor = own_room.visitor()
    back = httpx.post(set_out(visitor), data={"action": "deny"}).headers["location"]
    answer = visitor.http.get(back, follow_redirects=True)
    assert answer.status_code < 500
    assert "Traceback" not in answer.text
    assert visitor.get("/").status_code == 302


def test_nobody_who_is_signed_in_ties_his_account_to_a_provider(own_room, provider):
    """Else somebody at an unlocked screen would have a way in for later."""
    provider.knows("otto", "spillkit-officer")
    own_room.somebody("auditor", "ada")
    visitor = own_room.visitor()
    visitor.sign_in("ada")
    answer = visitor.post("/account/company/oidc/company/login/?process=connect", "/account/")
    if answer.status_code == 302 and provider.url in answer.headers["location"]:
        answer = visitor.http.get(agree(answer.headers["location"], "otto"))
        assert answer.status_code == 403
    later, _ = come_in(own_room, "otto")
    assert "<bdi>ada</bdi>" not in later.get("/account/").text


def test_the_policy_lets_forms_go_to_the_provider_and_nowhere_else(own_room, provider):
    policy = own_room.visitor().get("/account/login/").headers["content-security-policy"]
    [forms] = [part.split()[1:] for part in policy.split(";") if part.split()[0] == "form-action"]
    assert forms == ["'self'", provider.url]


def test_a_provider_that_is_down_is_said_and_passwords_still_work(own_room, provider):
    officer = own_room.somebody("officer")
    visitor = own_room.visitor()
    provider.end()
    try:
        answer = visitor.post("/account/company/oidc/company/login/", "/account/login/")
        answer = visitor.http.get(answer.headers["location"]) if answer.status_code == 302 else answer
        assert answer.status_code == 503
        assert "sign-in does not answer" in answer.text
        visitor.sign_in(officer.name)
        assert visitor.get("/").status_code == 200
    finally:
        provider.start()
