"""Check a rule's conditions against people and answers, in three values: yes, no, unknown.

In:    a rule, groups of people with what ties them to the law, the answers that humans gave.
Out:   Checked: each alternative with its numbers and questions, each exemption, and the outcome.
Else:  which people and companies a law may bind is `decide`; saying it in words is `words`; what would change it is `flips`.

What is not known is never taken for no. Between "confirmed" and "at most" a number may lie on either side of a threshold: then the
condition is unknown. An exemption that nobody answered does not lift a duty: whoever relies on it must show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spillkit.law.decision import Outcome, Truth
from spillkit.law.rule import Condition, Rule

# Contact data of people in their job: name, business address, telephone, e-mail (PIPEDA s. 2(1); PDPA (Singapore) s. 2(1)).
# Whatever else was shown of them (a password, an order) is more than contact data, and then they count.
BUSINESS_CONTACT = frozenset({"name", "email", "phone", "postal-address"})

Answers = Mapping[str, str]  # question id -> "yes" or "no"; those that nobody answered are not there


class Group(NamedTuple):
    """All people whom a rule cannot tell apart: the same fields and account, the same ties to the law."""

    numbers: tuple[int, ...]  # which of Facts.populations they are, from 0
    people: int  # confirmed
    upper: int  # at most
    fields: frozenset[str]
    account: str
    there: Truth  # do they live where the law counts residents?
    tied: Truth  # does the law reach them, through their home or the company's?


class Asked(NamedTuple):
    """One question that a condition or an exemption hangs on."""

    question: str
    wants: str  # "yes" or "no"
    got: str  # "" where nobody answered
    holds: Truth


class Alternative(NamedTuple):
    """One alternative of a rule."""

    matched: tuple[Group, ...]  # who may count: tied or perhaps tied, with the data
    low: int  # people who count: confirmed
    high: int  # at most
    people: Truth  # are they enough?
    questions: tuple[Asked, ...]
    holds: Truth


class Lifting(NamedTuple):
    """One exemption of a rule."""

    questions: tuple[Asked, ...]
    holds: Truth


class Checked(NamedTuple):
    """A rule, checked."""

    alternatives: tuple[Alternative, ...]
    exemptions: tuple[Lifting, ...]
    outcome: Outcome


def both(one: Truth, other: Truth) -> Truth:
    """And, in three values."""
    if one is Truth.NO or other is Truth.NO:
        return Truth.NO
    return Truth.YES if one is Truth.YES and other is Truth.YES else Truth.UNKNOWN


def either(one: Truth, other: Truth) -> Truth:
    """Or, in three values."""
    if one is Truth.YES or other is Truth.YES:
        return Truth.YES
    return Truth.NO if one is Truth.NO and other is Truth.NO else Truth.UNKNOWN


@dataclass(frozen=True, slots=True)
class Prepared:
    """A rule, put so that it can be asked many times: what matches is worked out once for each set of fields."""

    rule: Rule
    is_outside: bool  # contact data of people in their job is not counted
    limits: tuple[tuple[int, int | None], ...]  # of each alternative: least, most
    of_residents: tuple[bool, ...]  # of each alternative: it counts people who live there
    matched: tuple[dict[frozenset[str], bool], ...]  # of each alternative: fields -> do they hold a combination?
    completed: dict[
        frozenset[str], dict[str, tuple[int, ...]]
    ]  # fields -> one more kind -> alternatives that then match

    @classmethod
    def of(cls, rule: Rule) -> Prepared:
        return cls(
            rule,
            rule.business_contacts == "outside",
            tuple(bounds(condition) for condition in rule.when),
            tuple(condition.people is not None and condition.people.of == "residents" for condition in rule.when),
            tuple({} for _ in rule.when),
            {},
        )

    def matches(self, number: int, fields: frozenset[str]) -> bool:
        """Say whether what was shown of one person is what an alternative asks for."""
        known = self.matched[number]
        found = known.get(fields)
        if found is None:
            found = known[fields] = matches(self.rule.when[number], fields)
        return found

    def completed_by(self, fields: frozenset[str]) -> dict[str, tuple[int, ...]]:
        """Return the kinds of data that would complete a combination, each with the alternatives that then match."""
        known = self.completed.get(fields)
        if known is None:
            found: dict[str, dict[int, None]] = {}
            for number, condition in enumerate(self.rule.when):
                if not self.matches(number, fields):
                    for combination in condition.data:
                        missing = [kind for kind in combination if kind not in fields]
                        if len(missing) == 1:
                            found.setdefault(missing[0], {})[number] = None
            known = self.completed[fields] = {kind: tuple(numbers) for kind, numbers in found.items()}
        return known

    def membership(self, group: Group) -> Truth:
        """Say whether the rule counts these people: it reaches them, and they are not business contacts that it leaves out."""
        return both(group.tied, _is_inside(group)) if self.is_outside else group.tied

    def counted(self, number: int, group: Group, member: Truth) -> Truth:
        """Say whether one alternative counts these people: `membership`, their data, and their home where it counts residents."""
        if member is Truth.NO or not self.matches(number, group.fields):
            return Truth.NO
        return both(member, group.there) if self.of_residents[number] else member

    def members(self, groups: Iterable[Group]) -> list[tuple[Group, Truth]]:
        """Everybody with whether the rule counts them."""
        return [(group, self.membership(group)) for group in groups if group.upper]


def check_rule(law: Prepared, groups: Sequence[Group], answers: Answers) -> Checked:
    """Check one rule for one company.

    law      in force, and the company is one of those it binds
    groups   people the rule may reach, disjoint
    answers  what humans answered
    Returns  every alternative and exemption with its truth, and the outcome
    """
    members = law.members(groups)
    alternatives = tuple(_check_condition(law, number, members, answers) for number in range(len(law.limits)))
    exemptions = tuple(_lift(exemption.questions, answers) for exemption in law.rule.unless)
    return Checked(alternatives, exemptions, _outcome(alternatives, exemptions))


class Others(NamedTuple):
    """A rule with the answers as they stand, to be asked about other people: what does not depend on people is worked out once."""

    law: Prepared
    questions: tuple[Truth, ...]  # of each alternative: do its questions hold?
    is_lifted: bool  # an exemption holds

    @classmethod
    def of(cls, law: Prepared, checked: Checked) -> Others:
        return cls(
            law,
            tuple(_all(found.questions) for found in checked.alternatives),
            any(exemption.holds is Truth.YES for exemption in checked.exemptions),
        )

    def outcome(self, groups: Sequence[Group]) -> Outcome:
        """Return the outcome that `check_rule` would give of these people."""
        if self.is_lifted:
            return Outcome.NOT_TRIGGERED
        members = self.law.members(groups)
        holds = Truth.NO
        for number, asked in enumerate(self.questions):
            if asked is not Truth.NO and holds is not Truth.YES:
                holds = either(holds, both(asked, _count(self.law, number, members).enough))
        return _OUTCOMES[holds]


def answered(law: Prepared, checked: Checked, answers: Answers) -> Outcome:
    """Return the outcome that other answers would give: who counts stays as it was checked."""
    alternatives = []
    for condition, found in zip(law.rule.when, checked.alternatives, strict=True):
        alternatives.append(found._replace(holds=both(found.people, _all(_ask(condition.questions, answers)))))
    return _outcome(alternatives, [_lift(exemption.questions, answers) for exemption in law.rule.unless])


def is_contact_only(fields: frozenset[str]) -> bool:
    """Say whether nothing but contact data was shown."""
    return fields <= BUSINESS_CONTACT


def matches(condition: Condition, fields: frozenset[str]) -> bool:
    """Say whether what was shown of one person holds all kinds of one combination; no combinations: any personal data."""
    return not condition.data or any(fields.issuperset(combination) for combination in condition.data)


def bounds(condition: Condition) -> tuple[int, int | None]:
    """The least and the most people with which an alternative holds; None: no most."""
    return (1, None) if condition.people is None else (max(1, condition.people.at_least), condition.people.at_most)


def questions_of(rule: Rule) -> tuple[str, ...]:
    """Return every question that a rule hangs on, once, in the order of the rule."""
    asked = [condition.questions for condition in rule.when] + [exemption.questions for exemption in rule.unless]
    return tuple(dict.fromkeys(question for questions in asked for question in questions))


def _is_inside(group: Group) -> Truth:
    if group.account == "consumer" or not is_contact_only(group.fields):
        return Truth.YES
    return Truth.NO if group.account == "business" else Truth.UNKNOWN


class _Counted(NamedTuple):
    """Whom one alternative counts."""

    matched: tuple[Group, ...]
    low: int
    high: int
    enough: Truth


def _check_condition(
    law: Prepared, number: int, members: Sequence[tuple[Group, Truth]], answers: Answers
) -> Alternative:
    found = _count(law, number, members)
    questions = _ask(law.rule.when[number].questions, answers)
    holds = both(found.enough, _all(questions))
    return Alternative(found.matched, found.low, found.high, found.enough, questions, holds)


def _count(law: Prepared, number: int, members: Sequence[tuple[Group, Truth]]) -> _Counted:
    low = high = 0
    matched = []
    for group, member in members:
        counted = law.counted(number, group, member)
        if counted is not Truth.NO:
            matched.append(group)
            high += group.upper
            if counted is Truth.YES:
                low += group.people
    return _Counted(tuple(matched), low, high, _enough(low, high, *law.limits[number]))


def _enough(low: int, high: int, least: int, most: int | None) -> Truth:
    if high < least or (most is not None and low > most):
        return Truth.NO
    return Truth.YES if low >= least and (most is None or high <= most) else Truth.UNKNOWN


def _ask(questions: dict[str, str], answers: Answers) -> tuple[Asked, ...]:
    if not questions:
        return ()
    asked = []
    for question, wants in questions.items():
        got = answers.get(question, "")
        asked.append(Asked(question, wants, got, Truth.UNKNOWN if not got else Truth.YES if got == wants else Truth.NO))
    return tuple(asked)


def _lift(questions: dict[str, str], answers: Answers) -> Lifting:
    asked = _ask(questions, answers)
    if not asked:
        return Lifting(asked, Truth.UNKNOWN)  # only told, never decided here
    return Lifting(asked, _all(asked))


def _outcome(alternatives: Iterable[Alternative], exemptions: Iterable[Lifting]) -> Outcome:
    holds = Truth.NO
    for alternative in alternatives:
        holds = either(holds, alternative.holds)
    if any(exemption.holds is Truth.YES for exemption in exemptions):
        return Outcome.NOT_TRIGGERED
    return _OUTCOMES[holds]


def _all(questions: Iterable[Asked]) -> Truth:
    """Say whether every question is answered as it must be."""
    holds = Truth.YES
    for asked in questions:
        holds = both(holds, asked.holds)
    return holds


_OUTCOMES = {Truth.YES: Outcome.TRIGGERED, Truth.UNKNOWN: Outcome.ASK, Truth.NO: Outcome.NOT_TRIGGERED}
