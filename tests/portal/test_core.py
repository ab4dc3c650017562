"""The company's half of the portal: what is published, who is answered by mail, and which false messages are warned of."""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from mailbox import Maildir

import httpx
import pytest

from spillkit.cli import main
from spillkit.directory.remembering import remembered
from spillkit.law.books import read_books
from spillkit.notices.addressees import Addressee
from spillkit.notices.code import code_keys, code_of, shown
from spillkit.notices.company import EXAMPLE, read_company, read_story
from spillkit.notices.gather import Wishes
from spillkit.notices.holds import Known
from spillkit.notices.marks import derived_key
from spillkit.notices.message import message_id_of
from spillkit.notices.plain_list import read_plain_list
from spillkit.notices.plan import Measured, Pace, make_plan
from spillkit.notices.prepared import VERSION, Prepared, read_prepared, write_prepared
from spillkit.notices.publication import Sign, Way, read_publication
from spillkit.notices.question import RECORD_BYTES, seal
from spillkit.notices.question_key import question_key
from spillkit.notices.reader import Reader
from spillkit.notices.told import Kind
from spillkit.notices.told_table import rows_of
from spillkit.notices.verdict_letter import verdict_words
from spillkit.notices.wording import LANGUAGES
from spillkit.notices.writing import texts_digest
from spillkit.settings import open_workspace
from spillkit_portal.answer import Answers, Outcome, Table
from spillkit_portal.application import Portal
from spillkit_portal.settings import Settings
from spillkit_portal.spool import Spool
from spillkit_portal.words import portal_words
from tests.server.receivers import mailbox
from tests.server.test_sending import Refused, Sending

pytestmark = pytest.mark.server
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAILING = "2026-11-cache"
AFFECTED = """\
id,email,name,country,language,entity,fields,first_at,last_at
c_1,ann@mail.example,Ann Roe,IT,it,shop-eu,"name, e-mail",2026-11-02T12:00:00Z,2026-11-02T13:00:00Z
c_2,huda@mail.example,هدى الخطيب,EG,ar,shop-eu,"name, address",2026-11-03T08:00:00Z,2026-11-20T17:20:00Z
c_3,dan@mail.example,Dan Fox,DE,de,shop-eu,name,,
c_4,wim@mail.example,Wim Bos,NL,nl,shop-eu,name,,
c_5,first@mail.example,Two Boxes,NL,nl,shop-eu,name,,
"""
# Beside them: Eve is not affected; c_3 is on hold, c_4 was withdrawn, c_5 has a second mailbox by now.
CUSTOMERS = """\
id,email,name,country,language,legal_entity
c_1,ann@mail.example,Ann Roe,IT,it,shop-eu
c_2,huda@mail.example,هدى الخطيب,EG,ar,shop-eu
c_3,dan@mail.example,Dan Fox,DE,de,shop-eu
c_4,wim@mail.example,Wim Bos,NL,nl,shop-eu
c_5,second@mail.example,Two Boxes,NL,nl,shop-eu
c_6,eve@mail.example,Eve Low,FR,fr,shop-eu
c_7,max@mail.example,Max Far,FR,fr,shop-unknown
"""


class Core(Sending):
    """A workspace with a mailing, and a process that publishes and answers."""

    def start(self):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.portal.calls"], env=self.environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    @property
    def environment(self):
        return {**os.environ, "SPILLKIT_WORKSPACE": str(self.workspace)}

    @property
    def spool(self):
        return self.folder / "asked"

    def begin(self):
        (self.folder / "affected.csv").write_text(AFFECTED)
        (self.folder / "customers.csv").write_text(CUSTOMERS)
        for command in (["init"], ["people", "add", str(self.folder / "customers.csv")]):
            assert main(["-w", str(self.workspace), *command]) == 0
        self.prepare()
        self.to = question_key(open_workspace(self.workspace)).public_key()
        return self

    def prepare(self):
        workspace = open_workspace(self.workspace)
        company, story = read_company(EXAMPLE / "notices.toml"), read_story(EXAMPLE / "story.toml")
        known = Known(deceased=frozenset({"c_3"}), signed=frozenset(LANGUAGES))
        wishes = Wishes(story.campaign, company.letterhead, frozenset(LANGUAGES), known)
        found = read_plain_list(str(self.folder / "affected.csv"), wishes, read_books(), workspace.key(), NOON)
        told, texts = found.gathered.told, texts_digest(story)
        plan = make_plan(told, Measured(5, 5), company.letterhead, texts, Pace(1000), story.campaign, NOON)
        prepared = Prepared(
            version=VERSION, mailing=MAILING, kind=Kind.AFFECTED, incident=None, lists=(remembered(found.mapped),),
            unread=("fr",), prepared_at=NOON, plan=plan,
        )  # fmt: skip
        write_prepared(
            workspace, prepared, told, *((EXAMPLE / name).read_bytes() for name in ("story.toml", "notices.toml"))
        )

    def told(self, subject):
        ready = read_prepared(open_workspace(self.workspace), MAILING)
        return next(row for row in rows_of(ready.told) if subject in row.subjects)

    def code(self, notice):
        return code_of(notice, code_keys(derived_key(open_workspace(self.workspace).key(), "codes")))

    def ask(self, address, language="en", hours=0.0):
        self.spool.mkdir(exist_ok=True)
        Spool(self.spool).add(seal(address, language, NOON + timedelta(hours=hours), self.to))

    def answers(self, box, hours=0.0):
        done = self.answer(spool=str(self.spool), smtp=box.url, hours=hours)
        people = done.pop("people")
        assert done["questions"] == sum(done.values()) - done["questions"]
        return {name: count for name, count in done.items() if count}, people

    def wait_for_marks(self, waiting):
        """Wait until so many marks wait, as somebody sees who looks into the database from outside."""
        until = time.monotonic() + 30
        with closing(sqlite3.connect(self.database)) as looking:
            while time.monotonic() < until:
                [count] = looking.execute(
                    "SELECT count(*) FROM spillkit_server_answeredrow WHERE is_waiting"
                ).fetchone()
                if count == waiting:
                    return
                time.sleep(0.02)
        raise AssertionError("the marks never changed")

    def waiting(self):
        return sum(path.stat().st_size for path in self.spool.glob("*")) // RECORD_BYTES


@pytest.fixture(scope="module")
def core(tmp_path_factory):
    made = Core(tmp_path_factory.mktemp("core")).begin()
    yield made
    if made.process is not None:
        assert "mail.example" not in made.kill()  # nothing of anybody on its error stream


def text_of(mail, kind="plain"):
    return mail.get_body((kind,)).get_content()


def test_the_core_publishes_what_was_approved_and_answers_each_mailbox_once(core, tmp_path):
    published = tmp_path / "published"

    # 1. Nothing is published, and nobody answered, before two people approved. (What the command prints the tutorial shows.)
    with pytest.raises(Refused, match="two people sign"):
        core.publish(folder=str(published))
    assert not published.exists()
    with mailbox() as box:
        core.ask("ann@mail.example", "fr")
        with pytest.raises(Refused, match="No mailing is approved"):
            core.answers(box)
        assert core.waiting() == 1
        assert core.approve(name=MAILING) == 4
        wim = core.told("c_4")
        assert core.withdraw(notice=wim.id) == 1

        # 2. Somebody who is not affected waits until there are codes for such letters.
        core.ask("eve@mail.example", "fr")
        assert core.answers(box) == ({"questions": 2, "notices": 1, "no_code": 1}, [])
        assert core.waiting() == 1

        done = core.publish(folder=str(published))
        assert done["is_new"]
        assert done["codes"] == 5 + 1000
        assert done["news"][0] == "2026-11-cache: first published, 3 people known, at most 3"
        again = core.publish(folder=str(published), days=2)
        assert (again["name"], again["is_new"], again["news"]) == (done["name"], False, [])

        # 3. Ann's mail says the same as her notice, under a Message-ID of its own; Eve's letter has a code that is published.
        assert core.answers(box) == ({"questions": 1, "unaffected": 1}, [])
        [(bounce, [to], mail), (_bounce, [to_eve], letter)] = box.letters
        ann = core.told("c_1")
        assert (to, to_eve) == ("ann@mail.example", "eve@mail.example")
        assert shown(core.code(ann.id)) in text_of(mail)
        assert "Ann Roe" in text_of(mail)
        assert mail["Message-ID"] != message_id_of(ann.id, "shop.example")
        assert ann.id not in bounce
        assert mail["Content-Language"] == "it, fr"  # as it was first sent, and as she asked
        assert letter["Content-Language"] == "fr"
        assert "Eve" not in text_of(letter)
        opened = read_publication(published)
        table = Table(opened.codes, opened.look_up_key)
        code = next(word for word in text_of(letter).split() if word.count("-") == 2 and len(word.strip(".⁦⁩")) == 17)
        found = table.find(code.strip(".⁦⁩"))
        assert (found.outcome, list(Kind)[found.shape.kind]) == (Outcome.GENUINE, Kind.UNAFFECTED)
        assert table.find(shown(core.code(ann.id))).outcome is Outcome.GENUINE
        assert table.find(shown(core.code(wim.id))).outcome is Outcome.WITHDRAWN
        page = unescape(Answers(opened.publication, "fr", table.shapes()).page(found).decode())
        assert portal_words("fr").words("verdict.genuine") in page

        # 4. Whoever asks again today is answered already; strangers get nothing; who is on hold is left to a person.
        for address in ("ANN@mail.example", "nobody@mail.example", "no address", "dan@mail.example", "wim@mail.example",
                        "second@mail.example", "max@mail.example", "eve@mail.example"):  # fmt: skip
            core.ask(address, "de", hours=1)
        counts, people = core.answers(box, hours=1)
        assert counts == {"questions": 8, "too_soon": 2, "unknown": 1, "no_address": 1, "by_a_person": 4}
        assert sorted(people) == sorted(core.told(one).id for one in ("c_3", "c_4", "c_5"))
        assert len(box.letters) == 2
        assert core.waiting() == 0

        # 5. A day later the marks are forgotten. An Arabic reader types her code, and reads what was shown of her. She asks, and
        # gets exactly her notice.
        portal = Portal(Settings(published, core.spool))
        with httpx.Client(transport=httpx.WSGITransport(portal), base_url="http://portal") as reader:
            said = reader.post("/ar/check", data={"code": shown(core.code(core.told("c_2").id)).lower()}).text
            assert all(
                words in said for words in ("حقيقية: هذا الرمز منا.", "الاسم", "العنوان البريدي", "ماذا يمكنك أن تفعل")
            )
            assert "عنوان البريد الإلكتروني" not in said
            assert reader.post("/ar/affected", data={"address": "Huda@mail.example"}).status_code == 200
        assert core.answers(box, hours=30) == ({"questions": 1, "notices": 1}, [])
        assert core.marks() == 1
        huda = box.letters[-1][2]
        assert huda["Content-Language"] == "ar"
        told = core.told("c_2")
        ready = read_prepared(open_workspace(core.workspace), MAILING)
        from spillkit.notices.reader import Reader

        words = ready.writer(open_workspace(core.workspace), NOON, is_signed=False).words(
            told, Reader(name="هدى الخطيب")
        )
        assert text_of(huda).replace("\r\n", "\n").strip() == words.text.strip()


def test_a_mail_server_that_does_not_take_it_now_is_asked_again_and_nobody_gets_two(core):
    with mailbox() as box:
        # Later, for this receiver; never, for that one.
        box.to_receiver = "450 later"
        core.ask("huda@mail.example", "ar", hours=100)
        assert core.answers(box, hours=100) == ({"questions": 1, "waiting": 1}, [])
        box.to_receiver, box.to_mail = "250 ok", "451 later, after all"
        assert core.answers(box, hours=101) == ({"questions": 1, "waiting": 1}, [])
        assert core.waiting() == 1
        box.to_mail = "250 taken"
        assert core.answers(box, hours=102) == ({"questions": 1, "notices": 1}, [])
        assert core.waiting() == 0
        # The answer is lost: perhaps it was taken. It is not sent again.
        box.to_mail = ""
        core.ask("ann@mail.example", hours=103)
        assert core.answers(box, hours=103) == ({"questions": 1, "lost": 1}, [])
        box.to_mail = "250 taken"
        assert core.answers(box, hours=104) == ({}, [])
        # Two days without a mail server: given up, and nothing stays.
        box.to_receiver = "450 later"
        core.ask("huda@mail.example", "ar", hours=140)
        assert core.answers(box, hours=140) == ({"questions": 1, "waiting": 1}, [])
        assert core.answers(box, hours=190) == ({"questions": 1, "given_up": 1}, [])
        assert core.waiting() == 0


def test_a_spool_that_cannot_be_read_is_said(core, tmp_path):
    spool = tmp_path / "asked"
    (spool / "x.asked").mkdir(parents=True)  # A folder in the place of a file: neither read nor deleted.
    with pytest.raises(Refused, match=r"cannot be read or cleared \(Is a directory\)"):
        core.answer(spool=str(spool), smtp="smtp://127.0.0.1:9/?from=room@example.org")


def test_whoever_is_killed_between_question_and_answer_mails_nobody_twice(core):
    with mailbox() as box:
        for address in ("ann@mail.example", "huda@mail.example", "eve@mail.example"):
            core.ask(address, hours=300)
        box.go_on.clear()
        core.process.stdin.write(
            json.dumps(["answer", {"spool": str(core.spool), "smtp": box.url, "hours": 300}]) + "\n"
        )
        core.process.stdin.flush()
        assert box.asked.wait(60)
        core.wait_for_marks(waiting=2)  # The dot of the first leaves, and its answer does not come.
        core.kill()
        with (core.workspace / "room" / "answering.lock").open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            with pytest.raises(Refused, match="Another process"):
                core.answers(box, hours=300)
        box.go_on.set()
        counts, _people = core.answers(box, hours=300)
        assert counts["questions"] == 3
        assert counts.get("too_soon") == 1
        receivers = [to for _from, [to], _mail in box.letters]
        assert len(receivers) == len(set(receivers)) >= 2
        assert core.answers(box, hours=400) == ({}, [])


def test_false_messages_are_counted_and_warned_of_where_an_officer_decides_so(core, tmp_path):
    fake = EmailMessage()
    fake.set_content("Dear Ann,\nyour refund waits: https://evil.example/x")
    first = core.report_mail(raw=fake.as_string())
    text = "Dear Ben,\nyour refund waits: https://evil.example/y"
    assert core.report(text=text, way="mail", signs=["password"], on="2026-11-20", by="agent") == first
    sms = core.report(text="Pay now", way="sms", signs=["link", "payment"], on="2026-11-21", by="agent")
    assert core.reported() == [
        ["mail", "password link", 1, 1, "2026-11-20", "2026-11-22"],
        ["sms", "payment link", 1, 0, "2026-11-21", "2026-11-21"],
    ]
    published = tmp_path / "published"
    assert core.publish(folder=str(published))["fakes"] == 0
    with pytest.raises(Refused, match="is not approved"):
        core.publish(folder=str(published), names=["other"])
    for role in ("agent", "auditor", "engineer"):
        with pytest.raises(Refused, match="Only an officer"):
            core.let_show(row=sms, role=role)
    assert core.let_show(row=sms, role="officer")
    done = core.publish(folder=str(published))
    assert done["news"] == ["warnings of false messages: 1, before 0"]
    [warned] = read_publication(published).publication.fakes
    assert (warned.way, warned.signs) == (Way.SMS, (Sign.PAYMENT, Sign.LINK))
    assert not core.let_show(row=sms, role="officer", shown=False)
    assert core.publish(folder=str(published))["fakes"] == 0


def forwards(box, sender, inner, **head):
    """Put a mail into a Maildir, by which somebody sends another on as an attachment."""
    mail = EmailMessage()
    mail["From"], mail["Return-Path"], mail["Subject"] = sender, f"<{sender}>", "Is this real?"
    for name, value in head.items():
        mail[name.replace("_", "-")] = value
    mail.set_content("Is this from you?")
    mail.add_attachment(inner)
    box.add(mail)


def test_whoever_sends_a_message_on_is_told_whether_it_is_ours(core, tmp_path):
    workspace, told = open_workspace(core.workspace), core.told("c_1")
    writer = read_prepared(workspace, MAILING).writer(workspace, NOON, is_signed=False)
    sent = writer.post(told, Addressee("ann@mail.example", Reader("Ann Roe"))).data
    notice = message_from_bytes(sent, policy=default)
    altered = message_from_bytes(sent.replace(b"shop.example", b"shop-check.example"), policy=default)
    false = EmailMessage()
    false["From"] = "Shop <help@evil.example>"
    false.set_content("Dear Ann,\nyour account is blocked. Confirm at https://evil.example/c")
    place = tmp_path / "forwarded"
    box = Maildir(place)
    forwards(box, "ann@mail.example", notice)
    forwards(box, "police@other.example", altered)
    forwards(box, "zoe@third.example", false)
    forwards(box, "zoe@third.example", notice)  # one answer a day
    forwards(box, "away@fourth.example", notice, Auto_Submitted="auto-replied")
    forwards(box, "noreply@fifth.example", false)
    before = len(core.reported())
    with mailbox() as server:
        done = core.forwarded(place=str(place), smtp=server.url, hours=500)
        assert {name: count for name, count in done.items() if count} == {
            "mails": 6, "ours": 1, "changed": 1, "not_ours": 1, "no_letter": 2, "too_soon": 1, "fakes": 1,
        }  # fmt: skip
        answers = {to: mail for _from, [to], mail in server.letters}
        assert set(answers) == {"ann@mail.example", "police@other.example", "zoe@third.example"}
        assert verdict_words()["it"]["ours"] in text_of(answers["ann@mail.example"])  # in the language of her notice
        assert verdict_words()["fr"]["not-ours"] in text_of(answers["zoe@third.example"])
        for mail in answers.values():
            assert mail["Auto-Submitted"] == "auto-generated"
            assert "evil" not in mail.as_string()
            assert "Ann" not in mail.as_string()
        assert core.forwarded(place=str(place), smtp=server.url, hours=501)["mails"] == 0
        assert len(core.reported()) == before + 1
        # Not now: once more in the next round, and counted once.
        server.to_receiver = "450 later"
        forwards(box, "zoe@third.example", false)
        assert core.forwarded(place=str(place), smtp=server.url, hours=530)["waiting"] == 1
        server.to_receiver = "250 ok"
        done = core.forwarded(place=str(place), smtp=server.url, hours=531)
        assert (done["mails"], done["not_ours"], done["fakes"]) == (1, 1, 0)
    assert len(list(place.glob("*/*"))) == 7  # nothing is deleted there


def test_the_command_says_what_came_of_the_questions(core, capfd, monkeypatch):
    for address in ("dan@mail.example", "nobody@mail.example", "nobody@mail.example"):
        core.ask(address)
    monkeypatch.setenv("SPILLKIT_SMTP", "smtp://127.0.0.1:9/?from=room@example.org")
    assert main(["-w", str(core.workspace), "notify", "answer", str(core.spool), "--once"]) == 1
    said = capfd.readouterr()
    assert said.out == (
        "3 questions: 0 got their notice again, 0 not affected, 1 of no customer, 1 answered already\n"
        f"1 to be answered by a person: {core.told('c_3').id}\n"
    )
    assert "mail.example" not in said.err
