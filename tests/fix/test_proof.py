"""A repair is proven by both proofs or by none, and what is missing is said with what to do."""

from __future__ import annotations

import random
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.cause.incident import Cause, CauseClass, Incident, Onset
from spillkit.fix.bounds import LEVEL
from spillkit.fix.proof import decide, prove_together, rates_of
from spillkit.fix.results import Later, Replay, RouteReplay, RouteTraffic
from tests.world import NOON

ROUTE = "GET /account"


def incident(cause=CauseClass.SHARED_CACHE, routes=(ROUTE,), number=1):
    return Incident(
        number=number,
        cause=Cause(
            cause=cause, score=0.9, runner_up=None, evidence_for=(), evidence_against=(), missing="", facts=(), remedy=""
        ),
        onset=Onset(
            first_at=NOON, last_at=NOON + timedelta(hours=1), clean_before=None, clean_after=None, began_with=None, ended_with=None
        ),
        channel="http", routes=routes, exposures=40, answers=20, subjects=10, subjects_confirmed=10, viewers=10,
        viewers_known=True, corrected=0, fields=("e-mail",), examples=(),
    )  # fmt: skip


def replay(**changes):
    route = RouteReplay(route=ROUTE, asked=10, answered=10, own=6)
    whole = Replay(
        orders=("one after the other",),
        servers=1,
        identities=("anna", "ben"),
        requests=10,
        answers=10,
        crossed=0,
        routes=(route,),
    )
    return msgspec.structs.replace(whole, **changes)


def later(*routes, **changes):
    routes = routes or ((100, 20, 500, 0),)
    traffic = tuple(
        RouteTraffic(
            route=ROUTE if not place else f"GET /route{place}",
            answers_then=then, exposed_then=exposed, answers_since=since, exposed_since=exposed_since,
        )
        for place, (then, exposed, since, exposed_since) in enumerate(routes)
    )  # fmt: skip
    since = sum(route.answers_since for route in traffic)
    whole = Later(
        fixed_at=NOON + timedelta(hours=2), fixed_by="as said", viewer_kinds=("subject",), routes=traffic, known_since=since,
        looked_at_since=since, first_at=None, last_at=None, minutes=90, untimed=0,
    )  # fmt: skip
    return msgspec.structs.replace(whole, **changes)


def test_both_proofs_together_prove_a_repair():
    verdict = decide(incident(), replay(), later(), NOON)
    assert (verdict.headline, verdict.proof.proven, verdict.proof.not_yet) == ("proven", True, ())
    assert verdict.proof.upper_bound_95 == pytest.approx(3 / 500, rel=0.01)
    assert (verdict.rates.rate_then, verdict.rates.expected) == (0.2, 100.0)


crossed = RouteReplay(route=ROUTE, asked=10, answered=10, own=6, crossed=3, fields=("e-mail",))
MISSING = {
    "nothing sent": (incident(), None, later(), "Give --base-url"),
    "crossed": (incident(), replay(crossed=3, routes=(crossed,)), later(), "GET /account: 3 of 10 (e-mail)"),
    "ended early": (incident(), replay(stopped="the server refused"), later(), "ended early: the server refused"),
    "nobody signed in": (incident(), replay(unrecognised=("ben",)), later(), "No answer showed ben their own data"),
    "nothing to ask": (
        incident(), replay(requests=0, routes=(RouteReplay(route=ROUTE, why_not="POST only"),)), later(), "POST only",
    ),
    "still exposed": (incident(), replay(), later((100, 20, 500, 2)), "still expose people (GET /account: 2 of 500)"),
    "nothing recorded since": (incident(), replay(), later((100, 20, 0, 0)), "Nothing was recorded since the repair on GET"),
    "too few": (incident(), replay(), later((100, 20, 5, 0)), "Record and scan about"),
    "no rate before": (incident(), replay(), later((0, 0, 500, 0)), "How often the fault showed itself is not known"),
    "no times": (incident(), replay(), later(fixed_at=None), "give --fixed-at"),
    "staff": (incident(CauseClass.STAFF), None, later(), "there is no fault whose repair could be proven"),
}  # fmt: skip


@pytest.mark.parametrize(("what", "sent", "recorded", "words"), MISSING.values(), ids=MISSING)
def test_what_is_missing_is_said(what, sent, recorded, words):
    verdict = decide(what, sent, recorded, NOON)
    assert not verdict.proof.proven
    assert words in " ".join(verdict.proof.not_yet)


def test_a_route_that_neither_proof_looked_at_is_missing():
    two = incident(routes=(ROUTE, "GET /route1"))
    silent = decide(two, replay(), later((100, 20, 500, 0), (10, 2, 0, 0)), NOON)
    assert "On GET /route1 nothing was answered again" in silent.proof.not_yet[0]
    assert decide(two, replay(), later((100, 20, 500, 0), (10, 2, 7, 0)), NOON).proof.proven


def test_where_asking_again_is_impossible_later_traffic_stands_alone_and_says_so():
    sent = replay(requests=0, routes=(), impossible="mail cannot be asked for again")
    verdict = decide(incident(CauseClass.MAIL_SHIFT), sent, later(), NOON)
    assert verdict.proof.proven
    assert "The later traffic stands alone" in verdict.notes[0]
    assert not decide(incident(CauseClass.MAIL_SHIFT), sent, later((100, 20, 3, 0)), NOON).proof.proven


def test_few_exposed_answers_ask_for_more_clean_ones():
    # One exposed answer of one: its rate may be as low as 5 %, so 59 clean answers are needed and not one.
    assert rates_of(later((1, 1, 0, 0))).answers_more == 59
    assert rates_of(later((1, 1, 58, 0))).answers_more == 1
    assert rates_of(later((1, 1, 59, 0))).answers_more == 0


@given(
    st.lists(
        st.tuples(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500)).map(
            lambda counts: (counts[0], min(counts[:2]), counts[2], 0)
        ),
        min_size=1,
        max_size=4,
    )
)
def test_as_many_more_answers_as_are_asked_for_are_enough(routes):
    rates = rates_of(later(*routes))
    if rates.answers_more is None:
        assert rates.chance_of_seeing < LEVEL
        return
    weights = [route[2] for route in routes]
    if not any(route[2] and route[1] for route in routes):
        weights = [route[0] for route in routes]
    share = rates.answers_more / sum(weights)
    # Spread over the routes as they are; parts of an answer are rounded up.
    more = [
        (then, exposed, since + int(weight * share) + (weight * share % 1 > 0), 0)
        for (then, exposed, since, _), weight in zip(routes, weights)
    ]
    assert rates_of(later(*more)).answers_more == 0


@pytest.mark.parametrize(("rate", "then"), [(0.5, 6), (0.2, 40), (0.02, 400)])
def test_a_fault_that_goes_on_is_seldom_called_repaired(rate, then):
    chance = random.Random(20261122)
    wrong = trials = 0
    for _ in range(1500):
        exposed = sum(chance.random() < rate for _ in range(then))
        if not exposed:
            continue
        more = rates_of(later((then, exposed, 0, 0))).answers_more
        trials += 1
        wrong += all(chance.random() >= rate for _ in range(more))
    # Both the rate before and the clean answers are left to chance; together they stay within the stated error.
    assert wrong / trials <= 0.05


def test_a_proof_is_kept_in_the_form_the_report_reads():
    proof = decide(incident(), replay(), later(), NOON).proof
    assert msgspec.json.decode(msgspec.json.encode(proof), type=type(proof)) == proof


def test_several_incidents_are_proven_only_together():
    good = decide(incident(), replay(), later(), NOON).proof
    bad = decide(incident(number=2), replay(), later((100, 20, 5, 0)), NOON).proof
    assert prove_together([good], []) == good
    assert not prove_together([good, bad], []).proven
    waiting = prove_together([good], [2])
    assert (waiting.proven, waiting.incident) == (False, None)
    assert "spillkit fix verify --incident 2" in waiting.not_yet[0]
