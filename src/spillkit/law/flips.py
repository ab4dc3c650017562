"""Find the single further facts that would change an outcome.

In:    a rule, the people it reaches, the answers; the outcome as it stands.
Out:   flips: one more kind of data, more or fewer people, another kind of account, an answer.
Else:  the outcome itself is `conditions`; making new facts of a flip is `apply_flip`, so that anybody can try it.

What counts as one fact:
  field    one more kind of data was shown of everybody of that company whom the law may count
  people   n more people, confirmed, in one group; or n fewer at most in the groups that one threshold counts, somebody remaining
  account  everybody of that company whom the law may count is a consumer, or a business contact
  answer   one question answered, or answered otherwise, for this jurisdiction
Of people the smallest number is listed.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterable, Iterator, Sequence

from spillkit.law.books import Books
from spillkit.law.conditions import (
    Answer,
    Group,
    bounds,
    check_rule,
    counts,
    is_contact_only,
    matches,
    membership,
    questions_of,
)
from spillkit.law.decision import Duty, Flip, Outcome, Truth
from spillkit.law.facts import Facts, Population
from spillkit.law.rule import Condition, Jurisdiction, Rule

_ANSWERS = ("yes", "no")


def find_flips(
    rule: Rule, book: Jurisdiction, groups: Sequence[Group], answer: Answer, outcome: Outcome, books: Books
) -> tuple[Flip, ...]:
    """List every single fact that would change what a rule says of one company.

    rule     in force, and binding this company
    groups   people the rule may reach
    answer   what humans answered
    outcome  as it stands
    Returns  flips: fields first, then people, accounts, answers
    """

    def after(groups: Sequence[Group], answer: Answer = answer) -> Outcome:
        return check_rule(rule, groups, answer).outcome

    flips = [
        *_fields(rule, groups, books, after),
        *_people(rule, book, groups, after, outcome),
        *_accounts(rule, book, groups, after),
        *_answers(rule, groups, answer, after, books),
    ]
    return tuple(flip for flip in flips if flip.to is not outcome)


def apply_flip(facts: Facts, duty: Duty, flip: Flip) -> Facts:
    """Return the facts as they would be with one flip: deciding on them gives `flip.to` for that duty."""
    import msgspec

    if flip.kind == "answer":
        question, _, value = flip.value.partition("=")
        return msgspec.structs.replace(facts, answers={**facts.answers, f"{question}@{duty.jurisdiction}": value})
    populations = list(facts.populations)
    if flip.kind == "people":
        _add_or_take(populations, flip.of, int(flip.value))
    for number in flip.of if flip.kind in ("field", "account") else ():
        old = populations[number]
        populations[number] = (
            msgspec.structs.replace(old, account=flip.value)
            if flip.kind == "account"
            else msgspec.structs.replace(old, fields=tuple(dict.fromkeys((*old.fields, flip.value))))
        )
    return msgspec.structs.replace(facts, populations=tuple(populations))


def _add_or_take(populations: list[Population], numbers: Sequence[int], change: int) -> None:
    import msgspec

    groups = [
        Group(number, one.people, _upper(one), frozenset(), "", Truth.YES, Truth.YES)
        for number, one in ((number, populations[number]) for number in numbers)
    ]
    changed = [_more(groups[0], change)] if change > 0 else _fewer(groups, -change)
    for group in changed:
        populations[group.number] = msgspec.structs.replace(
            populations[group.number], people=group.people, people_upper=group.upper
        )


def _upper(population: Population) -> int:
    return population.people if population.people_upper is None else population.people_upper


def _more(group: Group, number: int) -> Group:
    """More people are confirmed; the upper bound moves only where they pass it."""
    people = group.people + number
    return group._replace(people=people, upper=max(group.upper, people))


def _fewer(groups: Sequence[Group], number: int) -> list[Group]:
    """Fewer people at most: first those who are not confirmed, then confirmed ones, group by group."""
    left = number
    thinner = []
    for group in groups:
        gone = min(left, group.upper - group.people)
        left -= gone
        thinner.append(group._replace(upper=group.upper - gone))
    for at, group in enumerate(thinner):
        gone = min(left, group.people)
        left -= gone
        thinner[at] = group._replace(people=group.people - gone, upper=group.upper - gone)
    return thinner


# One more kind of data.


def _fields(
    rule: Rule, groups: Sequence[Group], books: Books, after: Callable[[Sequence[Group]], Outcome]
) -> Iterator[Flip]:
    named = {kind for condition in rule.when for combination in condition.data for kind in combination}
    if rule.business_contacts == "outside" and any(
        group.account != "consumer" and is_contact_only(group.fields) for group in groups
    ):
        named |= books.fields.keys()  # whatever is more than contact data brings them in
    numbers = tuple(group.number for group in groups)
    for kind in books.fields:
        if kind in named and any(kind not in group.fields for group in groups):
            changed = [group._replace(fields=group.fields | {kind}) for group in groups]
            yield Flip(
                words=f"one more kind of data shown: {books.fields[kind].words}",
                to=after(changed),
                kind="field",
                value=kind,
                of=numbers,
            )


# More people, or fewer.


def _people(
    rule: Rule,
    book: Jurisdiction,
    groups: Sequence[Group],
    after: Callable[[Sequence[Group]], Outcome],
    outcome: Outcome,
) -> Iterator[Flip]:
    more: dict[Outcome, tuple[int, int]] = {}  # to -> number, group
    for group in _kinds_of(rule, groups):
        for number in sorted(_turns_up(rule, groups, group)):
            to = after([_more(one, number) if one is group else one for one in groups])
            if to is not outcome and (to not in more or number < more[to][0]):
                more[to] = number, group.number
    for to, (number, at) in sorted(more.items()):
        yield Flip(
            words=f"{_counted(number, 'more')} in {book.name}", to=to, kind="people", value=str(number), of=(at,)
        )
    fewer: dict[Outcome, tuple[int, tuple[int, ...]]] = {}
    for touched in _thresholds(rule, groups):
        for number in sorted(_turns_down(rule, groups, touched)):
            to = after(_replaced(groups, _fewer(touched, number)))
            if to is not outcome and (to not in fewer or number < fewer[to][0]):
                fewer[to] = number, tuple(group.number for group in touched)
    for to, (number, numbers) in sorted(fewer.items()):
        yield Flip(
            words=f"{_counted(number, 'fewer')} in {book.name}", to=to, kind="people", value=str(-number), of=numbers
        )


def _kinds_of(rule: Rule, groups: Sequence[Group]) -> list[Group]:
    """One group of each kind that the rule tells apart: of those alike, the one with the smallest gap between its two numbers."""
    best: dict[object, Group] = {}
    for group in groups:
        member = membership(rule, group)
        if member is Truth.NO:
            continue
        kind = member, group.there, tuple(matches(condition, group.fields) for condition in rule.when)
        kept = best.get(kind)
        if kept is None or group.upper - group.people < kept.upper - kept.people:
            best[kind] = group
    return list(best.values())


def _turns_up(rule: Rule, groups: Sequence[Group], group: Group) -> set[int]:
    """The numbers of further people at which some condition may turn."""
    gap = group.upper - group.people
    turns = set()
    members = [(one, membership(rule, one)) for one in groups]
    for condition in rule.when:
        low, high, _ = counts(condition, members)
        least, most = bounds(condition)
        turns |= {least - low, least - high + gap}
        if most is not None:
            turns |= {most + 1 - low, most + 1 - high + gap}
    return {number for number in turns if number > 0}


def _thresholds(rule: Rule, groups: Sequence[Group]) -> Iterator[tuple[Group, ...]]:
    """Whom each threshold counts."""
    members = [(group, membership(rule, group)) for group in groups]
    seen = set()
    for condition in rule.when:
        if condition.people is not None:
            matched = counts(condition, members)[2]
            if matched and matched not in seen:
                seen.add(matched)
                yield matched


def _turns_down(rule: Rule, groups: Sequence[Group], touched: Sequence[Group]) -> set[int]:
    """The numbers of people taken away at which some condition may turn; somebody remains."""
    total = sum(group.upper for group in touched)
    turns = set()
    for condition in rule.when:
        least, most = bounds(condition)
        for limit in (least, *(() if most is None else (most + 1,))):
            for at_most in (False, True):

                def is_below(
                    number: int, condition: Condition = condition, limit: int = limit, at_most: bool = at_most
                ) -> bool:
                    left = _replaced(groups, _fewer(touched, number))
                    low, high, _ = counts(condition, [(one, membership(rule, one)) for one in left])
                    return (high if at_most else low) < limit

                # Numbers only fall while people are taken away, so the first that lies below is found by halving.
                number = bisect.bisect_left(range(total), True, key=is_below)
                turns.add(number)
    return {number for number in turns if 0 < number < total}


def _replaced(groups: Sequence[Group], changed: Iterable[Group]) -> list[Group]:
    by_number = {group.number: group for group in changed}
    return [by_number.get(group.number, group) for group in groups]


# Another kind of account.


def _accounts(
    rule: Rule, book: Jurisdiction, groups: Sequence[Group], after: Callable[[Sequence[Group]], Outcome]
) -> Iterator[Flip]:
    if rule.business_contacts != "outside":
        return
    numbers = tuple(group.number for group in groups)
    for account, words in (("business", "business contacts"), ("consumer", "consumers")):
        if any(group.account != account for group in groups):
            yield Flip(
                words=f"everybody in {book.name} is among {words}",
                to=after([group._replace(account=account) for group in groups]),
                kind="account",
                value=account,
                of=numbers,
            )


# An answer.


def _answers(
    rule: Rule,
    groups: Sequence[Group],
    answer: Answer,
    after: Callable[[Sequence[Group], Answer], Outcome],
    books: Books,
) -> Iterator[Flip]:
    for question in questions_of(rule):
        for value in _ANSWERS:
            if answer(question) != value:

                def changed(one: str, question: str = question, value: str = value) -> str:
                    return value if one == question else answer(one)

                asked = books.questions[question].ask if question in books.questions else question
                yield Flip(
                    words=f"“{asked}” answered {value}",
                    to=after(groups, changed),
                    kind="answer",
                    value=f"{question}={value}",
                )


def _counted(number: int, more: str) -> str:
    return f"1 {more} person" if number == 1 else f"{number:,} {more} people"
