"""Say in plain words what a rule demands, part by part, and how sure each part is.

In:    a rule as it stands in its book, and the words that books share.
Out:   parts: a label and one line or more, as a lawyer reads them.
Else:  what a rule says of an incident is `words`; what changed between two books is `diff`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

import msgspec

from spillkit.law.books import Books
from spillkit.law.phrases import MILESTONES
from spillkit.law.rule import Clock, Condition, Connection, DutyKind, Rule, RuleCase, Status
from spillkit.law.telling import kinds_words

DEMANDS = {
    DutyKind.NOTIFY_AUTHORITY: "Tell the authority",
    DutyKind.TELL_PEOPLE: "Tell the people affected",
    DutyKind.TELL_OTHERS: "Tell others",
    DutyKind.KEEP_RECORD: "Keep a record",
    DutyKind.FOLLOW_UP: "Report again later",
}
SURE = {
    Status.CONFIRMED: "confirmed: the statute, or a page about it, was read",
    Status.PARTLY: "PARTLY CONFIRMED: that there is a duty was read, its details are general knowledge",
    Status.NOT_CONFIRMED: "NOT CONFIRMED: general knowledge only; ask counsel before you rely on it",
}
BETWEEN = " · "  # stands in a line between a condition and what it asks for
# Part of a rule -> its label, in the order in which they are read.
LABELS = {
    "duty": "Demands",
    "instrument": "Law",
    "article": "Article",
    "in_force_from": "In force from",
    "in_force_to": "In force to",
    "binds": "Binds",
    "when": "When",
    "unless": "Unless",
    "business_contacts": "Contacts at work",
    "clock": "Until",
    "to": "Whom",
    "order": "Order",
    "content": "Content",
    "source": "Source",
    "note": "Note",
    "case": "Cases",
}


class Part(msgspec.Struct, frozen=True):
    """One part of a rule in words."""

    name: str  # of the key in the file: "clock"
    label: str
    lines: tuple[str, ...]
    not_confirmed: tuple[str, ...] = ()  # what of it is general knowledge, as the source says it; empty: nothing


def describe_rule(rule: Rule, books: Books) -> tuple[Part, ...]:
    """Return every part of a rule that says something, in the order of LABELS."""
    parts = (Part(name, label, part_lines(rule, name, books), _unsure(rule, name)) for name, label in LABELS.items())
    return tuple(
        part if part.lines else msgspec.structs.replace(part, lines=("not known",))
        for part in parts
        if part.lines or part.not_confirmed
    )


def part_lines(rule: Rule, name: str, books: Books) -> tuple[str, ...]:
    """Return one part in words; empty where it says nothing."""
    return tuple(_WORDS[name](rule, books))


def data_words(condition: Condition, books: Books) -> str:
    """Say which data a condition is about: combinations that differ in one kind are put together.

    A name with each of three numbers is said once: "full name + (social security number, passport number or tax number)".
    """
    if not condition.data:
        return "any personal data"
    groups: dict[str, list[str]] = {}
    for combination in condition.data:
        groups.setdefault(kinds_words(combination[:-1], books), []).append(kinds_words(combination[-1:], books))
    said = []
    for head, tails in groups.items():
        tail = _or(tails)
        said.append(tail if not head else f"{head} + {tail}" if len(tails) == 1 else f"{head} + ({tail})")
    return "; or ".join(said)


def clock_words(clock: Clock) -> str:
    """Say a period as the law says it, and how it is reckoned: "… [45 days, from when it was determined]"."""
    if clock.length is None:
        return clock.words
    unit = clock.unit.removesuffix("s") if clock.length == 1 else clock.unit
    unit = f"business {unit}" if clock.count == "business" else unit
    free = f", without the holidays of {clock.holidays}" if clock.holidays else ""
    return f"{clock.words} [{clock.length} {unit}, from when {MILESTONES.get(clock.starts, clock.starts)}{free}]"


def _unsure(rule: Rule, name: str) -> tuple[str, ...]:
    return tuple(part for part in rule.source.not_confirmed if re.split("[.:]", part)[0] == name)


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _one(text: object) -> Iterator[str]:
    if text:
        yield " ".join(str(text).split())


def _binds(rule: Rule, books: Books) -> Iterator[str]:
    yield {
        Connection.RESIDENTS: "whoever holds data of people who live there",
        Connection.ESTABLISHMENT: "companies established there",
        Connection.EITHER: "companies established there, and others whose affected people live there",
    }[rule.binds.connection]
    if rule.binds.sectors:
        yield "only: " + _or([books.sectors.get(sector, sector) for sector in rule.binds.sectors])
    yield from _one(rule.binds.words)


def _when(rule: Rule, books: Books) -> Iterator[str]:
    for condition in rule.when:
        parts = [condition.words, f"data: {data_words(condition, books)}"]
        if (people := condition.people) is not None:
            most = f", at most {people.at_most:,}" if people.at_most is not None else ""
            parts.append(
                f"at least {people.at_least:,} people{most}, {'of all' if people.of == 'all' else 'residents'}"
            )
        parts += _asked(condition.questions, books)
        yield BETWEEN.join(parts)


def _unless(rule: Rule, books: Books) -> Iterator[str]:
    for exemption in rule.unless:
        words = f"{exemption.words} ({exemption.article})" if exemption.article else exemption.words
        yield BETWEEN.join([words, *_asked(exemption.questions, books)])


def _asked(questions: Mapping[str, str], books: Books) -> list[str]:
    said = []
    for question, answer in questions.items():
        known = books.questions.get(question.partition("@")[0])
        said.append(f"asks: {known.ask if known else question} It must be {answer}.")
    return said


def _clock(rule: Rule, _: Books) -> Iterator[str]:
    yield clock_words(rule.clock)
    if rule.clock.contested:
        yield f"Argued, not sure: {rule.clock.contested}"


def _to(rule: Rule, books: Books) -> Iterator[str]:
    if rule.to is None:
        return
    if rule.to.name:
        sure = "" if rule.to.status is Status.CONFIRMED else f"  [name {rule.to.status}]"
        yield f"{rule.to.name}{sure}"
    if rule.to.list:
        table = books.authorities.get(rule.to.list, {})
        yield f"the authority of the country, from the table {rule.to.list} ({len(table)} places)"
    yield from _one(rule.to.how)


def _content(rule: Rule, books: Books) -> Iterator[str]:
    content = rule.content
    if content.items:
        yield "must say: " + ", ".join(_items(content.items, books))
    yield from _one(content.words)
    if content.headings:
        yield "headings, in this order: " + " / ".join(content.headings)
    if content.forbidden:
        yield "must NOT say: " + ", ".join(_items(content.forbidden, books))
    if content.form:
        yield f"form: {content.form}"
    if content.languages:
        yield "languages: " + ", ".join(content.languages)


def _items(items: tuple[str, ...], books: Books) -> list[str]:
    return [books.content[item].words if item in books.content else item for item in items]


def _source(rule: Rule, _: Books) -> Iterator[str]:
    yield SURE[rule.source.status]
    yield f"{rule.source.where} (read on {rule.source.read_on.isoformat()})"
    for part in rule.source.not_confirmed:
        yield f"NOT CONFIRMED in it: {part}"


def _case(rule: Rule, books: Books) -> Iterator[str]:
    for case in rule.case:
        yield _case_words(case, books)


def _case_words(case: RuleCase, books: Books) -> str:
    incident = [kinds_words(case.fields, books), f"{case.people:,} people"]
    if case.account != "consumer":
        incident.append(f"account {case.account or 'not known'}")
    incident += [f"{question} {answer}" for question, answer in case.answers.items()]
    incident += [f"{name} {at}" for name, at in case.milestones.items()]
    if case.on is not None:
        incident.append(f"known on {case.on.isoformat()}")
    due = f", due {case.due}" if case.due else ""
    return f"{case.words} ({', '.join(incident)}): {case.outcome}{due}"


_WORDS: dict[str, Callable[[Rule, Books], Iterator[str]]] = {
    "duty": lambda rule, _: _one(DEMANDS[rule.duty]),
    "instrument": lambda rule, _: _one(rule.instrument),
    "article": lambda rule, _: _one(rule.article),
    "in_force_from": lambda rule, _: _one(rule.in_force_from),
    "in_force_to": lambda rule, _: _one(rule.in_force_to),
    "binds": _binds,
    "when": _when,
    "unless": _unless,
    "business_contacts": lambda rule, _: _one(
        "contact data of people in their job is not counted" if rule.business_contacts == "outside" else ""
    ),
    "clock": _clock,
    "to": _to,
    "order": lambda rule, _: _one(rule.order),
    "content": _content,
    "source": _source,
    "note": lambda rule, _: _one(rule.note),
    "case": _case,
}
