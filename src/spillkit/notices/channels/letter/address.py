"""Write a postal address as it stands in the window of an envelope.

In:    Addressed: a name, the parts of an address, a country.
Out:   Window: lines that fit, and their size; or why there is none.
Else:  where the window is on the page is `page`.

Lines follow the country of the receiver: the house number before or behind the street, the postcode before, behind or below the
city. The country stands last, in capitals and in English, which every post reads.

Source  Universal Postal Union, Postal addressing systems in member countries; DIN 5008 (six lines of 10 point in the window, or
        eight of 8 point)
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import msgspec
from babel import Locale

from spillkit.directory.postal import PostalAddress
from spillkit.notices.channels.channel import Addressed, Why

SIZES = ((10, 6), (8, 8))  # points, and how many lines of them the window shows
_WIDTH_POINTS = 226.0  # 80 mm
_NUMBER_FIRST = frozenset("US CA GB IE FR LU MC AU NZ IN ZA PK BD LK SG MY HK EG MA DZ TN LB KE NG GH IL".split())
_CITY_FIRST = frozenset("US CA AU NZ IN PK BD TH TW ID".split())  # the postcode behind the city
_POSTCODE_BELOW = frozenset("GB IE ZA KE SG EG LK".split())
_REGION_IN_LINE = frozenset("US CA AU IN".split())
_MOST = 200  # characters of one part that are read
_MARKS_IN_A_ROW = 4
JOINERS = "\u200c\u200d"  # Persian and Indic names are spelled with them
_DRAWS_NOTHING = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp", "Me", "So", "Sk"})
_BETWEEN_LINES = re.compile(r"[\r\n\v\f\x85\u2028\u2029\x1e\x1f;]+")


class Window(msgspec.Struct, frozen=True):
    """What stands in the window of the envelope."""

    lines: tuple[str, ...]
    points: int  # size of the letters

    def __repr__(self) -> str:
        return "Window(…)"


def window_of(one: Addressed) -> Window | Why:
    """Return what stands in the window for somebody.

    Returns  NO_POSTAL_ADDRESS where a name, a street or a place is missing: a letter to nobody by name is opened by anybody;
             LONG_ADDRESS where the window would not show all of it
    """
    name, country = paper_line(one.reader.name), one.country
    lines = list(_address_lines(one.postal, country))
    if not name or not lines:
        return Why.NO_POSTAL_ADDRESS
    if country:
        lines.append(_country_name(country))
    for points, most in SIZES:
        fitted = [part for line in (name, *lines) for part in _fitted(line, points)]
        if len(fitted) <= most:
            return Window(tuple(fitted), points)
    return Why.LONG_ADDRESS


def paper_line(text: str) -> str:
    """Return text of a customer list as it is printed: one line, nothing that hides, turns or draws over other lines.

    >>> paper_line("Ann\\u202e\\r\\nRoe \\U0001f600")
    'Ann Roe'
    """
    shown: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", " ".join(text[:_MOST].split())):
        marks = marks + 1 if unicodedata.combining(character) else 0
        is_drawn = character in JOINERS or unicodedata.category(character) not in _DRAWS_NOTHING
        if is_drawn and marks <= _MARKS_IN_A_ROW:
            shown.append(character)
    return " ".join("".join(shown).strip(JOINERS).split())


def _address_lines(postal: PostalAddress, country: str) -> Iterator[str]:
    """Yield the lines between the name and the country; none where a letter would not arrive."""
    street, place = _street(postal, country), list(_place(postal, country))
    if street and place:
        yield street
        if line2 := paper_line(postal.line2):
            yield line2
        yield from place
    elif postal.whole:
        whole = [line for part in _BETWEEN_LINES.split(postal.whole[: 4 * _MOST]) if (line := paper_line(part))]
        if len(whole) == 1:
            whole = [part.strip() for part in whole[0].split(",") if part.strip()]
        yield from whole
        yield from (line for line in place if not any(line.casefold() in other.casefold() for other in whole))


def _street(postal: PostalAddress, country: str) -> str:
    street, house = paper_line(postal.street), paper_line(postal.house_number)
    if not street or not house or house in street.split():
        return street
    return f"{house} {street}" if country in _NUMBER_FIRST else f"{street} {house}"


def _place(postal: PostalAddress, country: str) -> Iterator[str]:
    postcode, city, region = paper_line(postal.postcode), paper_line(postal.city), paper_line(postal.region)
    if country in _POSTCODE_BELOW:
        yield from filter(None, (city, region, postcode))
        return
    if not (city or postcode):
        return
    in_line = region if country in _REGION_IN_LINE or (country == "IT" and len(region) == 2) else ""
    parts = (city, in_line, postcode) if country in _CITY_FIRST else (postcode, city, in_line)
    yield " ".join(filter(None, parts))
    if region and not in_line and region.casefold() != city.casefold():
        yield region


@lru_cache(maxsize=512)
def _country_name(code: str) -> str:
    return str(Locale("en").territories.get(code, code)).upper()


def _fitted(line: str, points: int) -> Iterator[str]:
    """Yield a line in pieces that are no wider than the window, broken at spaces where there are any."""
    piece, room = "", _WIDTH_POINTS / points
    for word in line.split(" "):
        longer = f"{piece} {word}" if piece else word
        if _ems(longer) <= room:
            piece = longer
            continue
        if piece:
            yield piece
        while _ems(word) > room:
            cut = next(end for end in range(len(word), 0, -1) if _ems(word[:end]) <= room)
            yield word[:cut]
            word = word[cut:]
        piece = word
    if piece:
        yield piece


def _ems(text: str) -> float:
    """Return how wide a text is at most in most fonts, in heights of a letter."""
    return sum(_em(character) for character in text)


def _em(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF":
        return 1.0
    if unicodedata.combining(character):
        return 0.0
    if character in "mwMW@%":
        return 0.95
    return 0.72 if character.isupper() else 0.6
