"""What is declared not to match does not match, in both matchers.

In:    one directory of one person, and pages that nearly show her.
Out:   nothing.
Else:  docs/explanation/matching.md says why each is so.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from spillkit.kernel import native, plain
from spillkit.kernel.api import SLOT_BARE
from spillkit.model import Field

KEY = bytes(range(16))
VALUES = {
    Field.NAME: ("Jürgen\x1fMüller", "Søren\x1fŁoś", "Иван\x1fПетров", "山田\x1f太郎", "さくら\x1f鈴木", "汉\x1f语言"),
    Field.EMAIL: ("alice@example.org",),
    Field.PHONE: ("+442079460123", "02079460123", "2079460123"),
    Field.ADDRESS: ("17 rue des Tisserands 75011 Paris",),
    Field.ORDER: ("ORD-2024-778812",),
}
FOUND = {
    "umlaut": "Jürgen Müller",
    "umlaut without dots": "Jurgen Muller",
    "stroke letters": "Søren Łoś",
    "e-mail": "alice@example.org",
    "phone": "020 7946 0123",
    "address": "17, rue des Tisserands\n75011 Paris",
    "order number": "ord 2024 778812",
}
NOT_FOUND = {
    "ue for ü": "Jürgen Mueller",
    "o for ø": "Soren Łoś",
    "l for ł": "Søren Los",
    "transliterated": "Ivan Petrov",
    "kanji in kana": "やまだ たろう",
    "hiragana in katakana": "サクラ 鈴木",
    "simplified in traditional": "漢 語言",
    "a word between": "Jürgen Peter Müller",
    "two initials between": "Jürgen A. B. Müller",
    "initial in front only": "J. Müller",
    "one letter more": "Jürgen Müllers",
    "one letter less": "Jürgen Mülle",
    "nickname": "Jürg Müller",
    "first name in the tag, last in the text": '<a title="Jürgen">Müller</a>',
    "first name is a key": '{"Jürgen": "Müller"}',
    "a longer local part": "malice@example.org",
    "a longer local part with a dot": "x.alice@example.org",
    "a longer local part with a hyphen": "not-alice@example.org",
    "a tag address": "alice+news@example.org",
    "a longer domain": "alice@example.org.uk",
    "another domain in front": "alice@mail.example.org",
    "one letter less in the domain": "alice@example.or",
    "spelt out": "alice [at] example.org",
    "spaces around the at sign": "alice @ example.org",
    "a tag inside the address": "alice<b>@</b>example.org",
    "phone with one digit more": "020 7946 01234",
    "phone with one digit more in front": "1020 7946 0123",
    "phone with one digit less": "020 7946 012",
    "phone with letters": "0207946O123",
    "phone stuck to a word": "x02079460123",
    "phone across lines": "020 7946\n0123",
    "phone across tags": "020 <b>7946</b> 0123",
    "phone over two dots": "020..7946..0123",
    "order number with one digit more": "ORD-2024-7788123",
    "order number in parts of a word": "ORD20247788-12",
    "address with another number": "18 rue des Tisserands 75011 Paris",
    "address without the town": "17 rue des Tisserands 75011",
    "reversed by CSS": "gro.elpmaxe@ecila",
    "ROT13": "nyvpr@rknzcyr.bet",
    "five escapes deep": "alice%252525252540example.org",
}


@pytest.fixture(scope="module", params=[plain, native], ids=["plain", "native"])
def scanner(request, tmp_path_factory):
    path: Path = tmp_path_factory.mktemp("index") / "one.idx"
    builder = request.param.Builder(KEY)
    for field, values in VALUES.items():
        builder.add(field, np.arange(len(values), dtype=np.uint32), values)
    builder.write(path)
    return request.param.Scanner([path], KEY)


@pytest.mark.parametrize("text", FOUND.values(), ids=FOUND)
def test_she_is_found(scanner, text):
    assert len(scanner.scan([f"<p>{text}</p>".encode()])) > 0


@pytest.mark.parametrize("text", NOT_FOUND.values(), ids=NOT_FOUND)
def test_what_only_looks_like_her_is_not(scanner, text):
    assert scanner.scan([f"<p>{text}</p>".encode()]).tolist() == []


@pytest.mark.parametrize("text", ["+43 20 7946 0123", "43-20-7946-0123", "2079460123"])
def test_the_same_digits_in_a_number_that_may_be_foreign_are_bare(scanner, text):
    assert all(slot & SLOT_BARE for _, _, _, slot in scanner.scan([text.encode()]).tolist())
