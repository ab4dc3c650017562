"""`spillkit notify in-app`: notices for the company's own application."""

from __future__ import annotations

from pathlib import Path

import click

from spillkit.cli import Context
from spillkit.cli.room_process import ask_room
from spillkit.errors import InputError


@click.command("in-app")
@click.argument("mailing", metavar="MAILING")
@click.argument(
    "file", required=False, type=click.Path(path_type=Path, dir_okay=False), metavar="[FILE.csv|FILE.jsonl]"
)
@click.option(
    "--webhook",
    "url",
    metavar="URL",
    help="Hand them to the application one by one instead. Or SPILLKIT_IN_APP_WEBHOOK.",
)
@click.option(
    "--all", "everybody", is_flag=True, help="Also those who are told by e-mail: the same words, the same code."
)
@click.option("--bounced", is_flag=True, help="Also those whose mail came back.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def in_app(
    context: Context, mailing: str, file: Path | None, url: str | None, everybody: bool, bounced: bool, as_json: bool
) -> int:
    """Give MAILING to the company's own application, which shows each notice to whoever signed in to one of its accounts.

    For those who have no e-mail address, once two people have signed the mailing. A row holds the id of the notice, the ids of
    the accounts, language, heading, text and code: no name, no address. A webhook is signed with SPILLKIT_WEBHOOK_KEYS (Standard
    Webhooks); its id is the notice's, and what was answered with 2xx is not sent again: after an interruption, run it again.

    \b
    Examples:
      spillkit notify in-app 2026-11-cache notices.csv
      spillkit notify in-app 2026-11-cache notices.jsonl --all
      spillkit notify in-app 2026-11-cache --webhook https://app.example.org/notices
    \b
    Exit codes: 0 given, 1 the application refused some, 2 bad input, 3 not signed, or the application takes no more.
    """
    if file is not None and url is not None:
        raise InputError("Name a file, or a webhook: not both.")
    given = ["notify", "in-app", mailing, *([str(file)] if file is not None else [])]
    given += [f"--webhook={url}"] if url is not None else []
    return ask_room(context.workspace(), [*given, *["--all"] * everybody, *["--bounced"] * bounced], as_json=as_json)
