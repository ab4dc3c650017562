"""The example's mailing, prepared in a workspace, and its mails as they leave."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from spillkit.directory.remembering import remembered
from spillkit.law.books import read_books
from spillkit.notices.addressees import read_addressees
from spillkit.notices.company import EXAMPLE, read_company, read_story
from spillkit.notices.gather import Wishes
from spillkit.notices.holds import Known
from spillkit.notices.keys import make_keys
from spillkit.notices.marks import derived_key
from spillkit.notices.plain_list import read_plain_list
from spillkit.notices.plan import Measured, Pace, make_plan
from spillkit.notices.prepared import VERSION, Prepared, read_prepared, write_prepared
from spillkit.notices.told import Kind
from spillkit.notices.told_table import rows_of
from spillkit.notices.wording import LANGUAGES
from spillkit.notices.writing import texts_digest
from spillkit.settings import Workspace, create_workspace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAILING = "2026-11-cache"


def mailed(folder: Path, mailing: str = MAILING, people: bytes | None = None) -> Workspace:
    """Prepare a mailing in a new workspace, with keys that sign.

    people  a plain list; None: the example's
    """
    workspace = create_workspace(folder / "spill")
    prepare(workspace, mailing, people)
    return workspace


def prepare(workspace: Workspace, mailing: str = MAILING, people: bytes | None = None) -> None:
    listed = workspace.root.parent / f"{mailing}.csv"
    listed.write_bytes(people if people is not None else (EXAMPLE / "people.csv").read_bytes())
    letters = (EXAMPLE / "notices.toml").read_text(encoding="utf-8")
    letters = re.sub(r'\nselector = ".*"', "", letters).rstrip() + '\nselector = "notices2026"\n'
    (workspace.root.parent / "notices.toml").write_text(letters, encoding="utf-8")
    company, story = read_company(workspace.root.parent / "notices.toml"), read_story(EXAMPLE / "story.toml")
    make_keys(workspace.root, company, "shop-eu")
    wishes = Wishes(story.campaign, company.letterhead, frozenset(LANGUAGES), Known(signed=frozenset(LANGUAGES)))
    found = read_plain_list(str(listed), wishes, read_books(), workspace.key(), NOW)
    told = found.gathered.told
    plan = make_plan(
        told, Measured(told.num_rows, None), company.letterhead, texts_digest(story), Pace(1000), story.campaign, NOW
    )
    prepared = Prepared(
        version=VERSION, mailing=mailing, kind=Kind.AFFECTED, incident=None, lists=(remembered(found.mapped),), unread=(),
        prepared_at=NOW, plan=plan,
    )  # fmt: skip
    write_prepared(workspace, prepared, told, (EXAMPLE / "story.toml").read_bytes(), letters.encode())


def mails_of(workspace: Workspace, mailing: str = MAILING) -> dict[str, bytes]:
    """Return the mails of a mailing as they leave, by the address to which each goes."""
    ready = read_prepared(workspace, mailing)
    writer = ready.writer(workspace, NOW)
    lists, id_key = ready.lists(workspace)
    told = [one for one in rows_of(ready.told) if one.hold is None]
    addressed = read_addressees(lists, told, derived_key(workspace.key(), "marks"), id_key)
    return {to.address: writer.post(one, to).data for one, to in addressed}
