"""The law browser: every rule, with its source and how sure it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from spillkit.law.describe import clock_words, describe_rule
from spillkit.law.rule import Jurisdiction, Rule, Status
from spillkit_server import words
from spillkit_server.deciding import books
from spillkit_server.refusals import refused

_MOST_RULES = 60  # of one search
_MANY = 4  # books of one country are folded from here on
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Book:
    """One book, as the list shows it."""

    book: Jurisdiction
    status: str  # "confirmed" where every row is, and nothing in it is general knowledge
    unsure: int  # rows that are not wholly confirmed
    read_on: date | None  # when the row that was read longest ago was read


@dataclass(frozen=True, slots=True)
class Shelf:
    """Books of one country that stand together; or a single one."""

    name: str
    books: tuple[Book, ...]
    is_folded: bool
    is_unsure: bool


@require_safe
def law(request: HttpRequest) -> HttpResponse:
    """Show every book; or the books and rules in which a word stands."""
    known = books()
    sought, status = request.GET.get("q", "").strip()[:_LONGEST], request.GET.get("status", "")
    status = status if status in [one.value for one in Status] else ""
    kept = [book for book in map(book_of, known.jurisdictions.values()) if status in ("", book.status)]
    rules: list[tuple[Jurisdiction, Rule]] = []
    if sought:
        wanted = sought.casefold().split()
        rules = [(book.book, rule) for book in kept for rule in book.book.rule if _holds(book.book, rule, wanted)]
        with_rules = {book.code for book, _rule in rules}
        kept = [book for book in kept if book.book.code in with_rules or _is_named(book.book, wanted)]
    said = {
        "shelves": shelves_of(kept, is_open=bool(sought)),
        "shown": len(kept),
        "rules": rules[:_MOST_RULES],
        "more_rules": max(0, len(rules) - _MOST_RULES),
        "sought": sought,
        "status": status,
        "statuses": [one.value for one in Status],
        "book_count": len(known.jurisdictions),
        "rule_count": len(known.rules),
        "digest": known.digest,
    }
    return render(request, "law.html", said)


@require_safe
def law_book(request: HttpRequest, code: str) -> HttpResponse:
    """Show the rules of one jurisdiction."""
    book = books().jurisdictions.get(code)
    if book is None:
        return refused(request, 404)
    rules = [
        (rule, {part.name: part for part in describe_rule(rule, books())}, clock_words(rule.clock))
        for rule in book.rule
    ]
    return render(request, "law_book.html", {"book": book, "about": book_of(book), "rules": rules})


def book_of(book: Jurisdiction) -> Book:
    """Return how sure a book is, and when it was read."""
    sources = [rule.source for rule in book.rule] or ([book.source] if book.source else [])
    unsure = sum(source.status is not Status.CONFIRMED or bool(source.not_confirmed) for source in sources)
    if all(source.status is Status.NOT_CONFIRMED for source in sources):
        status = Status.NOT_CONFIRMED
    else:
        status = Status.PARTLY if unsure else Status.CONFIRMED
    return Book(book, status.value, unsure, min((source.read_on for source in sources), default=None))


def shelves_of(found: Iterable[Book], *, is_open: bool) -> tuple[Shelf, ...]:
    """Return books as they stand in the list: by name; many of one country under its name."""
    by_country: dict[str, list[Book]] = {}
    for book in found:
        by_country.setdefault(book.book.code.partition("-")[0], []).append(book)
    shelves = []
    for code, several in by_country.items():
        if len(several) >= _MANY and not is_open:
            name = words.country_words(code)
            unsure = any(book.status != Status.CONFIRMED for book in several)
            shelves.append(Shelf(name, tuple(several), is_folded=True, is_unsure=unsure))
        else:
            shelves += [Shelf(book.book.name, (book,), is_folded=False, is_unsure=False) for book in several]
    return tuple(sorted(shelves, key=lambda shelf: shelf.name.casefold()))


def _is_named(book: Jurisdiction, wanted: Iterable[str]) -> bool:
    text = f"{book.code} {book.name} {' '.join(book.residents)}".casefold()
    return all(word in text for word in wanted)


def _holds(book: Jurisdiction, rule: Rule, wanted: Iterable[str]) -> bool:
    parts = (
        book.code, book.name, rule.id, rule.instrument, rule.article, rule.clock.words, rule.note,
        rule.to.name if rule.to else "", *(condition.words for condition in rule.when),
    )  # fmt: skip
    text = " ".join(parts).casefold()
    return all(word in text for word in wanted)
