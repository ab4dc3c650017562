"""Recordings of synthetic traffic in every format, from the bodies of the corpus.

In:    bodies; a folder to write to.
Out:   .jsonl, .jsonl.gz, .warc, .warc.gz, .har, and the table of sessions.
Else:  scanning them is `pipeline`.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, cast

SESSIONS = 5_000
_START = datetime(2026, 3, 1, tzinfo=UTC)
_ROUTES = (
    "/account",
    "/orders/{}",
    "/api/v2/items?page={}",
    "/help/{}",
    "/profile/{}/edit",
    "/search?q={}",
    "/team/{}",
)


def sessions_csv(path: Path) -> Path:
    """Write which session belongs to which of the first customers."""
    path.write_text("session,viewer\n" + "".join(f"s{number:06d},c_{number:08d}\n" for number in range(SESSIONS)))
    return path


def write_recording(path: Path, bodies: Iterable[bytes]) -> Path:
    """Write the bodies as one recording; the name says the format and whether it is compressed."""
    if path.name.endswith((".warc", ".warc.gz")):
        _write_warc(path, bodies)
        return path
    with path.open("wb") as file, ExitStack() as closing:
        out: IO[bytes] = file
        if path.suffix == ".gz":
            out = cast(
                IO[bytes], closing.enter_context(gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0))
            )
        if path.name.endswith((".jsonl", ".jsonl.gz")):
            for number, body in enumerate(bodies):
                out.write(json.dumps(_exchange(number, body), ensure_ascii=False).encode() + b"\n")
        else:
            _write_har(out, bodies)
    return path


def _write_har(out: IO[bytes], bodies: Iterable[bytes]) -> None:
    out.write(b'{"log":{"version":"1.2","creator":{"name":"bench","version":"1"},"pages":[],"entries":[')
    for number, body in enumerate(bodies):
        out.write((b"," if number else b"") + json.dumps(_har_entry(number, body), ensure_ascii=False).encode())
    out.write(b"]}}")


def _exchange(number: int, body: bytes) -> dict[str, object]:
    return {
        "v": 1,
        "time": _time(number),
        "channel": "http",
        "client": {"ip": "203.0.113.7", "user_agent": "Mozilla/5.0"},
        "request": {
            "method": "GET",
            "url": "https://shop.example" + _url(number),
            "headers": [["cookie", _cookie(number)]],
        },
        "response": {"status": 200, "headers": [["content-type", _media_type(body)]], "body": body.decode()},
    }


def _har_entry(number: int, body: bytes) -> dict[str, object]:
    return {
        "startedDateTime": _time(number),
        "time": 35,
        "request": {
            "method": "GET",
            "url": "https://shop.example" + _url(number),
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "Cookie", "value": _cookie(number)}],
            "queryString": [],
            "headersSize": -1,
            "bodySize": 0,
        },
        "response": {
            "status": 200,
            "statusText": "OK",
            "httpVersion": "HTTP/1.1",
            "cookies": [],
            "headers": [{"name": "Content-Type", "value": _media_type(body)}],
            "content": {"size": len(body), "mimeType": _media_type(body), "text": body.decode()},
            "redirectURL": "",
            "headersSize": -1,
            "bodySize": len(body),
        },
        "cache": {},
        "timings": {"send": 0, "wait": 30, "receive": 5},
    }


def _write_warc(path: Path, bodies: Iterable[bytes]) -> None:
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    # warcio makes every record of a compressed WARC a gzip member of its own, as archives do.
    with path.open("wb") as out:
        writer = WARCWriter(out, gzip=path.suffix == ".gz")
        for number, body in enumerate(bodies):
            url = "https://shop.example" + _url(number)
            answer = StatusAndHeaders("200 OK", [("Content-Type", _media_type(body))], protocol="HTTP/1.1")
            asked = StatusAndHeaders(
                f"GET {_url(number)} HTTP/1.1", [("Cookie", _cookie(number))], is_http_request=True
            )
            date = {"WARC-Date": _time(number)}
            response = writer.create_warc_record(
                url, "response", payload=io.BytesIO(body), http_headers=answer, warc_headers_dict=date
            )
            request = writer.create_warc_record(
                url, "request", payload=io.BytesIO(b""), http_headers=asked, warc_headers_dict=date
            )
            writer.write_request_response_pair(request, response)


def repeated(bodies: list[bytes], wanted: int) -> Iterator[bytes]:
    """Yield the bodies again and again until so many bytes came, no two the same."""
    have = turn = 0
    while have < wanted:
        for body in bodies:
            if have >= wanted:
                return
            yield body + b" " * (turn % 7) + str(turn).encode()
            have += len(body) + turn % 7 + len(str(turn))
        turn += 1


def _time(number: int) -> str:
    return (_START + timedelta(milliseconds=700 * number)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _url(number: int) -> str:
    return _ROUTES[number % len(_ROUTES)].format(number * 7919 % 100_003)


def _cookie(number: int) -> str:
    return f"theme=dark; sid=s{number * 31 % SESSIONS:06d}"


def _media_type(body: bytes) -> str:
    return "application/json" if body[:1] == b"{" else "text/html; charset=utf-8"
