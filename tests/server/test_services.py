"""E-mail services: what they are handed is the notice, and what they answer means what it can mean, no more.

Tried against programs that answer as the services document (tests/server/mail_services.py), not against the services.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.utils import parseaddr

import pytest

from spillkit.errors import SettingsError
from spillkit.notices.message import Mail, Sending, plain_post
from spillkit.notices.states import Event
from spillkit_server.mail_service import SERVICES, read_service
from spillkit_server.sending.post import Parcel
from tests.notices.hostile import NAMES
from tests.server.mail_services import mail_service

NOTICE = "abcdefghijklmnop2345672345"
KEY = "key-0123456789abcdef"
SENDING = Sending("2026-11-cache", "Shop", "notices@shop.example", "shop.example", "notices@bounce.shop.example")
HANDED = ("List-Id", "Feedback-ID", "Auto-Submitted", "X-Auto-Response-Suppress")


@dataclass(frozen=True)
class Came:
    """What came of an offer, and how often it was written down before."""

    event: str
    code: str
    server_id: str
    is_unreachable: bool
    marks: int


@pytest.fixture(scope="module")
def offering():
    """A process with Django's settings, which this one must not have: other tests have their own."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.server.offering"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def offer(offering):
    def _offer(name: str, url: str, one: Parcel | None = None, fails: bool = False) -> Came:
        one = one or parcel()
        said = {"environ": environ_of(name, url), "sender": one.sender, "receiver": one.receiver, "fails": fails,
                "mail": b64encode(one.mail).decode(), "notice": one.envelope_id}  # fmt: skip
        offering.stdin.write(json.dumps(said) + "\n")
        offering.stdin.flush()
        came = json.loads(offering.stdout.readline())
        return Came(**came["answer"], marks=came["marks"])

    return _offer


def parcel(name: str = "Ann Roe", address: str = "ann@mail.example", language: str = "en") -> Parcel:
    text = "Hello,\n\nيرجى\u2068 x \u2069\n" if language == "ar" else "Hello,\n\nYour data & <more>.\n"
    mail = Mail(NOTICE, address, name, "Shop: your personal data reached other people", text,
                f"<!DOCTYPE html>\n<html lang=\"{language}\"><body><p>Your data</p></body></html>\n", (language,),
                datetime(2026, 11, 22, 12, tzinfo=UTC))  # fmt: skip
    post = plain_post(mail, SENDING)
    return Parcel(post.envelope.sender, post.envelope.recipient, post.data, post.envelope.id)


def environ_of(name: str, url: str) -> dict[str, str]:
    key = f"{KEY}:{KEY}" if name == "mailjet" else KEY
    return {"SPILLKIT_MAIL_SERVICE": name, "SPILLKIT_MAIL_SERVICE_URL": url, "SPILLKIT_MAIL_SERVICE_KEY": key}


def _address(said: object) -> str:
    if isinstance(said, dict):
        return next(said[key] for key in ("email", "Email") if key in said)
    return parseaddr(str(said))[1]


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_handed_the_notice_and_nothing_that_follows_its_reader(name, offer):
    with mail_service(name) as stand_in:
        came = offer(name, stand_in.url)
        assert (came.event, came.code[:5], came.marks) == (Event.TAKEN, "http-", 1)
        [(headers, _body)] = stand_in.heard
        said = stand_in.said()
    mail = message_from_bytes(parcel().mail, policy=policy.default)
    assert _address(said["to"]) == "ann@mail.example"
    assert _address(said["from"]) == "notices@shop.example"
    assert said["subject"] == mail["Subject"]
    assert (
        said["text"].replace("\r\n", "\n").rstrip()
        == mail.get_body(("plain",)).get_content().replace("\r\n", "\n").rstrip()
    )
    assert (
        said["html"].replace("\r\n", "\n").rstrip()
        == mail.get_body(("html",)).get_content().replace("\r\n", "\n").rstrip()
    )
    assert said["notice"] == NOTICE
    handed = {key.lower(): value for key, value in said["headers"].items()}
    assert {key: handed[key.lower()] for key in HANDED} == {key: mail[key] for key in HANDED}
    assert not {"dkim-signature", "date", "content-language", "mime-version", "content-type"} & set(handed)
    assert handed.get("message-id") == (mail["Message-ID"] if SERVICES[name].keeps_message_id else None)
    if SERVICES[name].can_untrack:
        assert {str(each).lower() for each in said["track"]} <= {"no", "none", "false", "disabled"}
    assert headers.get("idempotency-key", "") == (NOTICE if SERVICES[name].idempotency_header else "")
    assert "python" not in headers["user-agent"].lower()


ANSWERS = {
    "no answer": (None, Event.ANSWER_LOST, False),
    "an error of theirs": ((500, {"message": "x"}), Event.ANSWER_LOST, False),
    "a gateway that waited": ((504, {}), Event.ANSWER_LOST, False),
    "taken, in words nobody knows": ((200, ["?"]), Event.ANSWER_LOST, False),
    "not now": ((503, {}), Event.PUT_OFF, True),
    "too many": ((429, {}), Event.PUT_OFF, True),
    "a wrong key": ((401, {"message": "bad key"}), Event.PUT_OFF, True),
    "a domain that is not set up": ((403, {}), Event.PUT_OFF, True),
    "moved": ((307, {}), Event.PUT_OFF, True),
    "a mail it does not like": ((400, {"message": "ann@mail.example is wrong"}), Event.PUT_OFF, False),
}


@pytest.mark.parametrize(("answer", "event", "of_all"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_means_no_more_than_it_can(answer, event, of_all, offer):
    for name in ("sendgrid", "mailgun"):
        if answer == (200, ["?"]) and name == "sendgrid":
            continue  # It answers with its status alone.
        with mail_service(name) as stand_in:
            stand_in.answers = [answer]
            came = offer(name, stand_in.url)
            assert len(stand_in.heard) == 1, "neither tried again by itself, nor followed elsewhere"
        assert (came.event, came.is_unreachable) == (event, of_all)
        assert "ann" not in came.code


def test_a_refused_receiver_bounces_and_nobody_else(offer):
    with mail_service("postmark") as stand_in:
        inactive = "Found inactive addresses: ann@mail.example. Inactive recipients are ones that have generated a hard bounce."
        stand_in.answers = [(422, {"ErrorCode": 406, "Message": inactive})]
        came = offer("postmark", stand_in.url)
        assert (came.event, came.code) == (Event.REFUSED, "recipient-refused")
        stand_in.answers = [
            (422, {"ErrorCode": 406, "Message": "in words that nobody knows"}),
            (422, {"ErrorCode": 405, "Message": "no credits"}),
        ]
        assert {offer("postmark", stand_in.url).event for _ in range(2)} == {Event.PUT_OFF}
    with mail_service("sparkpost") as stand_in:
        stand_in.answers = [
            (200, {"results": {"total_rejected_recipients": 1, "total_accepted_recipients": 0, "id": "1"}})
        ]
        assert offer("sparkpost", stand_in.url).event == Event.REFUSED


def test_whoever_cannot_be_reached_was_offered_nothing(offer):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    came = offer("mailgun", f"http://127.0.0.1:{port}/")
    assert (came.event, came.code, came.is_unreachable, came.marks) == (Event.NOT_OFFERED, "not-reached", True, 0)


def test_an_offer_that_cannot_be_written_down_stays_here(offer):
    with mail_service("mailgun") as stand_in:
        assert offer("mailgun", stand_in.url, fails=True).event == "raised"
        assert not stand_in.heard
        assert offer("mailgun", stand_in.url).event == Event.TAKEN


def test_under_a_key_a_request_without_an_answer_is_made_again_and_is_the_same(offer):
    with mail_service("resend") as stand_in:
        stand_in.answers = [None, (409, {"name": "concurrent_idempotent_requests"})]
        came = offer("resend", stand_in.url)
        assert (came.event, came.server_id, came.marks) == (Event.TAKEN, "49a3999c-0ce1-4ea6-ab68-afcd6dc2e794", 1)
        assert len(stand_in.heard) == 3
        assert len({body for _headers, body in stand_in.heard}) == 1
        assert {headers["idempotency-key"] for headers, _body in stand_in.heard} == {NOTICE}
    with mail_service("resend") as stand_in:
        stand_in.answers = [None] * 9
        assert offer("resend", stand_in.url).event == Event.ANSWER_LOST
        assert len(stand_in.heard) == 4


def test_without_a_key_it_is_never_made_again(offer):
    for name in sorted(set(SERVICES) - {"resend"}):
        with mail_service(name) as stand_in:
            stand_in.answers = [None]
            assert offer(name, stand_in.url).event == Event.ANSWER_LOST
            assert len(stand_in.heard) == 1


@pytest.mark.parametrize(("name", "people"), [("mailgun", NAMES[::2]), ("resend", NAMES[1::2])])
def test_no_name_changes_who_gets_the_mail(name, people, offer):
    with mail_service(name) as stand_in:
        for person in people:
            one = parcel(person)
            assert offer(name, stand_in.url, one).event == Event.TAKEN, person[:20]
            said = stand_in.said()
            assert _address(said["to"]) == "ann@mail.example"
            assert not {"cc", "bcc", "Cc", "Bcc"} & set(json.dumps(said["headers"]))
            shown = said["to"].get("name", "") if isinstance(said["to"], dict) else str(said["to"])
            assert not any(sign in shown for sign in "\r\n\u202e\x1b\0")
        assert len(stand_in.heard) == len(people)


def test_an_address_beyond_ascii_is_taken_or_refused_and_never_stuck(offer):
    for name in SERVICES:
        with mail_service(name) as stand_in:
            came = offer(name, stand_in.url, parcel(address="zoë@müller.example", language="ar"))
        assert came.event in (Event.TAKEN, Event.REFUSED), name
        assert came.event == Event.TAKEN or came.code == "no-smtputf8"


WRONG = {
    "no such service": {"SPILLKIT_MAIL_SERVICE": "pigeon"},
    "no key": {"SPILLKIT_MAIL_SERVICE": "resend"},
    "a key with a line end": {"SPILLKIT_MAIL_SERVICE": "resend", "SPILLKIT_MAIL_SERVICE_KEY": "abcdefgh\nijkl"},
    "half a key": {"SPILLKIT_MAIL_SERVICE": "mailjet", "SPILLKIT_MAIL_SERVICE_KEY": KEY},
    "in the clear": {"SPILLKIT_MAIL_SERVICE": "resend", "SPILLKIT_MAIL_SERVICE_KEY": KEY,
                     "SPILLKIT_MAIL_SERVICE_URL": "http://api.example.org/"},
    "a short hook": {"SPILLKIT_MAIL_SERVICE": "resend", "SPILLKIT_MAIL_SERVICE_KEY": KEY, "SPILLKIT_MAIL_SERVICE_HOOK": "abc"},
}  # fmt: skip


@pytest.mark.parametrize("environ", WRONG.values(), ids=WRONG)
def test_settings_that_cannot_be_used_are_refused_without_their_value(environ):
    with pytest.raises(SettingsError) as refused:
        read_service(environ)
    values = {value for name, value in environ.items() if name != "SPILLKIT_MAIL_SERVICE"}
    assert not any(value in str(refused.value) for value in values)


def test_nothing_is_set_up_where_nothing_was_said():
    assert read_service({}) is None
    service = read_service(environ_of("resend", "https://api.example.org/"))
    assert KEY not in repr(service)
