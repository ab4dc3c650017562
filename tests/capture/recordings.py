"""Write small recordings of Alice's and Bob's traffic in every format, for the tests of the readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from spillkit.capture import Limits, read_exchanges
from spillkit.model import Damage, Exchange

PAGE = "<p>Alice Doe, alice@example.org</p>"
COOKIE = "sessionid=s3cret-of-bob"
TIME = "2026-11-21T10:00:00+00:00"


def read(path: Path, limits: Limits | None = None, **options: Any) -> tuple[list[Exchange], list[Damage]]:
    """Read a whole recording; exchanges and damages apart."""
    rows = list(read_exchanges(path, limits or Limits(), **options))
    exchanges = [row for row in rows if isinstance(row, Exchange)]
    damages = [row for row in rows if isinstance(row, Damage)]
    assert len(exchanges) + len(damages) == len(rows)
    return exchanges, damages


def har_entry(body: str | None = PAGE, **content: Any) -> dict[str, Any]:
    """An entry as Chrome writes it."""
    inside: dict[str, Any] = {"size": len(body or ""), "mimeType": "text/html; charset=utf-8", **content}
    if body is not None:
        inside["text"] = body
    return {
        "startedDateTime": TIME,
        "time": 250.0,
        "request": {
            "method": "GET",
            "url": "https://shop.example/account?tab=1",
            "headers": [{"name": "Cookie", "value": COOKIE}, {"name": "User-Agent", "value": "Mozilla/5.0"}],
        },
        "response": {
            "status": 200,
            "headers": [{"name": "Content-Type", "value": "text/html; charset=utf-8"}],
            "content": inside,
        },
        "connection": "443",
    }


def har(*entries: dict[str, Any]) -> bytes:
    """A whole HAR."""
    log = {
        "version": "1.2",
        "creator": {"name": "test", "version": "1"},
        "pages": [{"id": "p"}],
        "entries": list(entries),
    }
    return json.dumps({"log": log}, ensure_ascii=False, indent=1).encode()


def line(body: str | None = PAGE, **response: Any) -> dict[str, Any]:
    """A line of the exchange schema."""
    answer: dict[str, Any] = {"status": 200, "headers": [["Content-Type", "text/html; charset=utf-8"]], **response}
    if body is not None:
        answer["body"] = body
    return {
        "v": 1,
        "time": TIME,
        "client": {"ip": "203.0.113.7", "user_agent": "Mozilla/5.0"},
        "request": {"method": "GET", "url": "/account", "headers": [["Cookie", COOKIE]]},
        "response": answer,
    }


def lines(*rows: dict[str, Any]) -> bytes:
    """A whole JSON-lines file."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n" for row in rows)


def warc_record(kind: str, block: bytes, **headers: str) -> bytes:
    """A WARC record; header names are given with _ for -."""
    named = {"WARC-Type": kind, "WARC-Date": "2026-11-21T10:00:00Z", "Content-Length": str(len(block))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in named.items())
    return b"WARC/1.1\r\n" + head.encode() + b"\r\n" + block + b"\r\n\r\n"


def http_response(body: bytes, *headers: str) -> bytes:
    """An HTTP response as it went over the wire."""
    return ("HTTP/1.1 200 OK\r\n" + "".join(h + "\r\n" for h in headers) + "\r\n").encode() + body


HTTP_REQUEST = (
    f"GET /account HTTP/1.1\r\nHost: shop.example\r\nCookie: {COOKIE}\r\nUser-Agent: Mozilla/5.0\r\n\r\n".encode()
)
