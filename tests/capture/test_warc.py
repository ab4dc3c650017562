"""Web archives: responses, their requests, revisits, and damage; warcio is the plain twin."""

from __future__ import annotations

import gzip
import tempfile
from io import BytesIO
from pathlib import Path

import brotli
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from spillkit.capture import Limits
from spillkit.model import BodyState
from tests.capture.recordings import COOKIE, HTTP_REQUEST, PAGE, http_response, read, warc_record

RAW = PAGE.encode()
HTTP = "application/http;msgtype=response"


def write(tmp_path: Path, data: bytes, name: str = "crawl.warc") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def response(body: bytes = RAW, *headers: str, id_: str = "<urn:uuid:1>", **more: str) -> bytes:
    block = http_response(body, "Content-Type: text/html; charset=utf-8", *headers)
    return warc_record(
        "response", block, WARC_Record_ID=id_, WARC_Target_URI="https://shop.example/a b", Content_Type=HTTP, **more
    )


def request(of: str = "<urn:uuid:1>", id_: str = "<urn:uuid:9>") -> bytes:
    return warc_record(
        "request", HTTP_REQUEST, WARC_Record_ID=id_, WARC_Concurrent_To=of, Content_Type="application/http"
    )


ORDERS = {
    "request behind": response() + request(),
    "request before": request() + response(),
    "response points to the request": request(of="") + response(WARC_Concurrent_To="<urn:uuid:9>"),
    "request some records later": response() + warc_record("metadata", b"x: y") * 3 + request(),
}


@pytest.mark.parametrize("data", ORDERS.values(), ids=ORDERS)
def test_a_response_is_joined_with_its_request_which_carries_the_cookie(tmp_path: Path, data: bytes) -> None:
    [exchange], damages = read(write(tmp_path, data))
    assert not damages
    assert dict(exchange.request.headers)["cookie"] == COOKIE
    assert exchange.request.user_agent == "Mozilla/5.0"
    assert exchange.url == "https://shop.example/a b"
    assert exchange.body == RAW
    assert exchange.shown_at is not None
    assert COOKIE not in repr(exchange)


def test_a_request_is_never_joined_to_a_stranger(tmp_path: Path) -> None:
    data = response(b"1", id_="<a>") + request(of="<b>") + response(b"2", id_="<b>") + response(b"3", id_="<c>")
    exchanges, _ = read(write(tmp_path, data))
    assert [(e.body, bool(e.request.headers)) for e in exchanges] == [(b"1", False), (b"2", True), (b"3", False)]


def chunk(data: bytes, extension: bytes = b"") -> bytes:
    return b"%x%s\r\n%s\r\n" % (len(data), extension, data)


CHUNKED, GZIPPED = "Transfer-Encoding: chunked", gzip.compress(RAW, mtime=0)
ENCODINGS = {
    "gzip": (GZIPPED, ["Content-Encoding: gzip"], BodyState.OK),
    "brotli": (brotli.compress(RAW), ["Content-Encoding: br"], BodyState.OK),
    "zstd": (zstandard.compress(RAW), ["Content-Encoding: zstd"], BodyState.OK),
    "chunked": (chunk(RAW[:5]) + chunk(RAW[5:], b";x=y") + chunk(b""), [CHUNKED], BodyState.OK),
    "chunked gzip": (chunk(GZIPPED) + chunk(b""), [CHUNKED, "Content-Encoding: gzip"], BodyState.OK),
    "said to be chunked and is not": (RAW, [CHUNKED], BodyState.OK),
    "last chunk cut": (b"%x\r\n" % (len(RAW) + 50) + RAW, [CHUNKED], BodyState.DAMAGED),
    "nonsense behind the first chunk": (chunk(RAW[:5]) + RAW[5:], [CHUNKED], BodyState.DAMAGED),
}


@pytest.mark.parametrize(("body", "headers", "state"), ENCODINGS.values(), ids=ENCODINGS)
def test_encodings_and_chunks_are_undone(tmp_path: Path, body: bytes, headers: list[str], state: BodyState) -> None:
    [exchange], _ = read(write(tmp_path, response(body, *headers)))
    assert exchange.body == RAW
    assert exchange.body_state is state


def test_a_revisit_shows_its_original_again_where_the_file_holds_it(tmp_path: Path) -> None:
    original = response(WARC_Payload_Digest="sha1:AA")
    again = warc_record("revisit", http_response(b""), WARC_Refers_To="<urn:uuid:1>", Content_Type=HTTP)
    by_digest = warc_record("revisit", b"", WARC_Payload_Digest="sha1:AA")
    stranger = warc_record(
        "revisit", http_response(b"", "Content-Length: 99"), WARC_Payload_Digest="sha1:BB", Content_Type=HTTP
    )
    exchanges, _ = read(write(tmp_path, original + again + by_digest + stranger))
    assert [e.body for e in exchanges] == [RAW, RAW, RAW, None]
    assert [e.body_state for e in exchanges][-2:] == [BodyState.OK, BodyState.MISSING]
    assert exchanges[-1].body_bytes == 99


def test_a_cut_file_gives_the_whole_records_and_what_there_is_of_the_last(tmp_path: Path) -> None:
    whole = response(b"first", id_="<1>") + response(b"second " + b"x" * 1000, id_="<2>")
    exchanges, _ = read(write(tmp_path, whole[:-500]))
    assert [e.body_state for e in exchanges] == [BodyState.OK, BodyState.DAMAGED]
    assert (exchanges[1].body or b"").startswith(b"second ")


@pytest.mark.parametrize("gzipped", [False, True])
def test_garbage_between_records_costs_no_record(tmp_path: Path, gzipped: bool) -> None:
    parts = [response(b"1", id_="<1>"), b"garbage\r\nmore\r\n\r\n", response(b"2", id_="<2>")]
    data = b"".join(gzip.compress(p) for p in parts) if gzipped else b"".join(parts)
    exchanges, damages = read(write(tmp_path, data, "crawl.warc.gz" if gzipped else "crawl.warc"))
    assert [e.body for e in exchanges] == [b"1", b"2"]
    assert len(damages) == 1


def test_a_damaged_gzip_member_costs_its_own_record(tmp_path: Path) -> None:
    members = [gzip.compress(response(f"{i} {'xyz' * 900}".encode(), id_=f"<{i}>")) for i in range(5)]
    broken = bytearray(members[2])
    broken[-30] ^= 0xFF
    members[2] = bytes(broken)
    exchanges, damages = read(write(tmp_path, b"".join(members), "crawl.warc.gz"))
    assert [(e.body or b"")[:1] for e in exchanges if e.body_state is BodyState.OK] == [b"0", b"1", b"3", b"4"]
    assert damages


def test_a_record_over_the_limit_is_passed_over_and_counted(tmp_path: Path) -> None:
    data = response(b"1", id_="<1>") + response(b"x" * 100_000, id_="<2>") + response(b"3", id_="<3>")
    exchanges, [damage] = read(write(tmp_path, data), Limits(entry_bytes=10_000))
    assert [e.body for e in exchanges] == [b"1", b"3"]
    assert (damage.entry, damage.lost_exchanges) == (1, 1)


def test_reading_can_go_on_at_a_record(tmp_path: Path) -> None:
    data = request(of="<3>") + response(b"1", id_="<1>") + response(b"2", id_="<2>") + response(b"3", id_="<3>")
    exchanges, _ = read(write(tmp_path, data), start_entry=3)
    assert [(e.entry, e.body, bool(e.request.headers)) for e in exchanges] == [(3, b"3", True)]


@given(st.lists(st.tuples(st.binary(max_size=300), st.booleans()), max_size=5), st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_fast_reader_finds_the_records_that_warcio_writes_and_reads(
    bodies: list[tuple[bytes, bool]], gzipped: bool
) -> None:
    archive = BytesIO()
    writer = WARCWriter(archive, gzip=gzipped)
    for number, (body, is_resource) in enumerate(bodies):
        uri = f"https://shop.example/{number}"
        headers = (
            None
            if is_resource
            else StatusAndHeaders("200 OK", [("Content-Type", "application/grpc")], protocol="HTTP/1.1")
        )
        kind = "resource" if is_resource else "response"
        content_type = "application/grpc" if is_resource else None
        writer.write_record(
            writer.create_warc_record(
                uri, kind, payload=BytesIO(body), http_headers=headers, warc_content_type=content_type
            )
        )
    archive.seek(0)
    plain = [(r.rec_headers.get_header("WARC-Target-URI"), r.raw_stream.read()) for r in ArchiveIterator(archive)]
    if not bodies:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.warc"
        path.write_bytes(archive.getvalue())
        exchanges, damages = read(path)
    assert not damages
    looked_at = [(e.url, e.body) for e in exchanges if e.body_state is BodyState.OK]
    assert [(e.url) for e in exchanges] == [uri for uri, _ in plain]
    assert set(looked_at) <= set(plain) | {(uri, b"") for uri, _ in plain}
