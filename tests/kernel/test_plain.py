"""The plain twin does what docs/reference/matching.md says, rule by rule.

In:    rows: a page, and what is found in it.
Out:   nothing.
Else:  that the native kernel does the same is `test_differential`.
"""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.errors import IndexDamaged, KeyMismatch
from spillkit.kernel import plain
from spillkit.kernel.api import SLOT_BARE, SLOT_SUPPORTED, Taken
from spillkit.kernel.fold import class_of, fold
from spillkit.kernel.plain.characters import Characters, read_escape
from spillkit.kernel.words import common_words
from spillkit.model import Field
from tests.kernel.bodies import KEY

PEOPLE = {
    Field.NAME: ["Jane\x1fDoe", "Can\x1fBe", "Jane Doe Smith", "文\x1f中"],
    Field.EMAIL: ["alice@example.org", "can@example.org", "o'brien@example.org"],
    Field.PHONE: ["+442079460123", "2079460124"],
    Field.ORDER: ["ORD-778812", "123456789"],
}
FOUND = {
    "plain e-mail": ("to alice@example.org now", ["alice@example.org"]),
    "capitals": ("Alice@Example.ORG", ["Alice@Example.ORG"]),
    "escaped at sign": ("alice%40example.org", ["alice%40example.org"]),
    "inside a longer address": ("malice@example.org", []),
    "dot behind": ("alice@example.org.", ["alice@example.org"]),
    "quotes around": ("'alice@example.org'", ["alice@example.org"]),
    "apostrophe in it": ("o'brien@example.org", ["o'brien@example.org"]),
    "emphasis around": ("_alice@example.org_", ["alice@example.org"]),
    "kana around": ("連絡先alice@example.orgまで", ["alice@example.org"]),
    "name across tags": ("<b>Jane</b> <i>Doe</i>", ["Jane</b> <i>Doe"]),
    "name half in a tag": ('<b title="Jane">Doe</b>', []),
    "name in one attribute": ('<b title="Jane Doe">x</b>', ["Jane Doe"]),
    "keys between": ('{"given":"Jane","family":"Doe"}', ['Jane","family":"Doe']),
    "key too long to be one": ('{"a":"Jane","' + "x" * 130 + '":"Doe"}', []),
    "name last first": ("Doe, Jane", ["Doe, Jane"]),
    "middle initial": ("Jane Q. Doe", ["Jane Q. Doe"]),
    "initial behind": ("Jane Doe Q", ["Jane Doe"]),
    "the longer name wins": ("Jane Doe Smith", ["Jane Doe Smith"]),
    "a long word between": ("Jane " + "x" * 65 + " Doe", []),
    "weak name alone": ("it can be", []),
    "weak name beside the same person's e-mail": ("can be; mail can@example.org", ["can be", "can@example.org"]),
    "weak name beside another's e-mail": ("can be alice@example.org", ["alice@example.org"]),
    "phone": ("+44 (0)20-7946 0123", ["44 (0)20-7946 0123"]),
    "phone behind a date": ("2024-01-15 2079460124", ["2079460124"]),
    "order": ("ord 778812", ["ord 778812"]),
    "short number alone": ("123456789", []),
    "five escapes deep": ("alice%252525252540example.org", []),
    "four escapes deep": ("alice%25252540example.org", ["alice%25252540example.org"]),
}  # fmt: skip
UNITS = {
    rb"&eacute;": ("é", 8), rb"&eacute": ("é", 7), rb"&notit;": ("¬", 4), rb"&#150;": ("–", 6), rb"&#0;": ("\ufffd", 4),
    rb"&#x1F600;": ("😀", 9), rb"&amp;#233;": ("é", 10), rb"&x": ("&", 1), rb"\u00e9": ("é", 6), rb"\\u00e9": ("é", 7),
    rb"\ud83d\ude00": ("😀", 12), rb"\ud83d": ("\ufffd", 6), rb"\u{1F600}": ("😀", 9), rb"\xe9": ("é", 4), rb"\q": ("\\", 1),
    rb"%C3%A9": ("é", 6), rb"%25C3%25A9": ("é", 10), rb"%C3x": ("\ufffd", 3), rb"%4": ("%", 1), rb"%2541": ("A", 5),
    rb"%2525252541": ("%", 9), rb"&#12345678901;": ("\ufffd", 10),
}  # fmt: skip


@pytest.fixture(scope="module")
def scanner(tmp_path_factory):
    path = tmp_path_factory.mktemp("index") / "plain.idx"
    builder = plain.Builder(KEY, ("can", "be"))
    for field, values in PEOPLE.items():
        builder.add(field, np.arange(len(values), dtype=np.uint32), values)
    builder.write(path)
    return plain.Scanner([path], KEY)


@pytest.mark.parametrize(("page", "texts"), FOUND.values(), ids=FOUND)
def test_exactly_this_is_found(scanner, page, texts):
    body = page.encode()
    found = [body[start:end].decode() for _, start, end, _ in scanner.scan([body]).tolist()]
    assert found == texts


@pytest.mark.parametrize(("written", "unit"), UNITS.items(), ids=[key.decode() for key in UNITS])
def test_an_escape_is_read_to_its_end(written, unit):
    assert read_escape(written, 0) == unit


def test_hits_say_what_they_are(scanner):
    page = b"can be can@example.org 2079460124"
    slots = {page[start:end]: slot for _, start, end, slot in scanner.scan([page]).tolist()}
    assert slots[b"can be"] & SLOT_SUPPORTED
    assert scanner.group(slots[b"can be"] & ~SLOT_BARE)[0] is Field.NAME
    assert slots[b"2079460124"] & SLOT_BARE


def test_a_directory_value_is_found_as_it_would_be_on_a_page(scanner):
    assert scanner.find(Field.NAME, "doe  JANE").tolist() == [0]
    assert scanner.find(Field.EMAIL, "nobody@example.org").tolist() == []


def test_what_cannot_be_matched_is_refused():
    builder = plain.Builder(KEY)

    def taken(field, value):
        return Taken(int(builder.add(field, np.array([1], np.uint32), [value])[0]))

    assert taken(Field.NAME, " -- ") is Taken.EMPTY
    assert taken(Field.NAME, "J") is Taken.EMPTY
    assert taken(Field.NAME, "x" * 65) is Taken.TOO_LONG
    assert taken(Field.EMAIL, "alice.example.org") is Taken.BAD_SHAPE
    assert taken(Field.PHONE, "020 7946 0123") is Taken.BAD_SHAPE
    assert taken(Field.PHONE, "12345") is Taken.TOO_SHORT
    assert taken(Field.ORDER, "A-1") is Taken.TOO_SHORT


def test_a_removed_person_is_found_no_more(tmp_path):
    builder = plain.Builder(KEY)
    builder.add(Field.NAME, np.array([0, 1], np.uint32), ["Jane Doe", "Jane Doe"])
    builder.write(tmp_path / "two.idx")
    for dead, bearers in (([], 2), ([0], 1)):
        scanner = plain.Scanner([tmp_path / "two.idx"], KEY, np.array(dead, np.uint32))
        [[_, _, _, slot]] = scanner.scan([b"Jane Doe"]).tolist()
        assert scanner.bearers(slot) == bearers
    assert len(plain.Scanner([tmp_path / "two.idx"], KEY, np.array([0, 1], np.uint32)).scan([b"Jane Doe"])) == 0


def test_another_key_and_a_damaged_header_are_told_apart(tmp_path):
    path = tmp_path / "one.idx"
    plain.Builder(KEY).write(path)
    with pytest.raises(KeyMismatch):
        plain.Scanner([path], bytes(16))
    path.write_bytes(path.read_bytes()[:50] + b"x" + path.read_bytes()[51:])
    with pytest.raises(IndexDamaged):
        plain.Scanner([path], KEY)


@given(st.characters())
def test_folding_twice_is_folding_once(char):
    once = fold(char)
    assert "".join(map(fold, once)) == once


@given(st.characters(), st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_normal_forms_fold_to_the_same(char, form):
    assert "".join(map(fold, unicodedata.normalize(form, char))) == fold(char)


@given(st.binary(max_size=200))
def test_every_character_knows_where_it_came_from(body):
    characters = Characters(body)
    spans = [(characters.start(place), characters.end(place)) for place in range(len(characters.text))]
    assert spans == sorted(spans)
    assert all(0 <= start < end <= len(body) for start, end in spans)
    assert characters.classes == "".join(map(class_of, characters.text))


def test_popular_names_are_common_words_in_large_directories_only():
    small, large = common_words(1_000), common_words(1_000_000)
    assert {"can", "be", "de", "la", "will", "page"} <= small
    assert {"michael", "hill"} <= large
    assert not {"michael", "smith", "alice"} & small
