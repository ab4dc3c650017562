"""Somebody sends on a mail to ask whether it is ours: as mail programs really do it, and as those who deceive would."""

from __future__ import annotations

import base64
import textwrap
import time
from datetime import UTC, datetime
from html import escape

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.code import code_keys, code_of, shown
from spillkit.notices.genuine import Answer, Known, Verdict, canonical, judge, sent_of
from spillkit.notices.message import Mail, Press, Sending
from spillkit.notices.reader import Reader
from spillkit.notices.render import Renderer
from spillkit.notices.seen import seen_in
from spillkit.notices.signing import Signer, new_keys
from spillkit.notices.wording import LANGUAGES
from tests.notices.written import LETTERHEAD, story, told

THEN = datetime(2025, 3, 1, 12, tzinfo=UTC)
NOTICE = "alicealicealicealicealice7"
KEY, CODE_KEYS = bytes(32), code_keys(b"sixteen bytes or more")
CODE = code_of(NOTICE, CODE_KEYS)
SENDING = Sending("2025-02-cache", "Example Shop", "privacy@example.org", "example.org", "notices@bounce.example.org")
PARAGRAPHS = [
    "Dear Alice Example,",
    "on 3 February 2025 our site showed your e-mail address and your name to other customers. We stopped this on the same day.",
    "Your e-mail address (alice@example.net) was shown to 12 other customers – not your password, and not what you bought.",
    "What you can do: be careful with mails that ask you to sign in. We will never ask for your password, in no mail and no call.",
    f"How to check this message: type example.org/check and then this code: \u2066{shown(CODE)}\u2069",
    "Questions: help@example.org, or +1 555 0100. You may complain to www.authority.example.",
    "Example Shop Ltd, 1 Example Street",
]
TEXT = "\n\n".join(textwrap.fill(one, 72) for one in PARAGRAPHS) + "\n"
HTML = (
    "<!doctype html><html lang=en><head><meta charset=utf-8><title>Your data</title><style>p{margin:1em}</style></head>"
    "<body>" + "".join(f"<p>{escape(one)}</p>\n" for one in PARAGRAPHS) + "</body></html>\n"
)
SUBJECT = "We showed your e-mail address to other customers"
MAIL = Mail(NOTICE, "alice@example.net", "Alice Example", SUBJECT, TEXT, HTML, ("en",), THEN)
SENT = sent_of(NOTICE, SUBJECT, TEXT, HTML, KEY)
LINKED = "".join(
    f"<p>{escape(one)}</p>\r\n".replace("example.org/check", '<a href="http://example.org/check">example.org/check</a>')
    .replace(
        "www.authority.example", '<a href="http://www.authority.example" target="_blank">www.authority.example</a>'
    )
    .replace("help@example.org", '<a href="mailto:help@example.org">help@example.org</a>')
    for one in PARAGRAPHS
)


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    return new_keys(tmp_path_factory.mktemp("keys") / "k", "example.org", "old")


@pytest.fixture(scope="module")
def known(keys):
    records = {key.name: key.record for key in keys}
    return Known(records, ("example.org",), {NOTICE: SENT}.get, {CODE: SENT}.get, KEY)


@pytest.fixture(scope="module")
def original(keys):
    post = Press(SENDING).post(MAIL)
    return Signer(keys).sign(post.head, post.body, THEN) + post.data


def forwarded(text, html=""):
    """A mail of Alice's in which she quotes what she got."""
    head = "From: Alice <alice@example.net>\nTo: is-it-you@example.org\nSubject: Fwd: ?\nMIME-Version: 1.0\n"

    def part(kind, content):
        encoded = base64.encodebytes(content.encode()).decode()
        return f"Content-Type: text/{kind}; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{encoded}"

    if not html:
        return (head + part("plain", text)).encode()
    both = f"--b\n{part('plain', text)}\n--b\n{part('html', html)}\n--b--\n"
    return (head + f'Content-Type: multipart/alternative; boundary="b"\n\n{both}').encode()


def attached(mail, kind="message/rfc822", encoding="", name="original.eml"):
    content = base64.encodebytes(mail) if encoding == "base64" else mail
    encoded = f"Content-Transfer-Encoding: {encoding}" if encoding else "X-A: b"
    head = (
        f'From: Alice <alice@example.net>\r\nSubject: ?\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="o"\r\n\r\n'
        f"--o\r\nContent-Type: text/plain\r\n\r\nIs this you?\r\n--o\r\nContent-Type: {kind}; name={name}\r\n"
        f"Content-Disposition: attachment; filename={name}\r\n{encoded}\r\n\r\n"
    )
    return head.encode() + content + b"\r\n--o--\r\n"


GMAIL = "Is this real?\n\n---------- Forwarded message ---------\nFrom: Example Shop <privacy@example.org>\nDate: Sat, 1 Mar\n\n\n"
OUTLOOK = "________________________________\nFrom: Example Shop <privacy@example.org>\nSent: Saturday\nTo: Alice\nSubject: We\n\n"
APPLE = "Begin forwarded message:\n\n> From: Example Shop <privacy@example.org>\n> Subject: We showed\n> \n"

QUOTED = {
    "Gmail, as text": GMAIL + TEXT,
    "Gmail, wrapped anew": GMAIL + "\n\n".join(textwrap.fill(one, 60) for one in PARAGRAPHS),
    "Outlook, one line a paragraph": OUTLOOK + "\r\n\r\n".join(PARAGRAPHS),
    "Outlook, an empty line behind each": OUTLOOK + TEXT.replace("\n", "\n\n"),
    "Apple Mail, quoted": APPLE + "".join(f"> {line}\n" for line in TEXT.splitlines()),
    "quoted twice, and wrapped": "".join(f">> > {line}\n" for line in textwrap.fill(TEXT, 50).splitlines()),
    "bold letters as stars": GMAIL + TEXT.replace("your password", "*your password*"),
    "curly marks and other dashes": TEXT.replace("'", "’").replace("–", "-").replace("e-mail", "e‑mail"),
    "marks of direction lost": TEXT.replace("\u2066", "").replace("\u2069", ""),
    "hard spaces": TEXT.replace(" ", "\u00a0"),
    "a signature below": TEXT + "\n-- \nAlice Example\nSent from my telephone\n",
}


@pytest.mark.parametrize("text", QUOTED.values(), ids=QUOTED)
def test_a_notice_that_a_mail_program_quoted_is_ours(known, text):
    assert judge(forwarded(text), known) == Answer(Verdict.OURS, "text", notice_id=NOTICE)


BODY = HTML[HTML.index("<p>") :]
PAGES = {
    "Gmail": f'<div dir="ltr">Real?<br><div class="gmail_quote"><div>Forwarded<br></div>{BODY}</div></div>',
    "links made of what looks like one": f"<div>{LINKED}</div>",
    "Outlook's classes": "<html><body>" + BODY.replace("<p>", '<p class="MsoNormal"><span style="color:black">'),
    "Safe Links": LINKED.replace(
        "http://example.org/check", "https://eur02.safelinks.protection.outlook.com/?url=http%3A%2F%2Fexample.org%2Fcheck&amp;data=1"
    ),
    "URL Defense": LINKED.replace("http://example.org/check", "https://urldefense.com/v3/__http://example.org/check__;!!x!y$"),
}  # fmt: skip


@pytest.mark.parametrize("html", PAGES.values(), ids=PAGES)
def test_a_notice_that_was_sent_on_as_html_is_ours(known, html):
    assert judge(forwarded("see below", html), known) == Answer(Verdict.OURS, "text", notice_id=NOTICE)


def test_an_attached_or_redirected_notice_is_ours_by_its_signature(known, original):
    ours = Answer(Verdict.OURS, "signature", notice_id=NOTICE)
    assert judge(original, known) == ours
    assert judge(b"Received: from a by b\r\nResent-From: alice@example.net\r\n" + original, known) == ours
    assert judge(attached(original), known) == ours
    assert judge(attached(original.replace(b"\r\n", b"\n")), known) == ours
    assert judge(attached(original, encoding="base64"), known) == ours
    assert judge(attached(original, "application/octet-stream", "base64"), known) == ours


def test_without_its_keys_an_attached_notice_is_ours_by_its_text(known, original):
    keyless = Known({}, known.domains, known.by_notice, known.by_code, known.key)
    assert judge(attached(original), keyless) == Answer(Verdict.OURS, "text", notice_id=NOTICE)


def test_a_signed_notice_of_which_nothing_is_known_any_more_is_still_signed(known, original):
    forgot = Known(known.public_keys, known.domains, lambda _: None, lambda _: None, known.key)
    assert judge(attached(original), forgot) == Answer(Verdict.OURS, "signature")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_notice_in_any_language_is_ours_however_it_is_sent_on(known, language):
    code = code_of(language.ljust(26, "x"), CODE_KEYS)
    page = Renderer(story(), LETTERHEAD).render(told(language), shown(code), Reader("Zoë O'Brien <b>"))
    sent = sent_of("x", page.subject, page.text, page.html, KEY)
    knows = Known({}, ("example.org",), lambda _: None, {code: sent}.get, KEY)
    quoted = "".join(f"> {line}\n" for line in page.text.replace("\u2066", "").replace("\u2069", "").splitlines())
    for mail in (forwarded(quoted), forwarded("x", f'<div class="gmail_quote">Forwarded{page.html}</div>')):
        assert judge(mail, knows) == Answer(Verdict.OURS, "text", notice_id="x")
    changed = page.html.replace("shop.example/check", "shop.example.net/check")
    assert judge(forwarded("x", changed), knows).verdict is Verdict.CHANGED


CHANGES = {
    "a word": ("stopped this", "mended this", ("paragraph 2",)),
    "a number": ("12 other", "120 other", ("paragraph 3",)),
    "a sentence less": ("We stopped this on the same day.", "", ("paragraph 2",)),
    "another place to type": ("example.org/check", "example.com/check", ("paragraph 5",)),
    "a letter that looks alike": ("example.org/check", "ехample.org/check", ("paragraph 5",)),
    "a paragraph between": ("What you can do", "Confirm your data by calling us.\n\nWhat you can do", ("added",)),
    "a link between": ("What you can do", "http://example.com\n\nWhat you can do", ("added",)),
    "another telephone": ("555 0100", "555 0199", ("paragraph 6",)),
}


@pytest.mark.parametrize(("old", "new", "changed"), CHANGES.values(), ids=CHANGES)
def test_a_notice_in_which_something_was_changed_is_changed(known, old, new, changed):
    quoted = judge(forwarded("\n\n".join(PARAGRAPHS).replace(old, new)), known)
    assert quoted == Answer(Verdict.CHANGED, "text", changed, NOTICE)
    html = "".join(f"<p>{one}</p>" for one in "\n\n".join(PARAGRAPHS).replace(old, new).split("\n\n"))
    assert (
        judge(forwarded("\n\n".join(PARAGRAPHS), html), known) == quoted
    )  # What is shown counts, not what is beside it.


HIDDEN = {
    "a link that leads elsewhere": ("example.org/check", '<a href="https://example.com/x">example.org/check</a>'),
    "a link below ours": ("example.org/check", '<a href="https://example.org.example.com/">example.org/check</a>'),
    "a link on a part of ours": ("example.org/check", '<a href="https://le.org/">example.org/check</a>'),
    "a button": ("What you can do", '<button onclick="x()"></button>What you can do'),
    "a form": ("What you can do", '<form action="//x"><input name="password"></form>What you can do'),
    "a picture": ("What you can do", '<img src="cid:a">What you can do'),
    "a script's target": ("What you can do", '<a href="javascript:x()">What you can do</a>'),
}


@pytest.mark.parametrize(("old", "new"), HIDDEN.values(), ids=HIDDEN)
def test_what_is_put_into_the_html_is_seen(known, old, new):
    answer = judge(forwarded(TEXT, HTML.replace(old, new)), known)
    assert answer.verdict is Verdict.CHANGED


AROUND = {
    "a link above": 'Act now: <a href="https://example.com">here</a>' + HTML,
    "a picture above": '<img src="cid:a">' + HTML,
    "ours is hidden": '<div style="display: none">' + HTML[HTML.index("<p>"):] + "</div>Call +1 555 0199",
    "much text above": "<p>" + "Please call us at once. " * 300 + "</p>" + HTML,
}  # fmt: skip


@pytest.mark.parametrize("html", AROUND.values(), ids=AROUND)
def test_where_something_stands_around_it_nobody_can_tell(known, html):
    assert judge(forwarded("x", html), known) == Answer(Verdict.CANNOT_TELL, "text", ("around",), NOTICE)


def test_a_changed_head_is_named(known, original):
    fake = original.replace(b"privacy@example.org", b"privacy@example.com")
    assert judge(attached(fake), known) == Answer(Verdict.CHANGED, "text", ("sender",), NOTICE)
    banner = original.replace(b"Subject: ", b"Subject: [EXTERNAL] ", 1)
    assert judge(attached(banner), known) == Answer(Verdict.CHANGED, "text", ("subject",), NOTICE)
    two = original.replace(b"\r\nSubject: ", b"\r\nFrom: Mallory <m@example.com>\r\nSubject: ", 1)
    assert judge(attached(two), known).by != "signature"


NOT_OURS = {
    "a fake": "Dear customer, your data was stolen. Sign in at http://example.com to keep your account.",
    "a code that nobody got": f"Type example.org/check and {shown(code_of('mallory', CODE_KEYS))}, then pay.",
    "a wrong code": f"Type example.org/check and {shown(CODE)[:-1]}U, then pay.",
}


@pytest.mark.parametrize("text", NOT_OURS.values(), ids=NOT_OURS)
def test_what_was_never_sent_is_not_ours(known, text):
    assert judge(forwarded(text), known) == Answer(Verdict.NOT_OURS)
    page = f"From: Example Shop <privacy@example.org>\nSubject: {SUBJECT}\n\n{text}"
    assert judge(attached(page.encode()), known) == Answer(Verdict.NOT_OURS)


def test_our_code_under_other_words_is_not_called_ours(known):
    answer = judge(forwarded(f"Pay now. Your code is {shown(CODE)}."), known)
    assert answer == Answer(Verdict.CANNOT_TELL, "text", notice_id=NOTICE)


def test_a_signature_of_somebody_else_is_no_signature_of_ours(known, tmp_path, original):
    mallory = Signer(new_keys(tmp_path / "k", "example.org", "old"))  # The same names, other keys.
    post = Press(SENDING).post(msgspec.structs.replace(MAIL, text="Pay now\n", html="<p>Pay now</p>"))
    assert judge(attached(mallory.sign(post.head, post.body, THEN) + post.data), known).verdict is not Verdict.OURS


CANNOT = {"nothing": b"", "an empty forward": b"From: alice@example.net\n\n\n", "three megabytes": b"a" * 3_000_000}


@pytest.mark.parametrize("raw", CANNOT.values(), ids=CANNOT)
def test_where_nothing_is_left_nobody_can_tell(known, raw):
    assert judge(raw, known) == Answer(Verdict.CANNOT_TELL)


def test_a_code_is_found_behind_words_that_are_as_long_as_its_groups(known):
    words = "hello there every three words " * 30
    answer = judge(forwarded(f"{words}{shown(CODE)} Pay now"), known)
    assert answer.notice_id == NOTICE


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_a_damaged_mail_is_never_ours_with_other_words(known, original, data):
    start = original.index(b"\r\nDate: ")
    raw = bytearray(
        data.draw(st.sampled_from([original, attached(original), forwarded(GMAIL + TEXT), forwarded("x", LINKED)]))
    )
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=20))
        raw = raw or bytearray(b"x")
    answer = judge(bytes(raw), known)
    assert answer.verdict in set(Verdict)
    assert start
    assert not {"Alice", "alice@"} & set(" ".join(answer.changed).split())


HOSTILE = {
    "deep": b"Content-Type: multipart/mixed; boundary=a\n\n"
    + b"--a\nContent-Type: multipart/mixed; boundary=a\n\n" * 3000,
    "deep mails": b"Content-Type: message/rfc822\n\n" * 3000,
    "many signatures": b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=old-rsa; bh=a; h=from; b=a\n" * 5000
    + b"From: a@example.org\n\nx",
    "many tags": b"Content-Type: text/html\n\n" + b"<div>" * 30_000,
    "many links": b"Content-Type: text/html\n\n" + b"<a href='" * 50_000,
    "one sign again and again": b"Content-Type: text/plain\n\n" + b"a" * 1_000_000,
    "codes without end": b"Content-Type: text/plain\n\n" + b"AAAAA-AAAAA-AAAAA " * 50_000,
    "entities": b"Content-Type: text/html\n\n" + b"&" * 300_000,
}


@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_a_mail_made_to_keep_us_busy_is_answered_in_time(known, raw):
    start = time.process_time()
    assert judge(raw, known).verdict is not Verdict.OURS
    assert time.process_time() - start < 3


SEEN = {
    "words and blocks": ("<p>a <b>b</b></p>c", "a b c"),
    "a comment hides": ("a<!-- b > -->c<!-->d", "acd"),
    "a script is no text": ("a<script>b</b></script >c<style>d", "ac"),
    "a sign that is no tag": ("1 < 2 <3 & 4 &amp; 5", "1 < 2 <3 & 4 & 5"),
    "a tag without an end": ('a<b title="x', "a"),
    "a quote in a name": ('a<b x">c', "ac"),
    "an end in quotes": ('a<b title="x>y">c', "ac"),
    "a link that shows itself": ('<a href="https://example.org/x">example.org/x</a>', "example.org/x"),
    "a link that lies": ("<a class=x href=https://example.com>example.org</a>", "example.org http://example.com"),
    "a link without an end": ('<a href="//example.com/">a<p>b', "a b http://elsewhere"),
    "a second target": (
        '<a href="http://example.com" href="http://example.org">example.org</a>',
        "example.org http://example.com",
    ),
    "hidden": ('a<p hidden>b<i style="DISPLAY : none">c', "a [hidden] b [hidden] c"),
    "not hidden": ('<p style="height:0.5em;opacity:0.9">a', "a"),
}


@pytest.mark.parametrize(("html", "seen"), SEEN.values(), ids=SEEN)
def test_what_is_seen_of_html(html, seen):
    assert " ".join(seen_in(html).split()) == seen


@given(st.text("<>/=\"'! ab-&;", max_size=80))
@settings(max_examples=60, deadline=None)
def test_any_html_is_read_in_one_pass(html):
    seen_in(html)


def test_what_is_kept_of_a_notice_shows_nothing_of_it():
    assert len(msgspec.json.encode(SENT)) < 2_000
    assert b"Alice" not in msgspec.json.encode(SENT)
    other = sent_of("bobbobbobbobbobbobbobbob77", SUBJECT, TEXT, HTML, KEY)
    assert not {piece.whole for piece in SENT.text} & {piece.whole for piece in other.text}


@given(st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_canonical_text_stays_as_it_is(text):
    once = canonical(text)
    assert not any(sign.isspace() for sign in once)
    assert canonical(once) == once or once.startswith((">", "|")) or not once.isascii()
