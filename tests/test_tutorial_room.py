"""The tutorial of the room does what it says: typed word for word, and pressed word for word in a real Chromium."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from spillkit.record.verifier import FAILURES
from tests.followed import Done, Typed, follow, steps_of
from tests.server.rooms import free_port

PAGE = Path("docs/tutorial/incident-room.md")
CHROMIUM = shutil.which("chromium")
PROMISED_SECONDS = 15 * 60
SERVES = "spillkit serve --incident"
_LINK = re.compile(r"http://localhost:\d+/start/\S+")


class Terminals:
    """A shell that remembers where it is, and a second one in which the room runs."""

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
        }
        self._room: subprocess.Popen[bytes] | None = None

    def type(self, text: str) -> str:
        """Type a block; return what it printed."""
        if text.startswith(SERVES):
            self.links["first"] = self._serve(text)
            return ""
        place = self.folder / "place"
        done = subprocess.run(
            ["bash", "-c", f"set -e\n{text}pwd > '{place}'"],
            cwd=self.at, env=self._surroundings, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, f"{text}{done.stdout}{done.stderr}"
        self.at = Path(place.read_text(encoding="utf-8").strip())
        if found := _LINK.search(done.stdout):
            self.links["second"] = found[0]
        return done.stdout

    def _serve(self, text: str) -> str:
        log = self.folder / "room.log"
        with log.open("wb") as file:
            self._room = subprocess.Popen(
                ["bash", "-c", f"exec {text}"],
                cwd=self.at, env=self._surroundings, stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + 60
        while time.monotonic() < until:
            said = log.read_text(encoding="utf-8")
            if (found := _LINK.search(said)) and "Ctrl-C" in said and _answers(found[0]):
                return found[0]
            assert self._room.poll() is None, said
            time.sleep(0.2)
        raise AssertionError("the room did not open in a minute")

    def end(self) -> None:
        """Press Ctrl-C in the terminal of the room."""
        if self._room is not None and self._room.poll() is None:
            os.killpg(self._room.pid, signal.SIGINT)
            self._room.wait(30)


def _answers(link: str) -> bool:
    import httpx

    try:
        return httpx.get(link, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


@contextmanager
def terminals(folder: Path) -> Iterator[Terminals]:
    both = Terminals(folder)
    try:
        yield both
    finally:
        both.end()


def without_network(text: str) -> str:
    """A block as this machine can run it: not every system may take the network away."""
    can = subprocess.run(["unshare", "-rn", "true"], check=False, capture_output=True).returncode == 0
    return text if can else text.replace("unshare -rn ", "")


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")
def test_the_tutorial_of_the_room_works_word_for_word(tmp_path):
    from playwright.sync_api import sync_playwright

    steps = list(steps_of(PAGE.read_text(encoding="utf-8")))
    said, pages, began = [], {}, time.monotonic()
    with terminals(tmp_path) as both, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for step in steps:
            if isinstance(step, Typed):
                said.append(both.type(without_network(step.text)))
                continue
            assert isinstance(step, Done)
            if step.who not in pages:
                pages[step.who] = browser.new_context(locale="en").new_page()
            follow(step, pages[step.who], both.links, tmp_path)
        took_seconds = time.monotonic() - began
        pages["Olga"].goto(re.sub(r"/start/.*", "/incidents/1/", both.links["first"]))
        cells = (
            pages["Olga"]
            .locator("tr[id^=question-]")
            .evaluate_all("rows => rows.map(row => [row.className, row.querySelector('.answer').innerText.trim()])")
        )
        browser.close()
    assert set(pages) == {"Olga", "Karim"}
    assert took_seconds < PROMISED_SECONDS / 3, "a person reads as well"

    assert len(cells) == 14
    assert all(answer for _, answer in cells)
    unknown = [answer for confidence, answer in cells if confidence == "unknown"]
    assert all(answer.startswith("Unknown, because ") for answer in unknown)
    assert len(unknown) < 6

    [people] = re.findall(r"^incident 1 .* people (\d+)", "".join(said), flags=re.MULTILINE)[:1]
    paper = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "first-report.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    of_company, of_all = (
        re.search(r"This company: confirmed +(\d+)", paper),
        re.search(r"Whole incident, all companies: +(\d+)", paper),
    )
    assert of_company, paper
    assert of_all, paper
    assert int(of_company[1]) < int(of_all[1]) == int(people)
    assert of_company.start() < of_all.start(), "the authority reads its own number first"
    assert "Agencia Española de Protección de Datos" in paper
    assert "Olga Example" in paper
    assert "draft" not in paper.lower(), "two people signed it"

    proven, bent = said[-2:]
    assert proven.startswith("PROVEN.\nRecord:      exempla.example/record, ")
    assert (found := re.match(r"NOT PROVEN: (.+) \((\S+)\)\.\n", bent)), bent
    assert FAILURES[found[2]] == found[1]
