"""Say what a reader sees of a mail in HTML, as text.

In:    HTML that anybody may have written.
Out:   its text, a paragraph a block, with words for what is no text: a link that leads elsewhere than it shows, a picture, a form,
       something hidden.
Else:  comparing the text with what was sent is `genuine`.

Tags are told from text as browsers do it (HTML standard, section 13.2.5), in one pass. Those who deceive send mails too, and for
half a megabyte of opened quotes Python's html.parser takes minutes, as do parsers that build a whole tree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import parse_qs, urlsplit

_MAX_SIGNS = 500_000

PICTURE, FORM, HIDDEN = "[picture]", "[form]", "[hidden]"


def seen_in(html: str) -> str:
    """Return what a reader sees of HTML; what is past half a million signs is not looked at.

    >>> seen_in('<p>Pay <a href="https://example.com/x">example.org</a></p>').split()
    ['Pay', 'example.org', 'http://example.com']
    """
    said: list[str] = []
    target, shown = "", [""]
    for token in _tokens(html[:_MAX_SIGNS]):
        if isinstance(token, str):
            said.append(" ".join(token.split("\n")))
            shown.append(token)
            continue
        if token.name == "a" and target:
            said.append(_leads_elsewhere(target, "".join(shown)))
            target = ""
        if token.name in _BLOCKS:
            said.append("\n" if token.name == "br" else "\n\n")
        if token.is_end:
            continue
        if token.name == "a":
            target, shown = token.attributes.get("href", ""), []
        if token.name in _WORDS:
            said.append(f" {_WORDS[token.name]} ")
        if (
            token.name == "template"
            or "hidden" in token.attributes
            or _HIDING.search(token.attributes.get("style", ""))
        ):
            said.append(f" {HIDDEN} ")
    if target:
        said.append(_leads_elsewhere(target, "".join(shown)))
    return "".join(said)


@dataclass(frozen=True, slots=True)
class _Tag:
    name: str
    is_end: bool
    attributes: dict[str, str]


_BLOCKS = frozenset(
    "address article blockquote body br dd div dl dt footer h1 h2 h3 h4 h5 h6 header hr html li main ol p pre section table "
    "tbody td th tr ul".split()
)
_WORDS = {
    **dict.fromkeys("img picture svg video object embed iframe canvas image".split(), PICTURE),
    **dict.fromkeys("form input button textarea select".split(), FORM),
}
_RAW = frozenset("script style title textarea xmp iframe noembed noframes".split())  # whose content is no markup
_HIDING = re.compile(
    r"(?i)display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|(?:font-size|opacity|(?:max-)?height|(?:max-)?width)\s*:\s*0(?![.\d]*[1-9])"
)
_NAME = re.compile(r"[A-Za-z][^\s/>]*+")
_ATTRIBUTE = re.compile(r"[\s/]*+(=?[^\s/>=]*+)(?:\s*+(=)\s*+)?+")
_UNQUOTED = re.compile(r"[^\s>]*+")


def _tokens(html: str) -> Iterator[str | _Tag]:
    """Return texts and tags in their order. What stands behind a tag or comment without an end is dropped, as browsers do."""
    place, size = 0, len(html)
    while place < size:
        start = html.find("<", place)
        if start < 0:
            yield unescape(html[place:])
            return
        if start > place:
            yield unescape(html[place:start])
        after = html[start + 1 : start + 2]
        is_end = after == "/"
        name = _NAME.match(html, start + 1 + is_end)
        if name is None and after not in ("!", "?", "/"):
            yield "<"
            place = start + 1
        elif name is None:
            place = _after_comment(html, start)
        else:
            attributes, place = _attributes(html, name.end())
            if place < 0:
                return
            tag = _Tag(name[0].lower(), is_end, attributes)
            yield tag
            if tag.name in _RAW and not is_end:
                end = re.compile(rf"(?i)</{tag.name}(?=[\s/>])").search(html, place)
                place = end.start() if end else size


def _after_comment(html: str, start: int) -> int:
    """Return where a comment, a declaration or what browsers take for one has ended."""
    if html.startswith("<!--", start):
        if html.startswith(("<!-->", "<!--->"), start):
            return html.index(">", start) + 1
        found = re.compile(r"--!?>").search(html, start + 4)
        return found.end() if found else len(html)
    end = html.find(">", start)
    return end + 1 if end >= 0 else len(html)


def _attributes(html: str, place: int) -> tuple[dict[str, str], int]:
    """Return the attributes of a tag (of equal ones the first), and where the tag has ended; -1 if it has no end."""
    attributes: dict[str, str] = {}
    while True:
        if (found := _ATTRIBUTE.match(html, place)) is None:
            return attributes, -1
        name, has_value, place = found[1].lower(), found[2], found.end()
        value = ""
        quote = html[place : place + 1]
        if has_value and quote in ('"', "'"):
            end = html.find(quote, place + 1)
            if end < 0:
                return attributes, -1
            value, place = html[place + 1 : end], end + 1
        elif has_value:
            unquoted = _UNQUOTED.match(html, place)
            value, place = (unquoted[0], unquoted.end()) if unquoted else ("", place)
        if name:
            attributes.setdefault(name, unescape(value))
        if place >= len(html):
            return attributes, -1
        if html[place] == ">":
            return attributes, place + 1


def _leads_elsewhere(link: str, shown: str) -> str:
    """Return where a link leads, unless it shows that itself."""
    target = _target_of(link)
    places = re.findall(r"[\w.+-]+(?:@[\w.-]+)?", re.sub(r"https?://", " ", shown[:2_000].lower()))
    return "" if target and target in places else f" http://{target or 'elsewhere'} "


def _target_of(link: str) -> str:
    """Return the host or the mail address to which a link leads; "" where it does something else.

    Filters of large companies put their own host before a link (Safe Links of Microsoft, URL Defense of Proofpoint); the place
    behind it is what counts.
    """
    try:
        parts = urlsplit(link[:4_000].strip())
        if (parts.hostname or "").endswith(".safelinks.protection.outlook.com"):
            parts = urlsplit(parse_qs(parts.query).get("url", [""])[0])
        elif parts.hostname == "urldefense.com" and (inner := re.match(r"/v3/__(https?:/+[^_;]+)", parts.path)):
            parts = urlsplit(re.sub(r"^(https?):/+", r"\1://", inner[1]))
    except ValueError:
        return ""
    if parts.scheme == "mailto":
        return parts.path.lower()
    return (parts.hostname or "").lower() if parts.scheme in ("http", "https") else ""
