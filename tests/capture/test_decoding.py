"""Encodings, charsets, kinds of content and ways to write a time."""

from __future__ import annotations

import gzip
import time
import zlib
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.capture import Limits
from spillkit.capture.body import body_of_bytes
from spillkit.capture.charset import to_utf8
from spillkit.capture.content_encoding import undo_encodings
from spillkit.capture.http_message import undo_chunks
from spillkit.capture.media import Kind, charset_of, kind_of, media_type_of
from spillkit.capture.times import parse_archive_time, parse_epoch, parse_log_time, parse_mail_time, parse_time
from spillkit.model import BodyState

LIMITS = Limits()
TEXT = "Zoë Müller, alice@example.org, 山田太郎, أليس\n" * 200


def raw_deflate(data: bytes) -> bytes:
    squeezer = zlib.compressobj(wbits=-15)
    return squeezer.compress(data) + squeezer.flush()


ENCODERS = {
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:]),
    "deflate": zlib.compress,
    "Deflate ": raw_deflate,
    "br": brotli.compress,
    "zstd": lambda data: zstandard.compress(data[:50]) + zstandard.compress(data[50:]),
    "identity": bytes,
}


@pytest.mark.parametrize("name", ENCODERS)
def test_each_encoding_is_undone(name: str) -> None:
    undone = undo_encodings(ENCODERS[name](TEXT.encode()), name, LIMITS)
    assert (undone.data, undone.is_damaged, undone.is_too_large) == (TEXT.encode(), False, False)


@given(
    st.lists(st.sampled_from(["gzip", "deflate", "br", "zstd"]), min_size=1, max_size=4),
    st.binary(min_size=20, max_size=500),
)
@settings(max_examples=100, deadline=None)
def test_encodings_upon_each_other_are_undone_from_the_last_to_the_first(names: list[str], data: bytes) -> None:
    coded = b"text: " + data
    for name in names:
        coded = ENCODERS[name](coded)
    assert undo_encodings(coded, ", ".join(names), LIMITS).data == b"text: " + data


@pytest.mark.parametrize("name", [n for n in ENCODERS if n != "identity"])
def test_a_body_that_is_decoded_already_stays_as_it_is(name: str) -> None:
    undone = undo_encodings(TEXT.encode(), name, LIMITS)
    assert (undone.data, undone.is_damaged) == (TEXT.encode(), False)


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_cut_body_gives_its_beginning_and_counts_as_damaged(name: str) -> None:
    text = "".join(f"{i}: alice{i * 7919 % 1000}@example.org\n" for i in range(30_000)).encode()
    undone = undo_encodings(ENCODERS[name](text)[:-60], name, LIMITS)
    assert undone.is_damaged
    assert text.startswith(undone.data)
    assert len(undone.data) > len(text) // 2


@pytest.mark.parametrize("name", ["gzip", "deflate", "br", "zstd"])
def test_a_bomb_is_stopped_at_the_limit_and_in_time(name: str) -> None:
    bomb = ENCODERS[name](b" " * 100_000_000)
    began = time.process_time()
    undone = undo_encodings(bomb, name, Limits(body_bytes=1 << 20))
    assert undone.is_too_large
    assert len(undone.data) == 1 << 20
    assert time.process_time() - began < 2
    small = undo_encodings(bomb, name, Limits(ratio=10, ratio_from_bytes=1000))
    assert small.is_too_large
    assert len(small.data) == max(1000, 10 * len(bomb))


def test_many_encodings_in_one_header_are_refused_not_followed() -> None:
    assert undo_encodings(b"x", ", ".join(["gzip"] * 1000), LIMITS).is_damaged


CHARSETS = [
    ("utf-16", "utf-16"), ("utf-16-le", "utf-16le"), ("utf-16-be", "UTF-16BE"), ("utf-32", ""), ("utf-8-sig", ""), ("utf-16", ""),
    ("utf-16-le", ""),
]  # fmt: skip


@pytest.mark.parametrize(("codec", "label"), CHARSETS)
def test_wide_charsets_are_read(codec: str, label: str) -> None:
    found = to_utf8("alice@example.org Zoë 山田太郎".encode(codec), label).decode("utf-8-sig")
    assert found == "alice@example.org Zoë 山田太郎"


NATIONAL = {
    "cp1256": ("windows-1256", "أليس مرحبا"),
    "shift_jis": ("Shift_JIS", "山田太郎さん"),
    "euc_jp": ("EUC-JP", "山田太郎"),
    "euc_kr": ("EUC-KR", "김철수"),
    "gbk": ("gb2312", "王小明"),
    "big5": ("Big5", "陳大文"),
    "koi8_r": ("KOI8-R", "Алиса"),
    "cp1251": ("windows-1251", "Алиса"),
    "cp1252": ("iso-8859-1", "Zoë “Müller” €"),
    "cp1253": ("windows-1253", "Αλίκη"),
    "cp1254": ("ISO-8859-9", "Ayşe Yılmaz"),
    "cp1255": ("windows-1255", "אליס"),
    "iso8859_2": ("iso-8859-2", "Łukasz Żak"),
    "cp874": ("TIS-620", "สมชาย"),
    "iso2022_jp": ("iso-2022-jp", "山田"),
    "utf-7": ("utf-7", "Zoë"),
}


@pytest.mark.parametrize("codec", NATIONAL)
def test_national_charsets_are_read_by_their_label(codec: str) -> None:
    label, text = NATIONAL[codec]
    assert to_utf8(f"<b>{text}</b>".encode(codec), label).decode() == f"<b>{text}</b>"


@pytest.mark.parametrize("codec", ["cp1256", "shift_jis", "euc_kr", "cp1251"])
def test_the_page_itself_may_name_its_charset(codec: str) -> None:
    label, text = NATIONAL[codec]
    page = f'<html><head><meta http-equiv="Content-Type" content="text/html; charset={label}"></head>{text}'
    assert to_utf8(page.encode(codec)).decode() == page
    feed = f'<?xml version="1.0" encoding="{label}"?><a>{text}</a>'
    assert to_utf8(feed.encode(codec)).decode() == feed


WRONG = {
    "UTF-8 called Latin-1": ("Zoë 山田太郎".encode(), "iso-8859-1", "Zoë 山田太郎"),
    "UTF-8 called Shift-JIS": ("Zoë 山田太郎".encode(), "shift_jis", "Zoë 山田太郎"),
    "Latin-1 called UTF-8": ("Zoë Müller".encode("latin-1"), "utf-8", "Zoë Müller"),
    "Latin-1 called nothing": ("Zoë Müller".encode("latin-1"), "", "Zoë Müller"),
    "ASCII called UTF-16": (b"alice@example.org", "utf-16", "alice@example.org"),
    "a label that no one knows": ("Zoë".encode(), "x-none", "Zoë"),
    "a label that is a codec of something else": (b"alice", "base64", "alice"),
    "UTF-8 with one Latin-1 word": ("Zoë ".encode() + "Zoë".encode("latin-1"), "utf-8", "Zoë Zoë"),
    "a UTF-8 character cut in two": ("Alice Zo\u00eb".encode()[:-1], "utf-8", "Alice Zo\u00c3"),
    "Japanese mail without a label": ("山田".encode("iso2022_jp"), "", "山田"),
}


@pytest.mark.parametrize(("data", "label", "text"), WRONG.values(), ids=WRONG)
def test_a_wrong_label_does_no_harm(data: bytes, label: str, text: str) -> None:
    assert to_utf8(data, label).decode() == text


@given(
    st.binary(max_size=2000),
    st.sampled_from(["", "utf-8", "utf-16", "gbk", "iso-2022-kr", "hz", "utf-7", "big5", "idna", "é"]),
)
@settings(max_examples=400, deadline=None)
def test_any_bytes_under_any_label_give_utf8_or_stay(data: bytes, label: str) -> None:
    found = to_utf8(data, label)
    if found != data:
        found.decode()


@given(st.text())
def test_utf8_text_is_never_changed(text: str) -> None:
    if not text.encode().startswith((b"\xef\xbb\xbf",)) and "\0" not in text and "\x1b" not in text:
        assert to_utf8(text.encode(), "utf-8") == text.encode()


def test_hostile_bytes_take_linear_time() -> None:
    began = time.process_time()
    for data in (
        b"\xff" * 5_000_000,
        b"a\xe9" * 2_500_000,
        "é".encode() * 2_000_000 + b"a\xe9" * 50_000,
        b"\x1b$" * 2_000_000,
    ):
        to_utf8(data)
        to_utf8(data, "iso-2022-jp")
    assert time.process_time() - began < 10


KINDS = {
    "html": ("text/html", b"<p>", Kind.TEXT),
    "json": ("application/problem+json", b"{}", Kind.TEXT),
    "protobuf": ("application/x-protobuf", b"\n\x05Alice\x10\x00", Kind.TEXT),
    "svg": ("image/svg+xml", b"<svg>", Kind.TEXT),
    "png": ("image/png", b"\x89PNG\r\n\x1a\n\0", Kind.PICTURE),
    "png called text by nobody": ("", b"\x89PNG\r\n\x1a\n\0", Kind.PICTURE),
    "a page called a picture": ("image/gif", b"<html>alice", Kind.TEXT),
    "csv called octet-stream": ("application/octet-stream", b"id,mail\n1,alice@example.org\n", Kind.TEXT),
    "a PDF called text": ("text/plain", b"%PDF-1.7 ...", Kind.DOCUMENT),
    "office file": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        b"PK\x03\x04\x14\0",
        Kind.DOCUMENT,
    ),
    "unknown bytes": ("application/octet-stream", b"\x01\x02\x00\x03", Kind.UNKNOWN),
}


@pytest.mark.parametrize(("media_type", "head", "kind"), KINDS.values(), ids=KINDS)
def test_the_bytes_tell_what_is_text(media_type: str, head: bytes, kind: Kind) -> None:
    assert kind_of(media_type, head) is kind


def test_an_export_handed_out_as_gzip_is_looked_at() -> None:
    body = body_of_bytes(gzip.compress(b"id,mail\n1,alice@example.org\n"), "application/gzip", "", LIMITS)
    assert (body.data, body.state) == (b"id,mail\n1,alice@example.org\n", BodyState.OK)


def test_the_strings_in_unknown_bytes_are_looked_at_but_do_not_count_as_looked_at() -> None:
    data = b"\x01\x02\x00\x11alice@example.org\x00"
    body = body_of_bytes(data, "application/octet-stream", "", LIMITS)
    assert (body.data, body.state) == (data, BodyState.NOT_TEXT)


def test_quoted_printable_and_base64_parts_of_a_multipart_answer_are_decoded() -> None:
    answer = (
        b"--x\r\nContent-Type: text/plain; charset=latin-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"alice=40example.org Zo=EB\r\n"
        b"--x\r\nContent-Type: text/csv\r\nContent-Transfer-Encoding: base64\r\n\r\nYm9iQGV4YW1wbGUub3Jn\r\n--x--\r\n"
    )
    body = body_of_bytes(answer, 'multipart/mixed; boundary="x"', "", LIMITS)
    assert b"alice@example.org Zo\xc3\xab" in (body.data or b"")
    assert b"bob@example.org" in (body.data or b"")
    plain = b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\nalice@example.org\r\n--x--\r\n"
    assert body_of_bytes(plain, "multipart/form-data; boundary=x", "", LIMITS).data == plain


@given(st.lists(st.binary(min_size=1, max_size=50), min_size=1, max_size=6))
def test_chunks_are_joined_again(pieces: list[bytes]) -> None:
    coded = b"".join(b"%X\r\n%s\r\n" % (len(p), p) for p in pieces) + b"0\r\nX-Trailer: 1\r\n\r\n"
    assert undo_chunks(coded) == (b"".join(pieces), False)


def test_headers_with_odd_values_are_read() -> None:
    assert media_type_of(" Text/HTML ; charset=x") == "text/html"
    assert media_type_of("alice@example.org") == ""
    assert charset_of('text/html; Charset = "UTF-8"; x=y') == "utf-8"


NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TIMES = {
    "with Z": parse_time("2026-11-21T12:00:00Z"),
    "with an offset": parse_time("2026-11-21T14:00:00.000+02:00"),
    "with nanoseconds": parse_time("2026-11-21T12:00:00.000000000Z"),
    "with spaces": parse_time("2026-11-21 12:00:00 +0000"),
    "of a log": parse_log_time("21/Nov/2026:13:00:00 +0100"),
    "of a WARC": parse_archive_time("2026-11-21T12:00:00Z"),
    "of an ARC": parse_archive_time("20261121120000"),
    "of a mail": parse_mail_time("Sat, 21 Nov 2026 07:00:00 -0500 (EST)"),
    "of a mail without zone": parse_mail_time("Sat, 21 Nov 2026 12:00:00 -0000"),
    "seconds": parse_epoch(1795262400),
    "milliseconds": parse_epoch(1795262400000),
    "nanoseconds": parse_epoch(1795262400000000000),
    "local with an assumed zone": parse_time("2026-11-21T13:00:00", ZoneInfo("Europe/Berlin")),
}


@pytest.mark.parametrize("name", TIMES)
def test_a_time_is_understood(name: str) -> None:
    assert TIMES[name] == NOON


UNKNOWN = {
    "local without a zone": parse_time("2026-11-21T12:00:00"),
    "the hour that comes twice": parse_time("2026-10-25T02:30:00", ZoneInfo("Europe/Berlin")),
    "the hour that never comes": parse_time("2026-03-29T02:30:00", ZoneInfo("Europe/Berlin")),
    "nonsense": parse_time("yesterday"),
    "a clock that was never set": parse_time("1970-01-01T00:00:00Z"),
    "year one": parse_time("0001-01-01T00:00:00+12:00"),
    "no month": parse_log_time("21/Foo/2026:13:00:00 +0100"),
    "infinity": parse_epoch(float("inf")),
    "thirteen months": parse_archive_time("20261321120000"),
    "a mail's nonsense": parse_mail_time("Sat, 99 Nov 20266 77:00"),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_a_time_that_nobody_can_tell_is_unknown(name: str) -> None:
    assert UNKNOWN[name] is None


@given(st.text(max_size=40))
@settings(max_examples=300)
def test_any_text_is_a_time_or_unknown(text: str) -> None:
    for moment in (
        parse_time(text, ZoneInfo("Europe/Berlin")),
        parse_log_time(text),
        parse_archive_time(text),
        parse_mail_time(text),
    ):
        assert moment is None or moment.tzinfo is UTC
