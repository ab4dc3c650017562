"""A story that says other figures than were measured is refused with both; whoever was told all of it is not written to again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from spillkit.errors import NoticesError
from spillkit.notices.company import EXAMPLE, read_company, read_story
from spillkit.notices.delta import Because
from spillkit.notices.holds import Known
from spillkit.notices.plan import Measured
from spillkit.notices.preparing import Wanted, check_story, correct, put_together
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES
from spillkit.settings import create_workspace
from tests.notices.written import story

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_story_says_what_was_measured():
    check_story(story(), Measured(988, 1014), 1)
    for measured, said in ((Measured(980, 1014), "980 confirmed"), (Measured(988, None), "no upper bound")):
        with pytest.raises(NoticesError, match=f"988 confirmed and at most 1,014; incident 1 .*{said}"):
            check_story(story(), measured, 1)


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "people.csv").write_bytes((EXAMPLE / "people.csv").read_bytes())
    return create_workspace(tmp_path / "spill")


def wanted(workspace):
    return Wanted(
        company=read_company(EXAMPLE / "notices.toml"),
        story=read_story(EXAMPLE / "story.toml"),
        people=str(workspace.root.parent / "people.csv"),
        known=Known(signed=frozenset(LANGUAGES)),
    )


def test_a_correction_goes_to_those_alone_who_were_told_less(workspace):
    asked = wanted(workspace)
    draft = put_together(workspace, asked, Measured(3, 3), NOW)
    assert (draft.kind, draft.plan.notices) == (Kind.AFFECTED, 3)
    assert correct(workspace, draft, [draft.told], "c-correction-1", asked, NOW) is None
    found = correct(workspace, draft, [draft.told.slice(1)], "c-correction-1", asked, NOW)
    assert found is not None
    assert (found.kind, found.plan.notices, found.unchanged, dict(found.because)) == (
        Kind.CORRECTION, 1, 2, {Because.NEW: 1},
    )  # fmt: skip
    assert found.told.column("subjects").to_pylist() == draft.told.slice(0, 1).column("subjects").to_pylist()
    assert found.told.column("id")[0].as_py() not in draft.told.column("id").to_pylist()


def test_more_people_than_were_measured_are_refused(workspace):
    with pytest.raises(NoticesError, match="at most 2 were measured"):
        put_together(workspace, wanted(workspace), Measured(2, 2), NOW)
