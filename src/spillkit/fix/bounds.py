"""Say what a number of exposed answers among those looked at means for the rate behind it.

In:    counts, rates, a level.
Out:   limits of a rate, the chance of seeing a fault that is still there, the number of answers that takes.
Else:  which answers count is `later`; what follows from it is `proof`. docs/explanation/proof-of-a-fix.md derives each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

LEVEL = 0.95


def upper_limit(exposed: int, answers: int, level: float = LEVEL) -> float:
    """Return the largest rate that still fits the counts: with any larger one so few were seen with at most 1 - level.

    exposed  answers that exposed somebody, 0 to answers
    answers  answers looked at, 0 or more
    level    between 0 and 1
    Returns  0..1; 1 where nothing was looked at. With exposed = 0 it is 1 - (1 - level)^(1/answers), about 3/answers
    Raises   ValueError if exposed is not within 0 and answers
    Source   none seen: Hanley and Lippman-Hand, If nothing goes wrong, is everything all right?, JAMA 249 (1983);
             else: Clopper and Pearson, The use of confidence or fiducial limits, Biometrika 26 (1934), one-sided

    >>> round(upper_limit(0, 300), 4)  # the rule of three: 3 / 300
    0.0099
    """
    _check(exposed, answers)
    if exposed == answers:
        return 1.0
    if exposed == 0:
        return -math.expm1(math.log1p(-level) / answers)
    return _beta_quantile(exposed + 1, answers - exposed, level)


def lower_limit(exposed: int, answers: int, level: float = LEVEL) -> float:
    """Return the smallest rate that still fits the counts; arguments and source as `upper_limit`.

    >>> round(lower_limit(1, 1), 4)
    0.05
    """
    _check(exposed, answers)
    if exposed == 0:
        return 0.0
    return 1.0 - upper_limit(answers - exposed, answers, level)


def chance_of_seeing(strata: Iterable[tuple[int, float]]) -> float:
    """Return the chance that at least one exposed answer would have been seen, had the fault gone on as before.

    strata  of each route: answers looked at, and the rate at which they would be exposed (0..1), each on its own

    >>> round(chance_of_seeing([(30, 0.1)]), 3)
    0.958
    """
    return -math.expm1(-sum(answers * hazard(rate) for answers, rate in strata if answers))


def answers_needed(rate: float, level: float = LEVEL) -> int | None:
    """Return how many answers show a fault of that rate with that chance; None if no number does (rate 0).

    >>> answers_needed(0.1)
    29
    """
    if rate <= 0:
        return None
    # A hair less, so that rounding of the logarithms does not ask for one answer more than it takes.
    return max(1, math.ceil(-math.log1p(-level) / hazard(rate) * (1 - 1e-12)))


def hazard(rate: float) -> float:
    """Return -log(1 - rate): of independent answers these add up, and rates do not."""
    return -math.log1p(-rate) if rate < 1 else math.inf


def _check(exposed: int, answers: int) -> None:
    if not 0 <= exposed <= answers:
        raise ValueError("exposed answers are between none and all that were looked at")


def _beta_quantile(a: float, b: float, probability: float) -> float:
    low, high = 0.0, 1.0
    for _ in range(200):
        middle = (low + high) / 2
        if _beta_cdf(a, b, middle) < probability:
            low = middle
        else:
            high = middle
        if high - low <= 1e-14 * high:
            break
    return high


def _beta_cdf(a: float, b: float, x: float) -> float:
    """Regularised incomplete beta function (Press et al., Numerical Recipes, 3rd edition, 6.4)."""
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    front = math.exp(math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x))
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    """The continued fraction, by the method of Lentz."""
    tiny = 1e-300
    c, d = 1.0, 1 - (a + b) * x / (a + 1)
    d = 1 / (d if abs(d) > tiny else tiny)
    h = d
    for m in range(1, 10_000):
        for numerator in (
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ):
            d = 1 + numerator * d
            c = 1 + numerator / c
            d = 1 / (d if abs(d) > tiny else tiny)
            c = c if abs(c) > tiny else tiny
            h *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return h
