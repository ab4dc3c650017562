"""Check a rule's conditions against people and answers, in three values: yes, no, unknown.

In:    a rule, groups of people with what ties them to the law, the answers that humans gave.
Out:   Checked: each alternative with its numbers and questions, each exemption, and the outcome.
Else:  which people and companies a law may bind is `decide`; saying it in words is `words`; what would change it is `flips`.

What is not known is never taken for no. Between "confirmed" and "at most" a number may lie on either side of a threshold: then the
condition is unknown. An exemption that nobody answered does not lift a duty: whoever relies on it must show it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from spillkit.law.decision import Outcome, Truth
from spillkit.law.rule import Condition, Rule

# Contact data of people in their job: name, business address, telephone, e-mail (PIPEDA s. 2(1); PDPA (Singapore) s. 2(1)).
# Whatever else was shown of them (a password, an order) is more than contact data, and then they count.
BUSINESS_CONTACT = frozenset({"name", "email", "phone", "postal-address"})

Answer = Callable[[str], str]  # question id -> "yes", "no", or "" where nobody answered


class Group(NamedTuple):
    """People who share place, account and fields, as one rule sees them."""

    number: int  # its place in Facts.populations, from 0
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


def check_rule(rule: Rule, groups: Sequence[Group], answer: Answer) -> Checked:
    """Check one rule for one company.

    rule     in force, and the company is one of those it binds
    groups   people the rule may reach, disjoint
    answer   what humans answered
    Returns  every alternative and exemption with its truth, and the outcome
    """
    members = [(group, membership(rule, group)) for group in groups if group.upper > 0]
    alternatives = tuple(_check_condition(condition, members, answer) for condition in rule.when)
    exemptions = tuple(_lift(exemption.questions, answer) for exemption in rule.unless)
    return Checked(alternatives, exemptions, _outcome(alternatives, exemptions))


def membership(rule: Rule, group: Group) -> Truth:
    """Say whether a rule counts these people: it reaches them, and they are not business contacts that it leaves out."""
    return both(group.tied, _is_inside(group)) if rule.business_contacts == "outside" else group.tied


def is_contact_only(fields: frozenset[str]) -> bool:
    """Say whether nothing but contact data was shown."""
    return fields <= BUSINESS_CONTACT


def matches(condition: Condition, fields: frozenset[str]) -> bool:
    """Say whether what was shown of one person holds all kinds of one combination; no combinations: any personal data."""
    return not condition.data or any(fields.issuperset(combination) for combination in condition.data)


def counts(condition: Condition, members: Iterable[tuple[Group, Truth]]) -> tuple[int, int, tuple[Group, ...]]:
    """Count the people of one alternative: confirmed, at most, and who they are."""
    of_residents = condition.people is not None and condition.people.of == "residents"
    low = high = 0
    matched = []
    for group, member in members:
        if member is Truth.NO or not matches(condition, group.fields):
            continue
        if of_residents:
            member = both(member, group.there)
            if member is Truth.NO:
                continue
        matched.append(group)
        high += group.upper
        if member is Truth.YES:
            low += group.people
    return low, high, tuple(matched)


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


def _check_condition(condition: Condition, members: Sequence[tuple[Group, Truth]], answer: Answer) -> Alternative:
    low, high, matched = counts(condition, members)
    people = _enough(low, high, *bounds(condition))
    questions = tuple(_ask(condition.questions, answer))
    holds = people
    for asked in questions:
        holds = both(holds, asked.holds)
    return Alternative(matched, low, high, people, questions, holds)


def _enough(low: int, high: int, least: int, most: int | None) -> Truth:
    if high < least or (most is not None and low > most):
        return Truth.NO
    return Truth.YES if low >= least and (most is None or high <= most) else Truth.UNKNOWN


def _ask(questions: dict[str, str], answer: Answer) -> Iterable[Asked]:
    for question, wants in questions.items():
        got = answer(question)
        yield Asked(question, wants, got, Truth.UNKNOWN if not got else Truth.YES if got == wants else Truth.NO)


def _lift(questions: dict[str, str], answer: Answer) -> Lifting:
    asked = tuple(_ask(questions, answer))
    if not asked:
        return Lifting(asked, Truth.UNKNOWN)  # only told, never decided here
    holds = Truth.YES
    for one in asked:
        holds = both(holds, one.holds)
    return Lifting(asked, holds)


def _outcome(alternatives: Iterable[Alternative], exemptions: Iterable[Lifting]) -> Outcome:
    holds = Truth.NO
    for alternative in alternatives:
        holds = either(holds, alternative.holds)
    if holds is Truth.NO or any(exemption.holds is Truth.YES for exemption in exemptions):
        return Outcome.NOT_TRIGGERED
    return Outcome.TRIGGERED if holds is Truth.YES else Outcome.ASK
