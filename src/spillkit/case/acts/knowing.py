"""Rules of what is known: measurements, corrected figures, facts, answers to the law's questions.

In:    a case, a command, who asks, the stamp of its event.
Out:   RULES, one row for each command.
Else:  measuring is `spillkit.scope`; the case afterwards is `fold.knowing`.
"""

from __future__ import annotations

import msgspec

from spillkit.case import commands as c
from spillkit.case import events as e
from spillkit.case.acts.rule import Rule, Stamp, check_reason, check_seen
from spillkit.case.roles import DECIDERS, KEEPERS, Actor
from spillkit.case.state import Case
from spillkit.errors import ChangedSince, NotNow, NotTaken


def _measure(case: Case, command: c.RecordMeasurement, actor: Actor, stamp: Stamp) -> e.Event | None:
    _check_figures(command.figures)
    if case.figure is not None and (case.figure.digest, case.figure.corrected) == (command.digest, ""):
        return None  # The same measurement again says nothing new.
    return e.Measured(
        **stamp.head,
        figures=command.figures,
        coverage=command.coverage,
        method=command.method,
        digest=command.digest,
        measured_at=stamp.past("measured_at", command.measured_at),
        complete=command.complete,
    )


def _correct(case: Case, command: c.CorrectFigure, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.why)
    row = case.figure
    if row is None:
        raise NotNow("Nothing was measured yet, so there is nothing to correct.")
    if getattr(row.figures, command.figure) != command.old:
        raise ChangedSince("The figure is another one by now. Look again, and correct what you see then.")
    _check_figures(msgspec.structs.replace(row.figures, **{command.figure.value: command.new}))
    return e.Corrected(**stamp.head, figure=command.figure, old=command.old, new=command.new, why=command.why)


def _check_figures(figures: e.Figures) -> None:
    ordered = [value for value in (figures.confirmed, figures.estimate, figures.upper) if value is not None]
    if any(value < 0 for value in (*ordered, figures.possible or 0)) or ordered != sorted(ordered):
        raise NotTaken("The figures contradict each other: confirmed ≤ estimate ≤ at most must hold.")


def _change_facts(case: Case, command: c.ChangeFacts, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.why)
    return e.FactsChanged(**stamp.head, facts=command.facts, why=command.why)


def _answer(case: Case, command: c.AnswerQuestion, actor: Actor, stamp: Stamp) -> e.Event:
    check_seen(case, command)
    check_reason(command.reason)
    if command.question.partition("@")[0] not in _questions(case):
        raise NotNow("The engine asks no such question here. Let it decide on the facts, and answer what it asks.")
    return e.QuestionAnswered(**stamp.head, question=command.question, answer=command.answer, reason=command.reason)


def _questions(case: Case) -> set[str]:
    """Every question on which something hangs here, by its id without the jurisdiction."""
    asked = {*(case.decided.questions if case.decided else ()), *case.answers}
    asked |= {reason.question for state in case.duties for reason in state.duty.reasons}
    return {question.partition("@")[0] for question in asked if question}


RULES: dict[type[c.Command], Rule] = {
    c.RecordMeasurement: Rule(KEEPERS, (e.Measured,), _measure),
    c.CorrectFigure: Rule(KEEPERS, (e.Corrected,), _correct),
    c.ChangeFacts: Rule(KEEPERS, (e.FactsChanged,), _change_facts),
    c.AnswerQuestion: Rule(DECIDERS, (e.QuestionAnswered,), _answer),
}
