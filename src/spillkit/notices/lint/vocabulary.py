"""The words of each language in which claims are made.

In:    words/<language>.toml; what our own notices call each field; months and units of time from CLDR (Babel).
Out:   Vocabulary: patterns over folded text (see `folded`).
Else:  using them is `read_claims`, `numbers`, `days`.

How a phrase is written in the files: words as they are; `*` any ending; `~` up to six words between; `(a|b)` either; `x?` x or
nothing; a blank is any white space. What is folded need not be repeated: capitals, accents, digits, quotes.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from babel import Locale

from spillkit.notices.lint.folded import fold_words
from spillkit.notices.lint.rules import FIELDS
from spillkit.notices.wording import catalogue

LANGUAGES = ("en", "fr", "it", "ar", "es", "de", "pt", "nl", "pl", "tr", "ja", "zh", "ko", "sv", "he")
UNBROKEN = frozenset({"ja", "zh"})  # no spaces between words
ENDINGS = frozenset({"ko"})  # endings are written onto the word
# Regions whose months have other names than the language's usual ones.
_REGIONS = {
    "ar": ("ar", "ar_SY", "ar_MA", "ar_DZ"),
    "zh": ("zh", "zh_Hant"),
    "pt": ("pt", "pt_PT"),
    "de": ("de", "de_AT"),
}
UNIT_S = {
    "second": 1,
    "minute": 60,
    "hour": 3600,
    "day": 86_400,
    "week": 604_800,
    "month": 2_629_746,
    "year": 31_556_952,
}

_AVOIDED = "avoided"
Pattern = re.Pattern[str]
_NOTHING = re.compile(r"(?!)")


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """One language."""

    language: str
    patterns: Mapping[str, Mapping[str, Pattern]]  # by group and name: ["promise"]["fixed"]
    number_words: Mapping[str, int]  # folded
    scales: Mapping[str, int]  # folded: "million" -> 1000000
    number_word: Pattern  # any of number_words
    scale: Pattern
    months: Mapping[str, int]  # folded
    month: Pattern
    units: Mapping[str, int]  # folded -> seconds
    unit: Pattern

    def of(self, group: str, name: str) -> Pattern:
        """Return the pattern of that name; one that never matches where the language has none."""
        return self.patterns.get(group, {}).get(name, _NOTHING)

    def group(self, group: str) -> Mapping[str, Pattern]:
        """Return all patterns of a group by name."""
        return self.patterns.get(group, {})


@cache
def read_vocabulary(language: str) -> Vocabulary:
    """Return the words of one language; KeyError if it is none of `LANGUAGES`."""
    if language not in LANGUAGES:
        raise KeyError(language)
    table = _table(language)
    prefix = table.get("prefix", "")
    number_words: dict[str, int] = {}
    for value, words in enumerate(table["numbers"]["words"]):
        number_words |= {fold_words(word): value for word in words.split("|")}
    scales = {fold_words(word): int(value) for value, words in table["scales"].items() for word in words}
    months, units = _months(language), _units(language)
    own = catalogue(language)
    for field in FIELDS:
        # As our own notices call it; in a list alone, since some of these are everyday words.
        called = own.words(f"field.{field}").partition("(")[0].partition("（")[0].strip()
        if called:
            table["bare"].setdefault(field, []).append(called)
    # What we avoid ourselves is found in the words of others too.
    avoided = table.pop(_AVOIDED)
    table["hedge"]["any"] += avoided["hedge"]
    table["empty"]["any"] += [*avoided["reassurance"], *avoided["slogan"]]
    patterns = {
        group: {name: _pattern(phrases, language, prefix) for name, phrases in names.items()}
        for group, names in table.items()
        if isinstance(names, dict) and group not in ("numbers", "scales")
    }
    return Vocabulary(
        language=language,
        patterns=patterns,
        number_words=number_words,
        scales=scales,
        number_word=_pattern(number_words, language, prefix, strict=True),
        scale=_pattern(scales, language, "", strict=language not in (*UNBROKEN, *ENDINGS)),
        months=months,
        month=_pattern(months, language, prefix),
        units=units,
        unit=_pattern([*units, *table.get("units", {})], language, ""),
    )


@cache
def avoided_words(language: str) -> dict[str, tuple[str, ...]]:
    """Return what no notice, letter or statement of ours may hold wherever it stands, by what is wrong with it.

    hedge        makes a known fact look like a possibility
    reassurance  "no evidence", "no need to do anything"
    slogan       what every company says
    word         what only a signed decision may call it

    Complete for what companies wrote in the statements that we read (English, German, French, Italian, Spanish); for the other
    languages it is their translation, and a native reader has to add what his language has beside it.

    Returns  phrases; one that ends in * is meant with any ending; none of a language that has no vocabulary
    Source   Zou, Danino, Sun, Schaub, CHI 2019; src/spillkit/law/data/notice.toml, `avoid`
    """
    if language not in LANGUAGES:
        return {}
    return {kind: tuple(phrases) for kind, phrases in _table(language)[_AVOIDED].items()}


@cache
def common_words(language: str) -> Pattern:
    """Return the words that hardly any sentence of a language lacks; without all that its vocabulary needs."""
    return _pattern(_table(language)["common"], language, "")


def _table(language: str) -> dict[str, Any]:
    text = resources.files("spillkit.notices.lint").joinpath("words", f"{language}.toml").read_text("utf-8")
    return tomllib.loads(text)


def _pattern(phrases: Iterable[str], language: str, prefix: str, *, strict: bool = False) -> Pattern:
    """Compile phrases, longest first, so that the longest is what is found.

    strict  a word of a number: nothing that could be part of the same number stands beside it
    """
    words = sorted({fold_words(phrase) for phrase in phrases}, key=len, reverse=True)
    if not words:
        return _NOTHING
    body = "|".join(_expression(word, language, prefix) for word in words)
    if language in UNBROKEN:
        figure = "[〇一二三四五六七八九十百千お]"
        counter = "[名位人个個件日時时分周週天小年月か万萬千百]"
        return re.compile(f"(?<!{figure})(?:{body})(?!{figure})(?= ?{counter})" if strict else f"(?:{body})")
    if language in ENDINGS:
        return re.compile(
            f"(?<![^\\W\\d_])(?:{body})"
            + (r"(?= ?(?:명|분|사람|고객|시간|일|주|달|개월|년|만|천|백))" if strict else "")
        )
    before = r"(?<![^\W_])(?<![^\W_]-)" if strict else r"(?<![^\W_])"
    after = r"(?!-?[^\W_])" if strict else r"(?![^\W_])"
    return re.compile(f"{before}{prefix}(?:{body}){after}")


def _expression(word: str, language: str, prefix: str) -> str:
    # After a gap a word may have a prefix of Arabic or Hebrew, or an article of French or Italian written onto it.
    onto = prefix or (r"(?:[^\W\d_]{1,5}')?" if language in ("fr", "it") else "")
    gap = r"[^。、！？]{0,12}?" if language in UNBROKEN else r"(?:[^\s!?]+ ){0,6}?" + onto
    found = re.escape(word.removesuffix(" ~"))
    for plain in "()|?":
        found = found.replace("\\" + plain, plain)
    found = found.replace("(", "(?:").replace("\\*", r"\w*").replace("\\ ", " ").replace("\\-", "-")
    return found.replace("\\~", "~").replace("~ ", gap).replace("~", gap)


def _months(language: str) -> dict[str, int]:
    if language in ("ja", "zh", "ko"):
        return {}  # written with numbers; `days` reads them
    found: dict[str, int] = {}
    for name in _REGIONS.get(language, (language,)):
        months = Locale.parse(name).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, word in months[context][width].items():
                    folded = fold_words(word).rstrip(".'")
                    if len(folded) > 2 and not folded.isdigit():
                        found.setdefault(folded, number)
    if language == "en":
        found["sept"] = 9
    return found


def _units(language: str) -> dict[str, int]:
    found: dict[str, int] = {}
    patterns = Locale.parse(language)._data["unit_patterns"]
    for unit, seconds in UNIT_S.items():
        for width in ("long", "short"):
            for form, pattern in patterns[f"duration-{unit}"].get(width, {}).items():
                if isinstance(pattern, str) and form != "per" and "{0}" in pattern:
                    word = fold_words(pattern.replace("{0}", "")).strip(" .")
                    if len(word) > 1 or language in (*UNBROKEN, *ENDINGS):
                        found.setdefault(word, seconds)
    return found
