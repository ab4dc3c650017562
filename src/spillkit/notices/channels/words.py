"""Write the notices of a mailing for a channel beside e-mail: without what is true of mail only.

In:    the story, letterheads, keys of codes, the day.
Out:   a notice as a Document, or as text; its code.
Else:  what is said is `structure`, how it is rendered `render`; mails are `spillkit.notices.writing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import msgspec
import pyarrow.compute as pc

from spillkit.law.books import read_books
from spillkit.notices.channels.channel import Addressed
from spillkit.notices.code import CodeKeys, code_keys, code_of, shown
from spillkit.notices.company import Company
from spillkit.notices.demands import Demands, demands_by_place
from spillkit.notices.document import Document
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import Ready
from spillkit.notices.reader import NOBODY
from spillkit.notices.render import Rendered, Renderer
from spillkit.notices.story import Story
from spillkit.notices.structure import company_words
from spillkit.notices.told import Told
from spillkit.notices.writing import authorities_by_id
from spillkit.settings import Workspace


class Words:
    """Writes the notices of one mailing.

    written_on   the day that stands on a letter
    demands      what the law prescribes where people live, by country and region
    authorities  official names, by the id that Told carries
    """

    def __init__(
        self,
        story: Story,
        company: Company,
        keys: CodeKeys,
        written_on: date,
        *,
        demands: Mapping[str, Demands] | None = None,
        authorities: Mapping[str, str] | None = None,
    ) -> None:
        self.company, self._keys = company, keys
        self._renderers = {
            entity: Renderer(
                story, letterhead, demands=demands, authorities=authorities, written_on=written_on, on_paper=True
            )
            for entity, letterhead in company.letterhead.items()
        }
        self._heads = {
            entity: "".join(f"{company_words(line)}\n" for line in letterhead.postal) + "\n" * bool(letterhead.postal)
            for entity, letterhead in company.letterhead.items()
        }

    def code(self, told: Told) -> str:
        """Return the code of a notice as a reader types it."""
        return shown(code_of(told.id, self._keys))

    def document(self, one: Addressed) -> Document:
        """Return a notice with every value marked as what it is. WordingError where there is no text for him."""
        return self._renderers[one.told.entity].document(one.told, self.code(one.told), one.reader)

    def text(self, one: Addressed) -> Rendered:
        """Return a notice as text without the postal head, and without its person's name: who reads it has signed in.

        Raises  WordingError where there is no text for him
        """
        reader = msgspec.structs.replace(one.reader, name=NOBODY.name)
        rendered = self._renderers[one.told.entity].render(one.told, self.code(one.told), reader)
        return msgspec.structs.replace(rendered, text=rendered.text.removeprefix(self._heads[one.told.entity]))


def words_of(ready: Ready, workspace: Workspace, made_at: datetime) -> Words:
    """Return what writes the notices of a mailing: the same notices each time, for the same time.

    made_at  when the second person signed; UTC
    """
    books = read_books()
    return Words(
        ready.story,
        ready.company,
        code_keys(derived_key(workspace.key(), "codes")),
        made_at.date(),
        demands=demands_by_place(books, made_at.date()),
        authorities=authorities_by_id(pc.unique(ready.told.column("authority")).to_pylist(), books),
    )
