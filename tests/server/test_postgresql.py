"""The room on a real PostgreSQL, from Debian's packages."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
from pathlib import Path

import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import free_port, serve

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []
pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(not BINARIES, reason="needs PostgreSQL's server (Debian: apt-get install postgresql)"),
]


@pytest.fixture(scope="module")
def database():
    """Start PostgreSQL on a port of its own; its address as the room takes it."""
    folder, port = Path(tempfile.mkdtemp(prefix="spill-pg-")), free_port()
    as_server: list[str] = []
    if os.geteuid() == 0:  # The server refuses to run as root.
        shutil.chown(folder, "postgres", "postgres")
        as_server = ["runuser", "-u", "postgres", "--"]

    def run(program, *arguments):
        command = [*as_server, str(BINARIES[-1] / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, timeout=120)

    data = folder / "data"
    run("initdb", "-D", str(data), "-U", "room", "--auth=trust", "--encoding=UTF8", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        yield f"postgres://room:unused@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


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
