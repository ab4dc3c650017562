"""A bundle proves what it holds to somebody with the public key alone; whatever is done to it is named."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import EntryError, InputError
from spillkit.model import SubjectId
from spillkit.record import Private, create_record, open_record
from spillkit.record import verifier as verifier_module
from spillkit.record.bundle import Wishes, write_bundle
from spillkit.record.signing import new_signer
from spillkit.record.verifier import FAILURES, ProofError, leaf_hash, verify_bundle
from spillkit.settings import create_workspace
from tests.record.conftest import entries, entry
from tests.world import ALICE, BOB, NOON

ABOUT_ALICE = Private(SubjectId(ALICE.id), "recipient", ALICE.email)
ABOUT_BOB = Private(SubjectId(BOB.id), "also", BOB.email)


@pytest.fixture
def full(record):
    """A record of 300 entries in two cases; entry 300 seals something about Alice and Bob."""
    record.append(entries(0, 300))
    record.append([record.persons.seal(entry(300), [ABOUT_ALICE, ABOUT_BOB])])
    return record


def bundle(record, path, **wishes):
    write_bundle(record, path, Wishes(**wishes), NOON)
    return path


def failure_of(path, key, seen=None):
    with pytest.raises(ProofError) as found:
        verify_bundle(path, key, seen)
    assert found.value.failure in FAILURES
    return found.value.failure


def test_the_whole_record_is_proven_with_one_file_and_the_key(full, tmp_path):
    proven = verify_bundle(bundle(full, tmp_path / "all.spillproof"), full.key)
    assert (proven.entries, proven.checkpoint, proven.case) == (301, full.checkpoint(), None)
    assert (proven.first_at, proven.last_at) == ("2026-11-02T12:00:00.000000Z", "2026-11-02T12:05:00.000000Z")


def test_one_case_is_proven_and_holds_nothing_of_the_other(full, tmp_path):
    file = bundle(full, tmp_path / "case.spillproof", case="case-1")
    proven = verify_bundle(file, full.key)
    assert (proven.entries, proven.case, proven.checkpoint.size) == (150, "case-1", 301)
    assert b"case-0" not in file.read_bytes()


def test_a_record_of_no_entries_and_of_one_are_proven(record, tmp_path):
    assert verify_bundle(bundle(record, tmp_path / "none"), record.key).entries == 0
    record.append(entries(0, 1))
    assert verify_bundle(bundle(record, tmp_path / "one"), record.key).entries == 1
    assert verify_bundle(bundle(record, tmp_path / "case", case="case-0"), record.key).entries == 1


def test_a_case_that_is_not_there_has_no_bundle(full, tmp_path):
    with pytest.raises(EntryError, match="no entry of that case"):
        bundle(full, tmp_path / "x", case="case-9")
    assert list(tmp_path.glob("*x*")) == []


def test_a_bundle_shows_what_it_was_told_to_show_and_is_for_its_owner_alone(full, tmp_path):
    closed = bundle(full, tmp_path / "closed", case="case-0").read_bytes()
    assert not any(secret.encode() in closed for secret in (*ALICE.secrets, *BOB.secrets, ALICE.id))
    for case in (None, "case-0"):
        file = bundle(full, tmp_path / "open", case=case, subjects=[SubjectId(ALICE.id)])
        proven = verify_bundle(file, full.key)
        assert [(one.index, one.name, one.value) for one in proven.opened] == [(300, "recipient", ALICE.email)]
        assert BOB.email.encode() not in file.read_bytes()
        assert file.stat().st_mode & 0o077 == 0


def test_after_erasure_old_and_new_bundles_are_proven_and_show_nothing(full, tmp_path):
    before = bundle(full, tmp_path / "before")
    full.persons.erase(SubjectId(ALICE.id))
    after = bundle(full, tmp_path / "after", subjects=[SubjectId(ALICE.id)])
    assert verify_bundle(before, full.key).checkpoint == verify_bundle(after, full.key).checkpoint
    assert verify_bundle(after, full.key).opened == []


def test_a_clock_set_back_is_said(record, tmp_path):
    record.append([entry(9), entry(1)])
    assert verify_bundle(bundle(record, tmp_path / "all"), record.key).clock_set_back == [1]


# ---- What somebody may do to the file ----


def flip(text):
    place = len(text) // 2
    return text[:place] + bytes([text[place] ^ 1]) + text[place + 1 :]


def change_line(lines, number, change):
    lines[number] = change(lines[number].rstrip(b"\n")) + b"\n"
    return lines


def with_its_own_hash(line):
    """An entry changed by somebody who knows the format, and makes the hash fit."""
    word, place, _, leaf = line.split(b" ", 3)
    leaf = leaf.replace(b"figure", b"Figure")
    return b" ".join([word, place, base64.b64encode(leaf_hash(leaf)), leaf])


def renumbered(lines):
    """The entries numbered through, by somebody who took one out or put them in another order."""
    place = 0
    for number, line in enumerate(lines):
        if line.startswith(b"entry "):
            word, _, rest = line.split(b" ", 2)
            lines[number] = b"%s %d %s" % (word, place, rest)
            place += 1
    return lines


def drop(lines, first, last):
    return lines[:first] + lines[last:]


def swap(lines, one, other):
    lines[one], lines[other] = lines[other], lines[one]
    return lines


# In a bundle of the whole record, line 2 + n is entry n.
WHOLE = {
    "a byte of an entry": (lambda lines: change_line(lines, 50, flip), "altered"),
    "an entry and its hash": (
        lambda lines: change_line(lines, 50, with_its_own_hash),
        "altered",
    ),
    "an entry dropped": (lambda lines: drop(lines, 50, 51), "missing"),
    "an entry dropped and the others numbered anew": (lambda lines: renumbered(drop(lines, 50, 51)), "missing"),
    "the last entry dropped": (lambda lines: drop(lines, -2, -1), "missing"),
    "all entries dropped": (lambda lines: drop(lines, 2, -1), "missing"),
    "two entries swapped": (lambda lines: swap(lines, 50, 52), "reordered"),
    "the first and last swapped": (lambda lines: swap(lines, 2, -2), "reordered"),
    "an entry twice": (lambda lines: [*lines[:51], lines[50], *lines[51:]], "doubled"),
    "an entry of its own making at the end": (
        lambda lines: [*lines[:-1], lines[-2].replace(b"entry 300", b"entry 301"), lines[-1]], "not-included"
    ),
    "no seal": (lambda lines: lines[:-1], "cut-off"),
    "cut in an entry": (lambda lines: [*lines[:50], lines[50][:60]], "cut-off"),
    "more after the seal": (lambda lines: [*lines, b"entry 301\n"], "malformed"),
    "a line of another kind": (lambda lines: [*lines[:50], b"comment\n", *lines[50:]], "malformed"),
    "the time it was made": (lambda lines: change_line(lines, 1, lambda line: line.replace(b"12:00:00Z", b"12:00:01Z")), "altered"),
    "the first line": (lambda lines: change_line(lines, 0, flip), "malformed"),
    "no lines": (lambda lines: [], "malformed"),
    "the seal": (lambda lines: change_line(lines, -1, lambda line: b"seal " + base64.b64encode(b"x\n")), "malformed"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "failure"), WHOLE.values(), ids=WHOLE)
def test_whatever_is_done_to_a_bundle_of_the_record_is_named(full, tmp_path, tamper, failure):
    file = bundle(full, tmp_path / "all")
    file.write_bytes(b"".join(tamper(file.read_bytes().splitlines(keepends=True))))
    assert failure_of(file, full.key) == failure


# In a bundle of a case, lines 2 + 2n and 3 + 2n are its n-th entry and the proof of it.
CASE = {
    "a byte of an entry": (lambda lines: change_line(lines, 52, flip), "altered"),
    "an entry and its hash": (
        lambda lines: change_line(lines, 52, with_its_own_hash),
        "not-included",
    ),
    "a byte of a proof": (lambda lines: change_line(lines, 53, lambda line: line.replace(b"A", b"B", 1)), "not-included"),
    "an entry dropped": (lambda lines: drop(lines, 52, 54), "missing"),
    "the last entry dropped": (lambda lines: drop(lines, -3, -1), "missing"),
    "the last entry dropped and counted out": (
        lambda lines: change_line(drop(lines, -3, -1), 1, lambda line: line.replace(b'"entries":150', b'"entries":149')), "altered"
    ),
    "two entries swapped": (lambda lines: [*lines[:52], *lines[54:56], *lines[52:54], *lines[56:]], "reordered"),
    "a proof dropped": (lambda lines: drop(lines, 53, 54), "malformed"),
    "a proof too short": (lambda lines: change_line(lines, 53, lambda line: line.rpartition(b" ")[0]), "not-included"),
    "another case": (lambda lines: change_line(lines, 1, lambda line: line.replace(b"case-1", b"case-7")), "altered"),
}  # fmt: skip


@pytest.mark.parametrize(("tamper", "failure"), CASE.values(), ids=CASE)
def test_whatever_is_done_to_a_bundle_of_a_case_is_named(full, tmp_path, tamper, failure):
    file = bundle(full, tmp_path / "case", case="case-1")
    file.write_bytes(b"".join(tamper(file.read_bytes().splitlines(keepends=True))))
    assert failure_of(file, full.key) == failure


def test_an_opened_value_cannot_be_exchanged(full, tmp_path):
    file = bundle(full, tmp_path / "open", subjects=[SubjectId(ALICE.id)])
    file.write_bytes(file.read_bytes().replace(ALICE.email.encode(), BOB.email.encode()))
    assert failure_of(file, full.key) == "not-opened"


def test_another_key_and_another_log_are_told_apart(full, tmp_path):
    file = bundle(full, tmp_path / "all")
    assert failure_of(file, new_signer("shop.example/record").public_key) == "wrong-key"
    assert failure_of(file, new_signer("other.example/record").public_key) == "other-log"


def test_the_checkpoint_of_another_log_does_not_fit(full, tmp_path):
    other = create_record(create_workspace(tmp_path / "other"), "other.example/record")
    other.append(entries(0, 301))
    file = bundle(full, tmp_path / "all")
    lines = file.read_bytes().splitlines(keepends=True)
    header = json.loads(lines[1]) | {"checkpoint": other.checkpoint_note().decode()}
    file.write_bytes(b"".join([lines[0], json.dumps(header).encode() + b"\n", *lines[2:]]))
    assert failure_of(file, full.key) == "other-log"


def test_an_older_checkpoint_of_the_same_log_does_not_fit_newer_entries(record, tmp_path):
    record.append(entries(0, 3))
    old = record.checkpoint_note().decode()
    record.append(entries(3, 6))
    file = bundle(record, tmp_path / "all")
    lines = file.read_bytes().splitlines(keepends=True)
    header = json.loads(lines[1]) | {"checkpoint": old}
    file.write_bytes(b"".join([lines[0], json.dumps(header).encode() + b"\n", *lines[2:]]))
    assert failure_of(file, record.key) == "not-included"


# ---- What was seen before ----


def grown(record, *sizes):
    """The checkpoints of a record that grew to these sizes."""
    notes = []
    for size in sizes:
        record.append(entries(len(record), size))
        notes.append(record.checkpoint_note())
    return notes


def test_a_record_that_goes_on_shows_it(record, tmp_path):
    empty, old, now = grown(record, 0, 5, 300)
    for seen, size in ((empty, 0), (old, 5), (now, 300)):
        file = bundle(record, tmp_path / "all")
        assert verify_bundle(file, record.key, seen).continues == size
        file = bundle(record, tmp_path / "case", case="case-1", seen=seen)
        assert verify_bundle(file, record.key, seen).continues == size


def test_a_case_without_a_link_to_what_was_seen_is_not_taken_for_one_with_it(record, tmp_path):
    old, older, _ = grown(record, 5, 9, 300)
    assert failure_of(bundle(record, tmp_path / "case", case="case-1"), record.key, old) == "no-link"
    assert failure_of(bundle(record, tmp_path / "case", case="case-1", seen=older), record.key, old) == "no-link"


def test_a_record_that_was_rolled_back_is_named(record, tmp_path):
    [_] = grown(record, 5)
    files = [bundle(record, tmp_path / "all"), bundle(record, tmp_path / "case", case="case-1")]
    [later] = grown(record, 9)
    assert [failure_of(file, record.key, later) for file in files] == ["rolled-back"] * 2


def test_a_record_that_was_written_anew_under_the_same_key_is_named(record, workspace, tmp_path):
    [seen] = grown(record, 5)
    for part in (workspace.root / "record.seen", record.folder / "log" / "checkpoint"):
        part.unlink()
    shutil.rmtree(record.folder)
    other = open_record(workspace)
    other.append(entries(10, 30))
    case = bundle(other, tmp_path / "case", case="case-1", seen=seen)
    files = [bundle(other, tmp_path / "all"), case]
    assert [failure_of(file, record.key, seen) for file in files] == ["rewritten"] * 2


def test_a_checkpoint_of_somebody_else_is_no_older_checkpoint(full, tmp_path):
    strange = new_signer("other.example").sign("other.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n")
    assert failure_of(bundle(full, tmp_path / "all"), full.key, strange) == "other-log"
    with pytest.raises(InputError):
        bundle(full, tmp_path / "all", seen=strange)


# ---- Whatever bytes come ----


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A bundle of a small record and one of a case, with an opening, and the key."""
    folder = tmp_path_factory.mktemp("bundles")
    record = create_record(create_workspace(folder / "spill"), "shop.example/record")
    record.append(entries(0, 5))
    record.append([record.persons.seal(entry(5), [ABOUT_ALICE])])
    whole = bundle(record, folder / "all", subjects=[SubjectId(ALICE.id)])
    case = bundle(record, folder / "case", case="case-1", subjects=[SubjectId(ALICE.id)])
    return {"whole": whole.read_bytes(), "case": case.read_bytes()}, record.key, folder / "bent"


@given(st.data())
@settings(max_examples=400, deadline=None)
def test_no_byte_of_a_bundle_can_be_changed_dropped_or_added(files, data):
    bundles, key, bent = files
    good = bundles[data.draw(st.sampled_from(["whole", "case"]))]
    place = data.draw(st.integers(0, len(good) - 1))
    what = data.draw(st.sampled_from(["change", "drop", "add", "cut"]))
    byte = bytes([data.draw(st.integers(0, 255))])
    if what == "change":
        byte = byte if byte[0] != good[place] else bytes([good[place] ^ 1])
        changed = good[:place] + byte + good[place + 1 :]
    else:
        changed = {
            "drop": good[:place] + good[place + 1 :],
            "add": good[:place] + byte + good[place:],
            "cut": good[:place],
        }[what]
    if changed == good:
        return
    bent.write_bytes(changed)
    failure_of(bent, key)


WORDS = [
    *(b"entry ", b"proof ", b"opening ", b"seal ", b"time ", b"0 ", b"1 ", b"{}", b"[" * 9000, b"\n", b"\xff"),
    *(b"99999999999999999999 ", b'{"id":"x","at":"","case":"","number":true,"commitments":{}}'),
]
HEADERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["checkpoint", "case", "entries", "continues", "continuity"]), inner)
    ),
    max_leaves=8,
)


@given(st.lists(st.sampled_from(WORDS), max_size=12))
@settings(max_examples=200, deadline=None)
def test_any_lines_are_a_bundle_or_refused(files, words):
    bundles, key, bent = files
    start = b"".join(bundles["whole"].splitlines(keepends=True)[:2])
    bent.write_bytes(start + b"".join(words))
    failure_of(bent, key)


@given(HEADERS)
@settings(max_examples=200, deadline=None)
def test_any_header_is_refused_or_read(files, header):
    _, key, bent = files
    bent.write_bytes(b"spillproof/v1\n" + json.dumps(header).encode() + b"\n")
    failure_of(bent, key)


# ---- Alone, elsewhere ----


def test_the_verifier_is_one_file_that_needs_nothing_of_spillkit(full, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    script = elsewhere / "verifier.py"
    script.write_bytes(Path(verifier_module.__file__).read_bytes())
    file = bundle(full, elsewhere / "all.spillproof")
    # Whatever asks for spillkit fails, although it is installed here.
    guard = "import sys, runpy; sys.modules['spillkit'] = None; del sys.argv[0]; runpy.run_path(sys.argv[0], run_name='__main__')"

    def run(*arguments):
        return subprocess.run(
            [sys.executable, "-c", guard, str(script), *arguments],
            capture_output=True,
            text=True,
            cwd=elsewhere,
            check=False,
        )

    good = run("all.spillproof", "--key", full.key.text)
    assert (good.returncode, good.stdout) == (0, "PROVEN: 301 entries of the whole record, log of 301 entries\n")
    file.write_bytes(file.read_bytes().replace(b"e-7", b"e-8", 1))
    bad = run("all.spillproof", "--key", full.key.text)
    assert (bad.returncode, bad.stderr) == (1, "NOT PROVEN (altered): entry 7 is not what was recorded\n")
    assert run("none.spillproof", "--key", full.key.text).returncode == 2
