"""Write a notice as text and as HTML: for a mail, for paper.

In:    a Document, or what it is written from.
Out:   Rendered: subject, text of lines that are no wider than 72 columns, one HTML page without anything from outside.
Else:  what is said is `structure` and `wording`; the message around it is `message`.

`render` is the plain way. `Renderer` is the fast one: it writes each shape of notice once, with marks in the places that differ
from person to person, and puts a name, a code, moments and counts into them; a property test holds the two together.

Text is not sent as format=flowed (RFC 3676): its lines are short enough for every reader, and its trailing spaces do not survive
being forwarded, which would make a genuine notice look changed. A line that holds a person's own value is never wrapped.
"""

from __future__ import annotations

import unicodedata
from collections import OrderedDict
from collections.abc import Container, Iterable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import NamedTuple

import msgspec

from spillkit.notices.complaint import WITHOUT_AUTHORITY
from spillkit.notices.demands import NO_DEMANDS, REGION_NOT_KNOWN, Demands
from spillkit.notices.document import Block, BlockKind, Document, Part, Section
from spillkit.notices.letterhead import Letterhead
from spillkit.notices.reader import NOBODY, Reader, printed_name
from spillkit.notices.story import Story
from spillkit.notices.structure import languages_of, write_notice
from spillkit.notices.told import Told
from spillkit.notices.wording import Catalogue, Line, Value, ValueKind, catalogue
from spillkit.printed import printable

COLUMNS = 72  # RFC 5322, 2.1.1 asks for 78 at most; a quoted answer needs a few
SUBJECT_CHARACTERS = 200  # a longer one is cut by what makes the message
_SHAPES = 4096  # kept ready; a campaign has some dozens
_LRI, _FSI, _PDI, _RLM = "\u2066", "\u2068", "\u2069", "\u200f"
_LEFT_TO_RIGHT = frozenset({ValueKind.CODE, ValueKind.PLACE, ValueKind.ADDRESS, ValueKind.NUMBER})
_FIRST_MARK = 0xE000  # private use: `printable` lets none of them through, so that no value can hold a mark
_RTL_CLASSES = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})
_WIDE = frozenset("WF")
# What begins no line in Chinese and Japanese (Unicode Annex 14, classes CL, CP, EX and NS), and what ends none.
_NOT_FIRST = frozenset("、。，．：；？！）」』】〉》”’ーっゃゅょァィゥェォッャュョ々…%,.:;?!)")
_NOT_LAST = frozenset("（「『【〈《“‘(")


class Rendered(msgspec.Struct, frozen=True):
    """One notice, ready for a message."""

    subject: str  # one line; nothing of the person is in it
    text: str  # lines end in \\n
    html: str
    languages: tuple[str, ...]  # of its parts, for Content-Language


def render(document: Document) -> Rendered:
    """Return a document as a subject, text and HTML. Slow and plain: see `Renderer`."""
    subject = _subject(document)
    return Rendered(subject, _text(document), _html(document, subject), tuple(part.language for part in document.parts))


def _subject(document: Document) -> str:
    """Return the titles of all parts; that of the first alone where they are more than a subject holds."""
    titles = [_plain(part.title) for part in document.parts]
    both = " / ".join(titles)
    return both if len(both) <= SUBJECT_CHARACTERS else titles[0]


def place_of(country: str, reader: Reader, demands: Container[str]) -> str:
    """Return the place whose law prescribes something: the region before the country; "" where none does.

    country  by which somebody was planned
    demands  by place
    """
    # A region of another country than the one by which he was planned is none.
    is_his = bool(country) and reader.region.startswith(f"{country}-")
    region = reader.region if is_his else f"{country}{REGION_NOT_KNOWN}"
    return next((place for place in (region, country) if place in demands), "")


class Renderer:
    """Writes the notices of one campaign under one letterhead.

    demands      what the law prescribes where people live, by country and region, as `demands_by_place` gives it
    authorities  official names, by the id that Told carries
    """

    def __init__(
        self,
        story: Story,
        letterhead: Letterhead,
        *,
        demands: Mapping[str, Demands] | None = None,
        authorities: Mapping[str, str] | None = None,
        written_on: date | None = None,
        on_paper: bool = False,
    ) -> None:
        self._story, self._letterhead = story, letterhead
        self._demands = dict(demands or {})
        self._authorities = dict(authorities or {})
        self._written_on, self._on_paper = written_on, on_paper
        self._shapes: OrderedDict[tuple[object, ...], _Shape] = OrderedDict()

    def document(self, told: Told, code: str, reader: Reader = NOBODY) -> Document:
        """Return what somebody is told, with every value marked as what it is."""
        return write_notice(
            told,
            self._story,
            self._letterhead,
            code,
            reader,
            demands=self._demands.get(self._place(told, reader), NO_DEMANDS),
            authority=self._authorities.get(told.authority, ""),
            written_on=self._written_on,
            on_paper=self._on_paper,
        )

    def plain(self, told: Told, code: str, reader: Reader = NOBODY) -> Rendered:
        """Return one notice, written from the beginning."""
        return render(self.document(told, code, reader))

    def render(self, told: Told, code: str, reader: Reader = NOBODY) -> Rendered:
        """Return the same notice, from its shape.

        Raises   WordingError as `write_notice` does
        """
        name = "" if told.is_shared else printed_name(reader.name)
        languages = languages_of(told)
        key = self._key(told, languages, reader, bool(name))
        shape = self._shapes.get(key)
        if shape is None:
            shape = _shape_of(self.document(told, code, reader))
            self._shapes[key] = shape
            if len(self._shapes) > _SHAPES:
                self._shapes.popitem(last=False)
        return shape.filled(self._values(told, languages, code, name))

    def shape(self, told: Told, reader: Reader = NOBODY) -> tuple[object, ...]:
        """Return what is the same for two notices that differ only in a code, a name, moments and counts.

        Raises   WordingError as `write_notice` does
        """
        has_name = not told.is_shared and bool(printed_name(reader.name))
        return self._key(told, languages_of(told), reader, has_name)

    def regions(self, country: str) -> tuple[str, ...]:
        """Return regions of a country, one for each thing that its laws prescribe: "" where none of them prescribes anything.

        "" is a reader whose region is not known. "US-" is one of a region without such a law.
        """
        own = sorted(place for place in self._demands if country and place.startswith(f"{country}-"))
        if not own:
            return ("",)
        by_demands = {self._demands[place]: place for place in reversed(own) if place != f"{country}{REGION_NOT_KNOWN}"}
        return ("", f"{country}-", *sorted(by_demands.values()))

    def _place(self, told: Told, reader: Reader) -> str:
        return place_of(told.country, reader, self._demands)

    def _key(self, told: Told, languages: tuple[str, ...], reader: Reader, has_name: bool) -> tuple[object, ...]:
        first, last = told.first_at, told.last_at
        is_once = first is not None and last is not None and _same_minute(first, last)
        plurals = tuple(
            (kind, count > 0, *(catalogue(language).plural(count) for language in languages))
            for kind, count in told.viewers
        )
        return (
            told.kind,
            languages,
            self._place(told, reader),
            told.country in WITHOUT_AUTHORITY,
            told.fields,
            told.authority,
            told.is_shared,
            first is None,
            last is None,
            is_once,
            plurals,
            has_name,
        )

    def _values(self, told: Told, languages: tuple[str, ...], code: str, name: str) -> list[dict[str, Value]]:
        common = {
            "code": Value(ValueKind.CODE, _one_line(code), slot="code"),
            "name": Value(ValueKind.PERSON, name, slot="name"),
        }
        zone, found = self._story.zone, []
        for language in languages:
            words, values = catalogue(language), dict(common)
            if told.first_at is not None:
                values["first"] = words.moment(told.first_at, zone, "first")
            if told.last_at is not None:
                values["last"] = words.moment(told.last_at, zone, "last")
            for kind, count in told.viewers:
                values[f"viewers {kind}"] = words.number(count)
            found.append(values)
        return found


class _Place(NamedTuple):
    """Where a person's own value stands in a shape."""

    part: int  # of the document
    slot: str
    is_rtl: bool


class _Shape(NamedTuple):
    """A notice with gaps: words at even places, gaps at odd ones."""

    subject: str
    text: tuple[str | _Place, ...]
    html: tuple[str | _Place, ...]
    languages: tuple[str, ...]

    def filled(self, values: list[dict[str, Value]]) -> Rendered:
        text = "".join(
            [
                part if isinstance(part, str) else _text_value(values[part.part][part.slot], part.is_rtl)
                for part in self.text
            ]
        )
        html = "".join(
            [part if isinstance(part, str) else _html_value(values[part.part][part.slot]) for part in self.html]
        )
        return Rendered(self.subject, text, html, self.languages)


def _shape_of(document: Document) -> _Shape:
    """Render a document whose own values are marks, and cut it at the marks."""
    places: dict[str, _Place] = {}
    parts = tuple(_marked_part(part, number, places) for number, part in enumerate(document.parts))
    marked = render(msgspec.structs.replace(document, parts=parts))
    return _Shape(marked.subject, _cut(marked.text, places), _cut(marked.html, places), marked.languages)


def _marked_part(part: Part, number: int, places: dict[str, _Place]) -> Part:
    is_rtl = catalogue(part.language).is_rtl

    def marked(line: Line) -> Line:
        return tuple(mark(value) if isinstance(value, Value) and value.slot else value for value in line)

    def mark(value: Value) -> Value:
        character = chr(_FIRST_MARK + len(places))
        places[character] = _Place(number, value.slot, is_rtl)
        return msgspec.structs.replace(value, text=character)

    sections = tuple(
        msgspec.structs.replace(
            section,
            blocks=tuple(
                msgspec.structs.replace(block, line=marked(block.line), reason=marked(block.reason))
                for block in section.blocks
            ),
        )
        for section in part.sections
    )
    return msgspec.structs.replace(part, salutation=marked(part.salutation), sections=sections)


def _cut(text: str, places: Mapping[str, _Place]) -> tuple[str | _Place, ...]:
    found: list[str | _Place] = []
    start = 0
    for at, character in enumerate(text):
        if character in places:
            found += [text[start:at], places[character]]
            start = at + 1
    return (*found, text[start:])


# Values: the same function writes a value in a whole notice and into a gap. A mark stands for all that is written.


def _text_value(value: Value, is_rtl: bool) -> str:
    """Return a value as text, isolated where its direction is not that of the line (Unicode Annex 9, LRI, FSI and PDI)."""
    text = value.text
    if is_mark(text):
        return text
    if is_rtl:
        return f"{_LRI if value.kind in _LEFT_TO_RIGHT else _FSI}{text}{_PDI}"
    return f"{_FSI}{text}{_PDI}" if not text.isascii() and _runs_right_to_left(text) else text


def _html_value(value: Value) -> str:
    text = value.text
    if is_mark(text):
        return text
    quoted = escape(text, quote=True)
    if value.kind in _LEFT_TO_RIGHT:
        return f'<bdi dir="ltr" translate="no">{quoted}</bdi>'
    return f"<bdi>{quoted}</bdi>"


def is_mark(text: str) -> bool:
    """Say whether a text is one mark of a shape. No value of anybody can be: `printable` lets no such character through."""
    return len(text) == 1 and _FIRST_MARK <= ord(text) <= 0xF8FF


def _runs_right_to_left(text: str) -> bool:
    return any(unicodedata.bidirectional(character) in _RTL_CLASSES for character in text)


def _plain(line: Line) -> str:
    return "".join(part if isinstance(part, str) else part.text for part in line)


def _one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _same_minute(one: datetime, other: datetime) -> bool:
    return one.replace(second=0, microsecond=0) == other.replace(second=0, microsecond=0)


# Text.


def _text(document: Document) -> str:
    lines = [*document.postal, ""] if document.postal else []
    for number, part in enumerate(document.parts):
        if number:
            lines += ["", "=" * COLUMNS, ""]
        following = document.parts[number + 1 :]
        words = catalogue(part.language)
        own = [catalogue(other.language).head.below for other in following]
        if own:
            lines += [*own, ""]
        mark = _RLM if words.is_rtl else ""
        lines += [mark + line if line else line for line in _part_lines(part, words)]
    return "\n".join(lines) + "\n"


def _part_lines(part: Part, words: Catalogue) -> Iterator[str]:
    if part.written_on is not None:
        yield _text_value(part.written_on, words.is_rtl)
        yield ""
    yield from _wrapped((part.title,), words, "", "")
    yield ""
    if part.salutation:
        yield from _wrapped((part.salutation,), words, "", "")
        yield ""
    for section in part.sections:
        yield from _section_lines(section, words)


def _section_lines(section: Section, words: Catalogue) -> Iterator[str]:
    yield section.heading
    yield "-" * min(_width(section.heading), COLUMNS)
    step, before = 0, None
    for block in section.blocks:
        if before not in {None, block.kind} and not _belong_together(before, block.kind):
            yield ""
        before = block.kind
        if block.kind is BlockKind.STEP:
            step += 1
            yield from _wrapped((block.line, block.reason), words, f"{step}. ", "   ")
        elif block.kind is BlockKind.ITEM:
            yield from _wrapped((block.line,), words, "- ", "  ")
        elif block.kind is BlockKind.SHOWN:
            yield "   " + "".join(_spoken(block.line, words.is_rtl))
        elif block.kind is BlockKind.HEADING:
            step = 0
            yield from _wrapped((block.line,), words, "", "")
        else:
            yield from _wrapped((block.line,), words, "", "")
    yield ""


def _belong_together(before: BlockKind | None, now: BlockKind) -> bool:
    """Say whether no empty line stands between two blocks: a step and what is to be typed, a sentence and its list."""
    return before is BlockKind.HEADING or (before, now) in {
        (BlockKind.STEP, BlockKind.SHOWN),
        (BlockKind.SHOWN, BlockKind.STEP),
        (BlockKind.PARAGRAPH, BlockKind.ITEM),
        (BlockKind.PARAGRAPH, BlockKind.SHOWN),
    }


def _wrapped(lines: Iterable[Line], words: Catalogue, first: str, later: str) -> Iterator[str]:
    """Yield lines of a block: wrapped, but for one with a person's own value; each further line of it begins anew."""
    before = first
    for line in lines:
        if not line:
            continue
        spoken = _spoken(line, words.is_rtl)
        if any(isinstance(part, Value) and part.slot for part in line):
            yield before + "".join(spoken)
        else:
            for piece in _fitted("".join(spoken), COLUMNS - len(later)):
                yield before + piece
                before = later
        before = later


def _spoken(line: Line, is_rtl: bool) -> list[str]:
    return [part if isinstance(part, str) else _text_value(part, is_rtl) for part in line]


@lru_cache(maxsize=8192)
def _fitted(sentence: str, columns: int) -> tuple[str, ...]:
    """Return a sentence in pieces no wider than so many columns where it can be broken. It holds nothing of a person.

    It breaks at spaces, and beside a wide character where Chinese and Japanese allow it. A word that is wider stays whole: an
    address that is cut cannot be typed.
    """
    pieces = []
    piece, width = "", 0
    for token in _tokens(sentence):
        room = _width(token)
        if piece and width + _width(token.rstrip()) > columns:
            pieces.append(piece.rstrip(" "))
            piece, width = "", 0
        piece, width = piece + token, width + room
    if piece:
        pieces.append(piece.rstrip(" "))
    return tuple(pieces)


def _tokens(text: str) -> Iterator[str]:
    """Yield what is not broken: a word with the spaces behind it, a wide character with the marks that go with it."""
    token = ""
    for at, character in enumerate(text):
        token += character
        after = text[at + 1 : at + 2]
        if not after:
            break
        if character == " ":
            is_end = after != " "
        else:
            is_wide = unicodedata.east_asian_width(character) in _WIDE or unicodedata.east_asian_width(after) in _WIDE
            is_end = is_wide and not _is_hangul(character) and not _is_hangul(after)
            is_end = is_end and after != " " and after not in _NOT_FIRST and character not in _NOT_LAST
            is_end = is_end and after != _PDI and character not in {_LRI, _FSI}
        if is_end:
            yield token
            token = ""
    if token:
        yield token


def _is_hangul(character: str) -> bool:
    return "\uac00" <= character <= "\ud7a3"  # Korean breaks at spaces


def _width(text: str) -> int:
    """Return how many columns a text takes: two for a wide character, none for a mark that is not seen."""
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


# HTML.

# Colours: contrast of text on its ground is at least 7 : 1 in both schemes (WCAG 2.2, 1.4.6); a test computes it.
LIGHT = {"ground": "#ffffff", "text": "#1b1b1b", "quiet": "#484848", "shown": "#f1f1ec", "line": "#c9c9c0"}
DARK = {"ground": "#16181c", "text": "#f0f0f0", "quiet": "#c4c4c4", "shown": "#262a30", "line": "#4a4f57"}
_FONT = "font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Helvetica Neue',Arial,sans-serif"
_STYLE = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "@media (prefers-color-scheme:dark){"
    f"body,.page{{background:{DARK['ground']}!important;color:{DARK['text']}!important}}"
    f".quiet{{color:{DARK['quiet']}!important}}"
    f".shown{{background:{DARK['shown']}!important;border-color:{DARK['line']}!important;color:{DARK['text']}!important}}"
    f".part{{border-color:{DARK['line']}!important}}"
    "}"
    "@media print{body,.page{background:#fff!important;color:#000!important;max-width:none!important}"
    ".shown{background:#fff!important;color:#000!important}.quiet{color:#000!important}"
    "h2{break-after:avoid}li,.shown{break-inside:avoid}}"
)
_BODY = f"margin:0;padding:0;background:{LIGHT['ground']};color:{LIGHT['text']}"
_PAGE = (
    f"max-width:40em;margin:0 auto;padding:16px;{_FONT};font-size:17px;line-height:1.55;overflow-wrap:anywhere;"
    f"background:{LIGHT['ground']};color:{LIGHT['text']}"
)
_SHOWN = (
    f"margin:4px 0 12px;padding:10px 12px;border:1px solid {LIGHT['line']};border-radius:6px;background:{LIGHT['shown']};"
    f"color:{LIGHT['text']};font-size:18px;font-weight:bold"
)
_TAGS = {BlockKind.ITEM: "ul", BlockKind.STEP: "ol"}


def _html(document: Document, subject: str) -> str:
    first = document.parts[0]
    direction = _direction(first)
    head = (
        f'<!DOCTYPE html>\n<html lang="{first.language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n<meta name="supported-color-schemes" content="light dark">\n'
        # Telephones make links of whatever looks like a number or a day; a notice has none.
        '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no, url=no">\n'
        f"<title>{escape(subject)}</title>\n<style>{_STYLE}</style>\n</head>\n"
        f'<body lang="{first.language}" dir="{direction}" style="{_BODY}">\n<div class="page" role="main" style="{_PAGE}">\n'
    )
    postal = "".join(f"{escape(line)}<br>\n" for line in document.postal)
    head += f'<p class="quiet"><bdi>{postal}</bdi></p>\n' if postal else ""
    return head + "".join(html_parts(document.parts)) + "</div>\n</body>\n</html>\n"


def html_parts(parts: tuple[Part, ...]) -> Iterator[str]:
    """Yield a document's parts as HTML, for a page of whoever asks; every value in them is escaped."""
    for number, part in enumerate(parts):
        apart = f";border-top:3px solid {LIGHT['line']};margin-top:32px;padding-top:8px" if number else ""
        direction, align = _direction(part), "right" if _direction(part) == "rtl" else "left"
        yield (
            f'<div class="part" lang="{part.language}" dir="{direction}" '
            f'style="direction:{direction};text-align:{align}{apart}">\n'
        )
        for other in parts[number + 1 :]:
            below = escape(catalogue(other.language).head.below)
            yield (
                f'<p class="quiet" lang="{other.language}" dir="{_direction(other)}" '
                f'style="color:{LIGHT["quiet"]}">{below}</p>\n'
            )
        if part.written_on is not None:
            yield f'<p class="quiet" style="color:{LIGHT["quiet"]}">{_html_value(part.written_on)}</p>\n'
        yield f'<h1 style="font-size:23px;line-height:1.3;margin:8px 0 16px">{_html_line(part.title)}</h1>\n'
        if part.salutation:
            yield f"<p>{_html_line(part.salutation)}</p>\n"
        for section in part.sections:
            yield f'<h2 style="font-size:19px;line-height:1.3;margin:24px 0 4px">{escape(section.heading)}</h2>\n'
            yield from _html_blocks(section.blocks, direction == "rtl")
        yield "</div>\n"


def _html_blocks(blocks: tuple[Block, ...], is_rtl: bool) -> Iterator[str]:
    """Yield blocks; entries of a list stand in one list, with what is to be typed inside its step."""
    open_tag, open_step = "", False
    indent = "0 24px 0 0" if is_rtl else "0 0 0 24px"
    for block in blocks:
        tag = _TAGS.get(block.kind, "")
        is_inside = block.kind is BlockKind.SHOWN and open_step
        if open_step and not is_inside:
            yield "</li>\n"
            open_step = False
        if open_tag and tag != open_tag and not is_inside:
            yield f"</{open_tag}>\n"
            open_tag = ""
        if tag and tag != open_tag:
            yield f'<{tag} style="margin:4px 0 12px;padding:{indent}">\n'
            open_tag = tag
        line = _html_line(block.line)
        if block.kind is BlockKind.STEP:
            why = f'<br><span class="quiet" style="color:{LIGHT["quiet"]}">{_html_line(block.reason)}</span>'
            yield f'<li style="margin:0 0 8px">{line}{why if block.reason else ""}'
            open_step = True
        elif block.kind is BlockKind.ITEM:
            yield f'<li style="margin:0 0 4px">{line}</li>\n'
        elif block.kind is BlockKind.SHOWN and (is_inside or _is_typed(block)):
            yield f'\n<div class="shown" style="{_SHOWN}">{line}</div>\n'
        elif block.kind is BlockKind.SHOWN:
            yield f"<div>{line}</div>\n"
        elif block.kind is BlockKind.HEADING:
            yield f'<h3 style="font-size:17px;margin:16px 0 4px">{line}</h3>\n'
        else:
            yield f'<p style="margin:4px 0 10px">{line}</p>\n'
    if open_step:
        yield "</li>\n"
    if open_tag:
        yield f"</{open_tag}>\n"


def _is_typed(block: Block) -> bool:
    return any(isinstance(part, Value) and part.kind in {ValueKind.CODE, ValueKind.PLACE} for part in block.line)


def _html_line(line: Line) -> str:
    return "".join(escape(part) if isinstance(part, str) else _html_value(part) for part in line)


def _direction(part: Part) -> str:
    return "rtl" if catalogue(part.language).is_rtl else "ltr"
