"""Receive the shop's mail over real SMTP and keep it: mail.mbox.

In:    messages that the shop sends.
Out:   an mbox without marks, and for each message its envelope and the values it showed.
Else:  who reads which address is `driver`; what the shop writes is `mailer`.

Source: RFC 5321 (SMTP), RFC 4155 (mbox).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from spillkit_shop.clock import Clock
from spillkit_shop.marks import Mark, strip
from spillkit_shop.servers import LOOPBACK, listening_socket

MAIL = "mail.mbox"


@dataclass(frozen=True, slots=True)
class Letter:
    """One message as it arrived."""

    entry: int  # 0-based place in the mbox
    arrived_at: datetime
    recipients: tuple[str, ...]  # of the envelope
    marks: tuple[Mark, ...]


class Mailbox:
    """Everybody's mailbox: the receiving side of all mail.

    path     the mbox, written anew when the first message comes
    arrived  is told of each message
    """

    def __init__(self, path: Path, clock: Clock, arrived: Callable[[Letter], None]) -> None:
        self._path = path
        self._clock = clock
        self._arrived = arrived
        self.messages = 0
        path.unlink(missing_ok=True)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        """Take one message."""
        now = self._clock.now()
        data, marks = strip(envelope.content)
        text = data.replace(b"\r\n", b"\n")
        quoted = b"\n".join(b">" + line if line.startswith(b"From ") else line for line in text.split(b"\n"))
        sender = (envelope.mail_from or "MAILER-DAEMON").encode()
        with self._path.open("ab") as file:
            file.write(b"From " + sender + f" {now:%a %b %d %H:%M:%S %Y}\n".encode() + quoted.rstrip(b"\n") + b"\n\n")
        letter = Letter(self.messages, now, tuple(_plain(address) for address in envelope.rcpt_tos), tuple(marks))
        self.messages += 1
        self._arrived(letter)
        return "250 OK"

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[tuple[str, int]]:
        """Receive mail until the block ends; yields host and port."""
        loop = asyncio.get_running_loop()
        listener = listening_socket()
        server = await loop.create_server(
            lambda: SMTP(self, enable_SMTPUTF8=True, decode_data=False, hostname="mail.shop.example", ident="mail"),
            sock=listener,
        )
        try:
            yield LOOPBACK, int(listener.getsockname()[1])
        finally:
            server.close()
            await server.wait_closed()


def _plain(address: str) -> str:
    """Return an envelope's address without marks."""
    return strip(address.encode("utf-8", "surrogateescape"))[0].decode("utf-8", "replace")


def readers_of(addresses: Sequence[str]) -> tuple[str, ...]:
    """Return addresses as they are compared: in lower case."""
    return tuple(address.strip().lower() for address in addresses)
