"""Keep cases: their events in rows, one after another, and what they add up to.

In:    commands of `spillkit.case`, and who asks.
Out:   the case after them; its row, events and readers written in one transaction.
Else:  what a command leads to is `spillkit.case.act`; the record gets the events from `outbox`.

Two who write at once: the second waits for the first, is then decided on the case as it is, and is told where that is no longer
the case he saw (`ChangedSince`). Nothing is lost, and nothing is written over.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from django.db import IntegrityError, transaction

from spillkit.case.acts import act
from spillkit.case.commands import Command, OpenCase
from spillkit.case.events import Event
from spillkit.case.fold import EMPTY, FOLDING, Stored, fold, fold_whole
from spillkit.case.roles import Actor, Role
from spillkit.case.state import Case
from spillkit.errors import CaseDamaged
from spillkit_server.models import CaseRow, EventRow, MeasurementRow, Reader, TextRow, User
from spillkit_server.outbox import deliver
from spillkit_server.stored_events import Rows, event_of, events_of, rows_of

_OPENING_TRIES = 5
_encoder = msgspec.json.Encoder()


class _Kept(msgspec.Struct, frozen=True):
    """A case as it is kept beside its row."""

    folding: int  # that made it
    case: msgspec.Raw  # read only where this folding would make the same


_kept = msgspec.json.Decoder(_Kept)
_case = msgspec.json.Decoder(Case)


def actor_of(user: User) -> Actor:
    """Return who acts, without his name."""
    return Actor(user.opaque, Role(user.role))


def new_id() -> str:
    """Return an id for an event: random, made where the form is made, so that a form sent twice counts once."""
    return secrets.token_hex(12)


def read_case(number: int) -> Case:
    """Return a case as it is now.

    Raises  CaseRow.DoesNotExist; CaseDamaged if its events contradict each other
    """
    return _read(CaseRow.objects.get(number=number))


def read_events(number: int, since: int = 0) -> list[Event]:
    """Return every event of a case from number `since` on, oldest first."""
    return events_of(EventRow.objects.filter(case__number=number, number__gte=since).order_by("number"))


def open_case(command: OpenCase, more: Sequence[Command], actor: Actor, now: datetime) -> int:
    """Open a case, with what is known of it from the start; return its number.

    more    commands that follow at once: the measurement, the facts
    Raises  CaseError if the library refuses one; nothing was opened then
    """
    for _ in range(_OPENING_TRIES):
        number = (CaseRow.objects.order_by("-number").values_list("number", flat=True).first() or 0) + 1
        try:
            with transaction.atomic():
                existing = CaseRow.objects.filter(case_id=command.case).first()
                if existing is not None:
                    return int(existing.number)
                row = CaseRow(number=number, case_id=command.case, opened_at=now, changed_at=now)
                row.incident = command.incident
                row.save()
                _write(row, (command, *more), actor, now)
                return number
        except IntegrityError:
            continue  # Somebody opened another case in the same moment, and took the number.
    raise CaseDamaged("The case could not be given a number. Try again.")


def ask(number: int, commands: Sequence[Command], actor: Actor, now: datetime) -> Case:
    """Let somebody ask something of a case; all of it, or none.

    Raises  CaseError if the library refuses
    """
    with transaction.atomic():
        row = CaseRow.objects.select_for_update().get(number=number)
        return _write(row, commands, actor, now)


def add_up_again(number: int) -> Case:
    """Add a case up from its events as they are now, in place of what was kept beside its row."""
    with transaction.atomic():
        row = CaseRow.objects.select_for_update().get(number=number)
        row.state = b""
        case = _read(row)
        _keep(row, case)
        return case


def keep_measurement(number: int, digest: str, measured_at: datetime, body: bytes) -> None:
    """Keep what figures and charts are drawn from."""
    row = CaseRow.objects.get(number=number)
    MeasurementRow.objects.get_or_create(case=row, digest=digest, defaults={"measured_at": measured_at, "body": body})


def _write(row: CaseRow, commands: Sequence[Command], actor: Actor, now: datetime) -> Case:
    case = _read(row)
    written: list[Rows] = []
    for command in commands:
        for event in act(case, command, actor, now):
            case = fold((event,), case)
            written.append(rows_of(row, event, case.timeline[-1]))
    if not written:
        return case
    EventRow.objects.bulk_create(rows.event for rows in written)
    TextRow.objects.bulk_create(text for rows in written for text in rows.texts)
    row.changed_at = now.astimezone(UTC)
    _keep(row, case)
    _keep_readers(row, case)
    transaction.on_commit(deliver)
    return case


def _keep(row: CaseRow, case: Case) -> None:
    """Keep what a case adds up to beside its row."""
    row.version, row.state, row.summary = (
        case.version,
        _encoder.encode(_Kept(FOLDING, msgspec.Raw(_encoder.encode(case)))),
        _summary(case),
    )
    row.save()


def _read(row: CaseRow) -> Case:
    """Return the case of a row: as kept beside it, else added up from its events."""
    if row.state:
        try:
            kept = _kept.decode(bytes(row.state))
            if kept.folding == FOLDING and (case := _case.decode(kept.case)).version == row.version:
                return case
        except msgspec.MsgspecError:
            pass  # Kept by another version of Spillkit: it is derived, and made anew.
    if not row.pk:
        return EMPTY
    rows = EventRow.objects.filter(case=row).order_by("number").prefetch_related("texts")
    return fold_whole((Stored(each.number, each.digest, event_of(each)) for each in rows), row.version)


def _keep_readers(row: CaseRow, case: Case) -> None:
    before = set(Reader.objects.filter(case=row).values_list("opaque", flat=True))
    now = set(case.access)
    if before - now:
        Reader.objects.filter(case=row, opaque__in=before - now).delete()
    Reader.objects.bulk_create(Reader(case=row, opaque=opaque) for opaque in sorted(now - before))


def _summary(case: Case) -> dict[str, Any]:
    figure = case.figure
    return {
        "title": case.title,
        "status": case.status,
        "confirmed": figure.figures.confirmed if figure else None,
        "upper": figure.figures.upper if figure else None,
        "aware_at": case.aware.aware_at.isoformat() if case.aware else None,
        "waiting": len(case.proposals),
    }
