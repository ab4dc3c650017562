"""A few rows of a mailing are those that reading all of it would give."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.errors import NoticesError
from spillkit.model import SubjectId
from spillkit.notices.prepared import read_head, read_prepared
from spillkit.notices.told_rows import first_on_hold, rows_by_id, rows_of_account, rows_on_hold, told_file
from spillkit.notices.told_table import rows_of
from tests.notices.mailed import MAILING, mailed

# Every third account has no address, and so is on hold.
PEOPLE = "id,email,name,country,language,entity,fields\n" + "".join(
    f"c_{number},{'' if number % 3 == 0 else f'p{number}@mail.example'},P,FR,fr,shop-eu,name\n" for number in range(60)
)


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    workspace = mailed(tmp_path_factory.mktemp("rows"), people=PEOPLE.encode())
    return workspace, read_head(workspace, MAILING), list(rows_of(read_prepared(workspace, MAILING).told))


@given(places=st.sets(st.integers(0, 59)), other=st.text(max_size=30))
@settings(max_examples=30, deadline=None)
def test_rows_by_id_and_by_account_are_those_of_the_whole(found, places, other):
    workspace, head, told = found
    wanted = [told[place] for place in sorted(places)]
    assert rows_by_id(workspace, head, [*(one.id for one in wanted), other]) == wanted
    for one in wanted[:3]:
        assert rows_of_account(workspace, head, one.subjects[0]) == [one]
    known = {subject for one in told for subject in one.subjects}
    assert rows_of_account(workspace, head, SubjectId(other)) == [] or other in known


def test_who_is_on_hold_is_all_of_them_or_the_first(found):
    workspace, head, told = found
    held = [one for one in told if one.hold is not None]
    assert len(held) == 20
    assert list(rows_of(rows_on_hold(workspace, head).sort_by("id"))) == held
    assert first_on_hold(workspace, head, 7) == held[:7]
    assert first_on_hold(workspace, head, 100) == held


def test_rows_that_are_gone_are_said_to_be_gone(tmp_path):
    workspace = mailed(tmp_path, people=PEOPLE.encode())
    head = read_head(workspace, MAILING)
    told_file(workspace, head).write_bytes(b"PAR1 and then nothing")
    for asked in (
        lambda: rows_by_id(workspace, head, ["n"]),
        lambda: rows_on_hold(workspace, head),
        lambda: first_on_hold(workspace, head, 3),
        lambda: rows_of_account(workspace, head, SubjectId("c_1")),
    ):
        with pytest.raises(NoticesError, match="gone or damaged"):
            asked()
