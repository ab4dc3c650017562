"""Decide which duties an incident brings: every rule, every company, the people it counts.

In:    facts, the books of law, the time.
Out:   Decided: duties with outcome, reasons, deadline, flips and addressees; the severity beside them; what humans must answer.
Else:  conditions are checked in `conditions`, clocks in `clocks`, words in `words`; signing is `case`.

Pure: the same facts, books and time give the same answer. It is a proposal. Nothing is decided until people have signed it.

A rule is looked at for a company that may be bound: people live there, or may; or the company is established there. While nobody
said where a company is established, that is asked, and laws that would bind it by its establishment alone are left out.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple

import msgspec

from spillkit.law import words
from spillkit.law.books import Books
from spillkit.law.clocks import check_moment, deadline, zone_of
from spillkit.law.competence import competent
from spillkit.law.conditions import Answers, Checked, Group, Prepared, check_rule, either
from spillkit.law.decision import Deadline, Decided, Duty, Flip, Outcome, Reason, Truth
from spillkit.law.facts import Entity, Facts
from spillkit.law.facts_file import check_facts
from spillkit.law.flips import find_flips
from spillkit.law.places import homes, is_established, lives_there, place
from spillkit.law.rule import Connection, Jurisdiction, Rule
from spillkit.law.severity import severity_of
from spillkit.law.telling import English
from spillkit.law.uncovered import find_uncovered, uncovered_words

PROPOSAL = "This is a proposal. Nothing is decided until it is signed."
_ORDER = {Outcome.TRIGGERED: 0, Outcome.ASK: 1, Outcome.NOT_TRIGGERED: 2}


def decide(facts: Facts, books: Books, *, now: datetime, on: date | None = None) -> Decided:
    """Decide the duties of one incident.

    facts    measured or typed in; checked here
    books    rules and words
    now      UTC, the time of deciding
    on       the day by whose law it is judged; None: the day the company became aware, or today where that is not set
    Returns  Decided; triggered duties first, those with the earliest end before the others
    Raises   LawError where facts cannot be meant, with the place
    Cost     counts only: 10 million people cost what 10 do
    """
    notes = check_facts(facts, books, now)
    found = _Facts.of(facts, on)
    # An incident is judged by the law in force when it became known (issue 4, part 2).
    known = check_moment(facts.milestones["aware"].at, "aware") if "aware" in facts.milestones else now
    days = {code: on or known.astimezone(zone_of(book.zone)).date() for code, book in books.jurisdictions.items()}
    english = English(books)
    duties: list[Duty] = []
    for code, book in books.jurisdictions.items():
        duties += _of_book(_Law(book, english, days[code], _answers_for(code, facts)), found)
    duties.sort(key=_urgency)
    silent = find_uncovered(facts, books, lambda book: days[book.code])
    return Decided(
        version=1,
        decided_at=now.astimezone(UTC),
        law_digest=books.digest,
        law_on=(on or known.astimezone(UTC).date()).isoformat(),
        duties=tuple(duties),
        severity=severity_of(facts, books),
        questions=_questions(duties, found),
        words=PROPOSAL,
        notes=(*notes, *(uncovered_words(gap, books) for gap in silent)),
    )


class _Facts(NamedTuple):
    """Facts, put so that many rules can be asked of them quickly."""

    facts: Facts
    day: str  # the phrase that says which day it is by whose law it is judged
    milestones: dict[str, datetime]
    by_place: dict[str, dict[tuple[str, str], list[Group]]]  # entity -> place -> people there
    places: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, facts: Facts, on: date | None) -> _Facts:
        by_place: dict[str, dict[tuple[str, str], list[Group]]] = {entity.id: {} for entity in facts.entities}
        sets: dict[frozenset[str], frozenset[str]] = {}  # one object for equal sets: they are compared often
        for number, one in enumerate(facts.populations):
            fields = frozenset(one.fields)
            upper = one.people if one.people_upper is None else one.people_upper
            group = Group(
                (number,), one.people, upper, sets.setdefault(fields, fields), one.account, Truth.NO, Truth.NO
            )
            by_place[one.entity].setdefault(place(one.country, one.region), []).append(group)
        milestones = {name: one.at for name, one in facts.milestones.items()}
        day = "day-asked" if on else "day-aware" if "aware" in milestones else "day-now"
        return cls(facts, day, milestones, by_place, frozenset(at for there in by_place.values() for at in there))


class _Law(NamedTuple):
    """One book, as it is on one day, with what humans answered about it."""

    book: Jurisdiction
    english: English
    on: date
    answers: Answers


def _answers_for(code: str, facts: Facts) -> Answers:
    """What humans answered: for this jurisdiction, or else for all."""
    everywhere = {question: answer for question, answer in facts.answers.items() if "@" not in question}
    here = {
        question.partition("@")[0]: answer
        for question, answer in facts.answers.items()
        if question.endswith(f"@{code}")
    }
    return everywhere | here


def _of_book(law: _Law, found: _Facts) -> Iterator[Duty]:
    counted = homes(law.book.residents)
    lives = {at: lives_there(*at, counted) for at in found.places}
    near = {at: answer for at, answer in lives.items() if answer is not Truth.NO}
    prepared = [Prepared.of(rule) for rule in law.book.rule]
    for entity in found.facts.entities:
        seat = is_established(entity.established, counted)
        people = found.by_place[entity.id]
        there = {at: near[at] for at in near if at in people} if seat is Truth.NO else {at: lives[at] for at in people}
        if not there and seat is not Truth.YES:
            continue
        has_people = any(answer is not Truth.NO for answer in there.values())
        reached = functools.cache(functools.partial(_reached, seat, there, people))
        for rule in prepared:
            if _may_bind(rule.rule, entity, seat, has_people):
                yield _duty(law, rule, entity, seat, reached(rule.rule.binds.connection), found)


def _may_bind(rule: Rule, entity: Entity, seat: Truth, has_people: bool) -> bool:
    """Say whether a rule is looked at for a company at all."""
    if rule.binds.connection is Connection.ESTABLISHMENT:
        # Kinds of company that the facts do not list are not guessed: only an establishment that is known shows the rule.
        is_listed = not rule.binds.sectors or not set(rule.binds.sectors).isdisjoint(entity.sectors)
        return seat is Truth.YES or (seat is Truth.UNKNOWN and has_people and is_listed)
    return has_people or (seat is Truth.YES and rule.binds.connection is Connection.EITHER)


def _reached(
    seat: Truth,
    there: Mapping[tuple[str, str], Truth],
    people: Mapping[tuple[str, str], Sequence[Group]],
    connection: Connection,
) -> list[Group]:
    """Whom a rule reaches, or may reach: through their home, or through the company's establishment; in the order of the facts."""
    alike: dict[tuple[frozenset[str], str, Truth, Truth], list[Group]] = {}
    for at, lives in there.items():
        if connection is Connection.RESIDENTS:
            tied = lives
        elif connection is Connection.ESTABLISHMENT:
            tied = seat
        else:
            tied = either(seat, lives)
        if tied is not Truth.NO:
            for group in people[at]:
                alike.setdefault((group.fields, group.account, lives, tied), []).append(group)
    reached = [
        Group(
            tuple(sorted(number for one in groups for number in one.numbers)),
            sum(one.people for one in groups),
            sum(one.upper for one in groups),
            *kind,
        )
        for kind, groups in alike.items()
    ]
    return sorted(reached, key=lambda group: group.numbers)


def _duty(law: _Law, prepared: Prepared, entity: Entity, seat: Truth, groups: Sequence[Group], found: _Facts) -> Duty:
    facts, english, book, rule = found.facts, law.english, law.book, prepared.rule
    force, sector = words.in_force(rule, law.on, found.day, english), words.bound_by_sector(rule, entity, english)
    is_bound = force.holds is Truth.YES and (sector is None or sector.holds is Truth.YES)
    reasons: list[Reason] = [force] if sector is None else [force, sector]
    flips: tuple[Flip, ...] = ()
    ends: Deadline | None = None
    names: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    members = prepared.members(groups)
    outcome = Outcome.NOT_TRIGGERED
    if is_bound:
        checked = check_rule(prepared, groups, law.answers)
        outcome = checked.outcome
        reasons += _reasons(law, prepared, entity, seat, checked, groups, facts)
        flips = find_flips(prepared, book, groups, law.answers, checked, english)
        if outcome is not Outcome.NOT_TRIGGERED:
            members = _concerned(checked, members)
            ends = deadline(rule.clock, found.milestones, book.zone)
            told = competent(
                rule.to, entity, [facts.populations[number] for one, _ in members for number in one.numbers], english
            )
            names, unsure = told.names, told.not_confirmed
            reasons += told.reasons
    people, upper = words.sum_of(members)
    return Duty(
        rule=rule.id,
        jurisdiction=book.code,
        jurisdiction_name=book.name,
        entity=entity.id,
        duty=rule.duty,
        outcome=outcome,
        people=people,
        people_upper=upper,
        reasons=tuple(reasons),
        flips=flips,
        deadline=ends,
        addressees=names,
        order=rule.order,
        citation=f"{rule.instrument}, {rule.article}",
        status=rule.source.status,
        not_confirmed=(*rule.source.not_confirmed, *unsure),
        note=rule.note,
    )


def _reasons(
    law: _Law,
    prepared: Prepared,
    entity: Entity,
    seat: Truth,
    checked: Checked,
    groups: Sequence[Group],
    facts: Facts,
) -> Iterator[Reason]:
    """The chain, in the order in which a lawyer asks: bound, counted, triggered, exempt."""
    yield from words.bound_by_place(prepared.rule, law.book, entity, seat, groups, facts, law.english)
    left_out = words.business_contacts(prepared.rule, law.book, groups, law.english)
    if left_out is not None:
        yield left_out
    for number, alternative in enumerate(checked.alternatives):
        yield from words.of_alternative(prepared, law.book, number, alternative, groups, facts, law.english)
    if any(alternative.holds is not Truth.NO for alternative in checked.alternatives):
        yield from words.of_exemptions(prepared.rule, checked, facts, law.english)


def _concerned(checked: Checked, members: Sequence[tuple[Group, Truth]]) -> list[tuple[Group, Truth]]:
    """Of the people a rule counts, those whose data it names."""
    numbers = {
        group.numbers
        for alternative in checked.alternatives
        if alternative.holds is not Truth.NO
        for group in alternative.matched
    }
    return [(group, member) for group, member in members if group.numbers in numbers]


def _urgency(duty: Duty) -> tuple[object, ...]:
    ends = duty.deadline
    due = ends.due_at if ends is not None and ends.due_at is not None else datetime.max.replace(tzinfo=UTC)
    return _ORDER[duty.outcome], due, duty.jurisdiction, duty.rule, duty.entity


def _questions(duties: Sequence[Duty], found: _Facts) -> tuple[str, ...]:
    """What humans must answer: the start of the clocks, then what most duties hang on."""
    starts: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for duty in duties:
        if duty.outcome is Outcome.NOT_TRIGGERED:
            continue
        if duty.deadline is not None and duty.deadline.starts_at is None and duty.deadline.starts == "aware":
            starts["when@aware"] += 1
        asked.update({reason.question for reason in duty.reasons if _is_asked(duty, reason)})
    for entity in found.facts.entities:
        if not entity.established and any(found.by_place[entity.id].values()):
            asked[f"established@{entity.id}"] += 1
    ordered = sorted(asked.items(), key=lambda item: (-item[1], item[0]))
    return (*starts, *(question for question, _ in ordered))


def _is_asked(duty: Duty, reason: Reason) -> bool:
    """What is open on the way to an outcome, or to the right authority; an exemption that nobody claims is not asked."""
    if not reason.question or reason.holds is not Truth.UNKNOWN or reason.kind == "exemption":
        return False
    return duty.outcome is Outcome.ASK or "@" in reason.question


def to_json(decided: Decided) -> bytes:
    """Return a decision as JSON, the same bytes for the same decision."""
    return msgspec.json.format(msgspec.json.encode(decided, order="sorted"), indent=2)
