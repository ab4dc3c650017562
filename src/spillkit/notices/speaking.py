"""Choose the language, or the two languages, in which a person is told.

In:    the language of the account, the country, the languages of the service, the languages there are texts in.
Out:   one or two tags, the likelier first.
Else:  the texts are the catalogues; whether one was read by a native reader is `holds`.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

from babel import UnknownLocaleError
from babel.languages import get_official_languages

ENGLISH = "en"
# Codes that older systems write, and what they are called today (RFC 5646, section 4.5; IANA language subtag registry).
_NOW_CALLED = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "cmn": "zh", "arb": "ar", "fil": "tl"}


def languages_for(account: str, country: str, service: Iterable[str], texts: frozenset[str]) -> tuple[str, ...]:
    """Return the languages in which somebody is told.

    account  tag of the account's language; "": it names none
    country  ISO 3166-1 alpha-2; "": not known
    service  tags of the legal entity's service, the usual one first
    texts    tags of the languages that there are texts in; English must be among them
    Returns  the account's language alone where there is a text in it; otherwise two: the country's likelier language first, then
             a second one of the country, of the service, or English; one where these are the same

    >>> languages_for("pt-BR", "BR", ["en"], frozenset({"en", "pt", "fr", "nl"}))
    ('pt',)
    >>> languages_for("", "BE", ["en"], frozenset({"en", "pt", "fr", "nl"}))
    ('nl', 'fr')
    >>> languages_for("fi", "FI", ["en"], frozenset({"en", "sv"}))
    ('sv', 'en')
    """
    if known := _text_in(account, texts):
        return (known,)
    choices = [*_spoken_in(country), *service, ENGLISH]
    found = dict.fromkeys(text for tag in choices if (text := _text_in(tag, texts)))
    return tuple(found)[:2]


def _text_in(tag: str, texts: frozenset[str]) -> str:
    """Return the text that serves a tag: of exactly this tag, or of its language; "" where there is none (RFC 4647, lookup)."""
    parts = tag.replace("_", "-").split("-")
    parts[0] = _NOW_CALLED.get(parts[0].lower(), parts[0].lower())
    for length in range(len(parts), 0, -1):
        if (candidate := "-".join(parts[:length])) in texts:
            return candidate
    return ""


@cache
def _spoken_in(country: str) -> tuple[str, ...]:
    """Return the official languages of a country, the most spoken first (CLDR); regional ones count only where no other is."""
    if len(country) != 2 or not country.isalpha():
        return ()
    try:
        spoken = get_official_languages(country, de_facto=True)
        return tuple(str(one) for one in spoken or get_official_languages(country, regional=True, de_facto=True))
    except (UnknownLocaleError, ValueError, KeyError):
        return ()
