"""Read web archives: WARC, and ARC before it.

In:    .warc, .warc.gz, .warc.zst, .arc, .arc.gz.
Out:   an exchange for each response, resource and revisit record, in file order, and damages.
Else:  cutting the file into records is `warc_records`; ARC is read with warcio.

A request record carries the cookie that finds the viewer. It stands before or behind its response and is joined to it by
WARC-Concurrent-To; a response waits for its request for a few records and goes on without it then.

Source: The WARC Format 1.1 (ISO 28500:2017), section 6; revisit profiles of its section 6.7.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from spillkit.capture.body import body_of_bytes, missing_body
from spillkit.capture.http_message import HttpMessage, header, issued_cookies, method_of, parse_http, without_secrets
from spillkit.capture.limits import Limits
from spillkit.capture.media import media_type_of
from spillkit.capture.stored import Stored
from spillkit.capture.times import parse_archive_time
from spillkit.capture.warc_records import BadPlace, WarcRecord, WarcRecords
from spillkit.model import BodyState, Damage, Exchange, Request, SourceId

_WAIT_RECORDS = 8  # a response waits so many records for its request
_WAIT_BYTES = 64 << 20
_KEPT_REQUESTS = 512
_KEPT_BODIES_BYTES = 32 << 20  # for revisits of what stands shortly before them
_ORIGINAL_OVERHEAD = 1000  # bytes of memory that an original takes besides its body


def read_warc(path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0) -> Iterator[Exchange | Damage]:
    """Yield the exchanges of a WARC file; the entry is the 0-based number of the record among all records.

    Cost  memory of the largest record, and at most 100 MiB for what waits or may be revisited
    """
    with Stored(path, limits) as stored:
        joiner = _Joiner(source, limits)
        for record in WarcRecords(stored, limits.entry_bytes).read():
            for offset, reason in stored.take_problems():
                yield from joiner.flush()
                yield Damage(source, None, offset, reason, None)
            if isinstance(record, BadPlace):
                yield from joiner.flush()
                yield Damage(source, record.number, stored.offset, record.reason, None)
                continue
            for found in joiner.take(record):
                if found.entry is None or found.entry >= start_entry:
                    yield found
        for found in joiner.flush():
            if found.entry is None or found.entry >= start_entry:
                yield found
        for offset, reason in stored.take_problems():
            yield Damage(source, None, offset, reason, None)


@dataclass(slots=True)
class _Asked:
    """What a request record says."""

    method: str
    request: Request


@dataclass(slots=True)
class _Waiting:
    exchange: Exchange | Damage
    id: str
    concurrent: tuple[str, ...] = ()
    is_joined: bool = False
    since: int = 0


@dataclass(slots=True)
class _Original:
    """What a revisit record may repeat."""

    data: bytes | None
    size: int
    media_type: str
    status: int


@dataclass(slots=True)
class _Joiner:
    """Joins responses with their requests and revisits with their originals."""

    source: SourceId
    limits: Limits
    _waiting: deque[_Waiting] = field(default_factory=deque)
    _waiting_bytes: int = 0
    _by_concurrent: OrderedDict[str, _Asked] = field(default_factory=OrderedDict)  # the id a request points to
    _by_id: OrderedDict[str, _Asked] = field(default_factory=OrderedDict)  # the request's own id
    _bodies: OrderedDict[str, _Original] = field(default_factory=OrderedDict)
    _bodies_bytes: int = 0

    def take(self, record: WarcRecord) -> Iterator[Exchange | Damage]:
        kind = record.headers.get("warc-type", "").lower()
        if kind == "request" and record.block is not None:
            self._take_request(record)
        elif kind in ("response", "resource", "revisit"):
            self._wait(self._answer_of(record, kind), record)
        elif record.is_cut:
            self._wait(self._damage(record, "the record is cut"), record)
        while self._waiting and self._may_go(self._waiting[0], record.number):
            yield self._go()

    def flush(self) -> Iterator[Exchange | Damage]:
        while self._waiting:
            yield self._go()

    def _go(self) -> Exchange | Damage:
        waiting = self._waiting.popleft()
        if isinstance(waiting.exchange, Exchange):
            self._waiting_bytes -= len(waiting.exchange.body or b"")
        return waiting.exchange

    def _may_go(self, waiting: _Waiting, now: int) -> bool:
        return waiting.is_joined or now - waiting.since >= _WAIT_RECORDS or self._waiting_bytes > _WAIT_BYTES

    def _wait(self, exchange: Exchange | Damage, record: WarcRecord) -> None:
        waiting = _Waiting(exchange, record.headers.get("warc-record-id", ""), since=record.number)
        waiting.concurrent = tuple(value for name, value in record.all_headers if name == "warc-concurrent-to")
        if isinstance(exchange, Damage):
            waiting.is_joined = True
        else:
            asked = self._by_concurrent.get(waiting.id) if waiting.id else None
            for id_ in waiting.concurrent:
                asked = asked or self._by_id.get(id_)
            if asked is not None:
                _join(waiting, asked)
            elif record.headers.get("warc-type", "").lower() == "resource":
                waiting.is_joined = True  # nobody asked for it over HTTP
            self._waiting_bytes += len(exchange.body or b"")
        self._waiting.append(waiting)

    def _take_request(self, record: WarcRecord) -> None:
        message = parse_http(record.block or b"")
        method = method_of(message.first_line.partition(" ")[0])
        user_agent = header(message.headers, "user-agent")
        asked = _Asked(method, Request(headers=message.headers, user_agent=user_agent))
        own_id = record.headers.get("warc-record-id", "")
        targets = [value for name, value in record.all_headers if name == "warc-concurrent-to"]
        for waiting in self._waiting:
            if not waiting.is_joined and (waiting.id in targets or own_id in waiting.concurrent):
                _join(waiting, asked)
                return
        _keep(self._by_id, own_id, asked)
        for target in targets:
            _keep(self._by_concurrent, target, asked)

    def _answer_of(self, record: WarcRecord, kind: str) -> Exchange | Damage:
        if record.block is None:
            return self._damage(record, "the record is larger than the limit and was passed over")
        headers = record.headers
        content_type = headers.get("content-type", "")
        is_http = kind != "resource" and (
            "application/http" in content_type.lower() or record.block.startswith((b"HTTP/", b"ICY "))
        )
        if is_http:
            message = parse_http(record.block)
        else:
            message = HttpMessage("", (("content-type", content_type),), record.block, is_damaged=False)
        is_cut = record.is_cut or "warc-truncated" in headers
        exchange = exchange_of_http(
            message,
            self.source,
            record.number,
            self.limits,
            url=headers.get("warc-target-uri", "").strip("<>").strip(),
            shown_at=parse_archive_time(headers.get("warc-date", "")),
            is_cut=is_cut,
        )
        if kind == "revisit":
            return self._with_original(exchange, headers, message)
        self._keep_body(exchange, headers)
        return exchange

    def _with_original(self, exchange: Exchange, headers: dict[str, str], message: HttpMessage) -> Exchange:
        original = self._bodies.get(headers.get("warc-refers-to", "")) or self._bodies.get(
            "digest " + headers.get("warc-payload-digest", "")
        )
        if original is None or "server-not-modified" in headers.get("warc-profile", ""):
            length = header(message.headers, "content-length")
            body = missing_body(int(length) if length.isascii() and length.isdigit() and len(length) < 19 else 0)
            return replace(exchange, body=body.data, body_state=body.state, body_bytes=body.size)
        return replace(
            exchange,
            body=original.data,
            body_state=BodyState.OK,
            body_bytes=original.size,
            media_type=exchange.media_type or original.media_type,
            status=exchange.status or original.status,
        )

    def _keep_body(self, exchange: Exchange, headers: dict[str, str]) -> None:
        size = len(exchange.body or b"")
        if size > _KEPT_BODIES_BYTES // 4 or exchange.body_state is not BodyState.OK:
            return
        kept = _Original(exchange.body, exchange.body_bytes, exchange.media_type, exchange.status)
        digest = headers.get("warc-payload-digest", "")
        for key in (headers.get("warc-record-id", ""), "digest " + digest if digest else ""):
            if key and key not in self._bodies:
                self._bodies[key] = kept
                self._bodies_bytes += size + _ORIGINAL_OVERHEAD
        while self._bodies_bytes > _KEPT_BODIES_BYTES:
            _, dropped = self._bodies.popitem(last=False)
            self._bodies_bytes -= len(dropped.data or b"") + _ORIGINAL_OVERHEAD

    def _damage(self, record: WarcRecord, reason: str) -> Damage:
        return Damage(self.source, record.number, None, reason, 1)


def exchange_of_http(
    message: HttpMessage,
    source: SourceId,
    number: int,
    limits: Limits,
    *,
    url: str,
    shown_at: datetime | None,
    is_cut: bool = False,
) -> Exchange:
    """Return the exchange of an HTTP response; its request is joined to it later, if the archive holds it."""
    content_type = header(message.headers, "content-type")
    body = body_of_bytes(
        message.body,
        content_type,
        header(message.headers, "content-encoding"),
        limits,
        is_cut=is_cut or message.is_damaged,
    )
    status = message.first_line.split(" ", 2)[1:2]
    return Exchange(
        source=source,
        entry=number,
        shown_at=shown_at,
        method="GET",
        url=url,
        status=int(status[0]) if status and status[0].isascii() and status[0].isdigit() and len(status[0]) < 5 else 0,
        media_type=media_type_of(content_type),
        response_headers=without_secrets(message.headers),
        body=body.data,
        body_state=body.state,
        body_bytes=body.size,
        issued=issued_cookies(message.headers),
    )


def _join(waiting: _Waiting, asked: _Asked) -> None:
    if isinstance(waiting.exchange, Exchange):
        waiting.exchange = replace(waiting.exchange, method=asked.method or "GET", request=asked.request)
    waiting.is_joined = True


def _keep(kept: OrderedDict[str, _Asked], key: str, asked: _Asked) -> None:
    if not key:
        return
    kept[key] = asked
    if len(kept) > _KEPT_REQUESTS:
        kept.popitem(last=False)
