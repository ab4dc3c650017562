"""Shares are corrected for chance, and few answers count for less than many."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.cause.signs import Share, binomial_tail, share_of


@given(n=st.integers(1, 60), k=st.integers(0, 60), p=st.floats(0.01, 0.99))
def test_the_tail_is_the_sum_of_the_binomial(n, k, p):
    exact = sum(math.comb(n, hits) * p**hits * (1 - p) ** (n - hits) for hits in range(min(k, n + 1), n + 1))
    assert binomial_tail(k, n, p) == pytest.approx(exact, rel=1e-6, abs=1e-9)


@given(value=st.floats(0, 1), chance=st.floats(0, 1), n=st.integers(0, 10_000))
def test_a_strength_is_a_share_and_chance_has_none(value, chance, n):
    share = Share(value, chance, n)
    assert 0 <= share.strength <= 1
    if value <= chance:
        assert share.strength == 0


@given(value=st.floats(0.3, 1), chance=st.floats(0, 0.25), n=st.integers(1, 200))
def test_a_lower_chance_never_weakens_a_sign(value, chance, n):
    assert Share(value, chance / 2, n).strength >= Share(value, chance, n).strength - 1e-9


def test_one_answer_proves_less_than_ten():
    assert Share(1.0, 0.3, 1).strength < 0.5 < Share(1.0, 0.3, 10).strength


def test_what_could_not_be_seen_is_not_counted():
    share = share_of(np.array([1.0, np.nan, 0.0, 1.0]), np.array([0.1, 0.9, 0.1, 0.1]))
    assert share == Share(2 / 3, pytest.approx(0.1), 3)


def test_a_share_says_itself_with_its_chance_and_count():
    assert Share(0.93, 0.041, 41).words("It was a hit") == "It was a hit in 93 % of 41; chance alone would give 4 %."
