"""The mail of one notice: one recipient, and nothing that a customer list holds leaves its place."""

from __future__ import annotations

import binascii
import random
import time
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spillkit.errors import AddressError, InputError
from spillkit.notices.message import Mail, Press, Sending, _quoted_printable, address_of, plain_post
from spillkit.printed import printable
from tests.notices.hostile import NAMES

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
NOTICE = "abcdefghijklmnop2345672345"
SENDING = Sending(
    "2026-11-cache",
    "Example Shop",
    "privacy@example.org",
    "example.org",
    "notices@bounce.example.org",
    "help@example.org",
)
MAIL = Mail(
    NOTICE, "alice@example.net", "Alice", "Your e-mail address was shown", "Hello\n", "<p>Hello</p>\n", ("en",), NOON
)
PRESS = Press(SENDING)
ONCE = ("Date", "From", "To", "Subject", "Message-ID", "List-Id", "Feedback-ID", "Auto-Submitted", "Content-Language",
        "X-Auto-Response-Suppress", "MIME-Version", "Content-Type", "Reply-To")  # fmt: skip

names = st.one_of(st.text(max_size=100), st.sampled_from(NAMES))
bodies = st.text(st.characters(exclude_categories=("Cs",)), max_size=400)
addresses = st.sampled_from([
    "alice@example.net", "bob+shop@sub.example.net", "o'brien@example.net", '"alice b"@example.net', "a..b@example.net",
    "用户@例子.example", "zoe@müller.example", "x" * 64 + "@example.net", '"a\\"b<c>"@example.net',
])  # fmt: skip
mails = st.builds(
    Mail, st.just(NOTICE), addresses, names, names, bodies, bodies,
    st.sampled_from([("en",), ("ar",), ("en", "ar"), ("zh-Hant-TW",)]),
    st.datetimes(datetime(2020, 1, 1), datetime(2090, 1, 1)).map(lambda at: at.replace(tzinfo=UTC)),  # noqa: DTZ001
)  # fmt: skip


def parsed(post):
    return message_from_bytes(post.data, policy=policy.default)


def header(post, field):
    """One field as mail programs unfold and decode it. (Python's newer parser leaves spaces between encoded words.)"""
    [raw] = [line for line in post.head.decode().replace("\r\n ", " ").split("\r\n") if line.startswith(f"{field}:")]
    raw = raw.removeprefix(f"{field}:").strip()
    if field not in ("From", "To"):
        return str(make_header(decode_header(raw)))
    name, address = parseaddr(raw)
    return str(make_header(decode_header(name))), address


def read(post):
    """What a reader's program makes of a mail."""
    message = parsed(post)
    text, html = message.iter_parts()
    plain_fields = {name: str(message[name]) for name in ONCE if name not in ("From", "To", "Content-Type", "Subject")}
    return {
        "fields": sorted(name.lower() for name in message),
        "values": plain_fields,
        "subject": header(post, "Subject"),
        "from": header(post, "From"),
        "to": (header(post, "To")[0], address_of(header(post, "To")[1])),  # Python quotes no a..b
        "type": (message.get_content_type(), message.get_boundary()),
        "parts": [(part.get_content_type(), part["Content-Transfer-Encoding"], part.get_content()) for part in (text, html)],
        "envelope": post.envelope,
        "defects": [part.defects for part in message.walk()],
    }  # fmt: skip


@given(mails)
@settings(max_examples=50, deadline=None)
@example(msgspec.structs.replace(MAIL, to_name="", subject="", text="", html=""))
@example(msgspec.structs.replace(MAIL, text="From Alice\nFrom Bob\n.\n.. \nFrom\n", html="From"))
@example(msgspec.structs.replace(MAIL, subject="a long line of words " * 10, to_name="Doe, Jane (the second) " * 3))
@example(msgspec.structs.replace(MAIL, subject="=?utf-8?q?a?= =?x", to_name="=?utf-8?b?QUJD?="))
def test_the_press_writes_what_the_plain_twin_writes(mail):
    fast, plain = PRESS.post(mail), plain_post(mail, SENDING)
    assert read(fast) == read(plain)
    assert not any(read(fast)["defects"])


@given(mails)
@settings(max_examples=80, deadline=None)
def test_any_mail_is_lines_of_a_legal_length_in_seven_bits_with_one_recipient(mail):
    post = PRESS.post(mail)
    assert post.envelope.needs_utf8 or post.data.isascii()
    lines = post.data.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert max(len(line) for line in lines if not line.startswith(b" <")) <= 160
    assert not set(post.data.replace(b"\r\n", b"")) & {0, 10, 13}
    message = parsed(post)
    assert [message.get_all(name) is not None and len(message.get_all(name)) for name in ONCE] == [1] * len(ONCE)
    assert sorted(message.keys()) == sorted(ONCE)
    assert len(message["To"].addresses) == 1
    assert not [line for line in lines if line.startswith(b"From ")]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_name_stays_where_it_stands(name):
    mail = msgspec.structs.replace(MAIL, to_name=name, subject=f"To {name}", text=f"Dear {name}\n", html="<p>x</p>")
    post = PRESS.post(mail)
    message = parsed(post)
    assert sorted(message.keys()) == sorted(ONCE)
    display, address = header(post, "To")
    assert address == "alice@example.net"
    assert len(display) <= 80
    assert printable(display) == display
    text, _ = message.iter_parts()
    assert (
        text.get_content().split() == f"Dear {name}".replace("\0", "\ufffd").encode(errors="replace").decode().split()
    )


def test_a_thousand_mails_hold_each_the_words_of_one_person():
    chance = random.Random(5)
    for number in range(1_000):
        secret = "".join(chance.choice("abcdefghij éßمर好🙂") for _ in range(40)).strip() + str(number)
        name = " ".join(printable(chance.choice(NAMES)[:40]).split())
        mail = Mail(
            f"notice{number:020d}", f"person{number}@example.net", f"{name} {number}", f"About {secret}",
            f"Dear {number},\n{secret}\n", f"<p>{secret}</p>\n", ("en",), NOON + timedelta(seconds=number),
        )  # fmt: skip
        post = PRESS.post(mail)
        message = message_from_bytes(post.data)
        assert post.envelope.recipient == f"person{number}@example.net"
        assert post.envelope.sender == f"notices+notice{number:020d}@bounce.example.org"
        assert message["Message-ID"] == f"<notice{number:020d}@example.org>"
        assert header(post, "To") == (f"{name} {number}".replace("=?", "= ?").strip(), f"person{number}@example.net")
        assert header(post, "Subject") == " ".join(f"About {secret}".split())
        assert [part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in message.get_payload()] == [
            mail.text,
            mail.html,
        ]


NO_ADDRESSES = {
    "none": "",
    "no at": "alice",
    "no domain": "alice@",
    "no name": "@example.net",
    "no dot in the domain": "alice@localhost",
    "an address of a machine": "alice@[127.0.0.1]",
    "numbers for a domain": "alice@127.0.0.1",
    "Bcc": "alice@example.net\r\nBcc: mallory@example.net",
    "Bcc before the at": "alice\r\nBcc: mallory@example.net",
    "two of them": "alice@example.net, mallory@example.net",
    "in brackets": "Alice <alice@example.net>",
    "a comment": "alice(x)@example.net",
    "a space": "ali ce@example.net",
    "an option of a program": "-oQ/tmp -X/x alice@example.net",
    "overlong": "a" * 65 + "@example.net",
    "ten thousand": "a" * 10_000 + "@example.net",
    "overlong domain": "a@" + "b" * 64 + ".example",
    "turned round": "alice\u202e@example.net",
    "invisible": "ali\u200bce@example.net",
    "a quote that opens": '"alice@example.net',
    "line end in quotes": '"a\r\nb"@example.net',
    "dash at the end": "alice@example-.net",
    "an underscore": "alice@exa_mple.net",
    "an encoded word": "=?utf-8?q?a?=@example.net",
    "a surrogate": "al\ud800ice@example.net",
    "half of an idn": "alice@xn--.example\u202e",
}


@pytest.mark.parametrize("text", NO_ADDRESSES.values(), ids=NO_ADDRESSES)
def test_what_cannot_be_written_safely_is_no_address_and_is_not_quoted(text):
    with pytest.raises(AddressError) as refused:
        address_of(text)
    assert not text or text not in str(refused.value)


WRITTEN = {
    "plain": ("Alice.B+shop@Example.NET", "Alice.B+shop@example.net"),
    "a domain of German letters": ("zoe@Müller.example", "zoe@xn--mller-kva.example"),
    "sharp s as registries write it today": ("a@straße.example", "a@xn--strae-oqa.example"),
    "an Arabic domain": ("a@مثال.example", "a@xn--mgbh0fb.example"),
    "dots where no dots may be": ("a..b.@example.net", '"a..b."@example.net'),
    "in quotes for nothing": ('"alice"@example.net', "alice@example.net"),
    "a trailing dot": ("alice@example.net.", "alice@example.net"),
    "letters beyond ASCII": ("用户@example.net", "用户@example.net"),
}


@pytest.mark.parametrize(("text", "written"), WRITTEN.values(), ids=WRITTEN)
def test_an_address_is_written_as_servers_take_it(text, written):
    assert str(address_of(text)) == written


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_any_text_is_one_address_or_none(text):
    try:
        address = address_of(text)
    except AddressError:
        return
    written = str(address)
    assert address_of(written) == address
    assert written.isprintable()


def test_an_address_beyond_ascii_asks_for_a_server_that_knows_it():
    post = PRESS.post(msgspec.structs.replace(MAIL, to_address="用户@例子.example"))
    assert post.envelope.needs_utf8
    assert "用户@xn--fsqu00a.example" in post.head.decode()


def test_a_sending_that_cannot_be_written_is_refused_at_once():
    for change in ({"campaign": "a b"}, {"campaign": "a\r\nBcc: x"}, {"bounces": "a" * 30 + "@example.org"},
                   {"from_address": "用户@example.org"}, {"domain": "example.org\r\nBcc: x"}):  # fmt: skip
        with pytest.raises(InputError):
            Press(msgspec.structs.replace(SENDING, **change))


def test_a_notice_without_an_id_makes_no_mail():
    for notice_id in ("", "short", "a" * 16 + "\r\nBcc: x", "alice@example.net"):
        with pytest.raises(InputError):
            PRESS.post(msgspec.structs.replace(MAIL, notice_id=notice_id))


def test_the_press_is_several_times_as_fast_as_the_plain_twin():
    def seconds(work):
        start = time.process_time()
        for _ in range(100):
            work()
        return time.process_time() - start

    assert min(seconds(lambda: PRESS.post(MAIL)) for _ in range(3)) * 3 < seconds(lambda: plain_post(MAIL, SENDING))


@settings(max_examples=100, deadline=None)
@given(
    st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from("=. \nFrom é")), max_size=200), st.integers(0, 80)
)
def test_quoted_printable_line_by_line_is_that_of_the_whole(text, length):
    content = ("x" * length + text + "\nFrom here\n.\n").replace("\r", "").encode()
    whole = b"\n" + binascii.b2a_qp(content, quotetabs=False, istext=True)
    assert _quoted_printable(content) == whole.replace(b"\nFrom ", b"\n=46rom ")[1:].replace(b"\n", b"\r\n")
