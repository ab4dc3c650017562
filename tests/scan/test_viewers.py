"""Who received an answer: sessions, tokens, headers, files, mail, and what the rules say of requests."""

from __future__ import annotations

import base64
import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from spillkit.directory import Directory, Index
from spillkit.entitlement import parse_rules
from spillkit.errors import InputError
from spillkit.model import Channel, Exchange, Request, SourceId
from spillkit.scan.viewer_options import parse_file_viewers, parse_viewer_source
from spillkit.scan.viewer_tables import read_rows
from spillkit.scan.viewers import NOT_IN_DIRECTORY, ViewerFinder
from tests.world import ALICE, BOB, NOON

KEY = bytes(range(16))
HOUR = timedelta(hours=1)
TWIN = {"id": "c_twin", "name": "Toni Quistorp", "email": "family@example.org"}

RULES = """
version = 1
[[viewers]]
kind = "staff"
ids = ["carol"]
prefix = "agent-"
mail_domains = ["shop.example"]
[[viewers]]
kind = "staff"
name = "office"
networks = ["10.0.0.0/8", "2001:db8::/32"]
[[viewers]]
kind = "partner"
name = "prices"
user_agents = ["PriceRobot/"]
[[viewers]]
kind = "subject"
prefix = "gone_"
[[viewers]]
kind = "anonymous"
no_cookie = ["sessionid"]
"""
SESSIONS = f"""cookie,customer_id,valid_from,valid_to
{ALICE.cookie},{ALICE.id},2026-11-02T11:00:00Z,2026-11-02T13:00:00Z
{ALICE.cookie},{BOB.id},2026-11-02T13:00:00Z,
{BOB.cookie},{BOB.id},,
sess-carol,carol,,
sess-mail,{ALICE.email},,
sess-family,{TWIN["email"]},,
sess-strange,c_9999,,
"""


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    people = [
        {"id": person.id, "name": person.name, "email": person.email, "phone": person.phone} for person in (ALICE, BOB)
    ]
    return Index.build([*people, TWIN, {**TWIN, "id": "c_twin2"}], key=KEY, place=tmp_path_factory.mktemp("index"))


@pytest.fixture(scope="module")
def make_finder(index, tmp_path_factory):
    folder: Path = tmp_path_factory.mktemp("sessions")
    (folder / "sessions.csv").write_text(SESSIONS)
    directory: Directory = index.directory

    def make(*sources: str, rules: str = RULES, **options: object) -> ViewerFinder:
        return ViewerFinder(
            [parse_viewer_source(text) for text in sources],
            key=KEY,
            rules=parse_rules(rules).viewers,
            directory=directory,
            find=directory.scanner().find,
            folder=folder,
            **options,
        )

    return make


def exchange(at: datetime | None = NOON, channel: Channel = Channel.HTTP, **request: object) -> Exchange:
    headers = tuple((str(name), str(value)) for name, value in request.pop("headers", ()))
    return Exchange(
        SourceId("ab" * 8), 0, at, "GET", "/account", channel=channel, request=Request(headers=headers, **request)
    )


def cookie(value: str, at: datetime | None = NOON, **request: object) -> Exchange:
    return exchange(
        at, headers=[("host", "shop.example"), ("cookie", f"theme=dark; sessionid={value}; x=1")], **request
    )


def token(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2ln"


SID = "cookie:sessionid,sessions.csv"
CASES = {
    "Alice's session": ([SID], cookie(ALICE.cookie), ALICE.id, "subject"),
    "a session in quotes": ([SID], cookie(f'"{ALICE.cookie}"'), ALICE.id, "subject"),
    "Alice's session in the moment it begins": ([SID], cookie(ALICE.cookie, NOON - HOUR), ALICE.id, "subject"),
    "Alice's session before it began": ([SID], cookie(ALICE.cookie, NOON - HOUR - HOUR), "unknown:…", "unknown"),
    "the same session later, given to Bob": ([SID], cookie(ALICE.cookie, NOON + HOUR), BOB.id, "subject"),
    "a session with times, an answer without": ([SID], cookie(ALICE.cookie, None), "unknown:…", "unknown"),
    "a session without times, an answer without": ([SID], cookie(BOB.cookie, None), BOB.id, "subject"),
    "a session that is not in the table": ([SID], cookie("sess-other"), "unknown:…", "unknown"),
    "a cookie of another name": (
        [SID], exchange(headers=[("cookie", f"xsessionid={ALICE.cookie}; sessionid=nobody")]), "unknown:…", "unknown",
    ),
    "a session of somebody neither customer nor staff": ([SID], cookie("sess-strange"), "unknown:…", "unknown"),
    "Carol's session": ([SID], cookie("sess-carol"), "staff:carol", "staff"),
    "a session whose owner is given by e-mail address": ([SID], cookie("sess-mail"), ALICE.id, "subject"),
    "a session whose owner's address two customers share": ([SID], cookie("sess-family"), "unknown:…", "unknown"),
    "no session cookie": ([SID], exchange(headers=[("cookie", "theme=dark")]), "anonymous", "anonymous"),
    "no session cookie, but authorized": ([SID], exchange(headers=[("authorization", "Basic x")]), "unknown", "unknown"),
    "no rule says who is signed out": ([SID, "NO RULES"], exchange(), "unknown", "unknown"),
    "a crawler": (
        [SID], exchange(user_agent="Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
        "crawler:Googlebot", "crawler",
    ),
    "a crawler's name with Bob's session": ([SID], cookie(BOB.cookie, user_agent="Googlebot"), BOB.id, "subject"),
    "a partner by user agent": ([SID], exchange(user_agent="PriceRobot/3"), "partner:prices", "partner"),
    "the office network": ([SID], exchange(client_ip="10.1.2.3"), "staff:office", "staff"),
    "the office network in IPv6": ([SID], exchange(client_ip="2001:db8::7"), "staff:office", "staff"),
    "the office network mapped into IPv6": ([SID], exchange(client_ip="::ffff:10.1.2.3"), "staff:office", "staff"),
    "Bob's session from the office network": ([SID], cookie(BOB.cookie, client_ip="10.1.2.3"), BOB.id, "subject"),
    "no address at all": ([SID], exchange(client_ip="unix:"), "anonymous", "anonymous"),
    "a header names the customer": (["header:X-User"], exchange(headers=[("x-user", BOB.id)]), BOB.id, "subject"),
    "a header names staff by prefix": (
        ["header:X-User"], exchange(headers=[("x-user", "agent-7")]), "staff:agent-7", "staff",
    ),
    "a header names a customer who has left": (
        ["header:X-User"], exchange(headers=[("x-user", "gone_5")]), "gone_5", "subject",
    ),
    "a header names nobody known": (["header:X-User"], exchange(headers=[("x-user", "zzz")]), "unknown:…", "unknown"),
    "a header names a customer by phone": (
        ["header:X-User"], exchange(headers=[("x-user", ALICE.phone)]), ALICE.id, "subject",
    ),
    "a token's subject": (
        ["jwt:sub"], exchange(headers=[("authorization", f"Bearer {token({'sub': BOB.id})}")]), BOB.id, "subject",
    ),
    "a token's nested claim in a cookie": (
        ["jwt:user.id@cookie:tok"], exchange(headers=[("cookie", f"tok={token({'user': {'id': BOB.id}})}")]), BOB.id, "subject",
    ),
    "no token but text": (["jwt:sub"], exchange(headers=[("authorization", "Bearer a.b.c")]), "unknown", "unknown"),
    "the second way answers where the first does not": (
        [SID, "header:X-User"], exchange(headers=[("x-user", BOB.id)]), BOB.id, "subject",
    ),
    "the recorder's own column": (["column:viewer"], exchange(viewer_hint=ALICE.id), ALICE.id, "subject"),
    "the recorder's own column, where nothing was asked for": ([], exchange(viewer_hint=ALICE.id), ALICE.id, "subject"),
    "the recorder's own column says signed out": ([], exchange(viewer_hint="anonymous"), "anonymous", "anonymous"),
    "the recorder's own column names staff": ([], exchange(viewer_hint="staff:dora"), "staff:dora", "staff"),
    "the column is not asked where a cookie is": ([SID], cookie("sess-other", viewer_hint=ALICE.id), "unknown:…", "unknown"),
    "a mail to Alice": ([], exchange(channel=Channel.MAIL, addressee=ALICE.email.upper()), ALICE.id, "subject"),
    "a mail to an address two share": ([], exchange(channel=Channel.MAIL, addressee=TWIN["email"]), "unknown:…", "unknown"),
    "a mail to nobody we know": ([], exchange(channel=Channel.MAIL, addressee="x@elsewhere.example"), "unknown:…", "unknown"),
    "a mail to staff": ([], exchange(channel=Channel.MAIL, addressee="Desk@Shop.example"), "staff:…", "staff"),
}  # fmt: skip


@pytest.mark.parametrize(("sources", "received", "viewer", "kind"), CASES.values(), ids=CASES)
def test_the_viewer_is_found(sources, received, viewer, kind, make_finder):
    bare = "NO RULES" in sources
    finder = make_finder(*(text for text in sources if text != "NO RULES"), rules="version = 1" if bare else RULES)
    found = finder.find(received)
    assert found.kind == kind
    if viewer.endswith("…"):
        assert found.id.startswith(viewer[:-1])
        assert len(found.id) == len(viewer) - 1 + 16
    else:
        assert found.id == viewer


@pytest.mark.parametrize(("sources", "received", "viewer", "kind"), CASES.values(), ids=CASES)
def test_nothing_of_the_request_stays_in_the_viewer(sources, received, viewer, kind, make_finder):
    finder = make_finder(*(text for text in sources if text != "NO RULES"))
    told = repr(finder.find(received)) + repr(finder.__dict__["_sources"])
    secrets = [*ALICE.secrets, *BOB.secrets, TWIN["email"], "sess-", "elsewhere", "zzz", "10.1.2.3"]
    assert not any(secret in told for secret in secrets)


def test_one_session_has_one_pseudonym_and_two_have_two(make_finder):
    finder = make_finder(SID)
    first, again = finder.find(cookie("sess-other")), finder.find(cookie("sess-other", NOON + HOUR))
    assert first.session == again.session
    assert len({first.session, finder.find(cookie("sess-another")).session, ""}) == 3


def test_viewers_who_stay_unknown_are_counted_by_reason(make_finder):
    finder = make_finder(SID)
    finder.find(cookie("sess-strange"))
    finder.find(cookie("sess-strange"))
    assert finder.missed[NOT_IN_DIRECTORY] == 2


def test_a_recording_of_one_viewer(make_finder):
    finder = make_finder(SID, by_file=parse_file_viewers([f"alice.har={ALICE.id}"]))
    assert finder.for_recording(Path("there/alice.har"))(cookie(BOB.cookie)).id == ALICE.id
    assert finder.for_recording(Path("bob.har"))(cookie(BOB.cookie)).id == BOB.id
    assert finder.unused_files([Path("bob.har")]) == ["alice.har"]


REFUSED_OPTIONS = {
    "no such way": ("kookie:sid,x.csv", "cookie:NAME,FILE"),
    "a cookie without its table": ("cookie:sid", "name the table"),
    "a cookie without its name": ("cookie:,x.csv", "does not name the cookie"),
    "a column of another name": ("column:user", "recorder's own column"),
    "a token in no place": ("jwt:sub@body:x", "followed by cookie:NAME or header:NAME"),
    "a database without a query": ("cookie:sid,db=x.sqlite", "the database, a comma and the query"),
}


@pytest.mark.parametrize(("text", "advice"), REFUSED_OPTIONS.values(), ids=REFUSED_OPTIONS)
def test_an_option_that_cannot_be_understood_says_how_to_write_it(text, advice):
    with pytest.raises(InputError, match=advice):
        parse_viewer_source(text)


REFUSED_TABLES = {
    "none of its viewers is known": ("cookie,viewer\na,zz1\nb,zz2\n", "none of its 2 viewers"),
    "an empty viewer": (f"cookie,viewer\na,{ALICE.id}\nb,\n", "line 3: viewer is empty"),
    "one session, two owners": (
        f"cookie,viewer\nsame,{ALICE.id}\nsame,{BOB.id}\n", "line 3: this session belongs to somebody else",
    ),
    "a time without a zone": (f"cookie,viewer,from\na,{ALICE.id},2026-11-02 10:00\n", "line 2: from has no time zone"),
    "a time that is none": (f"cookie,viewer,to\na,{ALICE.id},soon\n", "line 2: to is neither a date"),
    "a line cut short": (f"cookie,viewer\na,{ALICE.id}\nb\n", "line 3: 1 values for 2 columns"),
    "nothing in it": ("cookie,viewer\n", "holds no session"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "advice"), REFUSED_TABLES.values(), ids=REFUSED_TABLES)
def test_a_table_that_cannot_be_used_names_the_line_and_no_value(text, advice, make_finder, tmp_path):
    (tmp_path / "s.csv").write_text(text)
    with pytest.raises(InputError, match=advice) as caught:
        make_finder(f"cookie:sid,{tmp_path / 's.csv'}")
    assert not any(
        value in str(caught.value).replace(str(tmp_path), "") for value in ("zz1", "same,", "soon", ALICE.id)
    )


FORMATS = {
    "tabs": ("s.tsv", f"cookie\tviewer\nk\t{BOB.id}\n".encode()),
    "semicolons": ("s.csv", f"cookie;viewer\nk;{BOB.id}\n".encode()),
    "JSON lines": ("s.jsonl", json.dumps({"cookie": "k", "viewer": BOB.id}).encode()),
    "a byte order mark": ("s.csv", f"\ufeffcookie,viewer\nk,{BOB.id}\n".encode()),
    "columns of other names, named": ("s.csv:value=c1:viewer=c3", f"c1,c2,c3\nk,9,{BOB.id}\n".encode()),
    "columns of other names, the first two": ("s.csv", f"c1,c2,c3\nk,{BOB.id},7\n".encode()),
}


@pytest.mark.parametrize(("name", "content"), FORMATS.values(), ids=FORMATS)
def test_tables_are_read_in_many_forms(name, content, make_finder, tmp_path):
    (tmp_path / name.partition(":")[0]).write_bytes(content)
    assert make_finder(f"cookie:sessionid,{tmp_path}/{name}").find(cookie("k")).id == BOB.id


def test_a_table_is_read_from_a_database(make_finder, tmp_path):
    import sqlite3

    with sqlite3.connect(tmp_path / "s.sqlite") as database:
        database.execute("CREATE TABLE login (sid TEXT, customer TEXT)")
        database.execute("INSERT INTO login VALUES ('k', ?)", [BOB.id])
    database.close()
    finder = make_finder(f"cookie:sessionid,db={tmp_path}/s.sqlite,SELECT sid, customer FROM login")
    assert finder.find(cookie("k")).id == BOB.id


def test_reading_a_table_of_sessions_changes_nothing_for_the_readers_of_other_files(tmp_path):
    before = csv.field_size_limit()
    table = tmp_path / "sessions.csv"
    table.write_text("value,viewer\ns1,c_1\n", encoding="utf-8")
    assert [row.values["viewer"] for row in read_rows(table)] == ["c_1"]
    assert csv.field_size_limit() == before
