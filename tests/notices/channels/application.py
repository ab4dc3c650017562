"""The company's own application: a real program on a port of its own, with moods."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Application:
    """The company's application: what it was told, and how it answers."""

    def __init__(self) -> None:
        self.told: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []  # of the next requests; 204 when there is none left; 0: cut off
        self.location = ""


@contextmanager
def application():
    app = Application()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            status = app.answers.pop(0) if app.answers else 204
            app.told.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if status == 0:
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            if app.location:
                self.send_header("location", app.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app.url = f"http://127.0.0.1:{server.server_address[1]}/notices"
    try:
        yield app
    finally:
        server.shutdown()
        server.server_close()
