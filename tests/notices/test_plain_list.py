"""The door without a scan: a plain list gives the same rows, and whatever cannot be used is named by line."""

from __future__ import annotations

import csv
import io
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import InputError, NoticesError
from spillkit.law.books import read_books
from spillkit.model import Field
from spillkit.notices.marks import mailbox_mark
from spillkit.notices.plain_list import ReadList, Wrong, fields_of_text, moment_of_text, read_plain_list
from spillkit.notices.told import Hold
from spillkit.notices.told_table import rows_of
from tests.notices.asked import ALICE, BOB, MARKS_KEY, NOON, NOW, WORKSPACE_KEY, asked, shown, wishes

HEADER = ["id", "email", "name", "country", "language", "entity", "fields", "first_at", "last_at"]
ANN = [
    "c1",
    "ann@example.org",
    "Ann Roe",
    "IT",
    "it",
    "shop-eu",
    "name, e-mail",
    "2026-11-02T12:00:00Z",
    "2026-11-02T13:00:00+01:00",
]
BEN = ["c2", "ben@example.org", "Ben Poe", "Germany", "", "shop-eu", "E-Mail;phone number", "", ""]


def read(path: Path, **changes: object) -> ReadList:
    zone = str(changes.pop("zone", ""))
    return read_plain_list(str(path), wishes(**changes), read_books(), WORKSPACE_KEY, NOW, zone=zone)


def write(folder: Path, *rows: list[str], header: list[str] = HEADER) -> Path:
    path = folder / "list.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def test_a_list_is_told_as_a_scan_would_be(tmp_path):
    ann, ben = sorted(rows_of(read(write(tmp_path, ANN, BEN)).gathered.told), key=lambda told: told.subjects)
    assert (ann.subjects, ann.fields, ann.languages, ann.entity) == (("c1",), ("name", "e-mail"), ("it",), "shop-eu")
    assert (ann.first_at, ann.last_at, ann.viewers, ann.authority) == (NOON, NOON, (), "eea/IT")
    assert (ben.fields, ben.country, ben.languages, ben.first_at) == (("e-mail", "phone"), "DE", ("de", "en"), None)
    assert ben.mailbox == mailbox_mark("ben@example.org", MARKS_KEY)


def test_a_list_and_a_scan_of_the_same_people_give_the_same_rows(tmp_path):
    rows = [
        [p[0], p[2], p[1], p[3], p[4], p[5], "name e-mail", "2026-11-02T12:00:00Z", "2026-11-02T12:07:00Z"]
        for p in (ALICE, BOB)
    ]
    listed = read(write(tmp_path, *rows)).gathered.told
    exposures = [shown(p[0], of, minutes=m) for p in (ALICE, BOB) for of in ("name", "e-mail") for m in (0, 7)]
    scanned = asked([ALICE, BOB], exposures, counts_viewers=False).told
    assert listed.equals(scanned)


def test_json_lines_are_read_too(tmp_path):
    path = tmp_path / "list.jsonl"
    row = dict(zip(HEADER, ANN)) | {"fields": ["name", "e-mail"]}
    path.write_text(json.dumps(row) + "\nnot json\n" + json.dumps(row | {"id": "c2", "email": "x@example.org"}) + "\n")
    found = read(path)
    assert [told.fields for told in rows_of(found.gathered.told)] == [("name", "e-mail")] * 2
    assert [(bad.line, bad.is_lost) for bad in found.bad.first] == [(2, True)]


def test_two_rows_of_one_mailbox_and_name_are_one_notice(tmp_path):
    again = ["c9", "ANN@example.org", "Roe, Ann", "IT", "", "shop-eu", "phone", "2026-11-03T00:00:00Z", ""]
    [ann] = rows_of(read(write(tmp_path, ANN, again)).gathered.told)
    assert (ann.subjects, ann.fields, ann.people) == (("c1", "c9"), ("name", "e-mail", "phone"), 1)
    assert ann.last_at == datetime(2026, 11, 3, tzinfo=UTC)


def test_two_people_of_one_mailbox_get_one_notice_without_fields(tmp_path):
    [told] = rows_of(read(write(tmp_path, ANN, ["c9", "ann@example.org", "Tom Roe", *ANN[3:]])).gathered.told)
    assert (told.people, told.is_shared, told.fields) == (2, True, ())


def test_a_row_without_a_usable_address_is_held_and_named(tmp_path):
    found = read(write(tmp_path, ["c1", "", *ANN[2:]], ["c2", "ben at example", *BEN[2:]]))
    assert [told.hold for told in rows_of(found.gathered.told)] == [Hold.NO_ADDRESS] * 2
    assert [(bad.line, bad.column, bad.reason, bad.is_lost) for bad in found.bad.first] == [
        (3, "email", Wrong.BAD_EMAIL.value, False)
    ]


def test_a_list_may_come_from_standard_input(tmp_path, monkeypatch):
    text = write(tmp_path, ANN, [*BEN[:6], "shoe size", "", ""]).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    found = read(Path("-"))
    [ann] = rows_of(found.gathered.told)
    assert (ann.fields, ann.mailbox) == (("name", "e-mail"), mailbox_mark("ann@example.org", MARKS_KEY))
    assert [bad.line for bad in found.bad.first] == [3]


BAD = {
    "no id": (0, "", "no id"),
    "an address for an id": (0, "ann@example.org", "the id is an e-mail address"),
    "no field": (6, "", Wrong.NO_FIELDS.value),
    "an unknown field": (6, "name, shoe size", Wrong.UNKNOWN_FIELD.value),
    "no time": (7, "yesterday", Wrong.BAD_TIME.value),
    "a month too many": (7, "2026-13-02T12:00:00Z", Wrong.BAD_TIME.value),
    "no zone": (7, "2026-11-02 12:00", Wrong.NO_ZONE.value),
    "backwards": (8, "2026-11-01T00:00:00Z", Wrong.BACKWARDS.value),
    "the year 1, far east": (7, "0001-01-01T00:00:00+14:00", Wrong.BAD_TIME.value),
}


@pytest.mark.parametrize(("column", "text", "reason"), BAD.values(), ids=BAD)
def test_a_row_that_cannot_be_told_is_named_by_line_and_the_others_are_told(tmp_path, column, text, reason):
    row = [*ANN]
    row[column] = text
    found = read(write(tmp_path, BEN, row))
    assert [(bad.line, bad.reason, bad.is_lost) for bad in found.bad.first] == [(3, reason, True)]
    assert (found.rows, found.bad.lost_rows) == (1, 1)
    assert [told.subjects for told in rows_of(found.gathered.told)] == [("c2",)]


def test_local_times_are_read_in_their_zone_and_asked_for_where_the_clocks_change(tmp_path):
    row = [*ANN[:7], "2026-11-02 13:00", "2026-11-02 14:30"]
    [ann] = rows_of(read(write(tmp_path, row), zone="Europe/Rome").gathered.told)
    assert (ann.first_at, ann.last_at) == (NOON, datetime(2026, 11, 2, 13, 30, tzinfo=UTC))
    rome = ZoneInfo("Europe/Rome")
    for text in ("2026-10-25 02:30", "2026-03-29 02:30"):
        assert moment_of_text(text, rome, is_last=False) == (None, Wrong.TWICE_OR_NEVER)
    assert moment_of_text("2026-10-25 02:30+01:00", rome, is_last=False)[0] == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    with pytest.raises(NoticesError, match="no such time zone"):
        read(write(tmp_path, row), zone="../../etc/passwd")


def test_a_list_without_fields_or_without_a_usable_row_is_refused(tmp_path):
    with pytest.raises(NoticesError, match="no column says which fields"):
        read(write(tmp_path, ANN[:6], header=HEADER[:6]))
    with pytest.raises(NoticesError, match=r"no row can be used. Line 2"):
        read(write(tmp_path, ["c1", *ANN[1:6], "shoe size", "", ""]))


def test_columns_may_be_called_otherwise(tmp_path):
    header = [
        "Kundennummer",
        "E-Mail-Adresse",
        "Name",
        "Land",
        "Sprache",
        "Gesellschaft",
        "Fields shown",
        "First seen",
        "Last seen",
    ]
    [ann] = rows_of(read(write(tmp_path, ANN, header=header)).gathered.told)
    assert (ann.fields, ann.country, ann.first_at) == (("name", "e-mail"), "IT", NOON)


@pytest.mark.parametrize(
    "text", ["", " , ;", "e-mail", "email and phone", "NAME|Telefon", "ｅ-mail", "\u202eliam-e", "customer id"]
)
def test_field_cells(text):
    expected = {
        "e-mail": (Field.EMAIL,),
        "NAME|Telefon": (Field.NAME, Field.PHONE),
        "ｅ-mail": (Field.EMAIL,),
        "customer id": (Field.CUSTOMER_ID,),
    }
    fields, wrong = fields_of_text(text)
    assert fields == expected.get(text, ())
    assert (wrong is None) is (text in expected)


HOSTILE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "=HYPERLINK(1)",
            "Ann\r\nBcc: x@example.org",
            "\u202eann@example.org",
            "<b>x</b>",
            "{{7*7}}",
            "\x1b[2J",
            "a" * 10_000,
            "2026-11-02",
        ]
    ),
)


@given(st.lists(st.lists(HOSTILE, min_size=9, max_size=9), min_size=1, max_size=4))
@settings(max_examples=10, deadline=None)
def test_whatever_stands_in_a_list_nothing_breaks_and_nobody_is_lost_in_silence(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("hostile")
    path = write(folder, ANN, *rows)
    with path.open(newline="", encoding="utf-8") as file:
        read_back = list(csv.reader(file))
    found, message = None, ""
    try:
        found = read(path)
    except InputError as refused:
        message = str(refused)
    assert not any(cell in message for row in rows for cell in row if len(cell) > 8)
    if found is None:
        return
    assert found.rows + found.bad.lost_rows >= len([row for row in read_back[1:] if row])
    said = "".join(f"{bad.column}{bad.reason}" for bad in found.bad.first)
    assert not any(cell in said for row in rows for cell in row if len(cell) > 8)
    told = {subject for row in rows_of(found.gathered.told) for subject in row.subjects}
    assert "c1" in told
