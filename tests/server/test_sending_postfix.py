"""Notices handed to a real Postfix arrive once each, are what was signed, and their rows know under which id Postfix has them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from mailbox import Maildir

import dkim
import pytest

from spillkit.cli import main
from spillkit.notices.code import code_keys, code_of, shown
from spillkit.notices.keys import public_records
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import read_prepared
from spillkit.notices.told_table import rows_of
from spillkit.settings import open_workspace
from tests.notices.hostile_list import check_mail, id_of, write_campaign, write_list
from tests.notices.hostile_list import people as hostile_people
from tests.notices.postfix import IS_HERE, MAILDIR_DOMAIN, serve_postfix
from tests.server.receivers import mailbox
from tests.server.rooms import free_port
from tests.server.test_sending import Sending, people, receivers

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(not IS_HERE, reason="Debian's postfix is not installed, or this is not root"),
]
NAME, COUNT = "2026-11-cache", 60


@pytest.fixture(scope="module")
def relay():
    """Postfix, and the server to which it hands everything on."""
    port = free_port()
    with mailbox() as box, serve_postfix(port, box.port) as log:
        box.relay = f"smtp://127.0.0.1:{port}/?from=notices@shop.example"
        box.log, box.maildir = log, log.parent / "mail" / "box"
        yield box


@pytest.fixture
def post(relay):
    relay.letters.clear()
    relay.raw.clear()
    return relay


def wait_for(post, count):
    until = time.monotonic() + 60
    while len(post.letters) < count and time.monotonic() < until:
        time.sleep(0.1)


def test_a_real_postfix_takes_every_notice_once_and_says_under_which_id(tmp_path, post):
    sending = Sending(tmp_path).begin()
    given = people("P", 40)
    sending.plan(name="p", addresses=given)
    sending.send(name="p", url=post.relay, addresses=given)
    assert sending.funnel(name="p") == {"planned": 40, "accepted": 40}
    rows = [sending.row(notice=notice) for notice in given]
    wait_for(post, 40)
    assert receivers(post) == sorted(given.values())
    for row in rows:
        assert row["answer"] == "250-2.0.0"
        assert re.fullmatch(r"[0-9A-Za-z]{6,20}", row["server_id"])
    assert len({row["server_id"] for row in rows}) == 40
    ids = {mail["Received"].partition(" id ")[2].split(";")[0].split()[0]: to for _from, [to], mail in post.letters}
    assert {ids[row["server_id"]] for row in rows} == set(given.values())
    sending.kill()


def test_a_real_postfix_delivers_into_a_maildir_what_it_took(tmp_path, post):
    sending = Sending(tmp_path).begin()
    given = {notice: f"{notice.lower()}@{MAILDIR_DOMAIN}" for notice in people("M", 20)}
    sending.plan(name="m", addresses=given)
    sending.send(name="m", url=post.relay, addresses=given)
    assert sending.funnel(name="m") == {"planned": 20, "accepted": 20}
    until = time.monotonic() + 60
    while time.monotonic() < until and len(list((post.maildir / "new").glob("*"))) < 20:
        time.sleep(0.1)
    kept = list(Maildir(post.maildir, create=False))
    assert {mail["Message-ID"].strip("<>").partition("@")[0]: mail["Delivered-To"] for mail in kept} == given
    assert len(kept) == 20
    assert receivers(post) == []
    sending.kill()


def test_a_campaign_goes_from_a_hostile_list_to_mails_that_were_signed_and_a_killed_sender_tells_nobody_twice(
    tmp_path, post
):
    listed = hostile_people(COUNT)
    write_list(tmp_path / "people.csv", listed)
    write_campaign(tmp_path, COUNT)
    sending = Sending(tmp_path)
    sending.sent = sending.workspace / "room" / "sent"
    sending.begin().look_at_the_clock()
    case = sending.open_case()
    files = ("--company", tmp_path / "notices.toml", "--story", tmp_path / "story.toml")
    unread = [part for language in {one.language for one in listed} | {"en"} for part in ("--unread", language)]

    def spillkit(*arguments):
        return main(["-w", str(sending.workspace), "notify", *map(str, arguments)])

    assert spillkit("keys", *files[:2]) == 0
    assert spillkit("prepare", tmp_path / "people.csv", "--case", case, *files, *unread) == 0
    sending.decide(case=case, name=NAME, doing="send")

    # A sender is killed while it sends; the next one goes on.
    environment = {**os.environ, "SPILLKIT_SMTP": post.relay}
    command = [sys.executable, "-m", "spillkit", "-w", str(sending.workspace), "notify", "send", NAME, "--no-warm-up"]
    first = subprocess.Popen(
        [*command, "--canary", "20", "--canary-wait", "60"], env=environment, stderr=subprocess.PIPE
    )
    wait_for(post, 5)
    os.kill(first.pid, signal.SIGKILL)
    first.communicate()
    done = subprocess.run(
        [*command, "--canary-wait", "0", "--json"], env=environment, capture_output=True, text=True, check=False
    )
    counts = json.loads(done.stdout)["funnel"]
    assert done.returncode == (1 if counts["held"] else 0), done.stderr
    assert counts["accepted"] + counts["held"] == counts["planned"] == COUNT
    for one in listed:
        assert one.address not in done.stdout + done.stderr

    # What nobody knows is found out: most often nothing. What Postfix's log shows as taken arrived, and the rest did not.
    wait_for(post, counts["accepted"])
    time.sleep(1)
    if counts["held"]:
        spillkit("settle", NAME, "--server-log", post.log)
        arrived = {id_of(mail) for _from, _to, mail in post.letters}
        held = [notice for notice, state in sending.states(name=NAME).items() if state == "held"]
        assert not arrived & set(held)
        sending.settle(notices=held, evidence="server-log", event="found-not-taken")
    assert subprocess.run(command, env=environment, check=False, stdout=subprocess.PIPE).returncode == 0
    assert sending.funnel(name=NAME) == {"planned": COUNT, "accepted": COUNT}
    wait_for(post, COUNT)
    time.sleep(0.5)

    workspace = open_workspace(sending.workspace)
    told = {one.id: one for one in rows_of(read_prepared(workspace, NAME).told)}
    keys = code_keys(derived_key(workspace.key(), "codes"))
    by_id = {one.id: one for one in listed}
    assert Counter(id_of(mail) for _from, _to, mail in post.letters) == dict.fromkeys(told, 1)
    for sender, [receiver], mail in post.letters:
        row = told[id_of(mail)]
        [account] = row.subjects
        check_mail(by_id[account], receiver, sender, mail, shown(code_of(row.id, keys)))
    assert len({mail["Date"] for _from, _to, mail in post.letters}) == 1
    check_signatures(post.raw, public_records(workspace.root), tmp_path)
    sending.kill()


def check_signatures(mails, records, folder):
    """Both signatures of every mail hold, as it arrived: by dkimpy, and by OpenDKIM where it is installed."""
    by_name = {f"{name}.".encode(): record.encode() for name, record in records.items()}
    for number, raw in enumerate(mails):
        message = dkim.DKIM(raw, timeout=1)
        verdicts = [message.verify(idx=place, dnsfunc=lambda name, timeout=5: by_name.get(name)) for place in (0, 1)]
        assert verdicts == [True, True], number
    if shutil.which("opendkim") is None:
        return
    (folder / "keys").write_text("".join(f"{name} {record}\n" for name, record in records.items()))
    (folder / "conf").write_text(f"TestPublicKeys {folder / 'keys'}\nMode v\n")
    for number, raw in enumerate(mails[::6]):
        place = folder / f"{number}.eml"
        place.write_bytes(raw)
        asked = ["opendkim", "-t", str(place), "-v", "-x", str(folder / "conf")]
        said = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=30)
        assert re.search(r"notices2026-rsa,? d=shop.example, 2048-bit key.*succeeded", said.stdout + said.stderr), (
            number
        )
