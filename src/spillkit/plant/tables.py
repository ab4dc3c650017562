"""Look up what a planted person of a locale has: script, country, forms of phone numbers and postcodes.

In:    the tables beside this file.
Out:   Place.
Else:  locales.tsv and phones.tsv are written by tools/make_plant_tables.py; postcodes.tsv by hand.

The tables are committed, not asked of babel and phonenumbers: the same seed gives the same people whatever is installed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from spillkit.errors import InputError

# Territories that are no country, or have no numbering plan of their own: where their people live and phone instead.
_LIVE_IN = {
    "001": "US", "150": "DE", "419": "MX", "DG": "IO", "EA": "ES", "EH": "MA", "GS": "FK", "IC": "ES", "MF": "FR", "PN": "NZ",
    "UM": "US",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PhoneForm:
    """National numbers as they go abroad: # is any digit."""

    country_code: str
    form: str


@dataclass(frozen=True, slots=True)
class Place:
    """What a locale says of its people."""

    locale: str  # as CLDR writes it: fr_FR
    language: str
    script: str  # ISO 15924
    country: str  # ISO 3166
    phones: tuple[PhoneForm, ...]
    postcode: str  # # a digit, @ a letter, 1-9 and others as they are; "" where the country has none


@cache
def place_of(locale: str) -> Place:
    """Return the place of a locale.

    locale  a locale of CLDR: fr_FR, ar_EG, zh_Hant_TW; a hyphen is as good
    Raises  InputError if there is no such locale
    """
    parts = locale.replace("-", "_").split("_")
    wanted = "_".join([parts[0].lower(), *(part.title() if len(part) == 4 else part.upper() for part in parts[1:])])
    known = _locales().get(wanted) or _without_script(wanted)
    if known is None:
        raise InputError(
            "There is no locale of that name. Write a language and a country, such as fr_FR, ar_EG or zh_Hant_TW."
        )
    script, territory = known
    country = _LIVE_IN.get(territory, territory)
    return Place(wanted, parts[0].lower(), script, country, _phones()[country], _postcodes().get(country, ""))


def _without_script(wanted: str) -> tuple[str, str] | None:
    """Find zh_CN, which CLDR calls zh_Hans_CN, and fr_Latn_FR, which it calls fr_FR."""
    parts = wanted.split("_")
    if len(parts) == 2:
        fitting = [name for name in _locales() if name.startswith(f"{parts[0]}_") and name.endswith(f"_{parts[1]}")]
        return _locales()[fitting[0]] if fitting else None
    return _locales().get("_".join(part for part in parts if len(part) != 4))


def all_locales() -> tuple[str, ...]:
    """Return every locale that people can be planted in."""
    return tuple(_locales())


def _rows(name: str) -> list[list[str]]:
    text = files("spillkit.plant").joinpath(name).read_text(encoding="utf-8")
    return [line.split("\t") for line in text.splitlines() if line and not line.startswith("#")]


@cache
def _locales() -> dict[str, tuple[str, str]]:
    return {name: (script, territory) for name, script, territory in _rows("locales.tsv")}


@cache
def _phones() -> dict[str, tuple[PhoneForm, ...]]:
    found: dict[str, tuple[PhoneForm, ...]] = {}
    for country, code, form, _ in _rows("phones.tsv"):
        found[country] = (*found.get(country, ()), PhoneForm(code, form))
    return found


@cache
def _postcodes() -> dict[str, str]:
    return {row[0]: row[1] for row in _rows("postcodes.tsv")}
