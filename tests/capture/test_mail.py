"""Mail: who received a message, and what its readers saw."""

from __future__ import annotations

import mailbox
import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from spillkit.capture import Format, Limits, sniff, source_id
from spillkit.errors import CaptureError
from spillkit.model import BodyState, Channel
from tests.capture.recordings import read

ALICE, BOB, CAROL, MALLORY = "alice@example.org", "bob@example.org", "carol@shop.example", "mallory@example.com"


def newsletter() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Shop <shop@shop.example>"
    message["To"] = f"Alice Doe <{ALICE}>, {BOB}"
    message["Cc"] = f"=?utf-8?q?Car=C3=B6l?= <{CAROL}>"
    message["Bcc"] = MALLORY
    message["Subject"] = "Ihre Bestellung, Zoë Müller"
    message["Date"] = "Sat, 21 Nov 2026 10:00:00 +0100"
    message.set_content("Grüße an Zoë\n", charset="iso-8859-1", cte="quoted-printable")
    message.add_alternative("<p>Grüße an Zoë</p>", subtype="html", cte="base64")
    message.add_attachment(
        b"id;mail\n1;dora@example.net\n", maintype="application", subtype="octet-stream", filename="kunden.csv"
    )
    return message


def write(tmp_path: Path, data: bytes, name: str = "m.eml") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_message_is_shown_to_each_recipient(tmp_path: Path) -> None:
    exchanges, damages = read(write(tmp_path, newsletter().as_bytes()))
    assert not damages
    assert [e.request.addressee for e in exchanges] == [ALICE, BOB, CAROL, MALLORY]
    assert {(e.entry, e.channel, e.method, e.url) for e in exchanges} == {(0, Channel.MAIL, "MAIL", "mail:message")}
    assert exchanges[0].shown_at is not None
    assert exchanges[0].shown_at.isoformat() == "2026-11-21T09:00:00+00:00"
    assert not any(address in repr(exchanges) for address in (ALICE, BOB, CAROL, MALLORY))


def test_recipients_that_every_recipient_can_read_are_counted(tmp_path: Path) -> None:
    exchanges, _ = read(write(tmp_path, newsletter().as_bytes()))
    assert {e.open_recipients for e in exchanges} == {3}
    twice = b"To: Alice <alice@example.org>, ALICE@example.org\nBcc: bob@example.net\n\nHello"
    exchanges, _ = read(write(tmp_path, twice, "n.eml"))
    assert {e.open_recipients for e in exchanges} == {1}


def test_the_text_is_what_readers_see_headers_parts_and_attachments(tmp_path: Path) -> None:
    exchanges, _ = read(write(tmp_path, newsletter().as_bytes()))
    text = (exchanges[0].body or b"").decode()
    for seen in (
        f"Alice Doe <{ALICE}>",
        BOB,
        CAROL,
        "Ihre Bestellung, Zoë Müller",
        "Grüße an Zoë\n",
        "<p>Grüße an Zoë</p>",
        "dora@example.net",
    ):
        assert seen in text
    assert MALLORY not in text, "nobody is shown who stands in Bcc"


ENVELOPES = ["X-Original-To", "Delivered-To", "X-Envelope-To", "Envelope-To", "Resent-To"]


@pytest.mark.parametrize("name", ENVELOPES)
def test_the_envelope_names_recipients_as_well_once_each(tmp_path: Path, name: str) -> None:
    envelope = f"Return-Path: <{CAROL}>\r\n{name}: <{MALLORY}>\r\n{name}: ALICE@example.org\r\n"
    data = f"{envelope}To: {ALICE}\r\nFrom: {CAROL}\r\n\r\nhello\r\n"
    exchanges, _ = read(write(tmp_path, data.encode()))
    assert {e.request.addressee.lower() for e in exchanges} == {MALLORY, ALICE}
    assert len(exchanges) == 2


RECIPIENTS = {
    "a group": ("Team: alice@example.org, Bob <bob@example.org>;", [ALICE, BOB]),
    "undisclosed": ("undisclosed-recipients:;", [""]),
    "a comma in a name": ('"Doe, Alice" <alice@example.org>', [ALICE]),
    "a comma in an encoded name": ("=?utf-8?q?Doe=2C_Alice?= <alice@example.org>", [ALICE]),
    "folded": ("alice@example.org,\r\n bob@example.org", [ALICE, BOB]),
    "raw UTF-8": ("Zoë <alice@example.org>", [ALICE]),
    "no address": ("alice", [""]),
    "broken": ("<<alice@example.org", [ALICE]),
}


@pytest.mark.parametrize(("header", "recipients"), RECIPIENTS.values(), ids=RECIPIENTS)
def test_recipients_are_found_in_odd_headers(tmp_path: Path, header: str, recipients: list[str]) -> None:
    exchanges, _ = read(write(tmp_path, f"From: {CAROL}\r\nTo: {header}\r\n\r\nhello\r\n".encode()))
    assert [e.request.addressee for e in exchanges] == recipients


def test_a_forwarded_message_is_read_inside_out(tmp_path: Path) -> None:
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = CAROL, BOB, "Fwd"
    outer.set_content("see below")
    outer.add_attachment(newsletter())
    exchanges, _ = read(write(tmp_path, outer.as_bytes()))
    assert [e.request.addressee for e in exchanges] == [BOB]
    assert b"dora@example.net" in (exchanges[0].body or b"")
    assert MALLORY.encode() not in (exchanges[0].body or b"")


def test_a_pdf_attached_is_counted_as_not_looked_at(tmp_path: Path) -> None:
    message = newsletter()
    message.add_attachment(b"%PDF-1.7\n\0\0", maintype="application", subtype="pdf", filename="invoice-of-alice.pdf")
    exchanges, _ = read(write(tmp_path, message.as_bytes()))
    assert {e.body_state for e in exchanges} == {BodyState.NOT_TEXT}
    assert b"dora@example.net" in (exchanges[0].body or b"")
    assert b"invoice-of-alice.pdf" in (exchanges[0].body or b"")


def test_a_cut_message_counts_as_damaged(tmp_path: Path) -> None:
    data = newsletter().as_bytes()
    exchanges, _ = read(write(tmp_path, data[: data.index(b"<p>") if b"<p>" in data else -60]))
    assert {e.body_state for e in exchanges} == {BodyState.DAMAGED}


def test_an_mbox_is_cut_at_its_separators_only(tmp_path: Path) -> None:
    first = f"From: {CAROL}\nTo: {ALICE}\n\nDear Alice,\n\nFrom now on we send you\n>From Berlin, in 2026\n"
    second = f"From: {CAROL}\nTo: {BOB}\n\nDear Bob\n"
    data = f"From shop@shop.example Sat Nov 21 10:00:00 2026\n{first}\nFrom shop@shop.example Sat Nov 21 10:00:01 2026\n{second}\n"
    path = write(tmp_path, data.encode(), "box")
    assert sniff(path) is Format.MBOX
    exchanges, damages = read(path)
    assert not damages
    assert [(e.entry, e.request.addressee) for e in exchanges] == [(0, ALICE), (1, BOB)]
    assert b"From now on we send you" in (exchanges[0].body or b"")
    assert [e.entry for e in read(path, start_entry=1)[0]] == [1]


def test_a_maildir_keeps_its_id_when_messages_are_read_and_moved(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "Maildir", create=True)
    for recipient in (ALICE, BOB, CAROL):
        message = EmailMessage()
        message["From"], message["To"] = MALLORY, recipient
        message.set_content("hello")
        box.add(message)
    path = tmp_path / "Maildir"
    before, identity = read(path), source_id(path)
    assert {e.request.addressee for e in before[0]} == {ALICE, BOB, CAROL}
    for key in list(box.iterkeys()):
        message = box[key]
        message.set_subdir("cur")
        message.set_flags("RS")
        box[key] = message
    assert source_id(path) == identity
    assert [(e.entry, e.request.addressee) for e in read(path)[0]] == [
        (e.entry, e.request.addressee) for e in before[0]
    ]


def test_a_folder_that_is_no_maildir_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match="no Maildir"):
        read(tmp_path)


HOSTILE = {
    "parts within parts": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(3000)
    ),
    "messages within messages": b"Content-Type: message/rfc822\r\n\r\n" * 3000,
    "comments in comments": b"To: " + b"(" * 50_000 + b"\r\nFrom: x\r\n\r\n",
    "one long encoded word": b"Subject: " + b"=?utf-8?q?=41?= " * 50_000 + b"\r\nTo: a@b.example\r\n\r\n",
    "charset that is no charset": b"To: a@b.example\r\nContent-Type: text/plain; charset*0*=us'en'x; charset=\xff\r\n\r\nhi",
    "encoding with a bad charset": b"To: a@b.example\r\nSubject: =?x-none?b?////?=\r\n\r\nhi",
    "many recipients": b"To: " + b"a@b.example, " * 50_000 + b"\r\n\r\nhi",
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE)
def test_hostile_messages_end_in_good_time(tmp_path: Path, data: bytes) -> None:
    began = time.process_time()
    exchanges, damages = read(write(tmp_path, b"From: x@y.example\r\n" + data), Limits(body_bytes=1 << 20))
    assert exchanges or damages
    assert time.process_time() - began < 10
