"""`spillkit measure`, as typed."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from spillkit.cli import main
from tests.world import ALICE, BOB, Recording, account_page, scan_here, write_people


@pytest.fixture
def scanned(tmp_path, monkeypatch, capsys):
    """A workspace in which Alice's page was shown to Bob."""
    monkeypatch.chdir(tmp_path)
    recording = Recording()
    recording.answer(account_page(BOB), to=BOB)
    recording.answer(account_page(ALICE), to=BOB)
    scan_here(recording)
    capsys.readouterr()
    return capsys


def test_the_screen_answers_the_fourteen_questions_in_order(scanned):
    assert main(["measure"]) == 0
    out = scanned.readouterr().out
    assert "Personal data of 1 person was shown to 1 viewer" in out
    assert "Looked at: 2 of 2 answers" in out
    places = [out.index(f"\n{number:>2}  ") for number in range(1, 15)]
    assert places == sorted(places)


def test_json_on_the_screen_is_json_and_nothing_else(scanned):
    assert main(["measure", "--json", "-"]) == 0
    said = json.loads(scanned.readouterr().out)
    assert (said["people"]["confirmed"], said["people"]["possible"], said["people"]["upper_bound"]) == (1, 0, 1)
    assert [question["number"] for question in said["questions"]] == list(range(1, 15))


def test_the_affected_list_has_ids_only(scanned):
    assert main(["measure", "--csv", "-"]) == 0
    [row] = csv.DictReader(scanned.readouterr().out.splitlines())
    assert (row["subject"], row["evidence"], row["country"]) == (ALICE.id, "confirmed", "FR")
    assert not any(secret in ",".join(row.values()) for secret in ALICE.secrets)


def test_files_are_readable_by_their_owner_only_and_replaced_whole(scanned):
    Path("report.html").write_text("old", encoding="utf-8")
    assert main(["measure", "--html", "report.html", "--json", "report.json", "--csv", "affected.csv"]) == 0
    for name in ("report.html", "report.json", "affected.csv"):
        assert Path(name).stat().st_mode & 0o777 == 0o600
    assert "The fourteen questions" in Path("report.html").read_text(encoding="utf-8")
    assert list(Path().glob(".report*")) == []


def test_a_page_for_the_public_names_no_id_and_no_route(scanned):
    assert main(["measure", "--audience", "public", "--html", "public.html"]) == 0
    page = Path("public.html").read_text(encoding="utf-8")
    for inner in (ALICE.id, BOB.id, "/account/summary", "day1.jsonl"):
        assert inner not in page


REFUSED = {
    "ids for the public": (["--audience", "public", "--csv", "a.csv"], "The affected list is internal"),
    "two things on one screen": (["--json", "-", "--html", "-"], "Only one of"),
    "a zone that does not exist": (["--zone", "Mars/Base"], "no such time zone"),
    "a folder that does not exist": (["--html", "nowhere/r.html"], "cannot be written"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_said(scanned, arguments, words):
    assert main(["measure", *arguments]) == 2
    assert words in scanned.readouterr().err


def test_nothing_scanned_is_not_nobody_affected(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_people(Path("customers.csv"))
    assert main(["init"]) == 0
    assert main(["people", "add", "customers.csv"]) == 0
    assert main(["measure", "--html", "report.html"]) == 2
    assert "Nothing was scanned yet" in capsys.readouterr().err
    assert not Path("report.html").exists()
