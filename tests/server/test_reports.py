"""A report to an authority: drafted, signed by two, sent, followed up, withdrawn; the same bytes each time."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
import sqlite3
import subprocess
from html import unescape

import pytest

from spillkit.authority import read_report
from tests.server.conftest import make_workspace
from tests.server.rooms import free_port, serve, start

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("reports"))) as served:
        yield served


@pytest.fixture(scope="module")
def officer(own_room):
    return own_room.somebody("officer")


@pytest.fixture(scope="module")
def counsel(own_room):
    return own_room.somebody("counsel")


@pytest.fixture
def case(own_room, officer, counsel):
    """An incident with an aware-time that two have signed."""
    return open_case(own_room, officer, counsel)


def open_case(room, officer, counsel):
    number = officer.open_incident("", title="Shown to others")
    room.let_in(number, counsel, room.somebody("agent"), room.somebody("auditor"))
    officer.act(number, "propose-aware", aware_at="2026-11-20T09:30", zone="Europe/Rome", reason="Support saw it.")
    assert sign(counsel, number).status_code == 302
    return number


def sign(somebody, number, page=""):
    shown = somebody.get(f"/incidents/{number}/{page}").text
    proposal = re.search(r'name="proposal" value="([^"]+)"', shown)
    return somebody.act(number, "sign", page, proposal=proposal[1] if proposal else "none")


def link_to_draft(somebody, number, rule="eu-gdpr-33"):
    page = somebody.get(f"/incidents/{number}/reports/").text
    links = [unescape(link) for link in re.findall(r'href="([^"]+/reports/new/\?[^"]+)"', page)]
    return next(link for link in links if f"rule={rule}&" in link)


def fill(somebody, link, **fields):
    """Send the form of a report as the page at `link` gives it."""
    page = somebody.get(link)
    assert page.status_code == 200, page.text
    hidden = {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}
    given = {name: hidden[name] for name in ("id", "was", "measures")}
    return somebody.post(link, link, **{"zone": "Europe/Rome", "language": "en", **given, **fields})


def drafted(somebody, number, link="", **fields):
    """Draft a report; return its name."""
    kept = fill(somebody, link or link_to_draft(somebody, number), **fields)
    assert kept.status_code == 302, kept.text
    return kept.headers["location"].rstrip("/").rpartition("/")[2]


def proposed(somebody, number, name):
    page = f"reports/{name}/"
    digest = re.search(r'name="digest" value="([^"]+)"', somebody.get(f"/incidents/{number}/{page}").text)[1]
    return somebody.act(number, "propose-report", page, report=name, digest=digest, reason="")


def went_out(somebody, number, name, receipt="2026/17"):
    page = f"reports/{name}/"
    told = {"sent_at": "2026-11-21T10:00", "zone": "Europe/Rome", "how": "its form", "receipt": receipt}
    return somebody.act(number, "sent", page, report=name, **told)


def signed_and_sent(officer, counsel, number, name):
    assert proposed(officer, number, name).status_code == 302
    assert sign(counsel, number, f"reports/{name}/").status_code == 302
    assert went_out(officer, number, name).status_code == 302


def file_of(somebody, number, name, kind):
    answer = somebody.get(f"/incidents/{number}/reports/{name}/report.{kind}")
    assert answer.status_code == 200, answer.text
    return answer


def follow(somebody, number, phase):
    page = somebody.get(f"/incidents/{number}/reports/").text
    last = re.findall(rf'href="(/incidents/{number}/reports/report-\d+/)"', page)
    for link in last:
        found = re.search(rf'href="([^"]+phase={phase}[^"]*)"', somebody.get(link).text)
        if found:
            return unescape(found[1])
    raise AssertionError(page)


def text_of(pdf):
    from pypdf import PdfReader

    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)


def test_the_whole_life_of_a_report(own_room, officer, counsel, case):
    name = drafted(
        officer, case,
        **{"contact-function": "data protection officer", "contact-email": "dpo@example.org",
           "measure-words-1": "The cache was purged.", "measure-at-1": "2026-11-20T12:00", "take-consequences": "yes"},
    )  # fmt: skip
    assert name == "report-1"
    draft = file_of(officer, case, name, "pdf")
    assert draft.headers["content-disposition"].endswith('report-1-draft.pdf"')
    assert "DRAFT" in text_of(draft.content)
    report = read_report(file_of(officer, case, name, "json").content)
    said = {section.item: section for section in report.sections}
    assert said["consequences"].prose.by == "person", "the proposed words were taken as one’s own"
    assert said["measures"].lines[0].at is None
    assert "2026-11-20 12:00" in said["measures"].lines[0].label

    # Two people, not one.
    assert went_out(officer, case, name).status_code == 400, "nobody approved it yet"
    assert proposed(officer, case, name).status_code == 302
    assert sign(officer, case, f"reports/{name}/").status_code == 400
    assert sign(counsel, case, f"reports/{name}/").status_code == 302
    approved = file_of(officer, case, name, "pdf").content
    assert "DRAFT" not in text_of(approved)
    digest = hashlib.sha256(file_of(officer, case, name, "json").content).hexdigest()
    assert digest in officer.get(f"/incidents/{case}/reports/{name}/").text
    assert went_out(officer, case, name).status_code == 302

    # What was sent is made again, byte for byte.
    assert file_of(counsel, case, name, "pdf").content == approved
    page = officer.get(f"/incidents/{case}/reports/").text
    assert "2026/17" in page
    assert "sent" in page

    # What is known later follows, with what changed in front.
    officer.act(case, "correct", "figures/", figure="confirmed", old="1", new="0", why="a test account")
    second = drafted(officer, case, follow(officer, case, "follow-up"), **{"changed-number-people": "one was a test"})
    later = read_report(file_of(officer, case, second, "json").content)
    assert (later.phase, later.sequence, later.earlier[0].digest) == ("follow-up", 2, digest)
    assert later.earlier[0].reference == "2026/17"
    assert {"confirmed"} <= {change.code for change in later.changes if change.item == "number-people"}
    assert "one was a test" in officer.get(f"/incidents/{case}/reports/{second}/").text
    signed_and_sent(officer, counsel, case, second)

    # It was nothing: both are withdrawn, and a new row of reports may begin.
    third = drafted(officer, case, follow(officer, case, "withdrawal"), withdrawn="It was our own test.")
    signed_and_sent(officer, counsel, case, third)
    withdrawal = read_report(file_of(officer, case, third, "json").content)
    assert (withdrawal.phase, len(withdrawal.earlier)) == ("withdrawal", 2)
    assert officer.get(f"/incidents/{case}/reports/").text.count(">withdrawn</span>") == 2
    for each in (name, second, third):
        file_of(officer, case, each, "pdf")


def test_the_same_bytes_after_the_server_was_killed(tmp_path):
    workspace = make_workspace(tmp_path)
    with serve(workspace) as room:
        officer, counsel = room.somebody("officer"), room.somebody("counsel")
        number = open_case(room, officer, counsel)
        name = drafted(officer, number)
        signed_and_sent(officer, counsel, number, name)
        before = {kind: file_of(officer, number, name, kind).content for kind in ("pdf", "json")}
        room.kill()
        again = start(workspace, free_port())
        try:
            back = again.visitor()
            back.sign_in("officer-one")
            assert {kind: file_of(back, number, name, kind).content for kind in before} == before
        finally:
            again.end()


def test_what_is_proposed_is_exactly_what_was_read(officer, counsel, case):
    name = drafted(officer, case, reference="first words")
    assert proposed(officer, case, name).status_code == 302
    # The draft is changed while it waits: the proposal lapses, and nobody signs what he has not read.
    drafted(officer, case, f"/incidents/{case}/reports/{name}/edit/", reference="other words")
    assert sign(counsel, case, f"reports/{name}/").status_code == 400
    page = counsel.get(f"/incidents/{case}/reports/{name}/").text
    assert "other words" in page
    assert "first words" not in page


def test_two_who_change_one_draft_lose_nothing(officer, counsel, case):
    name = drafted(officer, case, reference="mine")
    link = f"/incidents/{case}/reports/{name}/edit/"
    opened = {key: unescape(value) for key, value in _HIDDEN.findall(counsel.get(link).text)}
    drafted(officer, case, link, reference="mine, changed")
    late = counsel.post(
        link,
        link,
        zone="UTC",
        language="en",
        reference="his own words",
        id=opened["id"],
        was=opened["was"],
        measures="2",
    )
    assert late.status_code == 409
    assert "Somebody changed this draft" in unescape(late.text)
    assert 'value="his own words"' in late.text
    assert "mine, changed" in officer.get(f"/incidents/{case}/reports/{name}/").text
    # Having been told, he may keep his.
    now = dict(_HIDDEN.findall(late.text))
    kept = counsel.post(
        link, link, zone="UTC", language="en", reference="his own words", id=now["id"], was=now["was"], measures="2"
    )
    assert kept.status_code == 302


def test_a_form_sent_twice_drafts_once(officer, case):
    link = link_to_draft(officer, case)
    names = [drafted(officer, case, link, id="drafted-once", reference=words) for words in ("once", "twice")]
    assert names == ["report-1", "report-1"]
    told = unescape(officer.get(f"/incidents/{case}/timeline/").text)
    assert told.count("(first report)") == 1, "the timeline says in words which report it was"
    assert "once" in officer.get(f"/incidents/{case}/reports/report-1/").text


def test_what_was_typed_stays_when_something_is_wrong(officer, case):
    answer = fill(
        officer, link_to_draft(officer, case),
        **{"contact-name": "Olga O.", "measure-words-1": "Purged.", "measure-at-1": "2026-10-25T02:30",
           "because-cross-border": "counsel asks", "expected-cross-border": "soon"},
    )  # fmt: skip
    assert answer.status_code == 400
    for typed in ("Olga O.", "Purged.", "2026-10-25T02:30", "counsel asks", "soon"):
        assert typed in answer.text
    assert "came twice" in answer.text
    assert "This is no day" in answer.text
    nowhere = fill(officer, link_to_draft(officer, case), zone="Nowhere/At all", **{"contact-name": "Olga O."})
    assert nowhere.status_code == 400
    assert "no such time zone" in nowhere.text
    assert "Olga O." in nowhere.text
    assert "None was drafted yet" in officer.get(f"/incidents/{case}/reports/").text


def test_looking_first_keeps_nothing_and_loses_nothing(officer, case):
    answer = fill(
        officer, link_to_draft(officer, case), look="yes", **{"contact-name": "Olga O.", "take-consequences": "yes"}
    )
    assert answer.status_code == 200
    assert "What it would say" in answer.text
    assert 'value="Olga O."' in answer.text
    taken = re.search(r'<textarea id="say-consequences"[^>]*>\s*([^<]+)</textarea>', answer.text)
    assert taken, "the words that were taken stand in the form now"
    assert "None was drafted yet" in officer.get(f"/incidents/{case}/reports/").text
    more = fill(officer, link_to_draft(officer, case), more="yes", **{"measure-words-2": "Second."})
    assert 'name="measure-words-3"' in more.text
    assert "Second." in more.text


def test_the_form_asks_first_for_what_is_open_and_which_language_is_wanted(officer, case):
    form = officer.get(link_to_draft(officer, case)).text
    places = [form.index(f'name="{name}"') for name in (
        "language", "contact-name", "contact-function", "say-consequences", "measure-words-1", "company-name",
    )]  # fmt: skip
    assert places == sorted(places)
    assert 'name="measure-words-2"' not in form, "no second empty block"
    asked = form[form.index("Which language does the authority want?") :][:300]
    assert "Official language there" in asked
    name = drafted(officer, case)
    page = officer.get(f"/incidents/{case}/reports/{name}/").text
    assert re.search(r"Language of the report</dt><dd><bdi>English<", page)


def test_the_next_draft_begins_with_what_was_said(officer, case):
    drafted(officer, case, **{"contact-name": "Olga O.", "measure-words-1": "Purged."})
    form = officer.get(f"/incidents/{case}/reports/report-1/edit/").text
    assert 'value="Olga O."' in form
    assert "Purged." in form


def test_who_may_see_and_who_may_not(own_room, officer, case):
    name = drafted(officer, case)
    paths = [f"/incidents/{case}/reports/", f"/incidents/{case}/reports/{name}/",
             f"/incidents/{case}/reports/{name}/report.pdf", f"/incidents/{case}/reports/{name}/report.json"]  # fmt: skip
    form = f"/incidents/{case}/reports/{name}/edit/"
    for path in paths:
        assert own_room.somebody("auditor").get(path).status_code == 200
        assert own_room.somebody("agent").get(path).status_code == 403
        assert own_room.somebody("counsel", "stranger").get(path).status_code == 404
        assert own_room.visitor().get(path).status_code == 302
    assert own_room.somebody("auditor").get(form).status_code == 403
    assert officer.get(f"/incidents/{case}/reports/report-77/").status_code == 404
    assert officer.get(f"/incidents/{case}/reports/{name}/report.exe").status_code == 404
    other = officer.open_incident("", title="Another")
    assert officer.get(f"/incidents/{other}/reports/{name}/").status_code == 404


def test_a_report_that_was_changed_in_the_table_is_named_and_not_shown(own_room, officer, counsel, case):
    name = drafted(officer, case, reference="as signed")
    kept = file_of(officer, case, name, "json").content
    digest = hashlib.sha256(kept).hexdigest()
    with sqlite3.connect(own_room.workspace / "room" / "room.sqlite3") as database:
        changed = database.execute(
            "update spillkit_server_reportrow set body = ? where digest = ?",
            (kept.replace(b"as signed", b"as forged"), digest),
        )
        assert changed.rowcount == 1
    for path in (
        f"reports/{name}/",
        f"reports/{name}/report.pdf",
        f"reports/{name}/report.json",
        f"reports/{name}/edit/",
    ):
        answer = officer.get(f"/incidents/{case}/{path}")
        assert answer.status_code == 500
        assert digest in answer.text
        assert "as forged" not in answer.text


HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "template": "{{ 7*7 }} {% load x %} ${7*7}",
    "turned around": "\u202ereversed\u202c \u2066isolated\u2069",
    "control characters": "a\x07b\x1b[2Jc",
    "very long": "word " * 4000,
    "one long word": "x" * 20_000,
}


@pytest.mark.slow
@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE)
def test_hostile_words_stay_words(officer, case, words, tmp_path):
    name = drafted(officer, case, **{"say-consequences": words[:20_000], "contact-name": words[:300]})
    page = officer.get(f"/incidents/{case}/reports/{name}/").text
    assert "<script>alert" not in page
    assert "onerror=alert(1)>" not in page
    body = page[page.index("report-paper") :]
    assert not re.search(r"[\u202a-\u202e\x07\x1b]", body)
    assert " 49 " not in body
    pdf = file_of(officer, case, name, "pdf").content
    assert b"/JavaScript" not in pdf
    assert b"/URI" not in pdf
    if shutil.which("qpdf"):
        (tmp_path / "r.pdf").write_bytes(pdf)
        assert subprocess.run(["qpdf", "--check", tmp_path / "r.pdf"], capture_output=True, check=False).returncode == 0
    text = text_of(pdf)
    assert words.split()[0][:20] in text.replace("\n", "") or words[0] in "\u202ea"


def test_what_is_too_long_is_said_and_kept_in_the_form(officer, case):
    answer = fill(officer, link_to_draft(officer, case), **{"say-consequences": "y" * 20_001})
    assert answer.status_code == 400
    assert "Shorten it" in answer.text
    assert ("y" * 20_001 in answer.text) is True


def test_people_told_and_a_duty_done_are_written_down_where_they_stand(officer, counsel, case):
    page = officer.get(f"/incidents/{case}/duties/eu-gdpr-34/").text
    hidden = dict(_HIDDEN.findall(page))
    told = {
        "rule": "eu-gdpr-34",
        "entity": unescape(hidden["entity"]),
        "people": "2",
        "told_at": "2026-11-21T18:00",
        "zone": "UTC",
    }
    assert officer.act(case, "told", "duties/eu-gdpr-34/", how="one mail each", **told).status_code == 302
    shown = officer.get(f"/incidents/{case}/reports/").text
    assert "one mail each" in shown
    assert "2 people" in shown


def test_a_correction_leaves_the_old_figure_in_sight(officer, case):
    figures = officer.get(f"/incidents/{case}/figures/").text
    old = re.search(r'name="figure" value="confirmed"><input type="hidden" name="old" value="(\d+)"', figures)[1]
    answer = officer.act(
        case, "correct", "figures/", figure="confirmed", old=old, new="0", why="It was a test account."
    )
    assert answer.status_code == 302
    after = officer.get(f"/incidents/{case}/figures/").text
    assert "It was a test account." in after
    assert after.count('<th scope="row" class="time">') >= 2


def test_the_program_gets_reports_and_attachments_too(own_room, officer, case):
    import httpx

    name = drafted(officer, case)
    with httpx.Client(base_url=own_room.url, headers={"Authorization": f"Bearer {own_room.key(officer)}"}) as program:
        [report] = program.get(f"/api/incidents/{case}/reports").json()
        assert (report["report"], report["state"], report["phase"]) == (name, "draft", "first")
        kept = program.get(f"/api/incidents/{case}/reports/{name}")
        assert hashlib.sha256(kept.content).hexdigest() == report["digest"]
        assert json.loads(kept.content)["schema"] == "spillkit:authority-report:1"
        assert program.get(f"/api/incidents/{case}/reports/{name}/pdf", timeout=60).content.startswith(b"%PDF-")
        assert program.get(f"/api/incidents/{case}/reports/none").status_code == 404
        assert program.get(f"/api/incidents/{case}/attachments").json() == []
