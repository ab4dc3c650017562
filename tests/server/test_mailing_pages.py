"""What the pages of a mailing say from its plan to its last notice, and that none of them names anybody."""

from __future__ import annotations

import csv
import io
import re

import pytest

from tests.server.prepared_mailings import NAME, PEOPLE, Beside

HOME = f"notices/{NAME}/"
VALUES = [cell for line in PEOPLE.splitlines()[1:] for cell in line.split(",")[1:3] if cell and cell != "No Address"]


def text_of(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text).split())


def fields(answer, doing: str) -> dict[str, str]:
    """Return the hidden fields of the form that proposes to do this."""
    for form in re.findall(r"<form.*?</form>", answer.text, re.DOTALL):
        found = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        if found.get("doing") == doing:
            return {name: found[name] for name in ("mailing", "doing", "digest", "notices", "accepts")}
    raise AssertionError(f"there is no form to {doing}")


@pytest.fixture
def beside(room):
    with Beside(room.environment) as process:
        yield process


@pytest.mark.server
def test_a_mailing_is_read_proposed_signed_watched_and_settled_and_no_page_names_anybody(room, beside):
    olga, karim = room.somebody("officer", "olga"), room.somebody("counsel", "karim")
    number = olga.open_incident(title="Cache")
    olga.act(number, "grant", "team/", user="karim", reason="counsel")
    case, seen = f"/incidents/{number}/", []

    def look(page: str = HOME, who=olga) -> str:
        answer = who.get(case + page)
        assert answer.status_code == 200, answer.text
        seen.append(answer.text)
        return text_of(answer)

    def propose(doing: str) -> None:
        given = fields(olga.get(case + HOME), doing)
        answer = olga.act(number, "propose-mailing", HOME, **given, reason="They have to know.")
        assert answer.status_code == 302, text_of(answer)
        assert "Next: another person has to sign it." in look()
        assert "sign it, or decline" in look(who=karim)
        proposal = re.search(r'name="proposal" value="([^"]+)"', karim.get(case + HOME).text)[1]
        assert karim.act(number, "sign", HOME, proposal=proposal).status_code == 302

    # 1. Nothing is prepared; then it is.
    assert "spillkit notify prepare" in look("notices/")
    made = beside("prepare", case=number)
    assert NAME in look("notices/")
    page = look()
    assert "Next: read the samples look at the plan propose that it is sent" in page
    assert "People 6 6 are confirmed, at most 6 were measured" in page
    assert "Italy People 1 Notices 1 On hold 0" in page
    assert "Texts that no native reader has signed: Arabic (ar)" in page
    assert "Italian (it)" in page
    assert "Nothing contradicts the facts" in page
    assert "1 person: no mail address" in page
    assert "1 person: no text read by a native reader" in page
    assert made["digest"] in page
    # 2. The texts are read with nobody's name in them, each in its own direction.
    samples = look(HOME + "samples/")
    assert "Alex Example" in samples
    assert 'lang="ar" dir="rtl"' in seen[-1]
    assert "00000-00000-00000" in samples
    rows = list(csv.DictReader(io.StringIO(olga.get(f"{case}{HOME}on-hold.csv").text)))
    assert {row["subjects"]: row["hold"] for row in rows} == {"c_1004": "no-address", "c_1005": "not-signed-off"}
    # 3. Two people; nobody can sign alone, and nobody twice.
    propose("send")
    assert f"spillkit notify send {NAME}" in look()
    assert "4 notices may be sent." in look()
    # 4. It leaves, stops, goes on; the counts add up to the plan.
    first, second, third, fourth = made["notices"]
    beside("came", states={first: "accepted", second: "sending"})
    assert "Next: nothing, while notices leave." in look()
    assert olga.post(f"{case}{HOME}stop/", case + HOME).status_code == 302
    assert "It stands still. Somebody stopped it." in look()
    propose("go-on")
    beside("came", states={second: "held", third: "bounced", fourth: "held"}, domain="label-1")
    page = look()
    assert "label-1 : Too many came back or were refused" in page
    assert "taken The mail server took it over. 1" in page
    assert "Together: all that were planned 4" in page
    # 5. Held: exactly these are decided on.
    assert "Next: find in the mail server’s log" in page
    assert fields(olga.get(case + HOME), "give-up")["notices"] == "2"
    assert olga.get(f"{case}{HOME}held.csv").text.split() == ["notice", *sorted([second, fourth])]
    propose("send-again")
    # 6. Whoever does not belong to it learns nothing; an agent sees no plan.
    agent, other = room.somebody("agent"), room.somebody("engineer")
    olga.act(number, "grant", "team/", user=agent.name, reason="answers customers")
    assert agent.get(case + HOME).status_code == 403
    assert other.get(case + HOME).status_code == 404
    assert olga.get(f"{case}notices/another/").status_code == 404
    # 7. A text whose signature was taken back after the mailing was prepared has to be read again.
    lapsed = {"mailing": "2026-11-lapsed", "people": PEOPLE.replace("c_1", "c_3")}
    beside("prepare", case=number, **lapsed, said=["ar", "de", "en"])
    page = look("notices/2026-11-lapsed/")
    assert "No signature of a native reader counts any more for the text in: it." in page
    assert "Propose to send" not in page
    # 8. A changed story sends nothing, and the page says so.
    story = room.workspace / "notices" / NAME / "story.toml"
    story.write_text(story.read_text(encoding="utf-8").replace("shown-to-customers", "open-to-anybody"))
    assert "The texts are not those of the plan any more" in look()
    for value in VALUES:
        assert not any(value in text for text in (*seen, room.log.read_text())), "a page or the log names somebody"
