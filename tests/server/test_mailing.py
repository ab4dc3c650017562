"""A mailing from a list to its end: prepared, signed, sent, answers lost and found, what comes back, and who is told later."""

from __future__ import annotations

import json
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest

from spillkit.cli import main
from tests.notices.hostile_list import people as hostile_people
from tests.notices.hostile_list import write_campaign, write_list
from tests.server.receivers import mailbox
from tests.server.test_sending import Sending, receivers

NAME = "2026-11-cache"
LISTED = hostile_people(7)


@pytest.fixture
def sending(tmp_path):
    made = Sending(tmp_path).begin()
    made.look_at_the_clock()
    yield made
    made.kill()


@pytest.fixture
def box():
    with mailbox() as served:
        yield served


def test_a_mailing_from_its_list_to_a_correction(tmp_path, sending, box, capsys):
    write_list(tmp_path / "people.csv", LISTED)
    write_campaign(tmp_path, len(LISTED))
    files = ["--company", tmp_path / "notices.toml", "--story", tmp_path / "story.toml"]
    unread = [part for one in LISTED for part in ("--unread", one.language)]

    def prepare(*options):
        capsys.readouterr()
        asked = ["notify", "prepare", tmp_path / "people.csv", *options, *files, *unread]
        return main(["-w", str(sending.workspace), *map(str, asked)])

    def notify(*arguments):
        done = sending.program(arguments=list(arguments), SPILLKIT_SMTP=box.url)
        return done["code"], done["said"]

    # Without a case nobody can sign. Nothing is prepared.
    code, said = notify("open", NAME)
    assert (code, "--case N" in said) == (2, True)
    assert NAME not in notify("status")[1]
    case = sending.open_case()

    # What was signed is not what is there: nothing leaves. Prepared again, the outbox holds exactly the new plan.
    (tmp_path / "notices.toml").write_text(
        (tmp_path / "notices.toml").read_text().replace('selector = "notices2026"\n', "")
    )
    assert prepare("--case", case) == 0
    code, said = notify("send", NAME)
    assert (code, "Two people have not signed" in said) == (2, True)
    first = sending.states(name=NAME)
    write_list(tmp_path / "people.csv", LISTED[:6])
    assert prepare("--case", case) == 0
    assert len(first) == 7
    assert set(sending.states(name=NAME)) < set(first)
    sending.decide(case=case, name=NAME, doing="send")
    code, said = notify("open", NAME, "--case", str(case))
    assert (code, f"--correction-of {NAME}" in said) == (2, True)

    # One answer is lost.
    box.to_mail = ""
    code, said = notify("send", NAME, "--once", "--canary", "1", "--no-warm-up")
    assert (code, "1 held" in said) == (1, True)
    box.to_mail = "250 2.0.0 Ok: queued as 4X1"
    code, said = notify("send", NAME, "--canary-wait", "0", "--no-warm-up", "--json")
    counts = json.loads(said)
    assert (code, counts["funnel"]["accepted"], counts["funnel"]["held"], counts["domains"]) == (1, 5, 1, 4)
    assert sorted(address.split("@")[0].lower() for address in receivers(box)) == sorted(
        one.address.split("@")[0].lower() for one in LISTED[:6]
    )
    [lost] = [notice for notice, state in sending.states(name=NAME).items() if state == "held"]
    assert "Look in the mail server's log" in notify("status", NAME)[1]

    # The server's log shows that it was taken.
    [mail] = [mail for _from, _to, mail in box.letters if lost in mail["Message-ID"]]
    at = (parsedate_to_datetime(mail["Date"]) + timedelta(seconds=5)).isoformat(timespec="seconds")
    log = tmp_path / "mail.log"
    log.write_text(
        f"{at} mx postfix/cleanup[3]: 4XBqY: message-id=<{lost}@shop.example>\n"
        f"{at} mx postfix/qmgr[2]: 4XBqY: from=<notices+{lost}@bounce.shop.example>, size=9999, nrcpt=1 (queue active)\n"
    )
    code, said = notify("settle", NAME, "--server-log", str(log))
    assert (code, "1 taken and 0 not taken" in said) == (0, True)

    # One comes back, and says so in a mailbox. Reading it a second time changes nothing.
    back = next(notice for notice in sending.states(name=NAME) if notice != lost)
    (tmp_path / "bounces").write_text(bounce(back))
    found = sending.program(arguments=["settle", "--bounces", "--json"], SPILLKIT_MAILBOX=str(tmp_path / "bounces"))
    assert json.loads(found["said"])["came_back"] == 1
    assert json.loads(notify("settle", "--bounces", "--json")[1])["mails"] == 0
    assert sending.funnel(name=NAME) == {"planned": 6, "accepted": 5, "bounced": 1}
    assert notify("pause", NAME, "--json")[0] == 0
    code, said = notify("status", NAME)
    assert (code, "paused: stopped by people" in said) == (1, True)

    # A correction is for those alone who were not told.
    write_list(tmp_path / "people.csv", LISTED)
    box.letters.clear()
    assert prepare("--case", case, "--correction-of", NAME) == 0
    assert "A correction: new 2." in capsys.readouterr().out
    name = f"{NAME}-correction-1"
    sending.look_at_the_clock()
    sending.decide(case=case, name=name, doing="send")
    assert notify("send", name)[0] == 0
    assert len(box.letters) == 2
    assert LISTED[6].address.split("@")[0].lower() in {address.split("@")[0].lower() for address in receivers(box)}
    assert notify("reconcile")[0] == 0
    assert json.loads(notify("status", "--json")[1])["mailings"][-1]["paused"] == "people"


def bounce(notice):
    """A delivery report about a notice, in an mbox file."""
    return (
        "From MAILER-DAEMON Sun Nov 22 12:00:00 2026\n"
        f"From: MAILER-DAEMON@mail.example\nTo: notices+{notice}@bounce.shop.example\nSubject: Undelivered\n"
        'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nNobody is here.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mail.example\n\n"
        "Final-Recipient: rfc822; x@mail.example\nAction: failed\nStatus: 5.1.1\n\n--b--\n"
    )
