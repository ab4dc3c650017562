"""Files that people attach: kept by their digest, given back to be saved, and never shown."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from html import unescape

import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import serve

MOST = 20 << 20
HOSTILE = {
    "a path": "../../../../etc/passwd",
    "a script": '"><script>alert(1)</script>.html',
    "turned around": "invoice\u202efdp.exe",
    "a line break": "bill\r\nContent-Type: text/html\r\n\r\n.pdf",
    "very long": "x" * 600 + ".pdf",
    "Arabic": "لقطة شاشة.png",
    "only dots": "...",
}


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("attached"))) as served:
        yield served


@pytest.fixture(scope="module")
def case(own_room):
    number = own_room.somebody("officer").open_incident()
    own_room.let_in(number, own_room.somebody("agent"), own_room.somebody("auditor"))
    return number


def attach(somebody, number, name, body, **more):
    page = somebody.get(f"/incidents/{number}/files/").text
    token = unescape(re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1])
    event = re.search(r'attach/">.*?name="id" value="([^"]+)"', page, re.DOTALL)[1]
    given = {"csrfmiddlewaretoken": token, "id": event, "back": f"/incidents/{number}/files/", **more}
    return somebody.http.post(
        f"/incidents/{number}/attach/",
        data=given,
        files={"file": (name, body, "text/html")},
        headers={"Referer": somebody.http.base_url.join("/").__str__()},
    )


def link_of(number, body):
    return f"/incidents/{number}/attachments/{hashlib.sha256(body).hexdigest()}/"


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_file_comes_back_as_it_was_to_be_saved_under_a_harmless_name(own_room, case, name):
    officer, body = own_room.somebody("officer"), f"<script>{name}</script>".encode()
    assert attach(officer, case, name, body).status_code == 302
    answer = officer.get(link_of(case, body))
    assert answer.content == body
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"
    shown = answer.headers["content-disposition"]
    assert shown.startswith("attachment; filename")
    assert len(shown) < 800
    assert not re.search(r"[\r\n/\\<>\u202e]|%2F|%E2%80%AE", shown)
    page = officer.get(f"/incidents/{case}/files/").text
    assert "<script>alert" not in page
    assert "\u202e" not in page
    assert hashlib.sha256(body).hexdigest() in page


def test_what_is_too_large_or_empty_is_not_kept_and_the_reason_is_said(own_room, case):
    officer = own_room.somebody("officer")
    for body, why in ((b"", "No file was chosen|empty"), (b"x" * (MOST + 1), "larger than 20 MiB")):
        answer = attach(officer, case, "a.bin", body)
        assert answer.status_code == 400
        assert re.search(why, answer.text)
        assert officer.get(link_of(case, body)).status_code == 404
    most = b"y" * MOST
    assert attach(officer, case, "most.bin", most).status_code == 302
    assert officer.get(link_of(case, most)).content == most


def test_the_same_form_sent_twice_attaches_once(own_room, case):
    officer, body = own_room.somebody("officer"), b"once"
    for _ in range(2):
        assert attach(officer, case, "once.txt", body, id="attached-once").status_code == 302
    assert officer.get(f"/incidents/{case}/files/").text.count(hashlib.sha256(body).hexdigest()) == 2  # link and digest


def test_who_has_no_access_sees_no_file_and_customer_care_none_either(own_room, case):
    officer, body = own_room.somebody("officer"), b"for a few"
    attach(officer, case, "few.txt", body)
    assert own_room.somebody("auditor").get(link_of(case, body)).content == body
    assert own_room.somebody("agent").get(link_of(case, body)).status_code == 403
    assert own_room.somebody("counsel", "stranger").get(link_of(case, body)).status_code == 404
    assert own_room.visitor().get(link_of(case, body)).status_code == 302
    other = officer.open_incident("", title="Another")
    assert officer.get(link_of(other, body)).status_code == 404


def test_nobody_fills_the_memory_without_signing_in(own_room, case):
    visitor = own_room.visitor()
    visitor.get("/account/login/")
    answer = visitor.http.post(f"/incidents/{case}/attach/", files={"file": ("a", b"x" * 1_000_000)})
    assert answer.status_code in (302, 403)


def test_bytes_that_were_changed_are_not_given_out(own_room, case):
    officer, body = own_room.somebody("officer"), b"as it was"
    attach(officer, case, "evidence.txt", body)
    with sqlite3.connect(own_room.workspace / "room" / "room.sqlite3") as database:
        changed = database.execute(
            "update spillkit_server_filerow set body = ? where digest = ?",
            (b"as it is", hashlib.sha256(body).hexdigest()),
        )
        assert changed.rowcount == 1
    answer = officer.get(link_of(case, body))
    assert answer.status_code == 500
    assert "is not what was attached" in answer.text
    assert "as it is" not in answer.text


def test_the_record_names_the_digest_of_the_file(own_room, case):
    from spillkit.record import open_record
    from spillkit.settings import open_workspace

    officer, body = own_room.somebody("officer"), b"proved"
    attach(officer, case, "proved.txt", body)
    entries = [entry for _, entry in open_record(open_workspace(own_room.workspace)).of_case(case_id(own_room, case))]
    named = [entry for entry in entries if entry.kind == "attachment-added"]
    assert hashlib.sha256(body).hexdigest() in str(named[-1].facts)
    assert "proved.txt" not in str(named[-1])


def case_id(room, number):
    with sqlite3.connect(room.workspace / "room" / "room.sqlite3") as database:
        [(found,)] = database.execute("select case_id from spillkit_server_caserow where number = ?", (number,))
    return found
