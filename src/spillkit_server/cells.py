"""The fourteen cells of a case, as the page shows them.

In:    a case, its measurement.
Out:   one Cell for each question, whole, in the language of the page.
Else:  the answers are those of `spillkit.case.questions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from spillkit.case import Case
from spillkit.case.questions import Cell as Answered
from spillkit.case.questions import answer_cells
from spillkit.scope.measurement import Measurement
from spillkit_server.voice import voice


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to be shown."""

    number: int
    question: str
    answer: str
    confidence: str
    evidence: str
    link: str  # where the evidence stands
    coverage: str
    changed_at: datetime | None
    readers: tuple[str, ...]


def cells_of(number: int, case: Case, measurement: Measurement | None) -> list[Cell]:
    """Return the fourteen cells, as internal readers may see them."""
    return [
        Cell(
            number=cell.number,
            question=cell.question,
            answer=cell.answer,
            confidence=cell.confidence,
            evidence=cell.evidence,
            link=_link(number, cell),
            coverage=cell.coverage,
            changed_at=cell.changed_at,
            readers=cell.readers,
        )
        for cell in answer_cells(case, measurement, voice=voice())
    ]


def _link(number: int, cell: Answered) -> str:
    """Return where the evidence stands: an event of the timeline, else the figures."""
    if cell.entries:
        return reverse("incident-timeline", kwargs={"number": number}) + f"?show=all#event-{cell.entries[-1]}"
    return reverse("incident-figures", kwargs={"number": number})
