"""What comes back is brought to its notice and understood; what is made to confuse changes nothing."""

from __future__ import annotations

import smtplib
import socket
import time
from datetime import datetime
from email.mime.text import MIMEText

import msgspec
import pytest
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.dsn import Came, Origin, Report, class_of, read_report
from spillkit.notices.server_log import Fate, read_server_log
from spillkit.notices.signing import Signer, new_keys
from tests.notices.postfix import IS_HERE, serve_postfix
from tests.notices.test_message import MAIL, PRESS
from tests.notices.test_signing import THEN, answers

ORIGIN = Origin("notices@bounce.example.org", "example.org")
NOTICE = "abcdefghijklmnop2345672345"
TO_US = f"notices+{NOTICE}@bounce.example.org"

CODES = {
    "no such mailbox": ("5.1.1", "", Came.HARD),
    "no such domain": ("5.1.2", "", Came.HARD),
    "no mail for this domain": ("5.1.10", "", Came.HARD),
    "closed": ("5.2.1", "", Came.HARD),
    "full for good": ("5.2.2", "", Came.FULL),
    "full for now": ("4.2.2", "", Came.FULL),
    "our address": ("5.1.8", "", Came.BLOCKED),
    "policy": ("5.7.1", "550 rejected because of local policy", Came.BLOCKED),
    "policy, they say": ("5.7.1", "550 5.7.1 <a@b>: Recipient address rejected: User unknown", Came.HARD),
    "DMARC": ("5.7.26", "Unauthenticated email is not accepted due to domain's DMARC policy", Came.BLOCKED),
    "too long": ("5.3.4", "", Came.BLOCKED),
    "gave up": ("5.4.7", "", Came.SOFT),
    "no route": ("5.4.4", "Host or domain name not found", Came.HARD),
    "greylisted": ("4.7.1", "", Came.SOFT),
    "no code, words": ("", "mailbox unavailable", Came.HARD),
    "5.0.0 with words": ("5.0.0", "550 over quota", Came.FULL),
    "5.0.0 without": ("5.0.0", "", Came.HARD),
    "arrived": ("2.1.5", "", Came.DELIVERED),
    "nonsense": ("9.9.9", "", Came.UNKNOWN),
}


@pytest.mark.parametrize(("code", "words", "came"), CODES.values(), ids=CODES)
def test_a_code_means(code, words, came):
    assert class_of(code, words) is came


def delivery(action="failed", status="5.1.1", diagnostic="smtp; 550 5.1.1 User unknown", to=TO_US, original=True):
    """A report as RFC 3464 writes it."""
    returned = f"""--b
Content-Type: message/rfc822

Message-ID: <{NOTICE}@example.org>
Subject: Your data

Hello
"""
    return f"""From: MAILER-DAEMON@mx.example.net
To: {to}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

This is the mail system.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; alice@example.net
Action: {action}
Status: {status}
Diagnostic-Code: {diagnostic}

{returned if original else ""}--b--
""".encode()


def plain(text, **fields):
    message = MIMEText(text)
    for name, value in {"From": "Mailer-Daemon <mailer-daemon@mx.example.net>", "To": TO_US, **fields}.items():
        del message[name]
        message[name] = value
    return message.as_bytes()


QMAIL = """Hi. This is the qmail-send program at example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<alice@example.net>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <notices@bounce.example.org>
Subject: quota exceeded
"""
EXIM = """This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  alice@example.net
    host mx.example.net [192.0.2.1]
    SMTP error from remote mail server after RCPT TO:<alice@example.net>:
    552 Mailbox full
"""
EXIM_WARNING = """A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue. No action is required on your part.
Delivery attempts will continue for some time (temporary failure).
"""
AMAVIS = """Your message to alice@example.net was blocked by our spam filter.
550 High probability of spam
"""

WORDS = {
    "a report in fields": (delivery(), Report(NOTICE, Came.HARD, "5.1.1")),
    "only the Message-ID tells the notice": (delivery(to="x@example.org"), Report(NOTICE, Came.HARD, "5.1.1")),
    "nothing tells the notice": (delivery(to="x@example.org", original=False), Report(None, Came.HARD, "5.1.1")),
    "a warning": (delivery("delayed", "4.4.1", "smtp; 451 try again"), Report(NOTICE, Came.SOFT, "4.4.1", is_final=False)),
    "arrived": (delivery("delivered", "2.0.0", ""), Report(NOTICE, Came.DELIVERED, "2.0.0")),
    "the inner server knew more": (
        delivery(status="5.0.0", diagnostic="smtp; 554 5.7.1 blocked"), Report(NOTICE, Came.BLOCKED, "5.7.1")),
    "qmail": (plain(QMAIL), Report(NOTICE, Came.HARD, "5.1.1")),
    "exim without fields": (plain(EXIM, **{"X-Failed-Recipients": "alice@example.net"}), Report(NOTICE, Came.FULL, "552")),
    "exim still tries": (plain(EXIM_WARNING), Report(NOTICE, Came.SOFT, "", is_final=False)),
    "a filter": (plain(AMAVIS), Report(NOTICE, Came.BLOCKED, "550")),
    "on holiday": (
        plain("I am away. My mailbox is full of joy.", From="Alice <alice@example.net>", **{"Auto-Submitted": "auto-replied"}),
        Report(NOTICE, Came.AUTO_REPLY)),
    "on holiday, an old program": (
        plain("550 5.1.1 user unknown", From="a@example.net", **{"X-Autoreply": "yes"}), Report(NOTICE, Came.AUTO_REPLY)),
    "a person answers": (plain("Who are you? 550 5.1.1", From="a@example.net"), Report(NOTICE, Came.UNKNOWN)),
}  # fmt: skip


@pytest.mark.parametrize(("mail", "report"), WORDS.values(), ids=WORDS)
def test_what_a_server_wrote_is_understood(mail, report):
    assert read_report(mail, ORIGIN) == report
    assert read_report(mail.replace(b"\n", b"\r\n"), ORIGIN) == report


def complaint(kind):
    return f"""From: fbl@example.net
To: fbl@example.org
Content-Type: multipart/report; report-type=feedback-report; boundary="b"

--b
Content-Type: text/plain

This is an abuse report.
--b
Content-Type: message/feedback-report

Feedback-Type: {kind}
User-Agent: Feedback/1
Version: 1
Original-Mail-From: <{TO_US}>

--b--
""".encode()


def test_a_complaint_is_told_from_its_contrary():
    assert read_report(complaint("abuse"), ORIGIN) == Report(NOTICE, Came.COMPLAINT)
    assert read_report(complaint("not-spam"), ORIGIN) == Report(NOTICE, Came.UNKNOWN)


def test_a_report_inside_a_mail_that_is_sent_on_is_no_report():
    outer = b"From: mallory@example.net\nContent-Type: multipart/mixed; boundary=o\n\n--o\n%b\n\n%b--o--\n"
    assert read_report(outer % (b"Content-Type: message/rfc822", delivery()), ORIGIN).came is Came.UNKNOWN


def test_a_report_about_somebody_elses_mail_names_no_notice_of_ours():
    foreign = delivery(to="notices+abcdefghijklmnop2345672345@bounce.example.com", original=False)
    assert read_report(foreign, ORIGIN).notice_id is None


HOSTILE = {
    "nothing": b"",
    "zeros": bytes(1000),
    "deep": b"Content-Type: multipart/mixed; boundary=a\n\n"
    + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 3000,
    "deep mails": b"Content-Type: message/rfc822\n\n" * 3000,
    "a boundary without an end": b'Content-Type: multipart/report; boundary="' + b"x" * 100_000,
    "an unknown charset": b"From: mailer-daemon@x\nContent-Type: text/plain; charset=rot13\n\n550 5.1.1",
    "bad base64": b"From: mailer-daemon@x\nContent-Type: text/plain\nContent-Transfer-Encoding: base64\n\n===",
    "long lines of spaces": b"From: mailer-daemon@x\n\nuser " + b" " * 200_000 + b"x",
    "encoded words": b"To: =?utf-8?b?" + b"a" * 1000 + b"?=\nFrom: =?\xff?q?=\nContent-Type: =?x?=\n\n",
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_mail_made_to_confuse_is_unknown_and_quick(raw):
    start = time.process_time()
    assert read_report(raw, ORIGIN).notice_id is None
    assert time.process_time() - start < 2


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_a_damaged_report_is_a_report_or_unknown(data):
    raw = bytearray(data.draw(st.sampled_from([mail for mail, _ in WORDS.values()])))
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 40))] = data.draw(st.binary(max_size=20))
        raw = raw or bytearray(b"x")
    report = read_report(bytes(raw), ORIGIN)
    assert report.came in set(Came)
    assert report.notice_id is None or report.notice_id.isalnum()
    assert len(report.code) <= 11


class Sink:
    """A mail server that refuses some people, each for another reason, and keeps everything else."""

    REFUSALS = {  # noqa: RUF012
        "nobody": "550 5.1.1 <nobody@example.net>: Recipient address rejected: User unknown",
        "full": "552 5.2.2 Mailbox full",
        "blocked": "554 5.7.1 Message rejected due to local policy",
        "later": "451 4.3.0 Please try again later",
    }

    def __init__(self):
        self.kept = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = self.REFUSALS.get(address.partition("@")[0])
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or "250 2.1.5 OK"

    async def handle_DATA(self, server, session, envelope):
        self.kept.append((envelope.rcpt_tos[0], envelope.content))
        return "250 2.0.0 OK"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.server
@pytest.mark.skipif(not IS_HERE, reason="Debian's postfix is not installed, or this is not root")
def test_what_a_real_postfix_sends_back_and_writes_down_is_understood_and_what_it_passes_on_stays_signed(tmp_path):
    keys = new_keys(tmp_path / "k", "example.org", "n1")
    signer = Signer(keys)
    wanted = {
        "nobody": Report("nobody" + "0" * 20, Came.HARD, "5.1.1"),
        "full": Report("full" + "0" * 20, Came.FULL, "5.2.2"),
        "blocked": Report("blocked" + "0" * 20, Came.BLOCKED, "5.7.1"),
        "later": Report("later" + "0" * 20, Came.SOFT, "4.3.0"),
    }
    sink, port = Sink(), free_port()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        with serve_postfix(port, controller.port) as log:
            with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
                for name in ("alice", *wanted):
                    mail = msgspec.structs.replace(MAIL, notice_id=name + "0" * 20, to_address=f"{name}@example.net")
                    post = PRESS.post(mail)
                    signed = signer.sign(post.head, post.body, THEN) + post.data
                    options = ["RET=HDRS", f"ENVID={post.envelope.id}"]
                    client.sendmail(post.envelope.sender, [post.envelope.recipient], signed, options)
            dropped = PRESS.post(msgspec.structs.replace(MAIL, notice_id="dropped" + "0" * 20))
            with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
                client.ehlo()
                client.mail(dropped.envelope.sender)
                client.rcpt(dropped.envelope.recipient)
                client.docmd("DATA")
                client.send(dropped.data)
                client.close()  # before the last dot
            waited = time.monotonic() + 20
            while time.monotonic() < waited and (
                len(sink.kept) < 1 + len(wanted) or b"message-id=<dropped" not in log.read_bytes()
            ):
                time.sleep(0.05)
            now = datetime.now().astimezone()
            passages = read_server_log([log], [ORIGIN], now, now.tzinfo).passages
    finally:
        controller.stop()
    [arrived] = [content for recipient, content in sink.kept if recipient == "alice@example.net"]
    assert answers(keys, arrived) == [True, True]
    fates = {name.rstrip("0"): (passage.fate, passage.dsn, passage.copies) for name, passage in passages.items()}
    assert fates == {
        "alice": (Fate.SENT, "2.0.0", 1),
        "nobody": (Fate.BOUNCED, "5.1.1", 1),
        "full": (Fate.BOUNCED, "5.2.2", 1),
        "blocked": (Fate.BOUNCED, "5.7.1", 1),
        "later": (Fate.EXPIRED, "4.3.0", 1),
        "dropped": (Fate.DROPPED, "", 0),  # Postfix writes its Message-ID all the same.
    }
    came_back = {recipient: content for recipient, content in sink.kept if recipient != "alice@example.net"}
    for name, report in wanted.items():
        raw = came_back[f"notices+{report.notice_id}@bounce.example.org"]
        assert read_report(raw, ORIGIN) == report, name
        assert b"<p>Hello</p>" not in raw  # RET=HDRS
        stripped = raw.replace(f"notices+{report.notice_id}@".encode(), b"x@")
        assert read_report(stripped, ORIGIN) == report  # Found by the envelope's id or the Message-ID.
