"""A mail server that takes notices, puts some off, and loses some answers: the truth of `bench.notices_crash`.

    python -m bench.notices_sink LOG PORT-FILE [--lose 0.001] [--put-off 0.01]

Standard library only, and nothing of Spillkit: it judges it. Speaks PIPELINING. Of each mail it decides by its id, at its first
sight: to take it; to answer 451 (half of them to RCPT, half to the dot); or to end the connection after the dot, half of those with
the mail taken and half without. Each line of LOG is written before the answer leaves:

    took ID      it is in a mailbox
    cut ID       the connection was ended after its dot
    put-off ID
    last ID      a connection ended, by the other side and without QUIT, after this mail's dot was answered and before anything else
    half ID      the same, within this mail
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import re
from pathlib import Path

_ID = re.compile(rb"^Message-ID: <([A-Za-z0-9]+)@", re.MULTILINE)


class Truth:
    """What was decided of each mail, and the log."""

    def __init__(self, log: Path, lose: float, put_off: float) -> None:
        self._log = os.open(log, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
        self._lose, self._put_off = lose, put_off
        self._seen: set[str] = set()

    def write(self, what: str, name: str) -> None:
        os.write(self._log, f"{what} {name}\n".encode())

    def fate(self, name: str) -> str:
        """Return what becomes of a mail that is offered now."""
        drawn = int.from_bytes(hashlib.sha256(b"fate" + name.encode()).digest()[:8], "big") / 2**64
        half = int(hashlib.sha256(b"half" + name.encode()).hexdigest(), 16) % 2
        if name in self._seen or drawn >= self._lose + self._put_off:
            return "take"
        if drawn < self._lose:
            return "take-and-cut" if half else "cut"
        return "put-off-at-rcpt" if half else "put-off-at-dot"

    def saw(self, name: str) -> None:
        self._seen.add(name)


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, truth: Truth) -> None:
        self._truth = truth
        self._buffer = bytearray()
        self._in_mail = False
        self._receiver = ""
        self._last = ""  # mail whose dot was answered, as long as nothing followed
        self._quit = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._say("220 sink.example ESMTP")

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._last = ""
        while self._step():
            pass

    def connection_lost(self, _error: Exception | None) -> None:
        if self._in_mail and self._receiver:
            self._truth.write("half", self._receiver)
        elif self._last and not self._quit:
            self._truth.write("last", self._last)

    def _step(self) -> bool:
        end = b"\r\n.\r\n" if self._in_mail else b"\r\n"
        place = self._buffer.find(end)
        if place < 0 or self._transport.is_closing():
            return False
        taken = bytes(self._buffer[:place])
        del self._buffer[: place + len(end)]
        if self._in_mail:
            self._mail(taken)
        else:
            self._command(taken)
        return True

    def _command(self, line: bytes) -> None:
        word = line[:4].upper()
        if word == b"EHLO":
            self._say("250-sink.example\r\n250-PIPELINING\r\n250 8BITMIME")
        elif word == b"RCPT":
            self._receiver = line.partition(b"<")[2].partition(b"@")[0].decode()
            if self._truth.fate(self._receiver) == "put-off-at-rcpt":
                self._truth.saw(self._receiver)
                self._truth.write("put-off", self._receiver)
                self._receiver = ""
                self._say("450 4.2.1 later")
            else:
                self._say("250 2.1.5 ok")
        elif word == b"DATA":
            if self._receiver:
                self._in_mail = True
                self._say("354 go on")
            else:
                self._say("554 5.5.1 no receiver")
        elif word == b"QUIT":
            self._quit = True
            self._say("221 bye")
            self._transport.close()
        else:
            self._say("250 2.0.0 ok")

    def _mail(self, mail: bytes) -> None:
        self._in_mail = False
        found = _ID.search(mail)
        assert found
        name = found[1].decode()
        assert name == self._receiver, "a mail went to another's mailbox"
        self._receiver = ""
        fate = self._truth.fate(name)
        self._truth.saw(name)
        if fate == "put-off-at-dot":
            self._truth.write("put-off", name)
            self._say("451 4.3.0 later")
        else:
            if fate != "cut":
                self._truth.write("took", name)
            if fate != "take":
                self._truth.write("cut", name)
                self._transport.abort()
                return
            self._say(f"250 2.0.0 Ok: queued as {hashlib.sha256(name.encode()).hexdigest()[:12].upper()}")
        if not self._buffer:
            self._last = name

    def _say(self, line: str) -> None:
        self._transport.write(line.encode() + b"\r\n")


async def serve(truth: Truth, port_file: Path) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: Connection(truth), "127.0.0.1", 0)
    written = port_file.with_suffix(".new")
    written.write_text(str(server.sockets[0].getsockname()[1]))
    written.rename(port_file)
    await server.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.notices_sink")
    parser.add_argument("log", type=Path)
    parser.add_argument("port_file", type=Path)
    parser.add_argument("--lose", type=float, default=0.001)
    parser.add_argument("--put-off", type=float, default=0.01)
    options = parser.parse_args()
    asyncio.run(serve(Truth(options.log, options.lose, options.put_off), options.port_file))


if __name__ == "__main__":
    main()
