"""Say the library's sentences in the language of the page.

In:    sentences and values, as `spillkit.voice` takes them.
Out:   HTML that is safe to show. What stays in English, and whatever a person or a program wrote, is set apart from the sentence.
Else:  the translations are in locale/; the room's own words are `words`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from babel import Locale
from babel.numbers import format_decimal, format_percent
from django.utils.translation import get_language, gettext, ngettext
from markupsafe import Markup, escape

from spillkit.printed import printable
from spillkit.voice import Voice

_ENGLISH = "en"


class RoomVoice(Voice):
    """One language of the room. In English it says what the library says."""

    def __init__(self, language: str) -> None:
        self.language = language.partition("-")[0]
        self._locale = Locale(self.language)

    @property
    def is_english(self) -> bool:
        return self.language == _ENGLISH

    def say(self, sentence: str, /, **values: str | int | None) -> Markup:
        return self._filled(gettext(sentence) if sentence else "", values)

    def several(self, one: str, many: str, count: int, /, **values: str | int | None) -> Markup:
        return self._filled(ngettext(one, many, count), {"count": count, **values})

    def number(self, value: float | None) -> Markup:
        # Western digits in every language: codes, times and figures stand side by side and must be compared.
        return escape("–" if value is None else format_decimal(value, "#,##0.##", locale=self._locale))

    def share(self, value: float, digits: int) -> Markup:
        pattern = "#,##0 %" if digits == 0 else f"#,##0.{'0' * digits} %"
        return Markup("<bdi>{}</bdi>").format(format_percent(value, pattern, locale=self._locale))

    def chain(self, between: str, parts: Sequence[str]) -> Markup:
        said = gettext(between) if between.strip() in (",", ";") else between
        return escape(said).join(self._value(part) for part in parts)

    def country(self, code: str) -> Markup:
        name = self._locale.territories.get(code.upper()) if len(code) == 2 else None
        return escape(name) if name else self._value(code)

    def place(self, code: str, name: str) -> Markup:
        """A country has a name in every language; of states and unions, those that the catalogue knows."""
        if self.is_english:
            return escape(name)
        if (said := gettext(name)) != name:
            return escape(said)
        return self.country(code) if len(code) == 2 else self.foreign(name)

    def foreign(self, text: str) -> Markup:
        if self.is_english:
            return escape(printable(text))
        return Markup('<span class="foreign" lang="en" dir="ltr">{}</span>').format(printable(text))

    def code(self, text: str) -> Markup:
        return Markup('<bdi dir="ltr"><code>{}</code></bdi>').format(text)

    def kept(self, text: str) -> Markup:
        said = gettext(text) if text else ""
        return self.foreign(text) if said == text else escape(said)

    def apart(self, text: str) -> Markup:
        return Markup("<bdi>{}</bdi>").format(text)

    def sentence(self, text: str) -> Markup:
        return self._value(text) + "."

    def go_on(self, text: str) -> Markup:
        said = self._value(text)
        return said[:1].lower() + said[1:] if self.is_english else said

    def begin(self, text: str) -> Markup:
        said = self._value(text)
        return said if said.startswith("<") else said[:1].upper() + said[1:]

    def _filled(self, sentence: str, values: Mapping[str, str | int | None]) -> Markup:
        said = escape(sentence)
        return said.format(**{name: self._value(value) for name, value in values.items()}) if values else said

    def _value(self, value: str | int | None) -> Markup:
        if isinstance(value, Markup):
            return value
        if isinstance(value, str):
            return Markup("<bdi>{}</bdi>").format(printable(value)) if value else Markup("")
        return self.number(value)


def voice() -> RoomVoice:
    """Return the voice of the page that is being made."""
    return RoomVoice(get_language() or _ENGLISH)
