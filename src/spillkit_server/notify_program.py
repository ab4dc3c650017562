"""`python -m spillkit_server notify …`: what `spillkit notify` asks the room's database for.

In:    the environment (see `room`) and a command.
Out:   lines on the screen, or JSON; exit codes as of `spillkit`.
Else:  each command is a thin function here, over a module of its own.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import click
import msgspec

from spillkit.printed import json_text, printable
from spillkit.scope.words import count_of
from spillkit.settings import Workspace, open_workspace
from spillkit_server import start
from spillkit_server.room import Room


@click.group()
def notify() -> None:
    """Tell the right people, and answer them."""


@notify.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--mailing", "mailings", multiple=True)
@click.option("--searched", type=click.FloatRange(0, 100))
@click.option("--answer-hours", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True)
def publish(
    folder: Path, mailings: tuple[str, ...], searched: float | None, answer_hours: int | None, as_json: bool
) -> None:
    """Renew what the portal says."""
    _room, workspace = _set_up()
    from spillkit_server import publishing

    done = publishing.publish(workspace, folder, mailings, searched, answer_hours, datetime.now(UTC))
    if as_json:
        click.echo(json_text(msgspec.to_builtins(done)))
        return
    for line in done.news:
        click.echo(f"new  {printable(line)}")
    state = "Published" if done.is_new else "Nothing is new: what was published stays"
    click.echo(
        f"{state}: {count_of(len(done.mailings), 'mailing')}, {count_of(done.codes, 'code')}, "
        f"{count_of(done.fakes, 'warning')} ({done.name})"
    )


def _set_up() -> tuple[Room, Workspace]:
    room = start.set_up(os.environ)
    return room, open_workspace(room.workspace)
