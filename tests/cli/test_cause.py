"""`spillkit cause` and `spillkit compare`, as typed; and what incidents change in the other commands."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import pyarrow as pa
import pytest

from spillkit.cause.incident import CauseClass, Incident
from spillkit.cause.kept import INCIDENT_ROWS, INCIDENTS_NAME, Incidents, keep_incidents, read_incidents
from spillkit.cli import main
from spillkit.errors import InputError
from spillkit.ledger import Ledger
from spillkit.scope.measurement import FixProof
from tests.cause.handmade import FIRST, example, incident, staff, unknown
from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions

VIEWERS = ["--viewer-from", "cookie:sessionid,sessions.csv"]
ORDERS = "https://shop.example/orders/4711"


@dataclass
class Typed:
    """Types commands and gives what was said."""

    capsys: pytest.CaptureFixture[str]

    def __call__(self, *arguments: str) -> str:
        code = main(list(arguments))
        said = self.capsys.readouterr()
        assert code == 0, said.err
        return said.out

    def refused(self, *arguments: str) -> str:
        assert main(list(arguments)) == 2
        return self.capsys.readouterr().err


@pytest.fixture
def typed(tmp_path, monkeypatch, capsys):
    """A workspace in which Alice's account and one of her orders were shown to Bob."""
    monkeypatch.chdir(tmp_path)
    recording = Recording()
    recording.answer(account_page(BOB), to=BOB)
    recording.answer(account_page(ALICE), to=BOB)
    recording.answer(account_page(ALICE), to=BOB, url=ORDERS)
    recording.write(Path("day1.jsonl"))
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    typed = Typed(capsys)
    typed("init")
    typed("people", "add", "customers.csv")
    typed("scan", "day1.jsonl", *VIEWERS)
    return typed


def put(*incidents: Incident) -> None:
    """Keep incidents made by hand for the scanned workspace: the account's answer in 1, the order's in the last."""
    ledger = Ledger(Path("spill/ledger"))
    [source] = ledger.sources()
    rows = [
        {"source": source.source, "entry": entry, "viewer": BOB.id, "incident": number}
        for entry, number in ((1, 1), (2, len(incidents)))
    ]
    with ledger.writing():
        assert ledger.judgement_dir is not None
        changes = read_incidents(ledger).changes
        keep_incidents(ledger.judgement_dir, incidents, pa.Table.from_pylist(rows, schema=INCIDENT_ROWS), changes)


def two() -> tuple[Incident, Incident]:
    account = incident(1, routes=("GET /account/summary",), subjects=1, subjects_confirmed=1, viewers=1)
    return account, incident(2, unknown(), routes=("GET /orders/{n}",), subjects=1, subjects_confirmed=1, viewers=1)


def test_incidents_are_listed_a_line_each(typed):
    put(*two())
    first, second, *_ = typed("cause").splitlines()
    assert first.startswith(
        "incident 1  shared HTTP cache   confirmed   people 1   viewers 1   answers 530   2026-11-20 13:05:00 to 13:57:00"
    )
    assert first.endswith("GET /account/summary")
    assert second.startswith("incident 2  unknown")


def test_everything_of_one_incident_is_told_with_value_chance_and_number(typed):
    put(*two())
    said = typed("cause", "1")
    assert "shared HTTP cache   cause confirmed, score 0.93" in said
    assert "- hit excess: 71% of 530 exposed answers" in said
    assert "causes/shared-http-cache.md" in said
    assert said.index("speaks for it") < said.index("speaks against it") < said.index("when") < said.index("remedy")
    steps = [
        "change: cdn rules 4711",
        "last clean answer",
        "first exposed",
        "change: cdn rules 4711 taken back",
        "first clean",
    ]
    assert [said.index(step) for step in steps] == sorted(said.index(step) for step in steps)
    assert "2 minutes before the first exposed answer" in said
    assert "private, no-store" in said.replace("\n  ", " ")


def test_an_unknown_cause_names_its_best_guess_and_what_to_log(typed):
    put(*two())
    said = typed("cause", "2")
    assert "next best guess: request race" in said
    assert "Log the upstream connection id" in said
    assert "remedy" not in said


def test_staff_is_handed_on_without_a_name_and_is_not_called_technical(typed):
    put(incident(1, staff(), corrected=1))
    for said in (typed("cause"), typed("cause", "1"), typed("cause", "--json"), typed("measure")):
        assert "handed on to trace" in said or "Handed on to trace" in said or "handed on to\n" in said
        assert "technical" not in said.lower()
    assert BOB.id not in typed("cause", "1") + typed("cause", "--json")


def test_an_example_can_be_opened_as_printed(typed):
    [source] = Ledger(Path("spill/ledger")).sources()
    put(incident(1, examples=(example(2, source.source, route="/orders/{n}"),)))
    [command] = re.findall(r"spillkit (show --incident 1 .*)", typed("cause", "1"))
    said = typed(*command.split())
    assert "entry 2, bytes" in said
    assert "entry 1, bytes" not in said


def test_json_holds_everything_and_nothing_else(typed):
    put(*two())
    said = json.loads(typed("cause", "--json"))
    assert [one["words"] for one in said["incidents"]] == ["shared HTTP cache", "unknown"]
    assert msgspec.convert(said["incidents"][0], Incident, strict=False) == two()[0]
    assert [one["number"] for one in json.loads(typed("cause", "2", "--json"))["incidents"]] == [2]


def test_changes_are_remembered_over_judgements_until_others_are_given(typed):
    Path("changes.csv").write_text("time,what\n2026-11-02T11:59:00Z,deploy 1\n", encoding="utf-8")
    typed("cause", "--changes", "changes.csv")
    typed("judge")
    Path("spill/rules.toml").write_text(
        'version = 1\n[[public]]\nroute = "GET /help"\nfields = ["name"]\nreason = "x"\n'
    )
    typed("judge")
    assert [change["what"] for change in json.loads(typed("cause", "--json"))["changes"]] == ["deploy 1"]
    assert "deploy 1" in typed("cause", "1")
    Path("changes.csv").write_text("time,what\n", encoding="utf-8")
    typed("cause", "--changes", "changes.csv")
    assert "no changes file was given" in typed("cause")


def test_causes_are_looked_for_once_a_judgement(typed):
    ledger = Ledger(Path("spill/ledger"))
    folder = ledger.judgement_dir
    kept = folder / INCIDENTS_NAME
    before = kept.stat().st_mtime_ns
    typed("cause")
    typed("measure")
    typed("exposures")
    assert kept.stat().st_mtime_ns == before
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-20])
    typed("cause")
    assert kept.read_bytes() == whole
    kept.unlink()
    typed("cause")
    assert kept.read_bytes() == whole
    Path("spill/rules.toml").write_text(
        'version = 1\n[[public]]\nroute = "GET /help"\nfields = ["name"]\nreason = "x"\n'
    )
    typed("judge")
    assert not folder.exists()


def test_a_ledger_that_is_being_written_is_asked_all_the_same(typed):
    ledger = Ledger(Path("spill/ledger"))
    (ledger.judgement_dir / INCIDENTS_NAME).unlink()
    with ledger.writing():
        assert len(read_incidents(Ledger(Path("spill/ledger"))).incidents) >= 1
    assert not (ledger.judgement_dir / INCIDENTS_NAME).exists()


def test_with_many_exposures_a_cause_is_looked_for_only_when_asked(typed, monkeypatch):
    ledger = Ledger(Path("spill/ledger"))
    (ledger.judgement_dir / INCIDENTS_NAME).unlink()
    monkeypatch.setattr("spillkit.cause.kept.AT_ONCE", 1)
    assert "finding their cause may take a while. Ask for it: spillkit cause" in typed("scan", "day1.jsonl", *VIEWERS)
    assert json.loads(typed("measure", "--json", "-"))["incidents"] is None
    assert {row["cause"] for row in csv.DictReader(typed("exposures").splitlines())} == {""}
    assert not (ledger.judgement_dir / INCIDENTS_NAME).exists()
    typed("cause")
    assert json.loads(typed("measure", "--json", "-"))["incidents"]
    assert "" not in {row["cause"] for row in csv.DictReader(typed("exposures").splitlines())}
    assert "incident 1" in typed("scan", "day1.jsonl", *VIEWERS)


def test_exposures_name_their_cause_and_can_be_asked_by_incident(typed):
    put(*two())
    rows = list(csv.DictReader(typed("exposures").splitlines()))
    assert {(row["entry"], row["cause"]) for row in rows} == {("1", "shared-http-cache"), ("2", "unknown")}
    rows = list(csv.DictReader(typed("exposures", "--incident", "2").splitlines()))
    assert {row["entry"] for row in rows} == {"2"}
    assert rows


def test_one_incident_can_be_measured_alone(typed):
    put(*two())
    whole = json.loads(typed("measure", "--json", "-"))
    assert (whole["answers_exposed"], whole["incident"], len(whole["incidents"])) == (2, None, 2)
    history = Path("spill/measurements.jsonl").read_bytes()
    alone = json.loads(typed("measure", "--incident", "2", "--json", "-"))
    assert (alone["answers_exposed"], alone["incident"]) == (1, 2)
    assert [one["incident"]["number"] for one in alone["incidents"]] == [2]
    assert [finding["route"] for finding in alone["findings"]] == ["/orders/{n}"]
    assert Path("spill/measurements.jsonl").read_bytes() == history


def test_the_check_of_a_repair_answers_question_nine(typed):
    put(*two())
    proof = FixProof(
        incident=1,
        checked_at=FIRST,
        replay_requests=120,
        replay_crossed=0,
        later_answers=12_000,
        later_exposed=0,
        upper_bound_95=0.00025,
        coverage_share=0.97,
        proven=True,
    )

    def answer() -> tuple[str, str]:
        said = json.loads(typed("measure", "--json", "-"))["questions"][8]
        return said["confidence"], said["answer"]

    assert answer()[0] == "unknown"
    Path("spill/fix.json").write_bytes(msgspec.json.encode(proof))
    assert answer()[0] == "confirmed"
    assert answer()[1].startswith("Yes: 120 recorded requests sent again")
    assert "at most 0.025 %" in answer()[1]
    partly = msgspec.structs.replace(proof, proven=False, not_yet=("No later recording was looked at.",))
    Path("spill/fix.json").write_bytes(msgspec.json.encode(partly))
    assert answer() == ("possible", "Not yet proven: No later recording was looked at.")
    broken = msgspec.structs.replace(partly, replay_crossed=2)
    Path("spill/fix.json").write_bytes(msgspec.json.encode(broken))
    assert answer()[1].startswith("No. 2 of 120 recorded requests sent again showed somebody to another.")
    Path("spill/fix.json").write_text("{", encoding="utf-8")
    assert main(["measure"]) == 3
    assert "fix verify" in typed.capsys.readouterr().err


def test_two_incidents_of_one_workspace_are_compared(typed):
    put(*two())
    said = typed("compare", "1", "2")
    assert said.startswith("incident 1 and incident 2: cannot tell")
    assert "They share 1 of 1 and 1 people" in said
    assert json.loads(typed("compare", "1", "2", "--json"))[0]["shared"] == 1


def test_an_incident_is_compared_with_those_of_another_report(typed):
    put(*two())
    typed("measure", "--json", "march.json")
    said = typed("compare", "1", "--with", "march.json")
    assert "incident 1 and incident 1 of march.json: same" in said
    assert "incident 1 and incident 2 of march.json: cannot tell" in said
    assert "incident 1 of" not in typed("compare", "2", "2", "--with", "march.json")
    tenth = json.loads(typed("measure", "--json", "-"))["questions"][9]
    assert "of march.json are the same" in tenth["answer"]


REFUSED = {
    "no such incident": (["cause", "9"], "There is no incident 9: they go from 1 to 2"),
    "a changes file that is not there": (["cause", "--changes", "none.csv"], "cannot be opened"),
    "a changes file that is none": (["cause", "--changes", "customers.csv"], "must name the column time"),
    "nothing to compare with": (["compare", "1"], "Name the other incident"),
    "the same twice": (["compare", "1", "1"], "the same number twice"),
    "a report that is not there": (["compare", "1", "--with", "none.json"], "cannot be opened"),
    "a report that is none": (["compare", "1", "--with", "customers.csv"], "is not a report in JSON"),
    "a report for an authority": (["compare", "1", "--with", "told.json"], "not written for internal readers"),
    "no such incident there": (["compare", "1", "7", "--with", "mine.json"], "has no incident 7; it has 1, 2"),
    "no exposures of it": (["show", "--incident", "1", "--entry", "77"], "Incident 1 has no such exposure"),
    "neither finding nor incident": (["show"], "Name a finding"),
    "no incident to measure": (["measure", "--incident", "9"], "There is no incident 9"),
    "no incident to list": (["exposures", "--incident", "9"], "There is no incident 9"),
}  # fmt: skip


def test_what_cannot_be_done_is_said(typed):
    put(*two())
    typed("measure", "--json", "mine.json")
    typed("measure", "--json", "told.json", "--audience", "authority")
    for name, (arguments, words) in REFUSED.items():
        assert words in typed.refused(*arguments), name


def test_before_anything_was_judged_the_next_step_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    typed = Typed(capsys)
    typed("init")
    for command in (["cause"], ["compare", "1", "2"]):
        assert "spillkit scan" in typed.refused(*command)


def test_a_scan_names_the_incidents_after_the_findings(typed):
    said = typed("scan", "day1.jsonl", *VIEWERS, "--sarif", "o.sarif", "--junit", "o.xml")
    assert said.index("finding 2") < said.index("incident 1") < said.index("looked at")
    [first, *_] = json.loads(Path("o.sarif").read_text(encoding="utf-8"))["runs"][0]["results"]
    [cause_name] = first["properties"]["causes"]
    assert cause_name in set(CauseClass)
    assert "Cause: " in first["message"]["text"]
    assert ET.parse("o.xml").find(".//property").get("value") == cause_name


def test_where_there_is_no_incident_none_can_be_named():
    with pytest.raises(InputError, match="there are none"):
        Incidents((), (), INCIDENT_ROWS.empty_table()).incident(1)
