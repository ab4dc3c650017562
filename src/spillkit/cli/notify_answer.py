"""`spillkit notify answer`: answer the questions that came in by the portal."""

from __future__ import annotations

from pathlib import Path

import click

from spillkit.cli import Context
from spillkit.cli.room_process import ask_room


@click.command("answer")
@click.argument("spool", type=click.Path(path_type=Path, file_okay=False))
@click.option("--once", is_flag=True, help="Answer what waits, and end (for cron). Else: every minute, until Ctrl-C.")
@click.option(
    "--every", type=click.IntRange(1), default=60, show_default=True, metavar="SECONDS", help="Look so often."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, a line a round.")
@click.pass_obj
def answer(context: Context, spool: Path, once: bool, every: int, as_json: bool) -> int:
    """Answer the questions in SPOOL, the folder that the portal writes sealed questions into.

    Whoever stands in the customer list gets one mail a day at most: his notice again, or that he is not affected, in the language
    in which he asked. Nobody else is written to. Who is on hold, or was told at another address, is left to a person. Mails leave
    through SPILLKIT_SMTP.

    \b
    Examples:
      SPILLKIT_SMTP='smtp://127.0.0.1:25/?from=room@example.org' spillkit notify answer /srv/portal/asked
      spillkit notify answer asked --once --json
    \b
    Exit codes: 0 everybody was answered, 1 something waits or needs a person, 2 bad input.
    """
    given = [str(spool.absolute()), f"--every={every}", *(["--once"] if once else [])]
    return ask_room(context.workspace(), ["notify", "answer", *given], as_json=as_json)
