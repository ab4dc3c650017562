"""Reminders leave: once for each mark, to those who may decide, whatever breaks on the way."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest

from spillkit.case.webhooks import is_genuine, new_keys
from spillkit.record import open_record
from spillkit.settings import open_workspace
from spillkit_server.reminders.schedule import WAITS
from tests.server.conftest import make_workspace
from tests.server.receivers import mailbox, program
from tests.server.rooms import serve

KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()
HOURS = 72  # of GDPR Art. 33(1)
ROLES = {"olga": "officer", "karim": "counsel", "emil": "engineer"}
OLGA, KARIM = "olga.officer@firm.example", "karim@firm.example"


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    """A room that sends nothing by itself, so that a test says when; with one incident, of two who decide and one who does not."""
    with serve(make_workspace(tmp_path_factory.mktemp("reminders"))) as served:
        make_case(served, {"olga": OLGA, "karim": KARIM})
        with (tmp_path_factory.mktemp("sender") / "log").open("w+") as log:
            served.sender = subprocess.Popen(
                [sys.executable, "-m", "tests.server.rounds"],
                env=served.environment | {"SPILLKIT_PORT": str(served.port)},
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            )  # fmt: skip
            yield served
            served.sender.communicate(timeout=60)
            log.seek(0)
            said = log.read()
        assert "Traceback" not in said
        assert OLGA not in said + served.log.read_text()


def make_case(room, addresses):
    """Open incident 1 with its people, and say that there is a risk: one clock of 72 hours runs from the aware-time."""
    people = {name: room.somebody(role, name) for name, role in ROLES.items()}
    for name, address in addresses.items():
        assert people[name].post("/account/", language="en", zone="", mail_to=address).status_code == 302
    olga = people["olga"]
    assert olga.open_incident() == 1
    for name in ("karim", "emil"):
        assert olga.act(1, "grant", "team/", user=opaque_of(people[name]), reason="works on it").status_code == 302
    seen = re.findall(r'name="seen" value="(\d+)"', olga.get("/incidents/1/").text)[0]
    answer = olga.post(
        "/incidents/1/do/answer/", "/incidents/1/",
        id="the-answer", seen=seen, question="risk-unlikely", answer="no", reason="Names were seen.",
    )  # fmt: skip
    assert answer.status_code == 302, answer.text


def opaque_of(person):
    return re.search(r"<code dir=\"ltr\">(u_\w+)</code>", person.get("/account/").text)[1]


def case_at(room, percent):
    """Let so much of the 72 hours be over: aware then, signed by two. Another aware-time is another clock."""
    olga, karim = room.somebody("officer", "olga"), room.somebody("counsel", "karim")
    sql(room, "DELETE FROM spillkit_server_delivery")
    room.marks_before = len(all_marks(room))
    aware = datetime.now(UTC) - timedelta(hours=HOURS * percent / 100)
    answer = olga.act(1, "propose-aware", aware_at=aware.isoformat(), zone="UTC", reason="Support saw it.")
    assert answer.status_code == 302, answer.text
    proposal = re.findall(r'name="proposal" value="([^"]+)"', karim.get("/incidents/1/").text)[0]
    assert karim.act(1, "sign", proposal=proposal).status_code == 302


def remind(room, **settings):
    """Make one round; return what came of it."""
    sender = room.sender
    sender.stdin.write(json.dumps(settings) + "\n")
    sender.stdin.flush()
    said = sender.stdout.readline()
    assert said, "the sender died"
    return json.loads(said)


def start_round(room, **settings):
    environment = room.environment | {"SPILLKIT_PORT": str(room.port)} | settings
    return subprocess.Popen(
        [sys.executable, "-m", "spillkit_server", "remind", "--once", "--json"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def sql(room, statement, *values):
    """Ask the room's database, beside the room."""
    address = room.environment.get("SPILLKIT_DATABASE")
    if address:
        import psycopg

        with psycopg.connect(address) as connection:
            cursor = connection.execute(statement.replace("?", "%s"), values)
            return cursor.fetchall() if cursor.description else []
    with sqlite3.connect(room.workspace / "room" / "room.sqlite3", timeout=20) as database:
        rows = database.execute(statement, values).fetchall()
    database.close()
    return rows


def let_time_pass(room):
    """Make what waits due now, as if its wait were over."""
    now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
    sql(room, "UPDATE spillkit_server_delivery SET next_at = ? WHERE next_at IS NOT NULL", now)


def all_marks(room):
    """Return the marks that the timeline speaks of, the newest first."""
    page = room.somebody("officer", "olga").get("/incidents/1/timeline/").text
    return re.findall(r"A reminder was sent: \u2068(\d+)\u2069 %", page)


def marks_of(room):
    """Return the marks since the aware-time was moved last."""
    found = all_marks(room)
    return found[: len(found) - room.marks_before]


def page_of(room):
    return room.somebody("officer", "olga").get("/incidents/1/").text


MARKS = {"49": [], "50": ["50"], "80": ["80"], "95": ["95"], "101": ["95"]}


@pytest.mark.parametrize(("percent", "marks"), MARKS.items(), ids=MARKS)
def test_a_mark_that_is_reached_is_told_to_each_decider_once(own_room, percent, marks):
    # A minute beyond the mark: what is typed is known to the second.
    case_at(own_room, float(percent) + (0.03 if marks else 0))
    with mailbox() as box:
        said = [remind(own_room, SPILLKIT_SMTP=box.url) for _ in range(2)]
    assert [one["sent"] for one in said] == [2 * len(marks), 0]
    assert sorted(receivers for _sender, receivers, _mail in box.letters) == ([[KARIM], [OLGA]] if marks else [])
    assert [
        re.search(r"^(\d+) % of the time is over", box.text(n), re.MULTILINE)[1] for n in range(len(box.letters))
    ] == marks * 2
    assert marks_of(own_room) == marks


def test_a_reminder_is_plain_short_and_names_nobody(own_room):
    case_at(own_room, 50.1)
    with mailbox() as box:
        remind(own_room, SPILLKIT_SMTP=box.url)
    mail = next(mail for _sender, receivers, mail in box.letters if receivers == [OLGA])
    assert mail["auto-submitted"] == "auto-generated"
    assert mail["to"] == OLGA
    assert mail["from"].addresses[0].addr_spec == "room@room.example"
    assert mail.get_content_type() == "text/plain"
    assert mail["subject"].startswith("Incident 1: 1 duty, 1 day 11 hours left")
    text = mail.get_content()
    assert f"{own_room.url}/incidents/1/" in text
    assert "Art. 33(1)" in text
    assert "proposed by the engine, not decided" in text
    for word in ("Support saw it", "karim", "emil", KARIM, "breach", "hack"):
        assert word not in text + mail["subject"]
    own, other = (mail["message-id"] for _sender, _receivers, mail in box.letters)
    assert own != other


@pytest.mark.parametrize("language", ["fr", "it", "de", "es", "ar"])
def test_a_reminder_is_in_the_language_and_zone_of_its_reader(own_room, language):
    words = {"fr": "Fin", "it": "Fine", "de": "Ende", "es": "Fin", "ar": "النهاية"}
    olga = own_room.somebody("officer", "olga")
    olga.post("/account/", language=language, zone="Asia/Dubai", mail_to=OLGA)
    case_at(own_room, 80.1)
    with mailbox() as box:
        remind(own_room, SPILLKIT_SMTP=box.url)
    olga.post("/account/", language="en", zone="", mail_to=OLGA)
    mail = next(mail for _sender, receivers, mail in box.letters if receivers == [OLGA])
    assert mail["content-language"] == language
    assert re.search(
        rf"^{words[language]}\s?: \u2066.* UTC\u2069 \(\u2066.* Asia/Dubai\u2069\)", mail.get_content(), re.MULTILINE
    )
    assert "left" not in mail["subject"]


def test_a_program_is_told_under_a_signature_that_others_can_check(own_room):
    own, public = new_keys()
    case_at(own_room, 50.1)
    with program() as told:
        said = remind(own_room, SPILLKIT_WEBHOOK_URL=told.url, SPILLKIT_WEBHOOK_KEYS=f"{own} {KEY}")
        again = remind(own_room, SPILLKIT_WEBHOOK_URL=told.url, SPILLKIT_WEBHOOK_KEYS=f"{own} {KEY}")
    assert (said["sent"], again["sent"]) == (1, 0)
    [(headers, body)] = told.heard
    now = datetime.now(UTC)
    assert is_genuine(headers, body, KEY, now)
    assert is_genuine(headers, body, public, now)
    # The same by hand, from the text of the specification alone.
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(bytes(range(32)), signed, hashlib.sha256).digest()).decode()
    assert f"v1,{mac}" in headers["webhook-signature"].split(" ")
    event = json.loads(body)
    assert event["type"] == "clock.reminder"
    assert event["data"]["percent"] == 50
    assert OLGA not in body.decode()


REFUSALS = {
    "the receiver, for good": ({"to_receiver": "550 no such box"}, "refused (550)", False),
    "the mail, for good": ({"to_mail": "554 not wanted"}, "refused (554)", False),
    "the receiver, for now": ({"to_receiver": "451 later"}, "the server answered 451", True),
    "the mail, for now": ({"to_mail": "452 full"}, "the server answered 452", True),
}


@pytest.mark.parametrize(("mood", "said", "is_tried_again"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_refused_is_said_and_tried_again_where_that_helps(own_room, mood, said, is_tried_again):
    case_at(own_room, 50.1)
    olga = own_room.somebody("officer", "olga")
    with mailbox() as box:
        for name, answer in mood.items():
            setattr(box, name, answer)
        assert remind(own_room, SPILLKIT_SMTP=box.url)["sent"] == 0
        page = olga.get("/incidents/1/").text
        let_time_pass(own_room)
        box.to_receiver = box.to_mail = "250 ok"
        assert remind(own_room, SPILLKIT_SMTP=box.url)["sent"] == (2 if is_tried_again else 0)
    assert said in page
    assert ("Tell their receivers yourself" in page) is not is_tried_again
    for word in ("no such box", OLGA):
        assert word not in page


def test_a_mail_server_that_is_down_for_an_hour_costs_nothing(own_room):
    case_at(own_room, 50.1)
    with mailbox() as box:
        port = box.port
    url = f"smtp://127.0.0.1:{port}/?from=room@room.example"
    for _ in range(6):
        assert remind(own_room, SPILLKIT_SMTP=url)["sent"] == 0
        let_time_pass(own_room)
    assert "the server could not be reached" in page_of(own_room)
    with mailbox(port) as box:
        assert remind(own_room, SPILLKIT_SMTP=url)["sent"] == 2
        assert remind(own_room, SPILLKIT_SMTP=url)["sent"] == 0
    assert len(box.letters) == 2
    assert marks_of(own_room) == ["50"]


def test_who_is_never_reached_is_given_up_in_the_end_and_the_page_says_so(own_room):
    case_at(own_room, 50.1)
    with program() as told:
        told.status = 500
        settings = {"SPILLKIT_WEBHOOK_URL": told.url, "SPILLKIT_WEBHOOK_KEYS": KEY}
        assert remind(own_room, **settings)["given_up"] == 0
        sql(own_room, "UPDATE spillkit_server_delivery SET tries = ? WHERE next_at IS NOT NULL", len(WAITS))
        let_time_pass(own_room)
        assert remind(own_room, **settings)["given_up"] == 1
        let_time_pass(own_room)
        assert remind(own_room, **settings) == {"sent": 0, "waiting": 0, "given_up": 0}
    assert len(told.heard) == 2
    assert len({headers["webhook-id"] for headers, _body in told.heard}) == 1
    page = page_of(own_room)
    assert "1 reminder was refused or given up" in page


def test_a_program_that_sends_us_elsewhere_is_not_followed(own_room):
    case_at(own_room, 50.1)
    with program() as told, program() as elsewhere:
        told.status, told.location = 307, elsewhere.url
        assert remind(own_room, SPILLKIT_WEBHOOK_URL=told.url, SPILLKIT_WEBHOOK_KEYS=KEY)["sent"] == 0
    assert (len(told.heard), len(elsewhere.heard)) == (1, 0)
    assert "the server answered 307" in page_of(own_room)


def test_an_answer_that_is_lost_is_asked_for_again_under_the_same_name(own_room):
    case_at(own_room, 50.1)
    with mailbox() as box:
        box.to_mail = ""
        assert remind(own_room, SPILLKIT_SMTP=box.url)["sent"] == 0
        assert "the answer was lost" in page_of(own_room)
        box.to_mail = "250 ok"
        let_time_pass(own_room)
        remind(own_room, SPILLKIT_SMTP=box.url)
    ids = {}
    for _sender, [receiver], mail in box.letters:
        ids.setdefault(receiver, set()).add(mail["message-id"])
    assert {receiver: len(names) for receiver, names in ids.items()} == {OLGA: 1, KARIM: 1}


def test_a_sender_killed_before_the_wire_loses_nothing_and_doubles_nothing(own_room):
    case_at(own_room, 50.1)
    with mailbox() as box:
        box.go_on.clear()
        round_ = start_round(own_room, SPILLKIT_SMTP=box.url)
        assert box.asked.wait(60), "the mail was not begun"
        os.kill(round_.pid, signal.SIGKILL)
        round_.communicate()
        assert box.letters == []
        assert marks_of(own_room) == ["50"], "the event and the rows were written before the wire"
        box.go_on.set()
        first = remind(own_room, SPILLKIT_SMTP=box.url)[
            "sent"
        ]  # The other receiver; the claimed row waits for its lease.
        assert first == 1
        let_time_pass(own_room)
        assert remind(own_room, SPILLKIT_SMTP=box.url)["sent"] == 1
    receivers = [receivers for _sender, receivers, _mail in box.letters]
    assert sorted(receivers) == [[KARIM], [OLGA]]


def test_two_senders_at_once_send_each_reminder_once(own_room):
    case_at(own_room, 50.1)
    with mailbox() as box, program() as told:
        settings = {"SPILLKIT_SMTP": box.url, "SPILLKIT_WEBHOOK_URL": told.url, "SPILLKIT_WEBHOOK_KEYS": KEY}
        rounds = [start_round(own_room, **settings) for _ in range(3)]
        said = [each.communicate(timeout=120) for each in rounds]
        assert [each.returncode for each in rounds] == [0, 0, 0]
    assert sum(json.loads(out)["sent"] for out, _err in said) == 3
    assert "".join(err for _out, err in said) == ""
    assert (len(box.letters), len(told.heard)) == (2, 1)
    assert marks_of(own_room) == ["50"]


def test_where_nobody_would_get_it_nothing_is_written_down_as_sent(own_room):
    olga, karim = own_room.somebody("officer", "olga"), own_room.somebody("counsel", "karim")
    for person in (olga, karim):
        person.post("/account/", language="en", zone="", mail_to="")
    case_at(own_room, 50.1)
    page = olga.get("/incidents/1/").text
    assert "no reminder will ever leave" in page
    assert "1 reminder is due and nobody gets it" in page
    with mailbox() as box:
        assert remind(own_room, SPILLKIT_SMTP=box.url)["sent"] == 0
        assert marks_of(own_room) == []
        olga.post("/account/", language="en", zone="", mail_to=OLGA)
        karim.post("/account/", language="en", zone="", mail_to=KARIM)
        assert remind(own_room, SPILLKIT_SMTP=box.url)["sent"] == 2, "late is better than never"
    assert marks_of(own_room) == ["50"]


def test_who_lost_access_in_the_meantime_is_told_nothing(own_room):
    case_at(own_room, 50.1)
    olga = own_room.somebody("officer", "olga")
    with mailbox() as box:
        box.to_receiver = "451 later"
        remind(own_room, SPILLKIT_SMTP=box.url)
        team = olga.get("/incidents/1/team/").text
        karim = opaque_of(own_room.somebody("counsel", "karim"))
        assert karim in team
        assert olga.act(1, "revoke", "team/", user=karim, reason="left the company").status_code == 302
        box.to_receiver = "250 ok"
        let_time_pass(own_room)
        assert remind(own_room, SPILLKIT_SMTP=box.url)["sent"] == 1
    assert olga.act(1, "grant", "team/", user=karim, reason="came back").status_code == 302
    assert [receivers for _sender, receivers, _mail in box.letters] == [[OLGA]]


def test_the_record_says_that_the_room_itself_reminded(own_room):
    case_at(own_room, 95.1)
    with mailbox() as box:
        remind(own_room, SPILLKIT_SMTP=box.url)
    [case] = sql(own_room, "SELECT case_id FROM spillkit_server_caserow")
    record = open_record(open_workspace(own_room.workspace))
    kinds = [entry.facts.get("kind", entry.kind) for _place, entry in record.of_case(case[0])]
    assert any("reminder" in str(kind) for kind in kinds)
    for path in (own_room.workspace / "record").rglob("*"):
        if path.is_file():
            assert OLGA.encode() not in path.read_bytes()
    assert OLGA not in own_room.log.read_text()


@pytest.mark.slow
def test_the_served_room_sends_by_itself_and_its_sender_ends_with_it(tmp_path):
    with mailbox() as box, serve(make_workspace(tmp_path), SPILLKIT_SMTP=box.url) as room:
        make_case(room, {"olga": OLGA})
        case_at(room, 50.1)
        until = time.monotonic() + 60
        while not box.letters and time.monotonic() < until:
            time.sleep(0.5)
        assert [receivers for _sender, receivers, _mail in box.letters] == [[OLGA]]
        page = page_of(room)
        assert "The last one left" in page
        assert "Nothing has looked" not in page
        children = senders_of(room.process.pid)
        assert len(children) == 1
        os.kill(children[0], signal.SIGKILL)
        until = time.monotonic() + 90
        while senders_of(room.process.pid) in ([], children) and time.monotonic() < until:
            time.sleep(0.5)
        [again] = senders_of(room.process.pid)
        os.kill(room.process.pid, signal.SIGKILL)
        until = time.monotonic() + 10
        while is_alive(again) and time.monotonic() < until:
            time.sleep(0.2)
        assert not is_alive(again), "a sender without its room goes"
        with contextlib.suppress(ProcessLookupError):
            os.killpg(room.process.pid, signal.SIGKILL)  # What the killed room left behind.


def test_a_worker_forked_while_the_sender_starts_does_not_hold_it_up(tmp_path):
    script = tmp_path / "busy.py"
    script.write_text(BUSY, encoding="utf-8")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout.strip() == "30 of 30", done.stderr


BUSY = """
import os, signal, sys, threading, time
from spillkit_server.reminders.sender import start_process

started = []
def start():
    for _ in range(30):
        process = start_process([sys.executable, "-c", ""])
        started.append(process)
        process.wait()

thread = threading.Thread(target=start, daemon=True)
thread.start()
workers = []
until = time.monotonic() + 30
while thread.is_alive() and time.monotonic() < until:
    worker = os.fork()
    if worker == 0:
        time.sleep(120)
        os._exit(0)
    workers.append(worker)
    time.sleep(0.01)
print(len(started), "of 30", flush=True)
for worker in workers:
    os.kill(worker, signal.SIGKILL)
os._exit(0)
"""


def senders_of(parent):
    found = subprocess.run(
        ["ps", "-o", "pid=,args=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(line.split()[0]) for line in found.stdout.splitlines() if "remind" in line]


def is_alive(pid):
    found = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return bool(found.stdout.strip()) and not found.stdout.startswith("Z")
