"""Show the text of a notice on a page of the room, as its reader would see it.

In:    a Document of `spillkit.notices.structure`.
Out:   HTML that is safe to show: headings below those of the page, each value set apart, the direction of each language.
Else:  a mail's own HTML, with its styles in it, is `spillkit.notices.render`; which documents are shown is `notice_texts`.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.safestring import SafeString, mark_safe
from markupsafe import Markup, escape

from spillkit.notices.document import Block, BlockKind, Document, Part, Section
from spillkit.notices.wording import RIGHT_TO_LEFT, Line, Value, ValueKind

_LEFT_TO_RIGHT = frozenset({ValueKind.CODE, ValueKind.PLACE, ValueKind.ADDRESS, ValueKind.NUMBER})
_TYPED = frozenset({ValueKind.CODE, ValueKind.PLACE})
_LISTS = {BlockKind.ITEM: "ul", BlockKind.STEP: "ol"}


def document_html(document: Document, top: int = 3) -> SafeString:
    """Return a whole notice.

    top  level of its title's heading
    """
    return mark_safe("".join(_part(part, top) for part in document.parts))  # noqa: S308 - each piece is escaped below


def sections_html(part: Part, names: frozenset[str], top: int = 3) -> SafeString:
    """Return some sections of a notice in one language, with their own headings; names: ids of sections."""
    found = (_section(section, top) for section in part.sections if section.id in names)
    return mark_safe(_framed(part, Markup("").join(found)))  # noqa: S308 - each piece is escaped below


def _part(part: Part, top: int) -> Markup:
    title = Markup("<h{0}>{1}</h{0}>").format(top, _line(part.title))
    salutation = Markup("<p>{}</p>").format(_line(part.salutation)) if part.salutation else Markup("")
    sections = Markup("").join(_section(section, top + 1) for section in part.sections)
    return _framed(part, title + salutation + sections)


def _framed(part: Part, inside: Markup) -> Markup:
    direction = "rtl" if part.language in RIGHT_TO_LEFT else "ltr"
    return Markup('<div class="notice-text" lang="{}" dir="{}">{}</div>').format(part.language, direction, inside)


def _section(section: Section, top: int) -> Markup:
    heading = Markup("<h{0}>{1}</h{0}>").format(top, section.heading)
    return heading + Markup("").join(_blocks(section.blocks))


def _blocks(blocks: tuple[Block, ...]) -> Iterator[Markup]:
    """Yield blocks; entries of a list stand in one list, and what is to be typed stands inside its step."""
    entries: list[Markup] = []
    tag = ""
    for block in blocks:
        wanted = _LISTS.get(block.kind, "")
        if block.kind is BlockKind.SHOWN and tag == "ol":
            entries[-1] += _shown(block)
            continue
        if tag and wanted != tag:
            yield _list(tag, entries)
            entries = []
        tag = wanted
        if tag:
            why = Markup('<span class="because">{}</span>').format(_line(block.reason)) if block.reason else Markup("")
            entries.append(_line(block.line) + why)
        elif block.kind is BlockKind.SHOWN:
            yield _shown(block)
        elif block.kind is BlockKind.HEADING:
            yield Markup("<p><strong>{}</strong></p>").format(_line(block.line))
        else:
            yield Markup("<p>{}</p>").format(_line(block.line))
    if tag:
        yield _list(tag, entries)


def _list(tag: str, entries: list[Markup]) -> Markup:
    return Markup("<{0}>{1}</{0}>").format(tag, Markup("").join(Markup("<li>{}</li>").format(one) for one in entries))


def _shown(block: Block) -> Markup:
    is_typed = any(isinstance(part, Value) and part.kind in _TYPED for part in block.line)
    return Markup('<p class="{}">{}</p>').format("shown" if is_typed else "alone", _line(block.line))


def _line(line: Line) -> Markup:
    return Markup("").join(_value(part) if isinstance(part, Value) else escape(part) for part in line)


def _value(value: Value) -> Markup:
    if value.kind in _LEFT_TO_RIGHT:
        return Markup('<bdi dir="ltr" translate="no">{}</bdi>').format(value.text)
    return Markup("<bdi>{}</bdi>").format(value.text)
