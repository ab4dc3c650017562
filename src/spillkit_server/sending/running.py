"""Run one sender until it is over or told to end, and say how far it is.

In:    an approved mailing, the mail server, the pace.
Out:   notices sent; lines or a bar on standard error.
Else:  sending is `sender`, making the mails `posting`, what people sign meanwhile `carrying`.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

import click

from spillkit.errors import NoticesError
from spillkit.notices.funnel import Funnel
from spillkit.notices.journal import Folder
from spillkit.notices.pace import Pace
from spillkit.notices.states import State
from spillkit.printed import printable
from spillkit.settings import Workspace
from spillkit_server.mail_service import MailService
from spillkit_server.models import Mailing
from spillkit_server.reminders.ways import MailServer
from spillkit_server.sending.carrying import Carrier, approve_signed
from spillkit_server.sending.counts import funnel
from spillkit_server.sending.marks import Marked
from spillkit_server.sending.posting import open_post
from spillkit_server.sending.progress import place_of
from spillkit_server.sending.sender import Means, Until, send
from spillkit_server.sending.wire import Offers, Wire

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_INTERRUPTED = 130
_BAR_SECONDS, _LINE_SECONDS = 2.0, 60.0
_SHOWN = (State.ACCEPTED, State.DEFERRED, State.BOUNCED, State.HELD)


def sent_folder(workspace: Workspace) -> Folder:
    """Return the folder of the sent journals of the room's database. SendingError if it cannot be used."""
    return Folder(workspace.root / "room" / "sent")


def run(
    workspace: Workspace,
    mailing: Mailing,
    server: MailServer | MailService,
    pace: Pace,
    until: Until,
    origin: str,
) -> bool:
    """Send a mailing; return whether it was told to end before it was over.

    origin  of the room, as people open it
    Raises  NoticesError if two people did not sign it as it is, NotReconciled if nothing may be sent
    """
    if not approve_signed(mailing):
        raise NoticesError(
            "Two people have not signed this mailing as it is prepared now. Nothing is sent. Propose it, and let another person "
            f"sign: {printable(place_of(mailing, origin))}"
        )
    post = open_post(workspace, mailing.name, mailing.digest, mailing.approved_at)
    carry = Carrier(mailing, _now)
    wire: Callable[..., Offers] = Wire
    act: Callable[[Path, Marked, datetime], int] = _no_reports
    if isinstance(server, MailService):
        from spillkit_server.sending.service_reports import act_on_reports
        from spillkit_server.sending.services import ServiceWire, check_service

        check_service(server)
        wire, act = ServiceWire, act_on_reports
    with _ending() as ending, _shown(mailing) as show:

        def look(marked: Marked) -> None:
            carry(marked)
            act(workspace.root / "room", marked, _now())
            show()

        means = Means(sent_folder(workspace), server, post, pace, _now, wire, look=look)
        send(means, mailing.pk, ending, until)
    mailing.refresh_from_db()
    return ending.is_set()


@contextmanager
def _ending() -> Iterator[threading.Event]:
    """Give an event that is set once somebody ends this process. A second time ends it at once: nothing is lost by that."""
    ending = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        if ending.is_set():
            os._exit(_INTERRUPTED)
        ending.set()
        click.echo(
            "Ending: what is in hand is answered first. Once more ends it at once; nobody gets two by that.", err=True
        )

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield ending
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _shown(mailing: Mailing) -> Iterator[Callable[[], None]]:
    """Give what says how far a mailing is: a bar on a terminal, else a line a minute."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        yield _every(_LINE_SECONDS, lambda: click.echo(_line(mailing.name, funnel(mailing.pk)), err=True))
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=console) as bar:
        task = bar.add_task("", total=mailing.planned)
        yield _every(_BAR_SECONDS, lambda: _move(bar, task, mailing))
        _move(bar, task, mailing)


def _move(bar: Progress, task: TaskID, mailing: Mailing) -> None:
    counts = funnel(mailing.pk)
    bar.update(
        task, completed=counts.planned - counts.ready - counts.sending - counts.deferred, description=_parts(counts)
    )


def _every(seconds: float, do: Callable[[], None]) -> Callable[[], None]:
    """Return what does it at most once in so many seconds, the first time after as many."""
    last = time.monotonic()

    def done() -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            do()
            last = time.monotonic()

    return done


def _line(name: str, counts: Funnel) -> str:
    return f"{datetime.now(UTC):%H:%M:%S}Z  {printable(name)}: {_parts(counts)} of {counts.planned:,}"


def _parts(counts: Funnel) -> str:
    return ", ".join(f"{getattr(counts, state.value):,} {state.value}" for state in _SHOWN)


def _no_reports(_folder: Path, _marked: Marked, _now: datetime) -> int:
    return 0


def _now() -> datetime:
    return datetime.now(UTC)
