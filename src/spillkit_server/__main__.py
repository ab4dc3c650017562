"""`python -m spillkit_server`: what `spillkit serve` starts, as a process of its own.

In:    the environment (see `room`) and a command: serve, check, invite, new-password, token, remind, notify.
Out:   a running server, or lines on the screen; exit codes as of `spillkit`.
Else:  what each does is `start`.
"""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from datetime import UTC, datetime

import click

from spillkit.errors import InputError
from spillkit.exits import exit_code_of
from spillkit.printed import json_text, printable
from spillkit.scope.words import count_of
from spillkit_server import start
from spillkit_server.notify_program import notify
from spillkit_server.room import Room

_OPEN_SECONDS = 30


@click.group()
def program() -> None:
    """Serve the incident room of the workspace that SPILLKIT_WORKSPACE names."""


@program.command()
@click.option("--address", default="127.0.0.1")
@click.option("--workers", type=click.IntRange(1, 64), default=1)
@click.option("--open", "opens", is_flag=True)
@click.option("--incident", type=click.IntRange(1))
def serve(address: str, workers: int, opens: bool, incident: int | None) -> None:
    """Serve until somebody stops it."""
    room = start.set_up(os.environ)
    if not _is_free(address, room.port):
        raise InputError(f"Port {room.port} is taken. Name another with --port, or end what runs there.")
    place = start.place_of(room, incident) if incident is not None else room.origin
    link = start.first_link(room, incident)
    click.echo(f"The incident room: {room.origin}/")
    if link is not None:
        click.echo(f"Make the first account (works once, for three days): {link}")
    elif incident is not None:
        click.echo(f"Incident {incident}: {place}")
    click.echo("End it with Ctrl-C. What was decided is kept.")
    if opens:
        threading.Thread(target=_open_when_ready, args=(room, link or place), daemon=True).start()
    sys.stdout.flush()
    start.serve(room, address, workers)


@program.command()
@click.option("--json", "as_json", is_flag=True)
def check(as_json: bool) -> int:
    """Say whether the room can open."""
    room = start.set_up(os.environ)
    wrong = start.check()
    kind = "SQLite" if "sqlite3" in str(room.database["ENGINE"]) else "PostgreSQL"
    hooks = len(room.ways.hooks)
    if as_json:
        ways = {"mail": room.ways.mail is not None, "webhooks": hooks}
        found = {
            "origin": room.origin,
            "database": kind,
            "second_factor": room.second_factor,
            "reminders": ways,
            "wrong": wrong,
        }
        click.echo(json_text(found))
        return 1 if wrong else 0
    click.echo(f"address        {room.origin}")
    click.echo(f"database       {kind}, migrated")
    click.echo(f"second factor  {'required' if room.second_factor else 'optional'}")
    click.echo(f"reminders      {_ways(room)}")
    for line in wrong:
        click.echo(f"wrong          {printable(line)}")
    if not wrong:
        click.echo("The room can open: spillkit serve")
    return 1 if wrong else 0


@program.command()
@click.argument("role")
@click.option("--json", "as_json", is_flag=True)
def invite(role: str, as_json: bool) -> None:
    """Print a one-time link that makes an account."""
    _print_link(start.link_for(start.set_up(os.environ), role), as_json)


@program.command("new-password")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def new_password(name: str, as_json: bool) -> None:
    """Print a one-time link to a new password."""
    _print_link(start.new_password_link(start.set_up(os.environ), name), as_json)


@program.command()
@click.argument("name")
@click.option("--may-write", is_flag=True)
@click.option("--may-decide", is_flag=True)
@click.option("--days", type=int, default=None)
@click.option("--json", "as_json", is_flag=True)
def token(name: str, may_write: bool, may_decide: bool, days: int | None, as_json: bool) -> None:
    """Print a key of the API."""
    start.set_up(os.environ)
    key = start.token_for(name, may_write=may_write, may_decide=may_decide, days=days)
    click.echo(json_text({"token": key}) if as_json else key)


@program.command()
@click.option("--once", is_flag=True)
@click.option("--parent", type=int, default=None)
@click.option("--json", "as_json", is_flag=True)
def remind(once: bool, parent: int | None, as_json: bool) -> int:
    """Send reminders that are due: every half minute, or once (for cron, where no room is served)."""
    room = start.set_up(os.environ)
    from spillkit_server.reminders import sender

    if not room.ways.are_set_up:
        raise InputError("No reminder can leave: set SPILLKIT_SMTP or SPILLKIT_WEBHOOK_URL.")
    if not once:
        sender.run(room.ways, parent)
        return 0
    sent, waiting, given_up = sender.one_round(room.ways)
    if as_json:
        click.echo(json_text({"sent": sent, "waiting": waiting, "given_up": given_up}))
    else:
        click.echo(f"{sent} sent, {waiting} wait, {given_up} given up")
    return 1 if given_up else 0


def _ways(room: Room) -> str:
    """Say how reminders leave, without an address."""
    hooks = len(room.ways.hooks)
    ways = [*(["mail"] if room.ways.mail else []), *([f"{hooks} webhook" + "s" * (hooks > 1)] if hooks else [])]
    return " and ".join(ways) or "not set up: none will ever leave (SPILLKIT_SMTP, SPILLKIT_WEBHOOK_URL)"


@program.command("revoke-tokens")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True)
def revoke_tokens(name: str, as_json: bool) -> None:
    """Take back every key of an account."""
    start.set_up(os.environ)
    count = start.revoke_tokens(name)
    click.echo(
        json_text({"revoked": count})
        if as_json
        else f"{count_of(count, 'key')} taken back. What is taken back opens nothing any more."
    )


@program.command()
@click.argument("case")
@click.argument("event")
@click.option("--reason", required=True)
@click.option("--json", "as_json", is_flag=True)
def erase(case: str, event: str, reason: str, as_json: bool) -> int:
    """Destroy what a person wrote in an event."""
    start.set_up(os.environ)
    from spillkit_server.erasing import erase as erase_event

    erased = erase_event(case, event, reason, datetime.now(UTC))
    if as_json:
        click.echo(json_text(erased._asdict()))
    else:
        click.echo(
            f"Erased: {count_of(erased.texts, 'text')} and {count_of(erased.files, 'kept file')} of event {erased.event}, "
            "here and in the record."
        )
        if erased.still_in:
            numbers = ", ".join(map(str, erased.still_in))
            click.echo(
                f"The same words still stand in event {numbers} of this case. Erase those too, if they are meant."
            )
        click.echo("Copies in backups are yours to delete. Proofs made before that show the text still show it.")
    if not erased.is_scrubbed:
        click.echo("The database was busy: old pages may still hold the text. Repeat this command.", err=True)
        return 1
    return 0


program.add_command(notify)


def _print_link(link: str, as_json: bool) -> None:
    click.echo(json_text({"link": link}) if as_json else link)


def _is_free(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def _open_when_ready(room: Room, address: str) -> None:
    for _ in range(_OPEN_SECONDS * 4):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", room.port)) == 0:
                click.launch(address)
                return
        time.sleep(0.25)


if __name__ == "__main__":
    sys.exit(exit_code_of(program, "spillkit serve"))
