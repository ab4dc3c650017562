"""The record keeps what it was given: in order, once, signed, and says where it does not any more."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import stat
from datetime import datetime, timedelta, timezone

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import EntryError, RecordError, SettingsError
from spillkit.record import Record, create_record, open_record
from spillkit.record import places as places_module
from spillkit.record.entry import is_canonical, leaf_of, read_leaf, with_number
from spillkit.record.verifier import leaf_hash, verify_consistency, verify_inclusion
from spillkit.settings import create_workspace
from tests.record import plain
from tests.record.conftest import entries, entry
from tests.world import ALICE, NOON


def test_what_is_added_is_there_in_order_with_proofs(record):
    assert record.append(entries(0, 3)) == [0, 1, 2]
    old = record.checkpoint()
    assert record.append(entries(3, 700)) == list(range(3, 700))
    now = record.checkpoint()
    leaves = list(record.leaves(0, 700))
    assert [one.id for one in record.entries()] == [f"e-{number}" for number in range(700)]
    assert (now.size, now.root) == (700, plain.root(leaves))
    assert record.entries(698, 900) == record.entries(698)
    for index in (0, 255, 256, 699):
        verify_inclusion(index, 700, leaf_hash(leaves[index]), record.inclusion_proof(index), now.root)
    verify_consistency(old.size, old.root, now.size, now.root, record.consistency_proof(3))
    assert record.verify().size == 700


def test_an_entry_added_again_stays_one_entry(record):
    record.append(entries(0, 3))
    assert record.append([entry(1), entry(5), entry(5), entry(0)]) == [1, 3, 3, 0]
    assert len(record) == 4


def test_the_same_id_with_another_content_is_refused_and_nothing_is_added(record):
    record.append(entries(0, 3))
    with pytest.raises(EntryError, match=r"Entry 1 .* same id"):
        record.append([entry(9), entry(1, kind="report")])
    with pytest.raises(EntryError, match="same id"):
        record.append([entry(9), entry(9, actor="user:8")])
    assert len(record) == 3


def test_an_empty_append_changes_nothing(record):
    before = record.checkpoint_note()
    assert record.append([]) == []
    assert record.checkpoint_note() == before


def test_entries_of_a_case_are_numbered_without_a_gap(record):
    record.append(entries(0, 300))
    record.append(entries(300, 600))
    found = record.of_case("case-1")
    assert [place for place, _ in found] == list(range(1, 600, 2))
    assert [one.number for _, one in found] == list(range(1, 301))
    assert record.of_case("case-9") == []
    assert (record.find("e-77"), record.find("e-600")) == (77, None)


def test_two_readers_of_one_folder_see_what_the_other_added(record, workspace):
    other = open_record(workspace)
    record.append(entries(0, 2))
    assert other.append(entries(2, 4)) == [2, 3]
    assert [one.id for one in record.entries()] == ["e-0", "e-1", "e-2", "e-3"]


def append_in_turns(workspace, start):
    record = open_record(workspace)
    for number in range(start, start + 30):
        record.append([entry(number), entry(7)])


def test_several_processes_add_and_nothing_is_lost_or_doubled(record, workspace):
    turns = multiprocessing.get_context("spawn")
    processes = [turns.Process(target=append_in_turns, args=(workspace, start)) for start in (100, 200, 300)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    ids = sorted(one.id for one in record.entries())
    assert ids == sorted(["e-7", *(f"e-{start + number}" for start in (100, 200, 300) for number in range(30))])
    record.verify()


def test_places_are_found_again_when_their_file_is_gone_or_damaged(record, workspace):
    record.append(entries(0, 600))
    for damage in (os.unlink, lambda path: path.write_bytes(b"no database" * 500)):
        for name in ("places.sqlite-wal", "places.sqlite-shm"):
            (record.folder / name).unlink(missing_ok=True)
        damage(record.folder / "places.sqlite")
        fresh = open_record(workspace)
        assert fresh.append([entry(599)]) == [599]
        assert fresh.find("e-0") == 0


def test_places_are_found_however_many_there_are(record, monkeypatch):
    monkeypatch.setattr(places_module, "_RECENT_AT_MOST", 100)
    for first in range(0, 1000, 70):
        record.append(entries(first, first + 70))
        assert record.append([entry(0), entry(first + 69)]) == [0, first + 69]
        assert [place for place, _ in record.of_case("case-0")] == list(range(0, first + 70, 2))
    assert record.verify().size == 1050


def test_a_clock_set_back_is_kept_as_said_and_flagged(record):
    record.append([entry(0), entry(1), entry(2, at=NOON - timedelta(days=1)), entry(3)])
    assert record.entries()[2].at == NOON - timedelta(days=1)
    assert record.verify().clock_set_back == (2,)


def test_times_are_kept_in_utc(record):
    record.append([entry(0, at=datetime(2026, 11, 2, 13, tzinfo=timezone(timedelta(hours=1))))])
    assert leaf_of(record.entries()[0]).count(b'"at":"2026-11-02T12:00:00.000000Z"') == 1


GOOD_LEAF = leaf_of(entry(3))
BENT = [
    GOOD_LEAF[:-1],
    GOOD_LEAF.replace(b'"v":1', b'"v":2'),
    GOOD_LEAF.replace(b"00.000000Z", b"00.000000"),
    GOOD_LEAF.replace(b"user:7", b"user\xff7"),
    GOOD_LEAF.replace(b'"v":1', b'"v":1,"w":1'),
    b"[" * 5000,
    b"{}",
]
REFUSED = {
    "a time without a zone": {"at": NOON.replace(tzinfo=None)},
    "an e-mail address as actor": {"actor": ALICE.email},
    "an e-mail address in the facts": {"facts": {"why": ["asked by", f"<{ALICE.email}>"]}},
    "an e-mail address as a name": {"facts": {ALICE.email: 1}},
    "an id with a space": {"id": "e 1"},
    "no id": {"id": ""},
    "an id that drives a terminal": {"id": "e\x1b[2J"},
    "a kind in capitals": {"kind": "Decision"},
    "not a number": {"facts": {"score": float("nan")}},
    "a number that other readers round": {"facts": {"count": 2**53}},
    "bytes": {"facts": {"page": b"x"}},
    "a name that is no text": {"facts": {1: "x"}},
    "half a character": {"facts": {"text": "\ud83d"}},
    "half a character in a name": {"facts": {"\ud83d": 1}},
    "too deep": {"facts": {"a": [[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]}},
    "too large": {"facts": {"text": "x" * 70_000}},
    "a commitment that is none": {"commitments": {"name": "Alice"}},
}  # fmt: skip


@pytest.mark.parametrize("parts", REFUSED.values(), ids=REFUSED)
def test_an_entry_that_must_not_be_kept_is_refused_without_being_quoted(record, parts):
    with pytest.raises(EntryError) as refused:
        record.append([entry(0), entry(1, **parts)])
    assert not any(secret in str(refused.value) for secret in ALICE.secrets)
    assert len(record) == 0


def test_the_largest_entry_fits_with_its_number(record):
    room = 65_519 - len(leaf_of(entry(0, facts={"text": ""})))
    record.append([entry(0, facts={"text": "x" * room}), entry(2)])
    record.append([entry(4)])
    assert [one.number for one in record.entries()] == [1, 2, 3]
    record.verify()


FACTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20).filter(lambda text: "@" not in text),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5).filter(lambda text: "@" not in text), inner),
    max_leaves=10,
)  # fmt: skip


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda text: "@" not in text), FACTS, max_size=4),
    st.integers(0, 2**53 - 1),
)
@settings(deadline=None)
def test_whatever_is_taken_reads_back_and_is_written_again_the_same(facts, number):
    one = read_leaf(leaf_of(entry(0, facts=facts)), 0)
    assert leaf_of(one) == leaf_of(entry(0, facts=facts))
    numbered = with_number(leaf_of(one), number)
    assert numbered == leaf_of(msgspec.structs.replace(one, number=number))
    assert read_leaf(numbered, 0).number == number
    assert is_canonical(numbered)


@given(st.binary(max_size=100) | st.sampled_from(BENT))
def test_any_bytes_are_an_entry_or_refused(data):
    try:
        assert read_leaf(data, 7).id
    except RecordError as refused:
        assert refused.failure == "malformed"  # noqa: PT017
        assert "Entry 7" in str(refused)  # noqa: PT017


# ---- What somebody may do to the folder ----


def flip(path, place=-1):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def swap_first_two(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:2], "big") + 2
    second = int.from_bytes(data[length : length + 2], "big") + 2
    path.write_bytes(data[length : length + second] + data[:length] + data[length + second :])


def drop_first(path):
    data = path.read_bytes()
    path.write_bytes(data[int.from_bytes(data[:2], "big") + 2 :])


TAMPERED = {
    "an entry is changed": (lambda log: flip(log / "tile/entries/000", 100), "altered"),
    "two entries change places": (lambda log: swap_first_two(log / "tile/entries/000"), "reordered"),
    "an entry is taken out": (lambda log: drop_first(log / "tile/entries/000"), "missing"),
    "the last entries are cut": (lambda log: (log / "tile/entries/001.p/44").write_bytes(b""), "missing"),
    "entries are gone": (lambda log: (log / "tile/entries/000").unlink(), "missing"),
    "a hash is changed": (lambda log: flip(log / "tile/0/000"), "altered"),
    "an upper hash is changed": (lambda log: flip(log / "tile/1/000.p/1"), "altered"),
    "hashes are gone": (lambda log: (log / "tile/0/000").unlink(), "missing"),
    "the checkpoint is changed": (lambda log: flip(log / "checkpoint", 22), "bad-signature"),
    "the checkpoint is gone": (lambda log: (log / "checkpoint").unlink(), "missing"),
    "the checkpoint is empty": (lambda log: (log / "checkpoint").write_bytes(b""), "malformed"),
}


@pytest.mark.parametrize(("tamper", "failure"), TAMPERED.values(), ids=TAMPERED)
def test_whatever_is_done_to_the_folder_is_named(record, tamper, failure):
    record.append(entries(0, 300))
    tamper(record.folder / "log")
    with pytest.raises(RecordError) as found:
        record.verify()
    assert found.value.failure == failure


def test_nothing_is_added_to_a_log_whose_last_hashes_were_changed(record, workspace):
    record.append(entries(0, 3))
    flip(record.folder / "log/tile/0/000.p/3")
    for failure in ("rewritten", "altered"):
        with pytest.raises(RecordError) as found:
            open_record(workspace).append(entries(3, 4))
        assert found.value.failure == failure
        (workspace.root / "record.seen").unlink(missing_ok=True)  # Nor where what was signed before is not known.


def test_an_older_copy_of_the_folder_is_noticed_and_never_signed_again(record, workspace, tmp_path):
    record.append(entries(0, 3))
    shutil.copytree(record.folder, tmp_path / "backup")
    record.append(entries(3, 6))
    kept = record.checkpoint_note()
    shutil.rmtree(record.folder)
    shutil.copytree(tmp_path / "backup", record.folder)
    older = open_record(workspace)
    for use in (older.verify, lambda: older.append([entry(9)])):
        with pytest.raises(RecordError) as found:
            use()
        assert found.value.failure == "rolled-back"
    with pytest.raises(RecordError) as found:
        Record(record.folder, record.key).verify(seen=kept)
    assert found.value.failure == "rolled-back"


def test_another_history_under_the_same_key_is_noticed(record, workspace, tmp_path):
    record.append(entries(0, 3))
    shutil.copytree(record.folder, tmp_path / "backup")
    record.append(entries(3, 6))
    kept = record.checkpoint_note()
    shutil.rmtree(record.folder)
    shutil.copytree(tmp_path / "backup", record.folder)
    (workspace.root / "record.seen").unlink()  # Somebody who wants to rewrite history deletes this too.
    again = open_record(workspace)
    again.append(entries(13, 20))
    again.verify()
    with pytest.raises(RecordError) as found:
        again.verify(seen=kept)
    assert found.value.failure == "rewritten"


def test_an_emptied_folder_is_not_taken_for_a_new_record(record, workspace):
    record.append(entries(0, 3))
    shutil.rmtree(record.folder)
    with pytest.raises(RecordError) as found:
        open_record(workspace)
    assert found.value.failure == "rolled-back"


# ---- The key ----


def test_the_signing_key_is_for_its_owner_alone(record, workspace):
    key_file = workspace.root / "record.key"
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    key_file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        open_record(workspace)


def test_a_lost_signing_key_is_not_replaced_by_a_new_one(record, workspace):
    (workspace.root / "record.key").unlink()
    with pytest.raises(SettingsError, match="missing"):
        open_record(workspace)
    with pytest.raises(SettingsError, match="missing"):
        create_record(workspace)


def test_a_record_keeps_its_name(record, workspace):
    assert create_record(workspace, "shop.example/record").key == record.key
    with pytest.raises(SettingsError, match=r"shop\.example/record"):
        create_record(workspace, "other.example/record")


def test_a_record_without_a_name_gets_one_of_its_own(tmp_path):
    names = {create_record(create_workspace(tmp_path / place)).key.name for place in "ab"}
    assert len(names) == 2
    assert all(name.startswith("spillkit-record/") for name in names)


@pytest.mark.parametrize("name", [ALICE.email, "a b", "a+b", "a\nb", "x" * 201])
def test_a_name_that_no_checkpoint_can_carry_is_refused(workspace, name):
    with pytest.raises(SettingsError, match="Choose another") as refused:
        create_record(workspace, name)
    assert ALICE.email not in str(refused.value)


def test_without_the_signing_key_a_record_can_be_read_and_not_added_to(record):
    record.append(entries(0, 3))
    reader = Record(record.folder, record.key)
    assert len(reader) == 3
    with pytest.raises(RecordError, match="reading only"):
        reader.append(entries(3, 4))
