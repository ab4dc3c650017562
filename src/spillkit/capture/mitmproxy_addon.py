"""Record answers passing through mitmproxy in Spillkit's exchange schema. A single file for mitmproxy's own environment.

In:    HTTP and WebSocket flows, live or stored (`mitmdump -nr flows`).
Out:   JSON lines as docs/reference/exchange-schema.md says, gzipped if the name ends in .gz.
Else:  reading them is `spillkit scan`. This file imports nothing but the standard library, so that any mitmproxy (11 or newer,
       Python 3.10 or newer) loads it: mitmdump -s mitmproxy_addon.py --set spillkit_out=day1.jsonl

Traffic never waits for it. A flow is handed over in memory, and a thread of its own writes; where the thread cannot keep up,
answers are left out and counted, and the count is printed at the end.
Of the request only the named viewer cookies and headers are kept; Authorization and all other cookies are dropped at once. Of the
cookies that an answer sets the same viewer cookies are kept, because a session that is handed to somebody else shows there.
"""

from __future__ import annotations

import base64
import gzip
import json
import logging
import os
import queue
import threading
import time
from datetime import datetime, timezone
from typing import Any

_LOG = logging.getLogger("spillkit")
_SEEN = "spillkit_recorded"
_DROPPED_RESPONSE_HEADERS = ("set-cookie2", "authorization", "proxy-authenticate", "www-authenticate")


class SpillkitRecorder:
    """The add-on: options, the queue, and the thread that writes."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Any] | None = None
        self._queued_bytes = 0
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self.recorded = 0
        self.shed = 0  # answers left out because writing could not keep up
        self._write_failed = False
        self._is_replay = False
        self._options: Any = None

    # mitmproxy's hooks

    def load(self, loader: Any) -> None:
        self._options = loader.master.options
        loader.add_option("spillkit_out", str, "", "File to write exchanges to (.jsonl or .jsonl.gz).")
        loader.add_option(
            "spillkit_viewer_cookie", str, "", "Cookies that tell who is asking, comma separated; others are dropped."
        )
        loader.add_option(
            "spillkit_viewer_header", str, "", "Request headers that tell who is asking, comma separated."
        )
        loader.add_option(
            "spillkit_max_body", int, 16 << 20, "Bytes of a body to keep; longer ones are cut and marked."
        )
        loader.add_option(
            "spillkit_queue", int, 256 << 20, "Bytes that may wait to be written; what is more is left out and counted."
        )
        loader.add_option("spillkit_rotate", int, 1 << 30, "Start a further file after so many bytes; 0 never.")

    def running(self) -> None:
        self._start()  # so that a file that cannot be written is noticed before traffic comes

    def response(self, flow: Any) -> None:
        self._take(flow, None)

    def websocket_message(self, flow: Any) -> None:
        message = flow.websocket.messages[-1]
        if not message.from_client:
            self._take(flow, message)

    def error(self, flow: Any) -> None:
        # The answer broke off while it was sent: part of it was shown.
        if getattr(flow, "response", None) is not None and not flow.metadata.get(_SEEN):
            self._take(flow, None)

    def done(self) -> None:
        waiting, self._queue = self._queue, None
        if waiting is None or self._thread is None:
            return
        waiting.put(None)
        self._thread.join(timeout=None if self._is_replay else 60)
        if self.shed:
            _LOG.warning(
                "spillkit: %d answers recorded, %d left out because writing could not keep up", self.recorded, self.shed
            )
        else:
            _LOG.info("spillkit: %d answers recorded, none left out", self.recorded)

    # the work

    def _start(self) -> None:
        if self._thread is not None or self._options is None or not self._options.spillkit_out:
            return
        self._is_replay = bool(getattr(self._options, "rfile", None))
        self._queue = queue.Queue()
        self._thread = threading.Thread(
            target=self._write_all, args=(self._queue, self._options.spillkit_out), daemon=True
        )
        self._thread.start()

    def _take(self, flow: Any, frame: Any) -> None:
        """Queue an answer, or one frame of a WebSocket. Takes microseconds: the thread does the rest."""
        self._start()
        waiting = self._queue
        if waiting is None:
            return
        flow.metadata[_SEEN] = True
        size = len((frame.content if frame else flow.response.raw_content) or b"") + 2000
        # Stored flows may wait: there is no traffic to slow down.
        while self._is_replay and self._is_full(size) and not self._write_failed:
            time.sleep(0.01)
        with self._lock:
            if self._write_failed or self._is_full(size):
                self.shed += 1
                return
            self._queued_bytes += size
        waiting.put((size, self._snapshot(flow, frame)))

    def _is_full(self, size: int) -> bool:
        return self._queued_bytes > 0 and self._queued_bytes + size > self._options.spillkit_queue

    def _snapshot(self, flow: Any, frame: Any) -> dict[str, Any]:
        """Copy references out of the flow; what must not be kept is left behind here."""
        request, response = flow.request, flow.response
        cookies = {name.strip() for name in self._options.spillkit_viewer_cookie.split(",") if name.strip()}
        headers = {name.strip().lower() for name in self._options.spillkit_viewer_header.split(",") if name.strip()}
        peer = getattr(flow.client_conn, "peername", None)
        row = {
            "ip": peer[0] if peer else None,
            "user_agent": request.headers.get("user-agent"),
            "url": request.pretty_url,
            "asked": _kept_request_headers(_pairs(request.headers), cookies, headers),
            "connection": getattr(flow.server_conn, "id", None),
            "took_ms": None,
        }
        if frame:
            return row | {
                "channel": "websocket",
                "method": "WEBSOCKET",
                "time": frame.timestamp,
                "status": 0,
                "answered": [],
                # Flows stored by old versions hold text frames as str.
                "body": frame.content.encode() if isinstance(frame.content, str) else frame.content,
                "is_text": frame.is_text,
                "is_cut": False,
            }
        return row | {
            "channel": "http",
            "method": request.method,
            "time": response.timestamp_end or response.timestamp_start or request.timestamp_end,
            "took_ms": _took_ms(request.timestamp_start, response.timestamp_end),
            "status": response.status_code,
            "answered": _kept_response_headers(_pairs(response.headers), cookies),
            "body": response.raw_content,
            "is_text": False,
            "is_cut": flow.error is not None,
        }

    def _write_all(self, waiting: queue.Queue[Any], path: str) -> None:
        out = _Output(path, self._options.spillkit_rotate)
        try:
            while True:
                try:
                    item = waiting.get(timeout=1.0)
                except queue.Empty:
                    out.flush()
                    continue
                if item is None:
                    return
                size, row = item
                try:
                    out.write(_line(row, self._options.spillkit_max_body))
                    self.recorded += 1
                except OSError as error:
                    # A full disk must not stop traffic: everything from here on is left out and counted.
                    if not self._write_failed:
                        _LOG.error("spillkit: cannot write (%s); recording stops, traffic goes on", error.strerror)
                    self._write_failed = True
                    self.shed += 1
                except Exception:  # noqa: BLE001 - one odd answer must not end the recording; it is counted, never quoted
                    self.shed += 1
                finally:
                    with self._lock:
                        self._queued_bytes -= size
        finally:
            out.close()


class _Output:
    """A file that is flushed often and followed by further ones when it is large. It never overwrites one."""

    def __init__(self, path: str, rotate_bytes: int) -> None:
        self._path = path
        self._rotate = rotate_bytes
        self._number = 0
        self._written = 0
        self._file: Any = None
        self._below: Any = None
        self._flushed_at = 0.0

    def write(self, line: bytes) -> None:
        if self._file is not None and self._rotate and self._written >= self._rotate:
            self.close()
        if self._file is None:
            self._file = self._open()
        self._file.write(line)
        self._written += len(line)
        if time.monotonic() - self._flushed_at > 1.0:
            self.flush()

    def flush(self) -> None:
        self._flushed_at = time.monotonic()
        if self._file is not None:
            try:
                self._file.flush()
            except OSError:
                return  # The next write says so.

    def close(self) -> None:
        if self._file is not None:
            try:
                self._file.close()
                self._below.close()  # GzipFile leaves the file below it open
            except OSError as error:
                _LOG.error("spillkit: the recording could not be closed (%s); its end may be missing", error.strerror)
            self._file, self._written = None, 0

    def _open(self) -> Any:
        stem, suffix = self._path, ""
        for known in (".jsonl.gz", ".jsonl"):
            if stem.endswith(known):
                stem, suffix = stem[: -len(known)], known
        while True:
            path = f"{stem}-{self._number}{suffix}" if self._number else self._path
            self._number += 1
            try:
                # 0600: the file holds what customers were shown.
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            self._below = os.fdopen(descriptor, "wb", buffering=1 << 20)
            if not suffix.endswith(".gz"):
                return self._below
            return gzip.GzipFile(filename="", fileobj=self._below, mode="wb", compresslevel=3)


def _pairs(headers: Any) -> list[tuple[str, str]]:
    return [(k.decode("utf-8", "replace"), v.decode("utf-8", "replace")) for k, v in headers.fields]


def _kept_request_headers(pairs: list[tuple[str, str]], cookies: set[str], names: set[str]) -> list[tuple[str, str]]:
    """Return only what finds the viewer, and the host."""
    kept = []
    for name, value in pairs:
        low = name.lower()
        if low == "cookie":
            chosen = [c.strip() for c in value.split(";") if c.partition("=")[0].strip() in cookies]
            if chosen:
                kept.append((name, "; ".join(chosen)))
        elif low in names or low == "host":
            kept.append((name, value))
    return kept


def _kept_response_headers(pairs: list[tuple[str, str]], cookies: set[str]) -> list[tuple[str, str]]:
    """Return what the answer said, without secrets; of the cookies that it set the viewer cookies only."""
    kept = []
    for name, value in pairs:
        low = name.lower()
        if low == "set-cookie":
            if value.partition("=")[0].strip() in cookies:
                kept.append((name, value))
        elif low not in _DROPPED_RESPONSE_HEADERS:
            kept.append((name, value))
    return kept


def _took_ms(asked_at: float | None, answered_at: float | None) -> float | None:
    """Return the time from the first byte of the request to the last of the answer."""
    return None if asked_at is None or answered_at is None else round(max(0.0, answered_at - asked_at) * 1000, 3)


def _line(row: dict[str, Any], max_body: int) -> bytes:
    """Return one line of the exchange schema."""
    response: dict[str, Any] = {"status": row["status"], "headers": row["answered"]}
    body = row["body"]
    if body is None:
        length = next((v for k, v in row["answered"] if k.lower() == "content-length"), "")
        if length.isascii() and length.isdigit():
            response["body_bytes"] = int(length)
    else:
        is_cut = row["is_cut"] or len(body) > max_body
        encoded = any(k.lower() == "content-encoding" for k, _ in row["answered"])
        text = None if encoded else _as_text(body[:max_body], row["answered"], is_text=row["is_text"])
        if text is not None:
            response["body"] = text
        else:
            response["body_base64"] = base64.b64encode(body[:max_body]).decode("ascii")
            response["encoded"] = encoded
        if is_cut:
            response["truncated"] = True
            response["body_bytes"] = len(body)
    moment = row["time"]
    line = {
        "v": 1,
        "time": _utc(moment) if moment else None,
        "channel": row["channel"],
        "client": {"ip": row["ip"], "user_agent": row["user_agent"]},
        "request": {"method": row["method"], "url": row["url"], "headers": row["asked"]},
        "response": response,
        "connection": row["connection"],
        "duration_ms": row["took_ms"],
    }
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace") + b"\n"


def _utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, timezone.utc).isoformat()  # noqa: UP017 - Python 3.10 has no datetime.UTC


def _as_text(body: bytes, headers: list[tuple[str, str]], *, is_text: bool) -> str | None:
    """The body as text where it says to be UTF-8 and is; else None, and its bytes are written."""
    content_type = next((v.lower() for k, v in headers if k.lower() == "content-type"), "")
    if not is_text and "utf-8" not in content_type and not content_type.startswith("application/json"):
        return None
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


addons = [SpillkitRecorder()]
