"""`spillkit report authority` as an officer would type it, from a real workspace and from a file of facts."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import pypdf
import pytest

from spillkit.authority.statement import EXAMPLE
from spillkit.cli import main
from spillkit.law import facts_file
from tests.test_privacy_sweep import STORY, folder  # noqa: F401 - a fixture

FACTS = facts_file.EXAMPLE.read_text(encoding="utf-8")
AT = ["--at", "2026-11-22T09:00:00+01:00"]


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A folder with a file of facts and a statement."""
    monkeypatch.chdir(tmp_path)
    Path("facts.toml").write_text(FACTS, encoding="utf-8")
    Path("report.toml").write_text(EXAMPLE, encoding="utf-8")
    return tmp_path


def report(*arguments: str) -> int:
    return main(["report", "authority", *arguments])


def test_facts_that_were_typed_in_give_a_report_twice_the_same(desk, capsys):
    line = ["facts.toml", "--entity", "shop-eu", "--statement", "report.toml", *AT]
    assert report(*line, "--json", "one.json", "--pdf", "one.pdf") == 0
    assert report(*line, "--json", "two.json", "--pdf", "two.pdf") == 0
    assert Path("one.json").read_bytes() == Path("two.json").read_bytes()
    assert Path("one.pdf").read_bytes() == Path("two.pdf").read_bytes()
    assert stat.S_IMODE(Path("one.json").stat().st_mode) == 0o600
    digest = hashlib.sha256(Path("one.json").read_bytes()).hexdigest()
    assert digest in capsys.readouterr().out
    for page in pypdf.PdfReader("one.pdf").pages:
        assert digest in page.extract_text()
    assert report("--from", "one.json", "--pdf", "again.pdf") == 0
    assert Path("again.pdf").read_bytes() == Path("one.pdf").read_bytes()


def test_a_follow_up_names_what_changed(desk, capsys):
    line = ["--entity", "shop-eu", "--statement", "report.toml"]
    assert report("facts.toml", *line, *AT, "--json", "one.json") == 0
    one = next(row for row in FACTS.splitlines() if row.startswith("people = "))
    Path("more.toml").write_text(
        FACTS.replace(one, "people = 4321", 1).replace("people_upper", "# people_upper"), encoding="utf-8"
    )
    capsys.readouterr()
    later = ["--at", "2026-11-24T09:00:00+01:00"]
    assert report("more.toml", *line, *later, "--earlier", "one.json", "--json", "two.json") == 0
    assert "Changed since the last report" in capsys.readouterr().out
    second = json.loads(Path("two.json").read_bytes())
    assert second["phase"] == "follow-up"
    assert second["earlier"][0]["digest"] == hashlib.sha256(Path("one.json").read_bytes()).hexdigest()
    assert any(change["item"] == "number-people" for change in second["changes"])


def test_a_measured_incident_is_reported_from_the_workspace(folder, capsys):  # noqa: F811
    for line in STORY[: next(n for n, line in enumerate(STORY) if line[0] == "show")]:
        main(line)
    assert main(["cause"]) == 0
    Path("report.toml").write_text(EXAMPLE, encoding="utf-8")
    capsys.readouterr()
    assert (
        report("--incident", "1", "--statement", "report.toml", "--answer", "risk-unlikely=no", *AT, "--json", "-") == 0
    )
    made = json.loads(capsys.readouterr().out)
    sections = {section["item"]: section for section in made["sections"]}
    lines = {line["code"]: line for line in sections["number-people"]["lines"]}
    assert lines["confirmed"]["number"] >= 1
    assert "method" in lines
    assert made["clock"]["starts_at"] == "2026-11-20T16:20:00Z"


def test_what_a_law_wants_said_is_listed(desk, capsys):
    assert report("--items", "--rule", "jp-appi-26") == 0
    assert "nature" in capsys.readouterr().out


REFUSED = {
    "a follow-up to nothing": ["facts.toml", "--entity", "shop-eu", "--phase", "follow-up"],
    "no such rule": ["facts.toml", "--entity", "shop-eu", "--rule", "xx"],
    "several entities": ["facts.toml", "--rule", "jp-appi-26"],
    "a rule about people": ["facts.toml", "--entity", "shop-eu", "--rule", "eu-gdpr-34"],
    "a naive time": ["facts.toml", "--entity", "shop-eu", "--at", "2026-11-22T09:00:00"],
    "no time": ["facts.toml", "--entity", "shop-eu", "--at", "tomorrow"],
    "no such zone": ["facts.toml", "--entity", "shop-eu", "--zone", "Europe/Atlantis"],
    "an answer that is none": ["facts.toml", "--entity", "shop-eu", "--answer", "risk-unlikely=maybe"],
    "no statement": ["facts.toml", "--entity", "shop-eu", "--statement", "missing.toml"],
    "facts for a statement": ["facts.toml", "--entity", "shop-eu", "--statement", "facts.toml"],
    "nowhere to write": ["facts.toml", "--entity", "shop-eu", "--json", "missing/report.json"],
    "a PDF of nothing": ["--from", "facts.toml", "--pdf", "x.pdf"],
    "two sources": ["facts.toml", "--incident", "1"],
}


@pytest.mark.parametrize("arguments", REFUSED.values(), ids=REFUSED)
def test_refused_with_a_sentence(desk, arguments, capsys):
    assert report(*arguments) == 2
    said = capsys.readouterr().err
    assert said.startswith("spillkit: ")
    assert "Traceback" not in said
    assert sorted(path.name for path in desk.iterdir()) == ["facts.toml", "report.toml"]
