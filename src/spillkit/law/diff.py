"""Say what changed between two sets of books, field by field, in words that a lawyer reads.

In:    two sets of books.
Out:   changes: rules and books that came, went, or say something else; words that mean something else.
Else:  the words of a part are `describe`'s; where books come from is `books`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import Any

import msgspec

from spillkit.law.books import Books
from spillkit.law.describe import DEMANDS, LABELS, part_lines
from spillkit.law.rule import Jurisdiction, Rule


class ChangeKind(StrEnum):
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class Change(msgspec.Struct, frozen=True):
    """One thing that is not as it was."""

    kind: ChangeKind
    book: str  # code of the jurisdiction; "": words that all books share
    rule: str  # id; "": the book as a whole, or shared words
    part: str  # key in the file, "clock"; "": the whole rule, book or word
    label: str  # for people: "Until"
    before: tuple[str, ...]  # lines that are no longer there
    after: tuple[str, ...]  # lines that are new


def diff_books(old: Books, new: Books) -> tuple[Change, ...]:
    """Compare two sets of books.

    Returns  changes in the order of books and rules, shared words last; empty if and only if both say the same
    """
    codes = sorted({*old.jurisdictions, *new.jurisdictions})
    changes = [
        change
        for code in codes
        for change in _of_book(code, old.jurisdictions.get(code), new.jurisdictions.get(code), old, new)
    ]
    for name in ("fields", "sectors", "questions", "content", "authorities"):
        changes += _of_words(name, getattr(old, name), getattr(new, name))
    return tuple(changes)


def _of_book(
    code: str, before: Jurisdiction | None, after: Jurisdiction | None, old: Books, new: Books
) -> Iterator[Change]:
    if before is None or after is None:
        kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED
        name = (_name_of(before),) if before is not None else ()
        yield Change(kind, code, "", "", "Book", name, (_name_of(after),) if after is not None else ())
    else:
        for part in ("name", "residents", "zone", "parent", "note", "version"):
            was, now = _lines(getattr(before, part)), _lines(getattr(after, part))
            if was != now:
                yield Change(ChangeKind.CHANGED, code, "", part, part.capitalize(), was, now)
    rules_before = {rule.id: rule for rule in before.rule} if before is not None else {}
    rules_after = {rule.id: rule for rule in after.rule} if after is not None else {}
    for rule_id in [*rules_before, *(rule_id for rule_id in rules_after if rule_id not in rules_before)]:
        yield from _of_rule(code, rules_before.get(rule_id), rules_after.get(rule_id), old, new)


def _of_rule(code: str, before: Rule | None, after: Rule | None, old: Books, new: Books) -> Iterator[Change]:
    if before is None and after is not None:
        yield Change(ChangeKind.ADDED, code, after.id, "", "Rule", (), (_title(after),))
    elif before is not None and after is None:
        yield Change(ChangeKind.REMOVED, code, before.id, "", "Rule", (_title(before),), ())
    elif before is not None and after is not None:
        for part, label in LABELS.items():
            was, now = getattr(before, part), getattr(after, part)
            if was != now:
                yield Change(
                    ChangeKind.CHANGED,
                    code,
                    after.id,
                    part,
                    label,
                    *_told_apart(was, now, part_lines(before, part, old), part_lines(after, part, new)),
                )


def _told_apart(
    was: object, now: object, before: tuple[str, ...], after: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the lines that differ; where the words are the same, what stands in the files."""
    gone = tuple(line for line in before if line not in after)
    new = tuple(line for line in after if line not in before)
    if gone or new:
        return gone, new
    if before != after:  # the same lines in another order, or one of them more often
        return before, after
    return _lines(was), _lines(now)


def _of_words(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        kind = ChangeKind.ADDED if was is None else ChangeKind.REMOVED if now is None else ChangeKind.CHANGED
        if isinstance(was, dict) and isinstance(now, dict):  # a table of authorities: place by place
            yield from _of_words(f"{name}.{key}", was, now)
        else:
            yield Change(kind, "", "", f"{name}.{key}", f"{name}.toml, {key}", _lines(was), _lines(now))


def _lines(value: object) -> tuple[str, ...]:
    """Return a value of the files as lines."""
    if value is None or value == "":
        return ()
    plain = msgspec.to_builtins(value, builtin_types=(date,))
    if isinstance(plain, dict):
        return tuple(f"{key}: {inner}" for key, inner in plain.items() if inner not in ("", [], (), {}, None))
    if isinstance(plain, list | tuple):
        return tuple(line for inner in plain for line in (_lines(inner) if isinstance(inner, dict) else (str(inner),)))
    return (" ".join(str(plain).split()),)


def _name_of(book: Jurisdiction) -> str:
    return f"{book.name} ({len(book.rule)} rules)"


def _title(rule: Rule) -> str:
    return f"{DEMANDS[rule.duty]}: {rule.instrument}, {rule.article}"
