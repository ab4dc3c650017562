"""The main job on a real tracker's recording: exposures equal what the application itself says it rendered."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from spillkit.cli import main

RECORDING = Path("examples/tracker/recording")
RULES = RECORDING.parent / "rules.toml"
COOKIE = "roundup_session_ExemplaSupport"

# Father and son, one name, one address: no text can tell them apart, so both are listed, and neither is confirmed by these.
PEANOS = {"c_13268cd9", "c_d2571a35"}
ONE_LETTER = "c_4182fabf"  # a customer called Q, whose name is never looked for
Row = tuple[str, int, str, str, str]  # source, entry, viewer, subject, field


def scan(workspace: Path, scenario: str, rules: str | None) -> int:
    assert main(["-w", str(workspace), "init", str(workspace)]) == 0
    if rules is not None:
        table = (RECORDING / "relations.csv").resolve().as_posix()
        (workspace / "rules.toml").write_text(rules.replace("recording/relations.csv", table), encoding="utf-8")
    assert main(["-w", str(workspace), "people", "add", str(RECORDING / "people.csv")]) == 0
    recordings = [str(path) for path in sorted(RECORDING.glob(f"{scenario}.*")) if path.suffix != ".log"]
    sessions = f"cookie:{COOKIE},{RECORDING / 'sessions.csv'}"
    return main(["-w", str(workspace), "scan", *recordings, "--viewer-from", sessions, "--fail-on", "confirmed"])


def found_rows(workspace: Path, capsys: pytest.CaptureFixture[str], evidence: str = "confirmed") -> set[Row]:
    capsys.readouterr()
    assert main(["-w", str(workspace), "exposures", "--csv"]) == 0
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    return {
        (row["source"], int(row["entry"]), row["viewer"].removeprefix("staff:"), row["subject"], row["field"])
        for row in rows
        if row["evidence"] == evidence
    }


def truth_rows(scenario: str) -> set[Row]:
    """What the application rendered of somebody else, less what support may see of customers with a ticket."""
    tickets = {(row["viewer"], row["subject"]) for row in csv.DictReader((RECORDING / "relations.csv").open())}
    with (RECORDING / "truth.csv").open(encoding="utf-8") as file:
        return {
            (row["source"], int(row["entry"]), row["viewer"], row["subject"], row["field"])
            for row in csv.DictReader(file)
            if row["source"].startswith(scenario)
            and row["viewer"] != row["subject"]
            and (row["viewer"], row["subject"]) not in tickets
        }


@pytest.fixture(scope="module", params=["clean", "cache-fault", "schema-fault"])
def scanned(request, tmp_path_factory):
    workspace = tmp_path_factory.mktemp("tracker") / request.param
    return request.param, workspace, scan(workspace, request.param, RULES.read_text(encoding="utf-8"))


def contact(rows: set[Row]) -> set[Row]:
    return {row for row in rows if row[4] != "name"}


def test_contact_data_shown_to_others_is_exactly_what_the_application_says(scanned, capsys):
    scenario, workspace, _ = scanned
    truth = contact(truth_rows(scenario))
    found = contact(found_rows(workspace, capsys))
    assert found - truth == set()
    # What is true and not confirmed may only be the address that father and son share.
    missing = truth - found
    assert {(row[3], row[4]) for row in missing} <= {(subject, "address") for subject in PEANOS}
    assert missing <= found_rows(workspace, capsys, "possible")


def test_exit_code_and_counts_say_whether_anything_was_found(scanned, capsys):
    scenario, workspace, code = scanned
    found = found_rows(workspace, capsys)
    if scenario == "clean":
        assert (code, found) == (0, set())
    else:
        assert code == 1
        assert len({row[2] for row in found}) >= 10


def test_names_on_personal_pages_are_confirmed_by_what_stands_beside_them(scanned, capsys):
    scenario, workspace, _ = scanned
    truth = truth_rows(scenario)
    names = {row for row in found_rows(workspace, capsys) if row[4] == "name"}
    assert names <= truth
    if scenario == "cache-fault":  # Elsewhere every page with contact data is one where names are public.
        mailboxes = {row[:4] for row in truth if row[4] == "e-mail"}
        beside = {row for row in truth if row[4] == "name" and row[:4] in mailboxes and row[3] != ONE_LETTER}
        assert names == beside


def test_the_ledger_holds_no_value_of_anybody(scanned):
    _, workspace, _ = scanned
    with (RECORDING / "people.csv").open(encoding="utf-8") as file:
        people = list(csv.DictReader(file))
    values = [person[column] for person in people for column in ("full_name", "email", "phone", "street")]
    with (RECORDING / "sessions.csv").open(encoding="utf-8") as file:
        values += [row["cookie"] for row in csv.DictReader(file)]
    for path in workspace.rglob("*"):
        if path.is_file() and path.suffix != ".toml":
            data = path.read_bytes()
            hits = [number for number, value in enumerate(values) if len(value) > 3 and value.encode() in data]
            assert hits == [], f"{path.name} holds values number {hits[:5]}"


def test_without_rules_the_public_names_are_reported(tmp_path, capsys):
    """What is public by design is declared; this is what would be reported without the declaration."""
    workspace = tmp_path / "bare"
    assert scan(workspace, "clean", None) in (0, 1)
    capsys.readouterr()
    assert main(["-w", str(workspace), "exposures", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    fields = Counter(row["field"] for row in rows)
    assert fields["name"] > 1000
    assert {row["viewer"] for row in rows if row["field"] in ("e-mail", "phone")} <= {"staff:staff_carol", "unknown"}
