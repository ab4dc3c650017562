"""What changed in the law is said field by field, in words."""

from __future__ import annotations

import datetime
import random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.law.books import read_books
from spillkit.law.describe import LABELS, clock_words, data_words, describe_rule
from spillkit.law.diff import ChangeKind, diff_books
from spillkit.law.rule import Clock, Condition, Status

BOOKS = read_books()


def changed(code, rule_id, **parts):
    """The books with one rule that says something else."""
    book = BOOKS.jurisdictions[code]
    rules = tuple(msgspec.structs.replace(rule, **parts) if rule.id == rule_id else rule for rule in book.rule)
    return _with(msgspec.structs.replace(book, rule=rules))


def _with(book):
    rules = {**BOOKS.rules, **{rule.id: rule for rule in book.rule}}
    return msgspec.structs.replace(BOOKS, jurisdictions={**BOOKS.jurisdictions, book.code: book}, rules=rules)


def test_the_same_books_say_the_same():
    assert diff_books(BOOKS, read_books()) == ()


def test_a_shorter_period_is_said_with_both_periods():
    new = Clock(words="15 calendar days from discovery", length=15, unit="days", starts="discovered")
    [change] = diff_books(BOOKS, changed("US-CA", "us-ca-people-v2", clock=new))
    assert (change.kind, change.book, change.rule, change.label) == (
        ChangeKind.CHANGED,
        "US-CA",
        "us-ca-people-v2",
        "Until",
    )
    assert change.before == ("30 calendar days from discovery or notification [30 days, from when it was discovered]",)
    assert change.after == ("15 calendar days from discovery [15 days, from when it was discovered]",)


def test_of_several_conditions_only_what_changed_is_said():
    rule = BOOKS.rules["us-ca-people-v2"]
    new = (*rule.when, Condition(words="A picture", data=(("name", "picture"),)))
    [change] = diff_books(BOOKS, changed("US-CA", rule.id, when=new))
    assert change.before == ()
    assert change.after == ("A picture · data: full name + picture of the person",)


def test_the_same_conditions_in_another_order_are_a_change():
    rule = BOOKS.rules["us-ca-people-v2"]
    [change] = diff_books(BOOKS, changed("US-CA", rule.id, when=rule.when[::-1]))
    assert change.part == "when"
    assert change.before == change.after[::-1]


def test_a_rule_that_went_and_a_book_that_came_are_said():
    book = BOOKS.jurisdictions["US-CA"]
    without = _with(msgspec.structs.replace(book, rule=book.rule[1:]))
    [gone] = diff_books(BOOKS, without)
    assert (gone.kind, gone.rule, gone.before) == (
        ChangeKind.REMOVED,
        "us-ca-people",
        ("Tell the people affected: Cal. Civ. Code, 1798.82",),
    )
    fewer = msgspec.structs.replace(
        BOOKS, jurisdictions={code: one for code, one in BOOKS.jurisdictions.items() if code != "JP"}
    )
    came = diff_books(fewer, BOOKS)
    assert (came[0].kind, came[0].book, came[0].label) == (ChangeKind.ADDED, "JP", "Book")
    assert {change.rule for change in came[1:]} == {rule.id for rule in BOOKS.jurisdictions["JP"].rule}


def test_another_question_and_another_name_of_an_authority_are_changes():
    asked = {**BOOKS.questions, "encrypted": msgspec.structs.replace(BOOKS.questions["encrypted"], ask="Encrypted?")}
    [change] = diff_books(BOOKS, msgspec.structs.replace(BOOKS, questions=asked))
    assert change.label == "questions.toml, encrypted"
    assert "ask: Encrypted?" in change.after
    table = {
        **BOOKS.authorities["eea"],
        "IT": (msgspec.structs.replace(BOOKS.authorities["eea"]["IT"][0], name="Garante"),),
    }
    [named] = diff_books(BOOKS, msgspec.structs.replace(BOOKS, authorities={**BOOKS.authorities, "eea": table}))
    assert named.part == "authorities.eea.IT"
    assert "name: Garante" in named.after


_PARTS = {
    "duty": lambda rule: next(kind for kind in type(rule.duty) if kind != rule.duty),
    "instrument": lambda rule: rule.instrument + " II",
    "article": lambda rule: rule.article + "a",
    "in_force_from": lambda rule: (rule.in_force_from or datetime.date(2020, 1, 1)) + datetime.timedelta(1),
    "in_force_to": lambda rule: (rule.in_force_to or datetime.date(2030, 1, 1)) + datetime.timedelta(1),
    "binds": lambda rule: msgspec.structs.replace(rule.binds, words=rule.binds.words + " else"),
    "when": lambda rule: rule.when[1:],
    "unless": lambda rule: (*rule.unless, *rule.unless) or None,
    "business_contacts": lambda rule: "outside" if rule.business_contacts == "inside" else "inside",
    "clock": lambda rule: msgspec.structs.replace(rule.clock, holidays=rule.clock.holidays + "X"),
    "to": lambda rule: msgspec.structs.replace(rule.to, status=Status.PARTLY) if rule.to else None,
    "order": lambda rule: rule.order + " else",
    "content": lambda rule: msgspec.structs.replace(rule.content, form=rule.content.form + " else"),
    "source": lambda rule: msgspec.structs.replace(rule.source, where=rule.source.where + " else"),
    "note": lambda rule: rule.note + " else",
    "case": lambda rule: rule.case[1:],
}


def test_every_part_of_a_rule_has_a_label():
    assert {field.name for field in msgspec.structs.fields(type(BOOKS.rules["eu-gdpr-33"]))} == {"id", *LABELS}
    assert set(_PARTS) == set(LABELS)


@settings(max_examples=200, deadline=None)
@given(rule_id=st.sampled_from(sorted(BOOKS.rules)), part=st.sampled_from(sorted(_PARTS)))
def test_whatever_changes_is_said_and_nothing_else(rule_id, part):
    rule = BOOKS.rules[rule_id]
    new = _PARTS[part](rule)
    found = diff_books(BOOKS, changed(BOOKS.code_of[rule_id], rule_id, **({part: new} if new is not None else {})))
    if new is None or new == getattr(rule, part):
        assert found == ()
    else:
        [change] = found
        assert (change.rule, change.part) == (rule_id, part)
        assert change.before != change.after


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False))
def test_forwards_and_backwards_say_the_same_the_other_way_round(chance: random.Random):
    picked = chance.sample(sorted(BOOKS.jurisdictions), 3)
    fewer = msgspec.structs.replace(
        BOOKS, jurisdictions={code: one for code, one in BOOKS.jurisdictions.items() if code not in picked}
    )
    there, back = diff_books(fewer, BOOKS), diff_books(BOOKS, fewer)
    assert [(change.rule, change.after) for change in there] == [(change.rule, change.before) for change in back]


def test_every_rule_can_be_read_in_words():
    for rule in BOOKS.rules.values():
        parts = {part.name: part for part in describe_rule(rule, BOOKS)}
        assert {"duty", "instrument", "article", "binds", "when", "clock", "source"} <= set(parts)
        assert "{" not in "".join(line for part in parts.values() for line in part.lines)
        if rule.source.status is not Status.CONFIRMED:
            assert "CONFIRMED" in parts["source"].lines[0]
        shown = [unsure for part in parts.values() for unsure in part.not_confirmed]
        assert [line for line in rule.source.not_confirmed if line not in shown] == []


@pytest.mark.parametrize(
    ("clock", "words"),
    [
        (Clock(words="promptly"), "promptly"),
        (Clock(words="w", length=1), "w [1 hour, from when the company became aware]"),
        (
            Clock(words="w", length=5, unit="days", count="business", starts="people-told", holidays="US"),
            "w [5 business days, from when the people were told, without the holidays of US]",
        ),
    ],
)
def test_a_period_is_said_with_how_it_is_reckoned(clock, words):
    assert clock_words(clock) == words


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ((), "any personal data"),
        ((("medical",),), "health or medical data"),
        ((("medical",), ("genetic",)), "health or medical data or genetic data"),
        (
            (("name", "ssn"), ("name", "passport"), ("email", "password")),
            "full name + (social security number or passport number); or e-mail address + password",
        ),
    ],
)
def test_combinations_with_the_same_beginning_are_said_together(data, words):
    assert data_words(Condition(words="", data=data), BOOKS) == words
