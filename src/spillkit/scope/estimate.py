"""Estimate how many more people the answers hold that were not looked at.

In:    strata (how many answers were looked at, how many were not) and, of people seen in one answer only, where that was.
Out:   the best guess, and a limit that holds at its stated level.
Else:  cutting strata out of the coverage is `strata`; the derivation, with its sources and limits, is docs/explanation/numbers.md.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Singles:
    """Answers of one stratum that show so many people who were seen in no other answer."""

    weight: float  # answers not looked at for each answer looked at, in this stratum; 0 or more
    people: int  # seen-once people in one such answer, 1 or more
    answers: int  # how many such answers there are, 1 or more


@dataclass(frozen=True, slots=True)
class More:
    """People beyond those seen."""

    guess: int  # best guess, 0 or more
    limit: int  # not more than these, at the stated level; guess ≤ limit


def estimate_more(
    singles: Sequence[Singles], seen_twice: int, largest_weight: float, largest_group: int, level: float = LEVEL
) -> More:
    """Estimate how many people occur only in answers that were not looked at.

    singles         of all strata together
    seen_twice      people seen in exactly two answers
    largest_weight  the largest weight of any stratum, those without singles included
    largest_group   most people that one answer shows, at least 1
    level           probability with which the limit shall hold, between 0.5 and 1
    Source          weights: first-order jackknife, Burnham and Overton, Biometrika 65 (1978); guess: Chao and Lin,
                    Nonparametric lower bounds for species richness under sampling without replacement, Biometrics 68
                    (2012); limit: Fay and Feuer, Confidence intervals for directly standardized rates, Statistics in
                    Medicine 16 (1997)

    >>> estimate_more([], seen_twice=0, largest_weight=0.0, largest_group=1)
    More(guess=0, limit=0)
    """
    if largest_weight <= 0:
        return More(0, 0)
    seen_once = sum(s.people * s.answers for s in singles)
    # 1. E[sum of weights of seen-once people] ≥ E[people not seen], whatever the number of answers that show each.
    linear = sum(s.weight * s.people * s.answers for s in singles)
    guess = 0
    if seen_once:
        # 2. With people seen twice the curve of discovery bends: fewer are left than a straight line says.
        guess = round(seen_once**2 / (2 * seen_twice + seen_once * (seen_once / linear))) if linear > 0 else 0
    # 3. The sum is a weighted sum of rare events. To the error of the estimate comes the chance in the unseen answers
    #    themselves: weight² + weight for each event.
    variance = sum((s.people**2) * (s.weight**2 + s.weight) * s.answers for s in singles)
    one_more = largest_weight * largest_group
    one_more_variance = (largest_weight**2 + largest_weight) * largest_group**2
    limit = math.ceil(_gamma_limit(linear + one_more, variance + one_more_variance, level) - 1e-9)
    return More(min(guess, limit), limit)


def _gamma_limit(mean: float, variance: float, level: float) -> float:
    """Return the quantile of the gamma distribution with this mean and variance."""
    shape = mean**2 / variance
    return gamma_quantile(shape, level) * variance / mean


def gamma_quantile(shape: float, probability: float) -> float:
    """Return the quantile of the gamma distribution with scale 1.

    shape        above 0
    probability  between 0 and 1, both excluded

    >>> round(gamma_quantile(1.0, 0.95), 4)  # the rule of three
    2.9957
    """
    low, high = 0.0, max(1.0, shape)
    while _gamma_cdf(shape, high) < probability:
        high *= 2
    for _ in range(200):
        middle = (low + high) / 2
        if _gamma_cdf(shape, middle) < probability:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return high


def _gamma_cdf(shape: float, x: float) -> float:
    """Regularised lower incomplete gamma function (Press et al., Numerical Recipes, 3rd edition, 6.2)."""
    if x <= 0:
        return 0.0
    front = math.exp(-x + shape * math.log(x) - math.lgamma(shape))
    if x < shape + 1:
        term = total = 1 / shape
        for n in range(1, 10_000):
            term *= x / (shape + n)
            total += term
            if term < total * 1e-15:
                break
        return total * front
    tiny = 1e-300
    b = x + 1 - shape
    c, d = 1 / tiny, 1 / b
    h = d
    for n in range(1, 10_000):
        a = -n * (n - shape)
        b += 2
        d = a * d + b
        d = 1 / (d if abs(d) > tiny else tiny)
        c = b + a / c
        c = c if abs(c) > tiny else tiny
        h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return 1 - front * h
