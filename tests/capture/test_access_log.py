"""Access logs give coverage its denominator: each line is an answer without a body."""

from __future__ import annotations

import gzip
import json
import time
from pathlib import Path
from typing import Any

import pytest

from spillkit.capture import Format, sniff
from spillkit.errors import CaptureError
from spillkit.model import BodyState
from tests.capture.recordings import read

COMBINED = (
    '203.0.113.7 - c_17 [21/Nov/2026:11:00:00 +0100] "GET /account?tab=1 HTTP/1.1" 200 512 '
    '"https://x.example/" "Mozilla/5.0 \\"x\\""'
)
NGINX = {
    "time_iso8601": "2026-11-21T11:00:00+01:00",
    "remote_addr": "203.0.113.7",
    "remote_user": "c_17",
    "request": "GET /account?tab=1 HTTP/1.1",
    "status": "200",
    "body_bytes_sent": "512",
    "http_user_agent": "Mozilla/5.0",
}
CADDY_REQUEST = {
    "remote_ip": "203.0.113.7",
    "method": "GET",
    "uri": "/account?tab=1",
    "headers": {"User-Agent": ["Mozilla/5.0"]},
}
CADDY = {"ts": 1795255200.0, "level": "info", "request": CADDY_REQUEST, "user_id": "c_17", "status": 200, "size": 512}
TRAEFIK = {
    "StartUTC": "2026-11-21T10:00:00Z",
    "ClientHost": "203.0.113.7",
    "RequestMethod": "GET",
    "RequestPath": "/account?tab=1",
    "DownstreamStatus": 200,
    "DownstreamContentSize": 512,
    "ClientUsername": "c_17",
    "request_User-Agent": "Mozilla/5.0",
}
PLAIN = {
    "timestamp": 1795255200000,
    "ip": "203.0.113.7",
    "method": "GET",
    "path": "/account?tab=1",
    "status": 200,
    "bytes": 512,
    "user": "c_17",
    "user_agent": "Mozilla/5.0",
}
FORMS: dict[str, str] = {
    "combined": COMBINED,
    "combined with virtual host": "shop.example:443 " + COMBINED,
    "nginx": json.dumps(NGINX),
    "caddy": json.dumps(CADDY),
    "traefik": json.dumps(TRAEFIK),
    "plain": json.dumps(PLAIN),
}


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "access.log"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("line", FORMS.values(), ids=FORMS)
def test_a_line_is_an_answer_without_its_body(tmp_path: Path, line: str) -> None:
    path = write(tmp_path, line + "\n" + line + "\n")
    assert sniff(path) is Format.ACCESS_LOG
    exchanges, damages = read(path)
    assert not damages
    assert [e.entry for e in exchanges] == [0, 1]
    exchange = exchanges[0]
    assert exchange.shown_at is not None
    assert exchange.shown_at.isoformat() == "2026-11-21T10:00:00+00:00"
    assert (exchange.method, exchange.url, exchange.status) == ("GET", "/account?tab=1", 200)
    assert (exchange.body, exchange.body_state, exchange.body_bytes) == (None, BodyState.MISSING, 512)
    assert (exchange.request.client_ip, exchange.request.viewer_hint) == ("203.0.113.7", "c_17")
    assert exchange.request.user_agent.startswith("Mozilla/5.0")


ODD: dict[str, tuple[str, tuple[str, str, int]]] = {
    "common": ('h - - [21/Nov/2026:11:00:00 +0100] "HEAD / HTTP/1.0" 304 -', ("HEAD", "/", 304)),
    "a space in the URL": ('h - - [21/Nov/2026:11:00:00 +0100] "GET /a b HTTP/1.1" 200 5', ("GET", "/a b", 200)),
    "an attack": ('h - - [21/Nov/2026:11:00:00 +0100] "\\x16\\x03\\x01" 400 150 "-" "-"', ("", "", 400)),
    "no request": ('h - - [21/Nov/2026:11:00:00 +0100] "-" 408 0 "-" "-"', ("", "", 408)),
    "a user with spaces": ('h - Alice Doe [21/Nov/2026:11:00:00 +0100] "GET / HTTP/1.1" 200 5', ("GET", "/", 200)),
}


@pytest.mark.parametrize(("line", "expected"), ODD.values(), ids=ODD)
def test_odd_lines_are_read(tmp_path: Path, line: str, expected: tuple[str, str, int]) -> None:
    [exchange], damages = read(write(tmp_path, line))
    assert not damages
    assert (exchange.method, exchange.url, exchange.status) == expected


TOOK: dict[str, tuple[str, float | None]] = {
    "nginx, bare behind the line": (COMBINED + " 0.125", 125.0),
    "nginx, named": (COMBINED + ' "-" rt=1.500 uct="0.000" urt="1.499"', 1500.0),
    "nginx, in JSON": (json.dumps(NGINX | {"request_time": "0.125"}), 125.0),
    "caddy, in seconds": (json.dumps(CADDY | {"duration": 0.125}), 125.0),
    "traefik, in nanoseconds": (json.dumps(TRAEFIK | {"Duration": 125_000_000}), 125.0),
    "in milliseconds": (json.dumps(PLAIN | {"duration_ms": 125}), 125.0),
    "nonsense": (json.dumps(PLAIN | {"duration_ms": "soon"}), None),
    "not told": (COMBINED, None),
    "a version is no time": (COMBINED + ' "TLSv1.3" "a/10.123"', None),
}


@pytest.mark.parametrize(("line", "expected"), TOOK.values(), ids=TOOK)
def test_how_long_an_answer_took_is_read_where_the_log_tells(tmp_path: Path, line: str, expected: float | None) -> None:
    [exchange], damages = read(write(tmp_path, line + "\n"))
    assert exchange.took_ms == expected
    assert not damages


def test_lines_that_are_none_are_named_by_number_and_not_quoted(tmp_path: Path) -> None:
    text = f"{COMBINED}\nalice@example.org was here\n\n# a comment\n{'x' * 100_000}\n{COMBINED}\n"
    exchanges, damages = read(write(tmp_path, text))
    assert [e.entry for e in exchanges] == [0, 5]
    assert [(d.entry, d.lost_exchanges) for d in damages] == [(1, 1), (4, 1)]
    assert not any("alice" in d.reason for d in damages)


def test_a_gzipped_log_reads_the_same(tmp_path: Path) -> None:
    path = tmp_path / "access.log.1.gz"
    path.write_bytes(gzip.compress((COMBINED + "\n").encode() * 3))
    assert len(read(path)[0]) == 3


@pytest.mark.parametrize("line", ["a [" + '"' * 60_000, "a " * 30_000, "- - - [" + "0" * 30_000, '\\"' * 30_000])
def test_hostile_lines_take_linear_time(tmp_path: Path, line: str) -> None:
    began = time.process_time()
    read(write(tmp_path, COMBINED + "\n" + line + "\n"))
    assert time.process_time() - began < 2


STRANGERS: dict[str, Any] = {
    "a table": b"id,name\n1,Alice Doe\n",
    "nothing": b"",
    "a program": b"\x7fELF\x02\x01\x01",
    "some other JSON": b'{"name": "Alice Doe"}\n',
    "a packet capture": b"\xd4\xc3\xb2\xa1\x02\x00",
    "prose": b"Alice was beginning to get very tired.\n" * 50,
}


@pytest.mark.parametrize("data", STRANGERS.values(), ids=STRANGERS)
def test_what_is_no_recording_is_refused_with_its_name_and_the_formats(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "customers.bin"
    path.write_bytes(data)
    with pytest.raises(CaptureError, match=r"^customers.bin: .*Spillkit reads HAR, WARC") as refusal:
        read(path)
    assert "Alice" not in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CaptureError, match=r"none.har: cannot be opened \(No such file or directory\)"):
        read(tmp_path / "none.har")
