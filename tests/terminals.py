"""Terminals in which a tutorial is typed: one that remembers where it is, and others in which servers run.

In:    a folder.
Out:   Terminals: blocks that are typed; what each terminal printed as a link.
Else:  reading the page is `followed`; what must come of it is said by the test that follows it.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.server.rooms import free_port

# What goes on until Ctrl-C, the terminal that it runs in, and the option that names its port; "": the environment does.
SERVERS = {
    "spillkit serve --incident": ("first", ""),
    "spillkit notify catch": ("third", " --port {port}"),
    "python -m spillkit_portal serve": ("fourth", " --port {port}"),
}
_START = re.compile(r"http://localhost:\d+/start/\S+")
_LINK = re.compile(r"(?:http|smtp)://(?:localhost|127\.0\.0\.1):\d+\S*")
_CODE = re.compile(r"^(?:[0-9A-Z]{5}-){2}[0-9A-Z]{5}$", re.MULTILINE)
_MAIL_PORT = "8525"  # as pages say it


class Terminals:
    """A shell that remembers where it is, and others in which servers run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.at, self.links = folder, folder, dict[str, str]()
        programs = folder / "bin"
        programs.mkdir()
        for name, what in {"python": "", "spillkit": "-m spillkit "}.items():
            (programs / name).write_text(f'#!/bin/sh\nexec "{sys.executable}" {what}"$@"\n', encoding="utf-8")
            (programs / name).chmod(0o755)
        self._surroundings = {
            **{name: value for name, value in os.environ.items() if not name.startswith("SPILLKIT_")},
            "PATH": f"{programs}:{os.environ['PATH']}",
            "SPILLKIT_PORT": str(free_port()),
            "PYTHONUNBUFFERED": "1",
        }
        self._mail_port = str(free_port())
        self._servers: list[subprocess.Popen[bytes]] = []

    def type(self, text: str) -> str:
        """Type a block; return what it printed."""
        for begins, (terminal, option) in SERVERS.items():
            if text.startswith(begins):
                port = self._mail_port if "catch" in begins else str(free_port())
                self.links[terminal] = self._serve(terminal, text.strip() + option.format(port=port))
                return ""
        place = self.folder / "place"
        text = text.replace(_MAIL_PORT, self._mail_port)
        done = subprocess.run(
            ["bash", "-c", f"set -e\n{text}pwd > '{place}'"],
            cwd=self.at, env=self._surroundings, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}{done.stdout}{done.stderr}"
        self.at = Path(place.read_text(encoding="utf-8").strip())
        if found := _START.search(done.stdout):
            self.links["second"] = found[0]
        if found := _CODE.search(done.stdout):
            self.links["code"] = found[0]
        return done.stdout

    def _serve(self, terminal: str, command: str) -> str:
        log = self.folder / f"{terminal}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"],
                cwd=self.at, env=self._surroundings, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip
        self._servers.append(process)
        until = time.monotonic() + 60
        while time.monotonic() < until:
            said = log.read_text(encoding="utf-8")
            if "Ctrl-C" in said and (found := _START.search(said) or _LINK.search(said)) and _answers(found[0]):
                return found[0]
            assert process.poll() is None, said
            time.sleep(0.2)
        raise AssertionError(f"the {terminal} terminal was silent for a minute")

    def end(self) -> None:
        """Press Ctrl-C in the terminals of the servers."""
        for process in self._servers:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(30)


def _answers(link: str) -> bool:
    import httpx

    if link.startswith("smtp:"):
        return True
    try:
        return httpx.get(link, timeout=5).status_code < httpx.codes.BAD_REQUEST
    except httpx.HTTPError:
        return False


@contextmanager
def terminals(folder: Path) -> Iterator[Terminals]:
    several = Terminals(folder)
    try:
        yield several
    finally:
        several.end()
