"""The interval holds at its stated level, whatever the incident looks like."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.schemas import COVERAGE, DAMAGES, EXPOSURES
from spillkit.scope import facts, looked_at
from spillkit.scope.estimate import Singles, estimate_more, gamma_quantile
from spillkit.scope.measure import connected
from spillkit.scope.strata import figure
from tests.scope.incidents import START, cover, coverage_row, exposure


def test_nothing_is_added_where_everything_was_looked_at():
    more = estimate_more([Singles(weight=0.0, people=3, answers=5)], 0, largest_weight=0.0, largest_group=3)
    assert (more.guess, more.limit) == (0, 0)


def test_where_nobody_was_found_the_rule_of_three_holds():
    # 300 answers looked at, 30,000 not: a share of up to 3/300 is compatible with finding nobody in 95 of 100 cases.
    more = estimate_more([], 0, largest_weight=100.0, largest_group=1)
    assert more.guess == 0
    assert 290 <= more.limit <= 310


def test_people_who_were_all_seen_twice_leave_little_to_guess():
    seen_once = [Singles(weight=1.0, people=1, answers=10)]
    few = estimate_more(seen_once, 200, largest_weight=1.0, largest_group=1)
    many = estimate_more(seen_once, 0, largest_weight=1.0, largest_group=1)
    assert few.guess <= 1 < many.guess == 10


# Quantiles printed in tables of the chi-squared distribution, halved (gamma with half the degrees of freedom).
TABLE = {
    "1 degree, 95 %": (0.5, 0.95, 3.841458821 / 2),
    "2 degrees, 95 %": (1.0, 0.95, 5.991464547 / 2),
    "10 degrees, 95 %": (5.0, 0.95, 18.30703805 / 2),
    "100 degrees, 95 %": (50.0, 0.95, 124.3421134 / 2),
    "10 degrees, 5 %": (5.0, 0.05, 3.940299136 / 2),
}


@pytest.mark.parametrize(("shape", "probability", "quantile"), TABLE.values(), ids=TABLE)
def test_the_gamma_quantile_is_that_of_the_tables(shape, probability, quantile):
    assert gamma_quantile(shape, probability) == pytest.approx(quantile, rel=1e-8)


@given(
    st.lists(st.tuples(st.floats(0.001, 50), st.integers(1, 20), st.integers(1, 50)), max_size=6),
    st.integers(0, 100),
)
def test_the_guess_never_passes_the_limit(rows, twice):
    singles = [Singles(weight=w, people=p, answers=a) for w, p, a in rows]
    weight = max((s.weight for s in singles), default=0.1)
    group = max((s.people for s in singles), default=1)
    more = estimate_more(singles, twice, weight, group)
    assert 0 <= more.guess <= more.limit
    assert math.isfinite(more.limit)


# people who may be shown, answers, chance that an answer is exposed, people in an exposed answer, share looked at,
# how uneven people are (1 = all alike; larger = a few are shown again and again), share of minutes lost as a whole
INCIDENTS = {
    "everybody once, half looked at": (50_000, 1500, 0.05, 1, 0.5, 1, 0.0),
    "the same few again and again": (80, 1500, 0.10, 1, 0.5, 1, 0.0),
    "a tenth sampled": (2000, 4000, 0.05, 1, 0.1, 1, 0.0),
    "lists of twenty people": (5000, 1500, 0.02, 20, 0.6, 1, 0.0),
    "rare": (5000, 2000, 0.001, 1, 0.5, 1, 0.0),
    "nearly all looked at": (5000, 2000, 0.05, 1, 0.98, 1, 0.0),
    "some people much more often": (1000, 2000, 0.08, 2, 0.4, 3, 0.0),
    "minutes lost at random": (3000, 2000, 0.06, 1, 0.9, 1, 0.3),
}
ROUNDS = 50  # for each kind of incident, in `simulate`; 400 incidents in all


def simulate(dice: random.Random, kind: str) -> tuple[int, Any]:
    """Return how many people really were shown, and the figure measured from what was looked at."""
    people, answers, chance, group, share, uneven, lost = INCIDENTS[kind]
    minutes = 40
    lost_minutes = {m for m in range(minutes) if dice.random() < lost}
    rows, truth = [], set()
    in_minute = {minute: [0, 0] for minute in range(minutes)}  # answers; those looked at
    for entry in range(answers):
        minute = dice.randrange(minutes)
        when = START + timedelta(minutes=minute)
        looked = minute not in lost_minutes and dice.random() < share
        in_minute[minute][0] += 1
        in_minute[minute][1] += looked
        if dice.random() >= chance:
            continue
        shown = {f"c_{int(people * dice.random() ** uneven)}" for _ in range(group)}
        truth |= shown
        if looked:
            rows += [exposure(entry=entry, shown_at=when, subject=subject) for subject in shown]
    exchanges = [
        coverage_row(slice_at=START + timedelta(minutes=minute), exchanges=count, with_body=looked, with_viewer=count)
        for minute, (count, looked) in in_minute.items()
        if count
    ]
    tables = {
        "exposures": pa.Table.from_pylist(rows, schema=EXPOSURES),
        "coverage": pa.Table.from_pylist(cover(exchanges), schema=COVERAGE),
        "damages": DAMAGES.empty_table(),
    }
    with connected(tables) as connection:
        facts.prepare(connection)
        looked_at.prepare_coverage(connection)
        confirmed, possible = facts.count_people(connection)
        coverage = looked_at.measure_coverage(connection, {})
        return len(truth), figure(connection, confirmed, possible, coverage, None)


@pytest.mark.slow
def test_intervals_hold_at_their_level_in_simulated_incidents():
    dice = random.Random(20261121)
    held = {}
    for kind in INCIDENTS:
        inside = 0
        for _ in range(ROUNDS):
            truth, people = simulate(dice, kind)
            assert people.confirmed <= people.estimate <= people.interval_high <= people.upper_bound
            assert truth <= people.upper_bound or INCIDENTS[kind][3] > 1
            inside += people.interval_low <= truth <= people.interval_high
        held[kind] = inside / ROUNDS
    print("\n" + "\n".join(f"{share:6.1%}  {kind}" for kind, share in held.items()))
    # With 50 rounds a true level of 95 % falls below 88 % about three times in a hundred; the seed is fixed.
    assert min(held.values()) >= 0.88
    assert sum(held.values()) / len(held) >= 0.93
