"""Write a recording again without some of the facts that good logs hold, as many logs are.

In:    a story's traffic.jsonl.
Out:   a copy that lacks what was named.
Else:  full recordings are `recorder`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec

_CACHE_HEADERS = frozenset({"cache-status", "x-cache", "x-cache-status", "cdn-cache-control", "age", "via", "x-edge"})
_SESSION_HEADERS = frozenset({"cookie", "authorization"})


def _without_cache_headers(line: dict[str, Any]) -> None:
    _drop(line["response"], _CACHE_HEADERS)
    line["edge"] = None


def _without_worker(line: dict[str, Any]) -> None:
    _drop(line["response"], {"x-served-by", "x-upstream-connection"})
    line["worker"] = line["connection"] = None


def _without_session(line: dict[str, Any]) -> None:
    _drop(line["request"], _SESSION_HEADERS)
    _drop(line["response"], {"set-cookie"})


def _without_cookies_set(line: dict[str, Any]) -> None:
    _drop(line["response"], {"set-cookie"})


def _without_client(line: dict[str, Any]) -> None:
    line["client"] = {}
    _drop(line["request"], {"user-agent", "x-forwarded-for"})


def _without_duration(line: dict[str, Any]) -> None:
    line.pop("duration_ms", None)


LEFT_OUT: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "cache-headers": _without_cache_headers,
    "worker": _without_worker,
    "session": _without_session,
    "cookies-set": _without_cookies_set,
    "client": _without_client,
    "duration": _without_duration,
}


def thin(traffic: Path, out: Path, without: Collection[str]) -> None:
    """Write a copy of traffic.jsonl that lacks some facts.

    traffic  a story's traffic.jsonl
    without  keys of LEFT_OUT
    Raises   ValueError for another key
    """
    for what in without:
        if what not in LEFT_OUT:
            raise ValueError(f"nothing is called {what!r} here; there are {', '.join(LEFT_OUT)}")
    decoder, encoder = msgspec.json.Decoder(), msgspec.json.Encoder()
    with traffic.open("rb") as source, out.open("wb") as target:
        for raw in source:
            line = decoder.decode(raw)
            for what in without:
                LEFT_OUT[what](line)
            target.write(encoder.encode(line) + b"\n")


def _drop(message: dict[str, Any], names: Collection[str]) -> None:
    message["headers"] = [pair for pair in message["headers"] if pair[0].lower() not in names]
