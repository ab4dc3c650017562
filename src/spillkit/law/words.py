"""Say a decision in words: the chain of reasons, and what must be asked.

In:    a rule that was checked, the people it counts, the books.
Out:   Reasons that a regulator can follow link by link; the words of every question.
Else:  what holds is found in `conditions`; printing is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from spillkit.law.books import Books
from spillkit.law.clocks import MILESTONES
from spillkit.law.conditions import Alternative, Asked, Checked, Group, Prepared, is_contact_only
from spillkit.law.decision import Duty, Reason, Truth
from spillkit.law.facts import Entity, Facts, Population
from spillkit.law.places import place, place_name
from spillkit.law.rule import Condition, Connection, Jurisdiction, Rule

_HINTS = {  # what the facts say about a question without answering it: question, value of `intentional` -> words
    ("improper-purpose", "yes"): "the facts say that somebody did it on purpose, which speaks for yes",
    ("improper-purpose", "no"): "the facts say that nobody did it on purpose, which speaks for no",
    ("outside-access", "no"): "the facts say that nobody did it on purpose, which speaks for no",
    ("cyber-attack", "no"): "the facts say that nobody did it on purpose, which speaks for no",
    ("illegal-use", "yes"): "the facts say that somebody did it on purpose, which speaks for yes",
}


def counted(low: int, high: int) -> str:
    """Say a number of people, confirmed and at most.

    >>> counted(988, 988), counted(1, 1), counted(988, 1014), counted(0, 12)
    ('988 people', '1 person', '988 people confirmed, at most 1,014', 'nobody confirmed, at most 12')
    """
    if low == high:
        return "nobody" if low == 0 else "1 person" if low == 1 else f"{low:,} people"
    sure = "nobody" if low == 0 else "1 person" if low == 1 else f"{low:,} people"
    return f"{sure} confirmed, at most {high:,}"


def sum_of(groups: Iterable[tuple[Group, Truth]]) -> tuple[int, int]:
    """Count people: those surely counted and confirmed, and all who may be."""
    low = high = 0
    for group, member in groups:
        if member is not Truth.NO:
            high += group.upper
            low += group.people if member is Truth.YES else 0
    return low, high


def kinds(fields: Iterable[str], books: Books) -> str:
    """Say kinds of data: "full name + password"."""
    return " + ".join(books.fields[kind].words if kind in books.fields else kind for kind in fields)


def combinations_words(data: Sequence[Sequence[str]], books: Books) -> str:
    """Say combinations of kinds of data, those with a common beginning together.

    Returns  "full name with passport number or payment card number; user name with password; genetic data"
    """
    endings: dict[tuple[str, ...], list[str]] = {}
    for combination in data:
        endings.setdefault(tuple(combination[:-1]), []).append(combination[-1])
    said = []
    for beginning, last in endings.items():
        choice = [kinds([kind], books) for kind in last]
        ending = choice[0] if len(choice) == 1 else f"{', '.join(choice[:-1])} or {choice[-1]}"
        said.append(f"{kinds(beginning, books)} with {ending}" if beginning else ending)
    return "; ".join(said)


def why_not(duty: Duty) -> Reason:
    """Return the link at which the chain of a duty that is not triggered broke: the one that came furthest."""
    reached = ("exemption", "answer", "people", "data", "place", "sector", "force")
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


def in_force(rule: Rule, on: date, day: str) -> Reason:
    """Say whether a rule is in force on the day it is judged by; `day` says which day that is."""
    if rule.in_force_from is not None and on < rule.in_force_from:
        because, holds = f"It is in force only from {rule.in_force_from.isoformat()}", Truth.NO
    elif rule.in_force_to is not None and on > rule.in_force_to:
        because, holds = f"It was in force until {rule.in_force_to.isoformat()}", Truth.NO
    elif rule.in_force_from is not None:
        because, holds = f"It is in force since {rule.in_force_from.isoformat()}", Truth.YES
    else:
        because, holds = "It is in force; its first day is not kept in this book", Truth.YES
    return Reason(
        condition=f"The rule is in force on {on.isoformat()}, {day}",
        holds=holds,
        because=because,
        source=rule.instrument,
        kind="force",
    )


def bound_by_sector(rule: Rule, entity: Entity, books: Books) -> Reason | None:
    """Say whether the company is of a kind that the rule binds; None where it binds every kind."""
    if not rule.binds.sectors:
        return None
    wanted = " or ".join(books.sectors.get(sector, sector) for sector in rule.binds.sectors)
    has = [books.sectors.get(sector, sector) for sector in entity.sectors if sector in rule.binds.sectors]
    return Reason(
        condition=f"The company is a {wanted}" if not rule.binds.words else f"It binds {rule.binds.words}",
        holds=Truth.YES if has else Truth.NO,
        because=f"The facts list it as: {', '.join(has)}" if has else f"The facts do not list it as: {wanted}",
        source=rule.article,
        kind="sector",
    )


def bound_by_place(
    rule: Rule, book: Jurisdiction, entity: Entity, seat: Truth, groups: Sequence[Group], facts: Facts
) -> Iterator[Reason]:
    """Say what ties the company and its people to the law."""
    low, high = sum_of((group, group.there) for group in groups)
    source = rule.article
    if rule.binds.connection is not Connection.RESIDENTS and seat is not Truth.NO:
        known = seat is Truth.YES
        yield Reason(
            condition=f"The company is established in {book.name}",
            holds=seat,
            because=f"Its establishments: {', '.join(entity.established)}. All its people are then counted"
            if known
            else "Where the company is established is not known"
            if not entity.established
            else f"Its establishments are known only as {', '.join(entity.established)}",
            source=source,
            question="" if known else f"established@{entity.id}",
            kind="place",
        )
    if rule.binds.connection is not Connection.ESTABLISHMENT and not (seat is Truth.YES and high == 0):
        holds = Truth.YES if low else Truth.UNKNOWN if high else Truth.NO
        if seat is Truth.YES and rule.binds.connection is Connection.EITHER and holds is not Truth.YES:
            return
        yield Reason(
            condition=f"People who live in {book.name} are among those affected",
            holds=holds,
            because=_sentence(counted(low, high)),
            source=source,
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


def business_contacts(rule: Rule, book: Jurisdiction, groups: Sequence[Group]) -> Reason | None:
    """Say who is left out because only his business contact data was shown; None where the rule leaves nobody out."""
    if rule.business_contacts != "outside":
        return None
    contacts = [group for group in groups if is_contact_only(group.fields) and group.account != "consumer"]
    out = sum(group.upper for group in contacts if group.account == "business")
    unsure = sum(group.upper for group in contacts if group.account == "")
    if not out and not unsure:
        because = "No contact data of people in their job is among it"
    else:
        because = "; ".join(
            ([f"{out:,} of the people are left out as business contacts"] if out else [])
            + ([f"of {unsure:,} it is not known whether they are consumers or business contacts"] if unsure else [])
        )
    return Reason(
        condition="Contact data of people in their job is outside this law",
        holds=Truth.UNKNOWN if unsure else Truth.YES,
        because=_sentence(because),
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
    books: Books,
) -> Iterator[Reason]:
    """Say what one alternative of a rule asks for and whether it is there."""
    rule, condition = law.rule, law.rule.when[number]
    several = f"Alternative {number + 1} of {len(rule.when)}: " if len(rule.when) > 1 else ""
    yield Reason(
        condition=several + condition.words,
        holds=found.holds,
        because=_sentence(_people_words(law, book, condition, found, groups, books)),
        source=rule.article,
        question=_open_question(law, book, condition, found, facts),
        kind="people" if found.matched else "data",
    )
    if found.people is not Truth.NO:
        for asked in found.questions:
            yield _of_question(asked, "", rule, facts, books)


def of_exemptions(rule: Rule, checked: Checked, facts: Facts, books: Books) -> Iterator[Reason]:
    """Say which exemptions there are, and whether one lifts the duty."""
    for exemption, found in zip(rule.unless, checked.exemptions, strict=True):
        source = exemption.article or rule.article
        if not found.questions:
            yield Reason(
                condition=f"Unless: {exemption.words}",
                holds=Truth.UNKNOWN,
                because="This is not decided here; counsel weighs it",
                source=source,
                kind="exemption",
            )
        for asked in found.questions:
            yield _of_question(asked, f"Unless: {exemption.words}. ", rule, facts, books, source)


def question_words(question: str, facts: Facts, books: Books) -> str:
    """Return what must be asked, for any id that stands in `Decided.questions` or `Reason.question`."""
    kind, _, of = question.partition("@")
    if kind in books.questions:
        return books.questions[kind].ask + (f" (for {_book_name(of, books)})" if of else "")
    if kind == "when":
        return f"When was it that {MILESTONES.get(of, of)}?"
    if kind == "region":
        number = sum(_upper(one) for one in facts.populations if place(one.country)[0] == of and not one.region)
        where = "states" if of in {"US", "AU", "BR", "MX", "IN"} else "provinces" if of == "CA" else "regions"
        return f"In which {where} do the {counted(number, number)} in {place_name(of)} live?"
    if kind == "country":
        number = sum(_upper(one) for one in facts.populations if one.entity == of and not one.country)
        return f"In which countries do the {counted(number, number)} live whose country is not known?"
    if kind == "account":
        return f"Are the people in {_book_name(of, books)} consumers, or contacts of business customers?"
    named = next((one.name for one in facts.entities if one.id == of and one.name), of)
    if kind == "established":
        return f"Where is {named} established?"
    if kind == "main-establishment":
        return f"Which establishment of {named} in the EEA is the main one, where decisions on personal data are taken?"
    if kind == "region-of-establishment":
        return f"In which part of the country is the main establishment of {named}? In Germany: in which Land?"
    return question


def _book_name(code: str, books: Books) -> str:
    return books.jurisdictions[code].name if code in books.jurisdictions else code


def _people_words(
    law: Prepared,
    book: Jurisdiction,
    condition: Condition,
    found: Alternative,
    groups: Sequence[Group],
    books: Books,
) -> str:
    if not found.matched:
        members = [group for group in groups if group.upper and law.membership(group) is not Truth.NO]
        if not members:
            return f"nobody whom this law counts in {book.name} is among those affected"
        shown = dict.fromkeys(kind for kind in books.fields for group in members if kind in group.fields)
        were = ", ".join(kinds([kind], books) for kind in shown)
        return f"of nobody was this shown: {combinations_words(condition.data, books)}. Shown were: {were}"
    who = counted(found.low, found.high)
    if condition.people is None:
        return who
    least, most = condition.people.at_least, condition.people.at_most
    limit = f"at least {least:,}" + (f" and at most {most:,}" if most is not None else "") + " are needed"
    if found.people is Truth.UNKNOWN:
        return f"{who}; {limit}, so it may be reached or not"
    return f"{who}; {limit}"


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


def _of_question(asked: Asked, before: str, rule: Rule, facts: Facts, books: Books, source: str = "") -> Reason:
    question = books.questions.get(asked.question)
    words = question.ask if question else asked.question
    if asked.got:
        because = f"Answered: {asked.got}"
    else:
        hint = _HINTS.get((asked.question, facts.intentional), "")
        because = f"Nobody answered yet{'; ' + hint if hint else ''}"
    return Reason(
        condition=f"{before}{words} ({asked.wants} is needed)",
        holds=asked.holds,
        because=because,
        source=source or (question.source if question else rule.article),
        question=asked.question if asked.holds is Truth.UNKNOWN else "",
        kind="exemption" if before else "answer",
    )


def _upper(population: Population) -> int:
    return population.people if population.people_upper is None else population.people_upper


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]
