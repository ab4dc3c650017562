"""What people say is read whole or refused with its place, and never quoted back."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.authority import read_statement
from spillkit.authority.statement import EXAMPLE, MOST_BYTES
from spillkit.errors import ReportError
from tests.authority.papers import books

SECRET = "alice@example.org"


def test_the_example_is_read():
    statement = read_statement(EXAMPLE.encode(), items=frozenset(books().content))
    assert [measure.aim for measure in statement.measure] == ["stop", "prevent"]
    assert statement.aware is not None
    assert statement.aware.at.utcoffset() is not None


def test_what_is_a_comment_in_the_example_is_read_as_well():
    lines = [
        line[2:] if line.startswith("# ") and ("=" in line or "[" in line) else line for line in EXAMPLE.splitlines()
    ]
    whole = "\n".join(line for line in lines if not line.startswith("# What only"))
    # Top-level keys must stand before the first table.
    top = [line for line in whole.splitlines() if line.startswith(("delay", "withdrawn_because"))]
    rest = [line for line in whole.splitlines() if line not in top]
    statement = read_statement("\n".join([*top, *rest]).encode(), items=frozenset(books().content))
    assert statement.told_people is not None
    assert statement.told_people.state == "planned"
    assert statement.delay
    assert statement.withdrawn_because
    assert len(statement.sent) == len(statement.told) == len(statement.changed) == 1


REFUSED = {
    "no TOML": f"reference = {SECRET}",
    "another version": "version = 2",
    "an unknown name": f'[contact]\nnick = "{SECRET}"',
    "an unknown name on top": f'"{SECRET}" = 1',
    "an unknown item": f'[say."{SECRET}"]\nwords = "x"',
    "an unknown state": f'[[measure]]\nwords = "x"\nstate = "{SECRET}"',
    "a number for a text": "[company]\nname = 7",
    "a naive time": "[aware]\nat = 2026-11-20T17:20:00",
    "a day for a time": "[aware]\nat = 2026-11-20",
    "a time of day": "[aware]\nat = 17:20:00",
    "a year that cannot be": "[aware]\nat = 0001-01-01T00:00:00Z",
    "a long name": f'[company]\nname = "{SECRET * 100}"',
    "a long text": f'[say.nature]\nwords = "{SECRET * 2000}"',
    "too many": '[[told]]\nname = "x"\n' * 300,
    "people below zero": '[told_people]\nstate = "yes"\npeople = -1',
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_refused_with_its_place_and_not_with_its_value(text):
    with pytest.raises(ReportError, match=r"report\.toml") as refused:
        read_statement(text.encode(), items=frozenset(books().content))
    assert SECRET not in str(refused.value)


def test_a_file_too_large_or_of_other_bytes_is_refused():
    for content in (b" " * (MOST_BYTES + 1), b"\xff\xfe", b"\x00"):
        with pytest.raises(ReportError):
            read_statement(content)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(content):
    try:
        read_statement(content)
    except ReportError:
        return
    tomllib.loads(content.decode("utf-8-sig"))
