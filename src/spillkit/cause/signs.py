"""What is measured over a group of events, as values: shares with what chance would give, and counts.

In:    nothing.
Out:   Share, Signs: what `decide` takes.
Else:  each sign is measured by the module of its fault.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_LEAST_CHANCE = 0.005  # no chance is estimated so well that less could be claimed


@dataclass(frozen=True, slots=True)
class Share:
    """How often a sign was there, and how often it would be there without the fault."""

    value: float = 0.0  # 0..1
    chance: float = 0.0  # 0..1
    n: int = 0  # events that could have shown it

    @property
    def strength(self) -> float:
        """Return how much of what chance leaves is filled, 0..1, less where few events might be luck.

        The excess over chance is Cohen's kappa, (value - chance) / (1 - chance). It counts whole where chance alone would give
        as many with a probability under 1 % (binomial tail), in proportion to the logarithm above.
        """
        if self.n == 0 or self.value <= self.chance:
            return 0.0
        chance = min(max(self.chance, _LEAST_CHANCE), 0.999)
        excess = max(0.0, (self.value - chance) / (1 - chance))
        return excess * min(1.0, -math.log10(max(self.tail, 1e-12)) / 2)

    @property
    def tail(self) -> float:
        """Return the probability that chance alone gives as many: the upper tail of the binomial."""
        if self.n == 0:
            return 1.0
        chance = min(max(self.chance, _LEAST_CHANCE), 0.999)
        return binomial_tail(round(self.value * self.n), self.n, chance)

    def words(self, what: str) -> str:
        """Return a sentence with value, chance and n: `<what> in 93 % of 41 answers; chance alone gives 4 %.`"""
        return f"{what} in {_percent(self.value)} of {self.n}; chance alone would give {_percent(self.chance)}."


def binomial_tail(k: int, n: int, p: float) -> float:
    """Return the probability of k or more in n trials of probability p.

    >>> round(binomial_tail(2, 3, 0.5), 3)
    0.5
    """
    if k <= 0:
        return 1.0
    log_p, log_q = math.log(p), math.log1p(-p)
    top = math.lgamma(n + 1)
    total = 0.0
    for hits in range(k, n + 1):
        term = math.exp(top - math.lgamma(hits + 1) - math.lgamma(n - hits + 1) + hits * log_p + (n - hits) * log_q)
        total += term
        if term < total * 1e-9 and hits > n * p:
            break
    return min(1.0, total)


def share_of(signs: npt.NDArray[np.float64], chances: npt.NDArray[np.float64] | float = 0.0) -> Share:
    """Return the share of events that show a sign, and the mean chance of it.

    signs    1 or 0 for each event; NaN where it could not be seen
    chances  for each event, or one for all
    """
    known = ~np.isnan(signs)
    n = int(known.sum())
    if n == 0:
        return Share()
    chance = float(np.nanmean(chances[known])) if isinstance(chances, np.ndarray) else chances
    return Share(float(signs[known].mean()), 0.0 if math.isnan(chance) else min(1.0, chance), n)


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f} %" if percent >= 1 or percent == 0 else f"{percent:.1f} %"
