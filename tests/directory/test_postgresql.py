"""A customer list in a real PostgreSQL, from Debian's packages."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from spillkit.directory import open_source
from spillkit.errors import DirectoryError
from tests.directory.conftest import Desk

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(
        not BINARIES, reason="PostgreSQL's server is not installed (Debian: apt-get install postgresql)"
    ),
]

TABLE = """
CREATE TABLE people (id bigint, who text, mails text[], born date, made numeric, uid uuid, extra jsonb);
INSERT INTO people VALUES
 (1001, 'Zoë Müller', ARRAY['zoe@example.org', 'z.m@example.net'], '1990-01-02', 1.5, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{}'),
 (1002, 'Jānis Bērziņš', NULL, NULL, NULL, NULL, NULL);
CREATE ROLE shop LOGIN PASSWORD 'hunter2';
GRANT SELECT ON people TO shop;
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start PostgreSQL on a socket of its own; the folder of that socket is what comes back."""
    # Sockets' paths must be short, and the server's user must reach the folder: pytest's own is for its owner alone.
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="spill-pg-"))
    as_server: list[str] = []
    if os.geteuid() == 0:  # The server refuses to run as root.
        shutil.chown(folder, "postgres", "postgres")
        as_server = ["runuser", "-u", "postgres", "--"]

    def run(program: str, *arguments: str, **more: str) -> None:
        command = [*as_server, str(BINARIES[-1] / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, text=True, cwd=folder, timeout=120, **more)

    data = folder / "data"
    run("initdb", "-D", str(data), "-U", "owner", "--auth=trust", "--encoding=UTF8", "--no-sync")
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-o", options, "-w", "start")
    try:
        run("psql", "-h", str(folder), "-U", "owner", "-d", "postgres", "-v", "ON_ERROR_STOP=1", input=TABLE)
        yield str(folder)
    finally:
        run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def uri(server: str) -> str:
    return f"postgresql://shop:hunter2@/postgres?host={server}"


def test_people_are_added_by_a_query(desk: Desk, server: str) -> None:
    sql = "SELECT id, who, mails, uid, made FROM people ORDER BY id;"
    added = desk.add(uri(server), said=["name=who", "email=mails", "ignore=uid"], opening={"sql": sql})
    assert (added.people, added.bad.counts.total()) == (2, 0)
    assert desk.found_in("Müller, Zoë") == ["1001"]
    assert desk.found_in("z.m@example.net") == ["1001"]
    assert desk.found_in("Jānis Bērziņš") == ["1002"]


def test_the_password_is_used_and_never_kept(desk: Desk, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.add(uri(server) + "&table=people", said=["name=who", "email=mails", "ignore=uid"])
    assert not any(b"hunter2" in file.read_bytes() for file in desk.files())
    monkeypatch.setenv("PGPASSWORD", "hunter2")
    [(subject, _)] = desk.directory().read_rows(["1002"])
    assert subject == "1002"


def test_a_query_that_fails_quotes_no_row(server: str) -> None:
    for sql in ("SELECT nothing FROM people", "SELECT id, CAST(who AS integer) AS n FROM people"):
        with pytest.raises(DirectoryError, match="refused") as caught:
            list(open_source(uri(server), sql=sql).batches())
        assert "Zoë" not in str(caught.value)
        assert "hunter2" not in str(caught.value)
