"""Try the cases that stand beside the rules: a small incident each, and what the rule must say of it.

In:    a rule with its book.
Out:   what went otherwise than the case says, in words.
Else:  deciding is `decide`; whether the books make sense at all is `check`.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from spillkit.errors import LawError
from spillkit.law.books import Books
from spillkit.law.clocks import check_moment
from spillkit.law.decide import decide
from spillkit.law.decision import Duty, Outcome
from spillkit.law.facts import Entity, Facts, Milestone, Population
from spillkit.law.rule import Jurisdiction, Rule, RuleCase

_NOON = time(12)


def failing_cases(rule: Rule, book: Jurisdiction, books: Books) -> Iterator[str]:
    """Try all cases of a rule and say what went otherwise."""
    alone = _alone(rule, book, books)
    for number, case in enumerate(rule.case):
        if wrong := _try(case, rule, book, alone):
            yield f"case[{number}], {case.words}: {wrong}"


def decide_case(case: RuleCase, rule: Rule, book: Jurisdiction, books: Books) -> Duty | None:
    """Decide one case by its rule alone.

    Returns  the duty; None: the rule is not even looked at for such people
    Raises   LawError if the case cannot be meant
    """
    return _decide(case, rule, book, _alone(rule, book, books))


def _alone(rule: Rule, book: Jurisdiction, books: Books) -> Books:
    """The books with this one rule in them: the others have no say in its cases."""
    only = msgspec.structs.replace(book, rule=(rule,))
    return msgspec.structs.replace(
        books, jurisdictions={book.code: only}, rules={rule.id: rule}, code_of={rule.id: book.code}
    )


def _try(case: RuleCase, rule: Rule, book: Jurisdiction, alone: Books) -> str:
    try:
        duty = _decide(case, rule, book, alone)
        due = datetime.fromisoformat(case.due) if case.due else None
    except LawError as error:
        return f"cannot be tried. {error}"
    except (ValueError, OverflowError):
        return "a time in it is not ISO 8601, or beyond the calendar; write 2026-11-20T12:00:00-05:00."
    outcome = duty.outcome if duty is not None else Outcome.NOT_TRIGGERED
    if outcome != case.outcome:
        return f"is {outcome}, and should be {case.outcome}."
    if due is None:
        return ""
    if due.tzinfo is None:
        return "due has no offset; write 2026-11-30T23:59:59-06:00."
    ends = duty.deadline if duty is not None else None
    if ends is None or ends.due_at is None:
        return "has no deadline, and should have one."
    if ends.due_at != due:
        return f"is due {ends.due_local}, and should be due {case.due}."
    return ""


def _decide(case: RuleCase, rule: Rule, book: Jurisdiction, alone: Books) -> Duty | None:
    facts = _facts(case, rule, book)
    last = max(milestone.at for milestone in facts.milestones.values())
    decided = decide(facts, alone, now=last + timedelta(hours=1), on=case.on)
    return next((duty for duty in decided.duties if duty.rule == rule.id), None)


def _facts(case: RuleCase, rule: Rule, book: Jurisdiction) -> Facts:
    """The incident of a case: people who live where the book begins, and a company there of the kind that is bound."""
    zone = ZoneInfo(book.zone)
    home = book.residents[0]
    milestones = {name: Milestone(at=_moment(name, said, zone)) for name, said in case.milestones.items()}
    if "aware" not in milestones:
        known = datetime.combine(case.on or rule.source.read_on, _NOON, zone)
        # A day apart from the moments that the case gives: a clock that starts with another one comes out otherwise.
        milestones["aware"] = Milestone(at=min([known, *(one.at - timedelta(days=1) for one in milestones.values())]))
    return Facts(
        version=1,
        incident="case",
        entities=(Entity(id="company", established=(home,), sectors=rule.binds.sectors, zone=book.zone),),
        populations=(
            Population(
                entity="company",
                country=home.partition("-")[0],
                region=home if "-" in home else "",
                account=case.account,
                people=case.people,
                fields=case.fields,
            ),
        ),
        milestones=milestones,
        answers=case.answers,
    )


def _moment(name: str, said: str, zone: ZoneInfo) -> datetime:
    """A moment of a case; a day alone stands for its noon in the zone of the book."""
    if len(said) == len("2026-11-20"):
        return datetime.combine(date.fromisoformat(said), _NOON, zone)
    return check_moment(datetime.fromisoformat(said), name)
