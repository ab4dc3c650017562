"""Say a decision in phrases: the chain of reasons, and what must be asked.

In:    a rule that was checked, the people it counts, the books.
Out:   Reasons that a regulator can follow link by link; the question behind every id.
Else:  what holds is found in `conditions`; the sentences are `phrases`; printing is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from spillkit.law.books import Books
from spillkit.law.conditions import Alternative, Asked, Checked, Group, Prepared, is_contact_only
from spillkit.law.decision import Duty, Reason, Truth
from spillkit.law.facts import Entity, Facts, Population
from spillkit.law.phrases import AS_READ, Phrase, packed
from spillkit.law.places import place
from spillkit.law.rule import Condition, Connection, Jurisdiction, Rule
from spillkit.law.telling import English, tell
from spillkit.voice import ENGLISH, Voice

_HINTS = {  # what the facts say about a question without answering it: question, value of `intentional` -> phrase
    ("improper-purpose", "yes"): Phrase("hint-purpose-yes"),
    ("improper-purpose", "no"): Phrase("hint-purpose-no"),
    ("outside-access", "no"): Phrase("hint-purpose-no"),
    ("cyber-attack", "no"): Phrase("hint-purpose-no"),
    ("illegal-use", "yes"): Phrase("hint-purpose-yes"),
}
_STATES = frozenset({"US", "AU", "BR", "MX", "IN"})
_NOBODY = Phrase("nobody")
_NOT_HERE = "not-here"
_NO_BOOKS = Books({}, {}, {}, {}, {}, {}, {}, "", {})  # numbers need no words of theirs


def people_phrase(low: int, high: int) -> Phrase:
    """Say a number of people, confirmed and at most."""
    sure = Phrase("people", (low,)) if low else _NOBODY
    return sure if low == high else Phrase("bounded", (sure, high))


def counted(low: int, high: int) -> str:
    """Say a number of people in English, confirmed and at most.

    >>> counted(988, 988), counted(1, 1), counted(988, 1014), counted(0, 12)
    ('988 people', '1 person', '988 people confirmed, at most 1,014', 'nobody confirmed, at most 12')
    """
    return tell(people_phrase(low, high), _NO_BOOKS)


def sum_of(groups: Iterable[tuple[Group, Truth]]) -> tuple[int, int]:
    """Count people: those surely counted and confirmed, and all who may be."""
    low = high = 0
    for group, member in groups:
        if member is not Truth.NO:
            high += group.upper
            low += group.people if member is Truth.YES else 0
    return low, high


def reason_of(
    condition: Phrase,
    because: Phrase,
    english: English,
    *,
    holds: Truth,
    source: str,
    kind: str,
    question: str = "",
    as_read: str = "",
) -> Reason:
    """Return one link of the chain in English, with the phrases that it was made from.

    as_read  the condition, where it stands in the words of the law (`AS_READ`)
    """
    return Reason(
        condition=as_read or english.tell(condition),
        holds=holds,
        because=ENGLISH.begin(english.tell(because)),
        source=source,
        question=question,
        kind=kind,
        said=(condition, because),
    )


def why_not(duty: Duty) -> Reason:
    """Return the link at which the chain of a duty that is not triggered broke: the one that came furthest."""
    reached = ("exemption", "answer", "people", "data", "nobody", "place", "sector", "force")
    broken = [
        reason
        for reason in duty.reasons
        if (reason.holds is Truth.YES if reason.kind == "exemption" else reason.holds is Truth.NO)
        and reason.kind in reached
    ]
    left_out = [reason for reason in duty.reasons if reason.kind == "account" and reason.holds is Truth.YES]
    if left_out and not duty.people_upper:
        return left_out[0]
    return min(broken, key=lambda reason: reached.index(reason.kind), default=duty.reasons[-1])


def in_force(rule: Rule, on: date, day: str, english: English) -> Reason:
    """Say whether a rule is in force on the day it is judged by; `day` is the phrase that says which day that is."""
    if rule.in_force_from is not None and on < rule.in_force_from:
        because, holds = Phrase("only-from", (rule.in_force_from.isoformat(),)), Truth.NO
    elif rule.in_force_to is not None and on > rule.in_force_to:
        because, holds = Phrase("until", (rule.in_force_to.isoformat(),)), Truth.NO
    elif rule.in_force_from is not None:
        because, holds = Phrase("since", (rule.in_force_from.isoformat(),)), Truth.YES
    else:
        because, holds = Phrase("first-day"), Truth.YES
    condition = Phrase("in-force", (on.isoformat(), Phrase(day)))
    return reason_of(condition, because, english, holds=holds, source=rule.instrument, kind="force")


def bound_by_sector(rule: Rule, entity: Entity, english: English) -> Reason | None:
    """Say whether the company is of a kind that the rule binds; None where it binds every kind."""
    if not rule.binds.sectors:
        return None
    wanted = ",".join(rule.binds.sectors)
    has = ",".join(sector for sector in entity.sectors if sector in rule.binds.sectors)
    return reason_of(
        Phrase("is-a", (wanted,)) if not rule.binds.words else Phrase("binds", (f"{rule.id}/binds/0",)),
        Phrase("listed", (has,)) if has else Phrase("not-listed", (wanted,)),
        english,
        holds=Truth.YES if has else Truth.NO,
        source=rule.article,
        kind="sector",
    )


def bound_by_place(
    rule: Rule, book: Jurisdiction, entity: Entity, seat: Truth, groups: Sequence[Group], facts: Facts, english: English
) -> Iterator[Reason]:
    """Say what ties the company and its people to the law."""
    low, high = sum_of((group, group.there) for group in groups)
    if rule.binds.connection is not Connection.RESIDENTS and seat is not Truth.NO:
        codes = ", ".join(entity.established)
        yield reason_of(
            Phrase("established", (book.code,)),
            Phrase("establishments", (codes,))
            if seat is Truth.YES
            else Phrase("place-vague", (codes,))
            if codes
            else Phrase("place-unknown"),
            english,
            holds=seat,
            source=rule.article,
            question="" if seat is Truth.YES else f"established@{entity.id}",
            kind="place",
        )
    if rule.binds.connection is not Connection.ESTABLISHMENT and not (seat is Truth.YES and high == 0):
        holds = Truth.YES if low else Truth.UNKNOWN if high else Truth.NO
        if seat is Truth.YES and rule.binds.connection is Connection.EITHER and holds is not Truth.YES:
            return
        yield reason_of(
            Phrase("people-live", (book.code,)),
            people_phrase(low, high),
            english,
            holds=holds,
            source=rule.article,
            question=_place_question(groups, facts) if holds is Truth.UNKNOWN else "",
            kind="place",
        )


def _place_question(groups: Iterable[Group], facts: Facts) -> str:
    """The question that would settle where people live; the first, where there are several."""
    for group in groups:
        if group.there is Truth.UNKNOWN and group.upper:
            population = facts.populations[group.numbers[0]]
            country = place(population.country, population.region)[0]
            return f"region@{country}" if country else f"country@{population.entity}"
    return ""


def business_contacts(rule: Rule, book: Jurisdiction, groups: Sequence[Group], english: English) -> Reason | None:
    """Say who is left out because only his business contact data was shown; None where the rule leaves nobody out."""
    if rule.business_contacts != "outside":
        return None
    contacts = [group for group in groups if is_contact_only(group.fields) and group.account != "consumer"]
    out = sum(group.upper for group in contacts if group.account == "business")
    unsure = sum(group.upper for group in contacts if group.account == "")
    left_out, is_open = Phrase("contacts-out", (out,)), Phrase("contacts-open", (unsure,))
    return reason_of(
        Phrase("contacts"),
        Phrase("two", (left_out, is_open))
        if out and unsure
        else left_out
        if out
        else is_open
        if unsure
        else Phrase("no-contacts"),
        english,
        holds=Truth.UNKNOWN if unsure else Truth.YES,
        source=rule.instrument,
        question=f"account@{book.code}" if unsure else "",
        kind="account" if out or unsure else "",
    )


def of_alternative(
    law: Prepared,
    book: Jurisdiction,
    number: int,
    found: Alternative,
    groups: Sequence[Group],
    facts: Facts,
    english: English,
) -> Iterator[Reason]:
    """Say what one alternative of a rule asks for and whether it is there."""
    rule, condition = law.rule, law.rule.when[number]
    is_alone = len(rule.when) == 1
    because = _people_phrase(law, book, condition, found, groups, english.books)
    yield reason_of(
        AS_READ if is_alone else Phrase("alternative", (number + 1, len(rule.when), f"{rule.id}/when/{number}")),
        because,
        english,
        holds=found.holds,
        source=rule.article,
        question=_open_question(law, book, condition, found, facts),
        kind="people" if found.matched else "nobody" if because.name == _NOT_HERE else "data",
        as_read=condition.words if is_alone else "",
    )
    if found.people is not Truth.NO:
        for asked in found.questions:
            yield _of_question(asked, "", rule, facts, english)


def of_exemptions(rule: Rule, checked: Checked, facts: Facts, english: English) -> Iterator[Reason]:
    """Say which exemptions there are, and whether one lifts the duty."""
    for number, (exemption, found) in enumerate(zip(rule.unless, checked.exemptions, strict=True)):
        words, source = f"{rule.id}/unless/{number}", exemption.article or rule.article
        if not found.questions:
            yield reason_of(
                Phrase("unless", (words,)),
                Phrase("counsel"),
                english,
                holds=Truth.UNKNOWN,
                source=source,
                kind="exemption",
            )
        for asked in found.questions:
            yield _of_question(asked, words, rule, facts, english, source)


def question_words(question: str, facts: Facts, books: Books, voice: Voice = ENGLISH) -> str:
    """Return what must be asked, for any id that stands in `Decided.questions` or `Reason.question`."""
    phrase = _question_phrase(question, facts, books)
    return tell(phrase, books, voice) if phrase is not None else question


def _question_phrase(question: str, facts: Facts, books: Books) -> Phrase | None:
    kind, _, of = question.partition("@")
    if kind in books.questions:
        return Phrase("ask-for", (kind, of)) if of else Phrase("ask", (kind,))
    if kind == "when":
        return Phrase("ask-when", (of,))
    if kind == "region":
        number = sum(_upper(one) for one in facts.populations if place(one.country)[0] == of and not one.region)
        part = "ask-state" if of in _STATES else "ask-province" if of == "CA" else "ask-region"
        return Phrase(part, (people_phrase(number, number), of))
    if kind == "country":
        number = sum(_upper(one) for one in facts.populations if one.entity == of and not one.country)
        return Phrase("ask-country", (people_phrase(number, number),))
    if kind == "account":
        return Phrase("ask-account", (of,))
    named = next((one.name for one in facts.entities if one.id == of and one.name), of)
    by_company = {
        "established": "ask-seat",
        "main-establishment": "ask-main-seat",
        "region-of-establishment": "ask-part",
    }
    return Phrase(by_company[kind], (named,)) if kind in by_company else None


def _people_phrase(
    law: Prepared,
    book: Jurisdiction,
    condition: Condition,
    found: Alternative,
    groups: Sequence[Group],
    books: Books,
) -> Phrase:
    if not found.matched:
        members = [group for group in groups if group.upper and law.membership(group) is not Truth.NO]
        if not members:
            return Phrase(_NOT_HERE, (book.code,))
        were = frozenset[str]().union(*(group.fields for group in members))
        shown = ",".join(kind for kind in books.fields if kind in were)
        return Phrase("not-shown", (packed(condition.data), shown))
    who = people_phrase(found.low, found.high)
    if condition.people is None:
        return who
    least, most = condition.people.at_least, condition.people.at_most
    limit = Phrase("at-least", (least,)) if most is None else Phrase("between", (least, most))
    return Phrase("limit-open" if found.people is Truth.UNKNOWN else "limit", (who, limit))


def _open_question(law: Prepared, book: Jurisdiction, condition: Condition, found: Alternative, facts: Facts) -> str:
    """The question that would settle who counts; "" where nothing is open but the count itself."""
    if found.people is not Truth.UNKNOWN:
        return ""
    for group in found.matched:
        population = facts.populations[group.numbers[0]]
        member = law.membership(group)
        if group.tied is Truth.UNKNOWN or (group.there is Truth.UNKNOWN and condition.people is not None):
            country = place(population.country, population.region)[0]
            if group.there is Truth.UNKNOWN and (
                law.rule.binds.connection is not Connection.ESTABLISHMENT or condition.people
            ):
                return f"region@{country}" if country else f"country@{population.entity}"
            return f"established@{population.entity}"
        if member is Truth.UNKNOWN:
            return f"account@{book.code}"
    return ""


def _of_question(asked: Asked, unless: str, rule: Rule, facts: Facts, english: English, source: str = "") -> Reason:
    question = english.books.questions.get(asked.question)
    hint = _HINTS.get((asked.question, facts.intentional))
    condition = Phrase("asked", (asked.question, asked.wants))
    return reason_of(
        Phrase("unless-asked", (unless, condition)) if unless else condition,
        Phrase("answered", (asked.got,))
        if asked.got
        else Phrase("not-answered-hint", (hint,))
        if hint
        else Phrase("not-answered"),
        english,
        holds=asked.holds,
        source=source or (question.source if question else rule.article),
        question=asked.question if asked.holds is Truth.UNKNOWN else "",
        kind="exemption" if unless else "answer",
    )


def _upper(population: Population) -> int:
    return population.people if population.people_upper is None else population.people_upper
