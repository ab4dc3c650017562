"""The tables that migrations make are the tables that the room's code knows."""

from __future__ import annotations

import os
import subprocess
import sys

from spillkit.cli import main


def test_no_table_waits_for_a_migration(tmp_path):
    workspace = tmp_path / "spill"
    assert main(["-w", str(workspace), "init"]) == 0
    environment = {
        **os.environ,
        "SPILLKIT_WORKSPACE": str(workspace),
        "DJANGO_SETTINGS_MODULE": "spillkit_server.settings",
    }
    command = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "spillkit_server"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
