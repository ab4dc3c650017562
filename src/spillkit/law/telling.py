"""Tell a phrase in a language.

In:    a Phrase, the books whose words it uses, a Voice.
Out:   text: in English as decisions keep it, or as another Voice says it.
Else:  the sentences are `phrases`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from string import Formatter

from spillkit.law.books import Books
from spillkit.law.phrases import COUNTED, MILESTONES, PHRASES, Phrase
from spillkit.law.places import place_name
from spillkit.voice import ENGLISH, Voice

_NAMES = {name: tuple(part for _, part, _, _ in Formatter().parse(text) if part) for name, text in PHRASES.items()}


def tell(phrase: Phrase, books: Books, voice: Voice = ENGLISH) -> str:
    """Return a phrase in words.

    books    whose kinds of data, sectors, questions and names are used
    Raises   KeyError or ValueError if it is a phrase of another Spillkit, or the books no longer hold what it names
    """
    if phrase.name in COUNTED:
        (count,) = phrase.values
        return voice.several(*COUNTED[phrase.name], int(count))  # type: ignore[arg-type]  # a number by COUNTED
    names = _NAMES[phrase.name]
    if not names:
        return voice.say(PHRASES[phrase.name])
    values = {name: _value(name, value, books, voice) for name, value in zip(names, phrase.values, strict=True)}
    return voice.say(PHRASES[phrase.name], **values)


class English:
    """Phrases in English as decisions keep them: in one decision the same is said of many duties, and put together once."""

    def __init__(self, books: Books) -> None:
        self.books = books
        self._told: dict[Phrase, str] = {}

    def tell(self, phrase: Phrase) -> str:
        """Return a phrase in English."""
        told = self._told.get(phrase)
        if told is None:
            told = self._told[phrase] = tell(phrase, self.books)
        return told


def _value(name: str, value: str | int | Phrase, books: Books, voice: Voice) -> str | int:
    if isinstance(value, Phrase):
        return tell(value, books, voice)
    told = _TOLD.get(name) if isinstance(value, str) else None
    return told(value, books, voice) if told else value  # type: ignore[arg-type]  # a text wherever it is told


def kinds_words(kinds: Sequence[str], books: Books, voice: Voice = ENGLISH) -> str:
    """Say kinds of data: "full name + password"."""
    return voice.chain(" + ", [_kind(kind, books, voice) for kind in kinds])


def combinations_words(data: Sequence[Sequence[str]], books: Books, voice: Voice = ENGLISH) -> str:
    """Say combinations of kinds of data, those with a common beginning together.

    Returns  "full name with passport number or payment card number; user name with password; genetic data"
    """
    endings: dict[tuple[str, ...], list[str]] = {}
    for combination in data:
        endings.setdefault(tuple(combination[:-1]), []).append(combination[-1])
    said = []
    for beginning, last in endings.items():
        ending = voice.either([_kind(kind, books, voice) for kind in last])
        first = kinds_words(beginning, books, voice)
        said.append(voice.say("{first} with {second}", first=first, second=ending) if beginning else ending)
    return voice.chain("; ", said)


def _kind(kind: str, books: Books, voice: Voice) -> str:
    return voice.say(books.fields[kind].words) if kind in books.fields else kind


def _kinds(value: str, books: Books, voice: Voice) -> str:
    return kinds_words(value.split("+"), books, voice)


def _shown(value: str, books: Books, voice: Voice) -> str:
    return voice.chain(", ", [_kind(kind, books, voice) for kind in value.split(",")])


@functools.lru_cache(maxsize=4096)
def _unpacked(value: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(combination.split("+")) for combination in value.split("|"))


def _combinations(value: str, books: Books, voice: Voice) -> str:
    return combinations_words(_unpacked(value), books, voice)


def _sector_words(value: str, books: Books, voice: Voice) -> list[str]:
    return [voice.say(books.sectors[sector]) if sector in books.sectors else sector for sector in value.split(",")]


def _sectors(value: str, books: Books, voice: Voice) -> str:
    return voice.chain(", ", _sector_words(value, books, voice))


def _any_sector(value: str, books: Books, voice: Voice) -> str:
    words = _sector_words(value, books, voice)
    return functools.reduce(lambda first, second: voice.say("{first} or {second}", first=first, second=second), words)


def _book(value: str, books: Books, voice: Voice) -> str:
    book = books.jurisdictions.get(value)
    return voice.place(value, book.name) if book is not None else value


def _country(value: str, books: Books, voice: Voice) -> str:
    return voice.place(value, place_name(value))


def _countries(value: str, books: Books, voice: Voice) -> str:
    return voice.chain(", ", [_country(code, books, voice) for code in value.split(",")])


def _counts(value: str, books: Books, voice: Voice) -> str:
    pairs = [pair.split("=") for pair in value.split(",")]
    return voice.chain(
        ", ",
        [
            voice.say("{country} ({count})", country=_country(code, books, voice), count=int(count))
            for code, count in pairs
        ],
    )


def _ask(value: str, books: Books, voice: Voice) -> str:
    question = books.questions.get(value)
    return voice.say(question.ask) if question else value


def _constant(value: str, books: Books, voice: Voice) -> str:
    return voice.say(value)


def _score(value: str, books: Books, voice: Voice) -> str:
    score = float(value)
    return voice.number(int(score) if score.is_integer() else score)


def _milestone(value: str, books: Books, voice: Voice) -> str:
    return voice.say(MILESTONES[value]) if value in MILESTONES else value


def _words(value: str, books: Books, voice: Voice) -> str:
    rule_id, part, number = value.split("/")
    rule = books.rules[rule_id]
    if part == "binds":
        return voice.foreign(rule.binds.words)
    return voice.foreign((rule.when if part == "when" else rule.unless)[int(number)].words)


_TOLD: Mapping[str, Callable[[str, Books, Voice], str]] = {
    "kind": _kinds,
    "kinds": _kinds,
    "shown": _shown,
    "combinations": _combinations,
    "sectors": _sectors,
    "any_sector": _any_sector,
    "book": _book,
    "law": _book,
    "country": _country,
    "countries": _countries,
    "counts": _counts,
    "ask": _ask,
    "answer": _constant,
    "milestone": _milestone,
    "words": _words,
    "score": _score,
    "low": _score,
    "high": _score,
}
