"""Hold the database against the sent journals: mend what a killed sender left, and find out a database that is too old.

In:    the folder of the journals; the rows.
Out:   an open journal for this process, once everything agrees; or a refusal. `reconcile` replays the journals into the rows.
Else:  the journals are `spillkit.notices.journal`, what they mean `spillkit.notices.states`.

The rule by which the two are told apart: a sender commits the claim of a notice before it offers it, and each commit writes how far
its journal was. So every offer after that mark belongs to a notice that is in that sender's hand, at that try. Where one does not,
the database is older than what was sent, and the sender does not start until somebody has reconciled them.

A killed sender leaves notices in its hand. Not in its journal: never offered, ready again. Offered and answered: as answered.
Offered without an answer: held, since nobody knows.

Two things stay with people. All senders of a database share one folder of journals; and that folder is never restored from a backup
together with the database: then nobody knows better.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TypeVar

import msgspec
from django.db import transaction

from spillkit.errors import JournalDamaged, NotReconciled, SendingError
from spillkit.notices.journal import Folder, Line, Mark, Reading, fold, last_mark
from spillkit.notices.pace import Why
from spillkit.notices.states import CLAIMABLE, STEPS, Event, State, state_by_tries
from spillkit_server.models import JournalRow, Mailing, NoticeRow
from spillkit_server.sending.answers import Came, write_rows
from spillkit_server.sending.marks import Marked

log = logging.getLogger(__name__)
_AT_ONCE = 500
_FROM_JOURNAL = "from-journal"
_T = TypeVar("_T")
# What a server's answer, or its absence, means; everything else in a journal was found or decided.
_ANSWERS = frozenset({Event.TAKEN, Event.PUT_OFF, Event.REFUSED, Event.ANSWER_LOST})


class Reconciled(msgspec.Struct, frozen=True):
    """What replaying the journals changed."""

    journals: int
    notices: int  # that the journals know
    changed: int  # rows that said something else
    added: int  # notices of which the database knew nothing; they join their mailing when it is planned again
    held: int  # of all of them, those that nobody knows the outcome of


def begin(folder: Folder, now: datetime) -> Marked:
    """Begin a journal for this process, after the database was held against all others.

    Raises  NotReconciled if the database is older than the journals
            JournalDamaged if a journal is gone, cut or altered
    """
    with folder.locked():
        check(folder)
        _heal(folder, now)
        journal = folder.begin(now)
        mark = journal.mark()
        JournalRow.objects.create(
            name=mark.name, folder=folder.id, length=mark.length, digest=mark.digest, begun_at=now
        )
    return Marked(journal, mark)


def heal(folder: Folder, now: datetime) -> int:
    """Mend what killed senders left; return how many journals that was.

    Raises  NotReconciled, JournalDamaged: nothing is mended in a database that is too old, since it would look new afterwards
    """
    with folder.locked():
        names = JournalRow.objects.filter(ended_at=None).values_list("name", flat=True)
        if all(folder.is_written(name) for name in names):
            return 0
        check(folder)
        return _heal(folder, now)


def end(folder: Folder, marked: Marked, now: datetime) -> None:
    """End the journal of this process. What is in its hand by then is mended as if it was killed."""
    marked.journal.close()
    heal(folder, now)


def check(folder: Folder) -> None:
    """Check that the database has seen everything that the journals say was offered.

    Raises  NotReconciled, JournalDamaged
    """
    known = {row.name: row for row in JournalRow.objects.all()}
    if any(row.folder != folder.id for row in known.values()):
        raise NotReconciled(
            "The sent journals of this database lie in another folder. All senders of a database use the same one: "
            "bring it back before anything is sent."
        )
    there = {path.name.removesuffix(".journal"): path for path in folder.journals()}
    for name in sorted(set(known) - set(there)):
        raise JournalDamaged("The sent journal {name} is gone. Bring it back before anything is sent.", name=name)
    for name, path in there.items():
        row = known.get(name)
        if row is not None and row.ended_at is not None:
            if last_mark(path) != _mark(row):
                list(Reading(path, folder.id, _mark(row)))  # says what is wrong, where something is
                raise _too_old()
        elif _is_ahead(path, folder, row):
            raise _too_old()


def reconcile(folder: Folder, now: datetime, *, gone: frozenset[str] = frozenset()) -> Reconciled:
    """Replay all journals into the rows. Nothing may be sending meanwhile.

    Every mailing is paused afterwards: that somebody stopped it, or that it stopped by itself, may be among what the database
    forgot. People look, and let it go on (`pausing`).

    gone     names of journals that are lost for good: what their senders had in hand is held
    Raises   SendingError if a sender lives; JournalDamaged if a journal cannot be trusted
    """
    with folder.locked():
        paths = folder.journals()
        for path in paths:
            if folder.is_written(path.name.removesuffix(".journal")):
                raise SendingError("A sender still runs. End all senders, then reconcile.")
        known = {row.name: row for row in JournalRow.objects.all()}
        there = {path.name.removesuffix(".journal") for path in paths}
        for name in sorted(set(known) - there - gone):
            raise JournalDamaged("The sent journal {name} is gone. Bring it back before anything is sent.", name=name)
        trails: dict[str, dict[int, Event]] = {}
        marks = []
        for path in paths:
            row = known.get(path.name.removesuffix(".journal"))
            reading = Reading(path, folder.id, _mark(row) if row is not None else None)
            fold(reading, trails)
            if reading.mark.length:  # else its sender was killed before its first line
                marks.append(reading.mark)
        with transaction.atomic():
            changed = added = 0
            for part in _parts(trails.items()):
                one, other = _replay(dict(part), now)
                changed, added = changed + one, added + other
            changed += _let_go(trails, gone, now)
            for mark in marks:
                JournalRow.objects.update_or_create(
                    name=mark.name,
                    defaults={"folder": folder.id, "length": mark.length, "digest": mark.digest, "ended_at": now},
                    create_defaults={
                        "folder": folder.id, "length": mark.length, "digest": mark.digest, "begun_at": now, "ended_at": now,
                    },
                )  # fmt: skip
            JournalRow.objects.filter(name__in=gone - there).delete()
            Mailing.objects.update(paused_at=now)  # What was decided before does not let anything go on.
            Mailing.objects.filter(paused="").update(paused=Why.PEOPLE.value)
        held = NoticeRow.objects.filter(state=State.HELD).count()
        return Reconciled(journals=len(paths), notices=len(trails), changed=changed, added=added, held=held)


# ---- Killed senders ----


def _heal(folder: Folder, now: datetime) -> int:
    """Mend what killed senders left, in a database that was checked."""
    healed = 0
    for row in JournalRow.objects.filter(ended_at=None).order_by("name"):
        with folder.held(row.name) as is_mine:
            if is_mine:
                _mend(folder, row, now)
                healed += 1
    return healed


def _mend(folder: Folder, row: JournalRow, now: datetime) -> None:
    """Give every notice in the hand of a sender that is gone the state that its journal tells."""
    in_hand = dict(NoticeRow.objects.filter(journal=row.name, state=State.SENDING).values_list("notice", "tries"))
    reading = Reading(folder.path_of(row.name), folder.id, _mark(row))
    last: dict[str, Line] = {}
    steps: list[Line] = []
    for line in reading:
        if line.event in _ANSWERS:
            if in_hand.get(line.notice) == line.number:
                last[line.notice] = line
        elif line.end > row.length and line.notice not in in_hand:
            steps.append(line)
    came = []
    for notice, number in in_hand.items():
        said = last.get(notice)
        if said is None:
            came.append(Came(notice, number, Event.NOT_OFFERED, "sender-ended"))
        elif said.is_offer:
            came.append(Came(notice, number, Event.ANSWER_LOST, "sender-ended"))
        else:
            came.append(Came(notice, number, said.event, said.code, "" if said.server_id == "-" else said.server_id))
    with transaction.atomic():
        write_rows(row.name, came, now, waits=False)
        for line in steps:
            _finish(line, now)
        JournalRow.objects.filter(pk=row.pk).update(
            length=reading.mark.length, digest=reading.mark.digest, ended_at=now
        )
    if came:
        log.warning(
            "%d notices were in the hand of a sender that ended; the sent journal said what came of them", len(came)
        )


def _finish(line: Line, now: datetime) -> None:
    """Finish a step that was written into the journal and not committed any more."""
    row = NoticeRow.objects.select_for_update().filter(notice=line.notice, tries=line.number).first()
    after = STEPS.get((State(row.state), line.event)) if row is not None else None
    if row is not None and after is not None:
        row.state, row.changed_at, row.answer = after.value, now, line.event.value
        row.next_at = now if after in CLAIMABLE else None
        row.save(update_fields=["state", "changed_at", "answer", "next_at"])


# ---- A database that is too old ----


def _is_ahead(path: Path, folder: Folder, row: JournalRow | None) -> bool:
    """Return whether a journal holds offers that the database cannot have seen."""
    reading = Reading(path, folder.id, _mark(row) if row is not None else None)
    if row is None:
        return any(True for _line in reading)
    late = [line for line in reading if line.is_offer and line.end > row.length]
    if not late:
        return False
    hands: dict[str, tuple[str, int, str]] = {}
    for part in _parts(line.notice for line in late):
        rows = NoticeRow.objects.filter(notice__in=part).values_list("notice", "state", "tries", "journal")
        hands |= {notice: (state, tries, journal) for notice, state, tries, journal in rows}
    # Its sender may live, and have committed in the meantime: only what is after the newest mark counts.
    row.refresh_from_db()
    return any(
        line.end > row.length and hands.get(line.notice) != (State.SENDING.value, line.number, row.name)
        for line in late
    )


def _replay(trails: dict[str, dict[int, Event]], now: datetime) -> tuple[int, int]:
    """Give rows the state that the journals tell; return how many changed, and how many were added."""
    changed, found = 0, {}
    for row in NoticeRow.objects.filter(notice__in=trails):
        found[row.notice] = row
        tries = trails[row.notice]
        state = state_by_tries(State(row.state), tries.items())
        if state is State.SENDING:  # In the hand of a sender that is gone, at a try that no journal knows.
            state = State.READY
        if state is not State(row.state) or row.tries < max(tries):
            changed += 1
            row.state, row.tries = state.value, max(row.tries, max(tries))
            row.next_at = now if state in CLAIMABLE else None
            row.changed_at, row.answer, row.journal = now, _FROM_JOURNAL, ""
            row.save(update_fields=["state", "tries", "next_at", "changed_at", "answer", "journal"])
    new = []
    for notice, tries in trails.items():
        if notice not in found:
            state = state_by_tries(State.READY, tries.items())
            new.append(
                NoticeRow(
                    notice=notice, state=state.value, tries=max(tries), changed_at=now, answer=_FROM_JOURNAL,
                    next_at=now if state in CLAIMABLE else None,
                )
            )  # fmt: skip
    NoticeRow.objects.bulk_create(new)
    return changed, len(new)


def _let_go(trails: dict[str, dict[int, Event]], gone: frozenset[str], now: datetime) -> int:
    """Let go of what is still in a hand: no journal knows of it, so it was never offered; or its journal is lost."""
    rows = NoticeRow.objects.filter(state=State.SENDING)
    lost = rows.filter(journal__in=gone).update(state=State.HELD, changed_at=now, answer="journal-lost")
    return int(lost + rows.update(state=State.READY, next_at=now, changed_at=now, answer=_FROM_JOURNAL))


def _mark(row: JournalRow) -> Mark:
    return Mark(row.name, row.length, row.digest)


def _parts(items: Iterable[_T]) -> Iterator[list[_T]]:
    rest = iter(items)
    while part := list(islice(rest, _AT_ONCE)):
        yield part


def _too_old() -> NotReconciled:
    return NotReconciled(
        "The database is older than the sent journals: it does not know of mails that were sent. "
        "Nothing is sent. Reconcile it with the journals first, so that nobody is told twice."
    )
