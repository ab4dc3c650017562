"""Make the texts that a screen shows: samples of a mailing, and every text of a language.

In:    a mailing with ids of notices; a language.
Out:   Shown: documents with a made-up name and code in the place of the reader's.
Else:  what a notice says is `spillkit.notices`; the mail that leaves is `sending`; HTML is `notice_html`.

Nobody's name, address or code is read for a screen: a text is read before it is signed, and a reader is never needed for that.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib import resources

import msgspec
from django.utils.safestring import SafeString

from spillkit.law.books import Books
from spillkit.model import Field, ViewerKind
from spillkit.notices.company import EXAMPLE, read_company, read_story
from spillkit.notices.demands import demands_by_place
from spillkit.notices.prepared import Prepared, folder_of
from spillkit.notices.reader import Reader
from spillkit.notices.render import Renderer
from spillkit.notices.speaking import ENGLISH
from spillkit.notices.story import Done
from spillkit.notices.structure import write_statement
from spillkit.notices.told import Kind, Told
from spillkit.notices.told_rows import rows_by_id
from spillkit.notices.writing import authorities_of
from spillkit.settings import Workspace
from spillkit_server.notice_html import document_html

NAME = "Alex Example"
CODE = "00000-00000-00000"  # of no notice
_DONE = tuple((done, date(2026, 11, 20)) for done in Done)  # all that a notice may say of what was done


@dataclass(frozen=True, slots=True)
class Shown:
    """One notice, as a page shows it."""

    told: Told
    html: SafeString


def samples_of(workspace: Workspace, prepared: Prepared, books: Books) -> list[Shown]:
    """Return the samples of a mailing's plan, in the order of their languages.

    Raises  NoticesError if a file of the mailing is gone or damaged; WordingError where a text cannot be written
    """
    told = rows_by_id(workspace, prepared, prepared.plan.samples)
    renderers = renderers_of(workspace, prepared, told, books)
    reader = Reader(name=NAME)
    ordered = sorted(told, key=lambda one: (one.languages, one.entity, one.kind, one.id))
    return [Shown(one, document_html(renderers[one.entity].document(one, CODE, reader))) for one in ordered]


@dataclass(frozen=True, slots=True)
class Example:
    """One kind of text in a language, with made-up facts."""

    name: str  # of `notice_words.example_words`
    html: SafeString


def examples_of(language: str) -> list[Example]:
    """Return every kind of text in a language, one of `wording.LANGUAGES`, with facts that nobody lived through."""
    story = msgspec.structs.replace(read_story(EXAMPLE / "story.toml"), done=_DONE)
    letterhead = read_company(EXAMPLE / "notices.toml").letterhead["shop-eu"]
    renderer, reader = Renderer(story, letterhead), Reader(name=NAME)
    told = Told(
        id="",
        subjects=(),
        kind=Kind.AFFECTED,
        entity=letterhead.entity,
        country="",
        languages=(language,),
        fields=tuple(field.label for field in Field if field is not Field.RENDERED_FOR),
        first_at=story.first_at,
        last_at=story.last_at,
        viewers=tuple((kind.value, count) for count, kind in enumerate(sorted(ViewerKind), start=1)),
    )
    kinds = {
        "affected": told,
        "shared": msgspec.structs.replace(told, is_shared=True, fields=()),
        "correction": msgspec.structs.replace(told, kind=Kind.CORRECTION),
        "unaffected": msgspec.structs.replace(told, kind=Kind.UNAFFECTED, fields=(), viewers=()),
        "unintended-viewer": msgspec.structs.replace(told, kind=Kind.UNINTENDED_VIEWER, fields=(), viewers=()),
    }
    found = [Example(name, document_html(renderer.document(one, CODE, reader))) for name, one in kinds.items()]
    statement = write_statement(story, letterhead, (language,), told.fields)
    return [*found, Example("statement", document_html(statement))]


def sentences_of(language: str) -> list[tuple[str, str]]:
    """Return every sentence of a language beside the English one, in the order of the English; plural forms one by one."""
    english, own = _sentences(ENGLISH), _sentences(language)
    names = [*english, *(name for name in own if name not in english)]
    return [(english.get(name, ""), own.get(name, "")) for name in names]


def _sentences(language: str) -> dict[str, str]:
    text = resources.files("spillkit.notices.texts").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for group, phrases in tomllib.loads(text).items():
        if group == "head":
            found["head.below"] = phrases["below"]
            continue
        for name, words in phrases.items():
            forms = {"": words} if isinstance(words, str) else words
            found |= {f"{group}.{name}.{form}": words for form, words in forms.items()}
    return found


def renderers_of(workspace: Workspace, prepared: Prepared, told: Iterable[Told], books: Books) -> dict[str, Renderer]:
    """Return what writes the notices of a mailing, by legal entity. Raises as `samples_of`."""
    folder = folder_of(workspace, prepared.mailing)
    story, company = read_story(folder / "story.toml"), read_company(folder / "notices.toml")
    demands = demands_by_place(books, datetime.now(UTC).date())
    authorities = authorities_of(told, books)
    return {
        entity: Renderer(story, letterhead, demands=demands, authorities=authorities)
        for entity, letterhead in company.letterhead.items()
    }
