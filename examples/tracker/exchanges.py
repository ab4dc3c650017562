"""One exchange as it was recorded, and the two file formats the scripted users' exchanges are written in.

In:    exchanges from the listener in front of the cache.
Out:   JSON lines in Spillkit's exchange schema, and WARC with the bytes as they came over the wire.
Else:  the browsers write HAR themselves (`browsers`); who is shown whom is `truth`.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tracker_home import HOST

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer that was sent to somebody."""

    viewer: str  # customer id, staff id or "anonymous": known by the script, not by the cookie
    client_ip: str
    asked_at: datetime  # UTC, when the first byte of the request was there
    sent_at: datetime  # UTC, when the answer left
    method: str
    target: str  # path and query
    request_headers: Headers
    request_body: bytes
    status: int
    reason: str
    response_headers: Headers
    wire_body: bytes  # as sent: possibly chunked, possibly compressed

    @property
    def rendering(self) -> str | None:
        """The number of the rendering that this answer comes from; a cached answer keeps the first one's."""
        return _header(self.response_headers, "x-request-id")

    @property
    def encoded_body(self) -> bytes:
        """The body without its transfer encoding."""
        if (_header(self.response_headers, "transfer-encoding") or "").lower() == "chunked":
            return _without_chunks(self.wire_body)
        return self.wire_body

    @property
    def body(self) -> bytes:
        """The body without transfer and content encoding."""
        coding = (_header(self.response_headers, "content-encoding") or "identity").lower()
        if coding not in ("gzip", "identity"):
            raise ValueError(f"the recorder does not know content-encoding {coding}")
        return gzip.decompress(self.encoded_body) if coding == "gzip" else self.encoded_body


def write_jsonl(exchanges: list[Exchange], path: Path) -> None:
    """Write exchanges as one JSON object each, gzip'd.

    Every seventh body is kept as bytes with its content-encoding on, as simple log shippers do; the others are decoded text.
    """
    with gzip.GzipFile(path, "wb", mtime=0) as packed, io.TextIOWrapper(packed, "utf-8") as file:
        for number, exchange in enumerate(exchanges):
            print(json.dumps(_as_schema(exchange, as_bytes=number % 7 == 6), ensure_ascii=False), file=file)


def write_warc(exchanges: list[Exchange], path: Path) -> None:
    """Write exchanges as pairs of a response and a request record.

    Records are counted from the warcinfo, 0: the first response is entry 1, the next 3.
    """
    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        writer.write_record(
            writer.create_warcinfo_record(
                path.name, {"software": "examples/tracker/record.py", "format": "WARC File Format 1.1"}
            )
        )
        for exchange in exchanges:
            url = f"http://{HOST}{exchange.target}"
            date = {"WARC-Date": exchange.sent_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
            response = writer.create_warc_record(
                url,
                "response",
                payload=io.BytesIO(exchange.wire_body),
                warc_headers_dict=dict(date),
                http_headers=StatusAndHeaders(
                    f"{exchange.status} {exchange.reason}", list(exchange.response_headers), "HTTP/1.1"
                ),
            )
            request = writer.create_warc_record(
                url,
                "request",
                payload=io.BytesIO(exchange.request_body),
                warc_headers_dict=dict(date),
                http_headers=StatusAndHeaders(
                    f"{exchange.method} {exchange.target} HTTP/1.1",
                    list(exchange.request_headers),
                    is_http_request=True,
                ),
            )
            writer.write_request_response_pair(request, response)


def _as_schema(exchange: Exchange, *, as_bytes: bool) -> dict:
    response: dict = {"status": exchange.status}
    headers = [list(pair) for pair in exchange.response_headers]
    if as_bytes and exchange.encoded_body:
        response["headers"] = headers
        response["body_base64"] = base64.b64encode(exchange.encoded_body).decode("ascii")
        response["encoded"] = True
    else:
        response["headers"] = headers
        response["body"] = exchange.body.decode("utf-8")
    response["truncated"] = False
    return {
        "v": 1,
        "time": exchange.sent_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "channel": "http",
        "client": {"ip": exchange.client_ip, "user_agent": _header(exchange.request_headers, "user-agent")},
        "request": {
            "method": exchange.method,
            "url": f"http://{HOST}{exchange.target}",
            "headers": [list(pair) for pair in exchange.request_headers],
        },
        "response": response,
        "viewer": None,
        "worker": None,
        "connection": None,
        "edge": "nginx-1",
    }


def _header(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name), None)


def _without_chunks(wire: bytes) -> bytes:
    body, at = [], 0
    while True:
        end = wire.index(b"\r\n", at)
        size = int(wire[at:end].split(b";")[0], 16)
        if size == 0:
            return b"".join(body)
        body.append(wire[end + 2 : end + 2 + size])
        at = end + 2 + size + 2
