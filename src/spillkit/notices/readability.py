"""Say how easy the sentences of a notice are to read, where somebody has published a measure for the language.

In:    a Document, or sentences.
Out:   Score: the value, the bar, and whose measure it is; None where there is no measure.
Else:  the sentences are `structure` and `texts/`. A good score proves nothing: only a native reader knows whether a text is good.

No measure is taken for Arabic, Hebrew, Japanese, Chinese and Korean. What is published for them needs a dictionary, a corpus of
schoolbooks or vowel signs that no letter carries (OSMAN for Arabic, El-Haj and Rayson, LREC 2016; jReadability for Japanese, Hasebe
and Lee, 2015), or rests on a handful of texts. There, sentences are only held short: see `LONGEST`.

Syllables are counted by the letters of vowels, with the rules of each language for two that are one. Words taken from outside a
language ("e-mail") are counted as if they were of it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from spillkit.notices.document import BlockKind, Document, Part
from spillkit.notices.wording import Line, Value, ValueKind

LONGEST = {
    "ja": 60,
    "zh": 60,
    "ko": 60,
    "ar": 110,
    "he": 110,
}  # characters of a sentence, where nothing else is measured

_NOT_READ = frozenset({ValueKind.CODE, ValueKind.PLACE, ValueKind.ADDRESS, ValueKind.COMPANY, ValueKind.PERSON})
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。？！])")
_WORD = re.compile(r"[^\W\d_]+(?:[’'\-\u2010][^\W\d_]+)*")
_ENDS = frozenset(".!?…。？！")


class Counts(NamedTuple):
    """What the measures are made from."""

    sentences: int
    words: int
    syllables: int  # 0 where the measure does without
    letters: int
    long_words: int  # more than six letters
    four_syllables: int  # words of four or more


class Measure(NamedTuple):
    """One published measure of one language."""

    name: str
    source: str
    bar: float
    is_ease: bool  # the higher the easier; else the lower the easier
    bar_means: str  # what the source says of a text at the bar
    of: Callable[[Counts], float]


class Score(NamedTuple):
    """How a text does."""

    value: float
    measure: Measure

    @property
    def passes(self) -> bool:
        return self.value >= self.measure.bar if self.measure.is_ease else self.value <= self.measure.bar


def _ease(constant: float, per_word: float, per_sentence: float) -> Callable[[Counts], float]:
    """A measure of Flesch's kind, from syllables for a word and words for a sentence."""
    return lambda n: constant - per_word * n.syllables / n.words - per_sentence * n.words / n.sentences


MEASURES: Mapping[str, Measure] = {
    "en": Measure(
        "Flesch Reading Ease",
        "Flesch, A new readability yardstick, Journal of Applied Psychology 32(3), 1948",
        60.0,
        True,
        "plain English, understood after eight or nine years of school",
        _ease(206.835, 84.6, 1.015),
    ),
    "de": Measure(
        "Amstad",
        "Amstad, Wie verständlich sind unsere Zeitungen?, Zürich 1978",
        60.0,
        True,
        "of middling difficulty",
        _ease(180.0, 58.5, 1.0),
    ),
    "fr": Measure(
        "Kandel and Moles",
        "Kandel and Moles, Application de l’indice de Flesch à la langue française, Cahiers d’Études de Radio-Télévision 19, 1958",
        60.0,
        True,
        "standard",
        _ease(207.0, 73.6, 1.015),
    ),
    "es": Measure(
        "Fernández Huerta",
        "Fernández Huerta, Medidas sencillas de lecturabilidad, Consigna 214, 1959, as Law (2011) corrects it",
        60.0,
        True,
        "normal for an adult",
        _ease(206.84, 60.0, 1.02),
    ),
    "pt": Measure(
        "Martins",
        "Martins, Ghiraldelo, Nunes and Oliveira, Readability formulas applied to textbooks in Brazilian Portuguese, 1996",
        50.0,
        True,
        "easy, up to eight years of school",
        _ease(248.835, 84.6, 1.015),
    ),
    "nl": Measure(
        "Douma",
        "Douma, De leesbaarheid van landbouwbladen, Wageningen 1960",
        60.0,
        True,
        "normal",
        _ease(206.84, 77.0, 0.93),
    ),
    "tr": Measure(
        "Ateşman",
        "Ateşman, Türkçede okunabilirliğin ölçülmesi, Dil Dergisi 58, 1997",
        60.0,
        True,
        "understood after nine or ten years of school",
        _ease(198.825, 40.175, 2.610),
    ),
    "it": Measure(
        "Gulpease",
        "Lucisano and Piemontese, Gulpease: una formula per la predizione della difficoltà dei testi, 1988",
        60.0,
        True,
        "easy for readers with eight years of school",
        lambda n: 89 + (300 * n.sentences - 10 * n.letters) / n.words,
    ),
    "sv": Measure(
        "LIX",
        "Björnsson, Läsbarhet, Stockholm 1968",
        40.0,
        False,
        "between fiction and a newspaper",
        lambda n: n.words / n.sentences + 100 * n.long_words / n.words,
    ),
    "pl": Measure(
        "Pisarek",
        "Pisarek, Jak mierzyć zrozumiałość tekstu?, Zeszyty Prasoznawcze 4, 1969; its form with a root, words as they stand",
        10.0,
        False,
        "understood by pupils of a secondary school",
        lambda n: math.hypot(n.words / n.sentences, 100 * n.four_syllables / n.words) / 2,
    ),
}


def score(sentences: Iterable[str], language: str) -> Score | None:
    """Return how easy sentences are to read; None where the language has no measure, or there is no word."""
    measure = MEASURES.get(language)
    counts = counted(sentences, language)
    if measure is None or not counts.words or not counts.sentences:
        return None
    return Score(measure.of(counts), measure)


def scores(document: Document) -> dict[str, Score | None]:
    """Return the score of each part, by language."""
    return {part.language: score(sentences_of(part), part.language) for part in document.parts}


def counted(sentences: Iterable[str], language: str) -> Counts:
    """Count what measures are made from. Numbers are no words."""
    words: list[str] = []
    spoken = 0
    for sentence in sentences:
        found = _WORD.findall(sentence)
        if found:
            spoken += 1
            words += found
    rule = _SYLLABLES.get(language)
    syllables = (
        [max(1, sum(rule(part) for part in re.split(r"[-\u2010]", word.lower()))) for word in words] if rule else []
    )
    return Counts(
        sentences=spoken,
        words=len(words),
        syllables=sum(syllables),
        letters=sum(sum(character.isalpha() for character in word) for word in words),
        long_words=sum(sum(character.isalpha() for character in word) > 6 for word in words),
        four_syllables=sum(count >= 4 for count in syllables),
    )


def sentences_of(part: Part) -> Iterator[str]:
    """Yield the whole sentences of a part: no headings, no lists of fields, no addresses to type."""
    for section in part.sections:
        for block in section.blocks:
            if block.kind in {BlockKind.HEADING, BlockKind.SHOWN}:
                continue
            for line in (block.line, block.reason):
                for sentence in _SENTENCE_END.split(_read(line)):
                    if sentence.strip() and (block.kind is not BlockKind.ITEM or sentence.strip()[-1] in _ENDS):
                        yield sentence.strip()


def _read(line: Line) -> str:
    return "".join(_said(part) if isinstance(part, Value) else part for part in line)


def _said(value: Value) -> str:
    return "" if value.kind in _NOT_READ else value.text


# Syllables, from a word in small letters.


# Words that our texts use and that the rules below get wrong.
_AS_SPOKEN = {"idea": 3, "genuine": 3, "client": 2, "clients": 2, "souvent": 2, "argent": 2}
_FRENCH_VOWELS = "aeiouyàâäéèêëîïôöùûüœæ"


def _english(word: str) -> int:
    word = word.replace("’", "").replace("'", "")
    if word in _AS_SPOKEN:
        return _AS_SPOKEN[word]
    count = len(re.findall(r"[aeiouy]+", word))
    count += len(re.findall(r"ia(?!l)|io(?!u|n)|ua|iu|ying|being|eing|uing|iet", word))
    # An "e" that is written and not spoken: at the end, and before what is put behind it.
    silent = r"[^aeiouyl]e$|[aeiouy]le$|[^aeiouytd]ed$|[^aeiouyscxzhg]es$|[^aeiouy]ely$|eless$|ement$|eful(?:ly)?$"
    count -= 1 if re.search(silent, word) else 0
    count -= 1 if re.search(r"some(?:body|thing|one|times)|every", word) else 0
    return max(1, count)


def _french(word: str) -> int:
    # "l’", "d’" and "qu’" have lost their vowel and are no syllable.
    return sum(_french_part(part) for part in re.split(r"[’']", word) if part)


def _french_part(word: str) -> int:
    if word in _AS_SPOKEN:
        return _AS_SPOKEN[word]
    plain = re.sub(r"qu|gu(?=[eiéèê])", "q", word)
    plain = re.sub(r"([éiu])es?$", r"\1", plain)  # données, vues
    count = len(re.findall(rf"[éèêëï](?=[aoe])|[{_FRENCH_VOWELS}]+", plain))
    is_silent = re.search(rf"[^{_FRENCH_VOWELS}]es?$|[^m{_FRENCH_VOWELS}]ent$", plain)
    return count - 1 if count > 1 and is_silent else count


_GERMAN = re.compile(r"aa|ee|oo|ie|ei|ai|au|eu|äu|ey|ay|[aeiouyäöüéàèá]")
_DUTCH = re.compile(r"aai|ooi|oei|eeu|ieu|aa|ee|oo|uu|ie|oe|eu|ui|ij|ei|au|ou|ai|[aeiouyéèëïöüá]")
_TURKISH = re.compile(r"[aeıioöuüâîû]")
_POLISH = re.compile(r"i(?=[aąeęoóu])|[aąeęioóuy]")


def _german(word: str) -> int:
    # "qu" is a consonant; "ie" at the end of words as "Familie" is two, which no word of ours is.
    return len(_GERMAN.findall(word.replace("qu", "q")))


def _dutch(word: str) -> int:
    return len(_DUTCH.findall(word.replace("qu", "q")))


def _turkish(word: str) -> int:
    return len(_TURKISH.findall(word))


def _polish(word: str) -> int:
    # "i" before another vowel only softens the consonant.
    return sum(1 for found in _POLISH.finditer(word) if not _softens(found, word))


def _softens(found: re.Match[str], word: str) -> bool:
    return found.group() == "i" and word[found.end() : found.end() + 1] in set("aąeęoóu")


def _romance(strong: str, stressed_weak: str, nasal: str) -> Callable[[str], int]:
    """Spanish and Portuguese: two strong vowels are two syllables; a weak one beside a strong one is none, unless stressed."""

    def count(word: str) -> int:
        word = re.sub(r"qu(?=[eiéíê])|gu(?=[eiéíê])", "q", word)
        nuclei, before = 0, ""
        for character in word:
            is_strong, is_stressed = character in strong, character in stressed_weak
            if not (is_strong or is_stressed or character in "iuüy"):
                before = ""
                continue
            are_apart = before in strong and is_strong and not (before in nasal and character in "oe")
            if not before or is_stressed or are_apart or (before in stressed_weak and is_strong):
                nuclei += 1
            before = character
        # Portuguese leaves the accent out where the "i" of a last "ia" is stressed: "dia", and "polícia".
        return nuclei + bool(nasal and word.isascii() and re.search(r"i[aoe]s?$", word))

    return count


_SYLLABLES: Mapping[str, Callable[[str], int]] = {
    "en": _english,
    "fr": _french,
    "de": _german,
    "nl": _dutch,
    "tr": _turkish,
    "pl": _polish,
    "es": _romance("aeoáéó", "íú", ""),
    "pt": _romance("aeoáéóâêôàãõ", "íú", "ãõ"),
}


def syllables(word: str, language: str) -> int:
    """Return how many syllables a word has by the rules of a language; 0 where they are not counted.

    >>> syllables("message", "en"), syllables("datos", "es"), syllables("Nachricht", "de")
    (2, 2, 2)
    """
    rule = _SYLLABLES.get(language)
    return max(1, rule(unicodedata.normalize("NFC", word).lower())) if rule else 0
