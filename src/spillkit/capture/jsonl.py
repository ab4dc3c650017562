"""Read our own exchange schema from JSON lines.

In:    .jsonl, .jsonl.gz, .jsonl.zst as docs/reference/exchange-schema.md says.
Out:   an exchange for each line, and a damage for each line that is none.
Else:  the same schema in Parquet is `parquet`; the entry is the 0-based line number, blank lines counted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import tzinfo
from pathlib import Path
from typing import Any

import msgspec

from spillkit.capture.body import Body, body_of_bytes, body_of_text, decode_base64, missing_body
from spillkit.capture.http_message import issued_cookies, method_of, without_secrets
from spillkit.capture.limits import Limits
from spillkit.capture.lines import read_lines
from spillkit.capture.media import media_type_of
from spillkit.capture.stored import Stored
from spillkit.capture.times import duration_ms_of, parse_time
from spillkit.errors import CaptureError
from spillkit.model import Channel, Damage, Exchange, Headers, Request, SourceId

VERSION = 1
_LONG_LINE = 8 << 20  # from here on the body is cut before it is decoded, so that one body is never held three times


class _Client(msgspec.Struct, gc=False):
    ip: str | None = None
    user_agent: str | None = None


class _Request(msgspec.Struct, gc=False):
    method: str | None = None
    url: str | None = None
    headers: list[tuple[str, str]] | None = None


class _Response(msgspec.Struct, gc=False):
    status: int | None = None
    headers: list[tuple[str, str]] | None = None
    body: str | None = None
    body_base64: str | None = None
    encoded: bool | None = None
    truncated: bool | None = None
    body_bytes: int | None = None


class _Line(msgspec.Struct, gc=False):
    v: Any = VERSION
    time: str | None = None
    channel: str | None = None
    client: _Client | None = None
    request: _Request | None = None
    response: _Response | None = None
    viewer: str | None = None
    worker: str | None = None
    connection: str | None = None
    edge: str | None = None
    duration_ms: Any = None


class _LongResponse(msgspec.Struct):
    body: msgspec.Raw = msgspec.Raw(b"null")


class _LongLine(msgspec.Struct):
    response: _LongResponse | None = None


_LINE = msgspec.json.Decoder(_Line)
_LONG = msgspec.json.Decoder(_LongLine)
_TEXT = msgspec.json.Decoder(str)
_CHANNELS = {channel.value: channel for channel in Channel}
_NO_CLIENT, _NO_REQUEST, _NO_RESPONSE = _Client(), _Request(), _Response()


def read_jsonl(
    path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0, assume_zone: tzinfo | None = None
) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of a file of JSON lines.

    start_entry  0-based line number; earlier lines are passed over without being parsed
    Raises       CaptureError for a file of another version of the schema
    Cost         memory of one line
    """
    with Stored(path, limits) as stored:
        for number, line in read_lines(stored, limits.entry_bytes):
            for offset, reason in stored.take_problems():
                yield Damage(source, None, offset, reason, None)
            if number < start_entry:
                continue
            if line is None:
                yield Damage(source, number, stored.offset, f"line {number + 1} is longer than the limit", 1)
                continue
            if number == 0 and line[:3] == b"\xef\xbb\xbf":
                line = line[3:]
            if not line or line.isspace():
                continue
            try:
                exchange = _exchange_of(line, source, number, limits, assume_zone)
            except _WrongVersionError:
                raise CaptureError(
                    f"{path.name}, line {number + 1}: the exchange schema has another version than {VERSION}. "
                    "Write it as docs/reference/exchange-schema.md says, or use the Spillkit that made the file."
                ) from None
            if exchange is None:
                yield Damage(
                    source, number, stored.offset, f"line {number + 1} is no exchange (see the exchange schema)", 1
                )
            else:
                yield exchange
        for offset, reason in stored.take_problems():
            yield Damage(source, None, offset, reason, None)


class _WrongVersionError(Exception):
    """The line says that it follows another version of the schema."""


def _exchange_of(line: bytes, source: SourceId, number: int, limits: Limits, zone: tzinfo | None) -> Exchange | None:
    long_body: bytes | None = None
    if len(line) > _LONG_LINE:
        line, long_body = _without_long_body(line, limits)
    row = _row_of(line)
    if row is None or (row.request is None and row.response is None):
        return None
    if row.v != VERSION:
        raise _WrongVersionError
    known = None
    if long_body is not None:
        is_cut = bool(row.response and row.response.truncated)
        known = body_of_bytes(long_body, _media_type(row), "", limits, is_cut=is_cut)
    return exchange_of_row(row, source, number, limits, zone, known)


def row_of_object(plain: object) -> _Line:
    """Return the row of an object that was decoded already. Raises msgspec.ValidationError if it does not fit."""
    return msgspec.convert(plain, _Line, strict=False)


def _media_type(row: _Line) -> str:
    for name, value in (row.response.headers or ()) if row.response else ():
        if name.lower() == "content-type":
            return media_type_of(value)
    return ""


def _row_of(line: bytes) -> _Line | None:
    try:
        return _LINE.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    # The slow way: bytes that are no UTF-8, lone surrogates, NaN, numbers where texts belong.
    try:
        return row_of_object(json.loads(line.decode("utf-8", "replace")))
    except (ValueError, RecursionError, msgspec.ValidationError):
        return None


def exchange_of_row(
    row: _Line,
    source: SourceId,
    number: int,
    limits: Limits,
    zone: tzinfo | None = None,
    known_body: Body | None = None,
) -> Exchange:
    """Return the exchange of one decoded row of the schema.

    known_body  the body, where it was taken out of the row beforehand
    """
    request = row.request or _NO_REQUEST
    response = row.response or _NO_RESPONSE
    client = row.client or _NO_CLIENT
    answered = _lowered(response.headers)
    headers = without_secrets(answered)
    content_type = content_encoding = ""
    for name, value in headers:
        if name == "content-type":
            content_type = value
        elif name == "content-encoding":
            content_encoding = value
    is_cut = bool(response.truncated)
    if known_body is not None:
        body = known_body
    elif response.body is not None:
        body = body_of_text(response.body, content_type, limits, is_cut=is_cut)
    elif response.body_base64 is not None:
        raw, is_bad = decode_base64(response.body_base64)
        encoding = content_encoding if response.encoded is not False else ""
        body = body_of_bytes(raw, content_type, encoding, limits, is_cut=is_cut or is_bad)
    else:
        body = missing_body(response.body_bytes or 0)
    asked = _lowered(request.headers)
    user_agent = client.user_agent or ""
    if not user_agent:
        for name, value in asked:
            if name == "user-agent":
                user_agent = value
    return Exchange(
        source,
        number,
        parse_time(row.time, zone) if row.time else None,
        method_of(request.method or ""),
        request.url or "",
        response.status if response.status and 0 <= response.status <= 999 else 0,
        _CHANNELS.get(row.channel or "http", Channel.HTTP),
        media_type_of(content_type),
        headers,
        body.data,
        body.state,
        body.size,
        Request(asked, client.ip or "", user_agent, "", row.viewer or ""),
        row.worker or "",
        row.connection or "",
        row.edge or "",
        issued_cookies(answered) if headers is not answered else (),
        duration_ms_of(row.duration_ms),
    )


def _lowered(pairs: list[tuple[str, str]] | None) -> Headers:
    return tuple([(name.lower(), value) for name, value in pairs]) if pairs else ()


_BODY_KEY = re.compile(rb'"body"\s*:\s*"')


def _without_long_body(line: bytes, limits: Limits) -> tuple[bytes, bytes | None]:
    """Return the line with an empty body, and the body's text; the line as it is where the body is not what is long."""
    try:
        found = _LONG.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return line, None
    if found.response is None:
        return line, None
    view = memoryview(found.response.body)
    if len(view) < _LONG_LINE or view[0] != ord('"'):
        return line, None
    # The raw value is a slice of the line; it is found again by the key before it.
    for key in _BODY_KEY.finditer(line):
        at = key.end() - 1
        if line[at : at + len(view)] == view:
            return line[:at] + b'""' + line[at + len(view) :], _unescaped(bytes(view), limits.body_bytes)
    return line, None


def _unescaped(raw: bytes, most_bytes: int, piece_bytes: int = 1 << 20) -> bytes:
    """Decode a JSON string literal piece by piece, so that wide characters never blow up the whole of it.

    most_bytes  decoding stops a little above this; the caller cuts and says so
    """
    pieces: list[bytes] = []
    size = 0
    at, end = 1, len(raw) - 1
    while at < end and size <= most_bytes:
        stop = min(at + piece_bytes, end)
        if stop < end:
            stop = _safe_cut(raw, at, stop)
        try:
            text = _TEXT.decode(b'"' + raw[at:stop] + b'"')
            pieces.append(text.encode())
        except (msgspec.DecodeError, UnicodeError):
            pieces.append(raw[at:stop].decode("utf-8", "replace").encode())
        size += len(pieces[-1])
        at = stop
    return b"".join(pieces)


def _safe_cut(raw: bytes, start: int, stop: int) -> int:
    """Step back to a place that is inside no escape, surrogate pair or UTF-8 character."""
    cut = raw.rfind(b"\\", max(start, stop - 24), stop)
    while cut > start and raw[cut - 1 : cut] == b"\\":
        cut -= 1  # the first of several backslashes; escapes before it are whole
    if cut > start:
        before = raw.rfind(b"\\u", max(start, cut - 6), cut)
        return before if before == cut - 6 and before > start else cut
    while stop > start + 1 and raw[stop] & 0xC0 == 0x80:
        stop -= 1
    return stop
