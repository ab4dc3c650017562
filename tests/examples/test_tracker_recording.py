"""The shipped recording of the tracker agrees with itself: truth, sessions, people and bodies.

In:    examples/tracker/recording, as it is in the repository.
Out:   nothing; whether Spillkit finds what the truth says is tested elsewhere.
"""

from __future__ import annotations

import csv
import gzip
import html
import json
import re
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from warcio.archiveiterator import ArchiveIterator

TRACKER = Path(__file__).parents[2] / "examples" / "tracker"
RECORDING = TRACKER / "recording"
COOKIE = re.compile(r"roundup_session_ExemplaSupport=([^;]+)")
SCENARIOS = ("clean", "cache-fault", "schema-fault")


@dataclass(frozen=True)
class Seen:
    """One recorded answer."""

    at: datetime
    cookie: str
    body: str


def rows(name: str) -> list[dict[str, str]]:
    with (RECORDING / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def read_jsonl(path: Path) -> list[Seen]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    return [
        Seen(
            datetime.fromisoformat(line["time"]),
            dict(line["request"]["headers"]).get("Cookie", ""),
            line["response"].get("body", ""),
        )
        for line in lines
    ]


def read_warc(path: Path) -> list[Seen]:
    found: list[Seen] = []
    body = ""
    with path.open("rb") as file:
        for record in ArchiveIterator(file):
            if record.rec_type == "response":
                body = record.content_stream().read().decode("utf-8")
            elif record.rec_type == "request":
                at = datetime.fromisoformat(record.rec_headers["WARC-Date"])
                found.append(Seen(at, record.http_headers.get_header("Cookie", ""), body))
    return found


def read_har(path: Path) -> list[Seen]:
    found = []
    for entry in json.loads(path.read_text("utf-8"))["log"]["entries"]:
        headers = {header["name"].lower(): header["value"] for header in entry["request"]["headers"]}
        body = entry["response"]["content"].get("text", "")
        found.append(Seen(datetime.fromisoformat(entry["startedDateTime"]), headers.get("cookie", ""), body))
    return found


def answer_of(seen: dict[str, list[Seen]], row: dict[str, str]) -> Seen:
    """The answer a row of truth points to; in WARC the entry counts records: a warcinfo, then response and request in turn."""
    entry = int(row["entry"])
    return seen[row["source"]][(entry - 1) // 2 if row["source"].endswith(".warc.gz") else entry]


@pytest.fixture(scope="module")
def seen() -> dict[str, list[Seen]]:
    readers = {".jsonl.gz": read_jsonl, ".warc.gz": read_warc, ".har": read_har}
    return {
        path.name: read(path)
        for ending, read in readers.items()
        for path in sorted(RECORDING.iterdir())
        if path.name.endswith(ending)
    }


@pytest.fixture(scope="module")
def truth() -> list[dict[str, str]]:
    return rows("truth.csv")


def crossed(truth: list[dict[str, str]], scenario: str) -> list[dict[str, str]]:
    """Contact data of another customer, as customers saw it."""
    return [
        row
        for row in truth
        if row["source"].startswith(scenario + ".")
        and row["viewer"] != row["subject"]
        and not row["viewer"].startswith("staff_")
        and row["field"] != "name"
    ]


def test_every_row_of_truth_points_to_an_answer_and_to_a_customer(seen, truth):
    customers = {row["customer_id"] for row in rows("people.csv")}
    assert {row["source"] for row in truth} == set(seen)
    assert all(answer_of(seen, row) for row in truth)
    assert {row["subject"] for row in truth} <= customers
    assert {row["field"] for row in truth} == {"name", "e-mail", "phone", "address"}


def test_the_session_table_names_the_viewer_that_the_truth_names(seen, truth):
    sessions = {row["cookie"]: row for row in rows("sessions.csv")}
    for row in truth:
        answer = answer_of(seen, row)
        cookie = COOKIE.search(answer.cookie)
        if cookie is None:
            assert row["viewer"] == "anonymous"
            continue
        session = sessions[cookie[1]]
        assert row["viewer"] == session["customer_id"]
        assert session["valid_from"] <= answer.at.strftime("%Y-%m-%dT%H:%M:%SZ") <= session["valid_to"]


def test_the_clean_recording_shows_contact_data_to_its_owner_and_to_support_with_a_ticket_only(truth):
    tickets = {(row["viewer"], row["subject"]) for row in rows("relations.csv")}
    assert crossed(truth, "clean") == []
    by_support = {
        (row["viewer"], row["subject"])
        for row in truth
        if row["source"].startswith("clean.") and row["viewer"].startswith("staff_") and row["field"] != "name"
    }
    assert by_support
    assert by_support <= tickets


def test_the_cache_fault_shows_customers_to_customers_in_browsers_too(truth):
    found = crossed(truth, "cache-fault")
    assert {row["field"] for row in found} == {"e-mail", "phone", "address"}
    assert len({row["viewer"] for row in found}) >= 10
    assert len({row["viewer"] for row in found if row["source"].endswith(".har")}) == 2


def test_the_schema_fault_shows_mailboxes_and_phones_and_no_postal_address(truth):
    found = crossed(truth, "schema-fault")
    assert {row["field"] for row in found} == {"e-mail", "phone"}
    assert len({row["subject"] for row in found}) >= 100


def test_what_the_truth_says_was_shown_stands_in_the_body(seen, truth):
    people = {row["customer_id"]: row for row in rows("people.csv")}
    checked: dict[str, int] = defaultdict(int)
    for row in truth:
        body = answer_of(seen, row).body
        if row["field"] == "e-mail" and body:
            plain = html.unescape(re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), body))
            assert people[row["subject"]]["email"] in plain
            checked[row["source"]] += 1
    assert len(checked) == 12


def test_no_mark_of_the_recorder_is_left_in_any_body(seen):
    left_over = re.compile(r"[\ue000-\ue03f]|\\ue0[0-3]|%EE%80", re.IGNORECASE)
    assert not any(left_over.search(answer.body) for answers in seen.values() for answer in answers)


def test_the_customers_have_opaque_ids_reserved_mailboxes_and_many_languages():
    people = rows("people.csv")
    assert len(people) == 200
    assert all(re.fullmatch(r"c_[0-9a-f]{8}", row["customer_id"]) for row in people)
    assert all(re.search(r"[@.]example\.(org|com|net)$", row["email"]) for row in people)
    assert len({row["language"] for row in people}) >= 8


def test_the_recorder_explains_itself_without_installing_anything():
    said = subprocess.run([sys.executable, TRACKER / "record.py", "--help"], capture_output=True, text=True, check=True)
    assert "nginx" in said.stdout
    assert "--without-browsers" in said.stdout
