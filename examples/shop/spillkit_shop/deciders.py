"""Two people who decide: they have accounts in the incident room and use its pages, as a demo plays them.

In:    a workspace, the port of its room.
Out:   a running room; people who send its forms.
Else:  what the forms do is the room's. Nothing here goes another way than a browser would.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx

_LINK = re.compile(r"http://localhost:\d+/start/\S+")
_OPEN_SECONDS = 60


class RoomSilentError(RuntimeError):
    """The room did not open, or did not take a form."""


class Room:
    """A room that is served, as a process of its own."""

    def __init__(self, workspace: Path, port: int, first_link: str) -> None:
        self._workspace, self._port, self._first_link = workspace, port, first_link

    def officer(self) -> Person:
        """Make the first account, by the link that the room printed; it opens the incident with the same button."""
        return Person(self._port, self._first_link)

    def somebody(self, role: str) -> Person:
        """Make a further account, by an invitation."""
        command = _spillkit(self._workspace, "serve", "--port", str(self._port), "--invite", role, "--json")
        done = subprocess.run(command, env=_surroundings(self._port), capture_output=True, text=True, check=True)
        return Person(self._port, json.loads(done.stdout)["link"])


class Person:
    """Somebody who has signed in: cookies, and the forms that pages show."""

    def __init__(self, port: int, link: str) -> None:
        self.name = f"demo-{secrets.token_hex(3)}"
        self._http = httpx.Client(base_url=f"http://localhost:{port}", timeout=60, follow_redirects=True)
        password = secrets.token_urlsafe(18)
        self.send(link, "", username=self.name, password1=password, password2=password)

    def send(self, page: str, form: str, /, **fields: str) -> str:
        """Send the first form of a page whose address ends so, filled in; return the page that comes back.

        Raises  RoomSilentError if there is no such form, or it was not taken
        """
        shown = self._http.get(page)
        found = [one for one in _forms(shown.text) if one.address.endswith(form)]
        if not found:
            raise RoomSilentError(f"{page} has no form {form}")
        address = found[0].address or str(shown.url)
        answer = self._http.post(address, data={**found[0].fields, **fields}, headers={"Referer": str(shown.url)})
        if answer.status_code >= httpx.codes.BAD_REQUEST:
            raise RoomSilentError(f"{form or page} was answered {answer.status_code}")
        return answer.text

    def leave(self) -> None:
        self._http.close()


class _Form:
    def __init__(self, address: str) -> None:
        self.address = address
        self.fields: dict[str, str] = {}


class _Reader(HTMLParser):
    """Gathers forms with the values that stand in their hidden fields."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said: dict[str, Any] = dict(attrs)
        if tag == "form" and (said.get("method") or "").lower() == "post":
            self.forms.append(_Form(said.get("action") or ""))
        elif tag == "input" and self.forms and said.get("type") == "hidden" and said.get("name"):
            self.forms[-1].fields.setdefault(said["name"], said.get("value") or "")


def _forms(page: str) -> list[_Form]:
    reader = _Reader()
    reader.feed(page)
    return reader.forms


@contextmanager
def open_room(workspace: Path, port: int, incident: int) -> Iterator[Room]:
    """Serve the room of a workspace that has none yet, until the block ends.

    Raises  RoomSilentError if it does not open within a minute
    """
    command = _spillkit(workspace, "serve", "--no-open", "--port", str(port), "--incident", str(incident))
    with subprocess.Popen(
        command, env=_surroundings(port), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as served:
        try:
            yield Room(workspace, port, _first_link(served, port))
        finally:
            served.terminate()


def _first_link(served: subprocess.Popen[str], port: int) -> str:
    assert served.stdout is not None
    link = ""
    for line in served.stdout:
        if found := _LINK.search(line):
            link = found[0]
        if "Ctrl-C" in line:
            break
    until = time.monotonic() + _OPEN_SECONDS
    while link and time.monotonic() < until:
        try:
            httpx.get(f"http://localhost:{port}/", timeout=5)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return link
    raise RoomSilentError("the incident room did not open")


def _spillkit(workspace: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "spillkit", "-w", str(workspace), *arguments]


def _surroundings(port: int) -> dict[str, str]:
    """The environment without what is set up for another room."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPILLKIT_")}
    return kept | {"SPILLKIT_PORT": str(port), "PYTHONUNBUFFERED": "1"}
