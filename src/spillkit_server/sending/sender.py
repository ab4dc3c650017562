"""Send a mailing: one process, several connections.

In:    a mailing, the mail server, a Post, the pace.
Out:   notices offered once each; their rows.
Else:  which may leave is `claims`, one offer `wire`, what a killed sender leaves `recovery`.

Several senders of one database may run at once, and each may be killed at any moment. One thread speaks with the database; each of
the others holds one connection to the mail server.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from spillkit.notices.journal import Folder
from spillkit.notices.pace import Pace
from spillkit.notices.states import Event
from spillkit_server.mail_service import MailService
from spillkit_server.models import Mailing
from spillkit_server.reminders.ways import MailServer
from spillkit_server.sending.answers import Came, keep
from spillkit_server.sending.claims import Claimed, claim
from spillkit_server.sending.counts import funnel
from spillkit_server.sending.marks import Marked
from spillkit_server.sending.post import Post
from spillkit_server.sending.recovery import begin, end, heal
from spillkit_server.sending.wire import NO_ADDRESS, NOT_MADE, NOT_REACHED, Answer, Offers, Wire

log = logging.getLogger(__name__)
_GATHER_SECONDS = 0.2  # answers are written together
_AT_ONCE = 500
_IDLE_SECONDS = 1.0
_HEAL_SECONDS = 30.0
_UNREACHABLE_SECONDS = 10.0
_LOOK_SECONDS = 1.0


def _nothing(_marked: Marked) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Means:
    """With what a sender sends."""

    folder: Folder
    server: MailServer | MailService
    post: Post
    pace: Pace
    clock: Callable[[], datetime]
    wire: Callable[..., Offers] = Wire  # made from `server`
    in_hand: int = 64  # notices for each connection, at most: what a killed sender leaves to be mended
    look: Callable[[Marked], None] = (
        _nothing  # called at the start and about once a second, between two writes of the database
    )


@dataclass(slots=True)
class _Hands:
    """What the threads of one sender share."""

    means: Means
    marked: Marked
    jobs: queue.SimpleQueue[Claimed | None] = field(default_factory=queue.SimpleQueue)
    came: queue.SimpleQueue[Came] = field(default_factory=queue.SimpleQueue)
    stopping: threading.Event = field(default_factory=threading.Event)
    failed: list[BaseException] = field(default_factory=list)
    unreachable_until: float = 0.0  # monotonic seconds


class Until(Enum):
    """When a sender ends by itself."""

    TOLD = "told"
    OVER = "over"  # nothing of the mailing moves by itself any more, or it is paused
    IDLE = "idle"  # nothing may leave at this moment


def send(means: Means, mailing: int, ending: threading.Event, until: Until = Until.TOLD) -> int:
    """Send until told to end, or until there is nothing to do; return how many notices were answered.

    Raises      NotReconciled, JournalDamaged if nothing may be sent; SendingError if the journal cannot be written
    """
    hands = _Hands(means, begin(means.folder, means.clock()))
    threads = [
        threading.Thread(target=_offer_all, args=(hands,), daemon=True) for _ in range(max(1, means.pace.connections))
    ]
    for thread in threads:
        thread.start()
    try:
        return _go_on(hands, mailing, ending, until)
    finally:
        hands.stopping.set()
        for _thread in threads:
            hands.jobs.put(None)
        for thread in threads:
            thread.join()
        try:
            rest = _drain(hands, 0)
            if rest and not hands.failed:
                keep(hands.marked, rest, means.clock())
        finally:
            end(means.folder, hands.marked, means.clock())


def _go_on(hands: _Hands, mailing: int, ending: threading.Event, until: Until) -> int:
    means = hands.means
    most = means.in_hand * max(1, means.pace.connections)
    in_hand = answered = 0
    healed_at = time.monotonic()
    asks_at = looks_at = 0.0
    while not (ending.is_set() and in_hand == 0):
        if time.monotonic() >= looks_at:
            means.look(hands.marked)
            looks_at = time.monotonic() + _LOOK_SECONDS
        if ending.is_set():
            hands.stopping.set()
        claimed: list[Claimed] = []
        has_asked = False
        if not ending.is_set() and in_hand <= most // 2 and time.monotonic() >= asks_at and not hands.unreachable_until:
            claimed = claim(mailing, hands.marked, min(most - in_hand, _AT_ONCE), means.pace, means.clock())
            has_asked = True
            asks_at = 0.0 if claimed else time.monotonic() + _IDLE_SECONDS
            for one in claimed:
                hands.jobs.put(one)
            in_hand += len(claimed)
        came = _drain(hands, _GATHER_SECONDS) if in_hand else []
        if came:
            keep(hands.marked, came, means.clock())
            in_hand -= len(came)
            answered += len(came)
            asks_at = 0.0
        if hands.failed:
            raise hands.failed[0]
        if hands.unreachable_until and time.monotonic() > hands.unreachable_until:
            hands.unreachable_until = 0.0
        if not in_hand and not claimed:
            is_idle = has_asked or hands.unreachable_until > 0
            if (until is Until.IDLE and is_idle) or (until is Until.OVER and _is_over(mailing)):
                break
            if time.monotonic() - healed_at > _HEAL_SECONDS:
                heal(means.folder, means.clock())
                healed_at = time.monotonic()
            ending.wait(_GATHER_SECONDS)
    return answered


def _is_over(mailing: int) -> bool:
    row = Mailing.objects.get(pk=mailing)
    return bool(row.paused) or row.approved_at is None or funnel(mailing).is_over


def _drain(hands: _Hands, seconds: float) -> list[Came]:
    """Gather what came: wait for the first, then take what comes within a moment."""
    came: list[Came] = []
    until = time.monotonic() + seconds
    while len(came) < _AT_ONCE:
        left = until - time.monotonic()
        try:
            came.append(hands.came.get(timeout=left) if left > 0 else hands.came.get_nowait())
        except queue.Empty:
            break
    return came


def _offer_all(hands: _Hands) -> None:
    """One connection: offer what is in hand, one after another."""
    wire = hands.means.wire(hands.means.server)
    try:
        while (job := hands.jobs.get()) is not None:
            answer = _offer(hands, wire, job)
            hands.came.put(Came(job.notice, job.number, answer.event, answer.code, answer.server_id))
    except BaseException as error:  # noqa: BLE001 - handed to the thread that can end the process
        hands.failed.append(error)
        hands.stopping.set()
    finally:
        wire.leave()


def _offer(hands: _Hands, wire: Offers, job: Claimed) -> Answer:
    means, journal = hands.means, hands.marked.journal
    if hands.failed or hands.stopping.is_set() or time.monotonic() < hands.unreachable_until:
        return NOT_REACHED
    try:
        parcel = means.post.parcel(job.notice)
    except Exception as error:  # noqa: BLE001 - one mail that cannot be made must not keep the others from leaving
        log.error("notice %s could not be made (%s)", job.notice, type(error).__name__)
        return NOT_MADE
    if parcel is None:
        return NO_ADDRESS
    offered = False

    def before_dot() -> None:
        nonlocal offered
        journal.offer(job.notice, job.number, means.clock())
        offered = True

    answer = wire.offer(parcel, before_dot)
    if answer.is_unreachable:
        if time.monotonic() >= hands.unreachable_until:
            log.warning(
                "the mail server takes nothing now (%s); it is asked again every %d seconds",
                answer.code,
                _UNREACHABLE_SECONDS,
            )
        hands.unreachable_until = time.monotonic() + _UNREACHABLE_SECONDS
    if offered and answer.event is not Event.ANSWER_LOST:
        journal.answer(job.notice, job.number, means.clock(), answer.event, answer.code, answer.server_id)
    return answer
