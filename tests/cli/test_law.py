"""`spillkit law`: read by people, checked by those who correct it."""

from __future__ import annotations

import json
import shutil

import pytest

from spillkit.cli import main
from spillkit.law.books import BUILT_IN, read_books


@pytest.fixture
def law(tmp_path):
    """A copy of the books, to be corrected."""
    return shutil.copytree(BUILT_IN, tmp_path / "law")


def correct(law, name, old, new):
    path = law / "rules" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_every_book_is_listed_with_how_sure_it_is(capsys):
    assert main(["law", "list"]) == 0
    shown = capsys.readouterr().out
    lines = {line.split()[0]: line for line in shown.splitlines() if line[:1].strip()}
    assert set(read_books().jurisdictions) <= set(lines)
    assert "NOT CONFIRMED" in lines["US-WV"]
    assert "NOT CONFIRMED" not in lines["JP"]


def test_the_rules_of_one_book_are_listed(capsys):
    assert main(["law", "list", "--jurisdiction", "us-md", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["rule"] for row in rows] == ["us-md-people", "us-md-authority", "us-md-record", "us-md-bureaus"]


def test_an_id_is_never_cut_however_narrow_the_screen(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "50")
    assert main(["law", "list", "--jurisdiction", "US-NY"]) == 0
    shown = capsys.readouterr().out
    assert [rule.id for rule in read_books().jurisdictions["US-NY"].rule if rule.id not in shown] == []


def test_a_book_is_shown_with_its_periods_and_its_source(capsys):
    assert main(["law", "show", "US-CA"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "30 calendar days from discovery or notification" in shown
    assert "Attorney General of California [name not confirmed]" in shown
    assert "What Happened / What Information Was Involved" in shown
    assert "secondary page seen (read on 2026-11-21)" in shown


def test_general_knowledge_is_not_shown_as_law_that_was_read(capsys):
    assert main(["law", "show", "us-wv-people"]) == 0
    shown = capsys.readouterr().out
    assert "NOT CONFIRMED: general knowledge only" in shown
    assert "us-wv-bureaus" not in shown


def test_cases_are_shown_where_they_are_asked_for(capsys):
    assert main(["law", "show", "us-ia-authority"]) == 0
    assert "2026-11-30" not in capsys.readouterr().out
    assert main(["law", "show", "us-ia-authority", "--cases"]) == 0
    assert "2026-11-30" in capsys.readouterr().out


def test_a_book_as_json_is_the_book(capsys):
    assert main(["law", "show", "JP", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["zone"] == "Asia/Tokyo"


def test_a_code_that_is_none_is_refused_with_those_that_are_near(capsys):
    assert main(["law", "show", "us-caa"]) == 2
    assert "Did you mean US-CA" in capsys.readouterr().err
    assert main(["law", "list", "--jurisdiction", "eu-gdpr-33"]) == 2


def test_a_sound_folder_has_nothing_to_mend(law, capsys):
    assert main(["law", "check", "--books", str(law), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["problems"] == []


def test_a_mistake_is_found_and_ends_with_exit_code_1(law, capsys):
    correct(law, "us-ia.toml", "length = 5", "length = 6")
    assert main(["law", "check", "--books", str(law)]) == 1
    shown = capsys.readouterr().out
    assert "US-IA, us-ia-authority: case[" in shown
    assert "is due 2026-12-01T23:59:59-06:00, and should be due 2026-11-30T23:59:59-06:00" in shown


def test_a_file_that_cannot_be_read_ends_with_exit_code_2(law, capsys):
    correct(law, "us-ia.toml", "length = 5", "length = five")
    assert main(["law", "check", "--books", str(law)]) == 2
    assert "rules/us-ia.toml" in capsys.readouterr().err


def test_what_changed_is_said_as_it_was_and_as_it_is(law, capsys):
    correct(law, "us-ia.toml", "length = 5", "length = 6")
    assert main(["law", "diff", str(law)]) == 0
    shown = capsys.readouterr().out
    assert "US-IA, us-ia-authority\n  Until (changed)" in shown
    assert "    - within 5 business days after giving notice to people [6 business days" in shown
    assert "    + within 5 business days after giving notice to people [5 business days" in shown
    assert "1 change." in shown


def test_books_that_say_the_same_have_no_difference(law, capsys):
    assert main(["law", "diff", str(law), str(BUILT_IN), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []


def test_a_book_from_anywhere_drives_no_terminal(law, capsys):
    for old in ('name = "Iowa"', 'words = "in the most expeditious manner"'):
        correct(law, "us-ia.toml", old, old[:-1] + '\\u001b]0;owned\\u0007\\u202e"')
    for command in (
        ["show", "US-IA"],
        ["show", "US-IA", "--json"],
        ["list"],
        ["list", "--jurisdiction", "US-IA"],
        ["check"],
    ):
        main(["law", *command, "--books", str(law)])
    main(["law", "diff", str(law)])
    shown = capsys.readouterr()
    assert "owned" in shown.out
    assert not {"\x1b", "\x07", "\u202e"} & set(shown.out + shown.err)
