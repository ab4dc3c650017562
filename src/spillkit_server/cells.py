"""The fourteen cells of a case, as the page shows them.

In:    a case, its measurement, the time.
Out:   one Cell for each question.
Else:  the answers are those of `spillkit.scope.questions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from spillkit.case import Case
from spillkit.scope.measurement import Measurement
from spillkit.scope.questions import answer_questions


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell, ready to be shown."""

    number: int
    question: str
    answer: str  # in English, whole
    confidence: str
    evidence: str
    link: str  # where the evidence stands
    coverage: str
    changed_at: datetime | None
    readers: tuple[str, ...]


def cells_of(number: int, case: Case, measurement: Measurement | None) -> list[Cell]:
    """Return the fourteen cells; none before anything was measured."""
    if measurement is None:
        return []
    return [
        Cell(
            number=answer.number,
            question=_(answer.question),
            answer=answer.answer,
            confidence=answer.confidence,
            evidence=answer.evidence,
            link=reverse("incident-figures", kwargs={"number": number}),
            coverage=answer.coverage,
            changed_at=answer.changed_at,
            readers=answer.readers,
        )
        for answer in answer_questions(measurement, UTC)
    ]
