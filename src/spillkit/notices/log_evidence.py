"""Say what a server's log shows of notices whose answer was lost.

In:    a ServerLog; the held notices, each with when its last dot left; what the same server is known to have taken about then.
Out:   a Settlement for each that the log decides; for each other why it does not.
Else:  reading the log is `server_log`; taking the step is the server's (`settling.settle`).

That a notice was taken is shown by one line. That it was *not* taken is shown only by a trace of its own connection, which ended
before its last dot arrived, or of its refusal, in a log that covers the moment: one that was cut, thinned out or taken from another
server may lack the line of a second connection. A log *covers* a moment when all of this is so:

1. It goes on for a quarter of an hour before and after: a mail's head may be written down minutes after the dot was offered.
2. Mails that the server acknowledged to us, the witnesses, stand in it: at least one within the quarter of an hour before the
   moment and one within that behind it, and every single one between. Where several servers took our mails, that needs the logs
   of all.
3. Its clock agrees with ours, on every witness, to five minutes: else stamps were read in a wrong zone.
4. No line of that time is damaged, lost or dropped for being too many.

The trace counts from the moment of the offer on, by the server's clock as the witnesses show it: an earlier try leaves one as well.
Without a trace the notice may have gone to another server, which took it and went down before anybody else was served there.

Who sent nothing else in that half hour has no witnesses; then, and whenever a log does not decide, two people do.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from spillkit.notices.journal import Folder, Line, Reading
from spillkit.notices.server_log import Fate, ServerLog
from spillkit.notices.states import Event, Evidence, Settlement

AROUND = timedelta(minutes=15)
_CLOCKS_APART = timedelta(minutes=5)
_STAMP = timedelta(seconds=1)  # of syslog: whole seconds


class Open(StrEnum):
    """Why a log does not decide about a notice."""

    HEAD_ONLY = "head-only"  # its head arrived, and nothing says whether it was taken
    TOO_SHORT = "too-short"  # the log begins too late, or ends too early
    NO_WITNESS = (
        "no-witness"  # nothing that the server acknowledged shortly before and after shows that the log is whole
    )
    WITNESS_MISSING = (
        "witness-missing"  # something that it acknowledged does not stand in the log: it is not whole, or another's
    )
    CLOCK = "clock"  # its stamps do not agree with our clock: they were read in a wrong zone
    DAMAGED = "damaged"  # lines of that time are damaged, or were dropped
    NO_TRACE = "no-trace"  # nothing says that it was dropped or refused: it may have gone to another server


class Witness(NamedTuple):
    """A mail that the server acknowledged to us."""

    server_id: str  # its queue id there
    at: datetime  # UTC, by our clock


@dataclass(frozen=True, slots=True)
class Decided:
    """What a log decides."""

    settlements: dict[str, Settlement] = field(repr=False)  # by notice
    open: dict[str, Open] = field(repr=False)  # by notice, those that stay held
    twice: tuple[str, ...] = field(repr=False)  # notices that the server took more than once, held or not
    came_back: tuple[str, ...] = field(repr=False)  # notices that it could not deliver: a bounce says so as well


def decide(log: ServerLog, held: Mapping[str, datetime], witnesses: Iterable[Witness]) -> Decided:
    """Return what a log shows of held notices.

    held       by notice: when its last dot left, UTC
    witnesses  those within a quarter of an hour of any of these moments; more do no harm
    """
    known = sorted(witnesses, key=lambda one: one.at)
    settlements, left = {}, {}
    for notice, at in held.items():
        passage = log.passages.get(notice)
        if passage is not None and passage.is_taken:
            settlements[notice] = Settlement(Evidence.SERVER_LOG, Event.FOUND_TAKEN)
        elif passage is not None and passage.fate is Fate.BEGUN:
            left[notice] = Open.HEAD_ONLY  # of one try at least
        elif (why := why_not_covered(log, at, known)) is not None:
            left[notice] = why
        elif not _has_trace(log, notice, at - _ahead(log, at, known)):
            left[notice] = Open.NO_TRACE
        else:
            settlements[notice] = Settlement(Evidence.SERVER_LOG, Event.FOUND_NOT_TAKEN)
    return Decided(
        settlements,
        left,
        twice=tuple(sorted(one.notice for one in log.passages.values() if one.copies > 1)),
        came_back=tuple(
            sorted(one.notice for one in log.passages.values() if one.fate in (Fate.BOUNCED, Fate.EXPIRED))
        ),
    )


def why_not_covered(log: ServerLog, at: datetime, witnesses: Sequence[Witness]) -> Open | None:
    """Return why a log does not cover a moment; None where it does.

    witnesses  sorted by time
    """
    since, until = at - AROUND, at + AROUND
    if log.first_at > since or log.last_at < until:
        return Open.TOO_SHORT
    if any(damage.since <= until and damage.until >= since for damage in log.damages):
        return Open.DAMAGED
    near = _near(at, witnesses)
    if not any(one.at < at for one in near) or not any(one.at > at for one in near):
        return Open.NO_WITNESS
    if any(one.server_id not in log.seen_at for one in near):
        return Open.WITNESS_MISSING
    if any(abs(log.seen_at[one.server_id] - one.at) > _CLOCKS_APART for one in near):
        return Open.CLOCK
    return None


def _near(at: datetime, witnesses: Sequence[Witness]) -> Sequence[Witness]:
    first = bisect_left(witnesses, at - AROUND, key=lambda one: one.at)
    return witnesses[first : bisect_right(witnesses, at + AROUND, key=lambda one: one.at)]


def _ahead(log: ServerLog, at: datetime, witnesses: Sequence[Witness]) -> timedelta:
    """Return by how much our clock is ahead of the server's at most: a mail is written down there before we have its answer."""
    return min(one.at - log.seen_at[one.server_id] for one in _near(at, witnesses)) + _STAMP


def _has_trace(log: ServerLog, notice: str, since: datetime) -> bool:
    """Return whether a notice was dropped or refused since a moment of the server's clock."""
    passage = log.passages.get(notice)
    is_refused = passage is not None and passage.fate is Fate.REFUSED and passage.changed_at >= since
    return is_refused or any(moment >= since for moment in log.dropped.get(notice, ()))


def offers_and_witnesses(folder: Folder, held: Container[str]) -> tuple[dict[str, datetime], list[Witness]]:
    """Return when each held notice was last offered, and what servers acknowledged about then, from the sent journals.

    held     ids of notices; one that no journal knows is not in the answer
    Raises   JournalDamaged if a journal cannot be trusted
    """
    offered: dict[str, datetime] = {}
    for line in _lines(folder):
        if line.is_offer and line.notice in held:
            at = _moment(line)
            offered[line.notice] = max(at, offered.get(line.notice, at))
    moments = sorted(offered.values())
    witnesses = []
    for line in _lines(folder):
        if line.event is Event.TAKEN and line.server_id != "-":
            at = _moment(line)
            place = bisect_left(moments, at - AROUND)
            if place < len(moments) and moments[place] <= at + AROUND:
                witnesses.append(Witness(line.server_id, at))
    return offered, witnesses


def _lines(folder: Folder) -> Iterator[Line]:
    for path in folder.journals():
        yield from Reading(path, folder.id)


def _moment(line: Line) -> datetime:
    return datetime.fromtimestamp(line.at_ms / 1000, UTC)
