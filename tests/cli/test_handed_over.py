"""A session that was handed to somebody else, as somebody at the keyboard meets it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from spillkit.cli import main
from spillkit.ledger import Ledger, read_judgement
from tests.world import ALICE, BOB, Person, Recording, account_page, write_people, write_sessions

ALICES = {"ip": "203.0.113.9", "user_agent": "Mozilla/5.0 (laptop of one)"}
BOBS = {"ip": "198.51.100.7", "user_agent": "Mozilla/5.0 (phone of another)"}
SID = ["--viewer-from", "cookie:sessionid,sessions.csv"]


@pytest.fixture
def shop(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    assert main(["init"]) == 0
    assert main(["people", "add", "customers.csv"]) == 0
    return tmp_path


class Browsers(Recording):
    """Answers to Alice's and Bob's browsers, each at an address of its own."""

    def send(self, body: str, at: dict[str, str], session: Person | None, *, sets: Person | None = None) -> None:
        self.answer(body, to=session, url="https://shop.example/account")
        line = self.lines[-1]
        line["client"] = at
        if sets is not None:
            line["response"]["headers"].append(["set-cookie", f"sessionid={sets.cookie}; HttpOnly"])  # type: ignore[index]


def handed_over(*, bobs_session: bool = True) -> Path:
    """A cache gives Alice's cookie to Bob, and from then on Bob's browser is shown Alice's pages."""
    recording = Browsers()
    recording.send(account_page(ALICE), ALICES, ALICE)
    recording.send(account_page(BOB), BOBS, BOB if bobs_session else None)
    recording.send("<p>your cart is empty</p>", BOBS, BOB if bobs_session else None, sets=ALICE)
    recording.send(account_page(ALICE), BOBS, ALICE)
    recording.send(account_page(ALICE), ALICES, ALICE)
    return recording.write(Path("day1.jsonl"))


def exposures(capsys) -> list[dict[str, str]]:
    capsys.readouterr()
    assert main(["exposures", "--csv"]) == 0
    return list(csv.DictReader(capsys.readouterr().out.splitlines()))


def test_alices_pages_in_bobs_browser_are_exposures_to_bob(shop, capsys):
    handed_over()
    assert main(["scan", "day1.jsonl", *SID]) == 0
    rows = exposures(capsys)
    assert {(row["entry"], row["subject"], row["viewer"], row["viewer_from"]) for row in rows} == {
        ("3", ALICE.id, BOB.id, "handed-over")
    }
    assert {row["evidence"] for row in rows} == {"confirmed"}
    judgement = read_judgement(Ledger(Path("spill/ledger")))
    assert judgement is not None
    assert judgement.corrected == 1


def test_explain_says_where_the_session_was_handed_over(shop, capsys):
    handed_over()
    assert main(["scan", "day1.jsonl", *SID]) == 0
    capsys.readouterr()
    assert main(["explain", "1", "--subject", ALICE.id]) == 0
    assert "viewer corrected: session handed over in entry 2" in capsys.readouterr().out
    assert main(["explain", "1", "--subject", ALICE.id, "--json"]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (told["viewer"], told["viewer_corrected"]) == (BOB.id, "handed over in entry 2")


def test_a_holder_whom_nobody_knows_makes_a_possible_exposure_and_does_not_vanish(shop, capsys):
    handed_over(bobs_session=False)
    assert main(["scan", "day1.jsonl", *SID]) == 0
    rows = exposures(capsys)
    assert {(row["entry"], row["subject"], row["evidence"]) for row in rows} == {("3", ALICE.id, "possible")}
    [viewer] = {row["viewer"] for row in rows}
    assert viewer.startswith("unknown:")
    assert main(["explain", "1", "--subject", ALICE.id]) == 0
    assert "who held it is not known" in capsys.readouterr().out


def test_a_guess_at_who_is_behind_unknown_sessions_does_not_make_the_owner_of_a_stranger(shop, capsys):
    Path("spill/rules.toml").write_text("version = 1\ninfer_viewers = true\n", encoding="utf-8")
    handed_over(bobs_session=False)
    assert main(["scan", "day1.jsonl", *SID]) == 0
    assert {(row["entry"], row["viewer_from"]) for row in exposures(capsys)} == {("3", "handed-over-guess")}


def test_the_rules_can_say_that_sessions_are_trusted(shop, capsys):
    handed_over()
    assert main(["scan", "day1.jsonl", *SID]) == 0
    Path("spill/rules.toml").write_text('version = 1\nhanded_over_sessions = "trust"\n', encoding="utf-8")
    capsys.readouterr()
    assert main(["judge"]) == 0
    assert "viewer corrected" not in capsys.readouterr().out
    assert exposures(capsys) == []
    Path("spill/rules.toml").unlink()
    assert main(["judge"]) == 0
    assert "viewer corrected in 1 answers" in capsys.readouterr().out
    assert len(exposures(capsys)) == 3


def test_the_ledger_tells_corrections_beside_what_was_scanned(shop):
    handed_over()
    assert main(["scan", "day1.jsonl", *SID]) == 0
    ledger = Ledger(Path("spill/ledger"))
    [row] = ledger.query("SELECT entry, viewer_was, viewer, viewer_kind, because FROM corrections").to_pylist()
    assert row == {
        "entry": 3, "viewer_was": ALICE.id, "viewer": BOB.id, "viewer_kind": "subject", "because": "handed over in entry 2",
    }  # fmt: skip
    assert ledger.query("SELECT viewer FROM exchanges WHERE entry = 3")["viewer"][0].as_py() == ALICE.id
    assert ledger.sources_without_exchanges() == []


def test_a_ledger_of_before_is_judged_as_it_was_and_says_what_it_lacks(shop, capsys):
    handed_over()
    assert main(["scan", "day1.jsonl", *SID]) == 0
    for file in Path("spill/ledger").rglob("exchanges.parquet"):
        file.unlink()
    for file in Path("spill/ledger/judgements").rglob("corrections.parquet"):
        file.unlink()
    ledger = Ledger(Path("spill/ledger"))
    assert [source.name for source in ledger.sources_without_exchanges()] == ["day1.jsonl"]
    assert ledger.query("FROM exchanges").num_rows == ledger.query("FROM corrections").num_rows == 0
    Path("spill/rules.toml").write_text("version = 1\n", encoding="utf-8")
    capsys.readouterr()
    assert main(["judge"]) == 0
    assert "scan it again" in capsys.readouterr().out
    assert exposures(capsys) == []
