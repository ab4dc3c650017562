"""A real room: `spillkit serve` as a process of its own, and people who use it with a browser's manners."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any

import httpx

PASSWORD = "seven grey herons wait"
ROLES = ("engineer", "officer", "counsel", "agent", "auditor")
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')

LINKS = "links.json"
_MAKE_LINKS = """
import json, os, sys
from urllib.parse import urlsplit
from spillkit_server import start
room = start.set_up(os.environ)
print(json.dumps({role: [urlsplit(start.link_for(room, role)).path for _ in range(4)] for role in sys.argv[1:]}))
"""


def make_links(environment: dict[str, str]) -> dict[str, list[str]]:
    """Make some links for every role in the room's database; return their paths."""
    done = subprocess.run(
        [sys.executable, "-c", _MAKE_LINKS, *ROLES], env=environment, capture_output=True, text=True, check=True
    )
    return dict(json.loads(done.stdout))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_answered(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Served:
    """A running room."""

    def __init__(
        self, workspace: Path, port: int, process: subprocess.Popen[bytes], log: Path, environment: dict[str, str]
    ):
        self.workspace, self.port, self.process, self.log, self.environment = workspace, port, process, log, environment
        self.url = f"http://localhost:{port}"
        self._known: dict[str, Somebody] = {}
        self._links: dict[str, list[str]] = {}
        self._visitors: list[Somebody] = []

    def command(self, *arguments: str) -> dict[str, Any]:
        """Run `spillkit serve …` for this room and return what it prints as JSON."""
        done = subprocess.run(
            [sys.executable, "-m", "spillkit", "serve", "--port", str(self.port), *arguments, "--json"],
            env=self.environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return dict(json.loads(done.stdout))

    def somebody(self, role: str, name: str = "") -> Somebody:
        """Return somebody of this role who has signed in; the same one for the same name."""
        name = name or f"{role}-one"
        if name not in self._known:
            visitor = self.visitor()
            link = self._link(role)
            visitor.post(link.removeprefix(self.url), username=name, password1=PASSWORD, password2=PASSWORD)
            visitor.name = name
            self._known[name] = visitor
        return self._known[name]

    def _link(self, role: str) -> str:
        """Return a link that makes an account, as `spillkit serve --invite` would."""
        if not self._links.get(role):
            self._links = self._found_links() or make_links({**self.environment, "SPILLKIT_PORT": str(self.port)})
        return self.url + self._links[role].pop()

    def _found_links(self) -> dict[str, list[str]]:
        """Return the links that came with the workspace, once; none where the room has another database."""
        kept = self.workspace.parent / LINKS
        if "SPILLKIT_DATABASE" in self.environment or not kept.exists():
            return {}
        found = json.loads(kept.read_text(encoding="utf-8"))
        kept.unlink()
        return dict(found)

    def key(self, person: Somebody, *options: str) -> str:
        """Return a key of the API for somebody; without options one that may decide."""
        return str(self.command("--token", person.name, *(options or ("--may-decide",)))["token"])

    def let_in(self, number: int, *people: Somebody) -> None:
        """Let people into a case, by its officer."""
        officer = self.somebody("officer")
        for person in people:
            answer = officer.act(number, "grant", "team/", user=person.name, reason="works on it")
            assert answer.status_code == 302, answer.text

    def visitor(self) -> Somebody:
        """Return somebody who has not signed in."""
        visitor = Somebody(self.url)
        self._visitors.append(visitor)
        return visitor

    def kill(self) -> None:
        """End it as a power cut would: it and its workers."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        # Its workers die too, but on a busy machine a little later: until then one of them may hold the port.
        until = time.monotonic() + 30
        while _is_answered(self.port) and time.monotonic() < until:
            time.sleep(0.05)

    def end(self) -> None:
        for visitor in self._visitors:
            visitor.http.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.kill()


class Somebody:
    """A browser without a screen: cookies, and the hidden fields of the form that a page shows."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=60)
        self.name = ""

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(path, headers=headers)

    def post(self, path: str, at: str = "", /, **fields: str) -> httpx.Response:
        """Send a form as the page `at` (else `path` itself) would: with its token."""
        page = self.http.get(at or path)
        found = _TOKEN.search(page.text)
        assert found, f"{at or path} ({page.status_code}) has no form"
        return self.http.post(
            path, data={"csrfmiddlewaretoken": unescape(found[1]), **fields}, headers={"Referer": str(page.url)}
        )

    def open_incident(self, incident: str = "1", title: str = "") -> int:
        """Bring an incident of the workspace in; return its number in the room."""
        page = self.get("/incidents/open/")
        hidden = {name: value for name, value in _FIELD.findall(page.text) if name in ("id", "case")}
        answer = self.post("/incidents/open/", incident=incident, title=title, **hidden)
        assert answer.status_code == 302, answer.text
        return int(answer.headers["location"].split("/")[2])

    def act(self, number: int, name: str, page: str = "", /, **fields: str) -> httpx.Response:
        """Send one form of a case, as it stands on one of its pages."""
        shown = f"/incidents/{number}/{page}"
        seen = {name: value for name, value in _FIELD.findall(self.get(shown).text) if name in ("id", "seen")}
        return self.post(f"/incidents/{number}/do/{name}/", shown, **{**seen, "back": shown, **fields})

    def sign_in(self, name: str, password: str = PASSWORD) -> httpx.Response:
        return self.post("/account/login/", login=name, password=password)


@contextmanager
def serve(workspace: Path, **settings: str) -> Iterator[Served]:
    """Serve a workspace until the block ends."""
    served = start(workspace, free_port(), **settings)
    try:
        yield served
    finally:
        served.end()


def start(workspace: Path, port: int, *, options: tuple[str, ...] = (), **settings: str) -> Served:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPILLKIT_")}
    environment |= {"SPILLKIT_WORKSPACE": str(workspace), "PYTHONUNBUFFERED": "1", **settings}
    if "SPILLKIT_DATABASE" in settings:
        for path in (workspace / "room").glob(
            "room.sqlite3*"
        ):  # It came with the copied workspace, and is not to be used.
            path.unlink()
    log = workspace.parent / f"serve-{port}.log"
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "spillkit", "serve", "--no-open", "--port", str(port), *options],
            env=environment, stdout=file, stderr=file, start_new_session=True,
        )  # fmt: skip
    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, log.read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return Served(workspace, port, process, log, environment)
        time.sleep(0.1)
    raise AssertionError("the room did not open in a minute")
