"""Is it the same as that other incident? Decided by cause, routes, time and people; never by people alone."""

from __future__ import annotations

import math
from datetime import timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.cause.compare import (
    MOST_SKETCHED,
    Traits,
    Verdict,
    chance_of_sharing,
    compare,
    digest_of,
    read_traits,
    shared_subjects,
    traits_of,
)
from spillkit.cause.incident import CauseClass, Incident
from tests.cause.handmade import FIRST, cause, incident, onset, unknown

MONTH = timedelta(days=30)


def traits(one: Incident, people=range(20), ids: str = "") -> Traits:
    digests = sorted(digest_of(f"c_{n}") for n in people)
    return traits_of(one, len(digests), digests[:MOST_SKETCHED], ids)


def later(by: timedelta = MONTH):
    return onset(FIRST + by)


OTHERS = range(1000, 1020)
CASES = {
    "same cause, routes and time": (incident(2), OTHERS, Verdict.SAME),
    "same cause and routes a month later": (incident(2, onset=later()), OTHERS, Verdict.PROBABLY_SAME),
    "another cause": (incident(2, cause(CauseClass.SESSION_MIX_UP)), OTHERS, Verdict.DIFFERENT),
    "another cause, the same people and routes at the same time": (
        incident(2, cause(CauseClass.SESSION_MIX_UP)),
        range(20),
        Verdict.CANNOT_TELL,
    ),
    "another cause on other routes, the same people at the same time": (
        incident(2, cause(CauseClass.BULK_LISTING), routes=("GET /cart",)),
        range(20),
        Verdict.DIFFERENT,
    ),
    "a cache whose layer nobody knows": (incident(2, cause(CauseClass.CACHE)), OTHERS, Verdict.SAME),
    "the two layers, each known": (incident(2, cause(CauseClass.APP_CACHE)), OTHERS, Verdict.DIFFERENT),
    "same cause on other routes, a month later": (
        incident(2, routes=("GET /cart",), onset=later()),
        OTHERS,
        Verdict.DIFFERENT,
    ),
    "same cause on other routes, same time": (incident(2, routes=("GET /cart",)), OTHERS, Verdict.CANNOT_TELL),
    "cause unknown, same people, routes and time": (incident(2, unknown()), range(20), Verdict.PROBABLY_SAME),
    "cause unknown, other people": (incident(2, unknown()), OTHERS, Verdict.CANNOT_TELL),
    "cause unknown, people alone are the same": (
        incident(2, unknown(), routes=("GET /cart",)),
        range(20),
        Verdict.CANNOT_TELL,
    ),
    "cause, routes and time all unlike": (
        incident(2, unknown(), routes=("GET /cart",), onset=later()),
        OTHERS,
        Verdict.DIFFERENT,
    ),
    "times not recorded": (
        incident(2, onset=onset(None)),
        OTHERS,
        Verdict.PROBABLY_SAME,
    ),
}


@pytest.mark.parametrize(("other", "people", "verdict"), CASES.values(), ids=CASES)
def test_the_verdict_is_the_same_in_either_order(other, people, verdict):
    one, two = traits(incident(1)), traits(other, people)
    assert compare(one, two, directory_size=5000).verdict is verdict
    assert compare(two, one, directory_size=5000).verdict is verdict


def test_people_are_compared_with_what_chance_gives():
    told = compare(traits(incident(1)), traits(incident(2), range(10, 30)), directory_size=100)
    assert (told.shared, told.expected_shared, told.jaccard) == (10, 4.0, 10 / 30)
    assert "random people of the directory would share about 4.0, so this says nothing" in told.reasons[3]
    told = compare(traits(incident(1)), traits(incident(2), range(10, 30)), directory_size=100_000)
    assert told.reasons[3].endswith("would share about 0.0.")


def test_pseudonyms_under_another_key_cannot_be_compared():
    told = compare(traits(incident(1), ids="aa"), traits(incident(2), ids="bb"), directory_size=100)
    assert told.shared is None
    assert told.jaccard is None
    assert "pseudonyms" in told.reasons[3]


def test_a_directory_that_is_too_small_or_unknown_says_nothing():
    for size in (None, 0, 3):
        told = compare(traits(incident(1)), traits(incident(2)), directory_size=size)
        assert "is not known" in told.reasons[3] or "fewer people" in told.reasons[3]


@given(st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)))
def test_few_people_are_counted_and_not_estimated(one, two):
    assert shared_subjects(traits(incident(1), one), traits(incident(2), two)) == (len(one & two), False)


def test_many_people_are_estimated_within_a_few_hundredths():
    one, two = range(6000), range(3000, 9000)
    shared, is_estimate = shared_subjects(traits(incident(1), one), traits(incident(2), two))
    assert is_estimate
    assert shared == pytest.approx(3000, rel=0.15)


@given(st.integers(0, 30), st.integers(0, 30), st.integers(0, 30))
def test_the_chance_of_sharing_is_that_of_counting_cases(first, second, shared):
    everybody = 30
    whole = math.comb(everybody, second)
    cases = sum(
        math.comb(first, both) * math.comb(everybody - first, second - both)
        for both in range(shared, min(first, second) + 1)
    )
    assert chance_of_sharing(shared, first, second, everybody) == pytest.approx(cases / whole, abs=1e-9)


def test_the_ledger_gives_the_digests_of_the_plain_twin():
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE exposures AS SELECT 's' AS source, 1 AS entry, 'v' AS viewer, 'c_' || n AS subject FROM range(30) t(n)"
    )
    connection.execute("CREATE TABLE incident_rows AS SELECT 's' AS source, 1 AS entry, 'v' AS viewer, 1 AS incident")
    assert read_traits(connection, [incident(1)]) == (traits(incident(1), range(30)),)
    connection.close()
