"""Serve an application on loopback inside the running event loop.

In:    an ASGI application.
Out:   its port, for as long as the `async with` block runs.
Else:  what is served is `app` and `edges`; the real proxy is `nginx_edge`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]
AsgiScope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
AsgiApp = Callable[[AsgiScope, Receive, Send], Awaitable[None]]

LOOPBACK = "127.0.0.1"


class _QuietServer(uvicorn.Server):
    """A server that leaves the process's signals to whoever started it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        yield


def listening_socket(port: int = 0) -> socket.socket:
    """Return a socket that listens on loopback; port 0 takes a free one."""
    # The protocol is named because asyncio turns Nagle's algorithm off for sockets that say they are TCP, and for no others:
    # without it each answer waits 40 ms for an acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((LOOPBACK, port))
    listener.listen(1024)
    return listener


@contextlib.asynccontextmanager
async def served(app: AsgiApp, port: int = 0) -> AsyncIterator[int]:
    """Serve an application until the block ends; yields the port."""
    listener = listening_socket(port)
    config = uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,  # the story has a clock of its own
        proxy_headers=False,
        timeout_keep_alive=3600,
        timeout_graceful_shutdown=1,
    )
    server = _QuietServer(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        while not server.started:
            if running.done():
                running.result()
                raise RuntimeError("the server ended before it began")
            await asyncio.sleep(0.001)
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        await running
        listener.close()
