"""A mailing is kept as it was prepared, and refused where it is not that any more."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from spillkit.directory.remembering import remembered
from spillkit.errors import NoticesError
from spillkit.law.books import read_books
from spillkit.notices.company import EXAMPLE, read_company, read_story
from spillkit.notices.gather import Wishes
from spillkit.notices.holds import Known
from spillkit.notices.plain_list import read_plain_list
from spillkit.notices.plan import Measured, Pace, make_plan
from spillkit.notices.prepared import (
    VERSION,
    Prepared,
    folder_of,
    mailings_of,
    read_head,
    read_prepared,
    require_name,
    write_prepared,
)
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES
from spillkit.notices.writing import texts_digest
from spillkit.settings import Workspace, create_workspace

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """A workspace with the example mailing in it."""
    made = create_workspace(tmp_path / "spill")
    prepare(made)
    return made


def prepare(workspace: Workspace) -> Prepared:
    people = workspace.root / "people.csv"
    people.write_bytes((EXAMPLE / "people.csv").read_bytes())
    company, story = read_company(EXAMPLE / "notices.toml"), read_story(EXAMPLE / "story.toml")
    wishes = Wishes(story.campaign, company.letterhead, frozenset(LANGUAGES), Known(signed=frozenset(LANGUAGES)))
    found = read_plain_list(str(people), wishes, read_books(), workspace.key(), NOW)
    plan = make_plan(
        found.gathered.told, Measured(3, 3), company.letterhead, texts_digest(story), Pace(1000), story.campaign, NOW
    )
    prepared = Prepared(
        version=VERSION,
        mailing="2026-11-cache",
        kind=Kind.AFFECTED,
        incident=None,
        lists=(remembered(found.mapped),),
        unread=(),
        prepared_at=NOW,
        plan=plan,
    )
    story_bytes, company_bytes = ((EXAMPLE / name).read_bytes() for name in ("story.toml", "notices.toml"))
    write_prepared(workspace, prepared, found.gathered.told, story_bytes, company_bytes)
    return prepared


def test_what_was_prepared_is_read_again_and_its_list_is_opened(workspace: Workspace) -> None:
    ready = read_prepared(workspace, "2026-11-cache")
    assert ready.prepared == prepare(workspace)  # Twice the same.
    assert ready.told.num_rows == ready.prepared.plan.notices + ready.prepared.plan.held
    assert mailings_of(workspace) == ["2026-11-cache"]
    lists, id_key = ready.lists(workspace)
    assert len(lists) == 1
    assert id_key is None
    assert sum(batch.rows.num_rows for batch in lists[0].source.batches()) >= ready.told.num_rows


def test_no_name_and_no_address_is_kept(workspace: Workspace) -> None:
    cast = [b"Ann", b"Roe", b"Ben", b"Poe", b"ann@", b"ben@", b"mail.example"]
    folder = folder_of(workspace, "2026-11-cache")
    for path in folder.iterdir():
        content = path.read_bytes()
        assert not [name for name in cast if name in content], path.name
        assert path.stat().st_mode & 0o007 == 0 or folder.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", ["story.toml", "notices.toml"])
def test_a_changed_file_is_not_sent(workspace: Workspace, name: str) -> None:
    path = folder_of(workspace, "2026-11-cache") / name
    path.write_text(path.read_text().replace("2026-11-20", "2026-11-19").replace("Example Shop", "Other Shop"))
    with pytest.raises(NoticesError, match="not what was planned any more"):
        read_prepared(workspace, "2026-11-cache")


def test_rows_of_another_plan_are_not_sent(workspace: Workspace) -> None:
    folder = folder_of(workspace, "2026-11-cache")
    ready = read_prepared(workspace, "2026-11-cache")
    import pyarrow.parquet as pq

    pq.write_table(ready.told.slice(1), folder / ready.prepared.told_file)
    with pytest.raises(NoticesError, match="a file was changed"):
        read_prepared(workspace, "2026-11-cache")
    (folder / ready.prepared.told_file).write_bytes(b"no parquet")
    with pytest.raises(NoticesError, match="gone or damaged"):
        read_prepared(workspace, "2026-11-cache")


def test_what_is_missing_or_damaged_is_said(workspace: Workspace) -> None:
    with pytest.raises(NoticesError, match="Prepared: 2026-11-cache"):
        read_head(workspace, "2026-12-other")
    (folder_of(workspace, "2026-11-cache") / "prepared.json").write_bytes(b"{")
    with pytest.raises(NoticesError, match="cannot be read"):
        read_head(workspace, "2026-11-cache")


@pytest.mark.parametrize("name", ["", "../x", "a/b", "keys", ".hidden", "x" * 61, "a b", "ann@mail.example"])
def test_a_name_that_is_none(name: str) -> None:
    with pytest.raises(NoticesError, match="name of a mailing"):
        require_name(name)
