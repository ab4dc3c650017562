"""The shop's words in its six languages, and which language an answer is in.

In:    data/texts.json; an account's language or the browser's Accept-Language.
Out:   a language, its words, its direction.
Else:  the pages are templates.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

LANGUAGES = ("en", "fr", "de", "it", "es", "ar")
RIGHT_TO_LEFT = frozenset({"ar"})


@lru_cache(maxsize=1)
def words() -> Mapping[str, Mapping[str, str]]:
    """Return the words of each language by their key."""
    rows = json.loads(Path(__file__).with_name("data").joinpath("texts.json").read_text("utf-8"))
    return {language: {key: texts[place] for key, texts in rows.items()} for place, language in enumerate(LANGUAGES)}


@lru_cache(maxsize=1024)
def language_for(account_language: str, accepted: str) -> str:
    """Return the language of an answer: the account's, else the first of Accept-Language that we speak, else English."""
    if account_language in LANGUAGES:
        return account_language
    for part in accepted.split(","):
        language = part.split(";")[0].strip().lower().split("-")[0]
        if language in LANGUAGES:
            return language
    return "en"
