"""The story of a scan, as somebody at the keyboard meets it."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from spillkit.cli import main
from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    """A folder with a workspace in it and Alice and Bob on the list."""
    monkeypatch.chdir(tmp_path)
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    assert main(["init"]) == 0
    assert main(["people", "add", "customers.csv"]) == 0
    capsys.readouterr()
    return tmp_path


def cached_page(path: str = "day1.jsonl") -> Path:
    """Alice and Bob see their own pages; then a cache serves Alice's page to Bob."""
    recording = Recording()
    recording.answer(account_page(ALICE), to=ALICE)
    recording.answer(account_page(BOB), to=BOB)
    recording.answer(account_page(ALICE), to=BOB)
    return recording.write(Path(path))


def scan(*arguments: str) -> int:
    return main(["scan", *arguments, "--viewer-from", "cookie:sessionid,sessions.csv"])


def exposures(capsys) -> list[dict[str, str]]:
    capsys.readouterr()
    assert main(["exposures", "--csv"]) == 0
    return list(csv.DictReader(capsys.readouterr().out.splitlines()))


def test_a_page_cached_for_alice_and_served_to_bob_exposes_alice(shop, capsys):
    cached_page()
    assert scan("day1.jsonl") == 0
    out = capsys.readouterr().out
    assert "finding 1  GET /account/summary   1 of 3 answers" in out
    assert "fields: name, e-mail, phone   subjects 1   viewers 1   confirmed" in out
    assert "looked at 3 answers: 3 with a body, 3 with a known viewer" in out
    assert {(row["entry"], row["subject"], row["viewer"], row["field"]) for row in exposures(capsys)} == {
        ("2", ALICE.id, BOB.id, "name"),
        ("2", ALICE.id, BOB.id, "e-mail"),
        ("2", ALICE.id, BOB.id, "phone"),
    }


def test_people_seeing_their_own_data_are_no_finding(shop, capsys):
    recording = Recording()
    recording.answer(account_page(ALICE), to=ALICE)
    recording.answer(account_page(BOB), to=BOB)
    recording.write(Path("clean.jsonl.gz"))
    assert scan("clean.jsonl.gz", "--fail-on", "possible") == 0
    out = capsys.readouterr().out
    assert "no exposure found in what was looked at" in out
    assert "looked at 2 answers" in out


def test_fail_on_confirmed_exits_with_1(shop):
    cached_page()
    assert scan("day1.jsonl", "--fail-on", "confirmed") == 1


def test_a_name_alone_is_possible_and_does_not_fail_on_confirmed(shop, capsys):
    recording = Recording()
    recording.answer(f"<p>{ALICE.name} was here</p>", to=BOB, url="/wall")
    recording.write(Path("wall.jsonl"))
    assert scan("wall.jsonl", "--fail-on", "confirmed") == 0
    assert scan("wall.jsonl", "--fail-on", "possible") == 1
    assert {row["evidence"] for row in exposures(capsys)} == {"possible"}


def test_what_is_no_recording_is_refused_and_the_others_are_done(shop, capsys):
    cached_page()
    Path("notes.txt").write_text("nothing of the kind", encoding="utf-8")
    assert scan("notes.txt", "missing.har", "day1.jsonl") == 2
    out = capsys.readouterr().out
    assert "not read: notes.txt" in out
    assert "missing.har" in out
    assert "finding 1" in out


def test_reading_a_recording_twice_changes_nothing(shop, capsys):
    cached_page()
    assert scan("day1.jsonl") == 0
    before = exposures(capsys)
    assert scan("day1.jsonl") == 0
    assert "already in the ledger: day1.jsonl" in capsys.readouterr().out
    assert exposures(capsys) == before


def test_two_files_for_two_test_users_are_enough(shop, capsys):
    own, other = Recording(), Recording()
    own.answer(account_page(ALICE), to=None)
    other.answer(account_page(BOB), to=None)
    other.answer(account_page(ALICE), to=None)
    own.write(Path("alice.jsonl"))
    other.write(Path("bob.jsonl"))
    viewers = ["--viewer", f"alice.jsonl={ALICE.id}", "--viewer", f"bob.jsonl={BOB.id}"]
    assert main(["scan", "alice.jsonl", "bob.jsonl", *viewers, "--fail-on", "confirmed"]) == 1
    assert {(row["source"], row["entry"], row["viewer"], row["subject"]) for row in exposures(capsys)} == {
        ("bob.jsonl", "1", BOB.id, ALICE.id)
    }


def test_one_recording_under_two_names_is_read_once(shop, capsys):
    cached_page("day1.jsonl")
    cached_page("copy.jsonl")
    assert scan("day1.jsonl", "copy.jsonl") == 0
    assert "already in the ledger: copy.jsonl" in capsys.readouterr().out
    assert len(exposures(capsys)) == 3


def test_unknown_viewers_are_counted_apart(shop, capsys):
    recording = Recording()
    recording.answer(account_page(ALICE), to=None)
    recording.write(Path("nobody.jsonl"))
    assert scan("nobody.jsonl") == 0
    out = capsys.readouterr().out
    assert "0 with a known viewer" in out
    assert "viewer unknown:" in out
    assert "coverage 0.0 %" in out


def test_an_empty_recording_is_not_called_clean(shop, capsys):
    Path("empty.jsonl").write_text("", encoding="utf-8")
    code = scan("empty.jsonl")
    text = capsys.readouterr()
    assert code in (0, 2)
    assert "no exposure found" not in text.out


def test_sarif_and_junit_name_route_and_fields_and_nobody(shop):
    cached_page()
    assert scan("day1.jsonl", "--fail-on", "confirmed", "--sarif", "out.sarif", "--junit", "out.xml") == 1
    sarif = json.loads(Path("out.sarif").read_text(encoding="utf-8"))
    [result] = sarif["runs"][0]["results"]
    assert result["level"] == "error"
    assert "GET /account/summary" in result["message"]["text"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "day1.jsonl"
    suite = ET.parse("out.xml").getroot()
    assert suite.get("failures") == "1"
    assert suite.find("testcase/failure").get("type") == "confirmed"
    for text in (Path("out.sarif").read_text(encoding="utf-8"), Path("out.xml").read_text(encoding="utf-8")):
        assert not any(secret in text for person in (ALICE, BOB) for secret in person.secrets)


def test_json_tells_the_same_as_the_screen(shop, capsys):
    cached_page()
    assert scan("day1.jsonl", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["findings"][0]["route"] == "/account/summary"
    assert said["looked_at"]["answers"] == 3


def test_show_redacts_and_says_when_the_recording_is_gone(shop, capsys):
    path = cached_page()
    scan("day1.jsonl")
    capsys.readouterr()
    assert main(["show", "1"]) == 0
    out = capsys.readouterr().out
    assert "a••••••" in out
    assert "@•••••••.org" in out
    assert not any(secret in out for secret in ALICE.secrets)
    path.unlink()
    assert main(["show", "1"]) == 0
    assert "the recording is no longer there" in capsys.readouterr().out


def test_a_finding_that_does_not_exist_is_bad_input(shop, capsys):
    cached_page()
    scan("day1.jsonl")
    assert main(["show", "7"]) == 2
    assert "There is no finding 7" in capsys.readouterr().err


def test_without_a_workspace_the_message_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["scan", "x.har"]) == 2
    assert "spillkit init" in capsys.readouterr().err


def test_without_the_key_nothing_is_opened(shop, capsys):
    cached_page()
    Path("spill/key").unlink()
    assert scan("day1.jsonl") == 2
    assert "the key is missing" in capsys.readouterr().err


def test_a_key_that_others_may_read_is_refused(shop, capsys):
    cached_page()
    Path("spill/key").chmod(0o644)
    assert scan("day1.jsonl") == 2
    assert "chmod 600" in capsys.readouterr().err


def test_another_key_opens_nothing(shop, capsys):
    cached_page()
    Path("spill/key").write_text("00" * 16 + "\n", encoding="ascii")
    assert scan("day1.jsonl") == 3
    assert "another key" in capsys.readouterr().err


def test_an_access_log_beside_the_recording_does_not_halve_the_coverage(shop, capsys):
    cached_page()
    line = '203.0.113.9 - - [02/Nov/2026:12:00:0{0} +0000] "GET /account/summary HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
    Path("access.log").write_text("".join(line.format(second) for second in range(3)), encoding="utf-8")
    assert scan("day1.jsonl", "access.log") == 0
    out = capsys.readouterr().out
    assert "looked at 3 answers" in out
    assert "coverage 100.0 %" in out
    assert "besides 3 lines of access logs without bodies" in out


def test_an_access_log_alone_says_nothing_about_exposures(shop, capsys):
    line = '203.0.113.9 - - [02/Nov/2026:12:00:00 +0000] "GET /account HTTP/1.1" 200 512 "-" "Mozilla/5.0"\n'
    Path("access.log").write_text(line * 2, encoding="utf-8")
    assert scan("access.log") == 0
    out = capsys.readouterr().out
    assert "looked at 0 answers: 2 lines of access logs" in out
    assert "no exposure found" not in out


def test_two_processes_find_what_one_finds(shop, capsys):
    for number in range(3):
        recording = Recording()
        recording.answer(account_page(ALICE), to=BOB, url=f"/account?{number}")
        recording.write(Path(f"part{number}.jsonl"))
    assert scan("part0.jsonl", "part1.jsonl", "part2.jsonl", "missing.har", "--workers", "2") == 2
    assert "not read: missing.har" in capsys.readouterr().out
    rows = exposures(capsys)
    assert len(rows) == 9
    assert main(["init", "alone"]) == 0
    assert main(["-w", "alone", "people", "add", "customers.csv"]) == 0
    one = ["-w", "alone", "scan", "part0.jsonl", "part1.jsonl", "part2.jsonl", "--workers", "1"]
    assert main([*one, "--viewer-from", "cookie:sessionid,sessions.csv"]) == 0
    capsys.readouterr()
    assert main(["-w", "alone", "exposures", "--csv"]) == 0
    assert list(csv.DictReader(capsys.readouterr().out.splitlines())) == rows


def test_nothing_of_the_cast_is_left_anywhere(shop, capsys):
    cached_page()
    scan("day1.jsonl")
    main(["measure", "--html", "report.html", "--json", "report.json", "--csv", "affected.csv"])
    main(["exposures", "--csv"])
    main(["explain", "1", "--subject", ALICE.id])
    said = capsys.readouterr()
    own = {"customers.csv", "sessions.csv", "day1.jsonl"}
    texts = {path: path.read_bytes() for path in Path().rglob("*") if path.is_file() and path.name not in own}
    texts[Path("screen")] = (said.out + said.err).encode()
    for path, data in texts.items():
        for person in (ALICE, BOB):
            for number, secret in enumerate(person.secrets):
                assert secret.encode() not in data, f"{path} holds secret {number}"


def test_a_scan_killed_at_any_moment_ends_the_same_when_run_again(shop, capsys):
    """Kill -9 at 20 moments, then once more to the end: the export is the one of a scan nobody disturbed."""
    recording = Recording()
    for number in range(1200):
        recording.answer(
            account_page(ALICE) + "<!-- " + "x" * 20_000 + " -->", to=BOB if number % 7 else ALICE, url="/account"
        )
    recording.write(Path("long.jsonl"))
    recording.lines.reverse()
    recording.write(Path("long2.jsonl"))
    command = [
        sys.executable, "-m", "spillkit", "scan", "long.jsonl", "long2.jsonl", "--viewer-from", "cookie:sessionid,sessions.csv",
    ]  # fmt: skip
    began = time.monotonic()
    subprocess.run([*command[:3], "-w", "spill", *command[3:]], check=True, capture_output=True)
    whole = time.monotonic() - began
    undisturbed = export(capsys)
    for path in ("ledger",):
        for file in sorted(Path("spill", path).rglob("*"), reverse=True):
            file.unlink() if file.is_file() else file.rmdir()
    chance = random.Random(20)
    killed = 0
    for _ in range(20):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            process.wait(timeout=chance.uniform(0.05, 1.1) * whole)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            killed += 1
    assert killed > 0
    subprocess.run(command, check=True, capture_output=True)
    assert export(capsys) == undisturbed


def export(capsys) -> str:
    capsys.readouterr()
    assert main(["exposures", "--csv"]) == 0
    return capsys.readouterr().out
