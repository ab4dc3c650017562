"""What a person wrote can be erased, from the room and from the record, and every proof holds."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys

import pytest

from spillkit.record import open_record
from spillkit.settings import open_workspace
from tests.server.conftest import make_workspace
from tests.server.rooms import serve

OTHER = "The cache was emptied at noon"


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("erasing"))) as served:
        yield served


@pytest.fixture
def text():
    """Words about a person, others in each test: what one erases must not be found because of another."""
    return f"Jane Roe-Whitby phoned from Larkhill about {secrets.token_hex(6)}"


@pytest.fixture
def case(own_room):
    return own_room.somebody("officer").open_incident()


def erase(room, case_id, event, *options):
    return subprocess.run(
        [sys.executable, "-m", "spillkit", "record", "erase", f"case/{case_id}/{event}", "--yes", *options],
        env=room.environment, capture_output=True, text=True, check=False,
    )  # fmt: skip


def id_of(page: str) -> str:
    return re.findall(r"--case (\S+)", page)[0]


def event_with(page: str, text: str) -> str:
    """Return the number of the event in whose line of the timeline a text stands."""
    [line] = [line for line in page.split('<li id="event-') if text in line]
    return line.partition('"')[0]


def files_that_hold(room, words: str) -> list[str]:
    """Return which files of the workspace hold a text in plain, the database and its write-ahead log among them."""
    kept = [path for path in room.workspace.rglob("*") if path.is_file()]
    assert any(path.name == "room.sqlite3" for path in kept)
    return [path.name for path in kept if words.encode() in path.read_bytes()]


def test_an_erased_note_is_in_no_file_of_the_room_and_every_proof_holds(own_room, case, text):
    officer = own_room.somebody("officer")
    for words in (text, OTHER, *(f"filler {number}" for number in range(20))):
        assert officer.act(case, "note", "timeline/", words=words).status_code == 302
    shown = officer.get(f"/incidents/{case}/timeline/").text
    case_id, number = id_of(officer.get(f"/incidents/{case}/record/").text), event_with(shown, text)
    assert files_that_hold(own_room, text), "else this test could not fail"
    done = erase(own_room, case_id, number, "--reason", "Letter of 3 May", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["texts"], said["still_in"], said["is_scrubbed"]) == (1, [], True)
    assert files_that_hold(own_room, text) == []
    assert files_that_hold(own_room, OTHER)
    page = officer.get(f"/incidents/{case}/timeline/").text
    assert text not in page
    assert OTHER in page
    assert "What was written here was erased on" in page
    assert "Letter of 3 May" in page
    assert "NO: one of the two was changed" not in officer.get(f"/incidents/{case}/record/").text
    record = open_record(open_workspace(own_room.workspace))
    record.verify()
    [erased] = [entry for entry in record.entries() if entry.kind == "texts-erased" and entry.case == case_id]
    assert (erased.facts["number"], erased.actor) == (number, "operator")
    assert text not in [opening.value for entry in record.entries() for opening in record.persons.openings(entry)]
    assert OTHER in [opening.value for entry in record.entries() for opening in record.persons.openings(entry)]
    # The next event is added up on the case without the text.
    assert officer.act(case, "note", "timeline/", words="later").status_code == 302
    assert files_that_hold(own_room, text) == []


def test_a_legal_hold_stops_erasing_with_words_that_say_so(own_room, case, text):
    officer = own_room.somebody("officer")
    assert officer.act(case, "note", "timeline/", words=text).status_code == 302
    number = event_with(officer.get(f"/incidents/{case}/timeline/").text, text)
    assert officer.act(case, "hold", "team/", reason="a claim is announced").status_code == 302
    case_id = id_of(officer.get(f"/incidents/{case}/record/").text)
    for options in ((), ("--record-only",)):
        done = erase(own_room, case_id, number, *options)
        assert done.returncode == 2 or done.returncode == 3
        assert "legal hold" in done.stderr
        assert "Traceback" not in done.stderr
    assert text in officer.get(f"/incidents/{case}/timeline/").text


def test_it_is_said_where_the_same_words_still_stand(own_room, case, text):
    officer = own_room.somebody("officer")
    for words in (text, f"Again: {text}."):
        assert officer.act(case, "note", "timeline/", words=words).status_code == 302
    shown = officer.get(f"/incidents/{case}/timeline/").text
    second = event_with(shown, f"Again: {text}.")
    done = erase(own_room, id_of(officer.get(f"/incidents/{case}/record/").text), str(int(second) - 1), "--json")
    assert json.loads(done.stdout)["still_in"] == [int(second)]


def test_a_report_that_was_erased_says_so_and_can_be_signed_by_nobody(own_room, text):
    from tests.server.test_reports import drafted, open_case, proposed, sign

    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    case = open_case(own_room, officer, counsel)
    name = drafted(officer, case, **{"say-consequences": text})
    assert proposed(officer, case, name).status_code == 302
    page = officer.get(f"/incidents/{case}/reports/{name}/").text
    assert text in page
    digest = re.search(r'<code class="digest"[^>]*>([0-9a-f]{64})<', page)[1]
    timeline = officer.get(f"/incidents/{case}/timeline/").text
    [line] = [line for line in timeline.split('<li id="event-') if "report-1" in line and "drafted" in line]
    case_id = id_of(officer.get(f"/incidents/{case}/record/").text)
    done = erase(own_room, case_id, line.partition('"')[0], "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == 1
    for reader in (officer, counsel):
        answer = reader.get(f"/incidents/{case}/reports/{name}/")
        assert answer.status_code == 200
        assert "What this report said was erased on" in answer.text
        assert digest in answer.text, "what was signed can still be proved"
        assert text not in answer.text
    for kind in ("pdf", "json"):
        answer = officer.get(f"/incidents/{case}/reports/{name}/report.{kind}")
        assert answer.status_code == 410
        assert "This was erased" in answer.text
        assert "backup" not in answer.text, "nothing is damaged"
    assert officer.get(f"/incidents/{case}/reports/{name}/edit/").status_code == 410
    # The proposal still waits, and nobody signs what cannot be read.
    refused = sign(counsel, case)
    assert refused.status_code == 400
    assert "nobody can read it" in refused.text
    listed = officer.get(f"/incidents/{case}/reports/").text
    assert "What this report said was erased on" in listed
    assert "rule=eu-gdpr-33&amp;" in listed, "another one may be drafted"
    assert drafted(officer, case) == "report-2"
    told = {"report": name, "reason": "its words were erased"}
    assert officer.act(case, "withdraw-report", f"reports/{name}/", **told).status_code == 302


def test_a_file_that_was_erased_says_so(own_room, case, text):
    officer = own_room.somebody("officer")
    shown = officer.get(f"/incidents/{case}/files/")
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.text))
    sent = officer.http.post(
        f"/incidents/{case}/attach/", data=hidden, files={"file": ("letter.txt", text.encode())},
        headers={"Referer": str(shown.url)},
    )  # fmt: skip
    assert sent.status_code == 302, sent.text
    page = officer.get(f"/incidents/{case}/files/").text
    link = re.search(rf'href="(/incidents/{case}/attachments/[0-9a-f]{{64}}/)"', page)[1]
    assert officer.get(link).text == text
    number = re.search(r"event (\d+) · SHA-256", page)[1]
    case_id = id_of(officer.get(f"/incidents/{case}/record/").text)
    assert erase(own_room, case_id, number).returncode == 0
    after = officer.get(f"/incidents/{case}/files/").text
    assert "This file was erased on" in after
    assert link not in after
    assert "letter.txt" not in after
    gone = officer.get(link)
    assert gone.status_code == 410
    assert "This was erased" in gone.text


def test_an_event_that_is_not_there_is_refused(own_room, case):
    case_id = id_of(own_room.somebody("officer").get(f"/incidents/{case}/record/").text)
    for named in ((case_id, "999"), ("case-nowhere", "1")):
        done = erase(own_room, *named)
        assert done.returncode == 2
        assert "no such event" in done.stderr
        assert "SPILLKIT_DATABASE" in done.stderr


def test_a_person_with_values_in_a_case_under_hold_is_not_erased(own_room, case, text):
    from datetime import UTC, datetime

    from spillkit.model import SubjectId
    from spillkit.record import Entry
    from spillkit.record.persons import Private

    officer = own_room.somebody("officer")
    assert officer.act(case, "hold", "team/", reason="a claim is announced").status_code == 302
    case_id = id_of(officer.get(f"/incidents/{case}/record/").text)
    record = open_record(open_workspace(own_room.workspace))
    looked = Entry(id="look-1", at=datetime.now(UTC), kind="looked-at", actor="u1", case=case_id)
    record.append([record.persons.seal(looked, [Private(SubjectId("c_1"), "recipient", text)])])
    program = [sys.executable, "-m", "spillkit", "-w", str(own_room.workspace), "record", "erase", "c_1", "--yes"]
    done = subprocess.run(program, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert f"A legal hold is on case {case_id}" in done.stderr
    assert record.persons.is_known(SubjectId("c_1"))
