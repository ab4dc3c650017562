"""The commands of the portal's other half, as `spillkit notify publish`, `answer` and `forwarded` ask for them.

In:    a folder, what to do in it; the room's settings.
Out:   lines on the screen, or JSON; exit codes.
Else:  what each does is `publishing`, `answering` and `verdicts`.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from spillkit.errors import InputError
from spillkit.printed import json_text, printable
from spillkit.scope.words import count_of
from spillkit.settings import Workspace, open_workspace
from spillkit_server import start
from spillkit_server.reminders.ways import MailServer
from spillkit_server.room import Room

if TYPE_CHECKING:
    from spillkit_server.answering import Answered
    from spillkit_server.sending.wire import Offers
    from spillkit_server.verdicts import Judged


@click.command()
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
    holds = (
        f"{count_of(len(done.mailings), 'mailing')}, {count_of(done.codes, 'code')}, {count_of(done.fakes, 'warning')}"
    )
    click.echo(f"Published as {done.name}: {holds}" if done.is_new else f"Nothing is new. {done.name} stays: {holds}")


@click.command()
@click.argument("spool", type=click.Path(path_type=Path))
@click.option("--once", is_flag=True)
@click.option("--every", type=click.IntRange(1), default=60)
@click.option("--json", "as_json", is_flag=True)
def answer(spool: Path, once: bool, every: int, as_json: bool) -> int:
    """Answer the questions that the portal sealed."""
    room, workspace = _set_up()
    wire = _wire_of(room)
    if not spool.is_dir():
        raise InputError(
            f"{printable(str(spool))}: there is no such folder. Name the one that the portal's --spool names."
        )
    from spillkit_server.answering import Answering

    with _ending() as ending:
        means = Answering(workspace, spool, wire, lambda: datetime.now(UTC), ending.is_set)
        while True:
            done = means.round()
            if as_json:
                click.echo(json_text(msgspec.to_builtins(done)))
            elif once or done.questions:
                click.echo(_answered_text(done))
            if once:
                return 1 if done.waiting or done.no_code or done.given_up or done.by_a_person else 0
            if ending.wait(every):
                return 0


@click.command()
@click.option("--once", is_flag=True)
@click.option("--every", type=click.IntRange(1), default=60)
@click.option("--json", "as_json", is_flag=True)
def forwarded(once: bool, every: int, as_json: bool) -> int:
    """Answer those who send a message on and ask whether it is ours."""
    room, workspace = _set_up()
    place = os.environ.get("SPILLKIT_FORWARDED", "")
    if not place:
        raise InputError("Set SPILLKIT_FORWARDED: the mailbox to which messages are sent on.")
    wire = _wire_of(room)
    from spillkit_server.verdicts import Judging

    with _ending() as ending:
        while True:
            done = Judging(workspace, wire, lambda: datetime.now(UTC)).judge(place)
            if as_json:
                click.echo(json_text(msgspec.to_builtins(done)))
            elif once or done.mails:
                click.echo(_judged_text(done))
            if once:
                return 1 if done.waiting or done.no_language else 0
            if ending.wait(every):
                return 0


def _judged_text(done: Judged) -> str:
    """Say what came of a round."""
    counts = {
        "ours": done.ours,
        "changed": done.changed,
        "not ours": done.not_ours,
        "cannot tell": done.cannot_tell,
        "no letter": done.no_letter,
        "not to be answered": done.nowhere,
        "answered already today": done.too_soon,
        "without a language that may be sent": done.no_language,
        "refused": done.refused,
        "answer of the mail server lost": done.lost,
        "wait": done.waiting,
    }
    said = ", ".join(f"{count:,} {words}" for words, count in counts.items() if count)
    lines = [f"{count_of(done.mails, 'mail')}" + (f": {said}" if said else "")]
    if done.fakes:
        lines.append(
            f"{count_of(done.fakes, 'report')} of a false message: an officer decides in the room what is warned of."
        )
    return "\n".join(lines)


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """Give an event that is set once somebody ends this process."""
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: ending.set())
    yield ending


def _wire_of(room: Room) -> Callable[[], Offers]:
    """Return what opens the way by which answers leave. InputError if there is none."""
    from spillkit_server.sending.wire import Wire

    server = room.service or room.ways.mail
    if server is None:
        raise InputError("No answer can leave: set SPILLKIT_SMTP, or SPILLKIT_MAIL_SERVICE.")
    if isinstance(server, MailServer):
        return partial(Wire, server)
    from spillkit_server.sending.services import ServiceWire, check_service

    check_service(server)
    return partial(ServiceWire, server)


def _answered_text(done: Answered) -> str:
    """Say what came of a round: numbers, and the ids of notices of people whom a person has to answer."""
    said = [
        f"{count_of(done.questions, 'question')}: {done.notices:,} got their notice again, {done.unaffected:,} not affected"
    ]
    rest = {
        "of no customer": done.unknown,
        "answered already": done.too_soon,
        "no address": done.no_address,
        "cannot be opened": done.damaged,
        "refused": done.refused,
        "answer of the mail server lost": done.lost,
        "given up": done.given_up,
        "wait": done.waiting,
    }
    said += [f"{count:,} {words}" for words, count in rest.items() if count]
    lines = [", ".join(said)]
    if done.no_code:
        lines.append(f"{done.no_code:,} wait for codes: spillkit notify publish FOLDER, then answer again.")
    if done.by_a_person:
        lines.append(f"{done.by_a_person:,} to be answered by a person: {', '.join(done.people) or 'no notice'}")
    return "\n".join(lines)


def _set_up() -> tuple[Room, Workspace]:
    room = start.set_up(os.environ)
    return room, open_workspace(room.workspace)
