"""A mailing that goes wrong stops before its receivers' providers stop it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.notices.funnel import Funnel
from spillkit.notices.pace import (
    BOUNCE_LINE,
    COMPLAINT_LINE,
    GIVEN_UP_AFTER,
    Answered,
    Pace,
    Why,
    canary_left,
    domain_budget,
    domain_label,
    has_canary_passed,
    next_try,
    why_pause,
    why_pause_all,
    window_of,
)

NOW = datetime(2026, 11, 22, 11, 30, 20, tzinfo=UTC)
QUIET = timedelta(hours=1)

STOPS = {
    "nothing sent": (Answered(0), None),
    "four of the first hundred": (Answered(100, bounced=4), None),
    "the fifth of the first hundred, early": (Answered(12, bounced=5), Why.BOUNCES),
    "four per cent": (Answered(10_000, bounced=400), None),
    "just over four per cent": (Answered(10_000, bounced=401), Why.BOUNCES),
    "two complaints early": (Answered(150, complained=2), None),
    "the third complaint of the first 2,500": (Answered(2_000, complained=3), Why.COMPLAINTS),
    "0.08 per cent": (Answered(10_000, complained=8), None),
    "over 0.08 per cent": (Answered(10_000, complained=9), Why.COMPLAINTS),
    "answers are lost": (Answered(100, lost=5), Why.ANSWERS_LOST),
    "one answer in a thousand is lost": (Answered(100_000, lost=100), None),
}


@pytest.mark.parametrize(("answered", "why"), STOPS.values(), ids=STOPS)
def test_a_mailing_stops(answered, why):
    assert why_pause(answered) is why


@given(st.integers(0, 10**6), st.integers(0, 10**4), st.integers(0, 10**3))
def test_more_bounces_never_let_a_stopped_mailing_go_on(mails, bounced, complained):
    if why_pause(Answered(mails, bounced=bounced, complained=complained)):
        assert why_pause(Answered(mails, bounced=bounced + 1, complained=complained + 1))


def test_a_domain_that_is_paused_stops_the_rest_only_where_it_is_most_of_it():
    apart = Answered(60, bounced=30)
    assert why_pause_all(Answered(360, bounced=30), apart) is None
    assert why_pause_all(Answered(360, bounced=43), apart) is Why.BOUNCES
    assert why_pause_all(Answered(360, bounced=30, lost=13), apart) is Why.ANSWERS_LOST
    assert why_pause_all(Answered(119, bounced=30), apart) is Why.BOUNCES
    assert why_pause_all(Answered(0), Answered(0)) is None


def at_least(count, of, share):
    return 1 - sum(comb(of, n) * share**n * (1 - share) ** (of - n) for n in range(count))


def test_the_samples_stop_as_often_as_the_page_says():
    for line, for_nothing in ((BOUNCE_LINE, 0.051), (COMPLAINT_LINE, 0.081)):
        share = line.per_10000 / 10_000
        stops_at = line.per_10000 * line.sample // 10_000 + 1
        assert at_least(stops_at, line.sample, share / 2) == pytest.approx(for_nothing, abs=0.002)
    assert at_least(5, 100, 0.08) == pytest.approx(0.90, abs=0.01)


def test_the_canary_leaves_first_and_is_looked_at():
    pace = Pace(canary=100, canary_wait_seconds=900)
    assert canary_left(pace, Funnel(planned=5_000, ready=5_000)) == 100
    assert canary_left(pace, Funnel(planned=5_000, ready=4_930, sending=30, accepted=40)) == 30
    out = Funnel(planned=5_000, ready=4_900, accepted=98, bounced=1, deferred=1)
    assert canary_left(pace, out) == 0
    assert has_canary_passed(pace, out, QUIET)
    assert not has_canary_passed(pace, out, timedelta(minutes=14))
    assert not has_canary_passed(pace, Funnel(planned=5_000, ready=4_900, accepted=99, sending=1), QUIET)
    assert not has_canary_passed(pace, Funnel(planned=5_000, ready=4_900, accepted=89, deferred=11), QUIET)
    assert not has_canary_passed(pace, Funnel(planned=5_000, ready=4_901, accepted=99), QUIET)


def test_a_mailing_smaller_than_the_canary_passes_whole():
    assert has_canary_passed(Pace(), Funnel(planned=12, accepted=10, withdrawn=2), QUIET)


@given(st.integers(0, 400), st.integers(0, 5_000), st.integers(1, 5_000))
def test_a_domain_gets_no_less_later_and_never_more_than_its_most(hours, start, most):
    pace = Pace(warm_up_per_minute=start, domain_per_minute=most)
    now, later = (domain_budget(pace, timedelta(hours=hours + more)) for more in (0, 1))
    assert 0 < now <= later <= most


def test_what_is_put_off_is_tried_within_the_hour_and_given_up_after_five_days():
    at, tries = NOW, 0
    waits = []
    while (then := next_try(tries := tries + 1, NOW, at)) is not None:
        waits.append(then - at)
        at = then
    assert sum(waits[:2], timedelta()) <= timedelta(hours=1)
    assert waits == sorted(waits)
    assert max(waits) <= timedelta(hours=3)
    assert GIVEN_UP_AFTER <= at - NOW <= GIVEN_UP_AFTER + timedelta(hours=3)


def test_what_the_outbox_keeps_of_an_address_tells_only_that_two_go_to_one_domain():
    key = bytes(range(16))
    one = domain_label("jane@shop.example", key)
    assert one == domain_label("bob@SHOP.example.", key)
    assert one != domain_label("jane@shop.example", bytes(16))
    assert one != domain_label("jane@other.example", key)
    assert len(one) == 16
    for odd in ("", "@", "no at sign", "a@b@c", "x@\ud800", "x@münchen.example"):
        assert len(domain_label(odd, key)) == 16


def test_budgets_belong_to_a_minute():
    assert window_of(NOW) == NOW.replace(second=0)
