"""Take an HTTP message apart: first line, headers, body without its transfer-encoding.

In:    the bytes of a request or response as they went over the wire (in WARC and ARC records).
Out:   HttpMessage.
Else:  content-encoding is `content_encoding`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from spillkit.model import Headers

_MOST_HEADERS = 2000
_METHOD = re.compile(r"[A-Za-z][A-Za-z_-]{0,23}")


@dataclass(frozen=True, slots=True)
class HttpMessage:
    """An HTTP request or response."""

    first_line: str
    headers: Headers
    body: bytes
    is_damaged: bool  # its chunks end too early or make no sense


def header(headers: Headers, name: str) -> str:
    """Return the first value of a header (name in lower case), "" if it is not there."""
    for key, value in headers:
        if key == name:
            return value
    return ""


_SECRET_ANSWERS = frozenset({"set-cookie", "set-cookie2", "proxy-authorization", "authorization"})


def without_secrets(headers: Headers) -> Headers:
    """Return response headers (names in lower case) without those that hand out a session: nothing after reading needs them."""
    for name, _ in headers:
        if name in _SECRET_ANSWERS:
            return tuple([pair for pair in headers if pair[0] not in _SECRET_ANSWERS])
    return headers


_GONE = ("deleted", "expired", "null")  # what frameworks write where a cookie's value was, besides nothing at all
_MOST_COOKIES = 50  # as many as browsers keep of one site at least (RFC 6265, 6.1)


def issued_cookies(headers: Headers) -> Headers:
    """Return the cookies that an answer sets, as (name, value); those that it takes back are left out.

    headers  names in lower case, before `without_secrets`
    Source   RFC 6265, 5.2 (Set-Cookie; Max-Age of zero or less, and a past Expires, take a cookie back)
    """
    found: list[tuple[str, str]] = []
    for header_name, text in headers:
        if header_name != "set-cookie" or len(found) >= _MOST_COOKIES:
            continue
        pair, _, attributes = text.partition(";")
        name, equals, value = pair.partition("=")
        name, value = name.strip(), value.strip()
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = value[1:-1]
        if name and equals and value and value.lower() not in _GONE and not _TAKES_BACK.search(attributes):
            found.append((name, value))
    return tuple(found)


_TAKES_BACK = re.compile(
    r"(?:^|;)\s*(?:max-age\s*=\s*(?:-\d+|0+)\s*(?:;|$)|expires\s*=[^;]{0,20}[ -](?:1970|1969|0001|1601|1980)\b)",
    re.IGNORECASE,
)


@lru_cache(256)
def method_of(text: str) -> str:
    """Return an HTTP method in capitals, "" for what is none: methods are stored, and a damaged one may hold anything."""
    return text.upper() if _METHOD.fullmatch(text) else ""


def parse_http(data: bytes) -> HttpMessage:
    """Take a message apart; whatever the bytes are, there is an answer.

    Source  RFC 9112, 2.1 and 7.1; bare line feeds are accepted (2.2)
    """
    head_end = data.find(b"\r\n\r\n")
    body_at = head_end + 4
    bare = data.find(b"\n\n", 0, head_end if head_end >= 0 else len(data))
    if bare >= 0 and (head_end < 0 or bare < head_end):
        head_end, body_at = bare, bare + 2
    if head_end < 0:
        # No blank line. Headers without a body, or a body without headers.
        if not data.startswith((b"HTTP/", b"GET ", b"POST ", b"HEAD ", b"PUT ", b"ICY ")):
            return HttpMessage("", (), data, is_damaged=True)
        head_end = body_at = len(data)
    lines = data[:head_end].decode("utf-8", "replace").split("\n")
    headers = parse_header_lines(lines[1:])
    body = data[body_at:]
    damaged = False
    if "chunked" in header(headers, "transfer-encoding").lower():
        body, damaged = undo_chunks(body)
    return HttpMessage(lines[0].rstrip("\r"), headers, body, damaged)


def parse_header_lines(lines: list[str]) -> Headers:
    """Return (name in lower case, value) of each line; a folded line joins the one before (RFC 9112, 5.2)."""
    pairs: list[tuple[str, str]] = []
    for line in lines[:_MOST_HEADERS]:
        if line[:1] in (" ", "\t") and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]} {line.strip()}")
            continue
        name, colon, value = line.partition(":")
        if colon:
            pairs.append((name.strip().lower(), value.strip()))
    return tuple(pairs)


def undo_chunks(data: bytes) -> tuple[bytes, bool]:
    """Join the chunks of a chunked body; return it and whether it was damaged.

    A body whose first line is no chunk size was joined by its recorder already and stays as it is, undamaged.

    >>> undo_chunks(b"5\\r\\nAlice\\r\\n0\\r\\n\\r\\n")
    (b'Alice', False)
    >>> undo_chunks(b"<html>")
    (b'<html>', False)
    """
    pieces: list[bytes] = []
    at = 0
    while at < len(data):
        line_end = data.find(b"\n", at, at + 1024)
        size = _chunk_size(data[at:line_end]) if line_end >= 0 else -1
        if size < 0:
            if not pieces:
                return data, False
            # The rest is kept: it may hold text, whatever the sizes say.
            pieces.append(data[at:])
            return b"".join(pieces), True
        if size == 0:
            return b"".join(pieces), False
        at = line_end + 1
        pieces.append(data[at : at + size])
        if at + size > len(data):
            return b"".join(pieces), True
        at += size
        if data[at : at + 2] == b"\r\n":
            at += 2
        elif data[at : at + 1] == b"\n":
            at += 1
    return b"".join(pieces), bool(pieces)


def _chunk_size(line: bytes) -> int:
    digits = line.split(b";", 1)[0].strip()
    if not digits or len(digits) > 16 or digits.strip(b"0123456789abcdefABCDEF"):
        return -1
    return int(digits, 16)
