"""Start, reload and end the tracker under gunicorn and nginx before it.

In:    a tracker home and a work folder.
Out:   two servers on loopback for as long as the `with` block runs; both are ended whatever happens in it.
Else:  what nginx is told is `cache_rules`; what gunicorn serves is `served`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cache_rules import nginx_conf
from tracker_home import HOST


class MissingProgramError(Exception):
    """A program that pip cannot install is not on this machine; the message says what to do."""


@dataclass(slots=True)
class Servers:
    """The two running servers."""

    port: int  # nginx, on 127.0.0.1
    folder: Path  # logs and temporary files
    notes: Path  # what `served` wrote down
    _nginx: subprocess.Popen
    _tracker_port: int

    def set_cache(self, *, faulty: bool) -> None:
        """Change nginx's rules as an operator does: new file, reload, no restart. Answers kept so far stay in the cache."""
        _write_conf(self.folder, self.port, self._tracker_port, faulty)
        self._nginx.send_signal(signal.SIGHUP)
        time.sleep(0.7)  # The old worker finishes what it holds; nobody is asking meanwhile.


def find_nginx() -> str:
    """Return where nginx is, or say how to get it."""
    found = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/sbin")
    if not found:
        raise MissingProgramError(
            "nginx is not installed. On Debian or Ubuntu: apt-get install nginx-light (or nginx), "
            "then run this again. It is started with a configuration of its own; a system nginx is left alone."
        )
    return found


@contextmanager
def serve(home: Path, folder: Path, *, faulty_cache: bool) -> Iterator[Servers]:
    """Serve a tracker behind nginx.

    home           the tracker's folder
    folder         where both servers may write; made anew
    faulty_cache   how the cache is set at first
    Raises         RuntimeError with the end of the log where a server does not come up within 30 seconds
    """
    shutil.rmtree(folder, ignore_errors=True)
    notes = folder / "notes"
    notes.mkdir(parents=True)
    (folder / "cache").mkdir()
    nginx_path = find_nginx()
    port, tracker_port = _free_ports(2)
    _write_conf(folder, port, tracker_port, faulty_cache)
    here = Path(__file__).parent
    environment = {
        **os.environ,
        "TRACKER_HOME": str(home),
        "TRACKER_NOTES": str(notes),
        "PYTHONPATH": str(here),
        "PYTHONDONTWRITEBYTECODE": "1",
        "TZ": "UTC",
    }
    running: list[subprocess.Popen] = []
    try:
        with (folder / "gunicorn.log").open("wb") as log:
            running.append(
                subprocess.Popen(
                    [
                        sys.executable,
                        "-m",
                        "gunicorn",
                        "--bind",
                        f"127.0.0.1:{tracker_port}",
                        "--workers",
                        "2",
                        "--no-control-socket",
                        "--worker-tmp-dir",
                        str(folder),
                        "--keep-alive",
                        "5",
                        "--timeout",
                        "60",
                        "served:application",
                    ],
                    cwd=folder,
                    env=environment,
                    stdout=log,
                    stderr=log,
                )
            )
        _await(tracker_port, running[-1], folder / "gunicorn.log")
        with (folder / "nginx.log").open("wb") as log:
            # As root nginx would hand its folders to nobody, who may not enter ours.
            user = ["-g", "user root;"] if os.geteuid() == 0 else []
            running.append(
                subprocess.Popen(
                    [nginx_path, "-p", str(folder), "-c", str(folder / "nginx.conf"), *user], stdout=log, stderr=log
                )
            )
        _await(port, running[-1], folder / "nginx.log")
        yield Servers(port, folder, notes, running[-1], tracker_port)
    finally:
        for process in reversed(running):
            _end(process)


def _write_conf(folder: Path, port: int, tracker_port: int, faulty: bool) -> None:
    (folder / "nginx.conf").write_text(
        nginx_conf(folder, host=HOST, port=port, tracker_port=tracker_port, faulty=faulty), "utf-8"
    )


def _free_ports(count: int) -> list[int]:
    """Return ports that nobody listened on a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _await(port: int, process: subprocess.Popen, log: Path) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(
        f"{log.stem} does not answer on 127.0.0.1:{port}. The end of its log:\n"
        + log.read_text("utf-8", "replace")[-2000:]
    )


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
