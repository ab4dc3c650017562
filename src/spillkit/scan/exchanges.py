"""Keep of every exchange what tells how it came about, and nothing of what it said.

In:    a batch of exchanges with their viewers and routes, the workspace's key.
Out:   an Arrow table EXCHANGES (spillkit.schemas): keyed pseudonyms, counts, and words of our own.
Else:  headers are read by `answer_headers`, sessions by `session_cookies`; what this means is `cause` and
       `entitlement.continuity`.

Equal values of one workspace have equal pseudonyms, and without its key nobody can tell of what: each kind of value has a
personalisation of its own, so that an address that also stands in a URL cannot be joined with it.
Cost: docs/reference/ledger.md, "Sizes".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import pyarrow as pa

from spillkit.model import Exchange, Viewer
from spillkit.scan.answer_headers import trail_of
from spillkit.scan.routes import path_of
from spillkit.scan.session_cookies import SessionCookies
from spillkit.schemas import EXCHANGES

_REMEMBERED = 200_000
_LABEL = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9.-]{1,16}\Z")  # a number alone may be an address
_DIGITS = re.compile(r"\d+")
_VERSION = re.compile(r"v\d{1,2}(?:\.\d{1,2})?\Z", re.IGNORECASE)
_MOST_DIGITS = 15
_OFFSET_BITS = 62  # an object of 15 digits and its offset fit into 63 bits together


class ExchangeRows:
    """Makes the rows of batches.

    key          the workspace's, 16 bytes
    cookies      tells which sessions went by; None: nobody asked for any
    is_personal  whether a subject is found in a short text; None: nobody can say
    """

    def __init__(
        self, key: bytes, cookies: SessionCookies | None = None, is_personal: Callable[[str], bool] | None = None
    ) -> None:
        self._cookies = cookies
        self._is_personal = is_personal or (lambda text: False)
        self._client, self._device, self._worker, self._connection, self._edge_pseudonym = (
            _remembered(_texts(key, person)) for person in ("client", "device", "worker", "connect", "edge")
        )
        self._url, self._body = _numbers(key, "url"), _numbers(key, "body")
        offset = _numbers(key, "object")
        self._offset = lru_cache(maxsize=_REMEMBERED)(lambda route: offset(route.encode()) >> (63 - _OFFSET_BITS))
        self._edge = lru_cache(maxsize=_REMEMBERED)(self._edge_label)

    def table(
        self, exchanges: Sequence[Exchange], viewers: Sequence[Viewer], routes: Sequence[str], methods: Sequence[str]
    ) -> pa.Table:
        """Return the rows of a batch, in its order.

        exchanges, viewers, routes, methods  of equal length; routes and methods safe to store
        """
        if not exchanges:
            return EXCHANGES.empty_table()
        rows = []
        last_body: bytes | None = None
        body: int | None = None
        for exchange, viewer, route, method in zip(exchanges, viewers, routes, methods, strict=True):
            # A message to many is one body in many exchanges.
            if exchange.body is not last_body:
                last_body = exchange.body
                # SHA-256 has instructions of its own in processors and is twice as fast as BLAKE2 there; the key comes after.
                body = self._body(hashlib.sha256(last_body).digest()) if last_body else None
            rows.append(self._row(exchange, viewer, route, method, body))
        columns = zip(*rows, strict=True)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, EXCHANGES, strict=True)]
        return pa.table(arrays, schema=EXCHANGES)

    def _row(self, exchange: Exchange, viewer: Viewer, route: str, method: str, body: int | None) -> tuple[object, ...]:
        trail = trail_of(exchange.response_headers)
        session, (issued, issued_to) = viewer.session, ("", "")
        if self._cookies is not None:
            session, (issued, issued_to) = self._cookies.carried(exchange, viewer), self._cookies.issued(exchange)
        # What the recorder says of itself is nearer to the truth than what a header says.
        worker = exchange.worker or trail.worker
        connection = exchange.connection or trail.connection
        edge = exchange.edge or trail.edge
        request = exchange.request
        return (
            exchange.source,
            exchange.entry,
            exchange.shown_at,
            exchange.took_ms,
            exchange.channel.value,
            method,
            route,
            exchange.status,
            viewer.id,
            viewer.kind.value,
            viewer.found_by,
            session,
            issued,
            issued_to,
            self._client(request.client_ip) if request.client_ip else "",
            self._device(request.user_agent) if request.user_agent else "",
            self._url(_address(exchange)) if exchange.url else None,
            self._object(exchange.url, route),
            body,
            exchange.body_bytes,
            trail.cache,
            trail.age_seconds,
            self._worker(worker) if worker else "",
            self._connection(connection) if connection else "",
            self._edge(edge) if edge else "",
            exchange.open_recipients,
        )

    def _object(self, url: str, route: str) -> int | None:
        """The last number in the path, moved by an amount that only the key tells and that is the same on the whole route."""
        number = _last_number(path_of(url))
        return None if number is None else number + self._offset(route)

    def _edge_label(self, text: str) -> str:
        return text if _LABEL.match(text) and not self._is_personal(text) else self._edge_pseudonym(text)


@lru_cache(maxsize=65536)
def _last_number(path: str) -> int | None:
    """Return the number nearest to the end of a path; None without one, or of more than 15 digits.

    >>> _last_number("/api/v2/orders/ORD-000123/edit")
    123
    """
    for segment in reversed(path.split("/")):
        if _VERSION.match(segment):
            continue
        found = _DIGITS.findall(segment[:400])
        if found:
            return int(found[-1]) if found[-1].isascii() and len(found[-1]) <= _MOST_DIGITS else None
    return None


def _address(exchange: Exchange) -> bytes:
    """Host, path and query: what a cache takes for the same."""
    url = exchange.url.partition("#")[0]
    scheme, mark, rest = url.partition("://")
    if mark and "/" not in scheme:
        url = rest
    elif url.startswith("/"):
        url = next((value for name, value in exchange.request.headers if name == "host"), "") + url
    return url.encode("utf-8", "surrogatepass")


def _keyed(key: bytes, person: str) -> hashlib.blake2b:
    """A keyed hash of 64 bits for one kind of value (RFC 7693; blake2b's personalisation is 16 bytes at most)."""
    return hashlib.blake2b(digest_size=8, key=key, person=f"spillkit-{person}".encode())


def _texts(key: bytes, person: str) -> Callable[[str], str]:
    keyed = _keyed(key, person)

    def pseudonym(value: str) -> str:
        digest = keyed.copy()
        digest.update(value.encode("utf-8", "surrogatepass"))
        return digest.hexdigest()

    return pseudonym


def _numbers(key: bytes, person: str) -> Callable[[bytes], int]:
    keyed = _keyed(key, person)

    def pseudonym(value: bytes) -> int:
        digest = keyed.copy()
        digest.update(value)
        return int.from_bytes(digest.digest(), "big") >> 1  # DuckDB and Parquet count in signed 64 bits

    return pseudonym


def _remembered(pseudonym: Callable[[str], str]) -> Callable[[str], str]:
    return lru_cache(maxsize=_REMEMBERED)(pseudonym)
