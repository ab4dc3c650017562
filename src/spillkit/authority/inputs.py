"""Gather what a report under one rule, for one legal entity, is made of.

In:    the books, the facts, the decision on them, a rule's id, what people say.
Out:   Inputs for `make_report`.
Else:  deciding is `law`, measuring is `scope`.
"""

from __future__ import annotations

from datetime import datetime

from spillkit.authority.make import Inputs
from spillkit.authority.report import Phase, Report
from spillkit.authority.statement import Statement
from spillkit.errors import ReportError
from spillkit.law.books import Books
from spillkit.law.decision import Decided, Duty, Outcome
from spillkit.law.facts import Facts
from spillkit.scope.measurement import Measurement


def inputs_for(
    rule_id: str,
    *,
    books: Books,
    facts: Facts,
    decided: Decided,
    statement: Statement,
    made_at: datetime,
    entity: str = "",
    phase: Phase = Phase.FIRST,
    measurement: Measurement | None = None,
    earlier: tuple[Report, ...] = (),
    language: str = "en",
    zone: str = "",
    is_word_signed: bool = False,
    sources: tuple[str, ...] = (),
) -> Inputs:
    """Return the inputs of a report.

    rule_id  of the books, "eu-gdpr-33"
    entity   id of the legal entity that reports; "": the only one, or the only one for which the duty is triggered
    zone     in which times are written; "": the entity's
    Raises   ReportError if there is no such rule, or several entities could report
    """
    rule = books.rules.get(rule_id)
    if rule is None:
        raise ReportError("There is no rule of this id in the books. spillkit decide lists those that count.")
    duties = [duty for duty in decided.duties if duty.rule == rule_id]
    reporter = entity or _only(duties, facts)
    company = next((each for each in facts.entities if each.id == reporter), None)
    book = books.jurisdictions[books.code_of[rule_id]]
    return Inputs(
        rule=rule,
        jurisdiction=book.code,
        law_digest=books.digest,
        law_zone=book.zone,
        titles={item: content.words for item, content in books.content.items() if item in rule.content.items},
        facts=facts,
        entity=reporter,
        duty=next((duty for duty in duties if duty.entity == reporter), None),
        measurement=measurement,
        statement=statement,
        made_at=made_at,
        phase=phase,
        earlier=earlier,
        language=language,
        zone=zone or (company.zone if company is not None else "UTC"),
        is_word_signed=is_word_signed,
        sources=sources,
    )


def _only(duties: list[Duty], facts: Facts) -> str:
    if len(facts.entities) == 1:
        return facts.entities[0].id
    triggered = {duty.entity for duty in duties if duty.outcome is Outcome.TRIGGERED}
    if len(triggered) == 1:
        return triggered.pop()
    raise ReportError(
        f"There are {len(facts.entities)} legal entities, and each reports for itself. Name the one that reports "
        "(--entity ID; spillkit decide tells their ids)."
    )
