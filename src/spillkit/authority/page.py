"""Lay a report out as one HTML page, of which `pdf` makes the PDF.

In:    a Report, and whether it is a draft.
Out:   HTML without scripts, links, or anything to fetch but the shipped fonts; or its body alone.
Else:  words are in the report already; this adds headings in its language.

Every value is escaped by the template engine, and stands between isolates (U+2068, U+2069), so that a name in one direction cannot
turn a line in the other.
"""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from datetime import UTC, tzinfo
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from spillkit.authority.canonical import digest_of
from spillkit.authority.phrases import RIGHT_TO_LEFT, phrases
from spillkit.authority.report import Prose, Report

_FIRST_STRONG, _POP = "\u2068", "\u2069"
_UNBROKEN = re.compile(r"(\S{200})(?=\S)")
_DIRECTIONS = {"L": "ltr", "R": "rtl", "AL": "rtl"}


def write_page(report: Report, *, is_draft: bool = True) -> str:
    """Return the report as HTML; the same text for the same report.

    is_draft  marks each page as a draft
    """
    style = resources.files("spillkit.authority").joinpath("templates/report.css").read_text(encoding="utf-8")
    return (
        _environment()
        .get_template("report.html")
        .render(
            **_filled(report, is_draft),
            style=Markup(style),  # noqa: S704 - our own file, and no value is in it.
            margins=_margins(report, is_draft),
            top=1,
        )
    )


def write_body(report: Report, *, is_draft: bool = True, top: int = 1) -> Markup:
    """Return what stands on the pages as a piece of HTML, for a page of somebody else: the same words as in the PDF.

    top  level of the report's own heading, 1 to 4
    """
    made = _environment().get_template("report_body.html").render(**_filled(report, is_draft), top=top)
    return Markup(made)  # noqa: S704 - every value in it was escaped by the template.


def direction_of(report: Report) -> str:
    """Return the direction of the report's language, "ltr" or "rtl"."""
    return "rtl" if report.language in RIGHT_TO_LEFT else "ltr"


def _filled(report: Report, is_draft: bool) -> dict[str, Any]:
    """Return what the templates are filled with."""
    said, zone, direction = phrases(report.language), zone_of(report), direction_of(report)
    return {
        "r": report,
        "p": said,
        "direction": direction,
        "title": said.say(f"frame.title-{report.word}"),
        "moment": lambda at: _isolated(said.moment(at, zone)),
        "number": lambda value: _isolated(said.number(value)),
        "phase": said.say(f"phase.{report.phase}", number=str(report.sequence)),
        "earlier_phase": lambda each, place: said.say(f"phase.{each.phase}", number=str(place)),
        "is_draft": is_draft,
        "gap": said.length(report.clock.first_made_at - report.clock.due_at) if report.clock.due_at else "",
        "text": lambda prose: _text(prose, direction),
        "block": lambda words: _block(words, direction),
        "turned": lambda words: _turned(words, direction),
        "i": _isolated,
    }


def zone_of(report: Report) -> tzinfo:
    """Return the zone in which the report writes times."""
    return UTC if report.zone == "UTC" else zoneinfo.ZoneInfo(report.zone)


def _margins(report: Report, is_draft: bool) -> Markup:
    """Return what stands in the margins of each page as a style: draft, title, digest, page."""
    said = phrases(report.language)
    start, end = ("right", "left") if report.language in RIGHT_TO_LEFT else ("left", "right")
    digest = f"{said.say('frame.digest')}: {_FIRST_STRONG}{digest_of(report)}{_POP}"
    page = f'{_quoted(said.say("frame.page"))} " " counter(page) " " {_quoted(said.say("frame.of"))} " " counter(pages)'
    boxes = {
        f"top-{start}": (_quoted(said.say("frame.draft") if is_draft else ""), "700 9pt"),
        f"top-{end}": (_quoted(said.say(f"frame.title-{report.word}")), "400 8pt"),
        f"bottom-{start}": (_quoted(digest), "400 6.5pt"),
        f"bottom-{end}": (page, "400 8pt"),
    }
    rules = "".join(
        f'@{place} {{ content: {content}; font: {font} "Report", "Report Arabic"; color: #333; white-space: nowrap }}\n'
        for place, (content, font) in boxes.items()
    )
    return Markup(f"@page {{ {rules} }}")  # noqa: S704 - phrases and a digest, each character of them an escape.


def _quoted(text: str) -> str:
    """Return a CSS string in which every character but letters and digits is an escape."""
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\{ord(c):06x}" for c in text) + '"'


def _isolated(text: object) -> Markup:
    """Return a value that cannot turn its surroundings, nor be longer than a line without a place to break.

    Without such places a word of 20,000 letters takes ten times as long to lay out as any other text of that length.
    """
    parts = _UNBROKEN.split(str(text))
    return Markup("{}{}{}").format(_FIRST_STRONG, Markup("<wbr>").join(escape(part) for part in parts if part), _POP)


def _text(prose: Prose, direction: str) -> Markup:
    language = Markup(' lang="{}"').format(prose.language) if prose.language else Markup("")
    return Markup("").join(
        Markup("<p{}{}>{}</p>").format(language, _turned(each, direction), _isolated(each)) for each in prose.paragraphs
    )


def _turned(text: str, direction: str) -> Markup:
    """Return the attributes of a block whose text runs the other way than the page: each of its lines must, not only the first."""
    own = next((_DIRECTIONS[kind] for c in text if (kind := unicodedata.bidirectional(c)) in _DIRECTIONS), direction)
    return Markup("") if own == direction else Markup(' dir="{}" class="r-turned"').format(own)


def _block(text: object, direction: str) -> Markup:
    """Return a value as a block of its own direction."""
    said = str(text)
    return Markup("<div{}>{}</div>").format(_turned(said, direction), _isolated(said))


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("spillkit.authority", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
