"""Say the portal's own sentences in a language.

In:    a language; the catalogues in `texts/`, one TOML file for each language.
Out:   a Catalogue, as of the notices; the languages' own names.
Else:  what notices and statements say is `spillkit.notices.wording`; the rules for both kinds of catalogue are there.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib import resources

from babel import Locale

from spillkit.notices.wording import LANGUAGES, Catalogue


@lru_cache(maxsize=len(LANGUAGES))
def portal_words(language: str) -> Catalogue:
    """Return the portal's sentences in one of `LANGUAGES`."""
    file = resources.files("spillkit_portal").joinpath("texts", f"{language}.toml")
    return Catalogue(language, tomllib.loads(file.read_text(encoding="utf-8")))


def own_name(language: str) -> str:
    """Return what a language is called by those who read it.

    >>> own_name("ar"), own_name("sv")
    ('العربية', 'Svenska')
    """
    name = str(Locale.parse(language).get_display_name())
    return name[:1].upper() + name[1:]


def wanted(accept: str, languages: tuple[str, ...]) -> str:
    """Return the language that a browser asks for; the first of those there are, where it asks for none of them.

    accept   the header Accept-Language; anything may be in it
    Source   RFC 9110, 12.5.4; RFC 4647, lookup

    >>> wanted("fr-CA;q=0.7, ar, *;q=0.1", ("en", "fr", "ar"))
    'ar'
    """
    from spillkit.notices.wording import language_of

    choices: list[tuple[float, int, str]] = []
    for place, part in enumerate(accept[:500].split(",")[:20]):
        tag, _, weight = part.strip().partition(";")
        language = language_of(tag.strip())
        if language in languages:
            choices.append((-_weight(weight), place, language))
    best = min(choices, default=(0.0, 0, ""))
    return best[2] if best[0] < 0 else languages[0]


def _weight(text: str) -> float:
    name, _, value = text.replace(" ", "").partition("=")
    if name != "q":
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if 0 <= weight <= 1 else 0.0
