"""`python -m spillkit_server notify …`, the part that prepares and sends: what `spillkit notify` asks the outbox for.

In:    the environment (see `room`) and a command.
Out:   COMMANDS, for the group in `notify_program`; lines on the screen, or JSON; exit codes as of `spillkit`.
Else:  each command is a thin function over a module of `sending`.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from spillkit.cli.measure import read_zone
from spillkit.errors import InputError, NoticesError
from spillkit.printed import json_text, printable
from spillkit.scope.words import count_of
from spillkit.settings import Workspace, open_workspace
from spillkit_server import start
from spillkit_server.room import Room

if TYPE_CHECKING:
    from spillkit_server.models import Mailing

_INTERRUPTED = 130
_json = click.option("--json", "as_json", is_flag=True)


@click.command("open")
@click.argument("campaign")
@click.option("--name", default="")
@click.option("--correction", is_flag=True)
@click.option("--incident", type=click.IntRange(1))
@click.option("--case", "number", type=click.IntRange(1))
def open_(campaign: str, name: str, correction: bool, incident: int | None, number: int | None) -> None:
    """Say under which name and in which case a mailing may be prepared."""
    room, _workspace = _set_up()
    from spillkit_server.sending import filling
    from spillkit_server.texts_signed import signed_tags

    case = filling.case_for(incident, number)
    chosen = name or (filling.free_correction(campaign) if correction else campaign)
    filling.require_open(chosen, case)
    place = f"{room.origin}/incidents/{case.number}/notices/{chosen}/"
    click.echo(json_text({"name": chosen, "case": case.number, "place": place, "signed": sorted(signed_tags())}))


@click.command()
@click.argument("name")
@click.option("--case", "number", type=click.IntRange(1), required=True)
def fill(name: str, number: int) -> None:
    """Write the rows of a mailing that was prepared."""
    _room, workspace = _set_up()
    from spillkit_server.sending import filling

    planned = filling.fill(workspace, name, filling.case_for(None, number), datetime.now(UTC))
    click.echo(json_text({"planned": planned}))


@click.command()
@click.argument("name")
def told(name: str) -> None:
    """Print the ids of notices by which somebody was told, or may have been: one a line."""
    _room, workspace = _set_up()
    from spillkit.notices.channels.receipts import given_notices
    from spillkit.notices.prepared import folder_of
    from spillkit_server.sending import filling

    for notice in sorted({*filling.told_ids(name), *given_notices(folder_of(workspace, name))}):
        click.echo(notice)


@click.command()
@click.argument("name")
@click.option("--until-over/--once", "until_over", default=True)
@click.option("--connections", type=click.IntRange(1, 64), default=8)
@click.option("--per-minute-domain", type=click.IntRange(1), default=3_000)
@click.option("--no-warm-up", is_flag=True)
@click.option("--canary", type=click.IntRange(1), default=100)
@click.option("--canary-wait", type=click.IntRange(0), default=900)
@_json
def send(
    name: str,
    until_over: bool,
    connections: int,
    per_minute_domain: int,
    no_warm_up: bool,
    canary: int,
    canary_wait: int,
    as_json: bool,
) -> int:
    """Send a mailing that two people signed."""
    room, workspace = _set_up()
    from spillkit.notices.pace import Pace
    from spillkit_server.sending.running import run
    from spillkit_server.sending.sender import Until

    row = _mailing(name)
    server = room.service or room.ways.mail
    if server is None:
        raise InputError(
            "No mail can leave: set SPILLKIT_SMTP, as smtp://user:password@mail.example.org/?from=room@example.org. "
            "Its `from` is the room's own address; notices come from the address of their letterhead. Or set "
            "SPILLKIT_MAIL_SERVICE and SPILLKIT_MAIL_SERVICE_KEY."
        )
    pace = Pace(
        canary=canary,
        canary_wait_seconds=canary_wait,
        domain_per_minute=per_minute_domain,
        connections=connections,
        **({"warm_up_per_minute": 0} if no_warm_up else {}),
    )
    is_ended = run(workspace, row, server, pace, Until.OVER if until_over else Until.IDLE, room.origin)
    is_fine = _tell(room, workspace, [row], as_json)
    return _INTERRUPTED if is_ended else 0 if is_fine else 1


@click.command()
@click.argument("name", required=False, default="")
@_json
def status(name: str, as_json: bool) -> int:
    """Say how far a mailing is, or all are."""
    room, workspace = _set_up()
    from spillkit_server.models import Mailing

    rows = [_mailing(name)] if name else list(Mailing.objects.select_related("case").order_by("made_at", "pk"))
    return 0 if _tell(room, workspace, rows, as_json, is_list=not name) else 1


@click.command()
@click.argument("name")
@_json
def pause(name: str, as_json: bool) -> None:
    """Stop a mailing."""
    room, _workspace = _set_up()
    from spillkit_server.sending.pausing import pause as stop
    from spillkit_server.sending.progress import place_of

    row = _mailing(name)
    is_new = stop(row.pk, datetime.now(UTC))
    if as_json:
        click.echo(json_text({"mailing": row.name, "is_new": is_new}))
    else:
        click.echo(f"{printable(row.name)} {'is paused' if is_new else 'was paused already'}.")
        click.echo(f"Two people let it go on: {printable(place_of(row, room.origin))}")


@click.command()
@click.option("--lost", multiple=True)
@_json
def reconcile(lost: tuple[str, ...], as_json: bool) -> None:
    """Replay the sent journals into the database."""
    _room, workspace = _set_up()
    from spillkit_server.sending import recovery
    from spillkit_server.sending.running import sent_folder

    done = recovery.reconcile(sent_folder(workspace), datetime.now(UTC), gone=frozenset(lost))
    if as_json:
        click.echo(json_text(msgspec.to_builtins(done)))
        return
    click.echo(
        f"{count_of(done.journals, 'sent journal')} replayed, which know {count_of(done.notices, 'notice')}: "
        f"{done.changed:,} rows said something else, {done.added:,} were not known."
    )
    click.echo(
        f"{count_of(done.held, 'notice')} held. Every mailing is paused: look, and let two people decide to go on."
    )
    if done.added:
        click.echo("Prepare the mailings of the notices that were not known again, so that they join them.")


@click.command()
@click.argument("name", required=False, default="")
@click.option("--server-log", "logs", type=click.Path(path_type=Path), multiple=True)
@click.option("--zone", default="UTC")
@click.option("--bounces", is_flag=True)
@_json
def settle(name: str, logs: tuple[Path, ...], zone: str, bounces: bool, as_json: bool) -> int:
    """Find out what became of notices, from a server's log or from what came back."""
    _room, workspace = _set_up()
    from spillkit_server.sending import finding_out

    now = datetime.now(UTC)
    if not bounces:
        shown = finding_out.look_in_log(workspace, _mailing(name), logs, read_zone(zone), now)
        click.echo(json_text(msgspec.to_builtins(shown)) if as_json else finding_out.log_text(shown))
        return 1 if shown.open or shown.unknown else 0
    found = finding_out.read_bounces(workspace, os.environ.get("SPILLKIT_MAILBOX", ""), now)
    click.echo(json_text(msgspec.to_builtins(found)) if as_json else finding_out.mail_text(found))
    return 0


COMMANDS = (open_, fill, told, send, status, pause, reconcile, settle)


def _tell(room: Room, workspace: Workspace, rows: list[Mailing], as_json: bool, *, is_list: bool = False) -> bool:
    """Print how far mailings are; return whether nothing waits for people."""
    from spillkit_server.sending.progress import progress_of, progress_text

    found = [progress_of(workspace, row, room.origin) for row in rows]
    if as_json:
        builtin = [msgspec.to_builtins(one) for one in found]
        click.echo(json_text({"mailings": builtin} if is_list else builtin[0], indent=2))
    else:
        for one in found:
            click.echo(progress_text(one))
        if not found:
            click.echo("No mailing was prepared yet: spillkit notify prepare.")
    return all(one.is_fine for one in found)


def _mailing(name: str) -> Mailing:
    from spillkit_server.models import Mailing

    row = Mailing.objects.select_related("case").filter(name=name).first()
    if row is None:
        known = ", ".join(Mailing.objects.order_by("made_at").values_list("name", flat=True)[:20]) or "none yet"
        raise NoticesError(
            f"There is no mailing {printable(name)}. Prepared: {printable(known)}. Make one: spillkit notify prepare."
        )
    return row


def _set_up() -> tuple[Room, Workspace]:
    room = start.set_up(os.environ)
    return room, open_workspace(room.workspace)
