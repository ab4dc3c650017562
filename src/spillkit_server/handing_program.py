"""`python -m spillkit_server notify letters`, `in-app`: the commands over `handing`.

In:    the environment (see `room`) and a command.
Out:   lines on the screen, or JSON; exit codes as of `spillkit`, 1 where somebody could not be given his notice.
Else:  the other commands are `notify_program`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from spillkit.errors import InputError, SettingsError
from spillkit.printed import json_text, printable
from spillkit.scope.words import count_of
from spillkit.settings import Workspace, open_workspace
from spillkit_server import start
from spillkit_server.room import Room

if TYPE_CHECKING:
    from spillkit_server.handing import Handed

WHY = {  # by `channel.Why`, which is not imported here: every start of the room would load all that it needs
    "no-postal-address": "a name, a street or a place is missing in the customer list",
    "long-address": "the address is longer than the window of an envelope",
    "several-people": "one notice for several people: write to each of them by hand",
    "not-drawn": "no font here has a letter of the name or the text (Debian: apt-get install fonts-noto-core fonts-noto-cjk)",
    "refused": "the application did not take it",
}


@click.command()
@click.argument("mailing")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--all", "everybody", is_flag=True)
@click.option("--bounced", is_flag=True)
@click.option("--again", is_flag=True)
@click.option("--json", "as_json", is_flag=True)
def letters(mailing: str, folder: Path, everybody: bool, bounced: bool, again: bool, as_json: bool) -> int:
    """Write a mailing as letters."""
    _room, workspace = _set_up()
    from spillkit_server import handing

    who = handing.Who(everybody=everybody, came_back=bounced)
    done = handing.write_letters(workspace, mailing, folder, who=who, now=datetime.now(UTC), again=again)
    said = f"{count_of(done.given, 'letter')} in {printable(str(folder))}, and letters.csv for whoever prints and posts them."
    if done.before:
        said += f"\n  {done.before:,} were written a letter before, and get no second. To print them once more: --again"
    return _tell(done, said, as_json)


@click.command("in-app")
@click.argument("mailing")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--webhook", "url", envvar="SPILLKIT_IN_APP_WEBHOOK")
@click.option("--all", "everybody", is_flag=True)
@click.option("--bounced", is_flag=True)
@click.option("--json", "as_json", is_flag=True)
def in_app(mailing: str, file: Path | None, url: str | None, everybody: bool, bounced: bool, as_json: bool) -> int:
    """Give a mailing to the company's own application."""
    room, workspace = _set_up()
    from spillkit_server import handing

    who, now = handing.Who(everybody=everybody, came_back=bounced), datetime.now(UTC)
    if file is not None:
        done = handing.write_in_app(workspace, mailing, file, who=who, now=now)
        return _tell(done, f"{count_of(done.given, 'notice')} in {printable(str(file))}.", as_json)
    if not url:
        raise InputError("Name a file that ends in .csv or .jsonl, or the application's address with --webhook.")
    if not room.ways.keys:
        raise SettingsError(
            "Set SPILLKIT_WEBHOOK_KEYS: without a signature the application cannot tell whose message it is."
        )
    done = handing.tell_in_app(workspace, mailing, url, room.ways.keys, who=who, now=now)
    before = f", {done.before:,} at an earlier time" if done.before else ""
    return _tell(done, f"{count_of(done.given, 'notice')} taken by the application{before}.", as_json)


def _tell(done: Handed, said: str, as_json: bool) -> int:
    if as_json:
        click.echo(json_text(msgspec.to_builtins(done)))
        return 0 if done.is_whole else 1
    click.echo(said)
    for why, count in sorted(done.not_given.items()):
        click.echo(f"  {count:,} not given: {WHY[why]}")
    if done.not_given:
        click.echo(
            f"Their ids: notices/{done.mailing}/{done.channel}.jsonl in the workspace. Reach them in another way."
        )
    if done.given:
        click.echo("Next:  spillkit notify publish FOLDER, so that their codes are known before anybody types one")
    return 0 if done.is_whole else 1


def _set_up() -> tuple[Room, Workspace]:
    room = start.set_up(os.environ)
    return room, open_workspace(room.workspace)
