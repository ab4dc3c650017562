"""Lay a letter out as one HTML page, of which `folder` makes the PDF.

In:    a Document on paper, its letterhead, what stands in the window, the notice's id.
Out:   HTML without scripts, links, or anything to fetch but the shipped fonts.
Else:  what is said is `spillkit.notices.structure`; the style is `letter.css`.
"""

from __future__ import annotations

from functools import cache
from html import escape
from importlib import resources

from spillkit.notices.channels.letter.address import Window
from spillkit.notices.document import Document
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.render import html_parts
from spillkit.notices.structure import company_words
from spillkit.notices.wording import RIGHT_TO_LEFT

_LEFT_TO_RIGHT, _FIRST_STRONG, _POP = "\u2066", "\u2068", "\u2069"


def write_letter(document: Document, letterhead: Letterhead, window: Window, notice: str) -> str:
    """Return a letter as HTML; every value in it is escaped, and isolated from the direction of what is around it."""
    first = document.parts[0]
    direction = "rtl" if first.language in RIGHT_TO_LEFT else "ltr"
    brand = company_words(letterhead.brand or letterhead.name)
    head = [
        f'<p class="brand">{_isolated(brand)}</p>',
        *(f"<div>{_isolated(line)}</div>" for line in _own_lines(letterhead, brand)),
    ]
    back = " · ".join((brand, *(company_words(line) for line in letterhead.postal)))
    lines = "".join(f"<p>{_isolated(line)}</p>" for line in window.lines)
    return (
        f'<!DOCTYPE html>\n<html lang="{first.language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{escape(brand)}</title>\n</head>\n<body>\n"
        f'<div class="notice">{escape(notice)}</div>\n<div class="head">\n<div class="company">{"".join(head)}</div>\n'
        f'<div class="back">{_isolated(back)}</div>\n<div class="window size-{window.points}">{lines}</div>\n'
        '<div class="fold first"></div><div class="fold second"></div>\n</div>\n'
        f"{_with_marks(''.join(html_parts(document.parts)))}</body>\n</html>\n"
    )


@cache
def letter_style() -> str:
    """Return the style that all letters share."""
    return resources.files("spillkit.notices.channels.letter").joinpath("letter.css").read_text(encoding="utf-8")


def _own_lines(letterhead: Letterhead, brand: str) -> list[str]:
    lines = [company_words(line) for line in (letterhead.name, *letterhead.postal, letterhead.contact)]
    return [line for line in lines if line and line != brand]


def _isolated(text: str) -> str:
    return f"{_FIRST_STRONG}{escape(text)}{_POP}"


def _with_marks(html: str) -> str:
    """Return a page in which characters isolate each value (Unicode Annex 9): weasyprint does not know that <bdi> does."""
    marked = html.replace("<bdi>", f"<bdi>{_FIRST_STRONG}").replace(
        '<bdi dir="ltr" translate="no">', f"<bdi>{_LEFT_TO_RIGHT}"
    )
    return marked.replace("</bdi>", f"{_POP}</bdi>")
