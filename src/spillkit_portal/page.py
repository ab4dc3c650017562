"""Write one page around its text: head, doors to the other questions, languages, who answers.

In:    a language, which page it is, its title and the HTML of its text.
Out:   the page in two halves, between which the text stands.
Else:  the texts are `pages` and `answer`; the style sheet is `look`.

All links are relative, so that the portal may stand anywhere below the company's own site, and as plain files.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from spillkit.notices.letterhead import Letterhead
from spillkit.notices.wording import RIGHT_TO_LEFT, Line, Value, ValueKind, catalogue, language_of
from spillkit.printed import printable
from spillkit_portal.look import STYLE
from spillkit_portal.words import own_name, portal_words

DOORS = ("check", "affected", "do", "statement")
_LEFT_TO_RIGHT = frozenset({ValueKind.CODE, ValueKind.PLACE, ValueKind.ADDRESS, ValueKind.NUMBER})


@dataclass(frozen=True, slots=True)
class Frame:
    """What every page of one language shares."""

    language: str
    languages: tuple[str, ...]
    letterheads: tuple[Letterhead, ...]

    @property
    def brand(self) -> Value:
        return Value(ValueKind.COMPANY, one_line(self.letterheads[0].brand or self.letterheads[0].name))

    @property
    def contact(self) -> Value:
        return Value(ValueKind.ADDRESS, one_line(self.letterheads[0].contact))

    def around(self, name: str, title: str) -> tuple[str, str]:
        """Return what stands before and behind the text of a page.

        name    "" for the first page, one of DOORS, or "-" for one that is no door
        title   as text
        """
        words = portal_words(self.language)
        direction = "rtl" if self.language in RIGHT_TO_LEFT else "ltr"
        entries = [("", words.words("door.home")), *((door, words.words(f"door.{door}")) for door in DOORS)]
        doors = "".join(f"<li>{_link(door or './', text, door == name)}</li>" for door, text in entries)
        place = name if name in DOORS else ""
        others = "".join(f"<li>{self._other(tag, place)}</li>" for tag in self.languages)
        brand = html_value(self.brand)
        before = (
            f'<!DOCTYPE html>\n<html lang="{self.language}" dir="{direction}">\n<head>\n<meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="color-scheme" content="light dark">\n'
            '<meta name="format-detection" content="telephone=no, date=no, address=no, email=no">\n'
            f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
            f'<a class="skip" href="#text">{escape(words.words("door.skip"))}</a>\n'
            f'<header><p class="brand">{brand}</p><nav aria-label="{escape(self.brand.text)}"><ul>{doors}</ul></nav></header>\n'
            '<main id="text" tabindex="-1">\n'
        )
        contacts = "".join(f"<li>{line}</li>" for line in self._contacts())
        behind = (
            f"</main>\n<footer><h2>{escape(catalogue(self.language).words('heading.contact'))}</h2><ul>{contacts}</ul>\n"
            f'<nav aria-label="{escape(words.words("door.languages"))}"><ul>{others}</ul></nav>\n'
            f'<p class="quiet">{escape(words.words("home.nothing"))}</p></footer>\n</body>\n</html>\n'
        )
        return before, behind

    def _contacts(self) -> list[str]:
        lines = []
        for head in self.letterheads:
            contact = html_value(Value(ValueKind.ADDRESS, one_line(head.contact)))
            entity = f"<bdi>{escape(one_line(head.name))}</bdi>"
            hours = next((text for tag, text in head.contact_hours.items() if language_of(tag) == self.language), "")
            lines.append(f"{entity}: {contact}" + (f" (<bdi>{escape(one_line(hours))}</bdi>)" if hours else ""))
        return list(dict.fromkeys(lines))

    def _other(self, tag: str, place: str) -> str:
        direction = "rtl" if tag in RIGHT_TO_LEFT else "ltr"
        now = ' aria-current="true"' if tag == self.language else ""
        return f'<a href="../{tag}/{place}" lang="{tag}" hreflang="{tag}" dir="{direction}"{now}>{escape(own_name(tag))}</a>'


def one_line(text: str) -> str:
    """Return words of the company on one line, without anything that drives or hides."""
    return printable(" ".join(text.split()))


def html_line(line: Line) -> str:
    """Return a sentence as HTML, each value set apart in its own direction."""
    return "".join(escape(part) if isinstance(part, str) else html_value(part) for part in line)


def html_value(value: Value) -> str:
    if value.kind in _LEFT_TO_RIGHT:
        return f'<bdi dir="ltr" translate="no">{escape(value.text)}</bdi>'
    return f"<bdi>{escape(value.text)}</bdi>"


def plain(line: Line) -> str:
    """Return a sentence as text."""
    return "".join(part if isinstance(part, str) else part.text for part in line)


def _link(place: str, text: str, is_here: bool) -> str:
    now = ' aria-current="page"' if is_here else ""
    return f'<a href="{place}"{now}>{escape(text)}</a>'
