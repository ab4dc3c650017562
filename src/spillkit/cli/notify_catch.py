"""`spillkit notify catch`: a mail server for trying things out, which keeps every mail and delivers none."""

from __future__ import annotations

import importlib.util
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spillkit.cli import Context
from spillkit.errors import InputError
from spillkit.printed import printable

if TYPE_CHECKING:
    import mailbox

    from aiosmtpd.smtp import SMTP, Envelope, Session

_BACKLOG_BYTES = 32 * 1024 * 1024  # of one mail


@click.command("catch")
@click.argument("maildir", type=click.Path(path_type=Path, file_okay=False))
@click.option("--port", type=click.IntRange(1, 65535), default=8525, show_default=True, help="Port on this machine.")
@click.pass_obj
def catch(context: Context, maildir: Path, port: int) -> int:
    """Catch mail: a mail server on this machine that keeps every mail in MAILDIR and delivers none.

    For trying a mailing out before it goes to people. Each mail is kept byte for byte, behind the addresses of its envelope,
    as mail servers do. Any mail program opens the folder as a Maildir. Runs until Ctrl-C.

    \b
    Examples:
      spillkit notify catch caught
      SPILLKIT_SMTP='smtp://localhost:8525/?from=room@shop.example' spillkit notify send 2026-11-cache
    """
    if importlib.util.find_spec("aiosmtpd") is None:
        raise InputError("The mail server for trying is not installed. Install it with: pip install 'spillkit[demo]'")
    import mailbox

    from aiosmtpd.controller import Controller

    try:
        kept = mailbox.Maildir(maildir, create=True)
        known = len(kept)
    except OSError as error:
        raise InputError(
            f"{printable(str(maildir))}: cannot be used as a Maildir ({error.strerror}). Name another folder."
        ) from error
    ending = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    server = Controller(
        Catcher(kept), hostname="127.0.0.1", port=port, data_size_limit=_BACKLOG_BYTES, enable_SMTPUTF8=True
    )
    try:
        server.start()
    except OSError as error:
        raise InputError(f"Port {port} is taken. Name another with --port, or end what runs there.") from error
    click.echo(f"Catching mail: smtp://localhost:{port} (end it with Ctrl-C)")
    ending.wait()
    server.stop()
    context.console.print(f"\n{len(kept) - known:,} caught in {printable(str(maildir))}. Nothing was delivered.")
    return 0


class Catcher:
    """Keeps each mail, whoever it is for."""

    def __init__(self, kept: mailbox.Maildir) -> None:
        self._kept = kept

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        """Keep one mail; say so once it is on the disk."""
        content = envelope.original_content or b""
        # Return-Path is the last server's to write (RFC 5321, section 4.4). In front, so that signatures stay as they are.
        head = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {one}" for one in envelope.rcpt_tos)]
        self._kept.add("".join(f"{line}\r\n" for line in head).encode() + content)
        return "250 2.0.0 Ok: caught"
