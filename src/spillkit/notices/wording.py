"""Say the sentences of a notice in a language, each value in it marked as what it is.

In:    a language tag, a sentence's name, values; the catalogues in `texts/`, one TOML file for each language.
Out:   Line: words and typed values in turn; who signed a catalogue off, and which languages nobody signed.
Else:  which sentences are said, and in which order, is `structure`; how a value is set apart on a page is `render`.

Why TOML and not gettext: a sentence is found by its name, never by its English wording, so that a comma changed in English cannot
turn fourteen notices back into English unseen; who read a catalogue stands in the same file; nothing is compiled;
plural forms are those of CLDR by their names (Arabic has six, Polish four), which a translator sees and a test counts.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from babel import Locale
from babel.dates import format_date, format_time, get_timezone_name
from babel.languages import get_territory_language_info
from babel.numbers import format_decimal

from spillkit.errors import WordingError
from spillkit.notices.told import Hold
from spillkit.printed import printable

LANGUAGES = ("en", "fr", "it", "ar", "es", "de", "pt", "nl", "pl", "tr", "ja", "zh", "ko", "sv", "he")
RIGHT_TO_LEFT = frozenset({"ar", "he"})
_DIGITS = (
    "latn"  # in every language: a reader compares dates and numbers with a screen, and types the code as it stands
)
_OLD_TAGS = {"iw": "he", "cmn": "zh"}
_OTHER_SCRIPTS = frozenset({"hant", "tw", "hk", "mo"})  # the Chinese catalogue is in simplified characters
_PLACE = re.compile(r"\{(\w+)\}")


class ValueKind(StrEnum):
    """What a value in a sentence is. Each is set apart in its own way."""

    PERSON = "person"  # the reader's name
    COMPANY = "company"  # a brand, a legal entity, an authority, an officer
    DAY = "day"
    MOMENT = "moment"
    ZONE = "zone"
    NUMBER = "number"
    CODE = "code"  # to be typed as it stands
    PLACE = "place"  # an address on the web that a reader types
    ADDRESS = "address"  # of mail, or a telephone number
    FREE = "free"  # words of the company in the reader's language


class Value(msgspec.Struct, frozen=True):
    """One value in a sentence."""

    kind: ValueKind
    text: str  # as the language writes it, printable
    raw: str | int | date | datetime | None = (
        None  # what it was made from, for those who compare; None: the text itself
    )
    slot: str = ""  # which of the values that differ from person to person it is; "": it does not


Line = tuple[str | Value, ...]
_Template = tuple[str, ...]  # words at even places, names of values at odd ones


class Head(msgspec.Struct, frozen=True):
    """Who read a catalogue."""

    read_by: str  # "" until a native reader signed it off
    read_on: str  # ISO date; "" likewise
    below: str  # "English version below."


class Catalogue:
    """One language. Made once by `catalogue`; holds nothing of any person but the days and minutes of late."""

    def __init__(self, language: str, table: dict[str, dict[str, str | dict[str, str]]]) -> None:
        self.language = language
        self.is_rtl = language in RIGHT_TO_LEFT
        self.locale = Locale.parse(language)
        head = table["head"]
        self.head = Head(str(head["read_by"]), str(head["read_on"]), str(head["below"]))
        self._phrases: dict[str, _Template] = {}
        self._plurals: dict[str, dict[str, _Template]] = {}
        for group, phrases in table.items():
            for key, words in phrases.items():
                if isinstance(words, str):
                    self._phrases[f"{group}.{key}"] = tuple(_PLACE.split(words))
                else:
                    self._plurals[f"{group}.{key}"] = {form: tuple(_PLACE.split(text)) for form, text in words.items()}

    def say(self, name: str, /, **values: Value) -> Line:
        """Return a sentence, `group.name`, with its values in their places. Braces in a value mean nothing."""
        return _filled(self._phrases[name], values)

    def words(self, name: str, otherwise: str = "") -> str:
        """Return a sentence without values; where there is none of that name, what is given otherwise."""
        template = self._phrases.get(name)
        return template[0] if template is not None else printable(otherwise)

    def several(self, name: str, count: Value, /) -> Line:
        """Return the plural form that fits a number (CLDR); `{count}` stands for the number."""
        forms = self._plurals[name]
        number = count.raw if isinstance(count.raw, int) else 0
        return _filled(forms.get(self.plural(number)) or forms["other"], {"count": count})

    def is_plural(self, name: str) -> bool:
        """Say whether a sentence has plural forms."""
        return name in self._plurals

    def plural(self, count: int) -> str:
        """Return the CLDR category of a whole number: zero, one, two, few, many or other."""
        return _plural(count, self.language)

    def day(self, on: date) -> Value:
        return Value(ValueKind.DAY, _day(on, self.language), on)

    def moment(self, at: datetime, zone: str, slot: str = "") -> Value:
        """Return a time of day on its day, in a zone that is named beside it once.

        An hour that the clock shows twice, when summer time ends, carries its offset.

        Raises  WordingError for a time without a zone, one before the calendar, or a zone that is none
        """
        local = _local(at, zone)
        day, time = _day(local.date(), self.language), _time(local.hour, local.minute, self.language)
        if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
            time += f" (UTC{local.strftime('%z')[:3]}:{local.strftime('%z')[3:]})"
        filled = "".join(str(part) for part in _filled(self._phrases["when.moment"], {"day": day, "time": time}))
        return Value(ValueKind.MOMENT, filled, at, slot)

    def zone(self, zone: str) -> Value:
        """Return the name of a zone, the same in summer and in winter."""
        return Value(ValueKind.ZONE, _zone_name(zone, self.language), zone)

    def number(self, count: int, slot: str = "") -> Value:
        return Value(ValueKind.NUMBER, _number(count, self.language), count, slot)


def _filled(template: _Template, values: dict[str, Value] | dict[str, str]) -> Line:
    line = (values[part] if place % 2 else part for place, part in enumerate(template))
    return tuple(part for part in line if part != "")


@lru_cache(maxsize=4096)
def _day(on: date, language: str) -> str:
    # English: "2 November 2026", which readers of no country take for another day.
    return str(format_date(on, "long", locale="en_GB" if language == "en" else language))


@lru_cache(maxsize=24 * 60 * len(LANGUAGES))
def _time(hour: int, minute: int, language: str) -> str:
    at = datetime(2000, 1, 1, hour, minute)  # noqa: DTZ001 - only its hour and minute are written
    return str(format_time(at, "HH:mm", locale=language))


@lru_cache(maxsize=4096)
def _plural(count: int, language: str) -> str:
    return str(Locale.parse(language).plural_form(count))


@lru_cache(maxsize=4096)
def _number(count: int, language: str) -> str:
    return str(format_decimal(count, locale=language, numbering_system=_DIGITS))


@lru_cache(maxsize=64 * len(LANGUAGES))
def _zone_name(zone: str, language: str) -> str:
    known = _zone(zone)
    return "UTC" if zone in {"UTC", "Etc/UTC"} else str(get_timezone_name(known, "long", locale=language))


def _local(at: datetime, zone: str) -> datetime:
    if at.tzinfo is None:
        raise WordingError("A time of the facts has no zone. Give it in UTC, with Z at its end.")
    try:
        return at.astimezone(_zone(zone))
    except OverflowError as error:
        raise WordingError("A time of the facts is outside of the calendar. Correct it.") from error


@lru_cache(maxsize=64)
def _zone(zone: str) -> ZoneInfo:
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WordingError("The zone of the story is not an IANA time zone. Write one like Europe/Paris.") from error


@lru_cache(maxsize=len(LANGUAGES))
def catalogue(language: str) -> Catalogue:
    """Return the catalogue of a language.

    Raises   WordingError if it is none of LANGUAGES: `language_of` tells which one serves a tag
    """
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise WordingError(f"There is no text of a notice in the language asked for. There are: {known}.")
    text = resources.files("spillkit.notices").joinpath(f"texts/{language}.toml").read_text(encoding="utf-8")
    return Catalogue(language, tomllib.loads(text))


def language_of(tag: str) -> str:
    """Return which catalogue serves a language tag; "" where none does.

    A region does not matter but for Chinese: readers of Taiwan, Hong Kong and Macao read traditional characters, and there is no
    such catalogue.

    >>> language_of("pt-BR"), language_of("iw"), language_of("zh-Hant"), language_of("eo")
    ('pt', 'he', '', '')
    """
    first, *rest = tag.lower().replace("_", "-").split("-")
    language = _OLD_TAGS.get(first, first)
    if language == "zh" and not _OTHER_SCRIPTS.isdisjoint(rest) and "hans" not in rest:
        return ""
    return language if language in LANGUAGES else ""


def signed_languages() -> frozenset[str]:
    """Return the languages whose catalogue a native reader read and signed with name and day."""
    return frozenset(language for language in LANGUAGES if is_signed(catalogue(language).head))


def is_signed(head: Head) -> bool:
    """Say whether a head names a reader and a real day. One of them alone is no signature."""
    try:
        date.fromisoformat(head.read_on)
    except ValueError:
        return False
    return bool(head.read_by.strip())


def hold_of(tags: tuple[str, ...], decided: frozenset[str] = frozenset()) -> Hold | None:
    """Return NOT_SIGNED_OFF where one of the languages of a notice was signed by nobody, else None.

    decided  languages that two people decided to send unsigned
    """
    may_go = signed_languages() | decided
    return None if tags and all(language_of(tag) in may_go for tag in tags) else Hold.NOT_SIGNED_OFF


def likelier_first(languages: tuple[str, ...], country: str) -> tuple[str, ...]:
    """Return languages so that the one that more people of a country read comes first; else in the order given.

    Source  CLDR, population of a territory by language

    >>> likelier_first(("en", "fr"), "FR"), likelier_first(("en", "fr"), "")
    (('fr', 'en'), ('en', 'fr'))
    """
    share = _shares(country)
    return tuple(sorted(languages, key=lambda language: -share.get(language, 0.0)))


@lru_cache(maxsize=512)
def _shares(country: str) -> dict[str, float]:
    shares: dict[str, float] = {}
    for tag, known in get_territory_language_info(country).items() if country else ():
        language = str(tag).split("_")[0]
        shares[language] = max(shares.get(language, 0.0), float(known["population_percent"] or 0.0))
    return shares
