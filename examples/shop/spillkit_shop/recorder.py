"""Record the shop's traffic on the customers' side, as a proxy before the edges would: traffic.jsonl.

In:    answers as they came over the wire, with marks, and the request that asked for each.
Out:   lines of the exchange schema without any mark, and the marks for the truth.
Else:  the schema is docs/reference/exchange-schema.md; the truth is `truth`; messages are `mailbox`.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec

from spillkit_shop.marks import Mark, strip
from spillkit_shop.truth import rfc3339

TRAFFIC = "traffic.jsonl"
HOST = "shop.example"

Pairs = Sequence[tuple[str, str]]


class Recorder:
    """Writes one line for each answer; a context manager.

    path  is written anew
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._encoder = msgspec.json.Encoder()
        self.entries = 0

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def record(
        self,
        *,
        at: datetime,
        method: str,
        path: str,
        request_headers: Pairs,
        address: str,
        user_agent: str,
        status: int,
        headers: Pairs,
        body: bytes,
        took_ms: float,
        channel: str = "http",
    ) -> tuple[int, list[Mark]]:
        """Write one exchange; return its entry and the values that it showed.

        at       when the answer left, by the story's clock
        path     with query
        body     with marks
        took_ms  from request to answer; of an export the whole job
        """
        stripped, marks = strip(body)
        told = {name.lower(): value for name, value in headers}
        response: dict[str, Any] = {"status": status, "headers": _headers(headers, len(stripped))}
        try:
            response["body"] = stripped.decode("utf-8")
        except UnicodeDecodeError:
            response["body_base64"] = base64.b64encode(stripped).decode()
        line = {
            "v": 1,
            "time": rfc3339(at),
            "channel": channel,
            "client": {"ip": address, "user_agent": user_agent},
            "request": {"method": method, "url": f"https://{HOST}{path}", "headers": request_headers},
            "response": response,
            "duration_ms": round(took_ms, 3),
            "viewer": None,
            "worker": told.get("x-served-by"),
            "connection": told.get("x-upstream-connection"),
            "edge": told.get("x-edge"),
        }
        self._file.write(self._encoder.encode(line) + b"\n")
        self.entries += 1
        return self.entries - 1, marks


def _headers(headers: Pairs, body_bytes: int) -> list[tuple[str, str]]:
    """Return the headers with the length that the body has without marks."""
    kept = [(name.lower(), value) for name, value in headers if name.lower() not in ("content-length", "connection")]
    return [*kept, ("content-length", str(body_bytes))]
