"""What the events of what is known change: measurements, corrected figures, facts, answers to the law's questions.

In:    a case, an event, and its number in the case.
Out:   FOLDINGS, one row for each event; each gives the case after it, or CaseDamaged.
Else:  which event may follow is `acts.knowing`.
"""

from __future__ import annotations

from spillkit.case.events import Corrected, Event, FactsChanged, Measured, QuestionAnswered
from spillkit.case.fold.step import Folding, changed, damaged, must, signature
from spillkit.case.state import Answered, Case, FigureRow


def _measured(case: Case, event: Measured, number: int) -> Case:
    row = FigureRow(
        figures=event.figures,
        coverage=event.coverage,
        method=event.method,
        digest=event.digest,
        measured_at=event.measured_at,
        complete=event.complete,
        number=number,
    )
    return changed(case, figures=(*case.figures, row))


def _corrected(case: Case, event: Corrected, number: int) -> Case:
    now = case.figure
    if now is None:
        raise damaged(event, "no figure was measured before")
    must(getattr(now.figures, event.figure) == event.old, event, "the figure that it corrects is another one")
    row = changed(
        now,
        figures=changed(now.figures, **{event.figure.value: event.new}),
        number=number,
        corrected=event.figure.value,
        why=event.why,
    )
    return changed(case, figures=(*case.figures, row))


def _facts_changed(case: Case, event: FactsChanged, number: int) -> Case:
    return changed(case, facts=event.facts, facts_number=number)


def _answered(case: Case, event: QuestionAnswered, number: int) -> Case:
    answer = Answered(answer=event.answer, by=signature(event, number))
    return changed(case, answers={**case.answers, event.question: answer})


FOLDINGS: dict[type[Event], Folding] = {
    Measured: _measured,
    Corrected: _corrected,
    FactsChanged: _facts_changed,
    QuestionAnswered: _answered,
}
