"""Write the shop's messages and hand them to a mail server over SMTP.

In:    orders, persons.
Out:   messages on their way: headers and text in UTF-8, so that nothing hides a value.
Else:  mailings to many are `newsletter`; receiving is the driver's mail server.

Source: RFC 5321 (SMTP), RFC 6531 and 6532 (UTF-8 in envelope and headers), RFC 6152 (8BITMIME).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from email.utils import format_datetime

from spillkit_shop import shopping
from spillkit_shop.persons import Person
from spillkit_shop.shared import Shared
from spillkit_shop.shopping import Order
from spillkit_shop.store import Store
from spillkit_shop.texts import language_for, words

SENDER = "shop@shop.example.net"
_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), " ")


class MailError(Exception):
    """The mail server did not take a message."""


def mailbox(person: Person) -> str:
    """Return a person's name and address for a header. Controls in the name become spaces: a header ends at a line's end."""
    name = person.name.translate(_CONTROL).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{name}" <{person.email}>'


def message(recipients: Iterable[str], subject: str, body: str, language: str, now: datetime) -> bytes:
    """Return a message; `recipients` are mailboxes for its To header."""
    headers = (
        f"From: Exempla Home <{SENDER}>",
        "To: " + ",\r\n ".join(recipients),
        f"Subject: {subject}",
        f"Date: {format_datetime(now)}",
        f"Message-ID: <{secrets.token_hex(12)}@shop.example.net>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Content-Language: {language}",
    )
    lines = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return ("\r\n".join(headers) + "\r\n\r\n" + "\r\n".join(lines) + "\r\n").encode()


async def send_order_mail(shared: Shared, store: Store, order: Order, now: datetime) -> None:
    """Tell a customer that his order has arrived, and to whom it will be sent."""
    buyer, recipient = store.person(order.customer), store.person(order.recipient or order.customer)
    if buyer is None or recipient is None:
        return
    language = language_for(buyer.language, "")
    t = words()[language]
    lines = [f"{line.quantity} x {line.title}" for line in shopping.lines_of(store, order.number)]
    body = "\n".join(
        [
            f"{t['dear']} {buyer.name},",
            "",
            *lines,
            "",
            t["mail_thanks"],
            recipient.name,
            recipient.address,
            "",
            t["shop"],
        ]
    )
    text = message([mailbox(buyer)], f"{t['mail_order']} {order.shown_number}", body, language, now)
    async with connected(shared) as line:
        await line.send([address_of(store, order.customer)], text)


def address_of(store: Store, number: int) -> str:
    """Return the address for an envelope, which is not rendered and has no marks."""
    return store.population.customer(number).email


class MailLine:
    """A connection to the mail server; or none, and messages are only counted."""

    def __init__(self, shared: Shared, streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None) -> None:
        self._shared = shared
        self._streams = streams
        self._options = ""

    async def greet(self) -> None:
        """Say who we are, and learn what the server can do."""
        if self._streams is None:
            return
        await self._reply(220)
        offered = (await self._command("EHLO shop.example.net", 250)).upper()
        self._options = "".join(
            f" {option}" for option in ("BODY=8BITMIME", "SMTPUTF8") if option.split("=")[-1] in offered
        )

    async def send(self, envelope: Sequence[str], text: bytes) -> None:
        """Send one message to the addresses of its envelope."""
        self._shared.mails += 1
        if self._streams is None:
            return
        await self._command(f"MAIL FROM:<{SENDER}>{self._options}", 250)
        for address in envelope:
            await self._command(f"RCPT TO:<{address}>", 250)
        await self._command("DATA", 354)
        stuffed = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in text.split(b"\r\n"))
        self._streams[1].write(stuffed + b".\r\n")
        await self._reply(250)

    async def _command(self, command: str, expected: int) -> str:
        assert self._streams is not None
        self._streams[1].write(command.encode() + b"\r\n")
        return await self._reply(expected)

    async def _reply(self, expected: int) -> str:
        assert self._streams is not None
        lines = []
        while True:
            line = (await self._streams[0].readline()).decode("utf-8", "replace")
            lines.append(line)
            if line[3:4] != "-":
                break
        if not lines[-1].startswith(str(expected)):
            raise MailError(f"the mail server answered {lines[-1][:3] or 'nothing'} instead of {expected}")
        return "".join(lines)


@asynccontextmanager
async def connected(shared: Shared) -> AsyncIterator[MailLine]:
    """Open a connection to the mail server for some messages."""
    if shared.smtp is None:
        yield MailLine(shared, None)
        return
    reader, writer = await asyncio.open_connection(*shared.smtp)
    try:
        line = MailLine(shared, (reader, writer))
        await line.greet()
        yield line
        writer.write(b"QUIT\r\n")
        await reader.readline()
    finally:
        writer.close()
        await writer.wait_closed()
