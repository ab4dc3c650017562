"""Say what one directory value puts into the index.

In:    a field and a value as the directory holds it.
Out:   the runs of words, or the address or number, that stand for it; or why it is refused.
Else:  hashing and writing are `plain.builder`; preparing phones and addresses is `directory`.

This is docs/reference/matching.md, section 4.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from spillkit.kernel.api import Taken
from spillkit.kernel.fold import IDEO, WORD, class_of, is_letter
from spillkit.kernel.plain.characters import Characters
from spillkit.model import Field

LONGEST_RUN = 32  # words
LONGEST_WORD = 64  # folded UTF-8 bytes
LONGEST_LOCAL, LONGEST_DOMAIN = 64, 253  # characters; RFC 5321, section 4.5.3.1
LOCAL_MARKS = frozenset("._+-'")
ATEXT_MARKS = LOCAL_MARKS | frozenset("!#$%&*/=?^`{|}~")  # RFC 5322, section 3.2.3
DOMAIN_MARKS = frozenset(".-")
LARGEST_NAME_GROUP = 20  # subjects; a name that more of them bear is weak
GIVEN_FAMILY = "\x1f"  # stands between given and family name in a NAME value
WHITESPACE = "\b\t\n\v\f\r "
WORDS = re.compile("ie*|[we]+")  # over classes: an IDEO letter is a word of its own

_SHORTEST_ID = 6
_SHORTEST_DIGITS_ID = 12
_PHONE = re.compile(r"\+?([0-9]+)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a value puts in: runs of words, or one folded address or number."""

    taken: Taken
    runs: tuple[tuple[str, ...], ...] = ()
    text: str = ""
    weak: bool = False


def read_value(field: Field, value: str, common_words: Collection[str] = ()) -> Reading:
    """Return what a value puts into the index.

    field         of the subject
    value         as the directory holds it; for NAME "given U+001F family" or the full name
    common_words  folded words that make a name weak if it has no others
    """
    if field is Field.EMAIL:
        return _read_email(Characters(_utf8(value)))
    if field is Field.PHONE:
        return _read_phone(Characters(_utf8(value)))
    if field is Field.NAME:
        return _read_name(value, common_words)
    words = _words(value)
    if (refusal := _refuse(words)) is not None:
        return Reading(refusal)
    weak = False
    if field is not Field.ADDRESS:
        letters = "".join(words)
        if len(letters) < _SHORTEST_ID:
            return Reading(Taken.TOO_SHORT)
        weak = len(letters) < _SHORTEST_DIGITS_ID and re.fullmatch("[0-9]+", letters) is not None
    return Reading(Taken.OK, runs=(words,), weak=weak)


def is_local(char: str, behaviour: str, marks: Collection[str] = LOCAL_MARKS) -> bool:
    """Return whether a character may stand before the @ of an e-mail address."""
    return behaviour != " " or char in marks


def _read_name(value: str, common_words: Collection[str]) -> Reading:
    given_part, _, family_part = value.partition(GIVEN_FAMILY)
    given, family = _words(given_part), _words(family_part)
    words = given + family
    if (refusal := _refuse(words)) is not None:
        return Reading(refusal)
    if len(words) == 1 and len(words[0]) == 1:
        return Reading(Taken.EMPTY)
    # Middle initials are left out as well: single letters strictly inside the name.
    inside = range(1, len(words) - 1)
    kept = [number not in inside or not is_letter(word) for number, word in enumerate(words)]
    short_given = tuple(word for word, keep in zip(given, kept, strict=False) if keep)
    short_family = tuple(word for word, keep in zip(family, kept[len(given) :], strict=True) if keep)
    runs = [*_orders(given, family), *_orders(short_given, short_family)]
    # Three ideographs in a row are a rare name although each of them is common; two are an accident on every page.
    has_many_ideographs = len(words) > 2 and any(class_of(word[0]) == IDEO for word in words)
    is_common = all(word in common_words or _is_one_letter(word) for word in words)
    weak = len(words) == 1 or (is_common and not has_many_ideographs)
    return Reading(Taken.OK, runs=tuple(dict.fromkeys(runs)), weak=weak)


def _orders(given: tuple[str, ...], family: tuple[str, ...]) -> list[tuple[str, ...]]:
    if given and family:
        return [given + family, family + given]
    words = given + family
    if len(words) == 1:
        return [words]
    return [words, words[-1:] + words[:-1], words[1:] + words[:1]]


def _is_one_letter(word: str) -> bool:
    return len(word) == 1 and class_of(word) == WORD


def _read_email(characters: Characters) -> Reading:
    text = characters.text
    first, last = len(text) - len(text.lstrip(WHITESPACE)), len(text.rstrip(WHITESPACE))
    address, classes = text[first:last], characters.classes[first:last]
    if not address:
        return Reading(Taken.EMPTY)
    local, at, domain = address.partition("@")
    domain = domain.removesuffix(".")
    behind = classes[len(local) + 1 :]
    is_shaped = (
        at
        and 1 <= len(local) <= LONGEST_LOCAL
        and 1 <= len(domain) <= LONGEST_DOMAIN
        and not local.startswith(".")
        and not domain.endswith((".", "-"))
        and all(map(lambda char, behaviour: is_local(char, behaviour, ATEXT_MARKS), local, classes))
        and all(map(lambda char, behaviour: is_local(char, behaviour, DOMAIN_MARKS), domain, behind))
    )
    return Reading(Taken.OK, text=f"{local}@{domain}") if is_shaped else Reading(Taken.BAD_SHAPE)


def _read_phone(characters: Characters) -> Reading:
    number = characters.text.strip(WHITESPACE)
    if not number:
        return Reading(Taken.EMPTY)
    if not (digits := _PHONE.fullmatch(number)):
        return Reading(Taken.BAD_SHAPE)
    if len(digits[1]) < 7:
        return Reading(Taken.TOO_SHORT)
    return Reading(Taken.TOO_LONG) if len(digits[1]) > 18 else Reading(Taken.OK, text=number)


def _words(value: str) -> tuple[str, ...]:
    characters = Characters(_utf8(value))
    return tuple(characters.text[found.start() : found.end()] for found in WORDS.finditer(characters.classes))


def _refuse(words: tuple[str, ...]) -> Taken | None:
    if not words:
        return Taken.EMPTY
    if len(words) > LONGEST_RUN or any(len(word.encode()) > LONGEST_WORD for word in words):
        return Taken.TOO_LONG
    return None


def _utf8(value: str) -> bytes:
    return value.encode("utf-8", "replace")  # A lone surrogate is no character of any name.
