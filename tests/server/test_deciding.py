"""Two people decide; of two who write at once the second is told; and nothing is lost when the server dies."""

from __future__ import annotations

import random
import re
import threading
import time
from html import unescape

import httpx
import pytest

from spillkit.case.mailings import ids_digest
from spillkit.record import open_record
from spillkit.settings import open_workspace
from tests.server.conftest import make_workspace
from tests.server.prepared_mailings import NAME, PEOPLE, UNREAD, Beside
from tests.server.rooms import serve, start

AWARE = {"aware_at": "2026-11-20T09:30", "zone": "Europe/Rome", "reason": "Support saw it, and told the officer."}


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("deciding"))) as served:
        yield served


@pytest.fixture
def case(own_room):
    """A fresh case, with an officer and counsel in it."""
    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    number = officer.open_incident()
    own_room.let_in(number, counsel)
    return number


@pytest.fixture
def beside(own_room):
    with Beside(own_room.environment) as process:
        yield process


def proposal_on(page: str) -> str:
    return re.findall(r'name="proposal" value="([^"]+)"', page)[0]


def test_the_aware_time_counts_once_a_second_person_signs(own_room, case):
    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    assert officer.act(case, "propose-aware", **AWARE).status_code == 302
    page = officer.get(f"/incidents/{case}/").text
    assert "2026-11-20 08:30" in page
    assert "Another person has to sign it." in page
    assert "I have read this, and sign it" not in page
    alone = officer.act(case, "sign", proposal=proposal_on(page))
    assert alone.status_code == 400
    assert "another person" in alone.text.lower()
    assert counsel.act(case, "sign", proposal=proposal_on(counsel.get(f"/incidents/{case}/").text)).status_code == 302
    page = officer.get(f"/incidents/{case}/").text
    assert "Signed by <bdi>officer-one</bdi> and <bdi>counsel-one</bdi>" in page
    assert "Waiting for a signature" not in page


def test_a_duty_is_rejected_with_a_reason_and_both_names_stay(own_room, case):
    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    page = officer.get(f"/incidents/{case}/duties/").text
    path = unescape(re.findall(rf'href="/incidents/{case}/(duties/[^"/]+/[?]entity=[^"#]+)"', page)[0])
    shown = officer.get(f"/incidents/{case}/{path}").text
    [(rule, entity)] = re.findall(
        r'name="rule" value="([^"]+)"><input type="hidden" name="entity" value="([^"]+)"', shown
    )
    answer = officer.act(case, "propose-duty", path, rule=rule, entity=entity, binds="no", reason="Out of scope here.")
    assert answer.status_code == 302
    assert "Waits for a signature" in counsel.get(f"/incidents/{case}/duties/").text
    page = counsel.get(f"/incidents/{case}/{path}").text
    assert counsel.act(case, "sign", path, proposal=proposal_on(page)).status_code == 302
    assert "rejected by two" in officer.get(f"/incidents/{case}/duties/?state=not&decided=yes").text
    page = officer.get(f"/incidents/{case}/{path}").text
    assert "rejected by two" in page
    assert "Out of scope here." in page
    assert "officer-one" in page
    assert "counsel-one" in page


def test_a_mailing_is_proposed_as_it_is_read_with_its_exceptions_and_signed_by_another(own_room, case, beside):
    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    made = beside("prepare", case=case)
    plan = {
        "mailing": NAME,
        "doing": "send",
        "digest": made["digest"],
        "notices": str(len(made["notices"])),
        "accepts": "\r\n".join(f"unread:{tag}" for tag in UNREAD) + "\r\n\r\ncontradiction:3f0a",
        "reason": "Twenty samples were read.",
    }

    def propose(**other: str):
        return officer.act(case, "propose-mailing", **{**plan, **other})

    # 1. What cannot be, or is not so, is refused; nothing typed is lost, and nothing personal repeated.
    refused = {
        "doing": ("burn", 400, "choose one"),
        "notices": ("many", 400, "whole number"),
        "digest": ("ab" * 32, 409, "prepared anew"),
        "mailing": ("2026-11-other", 400, "no such mailing"),
        "accepts": ("unread:it", 400, "does not name all of that"),
    }
    for name, (value, status, words) in refused.items():
        answer = propose(**{name: value})
        assert (answer.status_code, words in answer.text) == (status, True), name
        assert plan["reason"] in answer.text
    answer = propose(accepts=plan["accepts"] + "\r\njane@example.org")
    assert answer.status_code == 400
    assert "jane@" not in answer.text
    # 2. It was prepared anew after it was proposed: nobody signs the old plan.
    assert propose().status_code == 302
    old = proposal_on(counsel.get(f"/incidents/{case}/").text)
    shorter = "".join(PEOPLE.splitlines(keepends=True)[:-1])
    made = beside("prepare", case=case, people=shorter)
    late = counsel.act(case, "sign", proposal=old)
    assert (late.status_code, "prepared anew" in late.text) == (409, True)
    plan |= {"digest": made["digest"], "notices": str(len(made["notices"]))}
    # 3. The new one takes its place, is read, and signed by another.
    assert propose().status_code == 302
    page = counsel.get(f"/incidents/{case}/").text
    assert f"Mailing <bdi>{NAME}</bdi> is to be sent exactly as planned. Notices: 3." in page
    assert "Texts that no native reader has signed: <bdi>Arabic (ar)</bdi>, <bdi>German (de)</bdi>, " in page
    assert "Contradictions that the check found, and that stand: <bdi>3f0a</bdi>." in page
    assert plan["digest"] in page
    assert plan["reason"] in page
    assert f'href="/incidents/{case}/notices/{NAME}/">Read it' in page
    assert "I have read this, and sign it" not in officer.get(f"/incidents/{case}/").text
    assert proposal_on(page) != old
    assert counsel.act(case, "sign", proposal=proposal_on(page)).status_code == 302
    assert "Two people signed exactly this plan" in propose().text
    # 4. What is held is decided on as it is now.
    beside("came", states={made["notices"][0]: "held"})
    again = {"doing": "send-again", "accepts": "", "notices": "1"}
    assert propose(**again).status_code == 409
    assert propose(**again, digest=ids_digest(made["notices"][:1])).status_code == 302
    # 5. In the reader's language, and in the record.
    officer.post("/language", "/", language="ar", back="/")
    try:
        timeline = officer.get(f"/incidents/{case}/timeline/").text
        assert "قرّر شخصان بشأن الدفعة" in timeline
        assert "إعادة إرسال إخطارات ضاع الرد عليها" in timeline
        assert "وافق شخصان على 3 إخطارات" in officer.get(f"/incidents/{case}/").text.replace("<bdi>3</bdi>", "3")
    finally:
        officer.post("/language", "/", language="en", back="/")
    entries = open_record(open_workspace(own_room.workspace)).entries()
    assert [entry.facts["mailing_digest"] for entry in entries if entry.kind == "mailing-signed"] == [plan["digest"]]


def test_of_two_who_decide_at_once_the_second_is_told_and_keeps_his_words(own_room, case):
    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    shown = f"/incidents/{case}/"
    seen = re.findall(r'name="seen" value="(\d+)"', officer.get(shown).text)[0]
    assert counsel.act(case, "propose-aware", **{**AWARE, "seen": seen}).status_code == 302
    late = officer.act(case, "propose-aware", **{**AWARE, "seen": seen, "reason": "My own words, typed for long."})
    assert late.status_code == 409
    assert "Somebody changed this since you looked" in late.text
    assert "My own words, typed for long." in late.text


def test_a_form_sent_twice_counts_once(own_room, case):
    officer = own_room.somebody("officer")
    for _ in range(2):
        assert officer.act(case, "note", "timeline/", id="the-same-id", words="Once only.").status_code == 302
    assert officer.get(f"/incidents/{case}/timeline/").text.count("Once only.") == 1


def test_twenty_notes_at_once_are_all_kept_in_the_timeline_and_the_record(own_room, case):
    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    answers = []

    def write(person, number):
        answers.append(person.act(case, "note", "timeline/", words=f"note {number} of twenty").status_code)

    threads = [threading.Thread(target=write, args=((officer, counsel)[n % 2], n)) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 20
    text = officer.get(f"/incidents/{case}/timeline/").text
    assert all(f"note {number} of twenty" in text for number in range(20))
    page = officer.get(f"/incidents/{case}/record/").text
    assert "NO: one of the two was changed" not in page
    assert page.count("note-added") == 20


TIMES = {
    "came twice": ("2026-10-25T02:30", "Europe/Rome"),
    "did not exist": ("2026-03-29T02:30", "Europe/Rome"),
    "no such time zone": ("2026-11-20T09:30", "Atlantis/Capital"),
    "no time": ("yesterday", "UTC"),
    "lies ahead": ("2098-01-01T00:00", "UTC"),
}


@pytest.mark.parametrize(("said", "typed"), TIMES.items(), ids=TIMES)
def test_a_time_that_cannot_be_meant_is_asked_for_again(own_room, case, said, typed):
    at, zone = typed
    answer = own_room.somebody("officer").act(case, "propose-aware", aware_at=at, zone=zone, reason="kept words")
    assert answer.status_code == 400
    assert said in answer.text
    assert "kept words" in answer.text


HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "a template": "{{ 7*7 }}{% debug %}",
    "turned round": "safe\u202etxt.exe",
    "terminal": "\x1b[2Jgone",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_people_type_is_shown_and_never_run(own_room, case, text):
    officer = own_room.somebody("officer")
    assert officer.act(case, "note", "timeline/", words=f"before {text} after").status_code == 302
    page = officer.get(f"/incidents/{case}/timeline/").text
    assert "before" in page
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page
    assert "49" not in re.findall(r"before .* after", page, re.DOTALL)[0]
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_a_form_that_is_too_large_is_refused(own_room, case):
    officer = own_room.somebody("officer")
    assert officer.act(case, "note", "timeline/", words="x" * 30_000).status_code == 400
    assert officer.act(case, "note", "timeline/", words="x" * 2_000_000).status_code == 400


@pytest.mark.slow
def test_killed_twenty_times_during_decisions_nothing_is_lost_or_doubled(tmp_path):
    """In each round one decision goes through; the kill falls somewhere in those that follow, however slow the machine is."""
    workspace = make_workspace(tmp_path)
    room = start(workspace, port := _port())
    officer, counsel = room.somebody("officer"), room.somebody("counsel")
    number = officer.open_incident()
    room.let_in(number, counsel)
    seed = random.Random(4)
    deciding = _Deciding(number, officer, counsel)
    for _ in range(20):
        began = time.monotonic()
        deciding.once()
        stop = threading.Timer(seed.uniform(0, 2 * (time.monotonic() - began)), room.kill)
        stop.start()
        try:
            while True:
                deciding.once()
        except httpx.TransportError:  # The server is gone in the middle of a request.
            stop.join()
        room = start(workspace, port)
        _sign_in_again(officer, counsel)
    try:
        page = officer.get(f"/incidents/{number}/timeline/?show=all").text
        kept = re.findall(r"decision \d{4}\.", page)
        assert len(kept) == len(set(kept)), "none is doubled"
        assert set(deciding.proposed) <= set(kept), "none is lost"
        page = officer.get(f"/incidents/{number}/record/?show=all").text
        signed = page.count(">aware-signed<")
        assert page.count(">aware-proposed<") == len(kept)
        assert 20 <= deciding.signed <= signed <= len(kept)
        assert "NO: one of the two was changed" not in page
    finally:
        room.end()
    record = open_record(open_workspace(workspace))
    checked = record.verify()
    kinds = [entry.kind for entry in record.entries()]
    assert checked.size == len(kinds)
    assert (kinds.count("aware-proposed"), kinds.count("aware-signed")) == (len(kept), signed)


class _Deciding:
    """Decide again and again when the company became aware; remember what was acknowledged."""

    def __init__(self, number, officer, counsel) -> None:
        self.number, self.officer, self.counsel = number, officer, counsel
        self.sent, self.signed, self.proposed = 0, 0, []

    def once(self) -> None:
        self.sent += 1
        words = f"decision {self.sent:04d}."
        answer = self.officer.act(self.number, "propose-aware", **{**AWARE, "reason": words})
        assert answer.status_code == 302, answer.text
        self.proposed.append(words)
        proposal = proposal_on(self.counsel.get(f"/incidents/{self.number}/").text)
        answer = self.counsel.act(self.number, "sign", proposal=proposal)
        assert answer.status_code == 302, answer.text
        self.signed += 1


def _sign_in_again(*people):
    """Sessions are in the database: nobody has to."""
    for person in people:
        until = time.monotonic() + 120
        while not _is_in(person):
            assert time.monotonic() < until


def _is_in(person) -> bool:
    try:
        return person.get("/").status_code == 200
    except httpx.TransportError:
        return False  # A connection to the server that was killed.


def _port() -> int:
    from tests.server.rooms import free_port

    return free_port()
