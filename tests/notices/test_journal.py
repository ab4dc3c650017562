"""What was sent is known without the database: whatever a power cut leaves, and whoever altered a file."""

from __future__ import annotations

import os
import signal
import threading
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import JournalDamaged, SendingError
from spillkit.notices.journal import Folder, Mark, Reading, fold, last_mark
from spillkit.notices.states import Event

NOW = datetime(2026, 11, 22, 11, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "sent")


def written(folder, *, notices=3):
    """Write a journal: of each notice an offer, of all but the last an answer."""
    journal = folder.begin(NOW)
    for place in range(notices):
        journal.offer(f"n{place}", 1, NOW)
        if place < notices - 1:
            journal.answer(f"n{place}", 1, NOW, Event.TAKEN, "250", "4Xyz")
    mark = journal.mark()
    journal.close()
    return folder.path_of(journal.name), mark


def test_a_journal_says_what_was_offered_and_what_was_answered(folder):
    path, mark = written(folder)
    reading = Reading(path, folder.id, mark)
    lines = list(reading)
    assert fold(lines) == {"n0": {1: Event.TAKEN}, "n1": {1: Event.TAKEN}, "n2": {1: Event.ANSWER_LOST}}
    assert [line.is_offer for line in lines] == [True, False, True, False, True]
    assert (lines[1].code, lines[1].server_id, lines[1].at_ms) == ("250", "4Xyz", int(NOW.timestamp() * 1000))
    assert reading.mark == mark == last_mark(path)
    assert not reading.is_torn
    assert path.stat().st_mode & 0o077 == 0


def test_a_journal_cut_anywhere_gives_the_lines_before_the_cut(folder):
    path, _mark = written(folder)
    whole = path.read_bytes()
    lines = list(Reading(path, folder.id))
    head = whole.index(b"\n") + 1
    for cut in range(head, len(whole)):
        path.write_bytes(whole[:cut])
        reading = Reading(path, folder.id)
        assert list(reading) == [line for line in lines if line.end <= cut]
        assert reading.is_torn == (not whole[:cut].endswith(b"\n"))


def test_a_journal_that_is_shorter_than_the_database_knows_is_refused(folder):
    path, mark = written(folder)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(JournalDamaged, match="not the one that the database knows"):
        list(Reading(path, folder.id, mark))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory):
    folder = Folder(tmp_path_factory.mktemp("altered") / "sent")
    path, mark = written(folder)
    return folder, path, mark, path.read_bytes()


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_altered_byte_is_found(untouched, data):
    folder, path, mark, before = untouched
    whole = bytearray(before)
    place = data.draw(st.integers(0, len(whole) - 1))
    whole[place] = data.draw(st.integers(0, 255).filter(lambda byte: byte != whole[place]))
    path.write_bytes(bytes(whole))
    with pytest.raises(JournalDamaged):
        list(Reading(path, folder.id, mark))


def test_a_line_that_was_taken_out_or_moved_is_found(folder):
    path, _mark = written(folder)
    head, *lines = path.read_bytes().splitlines(keepends=True)
    for left in (lines[1:], [lines[1], lines[0], *lines[2:]], [lines[0], *lines], lines[:2] + lines[3:]):
        path.write_bytes(head + b"".join(left))
        with pytest.raises(JournalDamaged, match="line"):
            list(Reading(path, folder.id))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_bytes_that_are_no_journal_are_refused(untouched, data):
    folder = untouched[0]
    path = folder.path_of("odd")
    path.write_bytes(data + b"\n")
    with pytest.raises(JournalDamaged):
        list(Reading(path, folder.id))


def test_a_journal_of_another_folder_is_refused(folder, tmp_path):
    path, _mark = written(folder)
    with pytest.raises(JournalDamaged):
        list(Reading(path, Folder(tmp_path / "other").id))


def test_a_journal_is_held_as_long_as_its_process_lives(folder):
    journal = folder.begin(NOW)
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        mine = folder.begin(NOW)
        mine.offer("n1", 1, NOW)
        os.write(told, mine.name.encode())
        signal.pause()
    name = os.read(ready, 200).decode()
    assert folder.is_written(name)
    assert folder.is_written(journal.name)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert not folder.is_written(name)
    assert fold(Reading(folder.path_of(name), folder.id)) == {"n1": {1: Event.ANSWER_LOST}}
    journal.close()
    assert not folder.is_written(journal.name)


def test_many_threads_share_one_journal_and_its_waits_for_the_disk(folder, monkeypatch):
    journal = folder.begin(NOW)
    synced = []
    real = os.fdatasync
    monkeypatch.setattr(os, "fdatasync", lambda file: (synced.append(1), real(file)))

    def send(place):
        for number in range(25):
            journal.offer(f"n{place}-{number}", 1, NOW)
            journal.answer(f"n{place}-{number}", 1, NOW, Event.PUT_OFF, "451-4.7.1")

    threads = [threading.Thread(target=send, args=(place,)) for place in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    mark = journal.mark()
    journal.close()
    trails = fold(Reading(folder.path_of(journal.name), folder.id, mark))
    assert len(trails) == 400
    assert {event for tries in trails.values() for event in tries.values()} == {Event.PUT_OFF}
    assert len(synced) < 400  # at least some waited together


def test_a_full_disk_stops_the_sending_before_a_dot_leaves(folder, monkeypatch):
    journal = folder.begin(NOW)
    journal.offer("n1", 1, NOW)
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, data: real(file, data[:10]))
    with pytest.raises(SendingError, match="cannot be written"):
        journal.offer("n2", 1, NOW)
    monkeypatch.undo()
    with pytest.raises(SendingError, match="Nothing more is sent"):
        journal.offer("n3", 1, NOW)
    reading = Reading(folder.path_of(journal.name), folder.id)
    assert fold(reading) == {"n1": {1: Event.ANSWER_LOST}}
    assert reading.is_torn


def test_a_disk_that_does_not_answer_stops_the_sending(folder, monkeypatch):
    journal = folder.begin(NOW)

    def fail(_file):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fdatasync", fail)
    with pytest.raises(SendingError, match="Input/output error"):
        journal.offer("n1", 1, NOW)
    monkeypatch.undo()
    with pytest.raises(SendingError):
        journal.offer("n2", 1, NOW)


@pytest.mark.parametrize("notice", ["", "a b", "jane@example.org", "a\nb", "a" * 81, "é"])
def test_an_address_never_gets_into_a_journal(folder, notice):
    journal = folder.begin(NOW)
    with pytest.raises(ValueError, match="not a word") as refused:
        journal.offer(notice, 1, NOW)
    assert "jane" not in str(refused.value)
    assert journal.mark().length == folder.path_of(journal.name).stat().st_size


def test_two_who_open_the_folder_find_the_same_one(folder):
    assert Folder(folder.path).id == folder.id
    assert folder.journals() == []
    first, second = folder.begin(NOW), folder.begin(NOW)
    assert {path.name for path in folder.journals()} == {f"{first.name}.journal", f"{second.name}.journal"}
    assert isinstance(first.mark(), Mark)
