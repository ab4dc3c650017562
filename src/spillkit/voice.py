"""Say sentences in English, so that another language can be put in the place of each.

In:    a sentence in English with names in braces, and the values that stand for them.
Out:   text. English here; the incident room has a Voice of its own for each language of its pages.
Else:  the sentences stand where they are said; tools/make_catalogues.py finds them there for the translators.

A sentence and its translation are formatted from the same values, so that they cannot drift apart. What a Voice gave may be a value
of a further sentence. Any other text (a route, a name, what a person wrote) goes in as it is; a Voice sets it apart in its own way.
"""

from __future__ import annotations

from collections.abc import Sequence

# What joins parts; the other sentences stand where they are said.
SENTENCES = ("{first} and {second}", "{first} or {second}", "{first} with {second}", ", ", "; ")


class Voice:
    """English, as text without markup."""

    def say(self, sentence: str, /, **values: str | int | None) -> str:
        """Return a sentence with its values; whole numbers are written as the language does.

        >>> ENGLISH.say("At most {upper}.", upper=1014)
        'At most 1,014.'
        """
        return sentence.format(**{name: self._value(value) for name, value in values.items()}) if values else sentence

    def several(self, one: str, many: str, count: int, /, **values: str | int | None) -> str:
        """Return the one of two sentences that fits a number; `{count}` stands for it.

        >>> ENGLISH.several("{count} person", "{count} people", 988)
        '988 people'
        """
        return self.say(one if count == 1 else many, count=count, **values)

    def number(self, value: float | None) -> str:
        """Return a number with thousands kept apart, or a dash where there is none."""
        return "–" if value is None else f"{value:,}"

    def share(self, value: float, digits: int) -> str:
        """Return a share as a percentage with so many digits behind the point."""
        return f"{value * 100:.{digits}f} %"

    def chain(self, between: str, parts: Sequence[str]) -> str:
        """Return parts with what stands between them: ", ", "; ", " + " or " "."""
        return between.join(parts)

    def listed(self, parts: Sequence[str]) -> str:
        """Return parts as a list in a sentence.

        >>> ENGLISH.listed(["name", "e-mail", "phone"])
        'name, e-mail and phone'
        """
        return self._last(parts, "{first} and {second}")

    def either(self, parts: Sequence[str]) -> str:
        """Return parts of which one is enough.

        >>> ENGLISH.either(["passport", "card", "token"])
        'passport, card or token'
        """
        return self._last(parts, "{first} or {second}")

    def country(self, code: str) -> str:
        """Return the name of a country by its ISO 3166-1 code; the code itself where it has none."""
        from babel import Locale

        name = Locale("en").territories.get(code.upper()) if len(code) == 2 else None
        return str(name) if name else code

    def place(self, code: str, name: str) -> str:
        """Return the name of a place that has an English one here: a country, a state, a union of countries."""
        return name

    def foreign(self, text: str) -> str:
        """Return words that stay as they were read, in English: those of a particular law, official names."""
        return text

    def code(self, text: str) -> str:
        """Return a command, to be typed as it stands."""
        return text

    def kept(self, text: str) -> str:
        """Return words that were kept in English: translated where the sentence is known, else as they are."""
        return text

    def apart(self, text: str) -> str:
        """Return one of several things in a line, so that none runs into the next where directions change."""
        return text

    def sentence(self, text: str) -> str:
        """Return text as a sentence ends: with a full stop."""
        return f"{text}."

    def go_on(self, text: str) -> str:
        """Return a sentence as it goes on behind a comma."""
        return text[:1].lower() + text[1:]

    def begin(self, text: str) -> str:
        """Return text as a sentence begins: with a capital letter."""
        return text[:1].upper() + text[1:]

    def _value(self, value: str | int | None) -> str:
        return value if isinstance(value, str) else self.number(value)

    def _last(self, parts: Sequence[str], pair: str) -> str:
        if len(parts) < 2:
            return parts[0] if parts else ""
        return self.say(pair, first=self.chain(", ", parts[:-1]), second=parts[-1])


ENGLISH = Voice()
