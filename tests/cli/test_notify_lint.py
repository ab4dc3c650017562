"""`spillkit notify lint`: texts are checked before anybody reads them, and never quoted unasked."""

from __future__ import annotations

import json
from email.message import EmailMessage

import pytest

from spillkit.cli import main

SECRET = "Alizée Marchetti-Okonkwo"
RIGHT = "1,204 people are affected. Names and e-mail addresses were shown to other customers. Shop Europe, help@example.org."
AGAIN = " We will write again by 4 December 2026."


@pytest.fixture
def folder(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["notify", "lint", "--example"]) == 0
    (tmp_path / "facts.json").write_text(capsys.readouterr().out, encoding="utf-8")
    (tmp_path / "statement.en.txt").write_text(RIGHT + AGAIN, encoding="utf-8")
    return tmp_path


def lint(*arguments: str) -> int:
    return main(["notify", "lint", *arguments])


def test_a_right_statement_ends_with_0(folder, capsys):
    assert lint("statement.en.txt", "--facts", "facts.json") == 0
    assert "Nothing contradicts" in capsys.readouterr().out


def test_a_wrong_one_ends_with_1_and_is_quoted_only_with_show(folder, capsys):
    (folder / "agent.en.txt").write_text(f"{SECRET} may have been shown to\n77 people.", encoding="utf-8")
    assert lint("agent.en.txt", "--facts", "facts.json") == 1
    said = capsys.readouterr().out
    assert "agent.en.txt, line 1, characters 25-33: hedge" in said
    assert "may have" not in said.replace("not may have been", "")
    assert SECRET not in said
    assert lint("agent.en.txt", "--facts", "facts.json", "--show") == 1
    assert "may have" in capsys.readouterr().out.replace("not may have been", "")


def test_json_lists_what_contradicts_and_what_no_fact_decides(folder, capsys):
    (folder / "agent.en.txt").write_text("1,205 people are affected.", encoding="utf-8")
    assert lint("agent.en.txt", "--facts", "facts.json", "--json") == 1
    [row] = json.loads(capsys.readouterr().out)["contradictions"]
    assert (row["rule"], row["line"], len(row["id"]), "text" in row) == ("people-number", 1, 16, False)
    assert lint("agent.en.txt", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(one["kind"], one["value"]) for one in answer["unchecked"]] == [("people", "1205")]
    assert answer["languages"] == {"agent.en.txt": ["en"]}


def test_two_texts_are_held_against_each_other_without_facts(folder, capsys):
    (folder / "agent.txt").write_text("1,416 people were affected by it, and we told them.", encoding="utf-8")
    (folder / "portal.txt").write_text("1,204 people were affected by it, and we told them.", encoding="utf-8")
    assert lint("agent.txt", "portal.txt") == 1
    said = capsys.readouterr().out
    assert "1204 people (portal.txt)" in said
    assert "No facts were given" in said


def test_a_mail_is_read_in_both_its_parts_with_its_links(folder, capsys):
    mail = EmailMessage()
    mail["Subject"] = "Shop Europe"
    mail.set_content(RIGHT + AGAIN)
    page = f"<p>{RIGHT}{AGAIN}</p><style>p {{}}</style><a href='https://example.org.evil.com/'>example.org</a>"
    mail.add_alternative(page, subtype="html")
    (folder / "mail.eml").write_bytes(bytes(mail))
    assert lint("mail.eml", "--as", "statement", "--language", "en", "--facts", "facts.json", "--json") == 1
    found = json.loads(capsys.readouterr().out)["contradictions"]
    assert [(one["document"], one["rule"]) for one in found] == [("mail.eml (HTML)", "foreign-domain")]


def test_a_report_to_an_authority_is_held_against_the_statement(folder, capsys):
    line = {"code": "confirmed", "label": "Confirmed", "words": "1,300", "number": 1300}
    report = {"schema": "spillkit:authority-report:1", "language": "en", "sections": [{"item": "x", "lines": [line]}]}
    (folder / "report.en.json").write_text(json.dumps(report), encoding="utf-8")
    assert lint("report.en.json", "statement.en.txt", "--json") == 1
    found = json.loads(capsys.readouterr().out)["contradictions"]
    assert [(one["rule"], one["says"], one["other"]) for one in found] == [
        ("people-number", "1300 people", "1204 people")
    ]


BAD = {
    "no file": (["missing.txt"], "missing.txt: cannot be read"),
    "no name": ([], "Name the files"),
    "another language": (["statement.en.txt", "--language", "fi"], "--language"),
    "binary": (["binary.txt"], "not text in UTF-8"),
    "broken JSON": (["broken.json"], "not JSON"),
    "facts that are none": (["statement.en.txt", "--facts", "broken.json"], "broken.json: "),
    "facts with a name": (["statement.en.txt", "--facts", "named.json"], "named.json"),
    "facts that contradict themselves": (["statement.en.txt", "--facts", "twice.json"], "twice.json"),
    "facts of tomorrow": (["statement.en.txt", "--facts", "later.json"], "version 1"),
    "facts in no zone": (["statement.en.txt", "--facts", "zone.json"], "no time zone"),
    "facts without a zone": (["statement.en.txt", "--facts", "naive.json"], "without its time zone"),
    "too large": (["large.txt"], "1 MiB"),
}


@pytest.mark.parametrize(("arguments", "message"), BAD.values(), ids=BAD)
def test_bad_input_ends_with_2_and_says_what_to_do(folder, capsys, arguments, message):
    (folder / "binary.txt").write_bytes(b"\xff\x00\x81")
    (folder / "broken.json").write_text('{"words": ', encoding="utf-8")
    (folder / "named.json").write_text(json.dumps({"fields": [SECRET], SECRET: 1}), encoding="utf-8")
    (folder / "twice.json").write_text(json.dumps({"fields": ["name"], "not_shown": ["name"]}), encoding="utf-8")
    (folder / "later.json").write_text(json.dumps({"version": 2}), encoding="utf-8")
    facts = (folder / "facts.json").read_text(encoding="utf-8")
    (folder / "zone.json").write_text(facts.replace("Europe/Luxembourg", "Europe/Lurg"), encoding="utf-8")
    (folder / "naive.json").write_text(facts.replace("21:10:00Z", "21:10:00"), encoding="utf-8")
    (folder / "large.txt").write_bytes(b"a" * (1 << 20 | 1))
    capsys.readouterr()
    assert lint(*arguments) == 2
    said = capsys.readouterr()
    assert message in said.err
    assert SECRET not in said.err + said.out


def test_texts_are_held_against_a_prepared_mailing(tmp_path, monkeypatch, capsys):
    from spillkit.settings import create_workspace
    from tests.notices.test_prepared import prepare

    monkeypatch.chdir(tmp_path)
    prepare(create_workspace(tmp_path / "spill"))
    (tmp_path / "agent.en.txt").write_text("17 people are affected. Your name may have been shown.", encoding="utf-8")
    capsys.readouterr()
    assert main(["notify", "lint", "--mailing", "2026-11-cache"]) == 0
    assert "Texts checked: 3 notices in 3 shapes" in capsys.readouterr().out
    assert main(["notify", "lint", "agent.en.txt", "--mailing", "2026-11-cache"]) == 1
    said = capsys.readouterr().out
    assert "people-number: agent.en.txt" in said
    assert "hedge: agent.en.txt" in said
    assert "may have been" not in said
    assert main(["notify", "lint", "--mailing", "another"]) == 2
    assert main(["notify", "lint", "--mailing", "2026-11-cache", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["checked"]["shapes"] == 3
