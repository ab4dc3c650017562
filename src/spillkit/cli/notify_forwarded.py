"""`spillkit notify forwarded`: answer those who send a message on and ask whether it is ours."""

from __future__ import annotations

import click

from spillkit.cli import Context
from spillkit.cli.room_process import ask_room


@click.command("forwarded")
@click.option(
    "--once", is_flag=True, help="Answer what is there, and end (for cron). Else: every minute, until Ctrl-C."
)
@click.option(
    "--every", type=click.IntRange(1), default=60, show_default=True, metavar="SECONDS", help="Look so often."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, a line a round.")
@click.pass_obj
def forwarded(context: Context, once: bool, every: int, as_json: bool) -> int:
    """Answer those who send a message on: is it from us, was it changed, is it not ours?

    The mailbox is named by SPILLKIT_FORWARDED: a Maildir, an mbox file, or imaps://user:password@host/INBOX. Nothing is deleted or
    marked there. An address gets one answer a day at most; nothing of a message is repeated in it. What is not ours is counted as
    a false message, of which an officer may let the portal warn.

    \b
    Example:
      SPILLKIT_FORWARDED=/home/check/Maildir SPILLKIT_SMTP='smtp://127.0.0.1:25/?from=room@example.org' \\
        spillkit notify forwarded --once
    \b
    Exit codes: 0 everybody was answered, 1 something waits, 2 bad input.
    """
    return ask_room(
        context.workspace(), ["notify", "forwarded", f"--every={every}", *(["--once"] if once else [])], as_json=as_json
    )
