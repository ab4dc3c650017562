"""The words that are too common to make a name by themselves.

In:    common_words.txt, shipped with its sources at its head.
Out:   the words, case folded.
Else:  a name of such words is marked weak by the index builder.
"""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def common_words() -> frozenset[str]:
    """Return the words; the kernel folds them as it folds names."""
    text = (resources.files("spillkit.directory") / "common_words.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
