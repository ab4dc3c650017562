"""Watch werkzeug's test client, and Flask's, which is made of it.

In:    a client.
Out:   an answer for each run of the application (each hop of a redirect).
Else:  telling clients apart is `clients`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any

from spillkit.guard.answers import Answer, BodyTee, lower
from spillkit.guard.clients import Watcher

_MOST_REQUEST_BYTES = 1 << 20


def attach(client: Any, watcher: Watcher) -> Callable[[], None]:
    """Wrap what every request goes through."""
    run = client.run_wsgi_app

    def run_and_keep(environ: dict[str, Any], buffered: bool = False) -> Any:
        sent = _request_body(environ)
        told = dict(environ)
        # An answer of known length is read whole, whether the test reads it or not; a stream is read by the test alone.
        body, status, headers = run(environ, buffered=buffered)
        if "Content-Length" in headers:
            pieces = list(body)
            if hasattr(body, "close"):
                body.close()
            list(_Body(pieces, told, sent, status, headers, watcher))
            return pieces, status, headers
        return _Body(body, told, sent, status, headers, watcher), status, headers

    client.run_wsgi_app = run_and_keep
    return lambda: client.__dict__.pop("run_wsgi_app", None)


def _request_body(environ: dict[str, Any]) -> bytes:
    """Return a short request body, and put it back for the application."""
    try:
        length = int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return b""
    if not 0 < length <= _MOST_REQUEST_BYTES:
        return b""
    sent: bytes = environ["wsgi.input"].read(length)
    environ["wsgi.input"] = io.BytesIO(sent)
    return sent


class _Body:
    """The application's answer, with a copy kept while it is read."""

    def __init__(
        self, inner: Any, environ: dict[str, Any], sent: bytes, status: str, headers: Any, watcher: Watcher
    ) -> None:
        self._inner = inner
        self._environ = environ
        self._sent = sent
        self._status = int(status.split(" ", 1)[0])
        self._headers = lower(list(headers))
        self._watcher = watcher
        self._tee = BodyTee()
        self._is_done = False
        watcher.take_later(self._take)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._inner:
            self._tee.take(piece)
            yield piece
        self._tee.end()
        self._hand_over()

    def close(self) -> None:
        if hasattr(self._inner, "close"):
            self._inner.close()
        self._hand_over()

    def _hand_over(self) -> None:
        answer = self._take()
        if answer is not None:
            self._watcher.take(answer)

    def _take(self) -> Answer | None:
        if self._is_done:
            return None
        self._is_done = True
        environ = self._environ
        path, query = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
        headers = [(name[5:].replace("_", "-"), str(value)) for name, value in environ.items() if name[:5] == "HTTP_"]
        headers.append(("content-type", str(environ.get("CONTENT_TYPE", ""))))
        return Answer(
            method=str(environ.get("REQUEST_METHOD", "GET")),
            url=f"{path}?{query}" if query else path,
            status=self._status,
            headers=self._headers,
            body=self._tee.body,
            request_headers=lower(headers),
            request_body=self._sent,
            is_cut=self._tee.is_cut,
        )
