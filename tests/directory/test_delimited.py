"""The fast parser of plain blocks says what the csv module says, or nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from spillkit.directory.delimited import Delimited
from spillkit.directory.opening import TextFile

READER = Delimited(TextFile(Path("people.csv"), "utf-8"), ",", ("id", "name", "note"))

ANY_TEXT = st.text(alphabet='ab,"\n\r \0\té\u2028\ufeff1', max_size=60)
CELLS = st.lists(st.lists(st.text(alphabet='ab,"\n\r é\0', max_size=6), min_size=3, max_size=3), max_size=8)


@st.composite
def written(draw: st.DrawFn) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator=draw(st.sampled_from(["\n", "\r\n"]))).writerows(draw(CELLS))
    return file.getvalue()


@settings(max_examples=1500, deadline=None)
@given(st.one_of(ANY_TEXT, written(), st.builds(lambda text: "a,b,c\n" + text + "\n", ANY_TEXT)))
@example('a,b,"c\n')
@example('a,b,5" pipe\n')
@example('a,"b" x,c\n')
@example('a,b,""\n')
@example("a,b, c \n")
@example('"a""b",c,d\n')
@example("\n")
@example('a,b,c\n"\n",x,y\n')
def test_the_fast_parser_agrees_with_the_csv_module(text: str) -> None:
    fast = READER._parse_plain_block(text.encode(), 10)
    if fast is None:
        return
    reference = list(csv.reader(io.StringIO(text, newline="")))
    assert [list(row.values()) for row in fast.rows.to_pylist()] == reference
    assert fast.places.tolist() == list(range(10, 10 + len(reference)))


def test_the_fast_parser_takes_an_ordinary_block() -> None:
    fast = READER._parse_plain_block(b'c_1,"M\xc3\xbcller, Zo\xc3\xab",\nc_2,Bob,x\n', 2)
    assert fast is not None
    assert fast.rows.to_pylist()[0] == {"id": "c_1", "name": "Müller, Zoë", "note": ""}
