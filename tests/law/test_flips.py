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
    for at in _reached(incident, law):
        for number in range(1, 3 * MOST):
            old = incident.populations[at]
            new = msgspec.structs.replace(
                old, people=old.people + number, people_upper=max(old.people_upper, old.people + number)
            )
            populations = (*incident.populations[:at], new, *incident.populations[at + 1 :])
            to = outcome(msgspec.structs.replace(incident, populations=populations), shelf)
            if to is not duty.outcome:
                smallest[to] = min(number, smallest.get(to, number))
    assert {
        flip.to: int(flip.value) for flip in duty.flips if flip.kind == "people" and int(flip.value) > 0
    } == smallest


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
