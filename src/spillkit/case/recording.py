"""Put an event into the words of the record.

In:    an event and its place in its case.
Out:   the entry of the record, and the texts that are sealed beside it.
Else:  appending and sealing are `spillkit.record`; when that happens is the server's.

The entry proves for ever who did what and when, and by its digest every value of the event but the texts. Each text is sealed
under a key of its own: whoever has the opening proves the text, and when the key is destroyed the text is gone and the entry stays.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from spillkit.case.about import about
from spillkit.case.events import Event, digest, kind_of, texts_of
from spillkit.errors import EntryError
from spillkit.model import SubjectId
from spillkit.record import Entry
from spillkit.record.entry import leaf_of
from spillkit.record.persons import Private

_HOLDERS = "case"


class Recorded(NamedTuple):
    """What goes into the record for one event: `persons.seal_all` takes such pairs, and gives the entries to append."""

    entry: Entry
    texts: tuple[Private, ...]


def recorded(case_id: str, number: int, event: Event) -> Recorded:
    """Return an event as the record takes it; the same event gives the same.

    case_id  the case's id
    number   of the event in its case, from 1
    """
    facts: dict[str, Any] = {"digest": digest(event), "event": number, "role": event.role.value}
    if event.recorded_after is not None:
        facts["recorded_after"] = event.recorded_after.isoformat()
    entry = Entry(
        id=event.id, at=event.at, kind=kind_of(event), actor=event.actor, case=case_id, facts={**about(event), **facts}
    )
    try:
        leaf_of(entry)
    except EntryError:
        # A word in it is none that a log may hold, such as a legal entity named like an address: its digest stands for it.
        entry = Entry(id=event.id, at=event.at, kind=kind_of(event), actor=event.actor, case=case_id, facts=facts)
    holder = text_holder(case_id, event.id)
    return Recorded(entry, tuple(Private(holder, name, text) for name, text in sorted(texts_of(event).items())))


def text_holder(case_id: str, event_id: str) -> SubjectId:
    """Return under whose key the texts of an event are sealed: `record erase` of it destroys these texts and nothing else."""
    return SubjectId(f"{_HOLDERS}/{case_id}/{event_id}")


def event_held_by(holder: SubjectId) -> tuple[str, str] | None:
    """Return the case and the event under whose name texts are sealed; None if it is a person's own id.

    >>> event_held_by(text_holder("case-7f3a", "e-12"))
    ('case-7f3a', 'e-12')
    """
    kind, _, rest = holder.partition("/")
    case_id, _, event_id = rest.partition("/")
    return (case_id, event_id) if kind == _HOLDERS and case_id and event_id else None


def is_held(entries: Iterable[Entry]) -> bool:
    """Return whether a legal hold is on a case.

    entries  of the case, in the order of the record
    """
    holds = [entry.kind for entry in entries if entry.kind in ("hold-set", "hold-lifted")]
    return bool(holds) and holds[-1] == "hold-set"
