"""Read from a form what only people can say in a report, and fill the form again.

In:    the fields of the form; or what was said before.
Out:   a Statement of `spillkit.authority`, with what cannot be read beside its field; or the fields.
Else:  which parts a report has, and what is missing, is `spillkit.authority`; the form stands in templates/report_form.html.

`read_said(fields_of(said))` gives what was said: nothing typed is lost between two drafts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from spillkit.authority import Statement
from spillkit.authority.report import Party
from spillkit.authority.statement import Measure, Said, Told, ToldPeople, Unknown, Why
from spillkit.errors import NotTaken
from spillkit_server.times import read_time
from spillkit_server.told import refusal_words

Fields = Mapping[str, str]

CONTACT = ("name", "function", "email", "phone", "address")
COMPANY = ("name", "address", "identifier")
STATES = ("taken", "proposed")
AIMS = ("stop", "mitigate", "prevent")
TOLD = ("yes", "planned", "undecided", "not needed")
MOST_MEASURES = 20


@dataclass(slots=True)
class Typed:
    """What was typed: as a statement, and what of it cannot be read, by field."""

    statement: Statement
    errors: dict[str, str] = field(default_factory=dict)
    taken: tuple[str, ...] = ()  # items whose proposed words somebody takes as his own


def read_said(fields: Fields, items: Iterable[str]) -> Typed:
    """Read the form.

    items   those that the report has: other fields are not looked at
    """
    reading = _Reading(fields)
    names = tuple(items)
    said = {name: Said(words=words) for name in names if (words := reading.text(f"say-{name}"))}
    unknown = {name: one for name in names if (one := reading.unknown(name)) is not None}
    changed = {name: Why(because=words) for name in names if (words := reading.text(f"changed-{name}"))}
    statement = Statement(
        reference=reading.text("reference"),
        contact=Party(**{part: reading.text(f"contact-{part}") for part in CONTACT}),
        company=Party(**{part: reading.text(f"company-{part}") for part in COMPANY}),
        say=said,
        unknown=unknown,
        changed=changed,
        measure=tuple(reading.measures()),
        told=tuple(Told(name=line) for line in reading.text("told-others").split("\n") if line.strip()),
        told_people=reading.told_people(),
        delay=reading.text("delay"),
        withdrawn_because=reading.text("withdrawn"),
    )
    taken = tuple(name for name in names if fields.get(f"take-{name}") == "yes" and name not in said)
    return Typed(statement, reading.errors, taken)


def measure_count(fields: Fields) -> int:
    """Return how many lines for measures the form has."""
    text = fields.get("measures", "")
    count = int(text) if text.isascii() and text.isdigit() and len(text) < 3 else 0
    return min(max(count, 1), MOST_MEASURES)


def fields_of(said: Statement, zone: str) -> dict[str, str]:
    """Return the fields that say it.

    zone   in which the times of the form are meant
    """
    found: dict[str, str] = {"reference": said.reference, "delay": said.delay, "withdrawn": said.withdrawn_because}
    found |= {f"contact-{part}": getattr(said.contact, part) for part in CONTACT}
    found |= {f"company-{part}": getattr(said.company, part) for part in COMPANY}
    found |= {f"say-{item}": one.words for item, one in said.say.items()}
    found |= {f"changed-{item}": one.because for item, one in said.changed.items()}
    for item, unknown in said.unknown.items():
        found[f"because-{item}"] = unknown.because
        found[f"expected-{item}"] = unknown.expected_on.isoformat() if unknown.expected_on else ""
    for place, one in enumerate(said.measure, 1):
        found[f"measure-words-{place}"] = one.words
        found[f"measure-state-{place}"], found[f"measure-aim-{place}"] = one.state, one.aim
        found[f"measure-at-{place}"] = _local(one.at, zone)
    found["measures"] = str(len(said.measure) + 1)
    found["told-others"] = "\n".join(one.name for one in said.told)
    if said.told_people is not None:
        found["told-state"], found["told-how"] = said.told_people.state, said.told_people.how
        found["told-at"] = _local(said.told_people.at, zone)
        found["told-words"] = said.told_people.words
    return {name: value for name, value in found.items() if value}


class _Reading:
    """The fields of a form, and what of them cannot be read."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields
        self._zone = fields.get("zone", "").strip() or "UTC"
        self.errors: dict[str, str] = {}

    def text(self, name: str) -> str:
        return self._fields.get(name, "").replace("\r\n", "\n").strip()

    def unknown(self, item: str) -> Unknown | None:
        because, expected = self.text(f"because-{item}"), self._day(f"expected-{item}")
        return Unknown(because=because, expected_on=expected) if because or expected else None

    def measures(self) -> Iterable[Measure]:
        for place in range(1, measure_count(self._fields) + 1):
            words, at = self.text(f"measure-words-{place}"), self._time(f"measure-at-{place}")
            if words:
                state = self._choice(f"measure-state-{place}", STATES)
                yield Measure(words=words, state=state, aim=self._choice(f"measure-aim-{place}", AIMS), at=at)
            elif at is not None:
                why = NotTaken("What was done then? Say it, or take the time out.")
                self.errors[f"measure-words-{place}"] = refusal_words(why)

    def told_people(self) -> ToldPeople | None:
        state, at = self.text("told-state"), self._time("told-at")
        how, words = self.text("told-how"), self.text("told-words")
        if not state:
            if at is not None or how or words:
                self.errors["told-state"] = refusal_words(NotTaken("Choose whether they are told."))
            return None
        return ToldPeople(state=self._choice("told-state", TOLD), at=at, how=how, words=words)

    def _choice(self, name: str, among: tuple[str, ...]) -> Any:
        value = self.text(name)
        return value if value in among else among[0]

    def _time(self, name: str) -> datetime | None:
        if not self.text(name):
            return None
        try:
            return read_time(self.text(name), self._zone)
        except NotTaken as error:
            self.errors[name] = refusal_words(error)
            return None

    def _day(self, name: str) -> date | None:
        if not self.text(name):
            return None
        try:
            return date.fromisoformat(self.text(name))
        except ValueError:
            self.errors[name] = refusal_words(NotTaken("This is no day. Write it as 2026-11-25."))
            return None


def _local(at: datetime | None, zone: str) -> str:
    """Return a time as the browser's field has it: without its offset where the zone's clocks leave no doubt."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone) if zone and zone != "UTC" else UTC)
    plain = local.replace(tzinfo=None).isoformat(timespec="minutes")
    try:
        if read_time(plain, zone or "UTC") == at.astimezone(UTC):
            return plain
    except NotTaken:
        pass
    return local.isoformat()
