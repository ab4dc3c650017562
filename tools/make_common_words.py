"""Make src/spillkit/kernel/common_words.txt anew.

In:    wordfreq's frequencies and a folder with sigpwned/popular-names-by-country-dataset.
Out:   the list of words that make a name weak, folded, one a line, in two sections.
Else:  what it is for is docs/explanation/matching.md; reading it is spillkit.kernel.words.

    pip install wordfreq==3.1.1
    PYTHONPATH=src python tools/make_common_words.py FOLDER-WITH-THE-TWO-CSV-FILES
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import wordfreq  # type: ignore[import-not-found]  # a tool's dependency, not the project's

from spillkit.kernel.fold import IDEO, class_of
from spillkit.kernel.plain.characters import Characters
from spillkit.kernel.plain.values import WORDS

COMMON = 1e-4  # a word this frequent in any language is an everyday word: 30,000 of them
EVERYDAY_ALTHOUGH_A_NAME = 1e-3  # will, can, de, la: names too, but hardly ever meant as one
COMMON_IDEOGRAPH = 1e-5  # a character this frequent in words of any language
RARE = 3e-6  # rarer words are not asked for their characters
LIST = Path(__file__).parents[1] / "src" / "spillkit" / "kernel" / "common_words.txt"
NAME_FILES = ("common-forenames-by-country.csv", "common-surnames-by-country.csv")

HEADER = """\
# Words that make a name weak if it has no others (docs/reference/matching.md, section 4). Folded, sorted; made by
# tools/make_common_words.py. This file alone of the project is licensed CC BY-SA 4.0, as its first source is.
#
# Sources
# 1. wordfreq 3.1.1, Robyn Speer (2022), doi 10.5281/zenodo.7199437; data CC BY-SA 4.0. Built from Wikipedia, OPUS OpenSubtitles,
#    SUBTLEX, Google Books Ngrams, the Leeds Internet Corpus, ParaCrawl and others: https://github.com/rspeer/wordfreq
# 2. popular-names-by-country-dataset, commit eb62e13d, CC0-1.0: https://github.com/sigpwned/popular-names-by-country-dataset
#
# [words] everyday words of any of 42 languages, without those that are popular names
# [names] popular given and family names of more than 100 countries, words that are both, and common ideographs, kana and
#         Hangul syllables: used from 50,000 people on, where most bearers of such a name are somebody else
"""


def main(folder: Path) -> None:
    """Write the list."""
    frequencies: dict[str, float] = defaultdict(float)
    ideographs: dict[str, float] = defaultdict(float)
    for language in wordfreq.available_languages("best"):
        in_language: dict[str, float] = defaultdict(float)
        for spelling, frequency in wordfreq.get_frequency_dict(language, "best").items():
            if frequency < COMMON and (frequency < RARE or class_of(spelling[0]) != IDEO):
                continue
            parts = fold_words(spelling)
            for part in parts:
                if class_of(part[0]) == IDEO:
                    in_language[part] += frequency
                elif len(part) > 1 and len(parts) == 1 and not part.startswith("0"):
                    frequencies[part] = max(frequencies[part], frequency)
        for part, frequency in in_language.items():
            ideographs[part] = max(ideographs[part], frequency)
    names = set(fold_words(" ".join(read_names(folder))))
    everyday = {
        word
        for word, frequency in frequencies.items()
        if frequency >= (EVERYDAY_ALTHOUGH_A_NAME if word in names else COMMON)
    }
    in_large = {word for word in names if len(word) > 1 and class_of(word[0]) != IDEO}
    in_large |= {letter for letter, frequency in ideographs.items() if frequency >= COMMON_IDEOGRAPH}
    with LIST.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        for section, words in (("words", everyday), ("names", in_large - everyday)):
            file.write("\n".join([f"[{section}]", *sorted(words), ""]))


def read_names(folder: Path) -> Iterable[str]:
    """Yield every name of the two lists, as written at home and in Latin letters."""
    for file_name in NAME_FILES:
        with (folder / file_name).open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                yield row["Localized Name"] or ""
                yield row["Romanized Name"] or ""


def fold_words(text: str) -> list[str]:
    """Return the words of a text as the matcher sees them."""
    characters = Characters(text.encode())
    return [characters.text[found.start() : found.end()] for found in WORDS.finditer(characters.classes)]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
