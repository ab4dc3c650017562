"""Read what a browser received: Playwright's trace.zip, or a HAR as browsers and Playwright write it.

In:    a file.
Out:   answers, in the order in which they were received.
Else:  HAR is read by `capture`; who was behind the browser is said by the test.

Source: Playwright's trace format: lines of JSON in *.network, each of type resource-snapshot with a HAR entry; its bodies lie in
resources/ (as Playwright 1.65 writes it, see tests/guard/recorded; older ones name bodies by their SHA-1).
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spillkit.capture import Limits, read_exchanges
from spillkit.errors import InputError
from spillkit.guard.answers import MOST_BODY_BYTES, Answer
from spillkit.model import BodyState, Channel, Exchange, Headers

_MOST_LINES = 100_000
_MOST_NETWORK_BYTES = 256 << 20


def read_answers(path: Path) -> Iterator[Answer]:
    """Yield the answers of a trace or HAR.

    Raises  InputError if the file is neither, or cannot be read
    """
    if not path.exists():
        raise InputError(
            f"{path.name}: is not there. Let Playwright write it before it is read: stop tracing, close the context."
        )
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            networks = [info for info in archive.infolist() if info.filename.endswith(".network")]
            if networks:
                yield from _of_trace(archive, networks, path.name)
                return
    for item in read_exchanges(path, Limits()):
        if isinstance(item, Exchange):
            yield _of_exchange(item)


def _of_exchange(exchange: Exchange) -> Answer:
    kind = (("content-type", exchange.media_type),) if exchange.media_type else ()
    return Answer(
        method=exchange.method,
        url=exchange.url,
        status=exchange.status,
        headers=kind,  # the body is decoded already
        body=exchange.body or b"",
        request_headers=exchange.request.headers,
        is_websocket=exchange.channel is Channel.WEBSOCKET,
        is_cut=exchange.body_state in (BodyState.MISSING, BodyState.DAMAGED, BodyState.TOO_LARGE),
    )


def _of_trace(archive: zipfile.ZipFile, networks: list[zipfile.ZipInfo], name: str) -> Iterator[Answer]:
    try:
        for info in networks:
            if info.file_size > _MOST_NETWORK_BYTES:
                raise InputError(
                    f"{name}: its network log is over {_MOST_NETWORK_BYTES >> 20} MiB. Trace fewer pages at once."
                )
            for number, line in enumerate(archive.read(info).splitlines()):
                if number >= _MOST_LINES:
                    raise InputError(f"{name}: holds over {_MOST_LINES:,} requests. Trace fewer pages at once.")
                entry = _entry(line)
                if entry is not None:
                    yield _answer(entry, archive)
    except (OSError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError) as error:
        raise InputError(f"{name}: the trace is damaged or encrypted. Record it again.") from error


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or event.get("type") != "resource-snapshot":
        return None
    entry = event.get("snapshot")
    return entry if isinstance(entry, dict) else None


def _answer(entry: dict[str, Any], archive: zipfile.ZipFile) -> Answer:
    request, response = _dict(entry.get("request")), _dict(entry.get("response"))
    content = _dict(response.get("content"))
    posted = _dict(request.get("postData")).get("text")
    status = response.get("status")
    body, is_missing = _body(content, archive)
    # The body lies there decoded; a header that still names its encoding does no harm.
    return Answer(
        method=_text(request.get("method")) or "GET",
        url=_text(request.get("url")),
        status=status if isinstance(status, int) and 0 <= status < 1000 else 0,
        headers=_headers(response.get("headers")),
        body=body,
        request_headers=_headers(request.get("headers")),
        request_body=_text(posted).encode("utf-8", "replace"),
        is_cut=is_missing,
    )


def _body(content: dict[str, Any], archive: zipfile.ZipFile) -> tuple[bytes, bool]:
    """Return a body, and whether the trace lacks it. Newer traces name its file, older ones its SHA-1."""
    name = _text(content.get("_file")) or f"resources/{_text(content.get('_sha1'))}"
    if name == "resources/":
        size = content.get("size")
        return b"", isinstance(size, int) and size > 0
    try:
        with archive.open(name) as file:
            return file.read(MOST_BODY_BYTES), False
    except KeyError:
        return b"", True


def _headers(pairs: Any) -> Headers:
    if not isinstance(pairs, list):
        return ()
    return tuple((_text(_dict(pair).get("name")).lower(), _text(_dict(pair).get("value"))) for pair in pairs[:2000])


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
