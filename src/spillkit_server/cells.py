"""The fourteen cells of a case, as the page shows them.

In:    a case, its measurement.
Out:   one Cell for each question: the library's whole answer in English, and before it, in other languages, what it comes to.
Else:  the answers are those of `spillkit.case.questions`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from spillkit.case import Case
from spillkit.case.questions import Cell as Answered
from spillkit.case.questions import answer_cells
from spillkit.scope.measurement import Count, Measurement
from spillkit_server.templatetags.room import n
from spillkit_server.words import apart, country_words, field_words

_MOST = 6


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to be shown."""

    number: int
    question: str
    short: str  # in the language of the page; "" in English, where the answer itself is read
    answer: str  # in English, whole
    confidence: str
    evidence: str
    link: str  # where the evidence stands
    coverage: str
    changed_at: datetime | None
    readers: tuple[str, ...]


def cells_of(number: int, case: Case, measurement: Measurement | None) -> list[Cell]:
    """Return the fourteen cells, as internal readers may see them."""
    is_english = (get_language() or "en").startswith("en")
    return [
        Cell(
            number=cell.number,
            question=_(cell.question),
            short="" if is_english else _short(cell, case, measurement),
            answer=cell.answer,
            confidence=cell.confidence,
            evidence=cell.evidence,
            link=_link(number, cell),
            coverage=cell.coverage,
            changed_at=cell.changed_at,
            readers=cell.readers,
        )
        for cell in answer_cells(case, measurement)
    ]


def _short(cell: Answered, case: Case, m: Measurement | None) -> str:
    """Return what an answer comes to, from the same values."""
    if cell.confidence == "unknown":
        return _("Not known so far.")
    figures = case.figure.figures if case.figure else None
    match cell.number:
        case 1 if figures is not None:
            about = {"confirmed": n(figures.confirmed), "possible": n(figures.possible), "upper": n(figures.upper)}
            return _("%(confirmed)s confirmed, %(possible)s more possible, at most %(upper)s.") % about
        case 2 if m is not None:
            count = (m.people.confirmed or 0) + (m.people.possible or 0)
            return _("People listed by customer number: %(count)s.") % {"count": n(count)}
        case 3 if m is not None:
            return _counts(m.by_field, field_words)
        case 4 if m is not None:
            return _counts(m.by_country, country_words)
        case 5 if m is not None:
            return _counts(m.by_account_type, lambda name: apart(name) if name else _("not known"))
        case 6 if m is not None:
            return _("Viewers: %(count)s.") % {"count": n(m.viewers)}
        case 7 if m is not None and m.first_at is not None and m.last_at is not None:
            return _("First seen %(first)s UTC, last seen %(last)s UTC.") % {
                "first": _at(m.first_at),
                "last": _at(m.last_at),
            }
        case 12:
            sent = sum(report.sent is not None for report in case.reports)
            return _("Reports sent: %(count)s.") % {"count": n(sent)} if sent else _("No authority was told yet.")
        case 13 if case.told:
            return _("People told: %(count)s.") % {"count": n(sum(each.people for each in case.told))}
        case 14:
            return _("Measures written down: %(count)s.") % {"count": n(len(case.protections))}
        case _:
            return _("There is an answer. It is written in English:")


def _counts(counts: Iterable[Count], named: Callable[[str], str]) -> str:
    shown = [f"{named(one.label)} {n((one.confirmed or 0) + (one.possible or 0))}" for one in counts]
    more = [f"+ {n(len(shown) - _MOST)}"] if len(shown) > _MOST else []
    return " · ".join([*shown[:_MOST], *more])


def _at(at: datetime) -> str:
    return f"\u2066{at.astimezone(UTC):%Y-%m-%d %H:%M}\u2069"  # LRI: from left to right


def _link(number: int, cell: Answered) -> str:
    """Return where the evidence stands: an event of the timeline, else the figures."""
    if cell.entries:
        return reverse("incident-timeline", kwargs={"number": number}) + f"#event-{cell.entries[-1]}"
    return reverse("incident-figures", kwargs={"number": number})
