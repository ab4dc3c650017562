"""judge, explain and exposures, as somebody types them."""

from __future__ import annotations

import csv
import io
import json

import pytest

from spillkit.cause.incident import CauseClass
from spillkit.cli import main
from spillkit.cli.exposures import COLUMNS
from spillkit.ledger import Ledger
from spillkit.printed import safe_cell
from spillkit.settings import create_workspace
from tests.entitlement.sightings import Seen
from tests.ledger.rows import record
from tests.world import ALICE, BOB

A, B = ALICE.id, BOB.id


@pytest.fixture
def run(tmp_path, capsys):
    workspace = create_workspace(tmp_path / "spill")
    record(
        Ledger(workspace.ledger_dir),
        Seen(B, A, entry=1),
        Seen(A, A, entry=0),
        Seen("=cmd", A, entry=2),
        Seen(B, A, "name", entry=3, route="/issue{n}", evidence="possible"),
    )

    def run(*arguments: str) -> tuple[int, str, str]:
        code = main(["-w", str(workspace.root), *arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_exposures_are_listed_with_exactly_these_columns(run):
    assert run("judge")[0] == 0
    code, out, _ = run("exposures", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert out.splitlines()[0] == (
        "source,entry,time,method,route,status,viewer,viewer_from,subject,field,evidence,start,end,cause"
    )
    assert [(row["source"], row["entry"], row["viewer"], row["subject"], row["evidence"]) for row in rows] == [
        ("day1.har", "1", B, A, "confirmed"),
        ("day1.har", "2", "'=cmd", A, "confirmed"),
        ("day1.har", "3", B, A, "possible"),
    ]
    assert rows[0]["time"] == "2026-11-02T12:00:00.000000Z"
    assert {row["cause"] for row in rows} <= set(CauseClass)
    assert "" not in {row["cause"] for row in rows}
    assert tuple(rows[0]) == tuple(COLUMNS)


def test_exposures_as_json_lines(run):
    run("judge")
    _, out, _ = run("exposures", "--json", "--finding", "2")
    [row] = [json.loads(line) for line in out.splitlines()]
    assert (row["route"], row["viewer"], row["start"], row["end"]) == ("/issue{n}", B, 10, 18)


CELLS = {
    "a formula": ("=1+1", "'=1+1"),
    "a formula by plus": ("+1", "'+1"),
    "a formula by at": ("@SUM(A1)", "'@SUM(A1)"),
    "a formula behind a tab": ("\t=1", "'\ufffd=1"),
    "a terminal escape": ("a\x1b[31mb", "a\ufffd[31mb"),
    "a bidi override": ("a\u202eb", "a\ufffdb"),
    "an id": ("c_8f2a", "c_8f2a"),
}


@pytest.mark.parametrize(("value", "cell"), CELLS.values(), ids=CELLS)
def test_no_cell_is_run_by_a_spreadsheet_or_a_terminal(value, cell):
    assert safe_cell(value) == cell


def test_judge_says_what_a_new_rule_changed(run, tmp_path):
    _, first, _ = run("judge")
    assert "finding 1" in first
    assert "changed" not in first
    (tmp_path / "spill" / "rules.toml").write_text(
        'version = 1\n[[public]]\nroute = "GET /issue*"\nfields = ["name"]\nreason = "a tracker"\n'
    )
    _, second, _ = run("judge")
    assert "GET /issue{n}   0 new   1 vanished" in second
    assert "nothing changed" in run("judge")[1]
    told = json.loads(run("judge", "--json")[1])
    assert told["judgement"]["exposures"] == 2


def test_explain_says_which_rule_decided(run):
    run("judge")
    _, out, _ = run("explain", "1", "--subject", A, "--all")
    assert "exposure, confirmed   rule: none" in out
    assert "entitled   rule: self   everybody may see his own data" in out
    code, _, err = run("explain", "1", "--subject", B)
    assert code == 2
    assert "shows no such exposure of this subject" in err


@pytest.mark.parametrize("arguments", [("exposures",), ("explain", "1", "--subject", A)])
def test_before_anything_was_judged_the_next_step_is_told(arguments, run):
    code, _, err = run(*arguments)
    assert code == 2
    assert "spillkit judge" in err


def test_a_rules_file_that_is_not_there_is_bad_input(run):
    code, _, err = run("judge", "--rules", "none.toml")
    assert code == 2
    assert "there is no such rules file" in err
