"""`python -m bench.decide`: how long deciding takes for many jurisdictions and companies.

In:    the built-in books; an incident of six companies with people everywhere, of three kinds of account.
Out:   a table: reading the books, deciding, duties and flips, for the worst of several rounds.
Else:  whether the answers are right is tests/law; nothing here passes or fails.

The bar of issue 4: 100 jurisdictions × 6 companies within a second. There are fewer books than that, so each book of the United
States is also read as a second jurisdiction until there are a hundred.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from bench.report import machine
from spillkit.law.books import Books, read_books
from spillkit.law.decide import decide
from spillkit.law.decision import Decided
from spillkit.law.facts import Entity, Facts, Milestone, Population

JURISDICTIONS = 100
COMPANIES = ("LU", "GB", "US-WA", "JP", "SG", "CA-ON")
ROUNDS = 7
_Found = TypeVar("_Found")
NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
AWARE = datetime(2026, 11, 20, 17, 20, tzinfo=UTC)


def hundred(books: Books) -> Books:
    """Books with exactly a hundred jurisdictions: some stand twice, under another code."""
    shelf = dict(list(books.jurisdictions.items())[:JURISDICTIONS])
    for book in [book for code, book in shelf.items() if code.startswith("US-")]:
        if len(shelf) < JURISDICTIONS:
            shelf[f"{book.code}-again"] = msgspec.structs.replace(book, code=f"{book.code}-again")
    return msgspec.structs.replace(books, jurisdictions=shelf)


def incident(books: Books, *, people: int) -> Facts:
    """Six companies, each with people in every place that a book counts: consumers, business contacts, and who knows."""
    homes = sorted({home for book in books.jurisdictions.values() for home in book.residents})
    return Facts(
        version=1,
        incident="bench",
        entities=tuple(Entity(id=f"company-{seat}", established=(seat,)) for seat in COMPANIES),
        populations=tuple(
            Population(
                entity=f"company-{seat}",
                country=home[:2],
                region=home if "-" in home else "",
                people=people,
                people_upper=people + people // 10,
                fields=("name", "email") if account else ("name", "email", "password"),
                account=account,
            )
            for seat in COMPANIES
            for home in homes
            for account in ("consumer", "business", "")
        ),
        milestones={"aware": Milestone(at=AWARE)},
    )


def main() -> None:
    """Measure and print."""
    books, reading, _ = _timed(read_books)
    shelf = hundred(books)
    rows = []
    for people in (10, 1_000, 10_000_000):
        facts = incident(books, people=people)
        rows.append((people, len(facts.populations), *_rounds(lambda facts=facts: decide(facts, shelf, now=NOW))))
    print("\n".join(f"{name}: {value}" for name, value in machine().items()), end="\n\n")
    print(f"reading {len(books.rules)} rules of {len(books.jurisdictions)} books: {reading:.2f} s\n")
    print(
        "| people in each group | groups | jurisdictions | companies | duties | flips | median s | worst s | processor s, median |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for people, groups, decided, wall, busy in rows:
        flips = sum(len(duty.flips) for duty in decided.duties)
        print(
            f"| {people:,} | {groups:,} | {len(shelf.jurisdictions)} | {len(COMPANIES)} | {len(decided.duties):,} | {flips:,} "
            f"| {statistics.median(wall):.2f} | {max(wall):.2f} | {statistics.median(busy):.2f} |"
        )


def _rounds(call: Callable[[], Decided]) -> tuple[Decided, list[float], list[float]]:
    timed = [_timed(call) for _ in range(ROUNDS)]
    return timed[0][0], [wall for _, wall, _ in timed], [busy for _, _, busy in timed]


def _timed(call: Callable[[], _Found]) -> tuple[_Found, float, float]:
    """Return what a call gives, its seconds on the wall, and those of the processor."""
    start, busy = time.perf_counter(), time.process_time()
    found = call()
    return found, time.perf_counter() - start, time.process_time() - busy


if __name__ == "__main__":
    main()
