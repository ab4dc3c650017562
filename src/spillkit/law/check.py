"""Check that the books of law make sense: whoever adds or corrects a row is told what is missing or wrong.

In:    books as they were read.
Out:   problems: in which book and rule, what is wrong, what to do.
Else:  what no file may say at all is refused by `books`; the cases beside the rules are tried in `cases`.
"""

from __future__ import annotations

import itertools
import re
import zoneinfo
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import holidays
import msgspec

from spillkit.law.books import Books, stem
from spillkit.law.cases import failing_cases
from spillkit.law.decision import Outcome
from spillkit.law.phrases import MILESTONES
from spillkit.law.places import countries
from spillkit.law.rule import Clock, DutyKind, Jurisdiction, Rule
from spillkit.printed import printable

UNITS = ("hours", "days", "months")
COUNTS = ("calendar", "business")
ORDERS = ("", "before people", "not later than people", "after authority", "after people")
PEOPLE_OF = ("residents", "all")
BUSINESS_CONTACTS = ("inside", "outside")
ACCOUNTS = ("consumer", "business", "")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_REGION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}")
_PARTS = {field.encode_name for field in msgspec.structs.fields(Rule)}


class Problem(msgspec.Struct, frozen=True):
    """Something in the books that must be mended."""

    book: str  # code of the jurisdiction; "": the words that all books share
    rule: str  # id; "": the book as a whole
    words: str  # what is wrong, and what to do


def check_books(books: Books) -> tuple[Problem, ...]:
    """Check all books.

    Returns  every problem, in the order of books and rules; empty: none was found
    Cost     tries every case beside the rules: a few seconds for some thousand
    """
    found = [Problem("", "", words) for words in _shared(books)]
    for book in books.jurisdictions.values():
        found += [Problem(book.code, "", words) for words in _book(book, books)]
        for rule in book.rule:
            found += [Problem(book.code, rule.id, words) for words in (*_rule(rule, books), *_cases(rule, book, books))]
    return tuple(found)


def _shared(books: Books) -> Iterator[str]:
    counted = {home for book in books.jurisdictions.values() for home in book.residents}
    for table, rows in books.authorities.items():
        if table in _tables(books):
            for place in rows:
                if place not in counted:
                    yield f"authorities.toml, {table}: {place} has authorities, but no book counts its residents."
        for place, authorities in rows.items():
            for authority in authorities:
                if authority.table and authority.table not in books.authorities:
                    yield f"authorities.toml, {table}.{place}: there is no table {authority.table}."
    for item, content in books.content.items():
        if not 0 <= content.answer <= 14:
            yield f"content.toml, {item}: there is no question {content.answer}; use 1 to 14, or 0 for none."


def _tables(books: Books) -> set[str]:
    return {rule.to.list for rule in books.rules.values() if rule.to is not None and rule.to.list}


def _book(book: Jurisdiction, books: Books) -> Iterator[str]:
    if not _is_zone(book.zone):
        yield "zone: is no IANA time zone; write one like Europe/Brussels."
    if not book.residents:
        yield "residents: is empty, so nobody would ever be counted; name countries or regions."
    for home in book.residents:
        country = home.partition("-")[0]
        if country not in countries() or not (home == country or _REGION.fullmatch(home)):
            yield f"residents: {home} is neither a country (ISO 3166-1, JP) nor a region (ISO 3166-2, US-CA)."
    if book.parent and book.parent not in books.jurisdictions and book.parent not in countries():
        yield f"parent: there is no book {book.parent}, and no country of that code."
    if not book.rule and not book.note:
        yield "has no rule; if there is no duty, say so in note."
    yield from _hidden(book)
    yield from _versions(book)


def _hidden(book: Jurisdiction) -> Iterator[str]:
    """Characters that do not show, or turn a line round, have no place in a law that people read on a screen."""
    for text in _texts(msgspec.to_builtins(book)):
        if printable(text.replace("\n", " ")) != text.replace("\n", " "):
            yield f"a text holds a character that cannot be seen; it begins: {printable(text[:40])}"


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _versions(book: Jurisdiction) -> Iterator[str]:
    """Versions of one duty follow each other without overlap and without a gap."""
    versions: dict[str, list[Rule]] = defaultdict(list)
    for rule in book.rule:
        versions[stem(rule.id)].append(rule)
    for rules in versions.values():
        ordered = sorted(rules, key=lambda rule: rule.in_force_from or date.min)
        for earlier, later in itertools.pairwise(ordered):
            starts, ends = later.in_force_from or date.min, earlier.in_force_to or date.max
            if starts <= ends:
                yield f"{earlier.id} and {later.id} are in force on the same day; end the first before the second begins."
            elif starts != ends + timedelta(days=1):
                yield f"between {earlier.id} and {later.id} no version is in force; end the first the day before the second."


def _rule(rule: Rule, books: Books) -> Iterator[str]:
    if not _ID.fullmatch(rule.id):
        yield "id: use small letters, digits and hyphens only."
    for name, text in (("instrument", rule.instrument), ("article", rule.article), ("source.where", rule.source.where)):
        if not text.strip():
            yield f"{name}: is empty; a rule without its source cannot be relied on."
    for part in rule.source.not_confirmed:
        if re.split("[.:]", part)[0] not in _PARTS:
            yield f"source.not_confirmed: {part} names no part of the rule; begin with one, as in clock: or to.name."
    if rule.in_force_from and rule.in_force_to and rule.in_force_to < rule.in_force_from:
        yield "in_force_to: is before in_force_from."
    yield from _unknown("order", [rule.order], ORDERS)
    yield from _unknown("business_contacts", [rule.business_contacts], BUSINESS_CONTACTS)
    yield from _unknown("binds.sectors", rule.binds.sectors, books.sectors)
    yield from _unknown("content.items", rule.content.items, books.content)
    yield from _conditions(rule, books)
    yield from _clock(rule.clock)
    yield from _addressee(rule, books)
    yield from _case_words(rule, books)


def _conditions(rule: Rule, books: Books) -> Iterator[str]:
    if not rule.when:
        yield "when: is empty, so the rule would never be triggered; give it at least one condition."
    for number, condition in enumerate(rule.when):
        at = f"when[{number}]"
        if not condition.words.strip():
            yield f"{at}.words: is empty."
        for combination in condition.data:
            yield from _unknown(f"{at}.data", combination, books.fields)
            if not combination:
                yield f"{at}.data: holds an empty combination, which everybody would match."
        yield from _questions(f"{at}.questions", condition.questions, books)
        if (people := condition.people) is not None:
            yield from _unknown(f"{at}.people.of", [people.of], PEOPLE_OF)
            if people.at_least < 1 or (people.at_most is not None and people.at_most < people.at_least):
                yield f"{at}.people: no number of people can be at least {people.at_least} and at most {people.at_most}."
    for number, exemption in enumerate(rule.unless):
        if not exemption.words.strip():
            yield f"unless[{number}].words: is empty."
        yield from _questions(f"unless[{number}].questions", exemption.questions, books)


def _questions(at: str, questions: dict[str, str], books: Books) -> Iterator[str]:
    yield from _unknown(at, (question.partition("@")[0] for question in questions), books.questions)
    yield from _unknown(at, questions.values(), ("yes", "no"))


def _clock(clock: Clock) -> Iterator[str]:
    if not clock.words.strip():
        yield "clock.words: is empty; say the period as the law says it." + (
            " A contested end alone is not enough." if clock.contested else ""
        )
    if clock.contested and clock.length is None:
        yield "clock.contested: there is no length that could be extended."
    if clock.length is not None and clock.length < 1:
        yield "clock.length: is below 1."
    yield from _unknown("clock.unit", [clock.unit], UNITS)
    yield from _unknown("clock.count", [clock.count], COUNTS)
    yield from _unknown("clock.starts", [clock.starts], MILESTONES)
    if clock.count == "business" and not clock.holidays:
        yield "clock.holidays: is empty; business days need to know whose holidays do not count."
    if clock.count == "business" and clock.unit != "days":
        yield f"clock.count: business {clock.unit} are not reckoned; use days."
    if clock.holidays and not _has_holidays(clock.holidays):
        yield f"clock.holidays: no holidays are known for {clock.holidays}; use a code like BR, or US-CA."


def _addressee(rule: Rule, books: Books) -> Iterator[str]:
    if rule.to is None:
        if rule.duty is DutyKind.NOTIFY_AUTHORITY:
            yield "to: is missing; name the authority."
        return
    if rule.to.list and rule.to.list not in books.authorities:
        yield f"to.list: there is no table {rule.to.list} in authorities.toml."
    if not rule.to.name.strip() and not rule.to.list:
        yield "to.name: is empty, and no list is named."


def _case_words(rule: Rule, books: Books) -> Iterator[str]:
    if not any(case.outcome == Outcome.TRIGGERED for case in rule.case):
        yield "case: no case triggers the rule; write one."
    for number, case in enumerate(rule.case):
        at = f"case[{number}]"
        if not case.words.strip():
            yield f"{at}.words: is empty."
        yield from _unknown(f"{at}.outcome", [case.outcome], [outcome.value for outcome in Outcome])
        yield from _unknown(f"{at}.fields", case.fields, books.fields)
        yield from _unknown(f"{at}.account", [case.account], ACCOUNTS)
        yield from _unknown(f"{at}.milestones", case.milestones, MILESTONES)
        yield from _questions(f"{at}.answers", case.answers, books)


def _cases(rule: Rule, book: Jurisdiction, books: Books) -> Iterator[str]:
    """Try the cases, where rule and book are sound enough to be tried."""
    if not _is_zone(book.zone) or not book.residents or any(_rule(rule, books)):
        return
    yield from failing_cases(rule, book, books)


def _unknown(at: str, values: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    allowed = set(known)
    for value in values:
        if value not in allowed:
            yield f"{at}: {value!r} is not known; use one of {', '.join(sorted(map(repr, allowed)))}."


def _is_zone(name: str) -> bool:
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _has_holidays(code: str) -> bool:
    country, _, part = code.partition("-")
    known = holidays.list_supported_countries()
    return country in known and (not part or part in known[country])
