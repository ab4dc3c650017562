"""Flips: each one is tried, and none that there is is missing."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.law.decide import decide
from spillkit.law.decision import Flip, Outcome, Truth
from spillkit.law.facts import Entity, Population
from spillkit.law.flips import apply_flip
from spillkit.law.rule import Condition, Connection, Exemption, People

from .small import WORDS, book, books, facts, people, rule

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
KINDS = ("name", "email", "password", "ssn")
QUESTIONS = ("risk-unlikely", "encrypted")
MOST = 9  # people in a group, and thresholds

combinations = st.lists(st.sampled_from(KINDS), min_size=1, max_size=2, unique=True).map(tuple)
asked = st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(("yes", "no")), max_size=1)
numbers = st.builds(
    lambda least, of, more: People(at_least=least, of=of, at_most=None if more is None else least + more),
    st.integers(1, MOST), st.sampled_from(("residents", "all")), st.none() | st.integers(0, 5),
)  # fmt: skip
conditions = st.builds(
    Condition,
    words=st.just("x"),
    data=st.lists(combinations, max_size=2).map(tuple),
    people=st.none() | numbers,
    questions=asked,
)
rules = st.builds(
    lambda when, connection, contacts, unless: rule(
        *when, connection=connection, business_contacts=contacts, unless=tuple(unless)
    ),
    st.lists(conditions, min_size=1, max_size=2),
    st.sampled_from((Connection.RESIDENTS, Connection.EITHER)),
    st.sampled_from(("inside", "outside")),
    st.lists(st.builds(Exemption, words=st.just("x"), questions=asked), max_size=1),
)
groups = st.builds(
    lambda country, number, more, fields, account: Population(
        entity="shop", country=country, people=number, people_upper=number + more, fields=tuple(fields), account=account
    ),
    st.sampled_from(("JP", "JP", "FR", "")),
    st.integers(0, MOST),
    st.integers(0, 3),
    st.lists(st.sampled_from(KINDS), min_size=1, unique=True),
    st.sampled_from(("consumer", "business", "")),
)
incidents = st.builds(
    lambda populations, established, answers: facts(
        *populations, entities=(Entity(id="shop", established=established),), answers=answers
    ),
    st.lists(groups, min_size=1, max_size=3),
    st.sampled_from((("FR",), ("JP",), ())),
    st.dictionaries(st.sampled_from(QUESTIONS), st.sampled_from(("yes", "no")), max_size=2),
)


def outcome(given_facts, law):
    return {duty.rule: duty.outcome for duty in decide(given_facts, law, now=NOW).duties}.get(
        "x-1", Outcome.NOT_TRIGGERED
    )


@settings(max_examples=300, deadline=None)
@given(incidents, rules)
def test_every_flip_that_is_listed_flips(incident, law):
    shelf = books(book(law))
    for duty in decide(incident, shelf, now=NOW).duties:
        for flip in duty.flips:
            assert flip.to is not duty.outcome
            assert outcome(apply_flip(incident, duty, flip), shelf) is flip.to, flip


@settings(max_examples=300, deadline=None)
@given(incidents, rules)
def test_no_single_fact_that_flips_is_missing(incident, law):
    shelf = books(book(law))
    for duty in decide(incident, shelf, now=NOW).duties:
        listed = {(flip.kind, flip.value, flip.to) for flip in duty.flips if flip.kind != "people"}
        for kind, value in _single_facts():
            changed = _changed(incident, law, kind, value)
            to = outcome(changed, shelf)
            if to is not duty.outcome:
                assert (kind, value, to) in listed
        _no_number_is_missing(incident, law, shelf, duty)


def _single_facts():
    for kind in WORDS.fields:
        yield "field", kind
    for account in ("consumer", "business"):
        yield "account", account
    for question in QUESTIONS:
        for answer in ("yes", "no"):
            yield "answer", f"{question}={answer}"


def _reached(incident, law):
    """The numbers of the populations that the law may reach, worked out again from the facts alone."""
    [entity] = incident.entities
    everybody = law.binds.connection is Connection.EITHER and (not entity.established or "JP" in entity.established)
    return [n for n, one in enumerate(incident.populations) if everybody or one.country in ("JP", "")]


def _changed(incident, law, kind, value):
    if kind == "answer":
        question, _, answer = value.partition("=")
        return msgspec.structs.replace(incident, answers={**incident.answers, f"{question}@JP": answer})
    populations = list(incident.populations)
    for number in _reached(incident, law):
        old = populations[number]
        populations[number] = (
            msgspec.structs.replace(old, account=value)
            if kind == "account"
            else msgspec.structs.replace(old, fields=(*old.fields, value))
        )
    return msgspec.structs.replace(incident, populations=tuple(populations))


def _no_number_is_missing(incident, law, shelf, duty):
    """Try every number of further people, group by group: the smallest that flips is the one that is listed."""
    smallest: dict[Outcome, int] = {}
    alike: dict[object, list[int]] = {}
    for at in _reached(incident, law):
        one = incident.populations[at]
        alike.setdefault((frozenset(one.fields), one.account, one.country), []).append(at)
    for numbers in alike.values():
        gap = sum(incident.populations[at].people_upper - incident.populations[at].people for at in numbers)
        for number in range(1, 4 * MOST):
            populations = list(incident.populations)
            for at in numbers:  # everybody who may be there is confirmed before others come
                old = populations[at]
                surely = old.people_upper if number >= gap else old.people
                populations[at] = msgspec.structs.replace(old, people=surely)
            first = populations[numbers[0]]
            if number >= gap:
                rest = number - gap
                changed = msgspec.structs.replace(
                    first, people=first.people + rest, people_upper=first.people_upper + rest
                )
                populations[numbers[0]] = changed
            else:
                populations = _confirmed(populations, numbers, number)
            to = outcome(msgspec.structs.replace(incident, populations=tuple(populations)), shelf)
            if to is not duty.outcome:
                smallest[to] = min(number, smallest.get(to, number))
    assert {
        flip.to: int(flip.value) for flip in duty.flips if flip.kind == "people" and int(flip.value) > 0
    } == smallest


@settings(max_examples=200, deadline=None)
@given(incidents, rules)
def test_the_smallest_number_of_fewer_people_is_the_one_that_is_listed(incident, law):
    shelf = books(book(law))
    for duty in decide(incident, shelf, now=NOW).duties:
        smallest: dict[Outcome, int] = {}
        for numbers in _counted_by_thresholds(incident, law):
            total = sum(incident.populations[at].people_upper for at in numbers)
            for number in range(1, total):
                taken = Flip(words="", to=duty.outcome, kind="people", value=str(-number), of=numbers)
                to = outcome(apply_flip(incident, duty, taken), shelf)
                if to is not duty.outcome:
                    smallest[to] = min(number, smallest.get(to, number))
        listed = {flip.to: -int(flip.value) for flip in duty.flips if flip.kind == "people" and int(flip.value) < 0}
        assert listed == smallest


def _counted_by_thresholds(incident, law):
    """Whom each threshold counts, worked out again from the facts; in the order of the facts, people who are alike together."""
    for condition in law.when:
        if condition.people is None:
            continue
        alike: dict[object, list[int]] = {}
        for at in _reached(incident, law):
            one = incident.populations[at]
            is_there = one.country in ("JP", "")
            is_match = not condition.data or any(set(combination) <= set(one.fields) for combination in condition.data)
            is_out = (
                law.business_contacts == "outside"
                and one.account == "business"
                and set(one.fields) <= {"name", "email"}
            )
            if is_match and not is_out and (is_there or condition.people.of == "all"):
                where = one.country if is_there else "elsewhere"
                alike.setdefault((frozenset(one.fields), one.account, where), []).append(at)
        # A population of nobody keeps its place among those who are alike; a kind of nobody has none.
        somebody = [
            numbers for numbers in alike.values() if any(incident.populations[at].people_upper for at in numbers)
        ]
        if somebody:
            yield tuple(at for numbers in somebody for at in numbers)


def _confirmed(populations, numbers, number):
    """Confirm so many of those who may be there, one by one."""
    populations = list(populations)
    for _ in range(number):
        at = next(at for at in numbers if populations[at].people < populations[at].people_upper)
        populations[at] = msgspec.structs.replace(populations[at], people=populations[at].people + 1)
    return populations


def one(law, *populations, **more):
    [duty] = decide(facts(*populations, **more), books(book(law)), now=NOW).duties
    return duty


def said(duty):
    return {(flip.kind, flip.value, flip.to) for flip in duty.flips}


THOUSAND = Condition(words="more than 1,000 people", people=People(at_least=1001))


def test_thirteen_more_people_in_japan():
    duty = one(rule(THOUSAND), people(number=988, upper=988))
    assert said(duty) == {("people", "13", Outcome.TRIGGERED)}
    assert duty.flips[0].words == "13 more people in Japan"


def test_between_confirmed_and_at_most_it_may_flip_both_ways():
    duty = one(rule(THOUSAND), people(number=988, upper=1014))
    assert said(duty) == {("people", "13", Outcome.TRIGGERED), ("people", "-14", Outcome.NOT_TRIGGERED)}


def test_fewer_people_are_taken_from_several_groups_and_somebody_remains():
    duty = one(rule(THOUSAND), people(number=600), people("JP", 600, "phone"), people("JP", 4, "order", upper=9))
    # 1,204 are confirmed, 1,209 at most: one below 1,001 confirmed is unknown first, at most below it is no.
    assert ("people", "-209", Outcome.NOT_TRIGGERED) in said(duty)
    one_only = one(rule(Condition(words="any")), people(number=1))
    assert not any(flip.kind == "people" for flip in one_only.flips)


def test_a_password_field_flips_and_a_phone_field_does_not():
    duty = one(rule(Condition(words="sign-in", data=(("email", "password"),))), people())
    assert said(duty) == {("field", "password", Outcome.TRIGGERED)}


def test_a_business_contact_flips_where_the_law_leaves_them_outside():
    duty = one(rule(Condition(words="any"), business_contacts="outside"), people())
    assert said(duty) == {("account", "business", Outcome.NOT_TRIGGERED)}
    out = one(rule(Condition(words="any"), business_contacts="outside"), people(account="business"))
    assert ("account", "consumer", Outcome.TRIGGERED) in said(out)
    assert ("field", "password", Outcome.TRIGGERED) in said(out)


@pytest.mark.parametrize(("least", "number"), [(1, 10), (10_000_000, 9_999_999), (500, 10_000_000)])
def test_large_numbers_are_found_without_counting_up(least, number):
    duty = one(rule(Condition(words="many", people=People(at_least=least))), people(number=number))
    for flip in duty.flips:
        changed = apply_flip(facts(people(number=number)), duty, flip)
        assert outcome(changed, books(book(rule(Condition(words="many", people=People(at_least=least)))))) is flip.to


def test_a_flip_tells_which_groups_it_changes():
    duty = one(rule(THOUSAND), people("FR", 5), people(number=1000))
    assert [flip.of for flip in duty.flips] == [(1,)]
    assert isinstance(duty.flips[0], Flip)
    assert duty.reasons[0].holds is Truth.YES
