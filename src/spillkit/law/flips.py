"""Find the single further facts that would change an outcome.

In:    a rule, the people it reaches, the answers; the outcome as it stands.
Out:   flips: one more kind of data, more or fewer people, another kind of account, an answer.
Else:  the outcome itself is `conditions`; making new facts of a flip is `apply_flip`, so that anybody can try it.

What counts as one fact:
  field    one more kind of data was shown of everybody of that company whom the law may count
  people   n more people, confirmed, of one kind (the same fields and account); or n fewer at most of those whom one threshold
           counts, somebody remaining
  account  everybody of that company whom the law may count is a consumer, or a business contact
  answer   one question answered, or answered otherwise, for this jurisdiction
Of people the smallest number is listed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from spillkit.law.conditions import (
    BUSINESS_CONTACT,
    Answers,
    Checked,
    Group,
    Others,
    Prepared,
    answered,
    is_contact_only,
    questions_of,
)
from spillkit.law.decision import Duty, Flip, Outcome, Truth
from spillkit.law.facts import Facts, Population
from spillkit.law.phrases import Phrase
from spillkit.law.rule import Jurisdiction
from spillkit.law.telling import English

_ANSWERS = ("yes", "no")


def find_flips(
    law: Prepared, book: Jurisdiction, groups: Sequence[Group], answers: Answers, checked: Checked, english: English
) -> tuple[Flip, ...]:
    """List every single fact that would change what a rule says of one company.

    law      in force, and binding this company
    groups   people the rule may reach
    answers  what humans answered
    checked  the rule as it stands
    Returns  flips: fields first, then people, accounts, answers
    """

    outcome = checked.outcome
    after = Others.of(law, checked).outcome
    flips = [
        *_fields(law, groups, checked, english, after),
        *_people(law, book, groups, checked, english, after),
        *_accounts(law, book, groups, english, after),
        *_answers(law, checked, answers, english),
    ]
    return tuple(flip for flip in flips if flip.to is not outcome)


def flip_phrase(kind: str, value: str, book: str) -> Phrase:
    """Return what a flip says, from its kind and value and the code of the jurisdiction."""
    if kind == "field":
        return Phrase("one-more-kind", (value,))
    if kind == "people":
        number = int(value)
        return Phrase("in-book", (Phrase("more" if number > 0 else "fewer", (abs(number),)), book))
    if kind == "account":
        return Phrase("all-business" if value == "business" else "all-consumers", (book,))
    question, _, answer = value.partition("=")
    return Phrase("if-answered", (question, answer))


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
    """Change the numbers of people: the same sums as `_more` and `_fewer` give, population by population."""
    import msgspec

    people = [populations[number].people for number in numbers]
    upper = [_upper(populations[number]) for number in numbers]
    left = abs(change)
    for at in range(len(numbers)):  # 1. Those who are not confirmed become so, or go.
        moved = min(left, upper[at] - people[at])
        left -= moved
        people[at] += moved if change > 0 else 0
        upper[at] -= moved if change < 0 else 0
    if change > 0:  # 2. Further people come, or confirmed ones go.
        people[0] += left
        upper[0] += left
    else:
        for at in range(len(numbers)):
            gone = min(left, people[at])
            left -= gone
            people[at] -= gone
            upper[at] -= gone
    for at, number in enumerate(numbers):
        populations[number] = msgspec.structs.replace(populations[number], people=people[at], people_upper=upper[at])


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


def _numbers(groups: Iterable[Group]) -> tuple[int, ...]:
    return tuple(number for group in groups for number in group.numbers)


# One more kind of data.


def _fields(
    law: Prepared,
    groups: Sequence[Group],
    checked: Checked,
    english: English,
    after: Callable[[Sequence[Group]], Outcome],
) -> Iterator[Flip]:
    completed = [law.completed_by(fields) for fields in dict.fromkeys(group.fields for group in groups)]
    kinds = {kind for found in completed for kind in found}
    if law.is_outside and any(group.account != "consumer" and is_contact_only(group.fields) for group in groups):
        kinds |= english.books.fields.keys()  # whatever is more than contact data brings them in
    numbers = _numbers(groups)
    same: dict[
        object, Outcome
    ] = {}  # kinds that make the same alternatives match for the same groups have the same effect
    for kind in english.books.fields:
        if kind in kinds:
            effect = kind in BUSINESS_CONTACT, tuple(found.get(kind, ()) for found in completed)
            if effect not in same:
                same[effect] = after([group._replace(fields=group.fields | {kind}) for group in groups])
            if same[effect] is not checked.outcome:
                words = english.tell(flip_phrase("field", kind, ""))
                yield Flip(words=words, to=same[effect], kind="field", value=kind, of=numbers)


# More people, or fewer.


def _people(
    law: Prepared,
    book: Jurisdiction,
    groups: Sequence[Group],
    checked: Checked,
    english: English,
    after: Callable[[Sequence[Group]], Outcome],
) -> Iterator[Flip]:
    more: dict[Outcome, tuple[int, tuple[int, ...]]] = {}  # to -> number, of
    for at, group in enumerate(groups):
        for number in sorted(_turns_up(law, checked, group)):
            to = after([*groups[:at], _more(group, number), *groups[at + 1 :]])
            if to is not checked.outcome and (to not in more or number < more[to][0]):
                more[to] = number, group.numbers
    for to, (number, numbers) in sorted(more.items()):
        words = english.tell(flip_phrase("people", str(number), book.code))
        yield Flip(words=words, to=to, kind="people", value=str(number), of=numbers)
    fewer: dict[Outcome, tuple[int, tuple[int, ...]]] = {}
    for touched in _thresholds(law, checked):
        for number in sorted(_turns_down(law, checked, touched)):
            to = after(_replaced(groups, _fewer(touched, number)))
            if to is not checked.outcome and (to not in fewer or number < fewer[to][0]):
                fewer[to] = number, _numbers(touched)
    for to, (number, numbers) in sorted(fewer.items()):
        words = english.tell(flip_phrase("people", str(-number), book.code))
        yield Flip(words=words, to=to, kind="people", value=str(-number), of=numbers)


def _turns_up(law: Prepared, checked: Checked, group: Group) -> set[int]:
    """The numbers of further people of one kind at which some alternative may turn."""
    gap = group.upper - group.people
    turns = set()
    member = law.membership(group)
    for number, (least, most) in enumerate(law.limits):
        if law.counted(number, group, member) is not Truth.NO:
            found = checked.alternatives[number]
            turns |= {least - found.low, least - found.high + gap}
            if most is not None:
                turns |= {most + 1 - found.low, most + 1 - found.high + gap}
    return {number for number in turns if number > 0}


def _thresholds(law: Prepared, checked: Checked) -> Iterator[tuple[Group, ...]]:
    """Whom each threshold counts."""
    seen = set()
    for condition, found in zip(law.rule.when, checked.alternatives, strict=True):
        if condition.people is not None and found.matched and found.matched not in seen:
            seen.add(found.matched)
            yield found.matched


def _turns_down(law: Prepared, checked: Checked, touched: Sequence[Group]) -> set[int]:
    """The numbers of people taken away at which some alternative may turn; somebody remains."""
    total = sum(group.upper for group in touched)
    turns = set()
    for number, (least, most) in enumerate(law.limits):
        found = checked.alternatives[number]
        counted = [law.counted(number, group, law.membership(group)) for group in touched]
        # In the order of `_fewer`: so many are taken, and whether the two counts fall meanwhile.
        steps = [
            *((group.upper - group.people, truth is not Truth.NO, False) for group, truth in zip(touched, counted)),
            *((group.people, truth is not Truth.NO, truth is Truth.YES) for group, truth in zip(touched, counted)),
        ]
        for limit in (least, *(() if most is None else (most + 1,))):
            turns.add(_taken_until(found.high, limit, [(taken, falls) for taken, falls, _ in steps]))
            turns.add(_taken_until(found.low, limit, [(taken, falls) for taken, _, falls in steps]))
    return {taken for taken in turns if 0 < taken < total}


def _taken_until(count: int, limit: int, steps: Iterable[tuple[int, bool]]) -> int:
    """How many must be taken away until a count lies below a limit; 0 where it does already, or never will."""
    taken = 0
    for people, falls in steps:
        if count < limit:
            return 0
        if falls and count - people < limit:
            return taken + count - limit + 1
        taken += people
        count -= people if falls else 0
    return 0


def _replaced(groups: Sequence[Group], changed: Iterable[Group]) -> list[Group]:
    by_numbers = {group.numbers: group for group in changed}
    return [by_numbers.get(group.numbers, group) for group in groups]


# Another kind of account.


def _accounts(
    law: Prepared,
    book: Jurisdiction,
    groups: Sequence[Group],
    english: English,
    after: Callable[[Sequence[Group]], Outcome],
) -> Iterator[Flip]:
    if not law.is_outside:
        return
    numbers = _numbers(groups)
    for account in ("business", "consumer"):
        if any(group.account != account for group in groups):
            yield Flip(
                words=english.tell(flip_phrase("account", account, book.code)),
                to=after([group._replace(account=account) for group in groups]),
                kind="account",
                value=account,
                of=numbers,
            )


# An answer.


def _answers(law: Prepared, checked: Checked, answers: Answers, english: English) -> Iterator[Flip]:
    if all(found.people is Truth.NO for found in checked.alternatives):
        return  # Too few people count, whatever anybody answers.
    for question in questions_of(law.rule):
        for value in _ANSWERS:
            if answers.get(question) != value:
                yield Flip(
                    words=english.tell(flip_phrase("answer", f"{question}={value}", "")),
                    to=answered(law, checked, {**answers, question: value}),
                    kind="answer",
                    value=f"{question}={value}",
                )
