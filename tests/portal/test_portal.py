"""The portal as anybody meets it: a real server, asked by those who want to find out what it must not tell."""

from __future__ import annotations

import random
import re
import socket
import time
from urllib.parse import urlsplit

import httpx
import pytest

from spillkit.notices.code import ALPHABET, shown
from spillkit.notices.question import RECORD_BYTES, open_records
from spillkit_portal import application
from spillkit_portal.page import DOORS
from spillkit_portal.plain_files import write_files
from spillkit_portal.settings import Settings
from tests.notices.hostile import NAMES
from tests.portal.published import CODES, FAKES, LANGUAGES, QUESTIONS, a_code, publish, published

CHANCE = random.Random(20261122)


@pytest.fixture
def ask(portal):
    """Send what somebody types, each time from another network."""
    with httpx.Client(base_url=portal, timeout=10) as client:

        def typed(path, **form):
            network = f"{CHANCE.randrange(1, 200)}.{CHANCE.randrange(256)}.{CHANCE.randrange(256)}.1"
            return client.post(path, data=form, headers={"X-Forwarded-For": network})

        yield typed


def seen(answer):
    """All that others see on the way: status, headers, length. Only the clock differs."""
    headers = {name: value for name, value in answer.headers.items() if name != "date"}
    return answer.status_code, tuple(sorted(headers.items())), len(answer.content)


def a_made_up_code():
    return "".join(CHANCE.choices(ALPHABET, k=15))


def look_alikes(code):
    yield shown(code)
    yield code.lower()
    yield shown(code).translate({ord(sign): ord(sign) + 0xFEE0 for sign in ALPHABET})  # full width
    yield shown(code).translate({ord("0") + digit: 0x660 + digit for digit in range(10)})  # Arabic-Indic digits
    yield code.replace("0", "O").replace("1", "l")
    yield f"\u2067{shown(code)}\u2069"
    yield code.replace("A", "А").replace("B", "В")  # Cyrillic: none of ours


def test_valid_and_invalid_codes_and_their_look_alikes_are_answered_alike(ask):
    given_out = [typed for name in CODES for typed in look_alikes(a_code(name))]
    others = [typed for number in range(10) for typed in look_alikes(a_code(f"never {number}"))]
    made_up = [
        *(a_made_up_code() for _ in range(60)),
        *(name.encode("utf-8", "replace").decode()[:300] for name in NAMES),
        "",
        "0" * 3000,
    ]
    answers = {typed: ask("/en/check", code=typed) for typed in [*given_out, *others, *made_up]}
    assert len({seen(answer) for answer in answers.values()}) == 1
    assert sum("Genuine: this code is from us." in answers[typed].text for typed in given_out) >= 55
    assert not any("this code is from us." in answers[typed].text for typed in [*others, *made_up])


def test_members_and_others_are_answered_with_the_same_bytes_and_nothing_of_them_is_kept_in_the_open(ask, place):
    addresses = [
        "alizee@example.org", "ALIZEE@EXAMPLE.ORG", "аlizee@example.org", "nobody@example.net", "alizee+1@example.org",
        "jörg@müller.example", "用户@例子.example", "a@b", "", "not an address", "'; DROP TABLE--", "=cmd()", "x" * 3000,
        *(f"{CHANCE.randrange(10**9)}@example.com" for _ in range(80)),
        *(name.encode("utf-8", "replace").decode()[:300] for name in NAMES),
    ]  # fmt: skip
    before = sum(path.stat().st_size for path in (place / "asked").iterdir())
    answers = [ask("/ar/affected", address=address) for address in addresses]
    assert len({(seen(answer), answer.content) for answer in answers}) == 1
    [records] = [path.read_bytes() for path in (place / "asked").iterdir()]
    assert len(records) - before == RECORD_BYTES * len(addresses)
    opened = [question.address for question in open_records(records[before:], QUESTIONS)]
    assert opened == [address if len(address.encode()) <= 320 else "" for address in addresses]
    kept = b"".join(path.read_bytes() for path in place.rglob("*") if path.is_file())
    assert b"alizee" not in kept.lower()
    assert b"nobody@" not in kept


def test_only_the_body_of_a_request_is_read(portal, ask):
    code = shown(a_code("affected"))
    answer = httpx.post(f"{portal}/en/check?code={code}", data={"other": "x"})
    assert "This code is not complete" in answer.text
    assert code not in answer.text
    assert "This code is not complete" in httpx.post(f"{portal}/en/check", files={"code": code.encode()}).text
    echoed = ask("/en/check", code="<script>alert(1)</script>").text
    assert "alert" not in echoed


def test_what_is_too_long_is_refused_alike_and_not_read(portal):
    for size in (5000, 500_000):
        bodies = [name + b"=" + b"x" * size for name in (b"code", b"address")]
        answers = [httpx.post(f"{portal}/en/{door}", content=body) for door in ("check", "affected") for body in bodies]
        assert {answer.status_code for answer in answers} == {413}
        assert len({answer.content for answer in answers}) == 1
    chunked = httpx.post(f"{portal}/en/check", content=iter([b"code=", *[b"x" * 1000] * 50]))
    assert chunked.status_code == 413


def test_no_page_has_a_script_a_cookie_or_anything_from_outside(portal):
    places = set()
    with httpx.Client(base_url=portal) as client:
        for language, name in [(language, name) for language in LANGUAGES for name in ("", *DOORS)]:
            answer = client.get(f"/{language}/{name}")
            assert answer.status_code == 200
            assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in answer.text
            assert "set-cookie" not in answer.headers
            assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'sha256-")
            assert answer.headers["referrer-policy"] == "no-referrer"
            assert not re.search(r"<script|<img|<iframe|<link|\son\w+=|https?://|style=|javascript:", answer.text)
            places |= {answer.url.join(link) for link in re.findall(r'(?:href|action)="([^"#]+)"', answer.text)}
        assert {place.host for place in places} == {"127.0.0.1"}
        assert {client.get(place).status_code for place in places} == {200}


def test_a_place_without_a_language_leads_to_the_readers_own(portal):
    arabic = httpx.get(f"{portal}/check", headers={"Accept-Language": "ar"}, follow_redirects=True)
    assert arabic.url.path == "/ar/check"
    assert httpx.get(f"{portal}/", follow_redirects=True).url.path == "/en/"
    assert httpx.get(f"{portal}/ja", follow_redirects=True).url.path == "/ja/"


WRONG = {
    "no such page": ("GET", "/en/alice@example.org", 404),
    "no such language": ("GET", "/eo/check", 404),
    "up": ("GET", "/en/../../etc/passwd", 404),
    "put": ("PUT", "/en/check", 405),
    "typed where nothing is": ("POST", "/en/statement", 405),
    "typed nowhere": ("POST", "/nowhere", 404),
}


@pytest.mark.parametrize(("method", "path", "status"), WRONG.values(), ids=WRONG)
def test_what_is_not_there_is_refused_in_words_and_not_repeated(portal, place, method, path, status):
    answer = httpx.request(method, f"{portal}{path}")
    assert answer.status_code == status
    assert "alice" not in answer.text
    assert "alice" not in (place / "said").read_text()


def test_bytes_that_are_no_request_end_nothing(portal):
    host, port = urlsplit(portal).hostname, urlsplit(portal).port
    post = b"POST /en/check HTTP/1.1\r\nHost: x\r\nContent-Length: "
    for junk in (
        b"\0\xff\r\n\r\n",
        post + b"abc\r\n\r\n",
        post + b"-5\r\n\r\n",
        b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    ):
        with socket.create_connection((host, port), 5) as line:
            line.sendall(junk)
            line.settimeout(2)
            line.recv(100)
    assert httpx.get(f"{portal}/en/").status_code == 200


def test_who_asks_too_often_waits_and_all_who_wait_see_the_same(portal):
    with httpx.Client(base_url=portal, headers={"X-Forwarded-For": "203.0.113.77"}) as client:
        codes = [shown(a_code("affected")), a_made_up_code()]
        answers = [client.post("/en/check", data={"code": codes[number % 2]}) for number in range(80)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(refused) >= 15
        assert len({(seen(answer), answer.content) for answer in refused}) == 1
        assert client.get("/en/check").status_code == 200
    other = httpx.post(f"{portal}/en/check", data={"code": codes[0]}, headers={"X-Forwarded-For": "203.0.112.77"})
    assert "Genuine" in other.text


def test_the_statement_says_number_method_last_update_and_every_earlier_number(portal):
    text = re.sub(r"<[^>]+>", "", httpx.get(f"{portal}/en/statement").text)
    for words in ("988", "1,014", "776", "97.5 %", "22 November 2026, 10:30", "we found more", "ab" * 32):
        assert words in text


def test_false_messages_are_warned_of_on_every_page(portal):
    for name in ("", *DOORS):
        text = httpx.get(f"{portal}/en/{name}").text
        assert "Warning: false messages in our name" in text
        assert "text message · has a link · asks for a password" in text


def test_a_newer_publication_is_taken_while_the_portal_runs_and_a_damaged_one_is_not(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(application, "_LOOK_SECONDS", 0.0)
    small, folder = published(languages=("en",)), tmp_path / "published"
    publish(folder, small)
    portal = application.Portal(Settings(folder, tmp_path))
    with httpx.Client(transport=httpx.WSGITransport(portal), base_url="http://portal") as client:
        assert "Warning" not in client.get("/en/").text
        publish(folder, published(languages=("en",), fakes=FAKES))
        assert _comes(lambda: client.get("/en/").text, "Warning: false messages")
        publish(folder, small)
        (folder / (folder / "current").read_text() / "codes.bin").write_bytes(b"damaged")
        assert _comes(
            lambda: client.get("/en/").text and capfd.readouterr().err, "The earlier publication is still served."
        )
        for _ in range(20):  # It is said once, however often it is looked at.
            assert "Warning: false messages" in client.get("/en/").text
            time.sleep(0.01)
        assert "still served" not in capfd.readouterr().err


def _comes(text, words):
    """Whether words come within five seconds."""
    for _ in range(100):
        if words in text():
            return True
        time.sleep(0.05)
    return False


def test_what_breaks_inside_is_said_without_a_word_of_the_request(tmp_path, capfd):
    publish(tmp_path / "published", published(languages=("en",)))
    portal = application.Portal(Settings(tmp_path / "published", tmp_path))
    portal._spool = None
    with httpx.Client(transport=httpx.WSGITransport(portal), base_url="http://portal") as client:
        answer = client.post("/en/affected", data={"address": "alizee@example.org"})
    assert (answer.status_code, "Something went wrong on our side." in answer.text) == (500, True)
    assert capfd.readouterr().err == "portal: AttributeError\n"


def test_a_full_spool_is_said_to_everybody_alike(tmp_path):
    publish(tmp_path / "published", published(languages=("en",)))
    portal = application.Portal(Settings(tmp_path / "published", tmp_path / "no such folder"))
    with httpx.Client(transport=httpx.WSGITransport(portal), base_url="http://portal") as client:
        answers = [client.post("/en/affected", data={"address": one}) for one in ("alizee@example.org", "", "x" * 999)]
    assert {answer.status_code for answer in answers} == {503}
    assert len({answer.content for answer in answers}) == 1
    assert "privacy@shop.example" in answers[0].text


def test_plain_files_say_the_same_and_whom_to_ask_instead_of_the_forms(tmp_path, portal):
    count = write_files(published(fakes=FAKES), tmp_path)
    assert count == len(list(tmp_path.rglob("*.html"))) == len(LANGUAGES) * 5 + 1
    for language in LANGUAGES:
        for name in ("", "do", "statement"):
            kept = (tmp_path / language / f"{name or 'index'}.html").read_bytes()
            assert kept == httpx.get(f"{portal}/{language}/{name}").content
        for name in ("check", "affected"):
            text = (tmp_path / language / f"{name}.html").read_text(encoding="utf-8")
            assert "<form" not in text
            assert "privacy@shop.example" in text
