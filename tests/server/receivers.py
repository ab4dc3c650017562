"""Those who receive reminders: a real mail server and a real program, each on a port of its own, each with moods."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller

from tests.server.rooms import free_port


class Mailbox:
    """A mail server: what it took, and how it answers."""

    def __init__(self) -> None:
        self.letters: list[tuple[str, list[str], EmailMessage]] = []  # envelope sender, envelope receivers, mail
        self.raw: list[bytes] = []  # the same mails, as they came
        self.tried = 0
        self.to_receiver = "250 ok"  # its answer to RCPT
        self.to_mail = "250 taken"  # its answer once the whole mail is there; "" says nothing, and ends
        self.asked = threading.Event()  # a mail was begun
        self.go_on = threading.Event()
        self.go_on.set()

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        self.tried += 1
        self.asked.set()
        if self.to_receiver.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to_receiver

    async def handle_DATA(self, server, _session, envelope):
        import asyncio

        while not self.go_on.is_set():
            await asyncio.sleep(0.05)
        if self.to_mail.startswith("250") or not self.to_mail:
            mail = message_from_bytes(envelope.content, policy=default)
            self.letters.append((envelope.mail_from, list(envelope.rcpt_tos), mail))
            self.raw.append(envelope.content)
        if not self.to_mail:
            server.transport.abort()
        return self.to_mail or "250 nobody hears this"

    def text(self, place: int = -1) -> str:
        return self.letters[place][2].get_content()


@contextmanager
def mailbox(port: int = 0, host: str = "127.0.0.1", **settings):
    """Serve a mailbox; its address is `.url`."""
    box = Mailbox()
    port = port or free_port()
    controller = Controller(box, hostname=host, port=port, enable_SMTPUTF8=True, **settings)
    controller.start()
    box.port, box.url = port, f"smtp://{host}:{port}/?from=room@room.example"
    try:
        yield box
    finally:
        controller.stop(no_assert=True)


class Program:
    """A program that is told: what it was sent, and how it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status = 204
        self.location = ""


@contextmanager
def program(port: int = 0):
    """Serve a program; its address is `.url`."""
    told = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            told.heard.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(told.status)
            if told.location:
                self.send_header("location", told.location)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/hook?of=spillkit"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
