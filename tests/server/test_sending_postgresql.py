"""Two senders on a real PostgreSQL: killed, and on a database that was dumped and restored under them."""

from __future__ import annotations

import subprocess
import sys

from tests.server.test_postgresql import database, pytestmark  # noqa: F401 - a fixture, and where it can run


def test_on_postgresql_too_everybody_is_told_once(database):  # noqa: F811 - the fixture
    command = [
        sys.executable,
        "-m",
        "bench.notices_crash",
        "300",
        "--kills",
        "4",
        "--lose",
        "0.02",
        "--database",
        database,
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "told twice 0, never 0" in done.stdout
    assert done.stdout.count("NotReconciled") == 2
