"""Say things in the six languages of a report.

In:    a language, a phrase's name, values.
Out:   words; numbers, shares, times and lengths of time as that language writes them, in Western digits.
Else:  which things are said is `sections` and `make`.

One TOML file for each language in `words/`; a test holds that all have the same phrases with the same places for values.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from importlib import resources

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import format_decimal
from babel.units import format_unit

from spillkit.printed import printable
from spillkit.scope.words import moment

LANGUAGES = ("en", "fr", "it", "de", "es", "ar")
RIGHT_TO_LEFT = frozenset({"ar"})
# Arabic reports keep Western digits, so that a number reads the same beside an id or in a table.
_DIGITS = "latn"
_ISOLATE, _END = "\u2068", "\u2069"
_PLACE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language."""

    language: str
    table: dict[str, dict[str, str]]

    def say(self, name: str, **values: str) -> str:
        """Return a phrase, `group.name`, with its places filled.

        Values are put in as they are: braces in them mean nothing. In a language that runs from right to left each is isolated, so
        that a date or a name keeps its own order (Unicode Annex 9, FSI and PDI).
        """
        group, _, key = name.partition(".")
        before, after = (_ISOLATE, _END) if self.language in RIGHT_TO_LEFT else ("", "")
        return _PLACE.sub(lambda found: f"{before}{values[found[1]]}{after}", self.table[group][key])

    def name(self, group: str, key: str, otherwise: str = "") -> str:
        """Return a phrase that may not be there: then what is given otherwise, else the key."""
        return self.table.get(group, {}).get(key) or otherwise or key

    def joined(self, parts: Iterable[str]) -> str:
        """Return words one after the other, with the language's comma."""
        return ("، " if self.language == "ar" else ", ").join(parts)

    def number(self, value: int | None) -> str:
        return "–" if value is None else format_decimal(value, locale=self.language, numbering_system=_DIGITS)

    def share(self, share: float | None) -> str:
        """Return a share as a percentage with one digit, which is never rounded up to all or down to nothing."""
        if share is None:
            return "–"
        clipped = min(max(share, 0.0), 1.0)
        shown = clipped if clipped in (0.0, 1.0) else min(max(round(clipped, 3), 0.001), 0.999)
        sign = "" if shown in (0.0, 1.0) or 0.001 < clipped < 0.999 else "> " if shown == 0.999 else "< "
        digits = format_decimal(shown * 100, format="0.#", locale=self.language, numbering_system=_DIGITS)
        return f"{sign}{digits}\u00a0%"

    def moment(self, at: datetime, zone: tzinfo) -> str:
        """Return a time with its offset, written so that nobody takes the month for the day."""
        return moment(at, zone, seconds=False)

    def day(self, on: date) -> str:
        return on.isoformat()

    def length(self, span: timedelta) -> str:
        """Return how long, in days, hours and minutes; seconds are left out."""
        minutes = int(abs(span.total_seconds())) // 60
        days, rest = divmod(minutes, 24 * 60)
        parts = [(days, "duration-day"), (rest // 60, "duration-hour"), (rest % 60, "duration-minute")]
        shown = [part for part in parts if part[0]] or [(0, "duration-minute")]
        return " ".join(self._unit(value, unit) for value, unit in shown[:2])

    def _unit(self, value: int, unit: str) -> str:
        said = format_unit(value, unit, length="long", locale=self.language, numbering_system=_DIGITS)
        # Arabic has no long form of "one day" in CLDR; Babel then writes the unit's id.
        return (
            format_unit(value, unit, length="short", locale=self.language, numbering_system=_DIGITS)
            if unit in said
            else said
        )

    def country(self, code: str) -> str:
        """Return a country's name, for a region of one the code behind it; "not known" where there is no code."""
        if not code:
            return self.say("label.not-known")
        name = _locale(self.language).territories.get(code.partition("-")[0].upper())
        if name is None:
            return printable(code)
        return f"{name} ({printable(code)})" if "-" in code else str(name)


@lru_cache(maxsize=len(LANGUAGES))
def phrases(language: str) -> Phrases:
    """Return the phrases of a language, one of LANGUAGES."""
    if language not in LANGUAGES:
        raise KeyError(language)
    text = resources.files("spillkit.authority").joinpath(f"words/{language}.toml").read_text(encoding="utf-8")
    return Phrases(language, tomllib.loads(text))


def is_language(tag: str) -> bool:
    """Return whether a language tag can be read, as `pt-BR`."""
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError, TypeError):
        return False
    return True


@lru_cache(maxsize=len(LANGUAGES))
def _locale(language: str) -> Locale:
    return Locale.parse(language)
