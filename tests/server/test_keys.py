"""A key of the API reaches as far as it was made for, and no further; its bearer sees it and takes it back."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import PASSWORD, serve


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("keys"))) as served:
        assert served.somebody("officer").open_incident() == 1
        yield served


def ask(room, key, method, path, **given) -> httpx.Response:
    return httpx.request(method, room.url + path, headers={"Authorization": f"Bearer {key}"}, timeout=60, **given)


def at_the_form(room, name="officer-one"):
    """Return somebody who signed in, and gave his password once more."""
    room.somebody("officer", name)
    visitor = room.visitor()
    visitor.sign_in(name)
    visitor.post(visitor.get("/account/keys/new/").headers["location"], password=PASSWORD)
    return visitor


REACHES = {
    "a plain key reads": ((), (200, 403, 403)),
    "a key for notes writes notes": (("--may-write",), (200, 200, 403)),
    "a key that may decide proposes": (("--may-decide",), (200, 200, 200)),
}


@pytest.mark.parametrize(("options", "statuses"), REACHES.values(), ids=REACHES)
def test_a_key_reaches_as_far_as_it_was_made_for(own_room, options, statuses):
    key = own_room.command("--token", "officer-one", *options)["token"]
    seen = ask(own_room, key, "GET", "/api/incidents/1").json()["version"]
    aware = {"seen": seen + 1, "aware_at": "2026-11-20T08:30:00Z", "reason": "Support saw it."}
    got = (
        ask(own_room, key, "GET", "/api/incidents/1/cells").status_code,
        ask(own_room, key, "POST", "/api/incidents/1/notes", json={"words": "by a program"}).status_code,
        ask(own_room, key, "POST", "/api/incidents/1/aware/propose", json=aware | {"seen": seen}).status_code
        if statuses[2] == 403
        else ask(own_room, key, "POST", "/api/incidents/1/aware/propose", json=aware).status_code,
    )
    assert got == statuses


def test_a_refused_key_is_told_what_it_lacks(own_room):
    key = own_room.command("--token", "officer-one")["token"]
    answer = ask(own_room, key, "POST", "/api/incidents/1/notes", json={"words": "no"})
    assert answer.json() == {"detail": "This key may read; it would have to be made to write."}


def test_one_makes_a_key_after_the_password_sees_it_once_and_takes_it_back(own_room):
    visitor = at_the_form(own_room)
    page = visitor.post("/account/keys/new/", label="Nightly report", reach="read", days="30")
    key = re.findall(r'id="key">(spk_[^<]+)<', page.text)[0]
    assert ask(own_room, key, "GET", "/api/incidents").status_code == 200
    shown = visitor.get("/account/keys/").text
    assert "Nightly report" in shown
    assert key not in shown
    [line] = [row for row in shown.split("<tr>") if "Nightly report" in row]
    visitor.post(re.findall(r'action="(/account/keys/\d+/take-back/)"', line)[0], "/account/keys/")
    assert ask(own_room, key, "GET", "/api/incidents").status_code == 401
    assert "Nightly report" not in visitor.get("/account/keys/").text


@pytest.mark.parametrize(("reach", "days"), [("decide", "30"), ("read", "0"), ("read", "9999"), ("everything", "30")])
def test_nobody_makes_himself_a_key_that_signs_or_lasts_for_ever(own_room, reach, days):
    visitor = at_the_form(own_room)
    answer = visitor.post("/account/keys/new/", label="More", reach=reach, days=days)
    assert answer.status_code == 400
    assert "spk_" not in answer.text


def test_nobody_sees_or_takes_back_the_key_of_another(own_room):
    own_room.command("--token", "officer-one")
    other = own_room.somebody("auditor")
    assert "/take-back/" not in other.get("/account/keys/").text
    page = own_room.somebody("officer").get("/account/keys/").text
    place = re.findall(r'action="(/account/keys/\d+/take-back/)"', page)[0]
    assert other.post(place, "/account/").status_code == 302
    assert place in own_room.somebody("officer").get("/account/keys/").text


def test_an_unlocked_screen_gives_no_key_without_the_password(own_room):
    own_room.somebody("officer", "olaf")
    visitor = own_room.visitor()
    visitor.sign_in("olaf")
    answer = visitor.get("/account/keys/new/")
    assert (answer.status_code, "reauthenticate" in answer.headers["location"]) == (302, True)
    blind = visitor.post("/account/keys/new/", "/account/", label="Mine", reach="read", days="30")
    assert (blind.status_code, "spk_" in blind.text) == (302, False)
    visitor.post(answer.headers["location"], password="not his password")
    assert visitor.get("/account/keys/new/").status_code == 302


def test_all_keys_of_an_account_are_taken_back_on_the_server(own_room):
    key = own_room.command("--token", "officer-one")["token"]
    assert own_room.command("--revoke-tokens", "officer-one")["revoked"] >= 1
    assert ask(own_room, key, "GET", "/api/incidents").status_code == 401


def test_a_key_is_no_way_round_a_required_second_factor(own_room):
    key = own_room.command("--token", "officer-one", "--may-decide")["token"]
    with serve(own_room.workspace, SPILLKIT_SECOND_FACTOR="required") as strict:
        assert ask(strict, key, "GET", "/api/incidents").status_code == 403
    assert ask(own_room, key, "GET", "/api/incidents").status_code == 200
