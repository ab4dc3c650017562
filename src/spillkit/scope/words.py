"""Write numbers, times and names the way the report says them.

In:    values.
Out:   text without any markup.
Else:  what may not be printed raw is replaced by `printed`; sentences are `questions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache

from babel import Locale

from spillkit.voice import ENGLISH, Voice


def number(value: int | None) -> str:
    """Return a number with thousands kept apart, or a dash where there is none."""
    return "–" if value is None else f"{value:,}"


def count_of(value: int, one: str, many: str = "") -> str:
    """Return a number with its noun.

    >>> count_of(1, "answer"), count_of(4104, "answer"), count_of(2, "person", "people")
    ('1 answer', '4,104 answers', '2 people')
    """
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def percent(share: float | None, voice: Voice = ENGLISH) -> str:
    """Return a share as a percentage that never rounds up to all or down to nothing.

    >>> percent(0.97349), percent(0.99999), percent(1.0), percent(0.00001)
    ('97.3 %', 'over 99.9 %', '100 %', 'under 0.1 %')
    """
    if share is None:
        return "–"
    if share >= 1 or share <= 0:
        return voice.share(min(max(share, 0), 1), 0)
    if share > 0.999:
        return voice.say("over {share}", share=voice.share(0.999, 1))
    return voice.say("under {share}", share=voice.share(0.001, 1)) if share < 0.001 else voice.share(share, 1)


def measured(value: float | None) -> str:
    """Return a measured sign with three digits that count; a dash where there is none.

    >>> measured(0.93416), measured(412.0), measured(0.0), measured(None)
    ('0.934', '412', '0', '–')
    """
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def listed(parts: Sequence[str]) -> str:
    """Return words as a list in a sentence.

    >>> listed(["name", "e-mail", "phone"])
    'name, e-mail and phone'
    """
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def moment(value: datetime | None, zone: tzinfo, *, seconds: bool = True) -> str:
    """Return a time in the zone given, with its offset named; a dash where there is none."""
    if value is None:
        return "–"
    local = value.astimezone(zone)
    name = local.tzname() or ""
    offset = local.strftime("%z")
    label = "UTC" if offset == "+0000" and name in ("UTC", "") else f"UTC{offset[:3]}:{offset[3:]}"
    return f"{local:%Y-%m-%d %H:%M}{local:%S}"[:-2].rstrip() + (f":{local:%S}" if seconds else "") + f" {label}"


def span_words(seconds: int) -> str:
    """Return the length of a slice.

    >>> span_words(60), span_words(7200), span_words(604800)
    ('1 minute', '2 hours', '7 days')
    """
    for size, word in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds % size == 0 and seconds >= size:
            return count_of(seconds // size, word)
    return count_of(seconds, "second")


@lru_cache(maxsize=4)
def _locale(language: str) -> Locale:
    return Locale.parse(language)


def country_name(code: str, language: str = "en") -> str:
    """Return the name of a country by its ISO 3166-1 alpha-2 code; the code itself where it has none.

    >>> country_name("MT"), country_name(""), country_name("zz-9")
    ('Malta', 'not known', 'zz-9')
    """
    if not code:
        return "not known"
    name = _locale(language).territories.get(code.upper()) if len(code) == 2 else None
    return str(name) if name else code
