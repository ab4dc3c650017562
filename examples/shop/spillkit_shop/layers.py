"""The outermost layer of a worker: its name, the cookies of the jar, and the buffer that bodies are sent from.

In:    whatever a page answers.
Out:   the answer with X-Served-By, Set-Cookie and its final length; for the driver also which fault made it wrong.
Else:  the jar is `sessions`, the buffer `buffers`; both are where faults 4 and 12 live.
"""

from __future__ import annotations

import asyncio

from spillkit_shop.marks import App, Message, Receive, Scope, Send
from spillkit_shop.sessions import CookieJar
from spillkit_shop.store import Account
from spillkit_shop.worker import Worker

STORY_FAULT = b"x-story-fault"  # for the driver only, which takes it off before anything is recorded
_TEXT = (b"text/html", b"application/json")


class WorkerLayer:
    """ASGI middleware; holds each body until it is whole, as the shop's answers are short."""

    def __init__(self, app: App, worker: Worker) -> None:
        self._app = app
        self._worker = worker

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        worker = self._worker
        own_jar = CookieJar()
        scope["shop.jar"] = worker.jar if worker.is_on("session_race") else own_jar
        start: Message = {}
        parts: list[bytes] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                parts.append(bytes(message.get("body", b"")))
                if not message.get("more_body"):
                    await self._send(scope, start, b"".join(parts), send)
            else:
                await send(message)

        await self._app(scope, receive, hold)

    async def _send(self, scope: Scope, start: Message, body: bytes, send: Send) -> None:
        worker = self._worker
        headers = [(name, value) for name, value in start["headers"] if name != b"content-length"]
        media_type = dict(headers).get(b"content-type", b"")
        if body and media_type.startswith(_TEXT) and worker.is_on("mem_bleed"):
            sent = worker.buffer.copied(body)
            if len(sent) > len(body):
                scope.setdefault("shop.wrong", set()).add("mem_bleed")
            body = sent
        headers.append((b"x-served-by", worker.name.encode()))
        headers += [(b"set-cookie", value.encode()) for value in scope["shop.jar"].take()]
        if worker.shared.marks and scope.get("shop.wrong"):
            headers.append((STORY_FAULT, ",".join(sorted(scope["shop.wrong"])).encode()))
        headers.append((b"content-length", str(len(body)).encode()))
        await send({**start, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        account = scope.get("shop.account")
        if account is not None and worker.random.random() < worker.tuning.background_share:
            worker.shared.start(_remember_visit(worker, scope["shop.jar"], account, scope["shop.session"]))


async def _remember_visit(worker: Worker, jar: CookieJar, account: Account, session: str) -> None:
    """Note the visit for the statistics, and prolong the session in the jar of the answer that this task belongs to."""
    await asyncio.sleep(worker.random.uniform(0.02, 0.08))
    if worker.sessions.find(session) == account:
        jar.set_session(session)
