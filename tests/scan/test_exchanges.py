"""What is kept of every exchange: how it came about, and nothing of what it said."""

from __future__ import annotations

from dataclasses import replace

import pytest

from spillkit.model import Exchange, Request, SourceId, Viewer, ViewerId, ViewerKind
from spillkit.scan.exchanges import ExchangeRows
from spillkit.scan.session_cookies import SessionCookies
from spillkit.scan.viewer_options import parse_viewer_source
from spillkit.scan.viewer_sessions import pseudonym_maker
from spillkit.schemas import EXCHANGES
from tests.world import ALICE, BOB, NOON

KEY, OTHER_KEY = bytes(range(16)), bytes(16)
AGENT = "Mozilla/5.0 (rare device)"
PSEUDONYM = pseudonym_maker(KEY)
ALICES = Viewer(ViewerId(ALICE.id), ViewerKind.SUBJECT, "cookie:sessionid", PSEUDONYM(ALICE.cookie))
ANSWER = Exchange(
    source=SourceId("ab" * 8),
    entry=3,
    shown_at=NOON,
    method="GET",
    url="https://shop.example/orders/10423?tab=1",
    status=200,
    response_headers=(("cache-status", "edge; hit"), ("age", "17"), ("x-served-by", "w1"), ("x-edge", "FRA")),
    body=b"<p>hello",
    body_bytes=8,
    request=Request(
        headers=(("host", "shop.example"), ("cookie", f"theme=dark; sessionid={ALICE.cookie}")),
        client_ip="203.0.113.9",
        user_agent=AGENT,
    ),
    connection="c7",
    issued=(("theme", "dark"), ("sessionid", BOB.cookie)),
    took_ms=12.5,
)


def owner(place: int, value: str, session: str, shown_at: object) -> str:
    return {PSEUDONYM(ALICE.cookie): ALICE.id, PSEUDONYM(BOB.cookie): BOB.id}.get(session, "")


def cookies(*sources: str) -> SessionCookies:
    return SessionCookies([parse_viewer_source(text) for text in sources], PSEUDONYM, owner)


NAMED = cookies("cookie:sessionid,sessions.csv")


def row(
    exchange: Exchange = ANSWER, viewer: Viewer = ALICES, known: SessionCookies | None = NAMED, key: bytes = KEY
) -> dict:
    table = ExchangeRows(key, known, lambda text: text == "jane.doe").table(
        [exchange], [viewer], ["/orders/{n}"], ["GET"]
    )
    assert table.schema == EXCHANGES
    return table.to_pylist()[0]


def test_a_row_tells_how_the_answer_came_about():
    found = row()
    assert (found["cache"], found["age_seconds"], found["took_ms"], found["edge"]) == ("hit", 17, 12.5, "FRA")
    assert (found["viewer"], found["status"], found["body_bytes"], found["route"]) == (ALICE.id, 200, 8, "/orders/{n}")
    assert all(len(found[name]) == 16 for name in ("session", "issued", "client", "device", "worker", "connection"))
    assert found["url"] > 0
    assert found["body"] > 0


def test_nothing_from_outside_stands_in_a_row():
    text = repr(row())
    for secret in (ALICE.cookie, BOB.cookie, "203.0.113.9", AGENT, "10423", "tab=1", "shop.example", "w1'", "c7"):
        assert secret not in text


def test_a_session_has_one_pseudonym_in_the_answer_that_sets_it_and_in_the_requests_that_carry_it():
    found = row()
    assert found["session"] == PSEUDONYM(ALICE.cookie)
    assert (found["issued"], found["issued_to"]) == (PSEUDONYM(BOB.cookie), BOB.id)
    later = row(replace(ANSWER, issued=(), request=Request(headers=(("cookie", f"sessionid={BOB.cookie}"),))))
    assert later["issued"] == later["issued_to"] == ""
    unknown = Viewer(ViewerId("unknown"), ViewerKind.UNKNOWN, "none")
    carried = replace(ANSWER, request=Request(headers=(("cookie", f"sessionid={BOB.cookie}"),)))
    assert row(carried, unknown)["session"] == found["issued"]


def test_without_a_named_cookie_the_one_named_like_a_session_is_taken():
    by_header = Viewer(ViewerId(ALICE.id), ViewerKind.SUBJECT, "header:x-user")
    found = row(viewer=by_header, known=cookies("header:x-user"))
    assert (found["session"], found["issued"], found["issued_to"]) == (
        PSEUDONYM(ALICE.cookie),
        PSEUDONYM(BOB.cookie),
        "",
    )


SESSION_NAMES = [
    "PHPSESSID",
    "JSESSIONID",
    "ASP.NET_SessionId",
    "connect.sid",
    "sid",
    "sessionid",
    "laravel_session",
    "_gitlab_session",
    "shop_session",
    "__Host-session",
    "session-id",
    "remember_user_token",
    "ci_session",
]
OTHER_NAMES = ["theme", "XSRF-TOKEN", "csrftoken", "_ga", "consent", "outside", "assessment", "possession_x"]


@pytest.mark.parametrize("name", SESSION_NAMES)
def test_a_session_is_known_by_its_name(name):
    assert row(replace(ANSWER, issued=((name, "x"),)), known=cookies())["issued"] == PSEUDONYM("x")


@pytest.mark.parametrize("name", OTHER_NAMES)
def test_another_cookie_is_no_session(name):
    assert row(replace(ANSWER, issued=((name, "x"),)), known=cookies())["issued"] == ""


def test_the_later_of_two_cookies_of_one_name_stays_with_the_browser():
    found = row(replace(ANSWER, issued=(("sessionid", "old"), ("sessionid", BOB.cookie))))
    assert found["issued"] == PSEUDONYM(BOB.cookie)


def test_equal_values_have_equal_pseudonyms_under_one_key_only():
    again = row(replace(ANSWER, entry=4))
    for name in ("client", "device", "worker", "connection", "url", "body", "object"):
        assert row()[name] == again[name]
        assert row()[name] != row(key=OTHER_KEY)[name]


def test_one_value_in_two_columns_has_two_pseudonyms():
    both = row(replace(ANSWER, worker="203.0.113.9", connection="203.0.113.9"))
    assert len({both["client"], both["worker"], both["connection"]}) == 3


def test_steps_between_objects_hold_and_their_numbers_are_hidden():
    first, second = row(), row(replace(ANSWER, url="https://shop.example/orders/10425"))
    assert second["object"] - first["object"] == 2
    assert first["object"] != 10423
    assert row(replace(ANSWER, url="/api/v2/orders/ORD-000123/edit"))["object"] - first["object"] == 123 - 10423
    assert row(replace(ANSWER, url="/orders/" + "9" * 15))["object"] < 2**63
    assert row(replace(ANSWER, url="/orders/" + "9" * 16))["object"] is None
    assert row(replace(ANSWER, url="/api/v2/orders"))["object"] is None


def test_an_address_is_the_same_however_the_recorder_writes_it():
    with_host = replace(ANSWER, url="/orders/10423?tab=1")
    assert row(with_host)["url"] == row()["url"]
    assert row(replace(ANSWER, url="https://shop.example/orders/10423?tab=1#top"))["url"] == row()["url"]
    assert row(replace(ANSWER, url="https://shop.example/orders/10423?tab=2"))["url"] != row()["url"]
    assert row(replace(ANSWER, url=""))["url"] is None


@pytest.mark.parametrize("body", [None, b""])
def test_without_a_body_there_is_none_to_compare(body):
    assert row(replace(ANSWER, body=body))["body"] is None


@pytest.mark.parametrize("edge", ["jane.doe", "203.0.113.9", "x" * 17, "a b", "é", "a@b.example"])
def test_an_edge_that_is_no_plain_label_or_names_somebody_becomes_a_pseudonym(edge):
    found = row(replace(ANSWER, edge=edge))["edge"]
    assert len(found) == 16
    assert found != edge


def test_what_the_recorder_says_goes_before_what_a_header_says():
    assert row(replace(ANSWER, edge="DUB"))["edge"] == "DUB"


def test_hostile_texts_make_rows_like_all_others():
    hostile = replace(
        ANSWER,
        url="https://x\udcff/" + "9" * 5000,
        request=Request(headers=(("cookie", "sessionid=\udcff; ;;="),), client_ip="\udc80", user_agent="\ud800" * 9000),
        issued=(("sessionid", "\udcff" * 500),),
        worker="\udcff",
    )
    assert len(row(hostile)["client"]) == 16
