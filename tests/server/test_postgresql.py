"""The room on a real PostgreSQL, from Debian's packages."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from tests.server.conftest import make_workspace
from tests.server.postgresql import BINARIES, serve_postgresql
from tests.server.rooms import serve

pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(not BINARIES, reason="needs PostgreSQL's server (Debian: apt-get install postgresql)"),
]


@pytest.fixture(scope="module")
def database():
    with serve_postgresql() as address:
        yield address


@pytest.fixture(scope="module")
def room(database, tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("pg")), SPILLKIT_DATABASE=database) as served:
        yield served


def test_an_incident_is_opened_and_its_aware_time_signed_by_two(room):
    officer, counsel = room.somebody("officer"), room.somebody("counsel")
    number = officer.open_incident()
    room.let_in(number, counsel)
    answer = officer.act(
        number, "propose-aware", aware_at="2026-11-20T09:30", zone="Europe/Rome", reason="Support saw it."
    )
    assert answer.status_code == 302
    proposal = re.findall(r'name="proposal" value="([^"]+)"', counsel.get(f"/incidents/{number}/").text)[0]
    assert counsel.act(number, "sign", proposal=proposal).status_code == 302
    page = officer.get(f"/incidents/{number}/").text
    assert "Signed by <bdi>officer-one</bdi> and <bdi>counsel-one</bdi>" in page
    assert page.count('id="question-') == 14
    assert not (room.workspace / "room" / "room.sqlite3").exists()


def test_those_who_write_at_once_wait_for_each_other(room):
    officer, counsel = room.somebody("officer"), room.somebody("counsel")
    number = officer.open_incident()
    room.let_in(number, counsel)
    answers = []

    def write(person, place):
        answers.append(person.act(number, "note", "timeline/", words=f"note {place} of twelve").status_code)

    threads = [threading.Thread(target=write, args=((officer, counsel)[n % 2], n)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [302] * 12
    page = officer.get(f"/incidents/{number}/record/").text
    assert page.count(">note-added<") == 12
    assert "NO: one of the two was changed" not in page


def test_a_database_that_goes_away_in_the_middle_is_said_and_loses_nothing(room, database):
    officer = room.somebody("officer")
    number = officer.open_incident()
    shown = officer.get(f"/incidents/{number}/").text
    import psycopg

    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = 'postgres'"
        )
    answer = officer.get(f"/incidents/{number}/")
    if answer.status_code == 500:  # The connection was gone; the next request makes a new one.
        assert "Traceback" not in answer.text
        answer = officer.get(f"/incidents/{number}/")
    assert answer.status_code == 200
    assert shown.count('id="question-') == answer.text.count('id="question-') == 14


def test_an_erased_text_is_in_no_table_file_of_the_database(room, database):
    """The files of the tables alone: the write-ahead log of PostgreSQL keeps it until it is recycled, as the docs say."""
    import subprocess
    import sys

    import psycopg

    text = "Jane Roe-Whitby phoned from Larkhill"
    officer = room.somebody("officer")
    number = officer.open_incident()
    assert officer.act(number, "note", "timeline/", words=text).status_code == 302
    [line] = [
        line for line in officer.get(f"/incidents/{number}/timeline/").text.split('<li id="event-') if text in line
    ]
    case_id = re.findall(r"--case (\S+)", officer.get(f"/incidents/{number}/record/").text)[0]
    with psycopg.connect(database, autocommit=True) as connection:
        folder = connection.execute("SHOW data_directory").fetchone()[0]

        def holding():
            connection.execute("CHECKPOINT")
            return [
                path
                for path in Path(folder, "base").rglob("*")
                if path.is_file() and text.encode() in path.read_bytes()
            ]

        assert holding(), "else this test could not fail"
        place = line.partition('"')[0]
        name = f"case/{case_id}/{place}"
        program = [sys.executable, "-m", "spillkit", "record", "erase", name, "--yes", "--json"]
        done = subprocess.run(program, env=room.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert holding() == []
    assert text not in officer.get(f"/incidents/{number}/timeline/").text
