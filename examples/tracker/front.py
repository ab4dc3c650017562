"""The recorder in front of the cache: a listener that passes every request on to nginx and keeps what came back.

In:    requests of the scripted users, on loopback. Two headers tell the recorder, and nobody behind it, who is really asking.
Out:   the answers, byte by byte as nginx sent them; and a list of exchanges.
Else:  writing them down is `exchanges`; the users are `visitors`.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from exchanges import Exchange

VIEWER, CLIENT_IP = "X-Script-Viewer", "X-Script-Client"  # never passed on, never recorded


class Front:
    """Where the scripted users connect, and what was recorded so far."""

    def __init__(self, upstream_port: int) -> None:
        self.upstream_port = upstream_port
        self.exchanges: list[Exchange] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_for(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def keep(self, exchange: Exchange) -> None:
        """Add an exchange. Answers are in the order in which they left."""
        with self._lock:
            self.exchanges.append(exchange)


@contextmanager
def listen(upstream_port: int) -> Iterator[Front]:
    """Listen on a free port of loopback until the block ends."""
    front = Front(upstream_port)
    thread = threading.Thread(target=front._server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        front._server.shutdown()
        front._server.server_close()
        thread.join(5)


def _handler_for(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass_on(self) -> None:
            asked_at = datetime.now(UTC)
            viewer, client_ip = self.headers[VIEWER], self.headers[CLIENT_IP]
            headers = tuple(
                (name, value)
                for name, value in self.headers.items()
                if name not in (VIEWER, CLIENT_IP) and name.lower() not in ("connection", "keep-alive")
            )
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.close_connection = True
            try:
                answer = _ask(front.upstream_port, self.command, self.path, headers, client_ip, body)
            except OSError:
                return  # nginx is gone: somebody stopped the recording, and the user sees the connection close.
            if not answer:
                return
            sent_at = datetime.now(UTC)
            self.wfile.write(answer)
            head, _, wire_body = answer.partition(b"\r\n\r\n")
            status_line, *lines = head.decode("latin-1").split("\r\n")
            _, status, reason = status_line.split(" ", 2)
            pairs = tuple((name, value.strip()) for name, _, value in (line.partition(":") for line in lines))
            front.keep(
                Exchange(
                    viewer,
                    client_ip,
                    asked_at,
                    sent_at,
                    self.command,
                    self.path,
                    headers,
                    body,
                    int(status),
                    reason,
                    pairs,
                    wire_body,
                )
            )

        do_GET = do_POST = do_HEAD = _pass_on  # noqa: N815 - http.server looks for these names

        def log_message(self, *_: object) -> None:
            """Say nothing: nginx keeps the access log."""

    return Handler


def _ask(
    port: int, method: str, target: str, headers: tuple[tuple[str, str], ...], client_ip: str, body: bytes
) -> bytes:
    """Send one request to nginx on a connection of its own and return all it answers."""
    lines = [
        f"{method} {target} HTTP/1.1",
        *(f"{name}: {value}" for name, value in headers),
        f"X-Forwarded-For: {client_ip}",
        "Connection: close",
        "",
        "",
    ]
    with socket.create_connection(("127.0.0.1", port), timeout=60) as upstream:
        upstream.sendall("\r\n".join(lines).encode("latin-1") + body)
        pieces = []
        while piece := upstream.recv(65536):
            pieces.append(piece)
    return b"".join(pieces)
