"""What every export tells of a case, put together once.

In:    a case, and its measurement where there is one.
Out:   Gist.
Else:  the formats are the other modules.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from spillkit.case.questions import figure_words
from spillkit.case.state import Case
from spillkit.cause.incident import CauseClass
from spillkit.errors import NotNow
from spillkit.printed import printable
from spillkit.scope.cause_words import CAUSE_WORDS
from spillkit.scope.measurement import Measurement


class Gist(msgspec.Struct, frozen=True, kw_only=True):
    """A case in a few values."""

    case: str
    summary: str  # one sentence, names nobody
    opened_at: datetime
    changed_at: datetime
    first_at: datetime | None  # when somebody was shown, as measured or stated
    last_at: datetime | None
    confirmed: int | None
    upper: int | None
    fields: tuple[str, ...]  # kinds of fields.toml, or the measurement's words
    entities: tuple[str, ...]
    countries: tuple[str, ...]  # ISO 3166-1 alpha-2, of the people
    cause: CauseClass
    cause_is_sure: bool
    shown_to: tuple[str, ...]  # kinds of viewers
    word_signed: bool
    severity: str  # ENISA band; "": not reckoned
    is_closed: bool


def gist_of(case: Case, measurement: Measurement | None = None) -> Gist:
    """Return what is told of a case.

    measurement  as it was made, for internal readers
    Raises       NotNow if there is no case
    """
    if case.opened is None:
        raise NotNow("There is no such case. Open it first.")
    facts, row = case.facts, case.figure
    causes = tuple(measurement.incidents or ()) if measurement else ()
    cause = causes[0].incident.cause.cause if len(causes) == 1 else CauseClass.UNKNOWN
    people = facts.populations if facts else ()
    confirmed = row.figures.confirmed if row else sum(each.people for each in people) if facts else None
    upper = (
        row.figures.upper
        if row
        else sum(each.people if each.people_upper is None else each.people_upper for each in people)
        if facts
        else None
    )
    fields = {field for each in people for field in each.fields}
    if measurement is not None and not fields:
        fields = {count.label for count in measurement.by_field}
    countries = {each.country for each in people if each.country}
    if measurement is not None and not countries:
        countries = {count.label for count in measurement.by_country if count.label}
    viewers = (
        tuple(kind.kind for kind in measurement.by_viewer_kind) if measurement else facts.shown_to if facts else ()
    )
    shown = figure_words(row) if row else "number not measured"
    cause_said = f" Cause: {CAUSE_WORDS[cause]}." if cause is not CauseClass.UNKNOWN else ""
    return Gist(
        case=case.id,
        summary=f"Case {printable(case.id)}: personal data shown to somebody with no right to see it; people: {shown}.{cause_said}",
        opened_at=case.opened.at,
        changed_at=case.latest_at or case.opened.at,
        first_at=measurement.first_at if measurement else facts.began_at if facts else None,
        last_at=measurement.last_at if measurement else facts.ended_at if facts else None,
        confirmed=confirmed,
        upper=upper,
        fields=tuple(sorted(fields)),
        entities=tuple(entity.id for entity in facts.entities) if facts else (),
        countries=tuple(sorted(code.upper() for code in countries)),
        cause=cause,
        cause_is_sure=bool(causes) and causes[0].confidence == "confirmed",
        shown_to=viewers,
        word_signed=case.word is not None,
        severity=case.decided.severity.band if case.decided and case.decided.severity else "",
        is_closed=case.status == "closed",
    )
