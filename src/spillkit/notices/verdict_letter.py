"""Write the answer to somebody who sent a message on and asks whether it is ours.

In:    a verdict, the languages in which he is answered, the letterhead.
Out:   subject, text and HTML: the verdict, where a code is checked, who else answers. Nothing of the message is repeated.
Else:  the verdict is `genuine`; the sentences are verdicts.toml, and those about the code the catalogues'.

Each place and address stands alone on its line, so that nothing in a line that runs from right to left moves it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import lru_cache
from html import escape
from importlib import resources

from spillkit.notices.genuine import Verdict
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.render import Rendered
from spillkit.notices.wording import RIGHT_TO_LEFT, catalogue
from spillkit.printed import printable


@lru_cache(maxsize=1)
def verdict_words() -> dict[str, dict[str, str]]:
    """Return the sentences of all languages."""
    return tomllib.loads(resources.files("spillkit.notices").joinpath("verdicts.toml").read_text(encoding="utf-8"))


def verdict_letter(verdict: Verdict, languages: Sequence[str], letterhead: Letterhead) -> Rendered:
    """Return the answer.

    languages  of `wording.LANGUAGES`, the likelier first; one or more
    """
    subject = " / ".join(verdict_words()[language]["subject"] for language in languages)
    parts = [_lines(verdict, language, letterhead) for language in languages]
    text = "\n\n".join("\n\n".join(line for line, _is_value in part) for part in parts) + "\n"
    blocks = "".join(_block(language, part) for language, part in zip(languages, parts, strict=True))
    first = languages[0]
    html = (
        f'<!DOCTYPE html>\n<html lang="{first}" dir="{_direction(first)}">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f"<title>{escape(subject)}</title></head>\n<body>\n{blocks}</body>\n</html>\n"
    )
    return Rendered(subject, text, html, tuple(languages))


def _lines(verdict: Verdict, language: str, letterhead: Letterhead) -> list[tuple[str, bool]]:
    """Return each line, and whether it is a place or an address."""
    words, notices = verdict_words()[language], catalogue(language)
    return [
        (words[verdict.value], False),
        (notices.words("check.type"), False),
        (_one_line(letterhead.check_at), True),
        (notices.words("check.says"), False),
        (words["program"], False),
        (_one_line(letterhead.contact), True),
    ]


def _block(language: str, lines: list[tuple[str, bool]]) -> str:
    direction = _direction(language)
    paragraphs = "".join(
        f'<p><bdi dir="ltr">{escape(line)}</bdi></p>\n' if is_value else f"<p>{escape(line)}</p>\n"
        for line, is_value in lines
    )
    return f'<div lang="{language}" dir="{direction}">\n{paragraphs}</div>\n'


def _direction(language: str) -> str:
    return "rtl" if language in RIGHT_TO_LEFT else "ltr"


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))
