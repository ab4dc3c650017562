"""Notices leave once: over real SMTP, through senders that die, servers that lose answers and databases that are restored."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from spillkit.cli import main
from tests.server.receivers import mailbox
from tests.server.rooms import free_port


class Refused(Exception):  # noqa: N818 - says what happened
    """What the library said no to."""


class Sending:
    """A workspace, and a process that sends from it."""

    def __init__(self, folder):
        self.folder = folder
        self.workspace = folder / "spill"
        self.sent = folder / "sent"
        self.process = None

    def start(self):
        environment = {**os.environ, "SPILLKIT_WORKSPACE": str(self.workspace), "SENT": str(self.sent)}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.server.sendings"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __getattr__(self, name):
        def call(**given):
            if self.process is None:
                self.start()
            self.process.stdin.write(json.dumps([name, given]) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
            assert line, self.process.stderr.read()
            said = json.loads(line)
            if "refused" in said:
                raise Refused(f"{said['refused']}: {said['why']}")
            return said["said"]

        return call

    def begin(self):
        """Make its workspace and its database."""
        assert main(["-w", str(self.workspace), "init"]) == 0
        self.plan(name="none", addresses={})
        return self

    def kill(self):
        """End its process as a power cut would; the next call starts another one."""
        self.process.kill()
        said = self.process.communicate()[1]
        self.process = None
        return said

    @property
    def database(self):
        return self.workspace / "room" / "room.sqlite3"

    def copy_database(self, to):
        with closing(sqlite3.connect(self.database)) as live, closing(sqlite3.connect(to)) as copy:
            live.backup(copy)

    def put_back(self, copy):
        if self.process is not None:
            self.kill()
        for end in ("-wal", "-shm"):
            self.database.with_name(self.database.name + end).unlink(missing_ok=True)
        shutil.copy(copy, self.database)


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One workspace for the tests that leave it whole; each has a mailing of its own."""
    sending = Sending(tmp_path_factory.mktemp("sending")).begin()
    yield sending
    sending.kill()


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A workspace in which nothing was sent, to be copied: making one takes longer than most tests."""
    sending = Sending(tmp_path_factory.mktemp("made")).begin()
    sending.kill()
    sending.copy_database(sending.folder / "whole.sqlite3")
    sending.put_back(sending.folder / "whole.sqlite3")
    return sending.workspace


@pytest.fixture
def alone(made, tmp_path):
    sending = Sending(tmp_path)
    shutil.copytree(made, sending.workspace)
    yield sending
    if sending.process is not None:
        sending.kill()


@pytest.fixture(scope="module")
def box():
    with mailbox() as served:
        yield served


@pytest.fixture
def post(box):
    """A mail server in its usual mood."""
    box.letters.clear()
    box.to_receiver, box.to_mail = "250 ok", "250 2.0.0 Ok: queued as 4Xabc"
    return box


def people(prefix, count=12):
    return {f"{prefix}{place:03d}": f"{prefix.lower()}{place:03d}@example.org" for place in range(count)}


def receivers(box):
    return sorted(to for _sender, [to], _mail in box.letters)


def test_everybody_gets_one_mail_of_his_own(shared, post):
    given = people("A", 30)
    assert shared.plan(name="a", addresses=given) == 30
    assert shared.send(name="a", url=post.url, addresses=given) == 30
    assert receivers(post) == sorted(given.values())
    assert shared.funnel(name="a") == {"planned": 30, "accepted": 30}
    row = shared.row(notice="A003")
    assert (row["state"], row["tries"], row["answer"], row["server_id"]) == ("accepted", 1, "250-2.0.0", "4Xabc")
    assert shared.send(name="a", url=post.url, addresses=given) == 0
    assert len(post.letters) == 30


def test_nothing_leaves_before_two_people_approved_it(shared, post):
    given = people("B")
    shared.plan(name="b", addresses=given, approved=False)
    shared.send(name="b", url=post.url, addresses=given)
    assert post.letters == []
    assert shared.funnel(name="b") == {"planned": 12, "ready": 12}


def test_a_plan_that_is_written_twice_tells_nobody_twice(shared, post):
    given = people("C")
    shared.plan(name="c", addresses=given, approved=False)
    assert shared.plan(name="c", addresses=given) == 12
    with pytest.raises(Refused, match="approved by two people"):
        shared.plan(name="c", addresses=people("CX"))
    with pytest.raises(Refused, match="another mailing"):
        shared.plan(name="c2", addresses=given)
    assert shared.funnel(name="c") == {"planned": 12, "ready": 12}


def test_an_address_in_the_place_of_an_id_is_refused_and_not_repeated(shared):
    for odd in ("jane@example.org", "", "a b", "x" * 65):
        with pytest.raises(Refused, match="Row 2 of the plan") as refused:
            shared.plan(name="odd", addresses={"ODD1": "a@b.example", odd: "a@b.example"})
        assert "jane" not in str(refused.value)
    assert shared.funnel(name="odd") == {}
    with pytest.raises(Refused, match="name of a mailing"):
        shared.plan(name="x" * 81, addresses={})


def test_a_mail_that_is_put_off_waits_and_then_leaves_once(shared, post):
    given = people("D", 2)
    shared.plan(name="d", addresses=given)
    post.to_mail = "451 4.3.0 later"
    shared.send(name="d", url=post.url, addresses=given)
    assert shared.funnel(name="d") == {"planned": 2, "deferred": 2}
    row = shared.row(notice="D000")
    assert (row["answer"], row["wait"]) == ("451-4.3.0", 300)
    post.letters.clear()
    post.to_mail = "250 ok"
    shared.send(name="d", url=post.url, addresses=given, later=4)
    assert post.letters == []
    shared.send(name="d", url=post.url, addresses=given, later=2)
    assert receivers(post) == sorted(given.values())
    assert shared.row(notice="D000")["tries"] == 2


def test_a_mail_that_is_put_off_for_five_days_is_given_up(shared, post):
    given = people("W", 2)
    shared.plan(name="w", addresses=given)
    post.to_receiver = "450 4.2.2 mailbox full"
    shared.send(name="w", url=post.url, addresses=given)
    shared.send(name="w", url=post.url, addresses=given, later=4 * 24 * 60)
    assert shared.funnel(name="w") == {"planned": 2, "deferred": 2}
    shared.send(name="w", url=post.url, addresses=given, later=24 * 60)
    assert shared.funnel(name="w") == {"planned": 2, "bounced": 2}
    assert shared.row(notice="W000")["answer"] == "450-4.2.2"


def test_a_lost_answer_is_held_and_never_sent_again_by_itself(shared, post):
    given = people("E", 1)
    shared.plan(name="e", addresses=given)
    post.to_mail = ""  # taken, and gone without a word
    shared.send(name="e", url=post.url, addresses=given)
    post.to_mail = "250 ok"
    for later in (5, 60, 10_000):
        shared.send(name="e", url=post.url, addresses=given, later=later)
    assert len(post.letters) == 1
    assert shared.funnel(name="e") == {"planned": 1, "held": 1}
    with pytest.raises(Refused, match="two different people"):
        shared.settle(notices=["E000"], evidence="two-people", event="send-again", people=["u_1", "u_1"])
    with pytest.raises(Refused, match="cannot show"):
        shared.settle(notices=["E000"], evidence="delivery-status", event="found-not-taken")
    assert shared.settle(notices=["E000"], evidence="server-log", event="found-taken") == 1
    with pytest.raises(Refused, match="Nothing was changed"):
        shared.settle(notices=["E000"], evidence="two-people", event="send-again", people=["u_1", "u_2"])
    assert shared.funnel(name="e") == {"planned": 1, "accepted": 1}


def test_two_people_may_let_a_held_mail_leave_again(shared, post):
    given = people("F", 2)
    shared.plan(name="f", addresses=given)
    post.to_mail = ""
    shared.send(name="f", url=post.url, addresses=given)
    post.to_mail = "250 ok"
    post.letters.clear()
    shared.settle(notices=["F000"], evidence="two-people", event="send-again", people=["u_1", "u_2"])
    shared.settle(notices=["F001"], evidence="two-people", event="let-rest", people=["u_1", "u_2"])
    shared.send(name="f", url=post.url, addresses=given)
    assert receivers(post) == ["f000@example.org"]
    assert shared.funnel(name="f") == {"planned": 2, "accepted": 1, "left": 1}


def test_a_server_that_is_not_there_loses_nothing(shared, post):
    given = people("G", 20)
    shared.plan(name="g", addresses=given)
    shared.send(name="g", url=f"smtp://127.0.0.1:{free_port()}/?from=a@shop.example", addresses=given)
    assert shared.funnel(name="g") == {"planned": 20, "ready": 20}
    shared.send(name="g", url=post.url, addresses=given, later=30)
    assert receivers(post) == sorted(given.values())


def test_a_mailing_that_bounces_stops_within_its_canary(shared, post):
    given = people("H", 150)
    shared.plan(name="h", addresses=given)
    post.to_receiver = "550 5.1.1 unknown"
    shared.send(name="h", url=post.url, addresses=given)
    assert shared.paused(name="h") == "bounces"
    counts = shared.funnel(name="h")
    assert 5 <= counts["bounced"] <= 100
    assert counts["ready"] >= 50
    post.to_receiver = "250 ok"
    shared.send(name="h", url=post.url, addresses=given, later=60)
    assert post.letters == []
    assert shared.go_on(name="h") is True
    shared.send(name="h", url=post.url, addresses=given)
    assert shared.funnel(name="h") == {
        "planned": 150,
        "accepted": 150 - counts["bounced"],
        "bounced": counts["bounced"],
    }
    assert shared.go_on(name="h") is False


def test_mails_that_were_never_offered_hide_no_lost_answers(shared, post):
    given = people("N", 120)
    shared.plan(name="n", addresses=given)
    gone = f"smtp://127.0.0.1:{free_port()}/?from=notices@shop.example"
    for _ in range(12):
        shared.send(name="n", url=gone, addresses=given, connections=8, later=20)
    assert shared.funnel(name="n") == {"planned": 120, "ready": 120}
    post.to_mail = ""
    for later in (20, 1):
        shared.send(name="n", url=post.url, addresses=given, canary=20, later=later)
    post.to_mail = "250 taken"
    assert shared.paused(name="n") == "answers-lost"
    assert 5 <= shared.funnel(name="n")["held"] <= 20


def test_one_domain_that_refuses_everything_waits_alone(shared, post, monkeypatch):
    bad = {f"U9{place:02d}": f"u{place}@refuses.example" for place in range(30)}
    given = people("U", 300) | bad

    async def judge(_server, _session, envelope, address, _options):
        if address.endswith("@refuses.example"):
            return "550 5.7.1 not from you"
        envelope.rcpt_tos.append(address)
        return "250 ok"

    monkeypatch.setattr(post, "handle_RCPT", judge)
    shared.plan(name="u", addresses=dict(sorted(given.items(), key=lambda one: (one[0][1:], one[0]))))
    shared.send(name="u", url=post.url, addresses=given)
    counts = shared.funnel(name="u")
    assert counts["accepted"] == 300
    assert 5 <= counts["bounced"] < 30
    assert counts["ready"] == 30 - counts["bounced"]
    assert shared.paused(name="u") == ""
    assert shared.go_on(name="u") is True


def test_people_may_stop_a_mailing(shared, post):
    given = people("T")
    shared.plan(name="t", addresses=given)
    shared.pause(name="t")
    shared.send(name="t", url=post.url, addresses=given)
    assert post.letters == []
    shared.go_on(name="t")
    shared.send(name="t", url=post.url, addresses=given)
    assert receivers(post) == sorted(given.values())


def test_the_canary_is_looked_at_before_the_rest_leaves(shared, post):
    given = people("I", 25)
    shared.plan(name="i", addresses=given)
    shared.send(name="i", url=post.url, addresses=given, canary=10, canary_wait_seconds=600)
    assert shared.funnel(name="i") == {"planned": 25, "ready": 15, "accepted": 10}
    shared.send(name="i", url=post.url, addresses=given, canary=10, canary_wait_seconds=600, later=9)
    assert len(post.letters) == 10
    shared.send(name="i", url=post.url, addresses=given, canary=10, canary_wait_seconds=600, later=2)
    assert shared.funnel(name="i") == {"planned": 25, "accepted": 25}


def test_a_domain_gets_its_share_of_a_minute_and_others_go_on(shared, post):
    given = people("J", 20) | {"JX": "jx@other.example"}
    shared.plan(name="j", addresses=given)
    shared.send(name="j", url=post.url, addresses=given, domain_per_minute=6)
    assert shared.funnel(name="j") == {"planned": 21, "ready": 14, "accepted": 7}
    assert "jx@other.example" in receivers(post)
    shared.send(name="j", url=post.url, addresses=given, domain_per_minute=6, later=1)
    assert shared.funnel(name="j")["accepted"] == 13


def test_whoever_has_no_address_or_a_hostile_one_is_not_written_to_and_keeps_nobody_waiting(shared, post):
    given = people("K", 6)
    hostile = given | {
        "K001": None,
        "K002": "k@example.org>\r\nRCPT TO:<mallory@example.org",
        "K003": "k\r\nBcc: m@x.example",
    }
    del hostile["K004"]  # its mail cannot be made
    shared.plan(name="k", addresses=given)
    shared.send(name="k", url=post.url, addresses=hostile)
    assert receivers(post) == ["k000@example.org", "k005@example.org"]
    assert shared.funnel(name="k") == {"planned": 6, "ready": 1, "accepted": 2, "bounced": 3}
    assert shared.row(notice="K002")["answer"] == "no-address"
    assert shared.row(notice="K004")["answer"] == "not-made"
    assert shared.paused(name="k") == ""


def test_what_came_back_counts_as_bounced_once_and_a_complaint_once(shared, post):
    given = people("L", 3)
    shared.plan(name="l", addresses=given)
    shared.send(name="l", url=post.url, addresses=given)
    assert shared.came_back(notices=["L000", "L000", "NOBODY"]) == 1
    assert shared.came_back(notices=["L000"]) == 0
    assert shared.complained(notice="L001") is True
    assert shared.complained(notice="L001") is False
    assert shared.funnel(name="l") == {"planned": 3, "accepted": 2, "bounced": 1}


def test_a_killed_sender_is_mended_by_the_next_one(alone, post):
    given = people("M", 5)
    alone.plan(name="m", addresses=given)
    alone.hang(name="m", notice="M002")
    assert alone.funnel(name="m") == {"planned": 5, "sending": 5}
    said = alone.kill()
    assert said == ""
    alone.send(name="m", url=post.url, addresses=given, later=5)
    assert receivers(post) == sorted(set(given.values()) - {"m002@example.org"})
    assert alone.funnel(name="m") == {"planned": 5, "accepted": 4, "held": 1}


def test_a_restored_database_sends_nothing_until_it_is_reconciled(alone, post, tmp_path):
    given = people("N", 40)
    alone.plan(name="n", addresses=given)
    alone.copy_database(tmp_path / "copy.sqlite3")
    post.to_mail = ""
    alone.send(name="n", url=post.url, addresses=given, canary=1)  # one is held
    post.to_mail = "250 ok"
    alone.withdraw(notices=["N039"])
    sent = set(receivers(post))
    alone.put_back(tmp_path / "copy.sqlite3")
    with pytest.raises(Refused, match="NotReconciled: The database is older than the sent journals"):
        alone.send(name="n", url=post.url, addresses=given)
    assert set(receivers(post)) == sent
    said = alone.reconcile()
    assert (said["changed"], said["added"], said["held"]) == (len(sent) + 1, 0, len(sent))
    alone.send(name="n", url=post.url, addresses=given)
    assert set(receivers(post)) == sent  # it waits until people have looked
    assert alone.paused(name="n") == "people"
    assert alone.go_on(name="n") is True
    alone.send(name="n", url=post.url, addresses=given)
    counts = alone.funnel(name="n")
    assert counts["withdrawn"] == 1
    assert counts["held"] == len(sent)
    assert len(receivers(post)) == len(set(receivers(post)))
    assert "n039@example.org" not in receivers(post)
    assert alone.reconcile()["changed"] == 0
    (alone.sent / "20261122T110000-killed-at-birth.journal").touch()
    assert alone.reconcile()["changed"] == 0
    assert alone.send(name="n", url=post.url, addresses=given) == 0


def test_a_database_from_before_the_plan_learns_from_the_journals_who_was_told(alone, post, tmp_path):
    given = people("O", 6)
    alone.plan(name="other", addresses=people("Q", 2))
    alone.copy_database(tmp_path / "copy.sqlite3")
    alone.plan(name="o", addresses=given)
    alone.send(name="o", url=post.url, addresses=given)
    alone.put_back(tmp_path / "copy.sqlite3")
    assert alone.reconcile()["added"] == 6
    alone.plan(name="o", addresses=given | {"O900": "o900@example.org"})
    alone.send(name="o", url=post.url, addresses=given | {"O900": "o900@example.org"})
    assert receivers(post) == sorted([*given.values(), "o900@example.org"])
    assert alone.funnel(name="o") == {"planned": 7, "accepted": 7}


def test_a_journal_that_is_gone_or_altered_stops_the_sending(alone, post):
    given = people("P", 4)
    alone.plan(name="p", addresses=given)
    name = alone.hang(name="p", notice="P001")
    alone.kill()
    path = alone.sent / f"{name}.journal"
    whole = path.read_bytes()
    path.write_bytes(whole.replace(b"offer P001", b"offer P002"))
    with pytest.raises(Refused, match=r"JournalDamaged: .* damaged in line 2"):
        alone.send(name="p", url=post.url, addresses=given)
    path.unlink()
    with pytest.raises(Refused, match=r"JournalDamaged: .* is gone"):
        alone.send(name="p", url=post.url, addresses=given)
    assert post.letters == []
    with pytest.raises(Refused, match="is gone"):
        alone.reconcile()
    assert alone.reconcile(gone=[name])["held"] == 4  # it may have offered any of what it had in hand
    alone.send(name="p", url=post.url, addresses=given)
    assert post.letters == []


def test_a_sender_that_finds_another_database_under_it_stops(alone, post):
    given = people("V", 5)
    alone.plan(name="v", addresses=given)
    alone.hang(name="v", notice="V001")
    alone.answer(notice="V000")
    with closing(sqlite3.connect(alone.database, timeout=20)) as database, database:
        database.execute("UPDATE spillkit_server_journalrow SET length = length - 1")
    with pytest.raises(Refused, match="NotReconciled: The database is not the one"):
        alone.answer(notice="V001")
    assert alone.row(notice="V001")["state"] == "sending"
    with closing(sqlite3.connect(alone.database, timeout=20)) as database, database:
        database.execute("UPDATE spillkit_server_journalrow SET length = length + 1")
        database.execute("UPDATE spillkit_server_noticerow SET tries = 7 WHERE notice = 'V002'")
    with pytest.raises(Refused, match="not any more"):
        alone.answer(notice="V002")
    assert post.letters == []


def test_another_folder_of_journals_is_refused(alone, post):
    given = people("R", 2)
    alone.plan(name="r", addresses=given)
    alone.send(name="r", url=post.url, addresses=given)
    shutil.move(alone.sent, alone.sent.with_name("elsewhere"))
    with pytest.raises(Refused, match="lie in another folder"):
        alone.send(name="r", url=post.url, addresses=given)


def test_neither_rows_nor_journals_nor_logs_hold_an_address(alone, post):
    given = {"S000": "zuleika.quux@pepperstone.example", "S001": "not an address quux"}
    alone.plan(name="s", addresses=given)
    alone.send(name="s", url=post.url, addresses=given)
    said = alone.kill()
    held = said.encode() + b"".join(
        path.read_bytes() for path in (*alone.sent.iterdir(), *alone.database.parent.iterdir())
    )
    assert b"S000" in held
    for word in (b"quux", b"zuleika", b"pepperstone"):
        assert word not in held.lower()
