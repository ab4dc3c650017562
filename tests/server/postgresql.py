"""A real PostgreSQL from Debian's packages, on a port of its own, for as long as somebody needs it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.rooms import free_port

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin")) if Path("/usr/lib/postgresql").is_dir() else []


@contextmanager
def serve_postgresql() -> Iterator[str]:
    """Start PostgreSQL; give its address as the room takes it."""
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
