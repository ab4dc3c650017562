"""Watch sessions of requests, and what is made of them (Django REST framework's RequestsClient).

In:    a session.
Out:   an answer for each hop.
Else:  telling clients apart is `clients`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from spillkit.guard.answers import Answer, BodyTee, lower
from spillkit.guard.clients import Watcher


def attach(client: Any, watcher: Watcher) -> Callable[[], None]:
    """Wrap the session's `send`, which it calls again for each hop of a redirect."""
    send = client.send
    depth = 0

    def send_and_keep(request: Any, **options: Any) -> Any:
        nonlocal depth
        depth += 1
        try:
            response = send(request, **options)
        finally:
            depth -= 1
        if depth == 0:  # The hops within are in the last answer's history, in order.
            for hop in (*response.history, response):
                _hand_over(hop, watcher)
        return response

    client.send = send_and_keep
    return lambda: client.__dict__.pop("send", None)


def _hand_over(response: Any, watcher: Watcher) -> None:
    if response._content_consumed:
        watcher.take(_answer(response, response.content or b"", is_cut=False))
        return
    # The test reads the body itself: a copy is kept while it does.
    tee = BodyTee()
    read = response.iter_content
    done = False

    def take() -> Answer | None:
        nonlocal done
        if done:
            return None
        done = True
        return _answer(response, tee.body, is_cut=tee.is_cut)

    def iter_content(chunk_size: int | None = 1, decode_unicode: bool = False) -> Iterator[Any]:
        for piece in read(chunk_size, decode_unicode):
            tee.take(piece if isinstance(piece, bytes) else piece.encode("utf-8", "replace"))
            yield piece
        tee.end()
        answer = take()
        if answer is not None:
            watcher.take(answer)

    response.iter_content = iter_content
    watcher.take_later(take)


def _answer(response: Any, body: bytes, *, is_cut: bool) -> Answer:
    request = response.request
    sent = request.body
    headers = lower(response.headers.items())
    raw = getattr(response.raw, "headers", None)
    if raw is not None and hasattr(
        raw, "getlist"
    ):  # requests joins several Set-Cookie into one; urllib3 keeps them apart.
        kept = tuple(pair for pair in headers if pair[0] != "set-cookie")
        headers = (*kept, *(("set-cookie", value) for value in raw.getlist("set-cookie")))
    return Answer(
        method=request.method or "",
        url=request.url or "",
        status=response.status_code,
        headers=headers,
        body=body,
        request_headers=lower(request.headers.items()),
        request_body=sent.encode("utf-8", "replace")
        if isinstance(sent, str)
        else sent
        if isinstance(sent, bytes)
        else b"",
        is_cut=is_cut,
    )
