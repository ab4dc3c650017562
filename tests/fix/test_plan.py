"""The order of a replay follows the cause, and nothing is sent that could do harm."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.cause.incident import CauseClass
from spillkit.fix.plan import (
    ANONYMOUS,
    READING,
    Bounds,
    Order,
    Recorded,
    cross_steps,
    links_in,
    listings_of,
    plan_replay,
    target_of,
)

ACCOUNT = Recorded("GET", "/account", "/account")
PLACING = Recorded("POST", "/orders", "/orders")


def plan(cause, recorded=(ACCOUNT,), routes=None, **more):
    routes = routes or sorted({f"{request.method} {request.route}" for request in recorded})
    return plan_replay(cause, more.pop("channel", "http"), routes, recorded, more.pop("identities", 2), **more)


def test_for_a_cache_two_people_ask_for_one_address_one_after_the_other_in_both_orders():
    steps = plan(CauseClass.SHARED_CACHE).steps
    assert [[ask.who for ask in step.asks] for step in steps] == [[0, 1, ANONYMOUS], [1, 0]]
    assert not any(step.together for step in steps)


def test_for_a_race_they_ask_at_the_same_moment_and_not_without_bound():
    steps = plan(CauseClass.REQUEST_RACE).steps
    assert all(step.together for step in steps)
    assert len(steps) == Bounds().bursts
    assert {len(step.asks) for step in steps} == {2 * Bounds().pairs}


def test_for_replies_left_on_a_connection_some_requests_are_broken_off():
    steps = plan(CauseClass.DESYNC).steps
    broken_off_alone = [step for step in steps if not step.together and any(ask.break_off for ask in step.asks)]
    assert len(broken_off_alone) == Bounds().bursts
    assert all(ask.break_off for step in broken_off_alone for ask in step.asks)
    # Whoever's answers are looked at afterwards asks to the end.
    after = [steps[place + 2] for place, step in enumerate(steps) if step in broken_off_alone]
    assert not any(ask.break_off for step in after for ask in step.asks)
    assert all(
        any(ask.break_off for ask in steps[place + 1].asks)
        for place, step in enumerate(steps)
        if step in broken_off_alone
    )


def test_for_memory_a_long_answer_to_one_comes_before_a_short_one_to_another():
    long = Recorded("GET", "/history", "/history", 90_000, is_of_incident=False)
    for step in plan(CauseClass.MEMORY_FRAGMENT, (ACCOUNT, long), ["GET /account"]).steps:
        if not step.together:
            first, second = step.asks
            assert (first.request, second.request) == (long, ACCOUNT)
            assert first.who != second.who


def test_each_server_is_asked_everything():
    plans = plan(CauseClass.CACHE, bases=3)
    assert {ask.base for step in plans.steps for ask in step.asks} == {0, 1, 2}
    assert plans.requests == 3 * plan(CauseClass.CACHE).requests


@pytest.mark.parametrize("cause", list(CauseClass))
def test_every_cause_has_an_order_or_a_reason_why_not(cause):
    found = plan(cause)
    assert bool(found.steps) != bool(found.impossible)
    assert bool(found.orders) != bool(found.impossible)


IMPOSSIBLE = {
    "mail": (CauseClass.MAIL_SHIFT, "mail", "mail cannot be asked for again"),
    "a mail of unknown cause": (CauseClass.UNKNOWN, "mail", "mail cannot be asked for again"),
    "an export": (CauseClass.JOB_MIX_UP, "http", "start new jobs"),
    "staff": (CauseClass.STAFF, "http", "staff opened what they may open"),
    "a web socket": (CauseClass.UNKNOWN, "websocket", "web socket"),
}


@pytest.mark.parametrize(("cause", "channel", "words"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_asked_again_says_why(cause, channel, words):
    found = plan(cause, channel=channel)
    assert words in found.impossible
    assert [left.route for left in found.not_asked] == ["GET /account"]


def test_only_reading_is_sent_unless_more_is_allowed():
    closed = plan(CauseClass.REQUEST_RACE, (PLACING,))
    assert closed.steps == ()
    assert "--allow-method POST" in closed.not_asked[0].why
    assert plan(CauseClass.REQUEST_RACE, (PLACING,), allowed=READING | {"POST"}).not_asked == ()


@pytest.mark.parametrize("path", ["/logout", "/orders/{n}/cancel", "/newsletter/unsubscribe", "/Cart/Delete"])
def test_an_address_that_acts_is_not_asked_for(path):
    found = plan(CauseClass.CACHE, (Recorded("GET", path, path),))
    assert found.steps == ()
    assert "change something" in found.not_asked[0].why


def test_a_route_without_a_readable_request_is_named():
    found = plan(CauseClass.CACHE, (ACCOUNT,), ["GET /account", "GET /orders"])
    [left] = found.not_asked
    assert (left.route, left.why) == ("GET /orders", "its recorded requests could not be read again")


@given(
    st.lists(
        st.builds(Recorded, st.sampled_from(["GET", "POST", "DELETE"]), st.sampled_from(["/a", "/b/{n}"]), st.text())
    ),
    st.sampled_from(list(CauseClass)),
    st.integers(2, 4),
    st.integers(1, 2),
)
def test_a_plan_is_bounded_and_holds_no_method_that_was_not_allowed(recorded, cause, identities, bases):
    found = plan_replay(cause, "http", ["GET /a", "GET /b/{n}"], recorded, identities, bases)
    asks = [ask for step in found.steps for ask in step.asks]
    assert all(ask.request.method in READING for ask in asks)
    assert all(ANONYMOUS <= ask.who < identities and 0 <= ask.base < bases for ask in asks)
    assert len(asks) <= bases * (2 * 16 * 5 + 2 * 10 * (20 + 1) * identities + 20 * 16 * identities)


def test_lists_are_found_by_the_objects_in_them():
    found = listings_of(["GET /orders/{n}", "GET /api/orders/{n}", "POST /x/{n}", "GET /{id}", "GET /account"])
    assert [request.target for request in found] == ["/orders", "/api/orders"]


def test_links_lead_to_objects_of_the_incident_only():
    page = b"""<a href="/orders/7">7</a> <a href='/orders/8?a=1&amp;b=2'> {"u": "/orders/7"} <a href="//evil.example/orders/9">
        <a href="/orders/7/cancel"> <a href="https://evil.example/orders/10"> <a href="/account">"""
    assert [link.target for link in links_in(page, ["GET /orders/{n}"])] == [
        "/orders/7",
        "/orders/8?a=1&b=2",
        "/orders/9",
    ]
    assert links_in(page, ["GET /account"]) == ()


def test_what_one_was_linked_to_everybody_asks_for_the_owner_first():
    [step] = cross_steps({1: [Recorded("GET", "/orders/{n}", "/orders/7")]}, identities=3, bases=1)
    assert [ask.who for ask in step.asks] == [1, 0, 2, ANONYMOUS]


TARGETS = {
    "the host is left behind": ("https://shop.example/orders/7?page=2#top", "/orders/7?page=2"),
    "a path alone": ("/orders/7", "/orders/7"),
    "another host in disguise": ("//evil.example/x", "/x"),
    "a backslash for a slash": ("/\\evil.example/x", "/evil.example/x"),
    "letters of other scripts": ("/Müller?q=ä", "/M%C3%BCller?q=%C3%A4"),
    "a new header behind the line's end": ("/x\r\nHost: evil.example", "/x%0D%0AHost:%20evil.example"),
    "no address of this kind": ("javascript:alert(1)", None),
    "another protocol": ("ftp://shop.example/x", None),
    "a host alone": ("https://shop.example", "/"),
    "far too long": ("/" + "x" * 5000, None),
}


@pytest.mark.parametrize(("url", "target"), TARGETS.values(), ids=TARGETS)
def test_only_path_and_query_of_a_recorded_address_are_used(url, target):
    assert target_of(url) == target


@given(st.text())
def test_a_target_is_always_safe_on_a_request_line(url):
    target = target_of(url)
    assert target is None or re.fullmatch(r"/(?![/\\])[!-~]*", target)


ORDERS = (Order.IN_TURN, Order.LONG_THEN_SHORT, Order.TOGETHER, Order.BROKEN_OFF)


def test_where_the_cause_is_unknown_every_order_is_tried():
    assert plan(CauseClass.UNKNOWN).orders == ORDERS
    assert set(ORDERS) == set(Order)
