"""Every mistake in a rules file is named with its line and with what to write instead."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spillkit.entitlement import Rules, parse_rules, read_rules
from spillkit.errors import RulesError
from spillkit.model import Field, ViewerKind

MISTAKES = {
    "no version": ("", 'line 1: version must be the number 1'),
    "another version": ("# rules\nversion = 2\n", "line 2: version must be"),
    "not TOML": ("version = 1\n[[public\n", "is not TOML.*line 2"),
    "a key nobody knows": ('version = 1\n[[public]]\nrouet = "GET /x"\n', "line 3: there is no key 'rouet'.*Do you mean route?"),
    "a table nobody knows": ("version = 1\n\n[[relation]]\nx = 1\n", "line 3: there is no key 'relation'.*relations"),
    "one bracket too few": ('version = 1\n[public]\nroute = "GET /x"\n', r"line 2: public must be written with two brackets"),
    "a field nobody knows": (
        'version = 1\n[[public]]\nroute = "GET /x"\nreason = "x"\nfields = ["mail"]\n', "line 5: fields no field is called",
    ),
    "no reason": ('version = 1\n[[public]]\nroute = "GET /x"\nfields = ["name"]\n', "line 2: reason is missing"),
    "no fields": ('version = 1\n[[public]]\nroute = "GET /x"\nreason = "x"\n', "line 2: fields is missing"),
    "no route": ('version = 1\n[[public]]\nreason = "x"\nfields = ["name"]\n', "line 2: route is missing"),
    "a route without its method": (
        'version = 1\n[[public]]\nroute = "/x"\nreason = "x"\nfields = ["name"]\n', 'line 3: route is no route.*GET /issue',
    ),
    "a route with a query": (
        'version = 1\n[[public]]\nroute = "GET /x?a=*"\nreason = "x"\nfields = ["name"]\n', "line 3: route has a query",
    ),
    "a route with a class of letters": (
        'version = 1\n[[public]]\nroute = "GET /[ab]"\nreason = "x"\nfields = ["name"]\n', "line 3: route is no route",
    ),
    "the second of two rules": (
        'version = 1\n[[public]]\nroute = "GET /x"\nreason = """\nmany\nroute = "lines"\n"""\nfields = [\n  "name",\n]\n'
        '[[public]]\nroute = "x"\nreason = "x"\nfields = ["name"]\n', "line 12: route is no route",
    ),
    "one id twice": (
        'version = 1\n[[public]]\nid = "a"\nroute = "GET /x"\nreason = "x"\nfields = ["name"]\n'
        '[[public]]\nid = "a"\nroute = "GET /y"\nreason = "x"\nfields = ["name"]\n', "line 8: id is the id of the rule on line 3",
    ),
    "an id that Spillkit uses": (
        'version = 1\n[[public]]\nid = "self"\nroute = "GET /x"\nreason = "x"\nfields = ["name"]\n', "line 3: id is a word",
    ),
    "two rules that allow the same": (
        'version = 1\n[[public]]\nid = "a"\nroute = "GET /x"\nreason = "x"\nfields = ["name"]\n'
        '[[public]]\nid = "b"\nroute = "GET /x"\nreason = "x"\nfields = ["name"]\n', "line 9: route rules a and b both allow name",
    ),
    "one viewer of two kinds": (
        'version = 1\n[[viewers]]\nkind = "staff"\nids = ["x"]\n[[viewers]]\nkind = "partner"\nids = ["x"]\n',
        "line 7: ids holds an id that line 4 gives to staff",
    ),
    "a kind nobody knows": ('version = 1\n[[viewers]]\nkind = "boss"\nids = ["x"]\n', "line 3: kind is none of the known words"),
    "a kind without a condition": ('version = 1\n[[viewers]]\nkind = "staff"\n', "line 3: kind needs a condition"),
    "no network": ('version = 1\n[[viewers]]\nkind = "staff"\nnetworks = ["10.0.0.256"]\n', "line 4: networks holds"),
    "yes instead of true": ('version = 1\ninfer_viewers = "yes"\n', "line 2: infer_viewers must be true or false"),
    "a table that is not there": (
        'version = 1\n[[relations]]\ntable = "none.csv"\nreason = "x"\n', "line 3:.*none.csv: cannot be read",
    ),
    "a table and a query": (
        'version = 1\n[[relations]]\ntable = "a.csv"\nsql = "SELECT 1"\nreason = "x"\n', "line 3: table or sql: exactly one",
    ),
    "a query without a database": ('version = 1\n[[relations]]\nsql = "SELECT 1"\nreason = "x"\n', "database is missing"),
    "a stamp without a header": ("version = 1\n[rendered_for]\n", "line 2: header is missing"),
    "a stamp without its key": (
        'version = 1\n[rendered_for]\nheader = "X"\nform = "hmac-sha256"\n', "line 4: form needs exactly one of",
    ),
    "a stamp whose key is not set": (
        'version = 1\n[rendered_for]\nheader = "X"\nform = "hmac-sha256"\nkey_environment = "NO_SUCH_KEY_HERE"\n',
        "line 5: key_environment names an environment variable that is not set",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named_with_its_line(text, message, tmp_path):
    with pytest.raises(RulesError, match=message):
        parse_rules(text, folder=tmp_path)


RELATIONS = 'version = 1\n[[relations]]\ntable = "r.csv"\nreason = "x"\n'
TABLE_MISTAKES = {
    "no column of that name": ("seller,subject,fields\na,b,name\n", "line 3: the table has no column 'viewer'"),
    "no fields": ("viewer,subject\na,b\n", "the table has no column 'fields'.*fields = "),
    "a field nobody knows": ("viewer,subject,fields\na,b,name\na,b,zip\n", "r.csv, line 3: fields holds a word that is no field"),
    "an e-mail address for an id": ("viewer,subject,fields\na,x@example.org,name\n", "line 2: subject holds an e-mail address"),
    "ends before it begins": ("viewer,subject,fields,from,to\na,b,*,2026-02-01,2026-01-01\n", "line 2: ends before it begins"),
    "no zone": ("viewer,subject,fields,from\na,b,*,2026-02-01 10:00\n", "line 2: from has no time zone"),
    "no viewer": ("viewer,subject,fields\n,b,*\n", "line 2: viewer is empty"),
}  # fmt: skip


@pytest.mark.parametrize(("table", "message"), TABLE_MISTAKES.values(), ids=TABLE_MISTAKES)
def test_a_mistake_in_a_table_is_named_with_its_line_and_without_its_value(table, message, tmp_path):
    (tmp_path / "r.csv").write_text(table)
    with pytest.raises(RulesError, match=message) as caught:
        parse_rules(RELATIONS, folder=tmp_path)
    assert "example.org" not in str(caught.value)


def test_without_a_file_everybody_may_see_himself_only(tmp_path):
    assert read_rules(tmp_path / "rules.toml") == Rules()


def test_a_table_says_who_may_see_what_and_until_when(tmp_path):
    (tmp_path / "r.csv").write_text(
        "seller;buyer;what;since;until\nc_1;c_2;name|e-mail;2026-03-01;2026-03-28\nc_1;c_3;*;2026-03-29T02:30;\n"
    )
    rules = parse_rules(
        'version = 1\n[[relations]]\ntable = "r.csv"\nreason = "sells"\ntimezone = "Europe/Berlin"\n'
        'columns = { viewer = "seller", subject = "buyer", fields = "what", from = "since", to = "until" }\n',
        folder=tmp_path,
    )
    [grant] = rules.grants_by_pair["c_1", "c_2"]
    assert grant.fields == {Field.NAME, Field.EMAIL}
    assert _instant(grant.starts_at_us) == datetime(2026, 2, 28, 23, tzinfo=UTC)
    assert _instant(grant.ends_at_us) == datetime(2026, 3, 28, 23, tzinfo=UTC)  # The whole of the 28th, in Berlin.
    [open_ended] = rules.grants_by_pair["c_1", "c_3"]
    assert open_ended.ends_at_us is None


def test_relations_name_staff_as_sessions_do(tmp_path):
    (tmp_path / "r.csv").write_text("viewer,subject,fields\nstaff_carol,c_2,*\nstaff:dora,c_2,*\nc_1,c_2,*\n")
    rules = parse_rules(RELATIONS + '[[viewers]]\nkind = "staff"\nids = ["staff_carol"]\n', folder=tmp_path)
    assert {viewer for viewer, _ in rules.grants_by_pair} == {"staff:staff_carol", "staff:dora", "c_1"}


def test_rules_with_other_tables_have_another_digest(tmp_path):
    digests = set()
    for subject in ("c_2", "c_3"):
        (tmp_path / "r.csv").write_text(f"viewer,subject,fields\nc_1,{subject},*\n")
        digests.add(parse_rules(RELATIONS, folder=tmp_path).digest)
    assert len(digests) == 2


def test_viewer_rules_read_the_same_in_every_process():
    text = 'version = 1\n[[viewers]]\nkind = "staff"\nids = ["c", "a", "b", "f", "e", "d"]\n'
    [rule] = parse_rules(text).viewers
    assert rule.kind is ViewerKind.STAFF
    assert "['a', 'b', 'c', 'd', 'e', 'f']" in repr(rule)


def _instant(microseconds: int | None) -> datetime:
    assert microseconds is not None
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def test_every_rule_of_the_guide_is_read(tmp_path):
    guide = Path(__file__).parents[2].joinpath("docs/how-to/write-rules.md").read_text(encoding="utf-8")
    text = "\n".join(re.findall(r"```toml\n(.*?)```", guide, re.DOTALL))
    (tmp_path / "orders.csv").write_text("seller_id,buyer_id\nc_1,c_2\n")
    (tmp_path / "tickets.csv").write_text("viewer,subject,from,to\ncarol,c_2,2026-01-01,\n")
    (tmp_path / "rendered-for.key").write_text("ab" * 32)
    with closing(sqlite3.connect(tmp_path / "shop.sqlite")) as database, database:
        database.execute("CREATE TABLE household (a TEXT, b TEXT)")
        database.execute("INSERT INTO household VALUES ('c_3', 'c_4')")
    rules = parse_rules(text, folder=tmp_path)
    assert set(rules.grants_by_pair) == {("c_1", "c_2"), ("c_3", "c_4"), ("c_4", "c_3"), ("staff:carol", "c_2")}
    assert [rule.id for rule in rules.routes] == ["public-1", "fraud-desk"]
    assert rules.rendered_for is not None
    assert rules.rendered_for.key == bytes.fromhex("ab" * 32)
