"""Marks travel with their value through everything a page does to it, and leave nothing behind."""

from __future__ import annotations

import html
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit_shop.marks import FIELDS, LARGEST_SUBJECT, Mark, mark, strip

PRIVATE_USE = frozenset(map(chr, range(0xE000, 0xE080)))
SUBJECTS = st.integers(0, LARGEST_SUBJECT)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters=PRIVATE_USE))
VALUES = st.tuples(SUBJECTS, st.sampled_from(FIELDS), TEXTS.filter(bool))
ESCAPES = {"text": str, "html": html.escape, "json": lambda text: json.dumps(text, ensure_ascii=False)}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
@settings(deadline=None)  # the machine may be busy
@given(parts=st.lists(st.tuples(TEXTS, VALUES), max_size=5), tail=TEXTS)
def test_a_page_leaves_as_if_it_had_never_been_marked_and_every_value_is_told(escape, parts, tail):
    page = escape("".join(text + mark(*value) for text, value in parts) + tail)
    body, found = strip(page.encode())
    assert body == escape("".join(text + value[2] for text, value in parts) + tail).encode()
    assert [(each.subject, each.field) for each in found] == [value[:2] for _, value in parts]
    for each, (_, value) in zip(found, parts):
        shown = escape(value[2]).encode()
        assert body[each.start : each.end] in (shown, shown[1:-1])  # JSON's quotation marks stand around the whole page


@settings(deadline=None)
@given(value=VALUES, before=TEXTS, after=TEXTS)
def test_a_value_says_whose_it_is_and_where_it_stands(value, before, after):
    subject, field, text = value
    start = len(before.encode())
    body, found = strip((before + mark(subject, field, text) + after).encode())
    assert body == (before + text + after).encode()
    assert found == [Mark(subject, field, start, start + len(text.encode()))]


@settings(deadline=None)
@given(values=st.lists(VALUES, min_size=1, max_size=4), cut=st.data())
def test_a_fragment_cut_anywhere_leaves_no_mark_and_counts_only_whole_values(values, cut):
    page = "".join(f"<dd>{mark(*value)}</dd>" for value in values).encode()
    start = cut.draw(st.integers(0, len(page)))
    end = cut.draw(st.integers(start, len(page)))
    body, found = strip(b"</html>" + page[start:end])
    assert not any(bytes((0xEE, second)) in body for second in (0x80, 0x81))
    assert not PRIVATE_USE & set(body.decode("utf-8", "ignore"))
    shown = {value[:2] for value in values}
    assert {(each.subject, each.field) for each in found} <= shown
    whole = {value[:2] for value in values if f"<dd>{mark(*value)}</dd>".encode() in page[start:end]}
    assert {(each.subject, each.field) for each in found} >= whole


def test_a_value_without_its_closing_mark_does_not_count():
    alice, bob = mark(1, "name", "Alice Adams"), mark(2, "name", "Bob Brown")
    body, found = strip((alice[:-6] + bob).encode())
    assert body == b"Alice AdamsBob Brown"
    assert [each.subject for each in found] == [2]


def test_closing_marks_of_somebody_else_close_nothing():
    alice, bob = mark(1, "name", "Alice Adams"), mark(2, "name", "Bob Brown")
    assert strip((alice[:-6] + bob[-6:]).encode()) == (b"Alice Adams", [])


def test_an_empty_value_has_no_mark():
    assert mark(1, "phone", "") == ""


def test_other_private_use_characters_stay():
    text = "\uf8ff \ue100".encode()
    assert strip(text) == (text, [])


def test_nobody_has_a_number_that_does_not_fit():
    with pytest.raises(ValueError, match="numbered from 0"):
        mark(LARGEST_SUBJECT + 1, "name", "Alice")
