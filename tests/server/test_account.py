"""One's own account: language, zone, and an address for reminders that nobody else sees."""

from __future__ import annotations

import sqlite3

import pytest

from tests.server.conftest import make_workspace
from tests.server.receivers import mailbox
from tests.server.rooms import serve

ADDRESS = "olga.officer@firm.example"


@pytest.fixture(scope="module")
def box():
    with mailbox() as served:
        yield served


@pytest.fixture(scope="module")
def own_room(box, tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("account")), SPILLKIT_SMTP=box.url) as served:
        yield served


@pytest.fixture
def olga(own_room):
    return own_room.somebody("officer", "olga")


def keep(person, **given):
    return person.post("/account/", **{"language": "en", "zone": "", "mail_to": "", **given})


def test_times_are_shown_in_ones_own_zone_beside_utc(own_room, olga):
    number = olga.open_incident()
    assert "Asia/Dubai" not in olga.get(f"/incidents/{number}/timeline/").text
    assert keep(olga, zone="Asia/Dubai").status_code == 302
    page = olga.get(f"/incidents/{number}/timeline/").text
    assert " UTC</bdi></time>" in page
    assert "Asia/Dubai)</bdi>" in page
    assert 'value="Asia/Dubai"' in olga.get(f"/incidents/{number}/").text, "forms begin with it"
    assert "Asia/Dubai" not in olga.get(f"/api/incidents/{number}").text, "programs get UTC"
    keep(olga)


@pytest.mark.parametrize(
    "zone", ["Atlantis/Capital", "../../etc/passwd", "/etc/localtime", "Europe/Rome\x00", "europe/rome", "x" * 65]
)
def test_a_zone_that_is_none_is_refused_and_nothing_is_kept(olga, zone):
    answer = keep(olga, zone=zone, mail_to=ADDRESS)
    assert answer.status_code == 400
    assert "Traceback" not in answer.text
    assert ADDRESS in answer.text, "what was typed stays in the form"
    assert ADDRESS not in olga.get("/account/").text


@pytest.mark.parametrize(
    "address", ["olga", "a@b@c.example", "olga@firm.example\r\nBcc: x@y.example", "<x@y.example>", "ol ga@x.example"]
)
def test_an_address_that_is_none_is_refused(olga, address):
    assert keep(olga, mail_to=address).status_code == 400


def test_a_domain_in_other_letters_is_kept_as_mail_servers_have_it(olga):
    assert keep(olga, mail_to="olga@bücher.example").status_code == 302
    assert 'value="olga@xn--bcher-kva.example"' in olga.get("/account/").text


def test_a_chosen_language_is_that_of_the_next_page(olga):
    keep(olga, language="de")
    assert '<html lang="de" dir="ltr">' in olga.get("/").text
    keep(olga)


def test_the_test_mail_leaves_at_once_and_the_page_says_what_the_server_said(own_room, olga, box):
    keep(olga, mail_to=ADDRESS)
    assert olga.post("/account/test-mail/", "/account/").status_code == 302
    assert "The mail server took it" in olga.get("/account/").text
    [(_sender, receivers, mail)] = box.letters
    assert receivers == [ADDRESS]
    assert mail["auto-submitted"] == "auto-generated"
    assert "olga" not in mail.get_content()
    box.to_receiver = "550 no box of olga"
    olga.post("/account/test-mail/", "/account/")
    page = olga.get("/account/").text
    assert "No mail was sent: refused (550)." in page
    assert "no box of olga" not in page
    box.to_receiver = "250 ok"
    for _ in range(5):
        olga.post("/account/test-mail/", "/account/")
    assert len(box.letters) == 4, "five an hour"
    assert "Five such mails an hour are enough" in olga.get("/account/").text


def test_an_address_is_seen_by_its_bearer_alone(own_room, olga):
    keep(olga, mail_to=ADDRESS)
    counsel = own_room.somebody("counsel", "karim")
    number = olga.open_incident(title="Seen by two")
    own_room.somebody("officer", "olga")
    for path in ("team/", "timeline/", ""):
        assert ADDRESS not in olga.get(f"/incidents/{number}/{path}").text
    assert ADDRESS not in counsel.get("/account/").text
    assert ADDRESS not in own_room.log.read_text()
    for path in (own_room.workspace / "record").rglob("*"):
        assert not path.is_file() or ADDRESS.encode() not in path.read_bytes()
    with sqlite3.connect(own_room.workspace / "room" / "room.sqlite3") as database:
        bodies = database.execute(
            "SELECT body FROM spillkit_server_delivery UNION SELECT body FROM spillkit_server_eventrow"
        ).fetchall()
    database.close()
    assert ADDRESS.encode() not in b"".join(bytes(body) for (body,) in bodies)


@pytest.mark.parametrize("role", ["engineer", "agent", "auditor"])
def test_who_decides_nothing_is_asked_for_no_address(own_room, box, role):
    person = own_room.somebody(role, f"{role}-x")
    assert 'name="mail_to"' not in person.get("/account/").text
    keep(person, mail_to=ADDRESS)
    before = len(box.letters)
    assert person.post("/account/test-mail/", "/account/").status_code == 400
    assert len(box.letters) == before
