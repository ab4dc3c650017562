"""The words that make a name weak if it has no others: "Can Be", "De La", "Will Page".

In:    common_words.txt, which names its sources and licence.
Out:   a set of folded words for a builder.
Else:  the rule is docs/reference/matching.md, section 4; the list is made by tools/make_common_words.py.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

LARGE_DIRECTORY = 50_000  # people; from here on popular names count as common words too


def common_words(people: int = 0) -> frozenset[str]:
    """Return the common words, folded, for a directory of so many people.

    people   in the whole directory, not in one delta of it. A thousand customers have one Michael Hill, and a page with his name is
             worth a look; among a million he is one of many, and the page's author is a stranger. So from LARGE_DIRECTORY
             people on, popular given and family names are in the set, and a name made of nothing else counts only
             together with another field.
    """
    words, names = _sections()
    return words | names if people >= LARGE_DIRECTORY else words


@cache
def _sections() -> tuple[frozenset[str], frozenset[str]]:
    text = files("spillkit.kernel").joinpath("common_words.txt").read_text(encoding="utf-8")
    words, names = text.split("[words]\n")[1].split("[names]\n")
    return frozenset(words.split()), frozenset(names.split())
