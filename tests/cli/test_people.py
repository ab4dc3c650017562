"""`spillkit people` and `spillkit key`, as typed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from spillkit.cli import main
from spillkit.settings import create_workspace
from tests.world import ALICE, BOB, write_people


class Shell:
    """Types commands in a folder with a workspace."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capture = capture
        create_workspace(folder / "spill")

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return exit code, what was printed, and what was said of errors."""
        self._capture.readouterr()
        code = main(["-w", str(self.folder / "spill"), *arguments])
        printed, errors = self._capture.readouterr()
        return code, printed, errors

    def json(self, *arguments: str) -> dict[str, object]:
        code, printed, _ = self.run(*arguments, "--json")
        assert code == 0
        parsed: dict[str, object] = json.loads(printed)
        return parsed


@pytest.fixture
def shell(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capfd)


def test_add_says_which_column_it_takes_for_what(shell: Shell) -> None:
    write_people(shell.folder / "customers.csv")
    code, printed, _ = shell.run("people", "add", "customers.csv")
    assert code == 0
    for line in (
        "id                       customer_id",
        "family name              family_name",
        "2 people are in the directory now",
    ):
        assert line in printed
    assert not any(secret in printed for person in (ALICE, BOB) for secret in person.secrets)


def test_check_writes_nothing_and_needs_no_workspace(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write_people(tmp_path / "customers.csv")
    before = sorted(tmp_path.rglob("*"))
    assert main(["people", "check", str(path)]) == 0
    assert "Nothing was written." in capfd.readouterr().out
    assert sorted(tmp_path.rglob("*")) == before


def test_check_counts_and_lists_bad_rows(shell: Shell) -> None:
    Path("customers.csv").write_text(
        "id,name,email\nc_1,Zoë Müller,zoe at home\n,Bob,b@example.org\nc_3,C,c@example.org\n"
    )
    figures = shell.json("people", "check", "customers.csv", "--bad-rows", "bad.csv")
    assert (figures["rows"], figures["people"], figures["values"]) == (2, 2, {"e-mail": 1, "name": 1})
    assert sorted(Path("bad.csv").read_text().splitlines()[1:]) == [
        "customers.csv,2,email,not an e-mail address",
        "customers.csv,3,id,no id",
        "customers.csv,4,name,a name of one letter is never matched",
    ]


def test_add_again_without_a_file_reads_the_same_list_in_the_same_way(shell: Shell) -> None:
    Path("customers.csv").write_text("nr,who,Mail2\nc_10000,Zoë Müller,zoe@example.org\n")
    Path("orders.csv").write_text("no,owner\nORD-2026-7781,c_10000\n")
    shell.json("people", "add", "customers.csv", "--map", "name=who", "--tokens", "order=orders.csv:no,owner")
    for arguments in (["people", "add"], ["people", "add", "customers.csv"]):
        assert shell.json(*arguments)["unchanged"] == 1
    Path("orders.csv").unlink()
    assert shell.run("people", "add")[0] == 2
    assert shell.json("people", "add", "--no-tokens")["changed"] == 1


def test_list_counts_and_names_nobody(shell: Shell) -> None:
    write_people(shell.folder / "customers.csv")
    shell.run("people", "add", "customers.csv")
    _, printed, _ = shell.run("people", "list")
    assert "2 people" in printed
    assert ALICE.id not in printed
    assert shell.json("people", "list")["country"] == {"DE": 1, "FR": 1}


def test_forget_removes_and_says_what_else_to_do(shell: Shell) -> None:
    write_people(shell.folder / "customers.csv")
    shell.run("people", "add", "customers.csv")
    code, printed, _ = shell.run("people", "forget", ALICE.id, "c_nobody")
    assert (code, printed.splitlines()[0]) == (0, "Forgot 1 of 2.")
    assert "brings back" in printed
    assert shell.json("people", "list")["people"] == 1


def test_rotating_the_key_keeps_the_people(shell: Shell) -> None:
    write_people(shell.folder / "customers.csv")
    shell.run("people", "add", "customers.csv")
    before = Path("spill/key").read_text()
    code, printed, _ = shell.run("key", "rotate")
    assert (code, Path("spill/key").read_text() != before) == (0, True)
    assert before.strip() not in printed
    assert (Path("spill/key").stat().st_mode & 0o777, Path("spill/key.next").exists()) == (0o600, False)
    assert shell.json("people", "add")["unchanged"] == 2


def test_a_key_elsewhere_is_rotated_by_hand(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Path("spill/spillkit.toml")
    settings.write_text(settings.read_text().replace('\nfile = "key"', '\nenvironment = "SPILL_TEST_KEY"'))
    monkeypatch.setenv("SPILL_TEST_KEY", "00" * 16)
    write_people(shell.folder / "customers.csv")
    shell.run("people", "add", "customers.csv")
    assert shell.run("key", "rotate")[0] == 2
    Path("next.hex").write_text("11" * 16)
    assert shell.run("key", "rotate", "--new-key", "next.hex")[0] == 0
    assert shell.run("people", "list")[0] == 3  # The variable still holds the old key.
    monkeypatch.setenv("SPILL_TEST_KEY", "11" * 16)
    assert shell.json("people", "list")["people"] == 2


def test_pseudonymised_ids_are_not_rotated_unawares(shell: Shell) -> None:
    Path("customers.csv").write_text("login,name\nzoe@example.org,Zoë Müller\n")
    shell.json("people", "add", "customers.csv", "--map", "id=login", "--pseudonymise-ids")
    code, _, errors = shell.run("key", "rotate")
    assert code == 2
    assert "--new-pseudonyms" in errors
    assert shell.json("people", "add")["unchanged"] == 1
    assert shell.run("people", "forget", "zoe@example.org")[1].startswith("Forgot 1 of 1.")


REFUSED = {
    "nothing named": (["people", "add"], "Name the customer list"),
    "a missing file": (["people", "add", "none.csv"], "none.csv: cannot be read"),
    "a bad --map": (["people", "add", "customers.csv", "--map", "x=y"], "--map: write ROLE=COLUMN"),
    "a bad --tokens": (["people", "add", "customers.csv", "--tokens", "orders.csv"], "--tokens: write KIND=FILE"),
    "a bad --country": (["people", "add", "customers.csv", "--country", "Mars"], "--country"),
    "a bad --charset": (["people", "add", "customers.csv", "--charset", "klingon"], "--charset"),
    "nobody to list": (["people", "list"], "No customer list was added yet"),
    "nobody to forget": (["people", "forget", "c_1"], "No customer list was added yet"),
    "nothing to rotate": (["key", "rotate"], "No customer list was added yet"),
}


@pytest.mark.parametrize(("arguments", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_done_is_said_with_exit_code_2(shell: Shell, arguments: list[str], words: str) -> None:
    write_people(shell.folder / "customers.csv")
    code, _, errors = shell.run(*arguments)
    assert (code, words in errors) == (2, True), errors
    assert "Traceback" not in errors


def test_a_missing_key_is_said(shell: Shell) -> None:
    write_people(shell.folder / "customers.csv")
    Path("spill/key").unlink()
    code, _, errors = shell.run("people", "add", "customers.csv")
    assert (code, "the key is missing" in errors) == (2, True)


@pytest.mark.parametrize(
    "command", [["people"], ["people", "add"], ["people", "check"], ["people", "forget"], ["key", "rotate"]]
)
def test_help_shows_examples(command: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert main([*command, "--help"]) == 0
    assert "Usage:" in capfd.readouterr().out
