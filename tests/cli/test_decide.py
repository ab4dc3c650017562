"""`spillkit decide`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spillkit.cli import main


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    """A folder with the example of a facts file."""
    monkeypatch.chdir(tmp_path)
    assert main(["decide", "--example"]) == 0
    Path("facts.toml").write_text(capsys.readouterr().out, encoding="utf-8")
    return capsys


def test_the_example_is_decided_triggered_first_then_questions_then_the_rest(folder):
    assert main(["decide", "facts.toml"]) == 0
    out = folder.readouterr().out
    places = [out.index(part) for part in ("are triggered", "questions wait", "rules do not apply", "Severity")]
    assert places == sorted(places)
    until = "until Mon 23 Nov 2026 16:20 UTC (Mon 23 Nov 2026 17:20 in Europe/Luxembourg)"
    assert until in out
    assert "Commission nationale pour la protection des données (CNPD)" in out
    assert out.rstrip().endswith("Nothing is decided until it is signed.")
    assert "breach" not in out.replace("Breach of Security Safeguards", "").lower().replace("data breaches", "")


def test_why_prints_the_chain_and_the_flips(folder):
    assert main(["decide", "facts.toml", "--why", "jp-appi-26"]) == 0
    out = folder.readouterr().out
    assert "988 people confirmed, at most 1,014" in out
    assert "13 more people in Japan: then triggered" in out


def test_why_says_when_a_rule_was_not_looked_at(folder):
    assert main(["decide", "facts.toml", "--why", "kr-pipa-34-people"]) == 0
    assert "was not looked at: nobody in these facts lives in South Korea" in folder.readouterr().out


def test_answers_and_awareness_on_the_command_line_go_before_the_file(folder):
    typed = ["--answer", "risk-unlikely=yes", "--aware", "2026-11-21T10:00:00+01:00", "--aware-because", "seen again"]
    assert main(["decide", "facts.toml", "--json", "--rule", "eu-gdpr-33", *typed]) == 0
    [duty] = json.loads(folder.readouterr().out)["duties"]
    assert duty["outcome"] == "not triggered"
    typed[1] = "risk-unlikely=no"
    assert main(["decide", "facts.toml", "--json", "--rule", "eu-gdpr-33", *typed]) == 0
    [duty] = json.loads(folder.readouterr().out)["duties"]
    assert duty["deadline"]["due_at"] == "2026-11-24T09:00:00Z"


def test_an_old_incident_is_judged_by_the_law_of_its_day(folder):
    assert main(["decide", "facts.toml", "--json", "--on", "2025-06-01"]) == 0
    decided = json.loads(folder.readouterr().out)
    assert decided["law_on"] == "2025-06-01"
    [old] = [duty for duty in decided["duties"] if duty["rule"] == "us-ca-people"]
    assert old["reasons"][0]["holds"] == "yes"


def test_the_exit_code_tells_only_when_asked_to(folder):
    assert main(["decide", "facts.toml", "--fail-on", "triggered"]) == 1
    assert main(["decide", "facts.toml", "--rule", "us-ca-people-v2", "--fail-on", "asked"]) == 0
    assert main(["decide", "facts.toml", "--rule", "jp-appi-26", "--fail-on", "asked"]) == 1
    assert main(["decide", "facts.toml", "--rule", "jp-appi-26", "--fail-on", "triggered"]) == 0


def test_names_in_a_facts_file_drive_no_terminal(folder):
    text = Path("facts.toml").read_text(encoding="utf-8")
    hostile = r"\u001b[2J\u202e<script>"
    Path("facts.toml").write_text(
        text.replace('name = "Shop Europe"', f'name = "{hostile}"').replace('"example"', f'"{hostile}"'),
        encoding="utf-8",
    )
    for arguments in (["facts.toml"], ["facts.toml", "--why", "eu-gdpr-33"], ["facts.toml", "--answer", "a=\x1b[2J"]):
        main(["decide", *arguments])
        said = folder.readouterr()
        assert not {"\x1b", "\u202e"} & set(said.out + said.err)


def test_json_on_the_screen_is_json_and_nothing_else(folder):
    assert main(["decide", "facts.toml", "--json"]) == 0
    decided = json.loads(folder.readouterr().out)
    assert decided["version"] == 1
    assert decided["words"] == "This is a proposal. Nothing is decided until it is signed."


# Arguments, what is said.
REFUSED = {
    "no such file": (["missing.toml"], "cannot be read"),
    "both kinds of facts": (["facts.toml", "--incident", "1"], "one of them"),
    "no such rule": (["facts.toml", "--rule", "jp-appi-62"], "Did you mean"),
    "no such question": (["facts.toml", "--answer", "risk-unlikly=no"], "Did you mean risk-unlikely?"),
    "an answer that is none": (["facts.toml", "--answer", "risk-unlikely=maybe"], "QUESTION=yes"),
    "a jurisdiction that is none": (["facts.toml", "--answer", "risk-unlikely@XX=no"], "no jurisdiction"),
    "a time without a zone": (["facts.toml", "--aware", "2026-11-21T10:00:00", "--aware-because", "x"], "no zone"),
    "a time that is none": (["facts.toml", "--aware", "yesterday", "--aware-because", "x"], "not a time"),
    "no reason": (["facts.toml", "--aware", "2026-11-21T10:00:00Z"], "belong together"),
    "a time to come": (["facts.toml", "--aware", "2096-11-21T10:00:00Z", "--aware-because", "x"], "after the time"),
    "a day that is none": (["facts.toml", "--on", "soon"], "not a day"),
    "no workspace": ([], "workspace"),
}


@pytest.mark.parametrize(("arguments", "said"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_meant_is_refused_in_words(folder, arguments, said):
    assert main(["decide", *arguments]) == 2
    err = folder.readouterr().err
    assert said in err
    assert "Traceback" not in err
