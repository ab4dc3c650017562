"""Asking again, against real servers that are well, and that are not."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from spillkit.cause.incident import CauseClass
from spillkit.directory import Index
from spillkit.entitlement import Rules
from spillkit.fix.answers import AnswerJudge
from spillkit.fix.calling import parse_base
from spillkit.fix.identities import Identity, Login
from spillkit.fix.plan import Bounds, Recorded, plan_replay
from spillkit.fix.replay import break_off_after, run_replay
from tests.fix.servers import COOKIE, Shop, served
from tests.world import ALICE, BOB

ACCOUNT = Recorded("GET", "/account/summary", "/account/summary", 400)
FEW = Bounds(bursts=3, pairs=6)
PEOPLE = tuple(Identity(person.given[:5], person.id, {COOKIE: person.cookie}) for person in (ALICE, BOB))


@pytest.fixture(scope="module")
def judge():
    index = Index.build([{"id": p.id, "name": p.name, "email": p.email, "phone": p.phone} for p in (ALICE, BOB)])
    return AnswerJudge(index.directory, Rules(), PEOPLE)


def ask(
    shop, judge, cause, routes=("GET /account/summary",), recorded=(ACCOUNT,), people=PEOPLE, rate=2000.0, bases=None
):
    bases = bases or [parse_base(shop.base)]
    plan = plan_replay(cause, "http", routes, recorded, len(people), len(bases), bounds=FEW)
    return run_replay(plan, routes, people, bases, judge, rate=rate)


CAUSES = [
    CauseClass.SHARED_CACHE,
    CauseClass.REQUEST_RACE,
    CauseClass.DESYNC,
    CauseClass.ACCOUNT_MAPPING,
    CauseClass.UNKNOWN,
    CauseClass.MEMORY_FRAGMENT,
]


@pytest.mark.parametrize("cause", CAUSES)
def test_a_server_that_is_well_crosses_nobody(judge, cause):
    with served(Shop()) as shop:
        replay = ask(shop, judge, cause)
    assert (replay.crossed, replay.stopped, replay.unrecognised) == (0, "", ())
    assert replay.requests == len(shop.asked) or cause in (CauseClass.DESYNC, CauseClass.UNKNOWN)
    assert replay.routes[0].own > 0


FAULTY = {
    "a shared cache": ("cache", CauseClass.SHARED_CACHE),
    "a cache, and the cause is unknown": ("cache", CauseClass.UNKNOWN),
    "a race": ("race", CauseClass.REQUEST_RACE),
    "a race, and the cause is unknown": ("race", CauseClass.UNKNOWN),
    "replies left on a connection": ("desync", CauseClass.DESYNC),
    "accounts that were swapped": ("mapping", CauseClass.ACCOUNT_MAPPING),
}


@pytest.mark.parametrize(("fault", "cause"), FAULTY.values(), ids=FAULTY)
def test_a_fault_that_is_still_there_crosses_answers(judge, fault, cause):
    with served(Shop(fault)) as shop:
        replay = ask(shop, judge, cause)
    assert replay.crossed > 0
    assert set(replay.routes[0].fields) >= {"e-mail", "name"}


def test_a_race_does_not_show_to_people_who_ask_one_after_the_other(judge):
    with served(Shop("race")) as shop:
        assert ask(shop, judge, CauseClass.SHARED_CACHE).crossed == 0


def test_a_short_answer_after_a_long_one_shows_what_was_left_in_memory(judge):
    long = Recorded("GET", "/orders", "/orders", 5000, is_of_incident=False)
    short = Recorded("GET", "/short", "/short", 30)
    with served(Shop("memory")) as shop:
        faulty = ask(shop, judge, CauseClass.MEMORY_FRAGMENT, ("GET /short",), (short, long))
    with served(Shop()) as shop:
        well = ask(shop, judge, CauseClass.MEMORY_FRAGMENT, ("GET /short",), (short, long))
    assert faulty.crossed > 0
    assert (well.crossed, well.unrecognised) == (0, ())


def test_everybody_asks_for_what_only_one_was_shown_a_link_to(judge):
    # No recorded address leads to an order of the two: theirs are found in their own list.
    order = Recorded("GET", "/orders/{n}", "/orders/77")
    for fault, crossed in (("objects", True), ("", False)):
        with served(Shop(fault)) as shop:
            replay = ask(shop, judge, CauseClass.ENUMERATION, ("GET /orders/{n}",), (order,))
        asked = {(target, cookie) for _, target, cookie in shop.asked}
        assert ("/orders/1001", f"{COOKIE}={BOB.cookie}") in asked
        assert ("/orders/1001", "") in asked
        assert (replay.crossed > 0) is crossed
        assert replay.routes[0].own > 0


def test_a_session_that_is_handed_to_several_is_crossed(judge):
    cart = Recorded("GET", "/cart", "/cart")
    with served(Shop("cookie")) as shop:
        faulty = ask(shop, judge, CauseClass.CACHED_COOKIE, ("GET /cart",), (cart,))
    with served(Shop()) as shop:
        well = ask(shop, judge, CauseClass.CACHED_COOKIE, ("GET /cart",), (cart,))
    assert faulty.routes[0].sessions_crossed > 0
    assert (well.crossed, well.routes[0].sessions_crossed) == (0, 0)


def test_nobody_is_sent_the_cookie_of_another_even_if_the_server_hands_it_over(judge):
    with served(Shop("cookie")) as shop:
        ask(shop, judge, CauseClass.CACHED_COOKIE, ("GET /cart",), (Recorded("GET", "/cart", "/cart"),))
    cookies = {cookie for _, _, cookie in shop.asked}
    # A new value is taken once, by the first who was given it, and by nobody else.
    assert sum("fresh" in cookie for cookie in cookies) <= 1
    assert {f"{COOKIE}={ALICE.cookie}", f"{COOKIE}={BOB.cookie}", ""} <= cookies | {""}
    assert not any(ALICE.cookie in cookie and BOB.cookie in cookie for cookie in cookies)


def test_a_redirect_to_another_host_is_not_followed(judge):
    with (
        served(Shop()) as other,
        served(Shop("redirect", elsewhere=other.base.replace("127.0.0.1", "localhost"))) as shop,
    ):
        replay = ask(shop, judge, CauseClass.SHARED_CACHE)
    assert other.asked == []
    assert len(shop.asked) == replay.requests
    assert replay.routes[0].answered == 0
    assert replay.unrecognised == tuple(person.name for person in PEOPLE)


def test_only_the_named_server_is_asked_whatever_the_recording_says(judge):
    with served(Shop()) as shop, served(Shop()) as recorded_host:
        from spillkit.fix.plan import target_of

        target = target_of(f"{recorded_host.base}/account/summary?page=2")
        ask(shop, judge, CauseClass.SHARED_CACHE, recorded=(Recorded("GET", "/account/summary", target),))
    assert recorded_host.asked == []
    assert {asked for _, asked, _ in shop.asked} == {"/account/summary?page=2"}


def test_several_edges_are_asked_each_with_the_same_people(judge):
    with served(Shop()) as one, served(Shop("cache")) as two:
        replay = ask(one, judge, CauseClass.SHARED_CACHE, bases=[parse_base(one.base), parse_base(two.base, 1)])
    assert len(one.asked) == len(two.asked) > 0
    assert replay.crossed > 0


def test_a_server_that_asks_for_peace_is_left_alone(judge):
    with served(Shop("busy")) as shop:
        replay = ask(shop, judge, CauseClass.SHARED_CACHE)
    assert len(shop.asked) == 3
    assert "refused 3 requests" in replay.stopped
    with served(Shop("closed")) as shop:
        replay = ask(shop, judge, CauseClass.SHARED_CACHE)
    assert len(shop.asked) == 1
    assert "3600 seconds" in replay.stopped


def test_a_server_that_never_answers_ends_the_replay(judge, monkeypatch):
    monkeypatch.setattr("spillkit.fix.calling.ANSWER_SECONDS", 0.2)
    with served(Shop("hangs")) as shop:
        started = time.monotonic()
        replay = ask(shop, judge, CauseClass.SHARED_CACHE)
    assert time.monotonic() - started < 10
    assert "no answer in time" in replay.stopped


def test_a_server_that_is_not_there_ends_the_replay(judge):
    shop = Shop(base="http://127.0.0.1:9")
    replay = ask(shop, judge, CauseClass.SHARED_CACHE)
    assert "no connection" in replay.stopped


@pytest.mark.parametrize("fault", ["huge", "bomb"])
def test_answers_without_end_are_cut(judge, fault, monkeypatch):
    import resource

    monkeypatch.setattr("spillkit.fix.calling.MOST_BYTES", 1 << 20)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with served(Shop(fault)) as shop:
        before = max(before, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        replay = ask(shop, judge, CauseClass.SHARED_CACHE)
    assert replay.answers == replay.requests > 0
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 << 10  # KiB


def test_requests_keep_to_the_rate(judge):
    with served(Shop()) as shop:
        ask(shop, judge, CauseClass.SHARED_CACHE, rate=20.0)
    gaps = [later - earlier for earlier, later in zip(shop.times, shop.times[1:])]
    assert len(shop.times) >= 5
    assert sum(gaps) / len(gaps) >= 0.045


def test_the_name_alone_counts_where_it_is_the_other_test_customers(judge):
    from spillkit.fix.calling import Got

    page = f"<p>Welcome, {ALICE.name}</p>".encode()
    [seen] = judge.look([(1, ACCOUNT, Got(200, (("content-type", "text/html"),), page))])
    assert (seen.fields, seen.own) == (("name",), False)
    index = Index.build([{"id": p.id, "name": p.name, "email": p.email} for p in (ALICE, BOB)])
    strangers = AnswerJudge(index.directory, Rules(), PEOPLE[1:])
    [seen] = strangers.look([(0, ACCOUNT, Got(200, (("content-type", "text/html"),), page))])
    assert (seen.fields, seen.possible_fields) == ((), ("name",))


def test_somebody_signs_in_with_a_form(judge):
    people = tuple(
        Identity(
            person.given[:5],
            person.id,
            login=Login("/login", {"mail": person.id, "password": "not looked at"}, csrf="token"),
        )
        for person in (ALICE, BOB)
    )
    with served(Shop()) as shop:
        replay = ask(shop, judge, CauseClass.SHARED_CACHE, people=people)
    assert (replay.stopped, replay.unrecognised, replay.crossed) == ("", (), 0)
    assert ("GET", "/account/summary", f"{COOKIE}={ALICE.cookie}; lang=en-and-nothing-else") in shop.asked


def test_who_cannot_sign_in_ends_the_replay(judge):
    people = tuple(Identity(p.given[:5], p.id, login=Login("/login", {"mail": "nobody"})) for p in (ALICE, BOB))
    with served(Shop()) as shop:
        replay = ask(shop, judge, CauseClass.SHARED_CACHE, people=people)
    assert "could not sign in at server 1: the login set no cookie" in replay.stopped


def test_the_agent_says_who_it_is(judge):
    with served(Shop()) as shop:
        ask(shop, judge, CauseClass.SHARED_CACHE)
    [agent] = shop.agents
    assert agent.startswith("spillkit/")


def test_no_cookie_and_no_address_is_logged(judge, caplog):
    caplog.set_level(logging.DEBUG)
    with served(Shop("race")) as shop:
        ask(shop, judge, CauseClass.UNKNOWN)
    assert not any(secret in caplog.text for secret in (*ALICE.secrets, *BOB.secrets, "/account/summary", COOKIE))
    assert logging.getLogger("httpcore").level == logging.NOTSET


def test_nothing_of_an_answer_is_written(judge, tmp_path, monkeypatch):
    import tempfile

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with served(Shop("cache")) as shop:
        ask(shop, judge, CauseClass.SHARED_CACHE)
    assert list(Path(tmp_path).rglob("*")) == []


def test_requests_are_broken_off_all_over_the_time_that_an_answer_takes():
    busy = [break_off_after(number, usual_seconds=2.0) for number in range(1, 15, 2)]
    assert len(set(busy)) == 7
    assert min(busy) < 0.5 < 1.5 < max(busy) < 2.0
    assert all(break_off_after(number, 0.0) <= 0.05 for number in range(40))
    assert all(break_off_after(number, 2.0) <= 0.05 for number in range(0, 40, 2))
