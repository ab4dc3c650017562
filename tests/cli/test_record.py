"""`spillkit record` and `spillkit prove`, as typed."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from spillkit.cli import main
from spillkit.model import SubjectId
from spillkit.record import Private, open_record
from spillkit.settings import open_workspace
from tests.record.conftest import entries, entry
from tests.world import ALICE, NOON


@pytest.fixture
def folder(tmp_path, monkeypatch, capfd):
    """A workspace with a record of seven entries, and its public key in a file."""
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert main(["record", "init", "--name", "shop.example/record"]) == 0
    record = open_record(open_workspace(None))
    record.append(entries(0, 6))
    record.append([record.persons.seal(entry(6), [Private(SubjectId(ALICE.id), "recipient", ALICE.email)])])
    capfd.readouterr()
    assert main(["record", "key"]) == 0
    (tmp_path / "public.key").write_text(capfd.readouterr().out)
    return tmp_path


def typed(capfd, *words):
    code = main(list(words))
    said = capfd.readouterr()
    assert "Traceback" not in said.err
    return code, said.out, said.err


def test_before_there_is_a_record_every_command_says_how_to_make_one(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    main(["init"])
    for words in (["record", "show"], ["record", "verify"], ["record", "key"], ["prove", "bundle", "x.spillproof"]):
        code, _, err = typed(capfd, *words)
        assert code == 2
        assert "spillkit record init" in err
    assert not (tmp_path / "spill" / "record").exists()


def test_init_says_the_public_key_and_where_the_secret_one_is_once_and_again(folder, capfd):
    for _ in range(2):
        code, out, _ = typed(capfd, "record", "init", "--name", "shop.example/record")
        assert code == 0
        assert (folder / "public.key").read_text().strip() in out
        assert "PRIVATE" not in out
    code, _, err = typed(capfd, "record", "init", "--name", "other.example/record")
    assert (code, "cannot be changed" in err) == (2, True)


def test_show_lists_entries_and_never_what_is_sealed(folder, capfd):
    code, out, _ = typed(capfd, "record", "show", "--last", "3")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()] == ["place", "4", "5", "6"]
    assert "(1 sealed)" in out
    code, out, _ = typed(capfd, "record", "show", "--case", "case-1", "--json")
    assert [json.loads(line)["id"] for line in out.splitlines()] == ["e-1", "e-3", "e-5"]
    assert "No entries" in typed(capfd, "record", "show", "--case", "case-9")[1]


def test_a_bundle_written_here_is_proven_elsewhere(folder, capfd, monkeypatch, tmp_path_factory):
    for words in ([], ["--case", "case-1"]):
        assert typed(capfd, "prove", "bundle", "out.spillproof", *words)[0] == 0
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        for name in ("out.spillproof", "public.key"):
            (elsewhere / name).write_bytes((folder / name).read_bytes())
        monkeypatch.chdir(elsewhere)
        code, out, _ = typed(capfd, "prove", "verify", "out.spillproof", "--key", "public.key")
        assert code == 0
        assert out.startswith("PROVEN.\n")
        code, out, _ = typed(
            capfd, "prove", "verify", "out.spillproof", "--key", (folder / "public.key").read_text(), "--json"
        )
        assert (code, json.loads(out)["entries"]) == (0, 3 if words else 7)
        monkeypatch.chdir(folder)


def test_a_changed_file_ends_with_1_and_the_name_of_what_is_wrong(folder, capfd):
    typed(capfd, "prove", "bundle", "out.spillproof")
    bent = folder / "bent.spillproof"
    bent.write_bytes((folder / "out.spillproof").read_bytes().replace(b"e-3", b"e-9", 1))
    code, out, _ = typed(capfd, "prove", "verify", "bent.spillproof", "--key", "public.key")
    assert code == 1
    assert "(altered)" in out
    assert "Entry 3" in out
    code, out, _ = typed(capfd, "prove", "verify", "bent.spillproof", "--key", "public.key", "--json")
    assert (code, json.loads(out)["failure"]) == (1, "altered")


def test_bad_options_end_with_2(folder, capfd):
    typed(capfd, "prove", "bundle", "out.spillproof")
    assert typed(capfd, "prove", "verify", "none.spillproof", "--key", "public.key")[0] == 2
    for key in ("no key", "out.spillproof", "/", "\x00"):
        assert typed(capfd, "prove", "verify", "out.spillproof", "--key", key)[0] == 2
    assert typed(capfd, "prove", "bundle", "out.spillproof", "--case", "case-9")[0] == 2
    assert typed(capfd, "prove", "bundle", "missing/out.spillproof")[0] == 2
    assert typed(capfd, "prove", "bundle", "out.spillproof", "--seen", "public.key")[0] == 2


def test_a_checkpoint_kept_by_somebody_shows_whether_the_record_goes_on(folder, capfd):
    code, note, _ = typed(capfd, "record", "checkpoint")
    (folder / "kept.txt").write_text(note)
    open_record(open_workspace(None)).append(entries(7, 9))
    typed(capfd, "prove", "bundle", "out.spillproof")
    code, out, _ = typed(capfd, "prove", "verify", "out.spillproof", "--key", "public.key", "--seen", "kept.txt")
    assert (code, "the checkpoint of 7 entries" in out) == (0, True)
    code, out, _ = typed(capfd, "record", "verify", "--seen", "kept.txt")
    assert (code, "All 9 entries" in out) == (0, True)
    (folder / "later.txt").write_text(typed(capfd, "record", "checkpoint")[1])
    assert typed(capfd, "record", "checkpoint", "--json")[0] == 0


def test_verify_names_what_is_wrong_with_the_folder(folder, capfd):
    bundle = folder / "spill/record/log/tile/entries/000.p/7"
    bundle.write_bytes(bundle.read_bytes().replace(b"e-3", b"e-9", 1))
    code, out, _ = typed(capfd, "record", "verify")
    assert (code, "(altered)" in out, "Entry 3" in out) == (1, True, True)
    code, out, _ = typed(capfd, "record", "verify", "--json")
    assert (code, json.loads(out)["failure"]) == (1, "altered")


def test_a_damaged_record_is_said_in_words_by_every_command(folder, capfd):
    (folder / "spill/record/log/checkpoint").write_bytes(b"nothing\n")
    for words in (["show"], ["key"], ["checkpoint"], ["erase", ALICE.id, "--yes"]):
        code, _, err = typed(capfd, "record", *words)
        assert code == 0 or (code == 3 and "checkpoint" in err), words
    assert typed(capfd, "record", "verify")[0] == 1
    code, _, err = typed(capfd, "prove", "bundle", "out.spillproof")
    assert (code, "not a signed note" in err) == (3, True)
    assert not (folder / "out.spillproof").exists()


def test_verify_says_when_the_clock_was_set_back(folder, capfd):
    open_record(open_workspace(None)).append([entry(9, at=NOON - timedelta(days=1))])
    assert "before entry 7" in typed(capfd, "record", "verify")[1]
    typed(capfd, "prove", "bundle", "out.spillproof")
    assert "before entry 7" in typed(capfd, "prove", "verify", "out.spillproof", "--key", "public.key")[1]


def test_a_person_is_erased_once_and_every_proof_holds(folder, capfd, monkeypatch):
    typed(capfd, "prove", "bundle", "open.spillproof", "--show", ALICE.id)
    code, out, _ = typed(capfd, "prove", "verify", "open.spillproof", "--key", "public.key")
    assert (code, ALICE.email in out) == (0, True)
    monkeypatch.setattr("sys.stdin", open("/dev/null"))  # noqa: SIM115, PTH123 - nobody answers: nothing is destroyed
    assert typed(capfd, "record", "erase", ALICE.id)[0] == 130
    code, out, _ = typed(capfd, "record", "erase", ALICE.id, "--yes")
    assert (code, "1 sealed value." in out) == (0, True)
    code, _, err = typed(capfd, "record", "erase", ALICE.id, "--yes")
    assert (code, ALICE.id in err) == (2, False)
    assert typed(capfd, "record", "verify")[0] == 0
    assert typed(capfd, "prove", "verify", "open.spillproof", "--key", "public.key")[0] == 0
    typed(capfd, "prove", "bundle", "open.spillproof", "--show", ALICE.id)
    assert ALICE.email not in (folder / "open.spillproof").read_text()


def test_names_from_a_strange_file_drive_no_terminal(folder, capfd):
    typed(capfd, "prove", "bundle", "out.spillproof")
    text = (folder / "out.spillproof").read_text()
    (folder / "bent.spillproof").write_text(text.replace("shop.example/record", "shop.example/\\u001b[2J\\u202e"))
    code, out, _ = typed(capfd, "prove", "verify", "bent.spillproof", "--key", "public.key")
    assert code == 1
    assert "\x1b" not in out
    assert "\u202e" not in out
