"""Watch clients of httpx and httpx2, sync and async: also Starlette's and FastAPI's TestClient, with its websockets.

In:    a client.
Out:   an answer for each request that went over a transport (each hop of a redirect), and for each websocket message received.
Else:  telling clients apart is `clients`.

The transport is wrapped, not the client: streams stay streams, and what the client's hooks and authentication do stays theirs.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any

from spillkit.guard.answers import Answer, BodyTee, lower
from spillkit.guard.clients import Watcher


def attach(client: Any, watcher: Watcher) -> Callable[[], None]:
    """Wrap the client's transports."""
    library = next(base.__module__.partition(".")[0] for base in type(client).__mro__ if _is_httpx(base))
    choose = client._transport_for_url
    client._transport_for_url = lambda url: _Transport(choose(url), watcher, library)
    if hasattr(client, "websocket_connect"):
        _attach_websockets(client, watcher)

    def detach() -> None:
        for name in ("_transport_for_url", "websocket_connect"):
            client.__dict__.pop(name, None)

    return detach


def _is_httpx(base: type) -> bool:
    return base.__module__.partition(".")[0] in ("httpx", "httpx2")


class _Transport:
    """A transport whose answers are handed over when their bodies have been read."""

    def __init__(self, inner: Any, watcher: Watcher, library: str) -> None:
        self._inner = inner
        self._watcher = watcher
        self._library = library

    def handle_request(self, request: Any) -> Any:
        response = self._inner.handle_request(request)
        response.stream = _stream_classes(self._library)[0](response.stream, _Pending(request, response, self._watcher))
        return response

    async def handle_async_request(self, request: Any) -> Any:
        response = await self._inner.handle_async_request(request)
        response.stream = _stream_classes(self._library)[1](response.stream, _Pending(request, response, self._watcher))
        return response


class _Pending:
    """An answer whose body is being read."""

    def __init__(self, request: Any, response: Any, watcher: Watcher) -> None:
        self.tee = BodyTee()
        self._request = request
        self._response = response
        self._watcher = watcher
        self._is_done = False
        watcher.take_later(self.take)

    def hand_over(self) -> None:
        answer = self.take()
        if answer is not None:
            self._watcher.take(answer)

    def take(self) -> Answer | None:
        """Return the answer once; what the test read of its body so far."""
        if self._is_done:
            return None
        self._is_done = True
        request, response = self._request, self._response
        try:
            sent = bytes(request.content)
        except RuntimeError:  # RequestNotRead of whichever library: the test streamed its request, which is gone then
            sent = b""
        return Answer(
            method=request.method,
            url=str(request.url),
            status=response.status_code,
            headers=lower(response.headers.raw),
            body=self.tee.body,
            request_headers=lower(request.headers.raw),
            request_body=sent,
            is_cut=self.tee.is_cut,
        )


@cache
def _stream_classes(library: str) -> tuple[Any, Any]:
    """Make the two kinds of stream that a response of the library may have."""
    module = sys.modules[library]

    class Stream(module.SyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, inner: Any, pending: _Pending) -> None:
            self._inner, self._pending = inner, pending

        def __iter__(self) -> Iterator[bytes]:
            for piece in self._inner:
                self._pending.tee.take(piece)
                yield piece
            self._pending.tee.end()
            self._pending.hand_over()

        def close(self) -> None:
            try:
                self._inner.close()
            finally:
                self._pending.hand_over()

    class AsyncStream(module.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __init__(self, inner: Any, pending: _Pending) -> None:
            self._inner, self._pending = inner, pending

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for piece in self._inner:
                self._pending.tee.take(piece)
                yield piece
            self._pending.tee.end()
            self._pending.hand_over()

        async def aclose(self) -> None:
            try:
                await self._inner.aclose()
            finally:
                self._pending.hand_over()

    return Stream, AsyncStream


def _attach_websockets(client: Any, watcher: Watcher) -> None:
    connect = client.websocket_connect

    def websocket_connect(url: str, *arguments: Any, **options: Any) -> Any:
        session = connect(url, *arguments, **options)
        receive = session.receive
        headers = lower((options.get("headers") or {}).items())
        with contextlib.suppress(
            Exception
        ):  # The jar of httpx writes no plain header; without it the client's state tells who it is.
            headers = (
                *headers,
                ("cookie", "; ".join(f"{cookie.name}={cookie.value}" for cookie in client.cookies.jar)),
            )

        def receive_and_keep() -> Any:
            message = receive()
            said = message.get("text")
            body = said.encode("utf-8", "replace") if isinstance(said, str) else message.get("bytes")
            if body is not None:
                watcher.take(Answer("GET", url, 101, (), bytes(body), headers, is_websocket=True))
            return message

        session.receive = receive_and_keep
        return session

    client.websocket_connect = websocket_connect
