"""Look for reminders every half minute, and send them: in one process beside those that answer.

In:    the settings of the room.
Out:   rounds, one after another; Beside, by which `spillkit serve` keeps that process alive.
Else:  what a round does is `due` and `deliveries`.

Several rooms on one database may each have a sender. Whatever a sender leaves when it is killed, the next one finds.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime, timedelta

from spillkit_server.reminders.ways import Ways

log = logging.getLogger(__name__)
ROUND_SECONDS = 30
STALLED = timedelta(minutes=5)  # nobody looked for so long: something is wrong
_LOOKED_AT = "reminders-looked-at"
_AGAIN_SECONDS = 10
_END_SECONDS = 5

# The server forks its workers. A worker that is forked while a process is started would keep that start's pipe open, and who
# started it would wait for ever. So neither begins while the other goes on.
_STARTING = threading.Lock()
os.register_at_fork(before=_STARTING.acquire, after_in_parent=_STARTING.release, after_in_child=_STARTING.release)


def one_round(ways: Ways) -> tuple[int, int, int]:
    """Write what is due and send what was written: return how many were sent, wait, and were given up."""
    from django.core.cache import cache

    from spillkit_server.reminders.deliveries import send_due
    from spillkit_server.reminders.due import write_due

    write_due(ways, _now())
    tally = send_due(ways, _now)
    cache.set(_LOOKED_AT, _now().isoformat(), None)
    if tally.given_up:
        log.warning("%d reminders were given up; the pages of their incidents say which", tally.given_up)
    return tally.sent, tally.waiting, tally.given_up


def looked_at() -> datetime | None:
    """Return when a round ended last."""
    from django.core.cache import cache

    said = cache.get(_LOOKED_AT)
    return datetime.fromisoformat(said) if said else None


def run(ways: Ways, parent: int | None) -> None:
    """Make a round every half minute, until it is told to end or its parent is gone.

    parent  id of the process that started it; None: nobody's
    """
    from django.db import close_old_connections, connections

    ending = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: ending.set())
    while not ending.is_set():
        close_old_connections()
        try:
            one_round(ways)
        except (
            Exception
        ):  # Whatever it was, the next round must come; the log names its type and place, and nothing else.
            log.error("a round of reminders failed", exc_info=True)
            connections.close_all()
        until = time.monotonic() + ROUND_SECONDS
        while time.monotonic() < until and not ending.wait(1):
            if parent is not None and os.getppid() != parent:
                return  # The room was killed. Its next start brings a sender of its own.


def start_process(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a process from a thread of a process that also forks."""
    with _STARTING:
        return subprocess.Popen(command)


class Beside:
    """Keeps a sender alive beside the server."""

    def __init__(self) -> None:
        self._ending = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """End the sender: what it is sending may go on for a moment, what it did not begin waits for the next start."""
        self._ending.set()
        process = self._process
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                process.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
        if self._thread.is_alive():  # It is not where no way to send is set up.
            self._thread.join(_END_SECONDS)

    def _keep(self) -> None:
        command = [sys.executable, "-m", "spillkit_server", "remind", "--parent", str(os.getpid())]
        while not self._ending.is_set():
            self._process = start_process(command)
            self._process.wait()
            self._ending.wait(_AGAIN_SECONDS)


def _now() -> datetime:
    return datetime.now(UTC)
