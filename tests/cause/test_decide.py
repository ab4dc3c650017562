"""Which signs make which cause: the decider alone, without a ledger."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.cause.decide import decide, rank_candidates
from spillkit.cause.facts import facts_of
from spillkit.cause.incident import CauseClass
from spillkit.cause.measure import Signs
from spillkit.cause.remedies import remedy_of
from spillkit.cause.signs import Share

_NOTHING = Share()
ALL = Share(1.0, 0.02, 20)
NONE = Share(0.0, 0.02, 20)
RARE = Share(0.05, 0.05, 20)


def signs(**given: Any) -> Signs:
    """Signs of twenty answers of which nothing is known but what is given."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Signs):
        values[field.name] = {"Share": _NOTHING, "int": 0, "float": 0.0}[str(field.type)]
    values |= {"n": 20, "people": 10, "viewers": 12, "urls": 3, "median_people": 1.0, "fan": 1.0, "askers": 12}
    values |= {"known_viewers": ALL, "single": Share(1.0, 0.0, 20), "top_actor": Share(0.1, 0.0, 20)}
    values |= {"life_seconds": float("nan"), "slope": float("nan"), "own": NONE}
    return Signs(**(values | given))


STORED = {"owner": Share(1.0, 0.0, 20), "repeats": ALL, "repeats_edge": ALL, "repeats_worker": RARE, "fan": 5.0}
HALF = Share(0.5, 0.05, 20)
CASES: dict[str, tuple[dict[str, Any], CauseClass]] = {
    "hits on strangers' pages": ({**STORED, "hit": ALL}, CauseClass.SHARED_CACHE),
    "hits whose owner is not recorded": ({"hit": ALL}, CauseClass.SHARED_CACHE),
    "stored, and the cache in front says it was not": ({**STORED, "hit": NONE}, CauseClass.APP_CACHE),
    "stored, no header": (STORED, CauseClass.CACHE),
    "stored by each node, no header": ({**STORED, "repeats": HALF, "edges": 3}, CauseClass.SHARED_CACHE),
    "stored, read by whichever worker": (
        {**STORED, "workers": 2, "same_worker": Share(0.5, 0.5, 20)},
        CauseClass.APP_CACHE,
    ),
    "stored with its worker's name": (
        {**STORED, "workers": 2, "same_worker": Share(1.0, 0.5, 20)},
        CauseClass.SHARED_CACHE,
    ),
    "a session given again by a stored answer": ({"handed": ALL, "reissued": ALL}, CauseClass.CACHED_COOKIE),
    "a session given once": ({"handed": ALL, "reissued": Share(0.0, 0.02, 5)}, CauseClass.SESSION_MIX_UP),
    "at the same moment, and the other got his own": (
        {"near": ALL, "during": ALL, "near_clean": ALL, "chained": RARE},
        CauseClass.REQUEST_RACE,
    ),
    "who asked just before on the connection": (
        {"lagged": ALL, "in_run": ALL, "by_connection": ALL, "near": HALF, "near_clean": RARE},
        CauseClass.DESYNC,
    ),
    "a chain without ids of connections": ({"chained": ALL, "near": HALF, "near_clean": RARE}, CauseClass.DESYNC),
    "many people to everybody": (
        {"many": ALL, "single": NONE, "median_people": 12.0, "saturation": ALL},
        CauseClass.BULK_LISTING,
    ),
    "one asker counting up": (
        {"top_actor": Share(1.0, 0.0, 20), "askers": 1, "urls": 20, "stepped": ALL, "objects": ALL},
        CauseClass.ENUMERATION,
    ),
    "always the same stranger": ({"sticky": ALL, "fixed": ALL}, CauseClass.ACCOUNT_MAPPING),
    "jobs at once": ({"job": ALL, "overlap": ALL}, CauseClass.JOB_MIX_UP),
    "behind the own page": (
        {"own": ALL, "behind": ALL, "misplaced": ALL, "odd_place": ALL, "too_long": ALL},
        CauseClass.MEMORY_FRAGMENT,
    ),
    "addresses in the header": ({"mail": ALL, "open": ALL}, CauseClass.OPEN_RECIPIENTS),
    "letters one row off": ({"mail": ALL, "shifted": ALL, "shift": 1}, CauseClass.MAIL_SHIFT),
    "another field of who is public": ({"allowed_too": ALL, "of_all": 1.0}, CauseClass.TEMPLATE_FIELD),
    "staff on their own routes": ({"staff": ALL, "staff_route": 1.0}, CauseClass.STAFF),
    "nothing": ({}, CauseClass.UNKNOWN),
}


@pytest.mark.parametrize(("given", "cause"), CASES.values(), ids=CASES)
def test_signs_make_a_cause(given, cause):
    verdict = decide(signs(**given))
    assert verdict.cause is cause
    if cause is not CauseClass.UNKNOWN:
        assert verdict.evidence_for
        assert verdict.missing == ""


@pytest.mark.parametrize("cause", [cause for cause in CauseClass if cause is not CauseClass.UNKNOWN])
def test_each_cause_has_advice_in_two_sentences(cause):
    advice = remedy_of(cause, ["GET /account", "GET /orders"])
    assert advice.endswith(".")
    assert "{" not in advice
    assert advice.count(". ") == 1


def test_the_unknown_has_no_advice():
    assert remedy_of(CauseClass.UNKNOWN, ["GET /account"]) == ""
    assert facts_of(CauseClass.UNKNOWN, signs()) == ()


def test_staff_are_never_called_technical():
    verdict = decide(signs(staff=ALL, staff_route=1.0, chained=ALL, top_actor=Share(1.0, 0.0, 20), urls=20, askers=1))
    assert verdict.cause in (CauseClass.STAFF, CauseClass.UNKNOWN)


MISSING: dict[str, tuple[dict[str, Any], str]] = {
    "cache or race without headers": (
        {"repeats": HALF, "owner": Share(0.6, 0.0, 20), "during": HALF, "near": HALF, "near_clean": HALF},
        "Cache-Status",
    ),
    "race or desync without connections": (
        {
            "during": HALF,
            "near": HALF,
            "near_clean": Share(0.8, 0.0, 20),
            "chained": Share(0.35, 0.05, 20),
            "hit": NONE,
        },
        "upstream connection id",
    ),
    "nobody's viewers": ({"known_viewers": NONE}, "session"),
}


@pytest.mark.parametrize(("given", "words"), MISSING.values(), ids=MISSING)
def test_the_unknown_says_what_to_log(given, words):
    verdict = decide(signs(**given))
    assert verdict.cause is CauseClass.UNKNOWN
    assert words in verdict.missing


@given(st.data())
def test_scores_are_shares_whatever_the_signs(data):
    shares = st.builds(Share, st.floats(0, 1), st.floats(0, 1), st.integers(0, 500))
    kinds = {"Share": shares, "int": st.integers(0, 500), "float": st.floats(0, 100)}
    drawn = {field.name: data.draw(kinds[str(field.type)]) for field in dataclasses.fields(Signs)}
    candidates = rank_candidates(Signs(**{**drawn, "n": max(1, drawn["n"])}))
    assert all(0 <= candidate.score <= 1 for candidate in candidates)
    assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)
