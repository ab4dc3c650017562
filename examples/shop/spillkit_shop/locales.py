"""What people of a country are called and where they live: small pools of common names, read once.

In:    data/locales.json.
Out:   Locale values, and draws from them: a name, a street line, a postcode, a phone number in a range of real mobile
       numbers.
Else:  putting people together is `customers`.

The lists were made by hand for this demo; they hold common names only, so that nobody in particular is meant.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from random import Random

_DATA = Path(__file__).with_name("data")
_LATIN = str.maketrans({"ß": "ss", "ł": "l", "Ł": "L", "ı": "i", "ø": "o", "đ": "d", "æ": "ae"})


@dataclass(frozen=True, slots=True)
class Word:
    """A name as written, and in Latin letters for e-mail addresses."""

    text: str
    latin: str


@dataclass(frozen=True, slots=True)
class Locale:
    """One country and language."""

    code: str  # "de_DE"
    country: str  # ISO 3166 alpha-2
    language: str  # ISO 639-1
    weight: int  # customers of this locale among about a hundred
    entity: str  # the legal entity that contracts with customers of this country
    phone: str  # pattern: # any digit, N 2 to 9, M 2 to 4
    street: str  # pattern of the street line
    place: str  # pattern of the line below it
    given: tuple[Word, ...]
    family: tuple[Word, ...]
    streets: tuple[str, ...]
    cities: tuple[tuple[str, str], ...]  # city, pattern of its postcodes: # any digit, A any letter
    middle: bool  # some people have a second given name
    two_given: bool  # a given name is made of two syllables
    two_family: bool  # people have two family names
    family_first: bool


@lru_cache(maxsize=1)
def locales() -> Mapping[str, Locale]:
    """Return every locale by its code."""
    rows = json.loads((_DATA / "locales.json").read_text("utf-8"))
    return {code: _locale(code, row) for code, row in rows.items()}


def _locale(code: str, row: Mapping[str, object]) -> Locale:
    def texts(key: str) -> list[str]:
        value = row[key]
        assert isinstance(value, list)
        return [str(each) for each in value]

    def text(key: str) -> str:
        return str(row[key])

    return Locale(
        code=code,
        country=text("country"),
        language=text("language"),
        weight=int(text("weight")),
        entity=text("entity"),
        phone=text("phone"),
        street=text("street"),
        place=text("place"),
        given=tuple(map(_word, texts("given"))),
        family=tuple(map(_word, texts("family"))),
        streets=tuple(texts("streets")),
        cities=tuple((city, postcode) for city, _, postcode in (each.partition("=") for each in texts("cities"))),
        middle=bool(row.get("middle")),
        two_given=bool(row.get("two_given")),
        two_family=bool(row.get("two_family")),
        family_first=bool(row.get("family_first")),
    )


def _word(entry: str) -> Word:
    text, _, latin = entry.partition("|")
    return Word(text, in_latin(latin or text))


def in_latin(text: str) -> str:
    """Return the ASCII letters and digits of a text in Latin script, in lower case and without accents."""
    plain = unicodedata.normalize("NFKD", text.translate(_LATIN)).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum())


def draw_given(locale: Locale, random: Random) -> Word:
    """Return a given name; in most cases a double one, where that is the custom, so that the pools make enough people."""
    first = random.choice(locale.given)
    if locale.two_given:
        second = random.choice(locale.given)
        return Word(first.text + second.text, first.latin + second.latin)
    if locale.middle and random.random() < 0.65:
        second = random.choice(locale.given)
        if second != first:
            return Word(f"{first.text} {second.text}", first.latin)
    return first


def draw_family(locale: Locale, random: Random) -> Word:
    """Return a family name."""
    first = random.choice(locale.family)
    if locale.two_family:
        second = random.choice(locale.family)
        return Word(f"{first.text} {second.text}", first.latin)
    if locale.middle and random.random() < 0.15:
        second = random.choice(locale.family)
        return Word(f"{first.text}-{second.text}", first.latin)
    return first


def full_name(locale: Locale, given: str, family: str) -> str:
    """Return both names in the order of the country."""
    if not locale.family_first:
        return f"{given} {family}"
    return family + given if locale.code == "ko_KR" else f"{family} {given}"


def draw_street(locale: Locale, random: Random) -> str:
    """Return a street line with a number."""
    number, flat = random.randint(1, 240), random.randint(1, 60)
    return locale.street.format(street=random.choice(locale.streets), number=number, flat=flat)


def draw_city(locale: Locale, random: Random) -> tuple[str, str]:
    """Return a postcode and a city that belong together."""
    city, pattern = random.choice(locale.cities)
    return _filled(pattern, random, {"#": "0123456789", "A": "ABDEFGHJLNPQRSTUWXYZ"}), city


def draw_phone(locale: Locale, random: Random) -> str:
    """Return a mobile number as people of that country write it, in international form."""
    return _filled(locale.phone, random, {"#": "0123456789", "N": "23456789", "M": "234"})


def _filled(pattern: str, random: Random, signs: Mapping[str, str]) -> str:
    return "".join(random.choice(signs[sign]) if sign in signs else sign for sign in pattern)
