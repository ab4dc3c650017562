"""`spillkit plant`: people for a test-suite, as CSV or JSON."""

from __future__ import annotations

import json

from spillkit.cli import main
from spillkit.plant import plant_people
from spillkit.plant.files import read_people


def test_people_are_written_as_a_customer_list(tmp_path, capsys):
    path = tmp_path / "people.csv"
    assert main(["plant", "--count", "6", "--locale", "fr_FR", "--locale", "ar_EG", "--csv", str(path)]) == 0
    assert read_people(path) == plant_people(6, ["fr_FR", "ar_EG"])
    assert capsys.readouterr().out == "6 planted people are in people.csv.\n"


def test_people_are_printed_as_json(capsys):
    assert main(["plant", "--count", "2", "--seed", "5", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [person.row() for person in plant_people(2, seed=5)]


def test_a_written_list_is_understood_as_customers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["plant", "--csv", "people.csv"]) == 0
    assert main(["init"]) == 0
    assert main(["people", "add", "people.csv"]) == 0
    assert "6" in capsys.readouterr().out


def test_what_cannot_be_done_is_said(tmp_path, capsys):
    assert main(["plant", "--locale", "nowhere"]) == 2
    assert main(["plant", "--csv", str(tmp_path / "no" / "people.csv")]) == 2
    assert main(["plant", "--csv", str(tmp_path / "people.csv"), "--json"]) == 2
    assert "Traceback" not in capsys.readouterr().err
