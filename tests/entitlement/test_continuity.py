"""A session that was handed to somebody else is judged by who held it, and nobody is accused by a mistake."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.entitlement.continuity import HANDED_OVER, HANDED_OVER_GUESS, find_corrections, is_login
from tests.entitlement.histories import PlainContinuity, Step, exchanges, numbered

ALICE, BOB, EVE = "c_alice", "c_bob", "c_eve"
TABLE = {"sA": ALICE, "sA2": ALICE, "sB": BOB, "sB2": BOB, "sE": EVE}
LAPTOP, PHONE, OFFICE = ("home-a", "laptop-a"), ("mobile-a", "phone-a"), ("office", "standard")
BOBS, EVES = ("home-b", "laptop-b"), ("home-e", "laptop-e")


def page(place: tuple[str, str], session: str = "", **more: str) -> Step:
    return Step(*place, session, **more)


def login(place: tuple[str, str], issued: str, session: str = "") -> Step:
    return Step(*place, session, issued, "POST", "/login")


def corrected(*steps: Step, apart: timedelta = timedelta(minutes=1)) -> list[tuple[int, str, str, str]]:
    """(entry, viewer by the table, who it was, how that is known)."""
    return [(row[1], row[2], row[3], row[5]) for row in fast(numbered(list(steps), TABLE, apart))]


def fast(steps: list[Step]) -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        connection.register("exchanges", exchanges(steps))
        find_corrections(connection)
        return connection.sql("FROM found_corrections ORDER BY source, entry, viewer_was").fetchall()


def test_what_is_sent_to_alices_session_in_bobs_browser_was_seen_by_bob():
    found = corrected(
        login(LAPTOP, "sA"),
        page(LAPTOP, "sA"),
        login(BOBS, "sB"),
        page(BOBS, "sB", issued="sA"),  # the answer that carries Alice's cookie is still Bob's by the session he sent
        page(BOBS, "sA"),
        page(LAPTOP, "sA"),
        page(BOBS, "sA", route="/orders"),
    )
    assert found == [(4, ALICE, BOB, HANDED_OVER), (6, ALICE, BOB, HANDED_OVER)]


def test_when_bob_signs_in_again_his_new_session_is_his():
    found = corrected(
        page(LAPTOP, "sA"), page(BOBS, "sB"), page(BOBS, "sB", issued="sA"), page(BOBS, "sA"), login(BOBS, "sB2", "sA"),
        page(BOBS, "sB2"),
    )  # fmt: skip
    # The answer to his login was still a request with Alice's session.
    assert found == [(3, ALICE, BOB, HANDED_OVER), (4, ALICE, BOB, HANDED_OVER)]


def test_a_cookie_from_a_cache_that_goes_on_and_on_stays_with_the_person_at_the_keyboard():
    found = corrected(
        page(LAPTOP, "sA"), page(EVES, "sE"), page(BOBS, "sB"), page(BOBS, "sB", issued="sA"), page(BOBS, "sA"),
        page(BOBS, "sA", issued="sE"), page(BOBS, "sE"),
    )  # fmt: skip
    assert found == [(4, ALICE, BOB, HANDED_OVER), (5, ALICE, BOB, HANDED_OVER), (6, EVE, BOB, HANDED_OVER)]


def test_a_holder_whom_nobody_knows_is_named_by_the_pseudonym_of_his_address():
    found = corrected(page(LAPTOP, "sA"), page(BOBS, issued="sA"), page(BOBS, "sA"))
    assert found == [(2, ALICE, "unknown:home-b", HANDED_OVER_GUESS)]


def test_a_holder_with_a_session_that_is_in_no_table_keeps_its_name():
    found = corrected(page(LAPTOP, "sA"), page(BOBS, "sX"), page(BOBS, "sX", issued="sA"), page(BOBS, "sA"))
    assert found == [(3, ALICE, "unknown:sX", HANDED_OVER_GUESS)]


def test_without_set_cookie_a_session_that_jumps_into_bobs_browser_is_seen_by_bob_most_likely():
    found = corrected(page(LAPTOP, "sA"), page(BOBS, "sB"), page(BOBS, "sA"), page(LAPTOP, "sA"), page(BOBS, "sA"))
    assert found == [(2, ALICE, BOB, HANDED_OVER_GUESS), (4, ALICE, BOB, HANDED_OVER_GUESS)]


def test_a_login_that_was_given_the_cookie_of_somebody_active_that_second_is_no_login_of_alice():
    found = corrected(
        page(BOBS, "sB"), page(LAPTOP, "sA"), login(BOBS, "sA", "sB"), page(BOBS, "sA"), apart=timedelta(seconds=2)
    )
    assert found == [(3, ALICE, BOB, HANDED_OVER)]


# Nothing here is anybody's fault, and nobody may be said to have seen what he did not.
INNOCENT = {
    "Alice signs in on a second device": [login(LAPTOP, "sA"), page(LAPTOP, "sA"), login(PHONE, "sA2"), page(PHONE, "sA2")],
    "an application that gives the same session on a second device": [
        login(LAPTOP, "sA"), page(LAPTOP, "sA"), login(PHONE, "sA"), page(PHONE, "sA"), page(LAPTOP, "sA"),
    ],
    "a phone that changes its address": [
        page(("net-1", "phone-a"), "sA"), page(("net-2", "phone-a"), "sA"), page(("net-3", "phone-a"), "sA"),
    ],
    "a phone that comes to an address where Bob was": [
        page(("net-1", "phone-a"), "sA"), page(("home-b", "laptop-b"), "sB"), page(("home-b", "phone-a"), "sA"),
    ],
    "a browser that was updated": [page(LAPTOP, "sA"), page(("home-a", "laptop-a-next"), "sA")],
    "many people behind one address, all with one browser": [
        page(OFFICE, "sA"), page(OFFICE, "sB"), page(OFFICE, "sE"), page(OFFICE, "sA"), page(OFFICE, "sB"),
    ],
    "a session that comes into an office where two work": [
        page(LAPTOP, "sA"), page(OFFICE, "sB"), page(OFFICE, "sE"), page(OFFICE, "sA"), page(OFFICE, "sB"),
    ],
    "two people one after another on one device": [
        login(LAPTOP, "sA"), page(LAPTOP, "sA"), login(LAPTOP, "sB"), page(LAPTOP, "sB"), login(LAPTOP, "sA2"), page(LAPTOP, "sA2"),
    ],
    "one who signs in without the other having signed out": [
        page(BOBS, "sB"), login(BOBS, "sA", "sB"), page(BOBS, "sA"), page(BOBS, "sA"),
    ],
    "a household whose members move with their devices": [
        page(LAPTOP, "sA"), page(("home-a", "laptop-b"), "sB"), page(("cafe", "laptop-b"), "sB"), page(("cafe", "laptop-a"), "sA"),
    ],
    "Alice signs in at Bob's, seen only by the address of the form": [
        page(LAPTOP, "sA"), page(BOBS, "sB"), Step(*BOBS, "", "", "POST", "/login"), page(BOBS, "sA"), page(LAPTOP, "sA"),
    ],
    "single sign-on, seen by its way back": [
        page(LAPTOP, "sA"), page(BOBS, "sB"), Step(*BOBS, "", "", "GET", "/oauth/callback"), page(BOBS, "sA"),
    ],
    "a table of sessions that is wrong, of a session that stays where it is": [
        page(BOBS, "sB"), page(BOBS, "sB", issued="sA"), page(BOBS, "sA"), page(BOBS, "sA"),
    ],
    "a session that is renewed": [page(LAPTOP, "sA"), page(LAPTOP, "sA", issued="sA2"), page(LAPTOP, "sA2")],
    "a session that is renewed while its owner moves": [
        page(LAPTOP, "sA"), page(("cafe", "laptop-a"), "sA", issued="sA2"), page(("cafe", "laptop-a"), "sA2"),
    ],
}  # fmt: skip


@pytest.mark.parametrize("steps", INNOCENT.values(), ids=INNOCENT)
def test_nobody_is_accused(steps):
    assert corrected(*steps) == []


def test_without_times_addresses_or_user_agents_nothing_is_corrected():
    steps = numbered([page(LAPTOP, "sA"), page(BOBS, "sB"), page(BOBS, "sB", issued="sA"), page(BOBS, "sA")], TABLE)
    assert len(fast(steps)) == 1
    assert fast([replace(step, at=None) for step in steps]) == []
    assert fast([replace(step, client="") for step in steps]) == []
    assert fast([replace(step, device="") for step in steps]) == []


@pytest.mark.parametrize(
    ("method", "route", "expected"),
    [
        ("POST", "/login", True),
        ("POST", "/api/v1/sessions", True),
        ("POST", "/users/sign_in", True),
        ("POST", "/auth", True),
        ("GET", "/login", False),
        ("GET", "/auth/callback", True),
        ("POST", "/orders", False),
        ("POST", "/catalogue-login-hints", True),  # rather one login too many: it only keeps the owner in place
        ("GET", "/account/sessions", False),
        ("POST", "/authors", False),
    ],
)
def test_a_login_is_told_by_its_route(method, route, expected):
    assert is_login(method, route) is expected


clients, devices = st.sampled_from(["n1", "n2", "n3"]), st.sampled_from(["d1", "d2", "d3"])
sessions = st.sampled_from(["", "sA", "sA2", "sB", "sE", "sX"])
steps = st.builds(
    Step, clients, devices, sessions, st.one_of(st.just(""), sessions),
    st.sampled_from(["GET", "GET", "POST"]), st.sampled_from(["/cart", "/cart", "/login"]),
)  # fmt: skip


@settings(max_examples=250, deadline=None)
@given(st.lists(steps, min_size=2, max_size=14), st.sampled_from([2, 60, 1200]))
def test_the_fast_look_corrects_what_the_plain_look_corrects(history, seconds):
    numbered_steps = numbered(history, TABLE, timedelta(seconds=seconds))
    assert set(fast(numbered_steps)) == PlainContinuity(numbered_steps).corrections()


@settings(max_examples=100, deadline=None)
@given(st.lists(steps, min_size=2, max_size=10))
def test_where_every_session_stays_in_its_browser_nothing_is_corrected(history):
    homes = {"sA": ("n1", "d1"), "sA2": ("n2", "d1"), "sB": ("n2", "d2"), "sE": ("n1", "d3"), "sX": ("n3", "d2")}
    at_home = [
        replace(step, client=homes[step.session][0], device=homes[step.session][1], issued=step.session)
        for step in history
        if step.session
    ]
    assert fast(numbered(at_home, TABLE)) == []
