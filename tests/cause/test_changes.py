"""The changes file: read as people write it, refused by line, and harmless whatever stands in it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.cause import changes as changes_module
from spillkit.cause.changes import changes_digest, read_changes
from spillkit.cause.incident import Change
from spillkit.errors import InputError


def read(tmp_path, text):
    path = tmp_path / "changes.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_changes(path)


def test_changes_come_in_order_of_time_and_in_utc(tmp_path):
    text = 'time,what\n2026-11-20T15:05:00+02:00,"deploy 2, web"\n2026-11-20T13:04:00Z,deploy 1\n'
    assert read(tmp_path, text) == (
        Change(at=datetime(2026, 11, 20, 13, 4, tzinfo=UTC), what="deploy 1"),
        Change(at=datetime(2026, 11, 20, 13, 5, tzinfo=UTC), what="deploy 2, web"),
    )


WRITTEN = {
    "columns in another order, beside others": "who,what,time\nweb,deploy,2026-11-20T13:04:00Z\n",
    "capitals and spaces": " Time , What \n 2026-11-20T13:04:00Z , deploy \n",
    "a byte order mark and Windows lines": "\ufefftime,what\r\n2026-11-20T13:04:00Z,deploy\r\n\r\n",
    "a text over two lines": 'time,what\n2026-11-20T13:04:00Z,"\ndeploy\n"\n',
}


@pytest.mark.parametrize("text", WRITTEN.values(), ids=WRITTEN)
def test_files_are_read_as_people_write_them(tmp_path, text):
    [change] = read(tmp_path, text)
    assert (change.at, change.what) == (datetime(2026, 11, 20, 13, 4, tzinfo=UTC), "deploy")


REFUSED = {
    "nothing": ("", "is empty"),
    "no header": ("2026-11-20T13:04:00Z,deploy\n", "line 1: must name the column time"),
    "a column twice": ("time,what,time\n", "line 1: must name the column time exactly once"),
    "a time without its zone": ("time,what\n2026-11-20T13:04:00,deploy\n", "line 2: the time has no zone"),
    "no time": ("time,what\n2026-11-20T13:04:00Z,a\nyesterday,b\n", "line 3: the time cannot be read"),
    "no text": ("time,what\n2026-11-20T13:04:00Z, \n", "line 2: does not say what was changed"),
    "a comma too many": ("time,what\n2026-11-20T13:04:00Z,deploy, web\n", "line 2: has 3 cells"),
    "an open quote": ('time,what\n2026-11-20T13:04:00Z,"deploy\n', "is not CSV"),
    "a cell without end": ("time,what\n2026-11-20T13:04:00Z," + "x" * 200_000, "line 2: is not CSV"),
    "another charset": ("time,what\n2026-11-20T13:04:00Z,ausgerüstet\n".encode("latin-1"), "line 2: is not UTF-8"),
}


@pytest.mark.parametrize(("text", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_named_by_its_line_and_never_quoted(tmp_path, text, words):
    with pytest.raises(InputError) as refusal:
        read(tmp_path, text)
    assert words in str(refusal.value)
    assert "changes.csv" in str(refusal.value)
    assert "deploy" not in str(refusal.value)
    assert "yesterday" not in str(refusal.value)


def test_a_file_that_is_not_there_or_too_large_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="cannot be opened"):
        read_changes(tmp_path / "none.csv")
    monkeypatch.setattr(changes_module, "MOST_BYTES", 9)
    with pytest.raises(InputError, match="is larger than"):
        read(tmp_path, "time,what\n")
    monkeypatch.setattr(changes_module, "MOST_BYTES", 1000)
    monkeypatch.setattr(changes_module, "MOST_CHANGES", 1)
    with pytest.raises(InputError, match="has over 1 changes"):
        read(tmp_path, "time,what\n" + "2026-11-20T13:04:00Z,deploy\n" * 2)


def test_a_text_that_attacks_or_names_somebody_is_kept_without_that(tmp_path):
    evil = "\x1b[31mdeploy\u202e by jane.doe@example.org, <script>alert(1)</script>" + "x" * 500
    [change] = read(tmp_path, f'time,what\n2026-11-20T13:04:00Z,"{evil}"\n')
    assert change.what.startswith("\ufffd[31mdeploy\ufffd by [address], <script>alert(1)</script>")
    assert len(change.what) == 160


@given(st.lists(st.tuples(st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)), st.text(max_size=40))))  # noqa: DTZ001
def test_lists_that_differ_have_other_digests(rows):
    told = [Change(at=at, what=what) for at, what in rows]
    assert (changes_digest(told) == "") == (not told)
    assert changes_digest(told) == changes_digest(list(told))
    assert changes_digest([*told, Change(at=datetime(2026, 1, 1, tzinfo=UTC), what="x")]) != changes_digest(told)
