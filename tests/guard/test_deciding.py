"""What the guard decides by itself: who signed in, where something stands, what the cause may be."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.guard.answers import Answer
from spillkit.guard.hints import Signs, hint_of, is_from_cache
from spillkit.guard.places import place_of
from spillkit.guard.signin import Names, sessions_sent, signs_out, who_is_named_by_credentials, who_signs_in
from spillkit.plant import plant_people

PEOPLE = plant_people(3)
ALICE, BOB, _ = PEOPLE
NAMES = Names.of(PEOPLE)
COOKIE = (("set-cookie", "sid=0123456789abcdef; HttpOnly"), ("content-type", "text/html"))
FORM = (("content-type", "application/x-www-form-urlencoded"),)
JSON = (("content-type", "application/json"),)
MULTIPART = (("content-type", "multipart/form-data; boundary=x"),)


def login(body, headers=FORM, answered=COOKIE, *, url="/login", status=200, page=b"Welcome"):
    return Answer("POST", url, status, answered, page, headers, body.encode())


IN = {
    "a form with the e-mail address": login(f"email={ALICE.email}&password=x"),
    "in capitals": login(f"email={ALICE.email.upper()}&password=x"),
    "a form with the username": login(f"u={ALICE.username}&pwd=x"),
    "JSON": login(json.dumps({"user": {"login": ALICE.email, "secret": "x"}}), JSON),
    "multipart": login(
        f'--x\r\nContent-Disposition: form-data; name="u"\r\n\r\n{ALICE.email}\r\n'
        '--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nx\r\n--x--\r\n',
        MULTIPART,
    ),
    "a link with a code": login("", (), url=f"/in?email={ALICE.email}&code=123456"),
    "a token in the answer": login(
        f"email={ALICE.email}&password=x", FORM, JSON, page=b'{"data": {"access_token": "0123456789abcdef"}}'
    ),
    "sent on": login(f"email={ALICE.email}&password=x", FORM, (*COOKIE, ("location", "/account")), status=302),
    "sent back to where the form was": login(
        f"u={ALICE.username}&password=x", FORM, (*COOKIE, ("location", "/")), url="/", status=302
    ),
}
NOT_IN = {
    "an error": login(f"email={ALICE.email}&password=x", status=401),
    "the form once more": login(f"email={ALICE.email}&password=x", page=b"<input type=password>"),
    "sent back to the form": login(
        f"email={ALICE.email}&password=x", FORM, (*COOKIE, ("location", "/login/")), status=302
    ),
    "no cookie": login(f"email={ALICE.email}&password=x", answered=()),
    "a cookie taken back": login(
        f"email={ALICE.email}&password=x", answered=(("set-cookie", "sid=0123456789; Max-Age=0"),)
    ),
    "a cookie against forgery": login(
        f"email={ALICE.email}&password=x", answered=(("set-cookie", "csrftoken=0123456789"),)
    ),
    "no secret": login(f"email={ALICE.email}&csrf_token=0123456789"),
    "a search": login("", (), url=f"/search?q={ALICE.email}"),
    "two people": login(f"email={ALICE.email}&to={BOB.email}&password=x"),
    "within a text": login(f"text=mail {ALICE.email}&password=x"),
    "somebody unknown": login("email=nobody@example.org&password=x"),
}


@pytest.mark.parametrize("answer", IN.values(), ids=IN)
def test_a_sign_in_is_seen(answer):
    assert who_signs_in(answer, NAMES) is ALICE


@pytest.mark.parametrize("answer", NOT_IN.values(), ids=NOT_IN)
def test_what_is_no_sign_in_is_not_taken_for_one(answer):
    assert who_signs_in(answer, NAMES) is None


@given(
    st.binary(max_size=300), st.text(max_size=80), st.sampled_from([FORM, JSON, MULTIPART, ()]), st.binary(max_size=300)
)
def test_no_request_makes_the_guard_stumble(body, url, headers, page):
    answer = Answer("POST", url, 200, (*JSON, ("set-cookie", url)), page, headers, body)
    assert who_signs_in(answer, NAMES) is None
    assert who_is_named_by_credentials(answer, NAMES) is None
    list(sessions_sent(answer))
    signs_out(answer)


def test_basic_credentials_name_whoever_asks():
    def asked(text):
        return Answer("GET", "/", 200, request_headers=(("authorization", text),))

    good = base64.b64encode(f"{BOB.username}:x".encode()).decode()
    assert who_is_named_by_credentials(asked(f"Basic {good}"), NAMES) is BOB
    assert who_is_named_by_credentials(asked("Basic !!!"), NAMES) is None
    assert who_is_named_by_credentials(asked(f"Bearer {good}"), NAMES) is None


@pytest.mark.parametrize("path", ["/logout", "/accounts/logout/", "/users/sign_out", "/api/signout?next=/", "/log-off"])
def test_ways_out(path):
    assert signs_out(Answer("POST", path, 302))
    assert not signs_out(Answer("POST", path, 403))


@pytest.mark.parametrize("path", ["/", "/logout/help", "/catalogues", "/blogouts"])
def test_no_ways_out(path):
    assert not signs_out(Answer("GET", path, 200))


@given(
    st.recursive(
        st.none() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
        max_leaves=8,
    ),
    st.booleans(),
)
def test_a_json_path_leads_to_the_value(tree, is_ascii):
    wanted = "somebody@example.org"
    body = json.dumps({"list": [tree, {"mail": wanted}], "rest": tree}, ensure_ascii=is_ascii).encode(
        "utf-8", "replace"
    )
    start = body.index(wanted.encode())
    assert place_of(body, start, start + 5, is_json=True) == f"$.list[1].mail (bytes {start}-{start + 5})"


def test_a_key_that_may_be_data_is_not_shown():
    body = json.dumps({ALICE.email: {"n": 1, "phone": "+33199001234"}}).encode()
    place = place_of(body, body.index(b"+33"), len(body), is_json=True)
    assert place.startswith("$.{key}.phone ")


@given(st.binary(max_size=200), st.integers(0, 200), st.booleans())
def test_every_place_in_any_bytes_can_be_said(body, start, is_json):
    assert f"(bytes {start}-{start + 1})" in place_of(body, start, start + 1, is_json=is_json)


PLAIN = {
    "subjects": 1, "shows_viewer": False, "has_object_id": False, "same_before": None, "has_cache_header": False,
    "issued_others_session": False, "viewer_is_guess": False,
}  # fmt: skip
HINTS = {
    "another's session": ({"issued_others_session": True, "has_cache_header": True}, "session mix-up"),
    "a cache that says so": ({"has_cache_header": True, "subjects": 5}, "a cache answered"),
    "several people": ({"subjects": 3, "same_before": 1}, "a list without its filter"),
    "oneself among others": ({"shows_viewer": True}, "a list without its filter"),
    "the same page again": ({"same_before": 2}, "a cache whose key"),
    "the same object again": ({"same_before": 2, "has_object_id": True}, "a missing owner check"),
    "an object's number": ({"has_object_id": True}, "a missing owner check"),
    "nobody signed in": ({"viewer_is_guess": True}, "asks for no sign-in"),
    "nothing of these": ({}, "state that requests share"),
}


@pytest.mark.parametrize(("signs", "says"), HINTS.values(), ids=HINTS)
def test_the_hint_follows_from_the_signs(signs, says):
    assert says in hint_of(Signs(**{**PLAIN, **signs}))


def test_a_cache_is_told_by_its_headers():
    for name, value in (("age", "12"), ("x-cache", "HIT"), ("cache-status", "edge; hit"), ("cf-cache-status", "HIT")):
        assert is_from_cache(Answer("GET", "/", 200, ((name, value),)))
    for name, value in (("age", "0"), ("x-cache", "MISS"), ("cache-status", "edge; fwd=miss"), ("etag", "hit")):
        assert not is_from_cache(Answer("GET", "/", 200, ((name, value),)))
