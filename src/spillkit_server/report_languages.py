"""Say which language an authority may want a report in.

In:    a duty, and the languages that its rule prescribes.
Out:   the language that the form begins with; the official languages of the authority's country, in the words of the page.
Else:  the words of a report in six languages are `spillkit.authority.phrases`.

The books know few prescribed languages, and a country's official languages prescribe nothing: they are shown so that whoever is in
a hurry asks first (Unicode CLDR, territoryLanguageInfo, through Babel).
"""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale
from babel.languages import get_official_languages
from django.utils.translation import get_language

from spillkit.authority.phrases import LANGUAGES
from spillkit.law.decision import Duty
from spillkit_server.deciding import books


def first_language(duty: Duty, reader: str) -> str:
    """Return the language that a new report begins with: a prescribed one that Spillkit writes, else the reader's."""
    prescribed = [each.partition("-")[0] for each in _prescribed(duty)]
    return next((each for each in prescribed if each in LANGUAGES), reader)


def languages_there(duty: Duty) -> tuple[str, ...]:
    """Return the languages to ask about, as codes: the prescribed ones, else the official ones of each authority's country."""
    codes = _prescribed(duty) or [
        code for country in _countries(duty) for code in get_official_languages(country, de_facto=True)
    ]
    return tuple(dict.fromkeys(codes))


def named(codes: Iterable[str]) -> list[str]:
    """Return languages by name, in the language of the page."""
    locale = Locale.parse((get_language() or "en").partition("-")[0])
    return [Locale.parse(code, sep="-").get_display_name(locale) or code for code in codes]


def _prescribed(duty: Duty) -> tuple[str, ...]:
    rule = books().rules.get(duty.rule)
    return rule.content.languages if rule is not None else ()


def _countries(duty: Duty) -> list[str]:
    """Return the countries of the authorities, ISO 3166-1; none where there are so many that no language is theirs."""
    tables = books().authorities.values()
    names = set(duty.addressees)
    found = {
        place.partition("-")[0]
        for table in tables
        for place, listed in table.items()
        if any(one.name in names for one in listed)
    }
    if found:
        return sorted(found) if len(found) <= _MOST_COUNTRIES else []
    code = duty.jurisdiction.partition("-")[0]
    return [code] if len(code) == 2 and code not in ("EU",) else []


_MOST_COUNTRIES = 3
