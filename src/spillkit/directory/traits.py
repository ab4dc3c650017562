"""Read what a customer list says about a person besides contact data: country, region, language, account type, age.

In:    a cell.
Out:   a short code from a closed list, or "" if it says nothing we know.
Else:  these codes are remembered; the cells are not.
"""

from __future__ import annotations

import re
from datetime import date
from functools import cache, lru_cache

from babel import Locale, UnknownLocaleError
from babel.core import get_global

CONSUMER, BUSINESS = "consumer", "business"
_ADULT_YEARS = 18
_CONSUMER_WORDS = frozenset(
    "consumer b2c private privat privatkunde person individual personal customer particulier particular privato "
    "consumidor consumatore retail residential household prive individuo persona fisica false no 0 n c "
    "個人 个人 개인 فرد частный".split()
)
_BUSINESS_WORDS = frozenset(
    "business b2b company corporate firm firma geschaeftskunde geschäftskunde gewerblich enterprise organisation "
    "organization entreprise professionnel pro empresa azienda societa zakelijk commercial trade merchant seller "
    "true yes 1 y b 法人 企業 企业 기업 شركة".split()
)
_NAME_LOCALES = "en de fr es it pt nl sv da nb fi pl cs tr ro hu ru uk el ar fa he hi ja zh zh_Hant ko vi id".split()
_MORE_COUNTRIES = dict(
    pair.split("=")
    for pair in (
        "uk=GB,usa=US,u.s.a.=US,u.s.=US,england=GB,scotland=GB,wales=GB,holland=NL,uae=AE,czech republic=CZ,"
        "turkey=TR,south korea=KR,russia=RU"
    ).split(",")
)
_DATE = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?|(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})|(\d{4})(\d{2})(\d{2})"
)


@lru_cache(maxsize=4096)
def country_code(text: str) -> str:
    """Return the ISO 3166 code of a country written as code or by name in 30 languages; "" if it is none.

    >>> country_code("de"), country_code("DEU"), country_code("Allemagne"), country_code("日本")
    ('DE', 'DE', 'DE', 'JP')
    """
    clean = " ".join(text.split())
    upper = clean.upper()
    if re.fullmatch(r"[A-Z]{2}", upper) and upper in _territories():
        return upper
    if re.fullmatch(r"[A-Z]{3}", upper):
        alias = get_global("territory_aliases").get(upper)
        if alias and alias[0] in _territories():
            return str(alias[0])
    return _MORE_COUNTRIES.get(clean.casefold()) or _country_names().get(clean.casefold(), "")


@lru_cache(maxsize=4096)
def region_code(country: str, text: str) -> str:
    """Return the ISO 3166-2 code of a state, province or Land written as code or by name; "" if it is none of that country.

    country  ISO 3166-1 alpha-2

    >>> region_code("US", "ca"), region_code("US", "California"), region_code("CA", "Québec"), region_code("US", "Bavaria")
    ('US-CA', 'US-CA', 'CA-QC', '')
    """
    clean = " ".join(text.split()).replace("_", "-")
    own = clean.upper().removeprefix(f"{country}-")
    known = _regions(country) if clean else {}
    return known.get(own) or known.get(clean.casefold(), "")


@lru_cache(maxsize=4096)
def language_tag(text: str) -> str:
    """Return a language tag such as `de` or `pt-BR`, from a tag or a language's name; "" if it is none.

    >>> language_tag("de_DE"), language_tag("German"), language_tag("日本語")
    ('de-DE', 'de', 'ja')
    """
    clean = text.strip().partition(".")[0].replace("_", "-")
    if re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|\d{3}))?", clean):
        try:
            return str(Locale.parse(clean, sep="-")).replace("_", "-")
        except (UnknownLocaleError, ValueError):
            base = clean.partition("-")[0].lower()
            if base in Locale("en").languages:
                return base
    return _language_names().get(clean.casefold(), "")


@lru_cache(maxsize=1024)
def account_type(text: str) -> str:
    """Return "consumer" or "business"; "" if the cell says neither.

    >>> account_type("B2C"), account_type("Firma"), account_type("gold")
    ('consumer', 'business', '')
    """
    words = re.findall(r"\w+", text.casefold())
    is_business = any(word in _BUSINESS_WORDS for word in words)
    is_consumer = any(word in _CONSUMER_WORDS for word in words)
    if is_business == is_consumer:
        return ""
    return BUSINESS if is_business else CONSUMER


@lru_cache(maxsize=4096)
def legal_entity(text: str) -> str:
    """Return the name of one of the company's own legal entities, fit to be kept and printed; "" if it cannot be one.

    Refused are e-mail addresses and anything over 80 characters: the column would be something else.
    """
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return "" if "@" in clean or len(clean) > 80 else clean


def is_minor(text: str, on: date) -> bool | None:
    """Return whether somebody born then is under 18 on a day; None if the date cannot be read.

    text  year-month-day, day.month.year, or month/day/year where the day cannot be a month;
          where both readings are possible, the one that makes the person younger (a minor must not be missed)
    """
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    if match[4]:
        first, second, year = int(match[4]), int(match[5]), int(match[6])
        born = [day for day in (_day(year, second, first), _day(year, first, second)) if day is not None]
    else:
        parts = [int(part) for part in match.groups()[:3] + match.groups()[6:] if part]
        born = [day for day in (_day(*parts),) if day is not None]
    if not born or max(born) > on or min(born).year < 1890:
        return None
    youngest = max(born)
    years = on.year - youngest.year - ((on.month, on.day) < (youngest.month, youngest.day))
    return years < _ADULT_YEARS


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


@cache
def _regions(country: str) -> dict[str, str]:
    """Return the regions of a country by code, and by the names that the library of holidays knows."""
    import holidays

    try:
        named = holidays.country_holidays(country).get_subdivision_aliases()
    except NotImplementedError:
        return {}  # How the library says that it knows no such country: then no region of it is known.
    names = {name.casefold(): f"{country}-{code}" for code, given in named.items() for name in given}
    return names | {code: f"{country}-{code}" for code in named}


@cache
def _territories() -> frozenset[str]:
    return frozenset(
        str(code)
        for code in Locale("en").territories
        if len(str(code)) == 2 and code not in ("ZZ", "EU", "UN", "EZ", "XA", "XB")
    )


@cache
def _country_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for locale in _NAME_LOCALES:
        for code, name in Locale.parse(locale).territories.items():
            if code in _territories():
                names.setdefault(name.casefold(), code)
    return names


@cache
def _language_names() -> dict[str, str]:
    names: dict[str, str] = {}
    for locale in _NAME_LOCALES:
        own = Locale.parse(locale)
        names.setdefault((own.get_display_name() or "").casefold(), locale.replace("_", "-"))
        for code, name in own.languages.items():
            if len(code) <= 3:
                names.setdefault(name.casefold(), code)
    return names
