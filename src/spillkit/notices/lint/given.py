"""Read the files that are to be checked.

In:    a file: text, Markdown, HTML, a mail, an authority report as JSON, other JSON; or a notice as `render` wrote it.
Out:   Texts; a mail with text and HTML gives two, and so does a notice of ours.
Else:  what they say is `read_claims`.

What a file is for, and its language, stand in its name, "notice.de.txt", or are said by the caller.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html.parser import HTMLParser
from pathlib import Path

from spillkit.errors import LintError
from spillkit.notices.lint.claims import Bound, Claim, Kind, Purpose, Text
from spillkit.notices.lint.read_claims import base_language
from spillkit.notices.render import Rendered
from spillkit.notices.told import Kind as KindOfNotice
from spillkit.notices.told import Told

MOST_BYTES = 1 << 20
_REPORT = "spillkit:authority-report:1"
_PEOPLE = {"confirmed": Bound.EXACT, "at-most": Bound.MOST}  # codes of a report's lines
_BLOCKS = frozenset(
    "p div li ul ol h1 h2 h3 h4 h5 h6 tr table section article header footer main aside br hr dd dt dl blockquote pre title".split()
)
_HIDDEN = frozenset({"script", "style", "template", "noscript"})


def read_texts(
    path: Path, *, purpose: Purpose | None = None, languages: tuple[str, ...] = (), entity: str = ""
) -> list[Text]:
    """Return the texts of a file.

    purpose    what it is for; None: as its name says, else a public statement
    languages  tags; empty: as its name says, else guessed for each paragraph
    Raises     LintError if it cannot be read; nothing of it is quoted
    """
    content = _content(path)
    parts = [part.lower() for part in re.split(r"[^\w-]+", path.stem)]
    purpose = purpose or _purpose_of(parts)
    languages = languages or tuple(part for part in parts[1:] if 2 <= len(part) <= 7 and base_language(part))
    suffix = path.suffix.lower()

    def text(name: str, words: str, links: tuple[str, ...] = (), typed: tuple[Claim, ...] = ()) -> Text:
        return Text(name, purpose, words, languages, entity, links=links, typed=typed)

    if suffix in (".html", ".htm"):
        words, links = _from_html(_decoded(path, content))
        return [text(path.name, words, links)]
    if suffix == ".eml":
        return [text(f"{path.name} ({kind})", words, links) for kind, words, links in _from_mail(path, content)]
    if suffix == ".json":
        words, typed = _from_json(path, content)
        return [text(path.name, words, (), typed)]
    return [text(path.name, _decoded(path, content))]


def texts_of(rendered: Rendered, told: Told, code: str, name: str = "notice") -> list[Text]:
    """Return the texts of one notice of ours: its text and its HTML, each with the subject above it.

    name  by which contradictions point to it, without personal data: the id of the notice, or of its shape
    """
    purpose = Purpose.NOTICE if told.kind is KindOfNotice.AFFECTED else Purpose(told.kind.value)
    words, links = _from_html(rendered.html)
    return [
        Text(
            f"{name} ({kind})",
            purpose,
            f"{rendered.subject}\n\n{body}",
            rendered.languages,
            told.entity,
            told,
            code,
            targets,
        )
        for kind, body, targets in (("text", rendered.text, ()), ("HTML", words, links))
    ]


def _purpose_of(parts: list[str]) -> Purpose:
    for part in parts:
        for purpose in Purpose:
            if part == purpose.value or part.startswith((f"{purpose}-", f"{purpose}_")):
                return purpose
    return Purpose.STATEMENT


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise LintError(f"{path.name}: cannot be read ({error.strerror}). Give the path of a text.") from error
    if len(content) > MOST_BYTES:
        raise LintError(f"{path.name}: larger than 1 MiB. Give the text alone.")
    return content


def _decoded(path: Path, content: bytes) -> str:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        words = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise LintError(f"{path.name}: not text in UTF-8. Save it as plain text in UTF-8, and run again.") from error
    if "\x00" in words:
        raise LintError(f"{path.name}: not text. Save it as plain text in UTF-8, and run again.")
    return words.replace("\r\n", "\n").replace("\r", "\n")


class _Page(HTMLParser):
    """Takes the words out of a page, with the targets of its links, forms and images."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.links: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BLOCKS:
            self.words.append("\n\n- " if tag == "li" else "\n" if tag == "br" else "\n\n")
        for name, value in attrs:
            if name in ("href", "src", "action", "formaction", "background", "poster", "srcset") and value:
                self.links.append(value.strip())

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in _BLOCKS:
            self.words.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(re.sub(r"\s+", " ", data))


def _from_html(page: str) -> tuple[str, tuple[str, ...]]:
    parser = _Page()
    parser.feed(page)
    parser.close()
    return "".join(parser.words), tuple(parser.links)


def _from_mail(path: Path, content: bytes) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    try:
        message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(content)
        subject = str(message.get("subject", ""))
        parts = [
            (kind, str(part.get_content()))
            for kind in ("plain", "html")
            if isinstance(part := message.get_body((kind,)), EmailMessage)
        ]
    except (ValueError, LookupError, AttributeError, TypeError, IndexError) as error:
        raise LintError(f"{path.name}: not a mail that can be read. Give its text as a file.") from error
    if not parts:
        raise LintError(f"{path.name}: a mail without text. Give its text as a file.")
    for kind, words in parts:
        words, links = _from_html(words) if kind == "html" else (words.replace("\r\n", "\n"), ())
        yield ("HTML" if kind == "html" else "text"), f"{subject}\n\n{words}", links


def _from_json(path: Path, content: bytes) -> tuple[str, tuple[Claim, ...]]:
    try:
        value = json.loads(content)
    except (ValueError, UnicodeDecodeError, RecursionError) as error:
        raise LintError(
            f"{path.name}: not JSON. Give a report as `spillkit report authority --json` writes it."
        ) from error
    lines: list[str] = []
    typed: list[Claim] = []
    is_report = isinstance(value, dict) and value.get("schema") == _REPORT
    waiting: list[object] = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            if is_report and one.get("code") in _PEOPLE and isinstance(one.get("number"), int):
                start = sum(len(line) + 2 for line in lines)
                typed.append(Claim(Kind.PEOPLE, str(one["number"]), start, start, _PEOPLE[one["code"]]))
            kept = [part for key, part in one.items() if not is_report or key in _SPOKEN or not isinstance(part, str)]
            waiting += reversed(kept)
        elif isinstance(one, list):
            waiting += reversed(one)
        elif isinstance(one, str) and one.strip():
            lines.append(one)
    return "\n\n".join(lines), tuple(typed)


# What of a report people read; codes, digests and ids are no sentences.
_SPOKEN = frozenset({"words", "note", "before", "now", "because"})
