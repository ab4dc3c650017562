"""A case is added up from its rows only while they are whole."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import msgspec
import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import serve

FORGET = "UPDATE spillkit_server_caserow SET state = x'' WHERE number = ?"
OF_CASE = "case_id = (SELECT id FROM spillkit_server_caserow WHERE number = ?)"
LOSE = "DELETE FROM spillkit_server_eventrow WHERE number = 2 AND " + OF_CASE
LOSE_WORDS = (
    f"DELETE FROM spillkit_server_textrow WHERE event_id IN (SELECT id FROM spillkit_server_eventrow WHERE {OF_CASE})"
)


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("whole"))) as served:
        yield served


def test_a_case_is_added_up_again_as_it_was_and_not_where_an_event_is_lost(own_room):
    officer = own_room.somebody("officer")
    number = officer.open_incident()
    for words in ("one", "two", "three"):
        assert officer.act(number, "note", "timeline/", words=words).status_code == 302
    page = f"/incidents/{number}/timeline/"
    before = officer.get(page)
    [database] = own_room.workspace.rglob("room.sqlite3")
    with closing(sqlite3.connect(database, timeout=20)) as rows:
        with rows:
            rows.execute(FORGET, (number,))
        again = officer.get(page)
        assert again.status_code == 200
        assert again.text.count('<li id="event-') == before.text.count('<li id="event-') >= 4
        with rows:
            rows.execute("PRAGMA foreign_keys = OFF")
            rows.execute(FORGET, (number,))
            rows.execute(LOSE_WORDS, (number,))
            rows.execute(LOSE, (number,))
    refused = officer.get(page)
    assert refused.status_code == 500
    assert "event 2" in refused.text.lower()  # Which one is said, and what to do now.
    assert '<li id="event-' not in refused.text  # Nothing is shown of a case that is not whole.


def test_what_an_older_folding_kept_is_made_anew_though_it_can_be_read(own_room):
    officer = own_room.somebody("officer")
    number = officer.open_incident()
    page = f"/incidents/{number}/"
    [database] = own_room.workspace.rglob("room.sqlite3")
    with closing(sqlite3.connect(database, timeout=20)) as rows:
        [kept] = rows.execute("SELECT state FROM spillkit_server_caserow WHERE number = ?", (number,)).fetchone()
        kept = msgspec.json.decode(kept)
        kept["case"]["title"] = "An older reading"
        for folding, is_shown in ((kept["folding"], True), (kept["folding"] - 1, False)):
            kept["folding"] = folding
            with rows:
                rows.execute(
                    "UPDATE spillkit_server_caserow SET state = ? WHERE number = ?", (msgspec.json.encode(kept), number)
                )
            assert ("An older reading" in officer.get(page).text) is is_shown
