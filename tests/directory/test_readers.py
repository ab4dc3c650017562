"""Every kind of list that people really have is read, or refused with what to do."""

from __future__ import annotations

import gzip
import io
import json
import sqlite3
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from spillkit.directory import open_source
from spillkit.directory.reading import Source
from spillkit.errors import DirectoryError
from tests.directory.conftest import Desk

PLAIN = "id,name,email\nc_1,Zoë Müller,zoe@example.org\nc_2,Jānis Bērziņš,janis@example.net\n"
ROWS = [("c_1", "Zoë Müller", "zoe@example.org"), ("c_2", "Jānis Bērziņš", "janis@example.net")]
WESTERN = "id,name,email\nc_1,Zoë Müller,zoe@example.org\n"


def rows_of(source: Source) -> list[tuple[str, ...]]:
    return [tuple(row.values()) for batch in source.batches() for row in batch.rows.to_pylist()]


def places_of(source: Source) -> list[int]:
    return [place for batch in source.batches() for place in batch.places.tolist()]


DISGUISES = {
    "plain": PLAIN.encode(),
    "windows line ends": PLAIN.replace("\n", "\r\n").encode(),
    "old mac line ends": PLAIN.replace("\n", "\r").encode(),
    "byte order mark": PLAIN.encode("utf-8-sig"),
    "UTF-16": PLAIN.encode("utf-16"),
    "UTF-16 big end first": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "UTF-32": PLAIN.encode("utf-32"),
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "bars": PLAIN.replace(",", "|").encode(),
    "gzip": gzip.compress(PLAIN.encode()),
    "zstandard": zstandard.ZstdCompressor().compress(PLAIN.encode()),
    "two zstandard frames": b"".join(
        zstandard.ZstdCompressor().compress(p) for p in (PLAIN.encode()[:20], PLAIN.encode()[20:])
    ),
    "no newline at the end": PLAIN.rstrip().encode(),
    "blank lines": PLAIN.replace("\n", "\n\n").encode(),
    "everything quoted": "\n".join(",".join(f'"{c}"' for c in row.split(",")) for row in PLAIN.splitlines()).encode(),
}


@pytest.mark.parametrize("content", DISGUISES.values(), ids=DISGUISES)
def test_a_csv_is_read_however_it_was_exported(desk: Desk, content: bytes) -> None:
    source = open_source(str(desk.write("people.csv", content)))
    assert source.header == ("id", "name", "email")
    assert rows_of(source) == ROWS


@pytest.mark.parametrize("charset", ["latin-1", "windows-1252"])
def test_western_charsets_are_found_out(desk: Desk, charset: str) -> None:
    source = open_source(str(desk.write("people.csv", WESTERN.encode(charset))))
    assert (source.charset, rows_of(source)) == ("windows-1252", ROWS[:1])


def test_a_charset_that_cannot_be_guessed_can_be_said(desk: Desk) -> None:
    text = "id,name\nc_1,Иван Петров\n"
    source = open_source(str(desk.write("people.csv", text.encode("cp1251"))), charset="windows-1251")
    assert rows_of(source) == [("c_1", "Иван Петров")]


def test_one_line_in_another_charset_is_mended_and_named(desk: Desk) -> None:
    filler = "".join(f"c_{n},Bob Quistorp,b{n}@example.org\n" for n in range(60_000))  # Beyond what is sniffed.
    content = PLAIN.encode() + filler.encode() + "c_x,Zoë Last,z@example.org\n".encode("latin-1")
    source = open_source(str(desk.write("people.csv", content)))
    batches = list(source.batches())
    assert batches[-1].rows.to_pylist()[-1]["name"] == "Zoë Last"
    assert [damage.place for batch in batches for damage in batch.damages] == [60_004]


def test_line_numbers_count_lines_of_the_file(desk: Desk) -> None:
    text = 'id,name\nc_1,"Ann\nLee"\n\nc_2,Bob\nc_3\nc_4,"Dan"\n'
    source = open_source(str(desk.write("people.csv", text)))
    assert places_of(source) == [2, 5, 7]
    assert [(d.place, d.reason.name) for b in source.batches() for d in b.damages] == [(6, "COLUMNS")]


def test_line_numbers_hold_behind_the_first_block(desk: Desk) -> None:
    lines = ["id,name,note"]
    for n in range(120_000):
        lines.append(f'c_{n},Person {n},"{"a" * 60}{chr(10) if n == 100_000 else ""}"')
    source = open_source(str(desk.write("people.csv", "\n".join(lines) + "\n")))
    rows = [row["id"] for batch in source.batches() for row in batch.rows.to_pylist()]
    places = places_of(source)
    assert rows == [f"c_{n}" for n in range(120_000)]
    assert (places[100_000], places[100_001], places[-1]) == (100_002, 100_004, 120_002)


def test_ten_thousand_columns_and_nul_bytes_are_read(desk: Desk) -> None:
    header = ["id", "email", *(f"extra {n}" for n in range(9_998))]
    row = ["c_1", "a@example.org", *["\0"] * 9_998]
    source = open_source(str(desk.write("wide.csv", ",".join(header) + "\n" + ",".join(row) + "\n")))
    assert len(source.header) == 10_000
    assert rows_of(source)[0][:2] == ("c_1", "a@example.org")
    assert desk.add(desk.folder / "wide.csv").people == 1


def test_two_columns_of_one_name_stay_apart(desk: Desk) -> None:
    source = open_source(str(desk.write("people.csv", "id,email,email\nc_1,a@example.org,b@example.org\n")))
    assert source.header == ("id", "email", "email#2")
    desk.add(desk.folder / "people.csv")
    assert desk.found_in("b@example.org") == ["c_1"]


REFUSED = {
    "empty": (b"", "empty"),
    "white space": (b"\n \n", "empty"),
    "no header": (b"c_1,a@example.org\nc_2,b@example.org\n", "column names"),
    "cut gzip": (gzip.compress(PLAIN.encode() * 99)[:-9], "cut or damaged"),
    "cut zstandard": (zstandard.ZstdCompressor().compress(PLAIN.encode() * 99)[:-5], "cut or damaged"),
    "open quote": (b'id,name\nc_1,"' + b"x" * 200_000, "never closed"),
    "not Parquet": (b"PAR1 and then nothing", "Parquet"),
    "21,000 columns": (",".join(f"n{i}" for i in range(21_000)).encode() + b"\n", "columns"),
    "no JSON": (b"[1, 2, 3]\n", "JSON"),
}


@pytest.mark.parametrize(("content", "words"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_read_is_refused_with_advice(desk: Desk, content: bytes, words: str) -> None:
    path = desk.write("people.csv", content)
    with pytest.raises(DirectoryError, match=words) as caught:
        rows_of(open_source(str(path)))
    assert "example.org" not in str(caught.value)


def test_a_missing_file_and_a_folder_are_refused(desk: Desk) -> None:
    with pytest.raises(DirectoryError, match="cannot be read"):
        open_source(str(desk.folder / "none.csv"))
    with pytest.raises(DirectoryError, match="folder"):
        open_source(str(desk.folder))


def test_json_lines_with_nested_keys_and_lists(desk: Desk) -> None:
    person = {
        "id": 7,
        "name": {"given": "Zoë", "family": "Müller"},
        "contact": {"emails": ["zoe@example.org", "z.m@example.net"]},
        "addresses": [{"street": "Lindenufer 44", "postcode": "10115", "city": "Berlin"}],
    }
    path = desk.write("people.jsonl", json.dumps(person) + "\nnot json\n[]\n")
    added = desk.add(path)
    [bad] = added.bad.to_json()
    assert (added.people, [place["line"] for place in bad["first"]]) == (1, [2, 3])
    for seen in ("z.m@example.net", "Müller, Zoë", "Lindenufer 44, 10115 Berlin"):
        assert desk.found_in(seen) == ["7"], seen


def test_an_array_of_objects_one_a_line_is_read(desk: Desk) -> None:
    path = desk.write(
        "people.json", '[\n{"id": "c_1", "email": "a@example.org"},\n{"id": "c_2", "email": "b@example.org"}\n]\n'
    )
    assert desk.add(path).people == 2


def test_json_keys_that_are_data_are_no_column_names(desk: Desk) -> None:
    path = desk.write("people.jsonl", '{"id": "c_1", "email": "a@example.org", "by": {"zoe@example.org": 1}}\n')
    assert open_source(str(path)).header == ("id", "email")


def test_parquet_with_structs_lists_and_numbers(desk: Desk) -> None:
    table = pa.table(
        {
            "id": pa.array([17, None], pa.int64()),
            "contact": pa.array([{"email": "zoe@example.org"}, {"email": None}]),
            "phones": pa.array([["+49 30 23125 678"], []]),
        }
    )
    pq.write_table(table, desk.folder / "people.parquet")
    added = desk.add(desk.folder / "people.parquet", said=["phone=phones"])
    assert (added.people, added.bad.lost_rows) == (1, 1)
    assert desk.found_in("030 23125678") == ["17"]


def test_sqlite_by_query_and_by_table(desk: Desk) -> None:
    with sqlite3.connect(desk.folder / "shop.db") as database:
        database.execute("CREATE TABLE customers (id, name TEXT, email TEXT)")
        database.executemany("INSERT INTO customers VALUES (?, ?, ?)", [(1, *ROWS[0][1:]), ("c_2", *ROWS[1][1:])])
    path = desk.folder / "shop.db"
    query = "SELECT id, name, email FROM customers WHERE id = 'c_2';"
    assert rows_of(open_source(f"sqlite:///{path}?table=customers")) == [("1", *ROWS[0][1:]), ROWS[1]]
    assert rows_of(open_source(f"sqlite:{path}", sql=query)) == ROWS[1:]
    assert rows_of(open_source(f"sqlite:///{path}?query=SELECT id, name, email FROM customers ORDER BY name")) == [
        ROWS[1],
        ("1", *ROWS[0][1:]),
    ]
    assert desk.add(f"sqlite:{path}", opening={"sql": query}).people == 1
    [(_, cells)] = desk.directory().read_rows(["c_2"])  # Read again from what is remembered.
    assert cells["email"] == ["janis@example.net"]


def test_a_database_that_refuses_says_so_without_its_password() -> None:
    with pytest.raises(DirectoryError) as caught:
        open_source("postgresql://shop:hunter2@127.0.0.1:1/crm?connect_timeout=1", sql="SELECT 1")
    assert "hunter2" not in str(caught.value) + repr(caught.value.__cause__)
    with pytest.raises(DirectoryError, match="--sql"):
        open_source("postgresql://shop@127.0.0.1:1/crm")


def test_a_missing_sqlite_file_is_not_made(desk: Desk) -> None:
    with pytest.raises(DirectoryError, match="no such"):
        open_source(f"sqlite:{desk.folder / 'none.db'}", sql="SELECT 1")
    assert not (desk.folder / "none.db").exists()


def test_standard_input_is_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(PLAIN.encode())))
    assert desk.add("-").people == 2
    with pytest.raises(DirectoryError, match="cannot be read again"):
        list(desk.directory().read_rows(["c_1"]))


def test_a_list_that_changes_while_it_is_read_is_refused(desk: Desk) -> None:
    path = desk.write("people.csv", PLAIN)
    source = open_source(str(path))
    path.write_text(PLAIN + "c_3,Late Comer,late@example.org\n")
    with pytest.raises(DirectoryError, match="changed while"):
        rows_of(source)
