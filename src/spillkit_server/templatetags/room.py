"""What templates need to write numbers, times and codes.

In:    values of the library.
Out:   text, set apart where its direction may differ from the line's.
Else:  words in the language of the page are `words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from spillkit.printed import printable
from spillkit_server.times import in_zone

register = template.Library()


@register.filter
def n(value: float | None) -> str:
    """Write a number as the language does; a dash where there is none."""
    from babel.numbers import format_decimal

    return "–" if value is None else format_decimal(value, locale=_locale())


@register.filter
def share(value: float | None) -> str:
    """Write a share as a percentage that never rounds up to all or down to nothing."""
    from babel.numbers import format_percent

    if value is None:
        return "–"
    if 0 < value < 0.001:
        return "< " + format_percent(0.001, format="#,##0.#%", locale=_locale())
    if 0.999 < value < 1:
        return "> " + format_percent(0.999, format="#,##0.#%", locale=_locale())
    return format_percent(value, format="#,##0.#%", locale=_locale())


@register.filter
def at(value: datetime | None) -> SafeString | str:
    """Write a time to the minute, in UTC, as one thing that reads from left to right; beside it in the reader's own zone."""
    if value is None:
        return "–"
    utc = value.astimezone(UTC)
    shown = format_html(
        '<time datetime="{}"><bdi dir="ltr">{} UTC</bdi></time>',
        utc.isoformat(timespec="seconds"),
        f"{utc:%Y-%m-%d %H:%M}",
    )
    zone = timezone.get_current_timezone_name()
    if zone == "UTC":
        return shown
    local = f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return format_html(
        '{} <span class="local"><bdi dir="ltr">(<span class="whole">{}</span> {})</bdi></span>', shown, local, zone
    )


@register.filter
def there(value: datetime, zone: str) -> SafeString | str:
    """Write a time as people say it in a zone, "25 Nov 08:47, Europe/Madrid"; "" where `at` beside it says the same."""
    from babel.dates import format_skeleton

    local = in_zone(value, zone)
    if local is None or local.utcoffset() in (timedelta(0), timezone.localtime(value).utcoffset()):
        return ""
    day = format_skeleton("MMMd", local, locale="en_GB" if _locale() == "en" else _locale())
    return format_html(
        '<span class="local">(<bdi><span class="whole">{} {}</span>, <bdi dir="ltr">{}</bdi></bdi>)</span>',
        day,
        f"{local:%H:%M}",
        zone,
    )


@register.filter
def clean(value: str) -> str:
    """Free text of characters that drive, turn or hide; escaping follows in the template."""
    return "\n".join(printable(line) for line in str(value).splitlines())


@register.filter
def kept(value: str) -> str:
    """Free text that is never empty, unless somebody had it erased."""
    return clean(value) or _("(erased)")


def _locale() -> str:
    # Western digits in every language: codes, times and figures stand side by side and must be compared.
    return (get_language() or "en").replace("-", "_")


@register.filter
def word(code: str, table: str) -> str:
    """Write a code of the library in the language of the page: {{ duty.duty|word:"duty" }}."""
    from spillkit_server.words import looked_up

    return looked_up(table, code)


@register.filter
def get(table: Mapping[object, object], key: object) -> object:
    """Look a key up; the key itself where it is a word without an entry: {{ names|get:moment.actor }}."""
    return table.get(key, key if isinstance(key, str) else None)


@register.filter
def time_type(value: str) -> str:
    """Return the type of the field that holds a time: plain text where the browser's own field would not show it."""
    try:
        is_plain = not value or datetime.fromisoformat(value).tzinfo is None
    except ValueError:
        is_plain = False
    return "datetime-local" if is_plain else "text"


@register.filter
def field(name: str) -> str:
    """Write the name of a field."""
    from spillkit_server.words import field_words

    return field_words(name)


@register.filter
def country(code: str) -> str:
    """Write the name of a country in the language of the page."""
    from spillkit_server.words import country_words

    return country_words(code)
