"""Read access logs: which answers were sent, without what was in them.

In:    common and combined logs (Apache, nginx), JSON logs (nginx, Caddy, Traefik and their like), also .gz and .zst.
Out:   an exchange without body for each line, and a damage for each line that is none.
Else:  the lines give coverage its denominator; that is `scope`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import Path

import msgspec

from spillkit.capture.http_message import method_of
from spillkit.capture.limits import Limits
from spillkit.capture.lines import read_lines
from spillkit.capture.stored import Stored
from spillkit.capture.times import duration_ms_of, parse_epoch, parse_log_time, parse_time
from spillkit.model import BodyState, Damage, Exchange, Headers, Request, SourceId

# [virtual host] client, identity, user, [time], "request", status, bytes, and in combined logs "referer" "agent".
_LINE = re.compile(
    r'(?:\S{1,255} )?(\S{1,255}) (\S{1,255}) ([^\[\]"]{1,255}?) \[([^\]]{10,40})\] "((?:[^"\\]|\\.)*)" (\d{3}|-) (\d{1,18}|-)'
    r'(?: "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"?)?'
)
# Behind the known part of a line: nginx's $request_time, seconds with three decimals, bare or named.
_TOOK = re.compile(r'(?:^|[\s"])(?:rt=|request_time=)?(\d{1,6}\.\d{3})(?=["\s]|$)')
_LONGEST_LINE = 1 << 16  # a line over this is no access log of any server we know
_DECODER = msgspec.json.Decoder(dict)

_TIMES = (
    "time",
    "timestamp",
    "@timestamp",
    "time_iso8601",
    "time_local",
    "ts",
    "msec",
    "datetime",
    "date",
    "StartUTC",
    "start_time",
)
_ADDRESSES = (
    "remote_addr",
    "remote_ip",
    "client_ip",
    "clientip",
    "ip",
    "client",
    "ClientHost",
    "remote_host",
    "host_ip",
)
_METHODS = ("request_method", "method", "RequestMethod", "verb", "http_method")
_URIS = ("request_uri", "uri", "url", "path", "RequestPath", "request_path", "document_uri")
_STATUSES = ("status", "status_code", "DownstreamStatus", "response_status", "code", "sc_status", "response")
_SIZES = ("body_bytes_sent", "bytes_sent", "bytes", "size", "DownstreamContentSize", "response_size", "bytes_out")
_AGENTS = ("http_user_agent", "user_agent", "agent", "useragent", "request_User-Agent", "userAgent")
_USERS = ("remote_user", "user_id", "user", "ClientUsername")
_TOOK_IN_MS = {  # name of the key -> milliseconds in one of its units
    "request_time": 1000.0,  # nginx
    "request_time_ms": 1.0,
    "duration_ms": 1.0,
    "latency_ms": 1.0,
    "took_ms": 1.0,
    "Duration": 1e-6,  # Traefik
}
_WORKERS = ("upstream_addr", "upstream", "ServiceAddr")
_EDGES = ("hostname", "server_name", "ServiceName", "edge")


def is_log_line(line: str) -> bool:
    """Whether a line is one of a common or combined log."""
    return len(line) < _LONGEST_LINE and _LINE.match(line) is not None


def is_log_object(row: Mapping[str, object]) -> bool:
    """Whether a JSON object is a line of an access log: a status, and what was asked for."""
    status = _whole(_first(row, _STATUSES))
    if not 100 <= status <= 999 and not (status == 0 and "status" in row):
        return False
    request = row.get("request")
    if isinstance(request, dict):
        return bool(_first(request, _URIS))
    return bool(_first(row, _URIS)) or (isinstance(request, str) and " " in request)


def read_access_log(
    path: Path, source: SourceId, limits: Limits, *, start_entry: int = 0, assume_zone: tzinfo | None = None
) -> Iterator[Exchange | Damage]:
    """Yield an exchange without body for each line; the entry is the 0-based line number.

    Cost  memory of one line
    """
    with Stored(path, limits) as stored:
        for number, line in read_lines(stored, _LONGEST_LINE):
            for offset, reason in stored.take_problems():
                yield Damage(source, None, offset, reason, None)
            if number < start_entry:
                continue
            if line is None:
                yield Damage(source, number, stored.offset, f"line {number + 1} is longer than any access log's", 1)
                continue
            text = line.decode("utf-8", "replace").strip("\r\ufeff")
            if not text or text.startswith("#"):
                continue
            exchange = _of_json(text, source, number, assume_zone) if text[0] == "{" else None
            exchange = exchange or _of_line(text, source, number, assume_zone)
            yield exchange or Damage(source, number, stored.offset, f"line {number + 1} is no line of an access log", 1)
        for offset, reason in stored.take_problems():
            yield Damage(source, None, offset, reason, None)


def _of_line(text: str, source: SourceId, number: int, zone: tzinfo | None) -> Exchange | None:
    found = _LINE.match(text)
    if not found:
        return None
    address, _, user, time, request, status, size, referer, agent = found.groups()
    headers: Headers = (("referer", referer),) if referer and referer != "-" else ()
    asked = Request(headers, address, "" if agent in (None, "-") else agent, "", "" if user == "-" else user)
    method, url = _split_request(request)
    seconds = _TOOK.search(text, found.end())
    took_ms = duration_ms_of(seconds[1], 1000.0) if seconds else None
    moment = parse_log_time(time, zone)
    return _exchange(source, number, moment, method, url, _whole(status), _whole(size), asked, took_ms=took_ms)


def _of_json(text: str, source: SourceId, number: int, zone: tzinfo | None) -> Exchange | None:
    try:
        row = _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        try:
            row = json.loads(text)
        except (ValueError, RecursionError):
            return None
    if not isinstance(row, dict) or not is_log_object(row):
        return None
    request = row.get("request")
    inner = request if isinstance(request, dict) else {}
    method, url = _split_request(request) if isinstance(request, str) else ("", "")
    merged = {**row, **inner}
    headers = _header_lists(inner.get("headers"))
    agent = _text(_first(merged, _AGENTS))
    for name, value in headers:
        if name == "user-agent":
            agent = agent or value
    user = _text(_first(merged, _USERS))
    asked = Request(headers, _text(_first(merged, _ADDRESSES)), agent, "", "" if user == "-" else user)
    moment = _time(_first(row, _TIMES), zone)
    method = _text(_first(merged, _METHODS)) or method
    url = _text(_first(merged, _URIS)) or url
    status, size = _whole(_first(row, _STATUSES)), _whole(_first(row, _SIZES))
    worker, edge = _text(_first(row, _WORKERS)), _text(_first(row, _EDGES))
    # Caddy, which nests the request, tells seconds.
    took_ms = duration_ms_of(row.get("duration"), 1000.0) if inner else None
    for name, unit_ms in _TOOK_IN_MS.items():
        took_ms = duration_ms_of(row.get(name), unit_ms) if took_ms is None else took_ms
    return _exchange(source, number, moment, method, url, status, size, asked, worker, edge, took_ms)


def _exchange(
    source: SourceId,
    number: int,
    moment: datetime | None,
    method: str,
    url: str,
    status: int,
    size: int,
    asked: Request,
    worker: str = "",
    edge: str = "",
    took_ms: float | None = None,
) -> Exchange:
    return Exchange(
        source=source,
        entry=number,
        shown_at=moment,
        method=method_of(method),
        url=url,
        status=status if 0 <= status <= 999 else 0,
        body=None,
        body_state=BodyState.MISSING,
        body_bytes=max(size, 0),
        request=asked,
        worker=worker,
        edge=edge,
        took_ms=took_ms,
    )


def _split_request(request: str) -> tuple[str, str]:
    """Return method and URL of `GET /path HTTP/1.1`; attackers send lines that are neither."""
    parts = request.split(" ")
    if len(parts) < 2 or not parts[0].isalpha() or len(parts[0]) > 20:
        return "", ""
    return parts[0], " ".join(parts[1:-1]) if len(parts) > 2 and parts[-1].startswith("HTTP/") else parts[1]


def _time(value: object, zone: tzinfo | None) -> datetime | None:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return parse_epoch(value)
    if not isinstance(value, str):
        return None
    moment = parse_time(value, zone) or parse_log_time(value, zone)
    if moment is None:
        try:
            return parse_epoch(float(value))
        except ValueError:
            return None
    return moment


def _first(row: Mapping[str, object], names: tuple[str, ...]) -> object:
    for name in names:
        value = row.get(name)
        if value is not None and value != "":
            return value
    return None


def _header_lists(headers: object) -> Headers:
    """Caddy writes request headers as an object of lists."""
    if not isinstance(headers, dict):
        return ()
    pairs: list[tuple[str, str]] = []
    for name, values in headers.items():
        pairs.extend((str(name).lower(), _text(v)) for v in (values if isinstance(values, list) else [values]))
    return tuple(pairs)


def _text(value: object) -> str:
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else ""


def _whole(value: object) -> int:
    if isinstance(value, str):
        value = int(value) if value.isascii() and value.isdigit() and len(value) < 19 else 0
    return int(value) if isinstance(value, int | float) and abs(value) < 2**62 else 0
