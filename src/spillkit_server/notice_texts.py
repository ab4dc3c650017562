"""Make the texts that a screen shows: samples of a mailing, and every text of a language.

In:    a mailing with ids of notices; a language.
Out:   Shown: documents with a made-up name and code in the place of the reader's.
Else:  what a notice says is `spillkit.notices`; the mail that leaves is `sending`; HTML is `notice_html`.

Nobody's name, address or code is read for a screen: a text is read before it is signed, and a reader is never needed for that.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from django.utils.safestring import SafeString

from spillkit.law.books import Books
from spillkit.notices.company import read_company, read_story
from spillkit.notices.prepared import Prepared, folder_of
from spillkit.notices.render import Renderer
from spillkit.notices.story import Story
from spillkit.notices.structure import Reader, demands_by_place
from spillkit.notices.told import Told
from spillkit.notices.told_rows import rows_by_id
from spillkit.notices.writing import authorities_of
from spillkit.settings import Workspace
from spillkit_server.notice_html import document_html

NAME = "Alex Example"
CODE = "00000-00000-00000"  # of no notice


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


def story_of(workspace: Workspace, prepared: Prepared) -> Story:
    """Return what a mailing says to everybody. NoticesError as `samples_of`."""
    return read_story(folder_of(workspace, prepared.mailing) / "story.toml")
