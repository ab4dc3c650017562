"""Customers, recordings and tables made to attack: nothing of them is run, printed raw, or kept."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from spillkit.cli import main
from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions

# What drives a terminal, turns a line or hides in it: never in anything that Spillkit says or writes.
RAW = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
EVIL_FILE = "evil\n\x1b[31m\u202e<script>alert(1)<|script>.jsonl"
HOSTILE_IDS = {"=cmd|' /C calc'!A0", "@SUM(1)", "<b>c_9</b>", "'); DELETE FROM ledger;--"}
HOSTILE = [
    ("=cmd|' /C calc'!A0", "Gundula Zelleforml", "gz@example.org"),
    ("@SUM(1)", "Atina Summova", "at@example.org"),
    ("<b>c_9</b>", "<script>alert(1)</script> Pwnson", "pw@example.org"),
    ("'); DELETE FROM ledger;--", "Robert'); DROP TABLE exposures;--", "bobby@example.org"),
    ("c_\x1b[2J8", "\x1b[31mConrad Controlski", "cc@example.org"),
    ("c_\u202e7", "\u202eBidina Idowska", "bidina@example.org"),
    ("mailina@example.org", "Mailina Idowska", "mailina@example.org"),
    ("c_1", "Normala Personova", "normala@example.org"),
    ("c_2", "Secondina Viewerska", "second@example.org"),
]  # fmt: skip
SECRETS = [text for _, name, email in HOSTILE for text in (name, email, name.split()[-1])] + ["sess-secret"]


@pytest.fixture
def attacked(tmp_path, monkeypatch, capfd):
    """A workspace with a hostile list and a hostile recording, scanned; gives what was said meanwhile."""
    monkeypatch.chdir(tmp_path)
    with Path("customers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_id", "name", "email", "country", "account_type", "legal_entity"])
        writer.writerows([*row, "MT", "<i>consumer</i>\x1b]0;x\x07", "=HYPERLINK(1)\u202e Ltd"] for row in HOSTILE)
    with Path("sessions.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["value", "viewer"])
        # Every second viewer is named by his e-mail address.
        writer.writerows([f"sess-secret-{n}", row[2 * (n % 2)]] for n, row in enumerate(HOSTILE))
    page = "".join(f"<p>{name} {email} {identity}</p>" for identity, name, email in HOSTILE)
    ways = [
        *[("GET", "https://shop.example/account/summary")] * len(HOSTILE),
        ("G\x1b[31mET\u202e<script>", "https://shop.example/account/summary"),
        (
            "=cmd|x",
            "https://shop.example/\x1b[2J/<script>alert(1)</script>/\u202e/normala@example.org?x=pw@example.org",
        ),
        ("GET", "https://shop.example/people/%1b%5b31m/%e2%80%ae/Normala/Personova/view"),
    ]
    lines = []
    for n, (method, url) in enumerate(ways):
        request = {
            "method": method,
            "url": url,
            "headers": [["cookie", f"sessionid=sess-secret-{n % len(HOSTILE)}"], ["x-evil", "\x1b]0;pwn\x07\u202e"]],
        }
        response = {"status": 200, "headers": [["content-type", "text/html\x1b[2J"]], "body": page}
        client = {"ip": "203.0.113.9", "user_agent": "\x1b[31m"}
        at = f"2026-11-02T12:00:{n:02d}+00:00"
        lines.append(json.dumps({"v": 1, "time": at, "client": client, "request": request, "response": response}))
    Path(EVIL_FILE).write_text("\n".join(lines) + "\n{broken \x1b[31m normala@example.org\n", encoding="utf-8")
    with Path("changes.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(
            [
                ["time", "what"],
                [
                    "2026-11-02T11:59:00Z",
                    "\x1b[31mdeploy\u202e <script>alert(1)</script>\x1b]0;x\x07 by normala@example.org",
                ],
                ["2026-11-02T12:00:30Z", "=HYPERLINK(1)\u202e Ltd"],
            ]
        )
    Path("broken\x1b[31m.har").write_text("{nope \x1b[31m normala@example.org", encoding="utf-8")
    return capfd


def story(capfd) -> str:
    """Type every command; return all that was said."""
    scan = ["scan", EVIL_FILE, "broken\x1b[31m.har", "--viewer-from", "cookie:sessionid,sessions.csv"]
    commands = [
        ["init"],
        ["people", "check", "customers.csv"],
        ["people", "add", "customers.csv", "--bad-rows", "bad.csv"],
        ["people", "list"],
        [*scan, "--sarif", "o.sarif", "--junit", "o.xml"],
        [*scan, "--json"],
        *[["show", "1", *more] for more in ([], ["--json"])],
        *[["explain", "1", "--subject", who, *more] for who in HOSTILE_IDS for more in ([], ["--json"])],
        ["explain", "1", "--subject", "x\x1b[31m\u202e"],
        ["judge"],
        ["judge", "--json"],
        ["cause", "--changes", "changes.csv"],
        ["cause", "1"],
        ["cause", "--json"],
        ["measure", "--json", "other\x1b[31m\u202e.json"],
        ["compare", "1", "--with", "other\x1b[31m\u202e.json"],
        ["compare", "1", "--with", "other\x1b[31m\u202e.json", "--json"],
        ["show", "--incident", "1"],
        ["exposures", "--incident", "1", "--json"],
        ["measure", "--html", "r.html", "--json", "r.json", "--csv", "a.csv"],
        ["measure", "--json", "-"],
        ["measure", "--audience", "public", "--html", "p\u202e.html"],
        ["exposures", "--json"],
        ["doctor"],
        ["people", "forget", "zz\x1b[31m"],
        ["-w", "no\x1b[31m", "scan", "x"],
    ]
    capfd.readouterr()
    for command in commands:
        assert main(command) in (0, 2), command
    said = capfd.readouterr()
    return said.out + said.err


def test_nothing_hostile_reaches_screen_or_files_raw(attacked):
    said = story(attacked)
    assert "finding 1" in said
    assert RAW.findall(said) == []
    inputs = {"customers.csv", "sessions.csv", "changes.csv", EVIL_FILE, "broken\x1b[31m.har"}
    written = [path for path in Path().rglob("*") if path.is_file() and path.name not in inputs]
    for path in written:
        data = path.read_bytes()
        if path.suffix in (".html", ".json", ".jsonl", ".sarif", ".xml", ".toml", ".csv"):
            assert RAW.findall(data.decode("utf-8").replace("\r\n", "\n")) == [], path
        for number, secret in enumerate(SECRETS):
            assert secret.encode() not in data, f"{path} holds secret {number}"
    for number, secret in enumerate(SECRETS):
        assert secret not in said, f"the screen shows secret {number}"


def test_reports_of_hostile_people_are_still_well_formed(attacked):
    story(attacked)
    assert "<script>alert" not in Path("r.html").read_text(encoding="utf-8")
    assert "<b>c_9</b>" not in Path("r.html").read_text(encoding="utf-8")
    assert ET.parse("o.xml").getroot().get("tests")
    assert json.loads(Path("o.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    kept = {row["subject"] for row in csv.DictReader(Path("a.csv").read_text(encoding="utf-8").splitlines())}
    assert kept == {"'=cmd|' /C calc'!A0", "'@SUM(1)", "<b>c_9</b>", "'); DELETE FROM ledger;--", "c_1", "c_2"}


def test_a_name_in_two_parts_of_an_address_is_not_in_the_route(attacked, capfd):
    story(attacked)
    assert main(["judge", "--json"]) == 0
    routes = {finding["route"] for finding in json.loads(capfd.readouterr().out)["judgement"]["findings"]}
    assert "/people/{id}/{id}/{id}/{id}/view" in routes


def test_a_session_table_without_column_names_is_refused_and_not_quoted(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    recording = Recording()
    recording.answer(account_page(ALICE), to=BOB)
    recording.write(Path("day.jsonl"))
    Path("sessions.csv").write_text(f"{ALICE.cookie},{ALICE.id}\n{BOB.cookie},{BOB.id}\n", encoding="utf-8")
    assert main(["init"]) == 0
    assert main(["people", "add", "customers.csv"]) == 0
    for where in ("sessions.csv", "sessions.csv:value=cookie"):
        capfd.readouterr()
        assert main(["scan", "day.jsonl", "--viewer-from", f"cookie:sessionid,{where}"]) == 2
        said = capfd.readouterr()
        assert "first line" in said.err
        assert ALICE.cookie not in said.err + said.out


def test_no_known_viewer_is_not_called_no_exposure(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    write_people(Path("customers.csv"))
    recording = Recording()
    recording.answer(account_page(ALICE), to=None)
    recording.write(Path("day.jsonl"))
    assert main(["init"]) == 0
    assert main(["people", "add", "customers.csv"]) == 0
    capfd.readouterr()
    assert main(["scan", "day.jsonl"]) == 0
    said = capfd.readouterr().out
    assert "nothing could be judged" in said
    assert "no exposure" not in said
