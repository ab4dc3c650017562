"""Limits of a rate hold at their stated level."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from spillkit.fix.bounds import answers_needed, chance_of_seeing, lower_limit, upper_limit


def at_most(exposed: int, answers: int, rate: float) -> float:
    """The plain twin: the chance of seeing so many or fewer, term by term."""
    return math.fsum(math.comb(answers, k) * rate**k * (1 - rate) ** (answers - k) for k in range(exposed + 1))


@given(st.integers(1, 10**7))
def test_with_nothing_exposed_the_limit_is_the_rule_of_three(answers):
    limit = upper_limit(0, answers)
    assert limit == pytest.approx(1 - 0.05 ** (1 / answers), rel=1e-6)
    assert limit <= 3 / answers


@given(st.integers(0, 120), st.integers(1, 120), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_at_the_upper_limit_so_few_are_just_improbable_enough(exposed, answers, level):
    assume(exposed < answers)
    assert at_most(exposed, answers, upper_limit(exposed, answers, level)) == pytest.approx(1 - level, rel=1e-6)


@given(st.integers(1, 120), st.integers(1, 120), st.sampled_from([0.9, 0.95]))
def test_at_the_lower_limit_so_many_are_just_improbable_enough(exposed, answers, level):
    assume(exposed <= answers)
    rate = lower_limit(exposed, answers, level)
    assert 1 - at_most(exposed - 1, answers, rate) == pytest.approx(1 - level, rel=1e-6)
    assert rate <= exposed / answers


# From tables of exact binomial limits: the two-sided 90 % interval has the one-sided 95 % limits as its ends.
TABLE = {
    "none of 10": (0, 10, 0.0, 0.2589),
    "1 of 10": (1, 10, 0.0051, 0.3942),
    "5 of 10": (5, 10, 0.2224, 0.7776),
    "10 of 10": (10, 10, 0.7411, 1.0),
    "10 of 100": (10, 100, 0.0553, 0.1637),
}


@pytest.mark.parametrize(("exposed", "answers", "low", "high"), TABLE.values(), ids=TABLE)
def test_the_limits_are_those_of_the_tables(exposed, answers, low, high):
    assert lower_limit(exposed, answers) == pytest.approx(low, abs=5e-5)
    assert upper_limit(exposed, answers) == pytest.approx(high, abs=5e-5)


@pytest.mark.parametrize("rate", [0.001, 0.01, 0.1, 0.5])
def test_the_limits_hold_the_true_rate_in_ninety_five_of_a_hundred_trials(rate):
    chance = random.Random(20261122)
    trials, answers = 2000, 200
    held_above = held_below = 0
    for _ in range(trials):
        exposed = sum(chance.random() < rate for _ in range(answers))
        held_above += rate <= upper_limit(exposed, answers)
        held_below += lower_limit(exposed, answers) <= rate
    # Three standard errors of 2,000 trials are 1.5 %.
    assert held_above / trials >= 0.935
    assert held_below / trials >= 0.935


@given(st.floats(1e-6, 1))
def test_the_answers_asked_for_are_enough_and_not_one_too_many(rate):
    needed = answers_needed(rate)
    assert needed is not None
    assert chance_of_seeing([(needed, rate)]) >= 0.95 - 1e-9
    if needed > 1:
        assert chance_of_seeing([(needed - 1, rate)]) < 0.95


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(0, 1)), max_size=5))
def test_the_chance_of_seeing_is_one_less_the_chance_that_each_stays_clean(strata):
    plain = 1 - math.prod((1 - rate) ** answers for answers, rate in strata)
    assert chance_of_seeing(strata) == pytest.approx(plain, abs=1e-12)


def test_nothing_looked_at_says_nothing():
    assert upper_limit(0, 0) == 1.0
    assert answers_needed(0.0) is None
    assert chance_of_seeing([(0, 0.5)]) == 0.0
    with pytest.raises(ValueError, match="between none and all"):
        upper_limit(3, 2)
