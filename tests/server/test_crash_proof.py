"""A hundred thousand notices while everything breaks: nobody has two, nobody has none, and held is what nobody can know."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

NOTICES = 100_000


@pytest.mark.slow
def test_through_kills_lost_answers_and_a_restored_database_everybody_is_told_once():
    command = [sys.executable, "-m", "bench.notices_crash", str(NOTICES), "--kills", "20"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "told twice 0, never 0" in done.stdout
    assert f"accepted {NOTICES}" in done.stdout
    assert done.stdout.count("NotReconciled") == 2, "both senders refuse the restored database"
    assert "SIMULATION" in done.stdout
    held = int(re.search(r"held / bounced +\d+ / (\d+)", done.stdout)[1])
    lost, killed = map(int, re.search(r"lost by the server (\d+); by a kill [a-z ]+ (\d+)", done.stdout).groups())
    assert held == lost + killed
    assert lost > 50, "nothing was put to the test"
