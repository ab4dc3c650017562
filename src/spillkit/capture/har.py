"""Read HTTP archives as browsers, proxies and test tools write them.

In:    HAR 1.2 (.har, .har.gz), and a HAR zipped with its bodies as files (.har.zip, Playwright).
Out:   an exchange for each entry and each WebSocket message that was received, and damages.
Else:  the JSON walk is `json_stream`; bodies are decoded in `body`.

Source: HTTP Archive (HAR) format 1.2, J. Odvarko, A. Jain, A. Davies, 2012; _webSocketMessages as Chrome writes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from spillkit.capture.body import Body, body_of_bytes, body_of_text, decode_base64, missing_body
from spillkit.capture.http_message import header, issued_cookies, method_of, without_secrets
from spillkit.capture.json_stream import JsonDamage, JsonStream
from spillkit.capture.limits import Limits
from spillkit.capture.media import media_type_of
from spillkit.capture.stored import Stored
from spillkit.capture.times import duration_ms_of, parse_epoch, parse_time
from spillkit.model import BodyState, Channel, Damage, Exchange, Headers, Request, SourceId

OpenFile = Callable[[str], bytes | None]  # the bytes of a body kept beside the HAR, by its name


class _Pair(msgspec.Struct, gc=False):
    name: Any = None
    value: Any = None


class _Content(msgspec.Struct):
    text: Any = None
    encoding: Any = None
    size: Any = None
    mime: Any = msgspec.field(name="mimeType", default=None)
    file: Any = msgspec.field(name="_file", default=None)


class _Response(msgspec.Struct):
    status: Any = 0
    headers: list[_Pair] | None = None
    content: _Content | None = None
    body_size: Any = msgspec.field(name="bodySize", default=None)


class _Request(msgspec.Struct):
    method: Any = ""
    url: Any = ""
    headers: list[_Pair] | None = None
    cookies: list[_Pair] | None = None


class _Message(msgspec.Struct):
    type: Any = None
    time: Any = None
    opcode: Any = None
    data: Any = None


class _Entry(msgspec.Struct):
    started: Any = msgspec.field(name="startedDateTime", default=None)
    took_ms: Any = msgspec.field(name="time", default=None)
    request: _Request | None = None
    response: _Response | None = None
    connection: Any = None
    server: Any = msgspec.field(name="serverIPAddress", default=None)
    messages: list[_Message] | None = msgspec.field(name="_webSocketMessages", default=None)


_ENTRY = msgspec.json.Decoder(_Entry)
_FIRST_KEY = re.compile(rb'\{\s*("(?:[^"\\]|\\.){1,80}")')
_ANY_START = re.compile(rb'\{\s*"(?:startedDateTime|pageref|_[A-Za-z]+)"')


def read_har(
    path: Path,
    source: SourceId,
    limits: Limits,
    *,
    start_entry: int = 0,
    assume_zone: tzinfo | None = None,
    file: BinaryIO | None = None,
    open_file: OpenFile | None = None,
) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of a HAR in the order of its entries.

    start_entry  entries before this one are passed over
    file         the HAR itself where it lies inside an archive
    open_file    gives the body files of a zipped HAR; None where there are none
    Cost         memory of one entry
    """
    with Stored(path, limits, file) as stored:
        stream = JsonStream(stored, limits.entry_bytes)
        reader = _HarReader(stream, stored, source, limits, start_entry, assume_zone, open_file)
        yield from reader.read()


class _HarReader:
    def __init__(
        self,
        stream: JsonStream,
        stored: Stored,
        source: SourceId,
        limits: Limits,
        start_entry: int,
        assume_zone: tzinfo | None,
        open_file: OpenFile | None,
    ) -> None:
        self._stream = stream
        self._stored = stored
        self._source = source
        self._limits = limits
        self._start_entry = start_entry
        self._zone = assume_zone
        self._open_file = open_file
        self._entry = 0
        self._start = _ANY_START  # how an entry of this file begins, learnt from its first one

    def read(self) -> Iterator[Exchange | Damage]:
        self._stream.take_bom()
        try:
            found = self._find_entries()
        except JsonDamage as damage:
            yield self._damage(_CUT if damage.is_end else "the part before the entries is no valid JSON", None)
            found = self._stream.skip_to(_ANY_START)
        else:
            if not found:
                yield self._damage("the HAR holds no list of entries", 0)
        if found:
            yield from self._read_entries()
        while self._stored.next_segment():
            yield from self._problems()
            self._stream.start_segment()
            if self._stream.skip_to(self._start):
                yield from self._read_entries()
        yield from self._problems()

    def _find_entries(self) -> bool:
        """Step to the first entry of log.entries."""
        return self._find_key(b'"log"') and self._find_key(b'"entries"') and self._stream.take(b"[")

    def _find_key(self, key: bytes) -> bool:
        stream = self._stream
        if not stream.take(b"{"):
            return False
        while stream.peek() == b'"':
            name = stream.value()
            if not stream.take(b":"):
                raise JsonDamage(is_end=stream.peek() == b"")
            if name == key:
                return True
            stream.value()
            if not stream.take(b","):
                if stream.peek() == b"}":
                    return False
                raise JsonDamage(is_end=stream.peek() == b"")
        if stream.peek() == b"}":
            return False
        raise JsonDamage(is_end=stream.peek() == b"")

    def _read_entries(self) -> Iterator[Exchange | Damage]:
        stream = self._stream
        while True:
            following = stream.peek()
            if following == b"]":
                return
            try:
                if following == b"":
                    raise JsonDamage(is_end=True)
                raw = stream.value()
                if self._entry >= self._start_entry:
                    yield from self._exchanges_of(raw)
                if self._start is _ANY_START:
                    self._learn_start(raw)
                self._entry += 1
                if not stream.take(b",") and stream.peek() != b"]":
                    raise JsonDamage(is_end=stream.peek() == b"")
            except JsonDamage as damage:
                yield from self._problems()
                if damage.is_end:
                    yield self._damage(_CUT, None)
                    return
                yield self._damage("an entry is no valid JSON or too large; reading goes on at the next one", None)
                if not stream.skip_to(self._start):
                    return
                self._entry += 1

    def _learn_start(self, raw: bytes) -> None:
        found = _FIRST_KEY.match(raw)
        if found:
            self._start = re.compile(rb"\{\s*" + re.escape(found[1]) + rb"\s*:")

    def _exchanges_of(self, raw: bytes) -> Iterator[Exchange | Damage]:
        try:
            entry = _ENTRY.decode(raw)
        except UnicodeDecodeError:
            try:
                entry = _ENTRY.decode(raw.decode("utf-8", "replace").encode())
            except msgspec.DecodeError:
                yield self._damage("the entry is not as HAR 1.2 says", 1)
                return
        except msgspec.DecodeError:
            yield self._damage("the entry is not as HAR 1.2 says", 1)
            return
        yield from _exchanges(entry, self._source, self._entry, self._limits, self._zone, self._open_file)

    def _damage(self, reason: str, lost: int | None) -> Damage:
        return Damage(self._source, self._entry, self._stored.offset, reason, lost)

    def _problems(self) -> Iterator[Damage]:
        for offset, reason in self._stored.take_problems():
            yield Damage(self._source, None, offset, reason, None)


_CUT = "the file ends before its last entry does; the entries before it were read"


def _exchanges(
    entry: _Entry,
    source: SourceId,
    number: int,
    limits: Limits,
    zone: tzinfo | None,
    open_file: OpenFile | None,
) -> Iterator[Exchange]:
    request = entry.request or _Request()
    response = entry.response or _Response()
    answered = _headers(response.headers)
    headers = without_secrets(answered)
    # What the answer says of its worker and connection is nearer to the truth than what the browser saw of the front.
    worker = "" if header(headers, "x-served-by") or header(headers, "x-backend-server") else _text(entry.server)
    connection = "" if header(headers, "x-upstream-connection") else _text(entry.connection)
    content = response.content or _Content()
    content_type = _text(content.mime) or header(headers, "content-type")
    status = status_of(response.status)
    size = _whole(content.size) or max(_whole(response.body_size), 0)
    body = _body(content, size, content_type, headers, status, limits, open_file)
    started = parse_time(_text(entry.started), zone)
    asked = _headers(request.headers)
    if request.cookies and not header(asked, "cookie"):
        # Some recorders list the cookies and leave the header out.
        asked = (*asked, ("cookie", "; ".join(f"{_text(c.name)}={_text(c.value)}" for c in request.cookies)))
    known = Request(headers=asked, user_agent=header(asked, "user-agent"))
    yield Exchange(
        source=source,
        entry=number,
        shown_at=_later(started, entry.took_ms),
        method=method_of(_text(request.method)),
        url=_text(request.url),
        status=status,
        channel=Channel.HTTP,
        media_type=media_type_of(content_type),
        response_headers=headers,
        body=body.data,
        body_state=body.state,
        body_bytes=body.size,
        request=known,
        worker=worker,
        connection=connection,
        issued=issued_cookies(answered),
        took_ms=duration_ms_of(entry.took_ms),
    )
    for message in entry.messages or ():
        if message.type in ("send", "request"):
            continue  # what the viewer sent was not shown to the viewer
        frame = _frame_body(message, limits)
        moment = message.time
        yield Exchange(
            source=source,
            entry=number,
            shown_at=parse_epoch(moment) if isinstance(moment, int | float) else parse_time(_text(moment), zone),
            method="WEBSOCKET",
            url=_text(request.url),
            channel=Channel.WEBSOCKET,
            response_headers=headers,
            body=frame.data,
            body_state=frame.state,
            body_bytes=frame.size,
            request=known,
            worker=worker,
            connection=connection,
        )


def _body(
    content: _Content,
    size: int,
    content_type: str,
    headers: Headers,
    status: int,
    limits: Limits,
    open_file: OpenFile | None,
) -> Body:
    if isinstance(content.file, str) and open_file is not None and content.text is None:
        raw = open_file(content.file)
        return missing_body(size) if raw is None else body_of_bytes(raw, content_type, "", limits)
    if not isinstance(content.text, str):
        if size == 0 and status != 0:
            return Body(b"", BodyState.OK, 0)
        return missing_body(size)
    if content.text == "" and size > 0:
        return missing_body(size)  # Chrome keeps the size of a body that it dropped
    if isinstance(content.encoding, str) and content.encoding.lower() == "base64":
        raw, is_cut = decode_base64(content.text)
        return body_of_bytes(raw, content_type, header(headers, "content-encoding"), limits, is_cut=is_cut)
    return body_of_text(content.text, content_type, limits)


def _frame_body(message: _Message, limits: Limits) -> Body:
    if not isinstance(message.data, str):
        return missing_body()
    if message.opcode == 2:
        raw, is_cut = decode_base64(message.data)
        return body_of_bytes(raw, "", "", limits, is_cut=is_cut)
    return body_of_text(message.data, "", limits)


def _headers(pairs: list[_Pair] | None) -> Headers:
    return tuple([(_text(p.name).lower(), _text(p.value)) for p in pairs]) if pairs else ()


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None or isinstance(value, dict | list) else str(value)


def _whole(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return 0
    try:
        number = int(value)
    except (ValueError, OverflowError):
        return 0
    return number if -(2**62) < number < 2**62 else 0


def status_of(value: object) -> int:
    """Return an HTTP status, 0 for what is none."""
    number = _whole(value)
    return number if 0 <= number <= 999 else 0


def _later(started: datetime | None, took_ms: object) -> datetime | None:
    """When the answer had left: the start and the time the entry took."""
    if started is None or not isinstance(took_ms, int | float) or not 0 < took_ms < 86_400_000:
        return started
    return (started + timedelta(milliseconds=took_ms)).astimezone(UTC)
