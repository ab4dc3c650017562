"""What is known of a person can be shown, checked, and destroyed so that no byte of it is left."""

from __future__ import annotations

import sqlite3
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import EntryError, RecordError
from spillkit.model import SubjectId
from spillkit.record import Private, open_record
from spillkit.record.verifier import commitment_of
from tests.record.conftest import entries, entry
from tests.world import ALICE, BOB

ABOUT_ALICE = Private(SubjectId(ALICE.id), "recipient", ALICE.email)
ABOUT_BOB = Private(SubjectId(BOB.id), "also", BOB.email)


def bytes_of(folder):
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def add_sealed(record, number, *values):
    sealed = record.persons.seal(entry(number), values)
    record.append([sealed])
    return sealed


def test_what_is_sealed_can_be_shown_and_stands_nowhere_in_the_clear(record):
    sealed = add_sealed(record, 0, ABOUT_ALICE, ABOUT_BOB)
    everything = bytes_of(record.folder.parent)
    assert not any(secret.encode() in everything for secret in (*ALICE.secrets, *BOB.secrets))
    assert ALICE.id.encode() not in bytes_of(record.folder / "log")
    [alice] = record.persons.openings(sealed, SubjectId(ALICE.id))
    assert (alice.name, alice.value) == ("recipient", ALICE.email)
    assert commitment_of(alice.key, alice.value) == record.entries()[0].commitments["recipient"]
    assert {one.value for one in record.persons.openings(sealed)} == {ALICE.email, BOB.email}
    assert not any(secret in repr(one) for one in (alice, ABOUT_ALICE, record.persons) for secret in ALICE.secrets)


def test_one_opening_says_nothing_of_another_value(record):
    sealed = [record.persons.seal(entry(number), [ABOUT_ALICE]) for number in range(2)]
    assert sealed[0].commitments["recipient"] != sealed[1].commitments["recipient"]
    first, second = (record.persons.openings(one)[0].key for one in sealed)
    assert first != second


def test_sealing_again_gives_the_same_entry(record, workspace):
    sealed = add_sealed(record, 0, ABOUT_ALICE)
    again = open_record(workspace)
    assert again.persons.seal(entry(0), [ABOUT_ALICE]) == sealed
    assert add_sealed(again, 0, ABOUT_ALICE) == sealed
    assert len(record) == 1


def test_an_id_is_not_sealed_twice_with_another_value(record):
    add_sealed(record, 0, ABOUT_ALICE)
    for other in (Private(SubjectId(ALICE.id), "recipient", "x"), Private(SubjectId(BOB.id), "recipient", ALICE.email)):
        with pytest.raises(EntryError, match="sealed before"):
            record.persons.seal(entry(0), [other])
    with pytest.raises(EntryError, match="one name"):
        record.persons.seal(entry(1), [ABOUT_ALICE, ABOUT_ALICE])
    assert not record.persons.is_known(SubjectId(BOB.id))


def test_what_the_log_would_refuse_is_not_kept(record):
    with pytest.raises(EntryError):
        record.persons.seal(entry(0, actor=BOB.email), [ABOUT_ALICE])
    assert len(record.persons) == 0


def keys_of(record, subject):
    connection = sqlite3.connect(record.folder / "persons.sqlite")
    try:
        rows = connection.execute(
            "SELECT key, value FROM person LEFT JOIN sealed ON sealed.person = person.id WHERE subject = ?", (subject,)
        ).fetchall()
    finally:
        connection.close()
    return [part for row in rows for part in row]


@pytest.mark.parametrize("many", [1, 400])
def test_after_erasure_no_byte_of_key_value_or_id_is_left_and_every_proof_holds(record, workspace, many):
    record.append(entries(1000, 1010))
    sealed = record.persons.seal_all([(entry(number), [ABOUT_ALICE, ABOUT_BOB]) for number in range(many)])
    record.append(sealed)
    before = record.checkpoint_note()
    secrets = [*keys_of(record, ALICE.id), ALICE.id.encode()]
    kept = keys_of(record, BOB.id)
    assert len(secrets) == 2 * many + 1
    assert all(secret in bytes_of(workspace.root) for secret in secrets)

    assert record.persons.erase(SubjectId(ALICE.id)) == many

    everything = bytes_of(workspace.root)
    # Any eight bytes of a secret would be a trace of it.
    traces = {secret[place : place + 8] for secret in secrets for place in range(len(secret) - 7)}
    assert not any(everything[place : place + 8] in traces for place in range(len(everything)))
    assert all(secret in everything for secret in kept)
    assert record.checkpoint_note() == before
    assert record.verify().size == 10 + many
    assert record.persons.openings(sealed[0], SubjectId(ALICE.id)) == []
    assert [one.value for one in record.persons.openings(sealed[0])] == [BOB.email]
    assert record.persons.erase(SubjectId(ALICE.id)) == 0


def test_an_entry_delivered_again_after_erasure_is_the_same_and_keeps_nothing_again(record, workspace):
    sealed = add_sealed(record, 0, ABOUT_ALICE, ABOUT_BOB)
    record.persons.erase(SubjectId(ALICE.id))
    again = open_record(workspace)
    assert add_sealed(again, 0, ABOUT_ALICE, ABOUT_BOB) == sealed
    assert len(record) == 1
    assert not record.persons.is_known(SubjectId(ALICE.id))
    assert ALICE.id.encode() not in bytes_of(workspace.root)


def test_a_person_who_comes_back_gets_a_new_key(record):
    add_sealed(record, 0, ABOUT_ALICE)
    record.persons.erase(SubjectId(ALICE.id))
    add_sealed(record, 1, ABOUT_ALICE)
    assert record.persons.openings(entry(0)) == []
    assert [one.value for one in record.persons.openings(entry(1))] == [ALICE.email]


def test_the_store_of_keys_is_for_its_owner_alone(record):
    add_sealed(record, 0, ABOUT_ALICE)
    assert stat.S_IMODE((record.folder / "persons.sqlite").stat().st_mode) == 0o600


def test_an_altered_value_is_noticed(record):
    sealed = add_sealed(record, 0, ABOUT_ALICE)
    connection = sqlite3.connect(record.folder / "persons.sqlite")
    with connection:
        connection.execute("UPDATE sealed SET value = zeroblob(60)")
    connection.close()
    with pytest.raises(RecordError) as found:
        record.persons.openings(sealed)
    assert found.value.failure == "altered"


def test_a_damaged_store_is_said_in_words(record):
    (record.folder / "persons.sqlite").write_bytes(b"no database" * 500)
    with pytest.raises(RecordError, match=r"persons\.sqlite"):
        record.persons.erase(SubjectId(ALICE.id))


@given(st.text(max_size=50))
@settings(max_examples=20, deadline=None)
def test_any_value_reads_back(tmp_path_factory, value):
    from spillkit.record.persons import Persons

    persons = Persons(tmp_path_factory.mktemp("record"), lambda ids: {})
    sealed = persons.seal(entry(0), [Private(SubjectId("c_1"), "value", value)])
    [opening] = persons.openings(sealed)
    assert opening.value == value
    assert commitment_of(opening.key, value) == sealed.commitments["value"]
