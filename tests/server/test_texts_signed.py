"""A native reader signs a text as it is; another text, or a signature taken back, is unsigned."""

from __future__ import annotations

import re

import pytest

from spillkit.notices.writing import text_digest

PATH = "/notices/languages/sv/"


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def sign(who, **changed: str):
    page = who.get(PATH).text
    hidden = dict(re.findall(r'name="(id|digest)" value="([^"]+)"', page))
    return who.post(f"{PATH}sign/", PATH, **{**hidden, "native": "yes", **changed})


@pytest.mark.server
def test_a_text_is_signed_as_it_is_by_a_native_reader_and_taken_back_by_him_or_an_officer(room):
    agent, auditor, officer, other = (
        room.somebody("agent"),
        room.somebody("auditor"),
        room.somebody("officer"),
        room.somebody("engineer"),
    )
    shown = text_of(agent.get(PATH))
    assert "needs a native reader" in shown
    assert "Så kontrollerar du" in shown
    assert 'lang="he" dir="rtl"' in agent.get("/notices/languages/he/").text
    assert agent.get("/notices/languages/xx/").status_code == 404
    # Not without reading all of it, not another text, not by an auditor.
    assert sign(agent, native="").status_code == 400
    assert sign(agent, digest="0" * 64).status_code == 409
    assert auditor.post(f"{PATH}sign/", "/check/", native="yes").status_code == 403
    # Signed once, however often the form is sent; then it says by whom.
    form = dict(re.findall(r'name="(id|digest)" value="([^"]+)"', agent.get(PATH).text))
    assert sign(agent, **form).status_code == 302
    assert agent.post(f"{PATH}sign/", "/check/", native="yes", **form).status_code == 302
    shown = text_of(other.get(PATH))
    assert "signed off agent-one" in shown
    assert shown.count(text_digest("sv")) == 1
    assert "1 of 15 languages were read and signed" in text_of(other.get("/notices/languages/"))
    # Taken back by him who signed or an officer, and by nobody else.
    row = re.search(r"take-back/(\d+)/", officer.get(PATH).text)[1]
    assert "take-back" not in other.get(PATH).text
    path = f"/notices/languages/take-back/{row}/"
    assert other.post(path, "/check/").status_code == 403
    assert officer.post(path, PATH).status_code == 302
    assert "needs a native reader" in text_of(other.get(PATH))
    assert officer.post(path, "/check/").status_code == 400
    log = b"".join(each.read_bytes() for each in (room.workspace / "record" / "log").rglob("*") if each.is_file())
    assert log.count(b'"text-signed"') >= 1
    assert b'"text-signature-taken-back"' in log
