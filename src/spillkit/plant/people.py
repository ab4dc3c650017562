"""Draw planted people.

In:    how many, locales, a seed.
Out:   PlantedPerson values; no two share a value.
Else:  words are made in `scripts`; forms of phone numbers and postcodes are in `tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

from spillkit.errors import InputError
from spillkit.plant.drawing import Draw
from spillkit.plant.person import PlantedPerson
from spillkit.plant.scripts import ACCENTED, LATIN, Script, script_of
from spillkit.plant.tables import PhoneForm, Place, place_of

T = TypeVar("T")

DEFAULT_LOCALES = ("en_GB", "fr_FR", "de_DE", "ar_EG")
MOST_PEOPLE = 100_000
_MOST_TRIES = 5000
_LETTERS = "ABCDEFGHJKLMNPRSTUVWXY"
_TOP_LEVELS = ("org", "net", "com")  # RFC 2606, 3


def plant_people(count: int, locales: Sequence[str] = DEFAULT_LOCALES, seed: int = 0) -> tuple[PlantedPerson, ...]:
    """Return people who do not exist, the same for the same arguments on any machine.

    count    1 to 100,000
    locales  taken in turn; each as CLDR writes it: fr_FR, ar_EG, zh_Hant_TW
    seed     another seed, other people
    Returns  people none of whose values another one shares; a longer list begins with the shorter one
    Raises   InputError for a count or a locale that is none, or more people than a country's numbers reach for

    >>> [person.email for person in plant_people(2, ["fr_FR"])]  # doctest: +ELLIPSIS
    ['...@post....example.org', '...@post....example.net']
    """
    if not 1 <= count <= MOST_PEOPLE:
        raise InputError(f"The count must be from 1 to {MOST_PEOPLE:,}.")
    if not locales:
        raise InputError("No locale is given. Name one, such as fr_FR.")
    places = [place_of(locale) for locale in locales]
    taken: set[str] = set()
    return tuple(_person(number, places[(number - 1) % len(places)], seed, taken) for number in range(1, count + 1))


def _person(number: int, place: Place, seed: int, taken: set[str]) -> PlantedPerson:
    draw = Draw("planted person", seed, number, place.locale)
    script = script_of(place.script)

    def fresh(make: Callable[[], str]) -> str:
        return _fresh(make, str, taken)

    given, family = _fresh(
        lambda: (_name_word(script, place, draw), _name_word(script, place, draw)),
        lambda names: " ".join(sorted(names)) if names[0] != names[1] else None,  # either order is found
        taken,
    )
    parts = (family, given) if script.family_first else (given, family)
    mailbox = fresh(lambda: f"{LATIN.word(draw)}.{LATIN.word(draw)}".lower())
    host = f"post{draw.digits(4)}.example.{_TOP_LEVELS[(number - 1) % len(_TOP_LEVELS)]}"
    street, postcode, city = _fresh(
        lambda: (_street(place, script.word(draw), draw), _filled(place.postcode, draw), script.word(draw)),
        " ".join,
        taken,
    )
    return PlantedPerson(
        number=number,
        customer_id=fresh(lambda: f"planted-{draw.below(1 << 40):010x}"),
        given_name=given,
        family_name=family,
        name=script.joint.join(parts),
        email=f"{mailbox}@{host}",
        username=fresh(lambda: LATIN.word(draw).lower() + draw.digits(3)),
        password=f"{LATIN.word(draw)}-{draw.digits(4)}-{LATIN.word(draw)}",
        phone=fresh(lambda: _phone(draw.one_of(place.phones), draw)),
        street=street,
        postcode=postcode,
        city=city,
        country=place.country,
        language=place.language,
        locale=place.locale,
    )


def _fresh(make: Callable[[], T], key_of: Callable[[T], str | None], taken: set[str]) -> T:
    """Return what `make` draws, and draw again while somebody has it already, or its key is None."""
    for _ in range(_MOST_TRIES):
        drawn = make()
        key = key_of(drawn)
        if key is not None and key.casefold() not in taken:
            taken.add(key.casefold())
            return drawn
    raise InputError(
        "There are not so many phone numbers for planted people in one of the countries. Name more locales."
    )


def _name_word(script: Script, place: Place, draw: Draw) -> str:
    word = script.word(draw)
    return word + ACCENTED.get(place.language, "") if script is LATIN else word


def _phone(form: PhoneForm, draw: Draw) -> str:
    return f"+{form.country_code}{_filled(form.form, draw)}"


def _filled(form: str, draw: Draw) -> str:
    """Return a form with its # and @ replaced by digits and letters."""
    put = {"#": lambda: str(draw.below(10)), "@": lambda: draw.one_of(_LETTERS)}
    return "".join(put[sign]() if sign in put else sign for sign in form)


# Where the number stands before the street's name (UPU, addressing guide).
_NUMBER_FIRST = frozenset("US CA GB IE AU NZ FR BE LU MC IN PK BD LK ZA EG MA DZ TN MY SG PH TH".split())


def _street(place: Place, name: str, draw: Draw) -> str:
    number = 100 + draw.below(900)
    word = _STREET_WORDS.get(place.language, "")
    name = " ".join((name, word) if place.language in _WORD_BEHIND else (word, name)).strip()
    return f"{number} {name}" if place.country in _NUMBER_FIRST else f"{name} {number}"


_STREET_WORDS = {
    "en": "Road", "fr": "rue", "it": "via", "es": "calle", "pt": "rua", "de": "Allee", "nl": "laan", "sv": "gata", "da": "vej",
    "nb": "vei", "fi": "tie", "pl": "ulica", "cs": "ulice", "tr": "sokak", "ru": "улица", "uk": "вулиця", "el": "οδός",
    "ar": "شارع", "he": "רחוב", "hi": "मार्ग", "ja": "通り", "ko": "로", "zh": "路", "th": "ถนน", "id": "Jalan", "vi": "đường",
}  # fmt: skip
_WORD_BEHIND = frozenset("en de nl sv da nb fi tr hi ja ko zh".split())
