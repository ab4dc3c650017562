"""What an agent is told while somebody is on the telephone, and that nobody's data is told to the agent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.server.prepared_mailings import PEOPLE, Beside

NAME = "2026-11-callers"
CALLER = {"language": "it", "checked": "yes"}
VALUES = ("Ann Roe", "ann@mail.example", "Ben Poe", "هدى", "fay@mail.example")


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def record_of(workspace: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted((workspace / "record" / "log").rglob("*")) if path.is_file())


@pytest.fixture
def beside(room):
    with Beside(room.environment) as process:
        yield process


@pytest.mark.server
def test_an_agent_tells_a_caller_what_is_ours_and_who_was_affected_and_reads_no_value(room, beside):
    olga, karim, agent = room.somebody("officer", "olga"), room.somebody("counsel", "karim"), room.somebody("agent")
    number = olga.open_incident(title="Cache")
    olga.act(number, "grant", "team/", user="karim", reason="counsel")
    people = PEOPLE.replace("c_1", "c_2")
    made = beside("prepare", case=number, mailing=NAME, people=people)
    mails = beside("mails", mailing=NAME)
    ann, fay, seen = mails["c_2001"], mails["c_2006"], []

    def asked(path: str, status: int = 200, who=agent, **fields: str) -> str:
        answer = who.post(path, "/check/", **fields)
        assert answer.status_code == status, text_of(answer)
        assert answer.url.path == path
        seen.append(answer.text)
        return text_of(answer)

    # 1. Before two people approved it, a prepared mailing is nobody's: its code is unknown, and nobody is affected.
    assert "No message of ours has this code." in asked("/check/message/", typed=ann["code"])
    assert "Yes, your data was shown." not in asked("/check/customer/", customer="c_2001", **CALLER)
    given = {"mailing": NAME, "doing": "send", "digest": made["digest"], "notices": "4"}
    accepts = "\n".join(f"unread:{tag}" for tag in ("ar", "de", "en", "it"))
    page = f"notices/{NAME}/"
    assert olga.act(number, "propose-mailing", page, **given, accepts=accepts, reason="Now.").status_code == 302
    proposal = re.search(r'name="proposal" value="([^"]+)"', karim.get(f"/incidents/{number}/{page}").text)[1]
    assert karim.act(number, "sign", page, proposal=proposal).status_code == 302
    # 2. Codes and messages.
    said = asked("/check/message/", typed=ann["code"].lower().replace("-", " "))
    assert "This code is of a message that we sent." in said
    assert NAME in said
    wrong = ("0" if ann["code"][0] != "0" else "1") + ann["code"][1:]
    assert "One sign of this code is not right" in asked("/check/message/", typed=wrong)
    assert "Signs are missing" in asked("/check/message/", typed="K7M2Q-04XTB")
    assert "The words of this message are ours." in asked("/check/message/", typed=fay["text"])
    changed = fay["text"].replace("never", "gladly")
    assert changed != fay["text"]
    assert "somebody changed" in asked("/check/message/", typed=changed)
    false = "Dear customer,\nyour account is closed. Sign in at https://shop.example.net/login now."
    assert "This message is not from us." in asked("/check/message/", typed=false)
    assert "Paste a code or a message first" in asked("/check/message/", 400, typed="")
    # 3. A customer: only after the company's own check; fields as words, in the caller's language; on hold, nothing.
    assert "Nothing was looked up." in asked("/check/customer/", 400, customer="c_2001", language="it")
    before = record_of(room.workspace)
    said = asked("/check/customer/", customer="c_2001", **CALLER)
    assert "Yes, your data was shown." in said
    assert "Shown were: name, e-mail" in said
    assert "Che cosa è successo" in said
    assert "As far as was looked at, your data was not shown." in asked("/check/customer/", customer="c_9", **CALLER)
    assert "Yes, your data was shown." in asked("/check/customer/", customer="c_2004", **CALLER)  # No mail address.
    added = record_of(room.workspace)[len(before) :]
    assert b"caller-checked" in record_of(room.workspace)
    assert b"c_2001" not in added
    # 4. A false message is counted; only an officer lets the portal warn.
    today = datetime.now(UTC).date()
    fake = {"way": "mail", "sign": "link", "text": false, "seen_on": (today - timedelta(1)).isoformat()}
    for again in (fake, fake | {"text": false.replace("customer", "Bob")}):
        assert agent.post("/check/fake/", "/check/", **again).status_code == 302
    assert "Reports 2" in text_of(agent.get("/check/"))
    late = fake | {"seen_on": (today + timedelta(2)).isoformat()}
    assert "today or before" in asked("/check/fake/", 400, **late)
    row = re.search(r'name="row" value="(\d+)"', olga.get("/check/").text)[1]
    assert agent.post("/check/fake/shown/", "/check/", row=row, shown="yes").status_code == 403
    assert olga.post("/check/fake/shown/", "/check/", row=row, shown="yes").status_code == 302
    assert "warns of it" in text_of(agent.get("/check/"))
    # 5. An auditor reads the page and asks nothing.
    auditor = room.somebody("auditor")
    assert "Those who answer customers" in text_of(auditor.get("/check/"))
    assert auditor.post("/check/message/", "/check/", typed=ann["code"]).status_code == 403
    log = room.log.read_text()
    for value in (*VALUES, "c_2001", ann["code"]):
        assert value not in log
    assert not any(value in page for page in seen for value in VALUES[:2]), "a value of a person is on a page"
