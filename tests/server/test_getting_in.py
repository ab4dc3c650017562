"""The first account, the next ones, wrong passwords, and what every answer carries."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import PASSWORD, serve, start

PAGES = ("/", "/account/login/", "/nowhere", "/start/nothing/", "/static/room/room.css", "/static/report/report.css")


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("fresh"))) as served:
        yield served


def test_the_first_start_prints_a_link_that_makes_the_first_account_once(fresh):
    [link] = re.findall(r"http://\S+/start/\S+", fresh.log.read_text())
    path = link.removeprefix(fresh.url)
    first = fresh.visitor()
    answer = first.post(path, username="Olga", password1=PASSWORD, password2=PASSWORD)
    assert (answer.status_code, answer.headers["location"]) == (302, "/")
    page = first.get("/").text
    assert "olga" in page
    assert "data protection officer" in page
    assert fresh.visitor().get(path).status_code == 404, "the link works once"


def test_there_is_no_account_to_guess_and_no_way_to_make_one(fresh):
    for path in ("/account/signup/", "/account/password/reset/", "/admin/"):
        assert fresh.visitor().get(path).status_code in (302, 403, 404)
    for name, password in (("admin", "admin"), ("spillkit", "spillkit"), ("officer", "")):
        visitor = fresh.visitor()
        visitor.sign_in(name, password)
        assert visitor.get("/").status_code == 302


@pytest.mark.parametrize(
    ("given", "said"),
    {
        "too short": (("Ann", "short", "short"), "too short"),
        "two different": (("Ann", PASSWORD, PASSWORD + "!"), "not the same"),
        "known to everybody": (("Ann", "password1234", "password1234"), "too common"),
        "like the name": (("annabelle-westwater", "annabelle-westwater1", "annabelle-westwater1"), "too similar"),
        "a name with markup": (("<b>Ann</b>", PASSWORD, PASSWORD), "valid username"),
    }.values(),
)
def test_a_password_that_cannot_be_used_is_refused_and_the_link_lives_on(fresh, given, said):
    path = fresh.command("--invite", "agent")["link"].removeprefix(fresh.url)
    name, first, second = given
    answer = fresh.visitor().post(path, username=name, password1=first, password2=second)
    assert answer.status_code == 200
    assert said in answer.text
    assert fresh.visitor().get(path).status_code == 200


def test_a_new_password_ends_the_old_one(fresh):
    fresh.somebody("agent", "asta")
    link = fresh.command("--new-password", "Asta")["link"]
    fresh.visitor().post(
        link.removeprefix(fresh.url), password1="nine green doors shut", password2="nine green doors shut"
    )
    old, new = fresh.visitor(), fresh.visitor()
    old.sign_in("asta")
    new.sign_in("asta", "nine green doors shut")
    assert (old.get("/").status_code, new.get("/").status_code) == (302, 200)


def test_too_many_wrong_passwords_are_refused_with_429_and_a_restart_forgets_none(tmp_path):
    with serve(make_workspace(tmp_path)) as room:
        room.somebody("officer", "olaf")
        answers = [room.visitor().sign_in("olaf", f"wrong {number}").status_code for number in range(7)]
        assert answers[:5] == [200] * 5
        assert answers[5:] == [429] * 2
        port = room.port
    again = start(room.workspace, port)
    try:
        right = again.visitor()
        assert right.sign_in("olaf").status_code == 429
        assert right.get("/").status_code == 302
    finally:
        again.end()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("signed_in", [False, True])
def test_every_answer_carries_the_headers(room, path, signed_in):
    asker = room.somebody("officer") if signed_in else room.visitor()
    headers = asker.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-frame-options"] == "DENY"
    assert "camera=()" in headers["permissions-policy"]
    if "static" not in path:
        assert headers["cache-control"] == "no-store, private"


def test_cookies_are_kept_from_scripts_and_other_sites(fresh):
    visitor = fresh.visitor()
    path = fresh.command("--invite", "auditor")["link"].removeprefix(fresh.url)
    answer = visitor.post(path, username="ada", password1=PASSWORD, password2=PASSWORD)
    cookies = answer.headers.get_list("set-cookie")
    assert any("spillkit_session" in cookie for cookie in cookies)
    assert all("httponly" in cookie.lower() and "samesite" in cookie.lower() for cookie in cookies)


def test_pages_hold_no_inline_script_or_style(room):
    for path in ("/", "/account/", "/account/login/", "/account/second-factor/webauthn/add/"):
        text = room.somebody("officer").get(path).text
        assert not re.search(r"<script(?![^>]*(src=|application/json))", text), path
        assert not re.search(r"<style|\sstyle=|\son\w+=", text), path


def test_a_form_from_elsewhere_is_refused(room):
    officer = room.somebody("officer")
    answer = officer.http.post("/language", data={"language": "fr"})
    assert answer.status_code == 403
    assert "Traceback" not in answer.text


def test_nothing_that_was_typed_is_in_the_log(room):
    room.visitor().sign_in("somebody-secret", "a password nobody knows")
    room.visitor().get("/nowhere/somebody-secret?token=abc123secret")
    said = room.log.read_text()
    assert "somebody-secret" not in said
    assert "abc123secret" not in said
    assert "nobody knows" not in said


@pytest.mark.parametrize(
    ("setting", "value"),
    {
        "a database that is none": ("SPILLKIT_DATABASE", "mysql://root:hunter2@db/x"),
        "a database that does not answer": ("SPILLKIT_DATABASE", "postgres://room:hunter2@127.0.0.1:9/room"),
        "plain http for other machines": ("SPILLKIT_ORIGIN", "http://room.example.org"),
        "an origin with a path": ("SPILLKIT_ORIGIN", "https://room.example.org/x"),
        "a port that is none": ("SPILLKIT_PORT", "http"),
        "half a provider": ("SPILLKIT_OIDC_ISSUER", "https://login.example.org"),
        "neither yes nor no": ("SPILLKIT_BEHIND_PROXY", "perhaps"),
    }.values(),
)
def test_a_setting_that_cannot_be_used_stops_the_start(workspace, setting, value):
    environment = {**os.environ, "SPILLKIT_WORKSPACE": str(workspace), setting: value}
    done = subprocess.run(
        [sys.executable, "-m", "spillkit", "serve", "--check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("spillkit: ")
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


def test_others_may_not_read_the_secret(tmp_path):
    workspace = make_workspace(tmp_path)
    program = [sys.executable, "-m", "spillkit", "-w", str(workspace), "serve", "--check"]
    assert subprocess.run(program, capture_output=True, check=False).returncode == 0
    secret = workspace / "room" / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    secret.chmod(0o644)
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "chmod 600" in done.stderr
