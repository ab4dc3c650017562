"""Bring the room's catalogues in line with its words: new strings in, gone ones out, all compiled.

    .venv/bin/python tools/make_catalogues.py          rewrite locale/*/LC_MESSAGES/django.po and .mo
    .venv/bin/python tools/make_catalogues.py --missing LANGUAGE   print what has no translation yet

Strings come from the room's Python files and templates, from the sentences of the library that the room says, and from the words
that books of law share.
Babel reads and writes the files, so that no gettext is needed on the machine.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).parent.parent
SERVER = ROOT / "src" / "spillkit_server"
LIBRARY = ROOT / "src" / "spillkit"
LOCALE = SERVER / "locale"
LANGUAGES = ("fr", "it", "de", "es", "ar")
KEYWORDS = {
    "_": None,
    "noop": None,
    "gettext": None,
    "ngettext": (1, 2),
    "gettext_lazy": None,
    "gettext_noop": None,
    "pgettext": ((1, "c"), 2),
    # The library's: sentences of a Voice, and refusals.
    "say": None,
    "several": (1, 2),
    "CaseError": None,
    "NotAllowed": None,
    "SecondNeeded": None,
    "ChangedSince": None,
    "NotNow": None,
    "NotTaken": None,
    "KeptErased": None,
    "_sign": None,  # names of signs: spillkit.cause.decide
}


def strings() -> Iterator[tuple[str, int, str | tuple[str, ...]]]:
    """Yield file, line and message of every string of the room."""
    from django.conf import settings

    settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    for path in sorted(SERVER.rglob("*.py")):
        yield from _from_python(path, path.read_bytes())
    for path in sorted((SERVER / "templates").rglob("*.html")):
        code = templatize(path.read_text(encoding="utf-8"), origin=str(path))
        yield from _from_python(path, code.encode())
    for folder in ("case", "scope"):
        for path in sorted((LIBRARY / folder).rglob("*.py")):
            yield from _from_python(path, path.read_bytes())
    signs = LIBRARY / "cause" / "decide.py"
    yield from _from_python(signs, signs.read_bytes())
    for message in (*_sentences(), *_words_of_books()):
        yield "spillkit", 0, message


def _sentences() -> Iterator[str | tuple[str, ...]]:
    """Yield the sentences of the library that stand in tables."""
    from spillkit.case.questions import PHASES, REPORT_STATES, WHY_UNKNOWN
    from spillkit.case.words import DOING_WORDS, KIND_WORDS, SENTENCES
    from spillkit.cause.decide import TO_LOG
    from spillkit.cause.facts import COUNTED as COUNTED_FACTS
    from spillkit.cause.facts import FACTS
    from spillkit.law.clocks import ARGUED
    from spillkit.law.facts_file import ODD
    from spillkit.law.phrases import COUNTED, MILESTONES, PHRASES
    from spillkit.model import Field
    from spillkit.notices.holds import REASONS
    from spillkit.scope.cause_answers import VERDICTS
    from spillkit.scope.cause_words import CAUSE_MEANING, CAUSE_WORDS
    from spillkit.scope.questions import LATER, QUESTIONS, VIEWER_KINDS
    from spillkit.voice import SENTENCES as JOINING

    tables = (
        SENTENCES,
        KIND_WORDS,
        DOING_WORDS,
        PHRASES,
        MILESTONES,
        WHY_UNKNOWN,
        PHASES,
        REPORT_STATES,
        CAUSE_WORDS,
        CAUSE_MEANING,
    )
    for table in (*tables, TO_LOG, FACTS, REASONS):
        yield from (text for text in table.values() if text != "{ask}")
    yield from (*QUESTIONS, *LATER.values(), *VERDICTS.values(), *JOINING, *ARGUED, *ODD)
    yield from (word for pair in VIEWER_KINDS.values() for word in pair)
    yield from (*COUNTED.values(), *COUNTED_FACTS.values())
    yield from (field.label for field in Field)


def _words_of_books() -> Iterator[str]:
    """Yield the words that books of law share, and the names of places that are no country."""
    from spillkit.law.books import read_books

    books = read_books()
    for question in books.questions.values():
        yield question.ask
        if question.help:
            yield question.help
    for name, kind in books.fields.items():
        yield from (name, kind.words)
    yield from books.sectors.values()
    yield from dict.fromkeys(rule.order for rule in books.rules.values() if rule.order)
    yield from (book.name for code, book in books.jurisdictions.items() if len(code) > 2 or code == "EU")


def _from_python(path: Path, code: bytes) -> Iterator[tuple[str, int, str | tuple[str, ...]]]:
    for line, message, _comments, _context in extract("python", io.BytesIO(code), keywords=KEYWORDS):
        if message:
            yield str(path.relative_to(ROOT)), line, message


def catalogue(language: str) -> Catalog:
    """Return the catalogue of a language with every string of the room, translated where it was."""
    path = LOCALE / language / "LC_MESSAGES" / "django.po"
    before = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            before = read_po(file, locale=language)
    now = Catalog(locale=language, project="Spillkit", charset="utf-8", fuzzy=False)
    for _file, _line, message in strings_once():
        now.add(message, flags=_flags(message))
    for message in now:
        known = before.get(message.id if isinstance(message.id, str) else message.id[0])
        if message.id and known is not None and known.id == message.id:
            message.string = known.string
    return now


def _flags(message: str | tuple[str, ...]) -> tuple[str, ...]:
    text = message if isinstance(message, str) else message[0]
    return ("python-format",) if "%(" in text else ()


_FOUND: list[tuple[str, int, str | tuple[str, ...]]] = []


def strings_once() -> list[tuple[str, int, str | tuple[str, ...]]]:
    if not _FOUND:
        _FOUND.extend(strings())
    return _FOUND


def missing(now: Catalog) -> list[str | tuple[str, ...]]:
    """Return what has no translation."""
    return [
        message.id
        for message in now
        if message.id and not (message.string if isinstance(message.string, str) else all(message.string or [""]))
    ]


def write(language: str, now: Catalog) -> None:
    folder = LOCALE / language / "LC_MESSAGES"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "django.po").open("wb") as file:
        write_po(file, now, width=120, omit_header=False, sort_output=True, include_lineno=False, no_location=True)
    with (folder / "django.mo").open("wb") as file:
        write_mo(file, now)


def main() -> None:
    if sys.argv[1:2] == ["--missing"]:
        for message in missing(catalogue(sys.argv[2])):
            print(message if isinstance(message, str) else " ||| ".join(message))
        return
    for language in LANGUAGES:
        now = catalogue(language)
        write(language, now)
        print(f"{language}: {len(now)} strings, {len(missing(now))} without a translation")


if __name__ == "__main__":
    main()
