"""Our own exchange schema, in JSON lines and Parquet."""

from __future__ import annotations

import base64
import gzip
import json
import zlib
from pathlib import Path
from typing import Any

import brotli
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from spillkit.capture import Limits
from spillkit.errors import CaptureError
from spillkit.model import BodyState, Channel
from tests.capture.recordings import COOKIE, PAGE, line, lines, read


def write(tmp_path: Path, data: bytes, name: str = "day.jsonl") -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def test_a_line_says_what_was_shown_when_and_to_whom(tmp_path: Path) -> None:
    row = line() | {"viewer": "c_17", "worker": "w3", "connection": "u9", "edge": "fra1", "unknown": [1]}
    [exchange], damages = read(write(tmp_path, lines(row)))
    assert not damages
    assert exchange.body == PAGE.encode()
    assert exchange.shown_at is not None
    assert exchange.shown_at.isoformat() == "2026-11-21T10:00:00+00:00"
    assert exchange.request.headers == (("cookie", COOKIE),)
    assert (exchange.request.client_ip, exchange.request.viewer_hint) == ("203.0.113.7", "c_17")
    assert (exchange.worker, exchange.connection, exchange.edge) == ("w3", "u9", "fra1")
    assert not any(secret in repr(exchange) for secret in (COOKIE, "alice", "203.0.113.7", "c_17"))


def test_the_cookies_that_an_answer_sets_are_kept_apart_from_its_headers(tmp_path: Path) -> None:
    row = line()
    row["response"]["headers"] += [["Set-Cookie", "sid=new-session; Secure"], ["Set-Cookie", "theme=dark"]]
    [exchange], _ = read(write(tmp_path, lines(row)))
    assert exchange.issued == (("sid", "new-session"), ("theme", "dark"))
    assert "set-cookie" not in dict(exchange.response_headers)
    assert "new-session" not in repr(exchange)


DURATIONS = [
    (12.5, 12.5),
    (0, 0.0),
    ("7", 7.0),
    (-1, None),
    ("soon", None),
    (True, None),
    (1e300, None),
    ([1], None),
    (None, None),
]


@pytest.mark.parametrize(("written", "expected"), DURATIONS)
def test_a_duration_is_milliseconds_and_nonsense_loses_no_answer(
    tmp_path: Path, written: object, expected: float | None
) -> None:
    [exchange], damages = read(write(tmp_path, lines(line() | {"duration_ms": written})))
    assert exchange.took_ms == expected
    assert not damages


def test_a_parquet_row_tells_its_duration_and_the_cookies_it_set(tmp_path: Path) -> None:
    row = {
        "time": "2026-11-21T10:00:00Z",
        "duration_ms": 3.25,
        "response": {"status": 200, "headers": [{"name": "Set-Cookie", "value": "sid=new"}], "body": b"x"},
    }
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "day.parquet")
    [exchange], _ = read(tmp_path / "day.parquet")
    assert (exchange.took_ms, exchange.issued) == (3.25, (("sid", "new"),))


@pytest.mark.parametrize("wrapping", ["plain", "gz", "gz in members", "zst", "bom", "crlf"])
def test_a_wrapped_file_reads_the_same(tmp_path: Path, wrapping: str) -> None:
    plain = lines(line("1"), line("2"), line("3"))
    middle = plain.index(b"\n") + 10
    data, name = {
        "plain": (plain, "a.jsonl"),
        "gz": (gzip.compress(plain), "a.jsonl.gz"),
        "gz in members": (gzip.compress(plain[:middle]) + gzip.compress(plain[middle:]) + b"\0" * 512, "a.jsonl.gz"),
        "zst": (zstandard.compress(plain[:middle]) + zstandard.compress(plain[middle:]), "a.jsonl.zst"),
        "bom": (b"\xef\xbb\xbf" + plain, "a.jsonl"),
        "crlf": (plain.replace(b"\n", b"\r\n") + b"\r\n\r\n", "a.jsonl"),
    }[wrapping]
    exchanges, damages = read(write(tmp_path, data, name))
    assert [e.body for e in exchanges] == [b"1", b"2", b"3"]
    assert not damages


RAW = PAGE.encode()
LATIN = "Zoë Müller".encode("latin-1")


def coded(data: bytes, encoding: str = "", charset: str = "utf-8", **more: Any) -> dict[str, Any]:
    headers = [
        ["Content-Type", f"text/html; charset={charset}"],
        *([["Content-Encoding", encoding]] if encoding else []),
    ]
    return line(None, body_base64=base64.b64encode(data).decode(), headers=headers, **more)


CODED: dict[str, tuple[dict[str, Any], bytes | None, BodyState]] = {
    "bytes": (coded(RAW), RAW, BodyState.OK),
    "bytes in Latin-1": (coded(LATIN, charset="ISO-8859-1"), "Zoë Müller".encode(), BodyState.OK),
    "gzip": (coded(gzip.compress(RAW), "gzip", encoded=True), RAW, BodyState.OK),
    "gzip that nobody marked": (coded(gzip.compress(RAW), "gzip"), RAW, BodyState.OK),
    "a header left over": (coded(RAW, "br", encoded=True), RAW, BodyState.OK),
    "brotli": (coded(brotli.compress(RAW), "br", encoded=True), RAW, BodyState.OK),
    "zstd": (coded(zstandard.compress(RAW), "zstd", encoded=True), RAW, BodyState.OK),
    "cut by the recorder": (line(truncated=True), RAW, BodyState.DAMAGED),
    "not recorded": (line(None, body_bytes=77), None, BodyState.MISSING),
    "empty": (line(""), b"", BodyState.OK),
}


@pytest.mark.parametrize(("row", "body", "state"), CODED.values(), ids=CODED)
def test_a_body_is_decoded(tmp_path: Path, row: dict[str, Any], body: bytes | None, state: BodyState) -> None:
    [exchange], _ = read(write(tmp_path, lines(row)))
    assert (exchange.body, exchange.body_state) == (body, state)
    assert exchange.body_bytes == (77 if body is None else len(body))


BAD_LINES = {
    "cut": b'{"v": 1, "time": "2026',
    "no JSON": b"GET / HTTP/1.1",
    "no object": b"[1, 2]",
    "an object of something else": b'{"v": 1, "name": "Alice Doe"}',
    "NUL bytes": b"\0" * 100,
}


@pytest.mark.parametrize("bad", BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_costs_itself_only_and_is_named_by_number(tmp_path: Path, bad: bytes) -> None:
    path = write(tmp_path, lines(line("1"), line("2")) + bad + b"\n" + lines(line("4")))
    exchanges, [damage] = read(path)
    assert [e.entry for e in exchanges] == [0, 1, 3]
    assert (damage.entry, damage.lost_exchanges) == (2, 1)
    assert "line 3" in damage.reason
    assert "Alice" not in damage.reason


def test_duplicate_keys_lone_surrogates_and_bad_bytes_do_no_harm(tmp_path: Path) -> None:
    data = (
        b'{"v": 1, "v": 1, "request": {"method": "GET"}, "response": {"body": "a", "body": "b"}}\n'
        b'{"v": 1, "request": {"method": "GET"}, "response": {"body": "x\\ud83dy"}}\n'
        b'{"v": 1, "request": {"method": "GET"}, "response": {"status": "200", "body": "x\xffy"}}\n'
    )
    exchanges, damages = read(write(tmp_path, data))
    assert not damages
    assert [(e.body or b"").decode() for e in exchanges] == ["b", "x?y", "x\N{REPLACEMENT CHARACTER}y"]


def test_another_version_is_refused_with_advice(tmp_path: Path) -> None:
    path = write(tmp_path, lines(line() | {"v": 2}))
    with pytest.raises(CaptureError, match=r"^day.jsonl, line 1: .*exchange-schema.md"):
        read(path)


def test_a_damaged_gzip_member_costs_its_lines_only(tmp_path: Path) -> None:
    members = [gzip.compress(lines(*[line(f"{m}{i} " + "x" * 500) for i in range(50)])) for m in "abc"]
    broken = bytearray(members[1])
    broken[len(broken) // 2] ^= 0xFF
    exchanges, damages = read(write(tmp_path, members[0] + bytes(broken) + members[2], "day.jsonl.gz"))
    bodies = [(e.body or b"")[:3].strip() for e in exchanges]
    assert [b for b in bodies if b[:1] in b"ac"] == [f"{m}{i}".encode() for m in "ac" for i in range(50)]
    assert any(d.reason == "the compressed data is damaged" and d.offset for d in damages)


def test_a_gzip_file_cut_in_the_middle_gives_all_lines_before_the_cut(tmp_path: Path) -> None:
    whole = gzip.compress(lines(*[line(f"{i} " + "x" * 500) for i in range(200)]))
    exchanges, damages = read(write(tmp_path, whole[: len(whole) // 2], "day.jsonl.gz"))
    assert 50 < len(exchanges) < 200
    assert "the compressed data ends too early" in [d.reason for d in damages]


def test_a_single_body_of_200_mb_is_looked_at_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "huge.jsonl"
    with path.open("wb") as file:
        file.write(
            lines(line("before"))
            + b'{"v": 1, "request": {"method": "GET"}, "response": {"status": 200, "body": "alice@example.org '
        )
        for _ in range(200):
            file.write(b'\\u00e9\\n\\"' * 100_000)
        file.write(b'"}}\n' + lines(line("after")))
    exchanges, damages = read(path)
    assert not damages
    assert [e.body_state for e in exchanges] == [BodyState.OK, BodyState.TOO_LARGE, BodyState.OK]
    huge = exchanges[1].body or b""
    assert len(huge) == Limits().body_bytes
    assert huge.startswith('alice@example.org é\n"é\n"é'.encode())


def test_a_line_over_the_limit_is_passed_over(tmp_path: Path) -> None:
    path = write(tmp_path, lines(line("1"), line("x" * 5000), line("3")))
    exchanges, [damage] = read(path, Limits(entry_bytes=2000))
    assert [e.body for e in exchanges] == [b"1", b"3"]
    assert damage.entry == 1


def test_a_zip_bomb_is_stopped(tmp_path: Path) -> None:
    squeezer = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(squeezer.compress(b" " * (1 << 20)) for _ in range(200)) + squeezer.flush()
    [exchange], _ = read(write(tmp_path, lines(coded(bomb, "gzip", encoded=True))), Limits(body_bytes=1 << 20))
    assert exchange.body_state is BodyState.TOO_LARGE
    assert len(exchange.body or b"") == 1 << 20
    _, damages = read(write(tmp_path, gzip.compress(lines(line())) + bomb, "bomb.jsonl.gz"), Limits(ratio=500))
    assert "zip bomb" in damages[-1].reason


def test_reading_can_go_on_at_a_line(tmp_path: Path) -> None:
    exchanges, _ = read(write(tmp_path, lines(*[line(str(i)) for i in range(9)])), start_entry=7)
    assert [(e.entry, e.body) for e in exchanges] == [(7, b"7"), (8, b"8")]


def test_websocket_and_mail_lines_keep_their_channel(tmp_path: Path) -> None:
    exchanges, _ = read(write(tmp_path, lines(*[line() | {"channel": c.value} for c in Channel])))
    assert [e.channel for e in exchanges] == list(Channel)


@pytest.mark.parametrize("binary", [True, False])
def test_parquet_reads_like_json_lines(tmp_path: Path, binary: bool) -> None:
    rows = [line(str(i)) | {"viewer": f"c_{i}"} for i in range(200)] + [line(None, body_bytes=5)]
    expected, _ = read(write(tmp_path, lines(*rows)))
    nested = json.loads(json.dumps(rows))
    for row in nested:
        for side in ("request", "response"):
            row[side]["headers"] = [{"name": k, "value": v} for k, v in row[side]["headers"]]
        if binary and "body" in row["response"]:
            row["response"]["body"] = row["response"]["body"].encode()
    path = tmp_path / "day.parquet"
    pq.write_table(pa.Table.from_pylist(nested), path, row_group_size=70)
    exchanges, damages = read(path, start_entry=3)
    assert not damages
    for found, wanted in zip(exchanges, expected[3:], strict=True):
        assert (found.body, found.body_state, found.body_bytes) == (wanted.body, wanted.body_state, wanted.body_bytes)
        assert (found.entry, found.shown_at, found.request) == (wanted.entry, wanted.shown_at, wanted.request)


def test_a_cut_parquet_file_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, b"PAR1" + b"x" * 100, "day.parquet")
    with pytest.raises(CaptureError, match=r"day.parquet: the Parquet footer"):
        read(path)
