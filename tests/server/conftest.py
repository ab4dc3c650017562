"""One room for the tests of this folder, over a workspace in which two customers were shown to each other."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path

import pytest

from spillkit.cli import main
from tests.server.browsing import CHROMIUM
from tests.server.rooms import LINKS, make_links, serve
from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions


def make_workspace(folder: Path) -> Path:
    """Return a workspace in which a small recording was scanned, with a room that nobody has entered yet.

    It is made once in a process and then copied, with the links that make accounts: these take longer than most tests.
    """
    shutil.copytree(_template(), folder, dirs_exist_ok=True)
    return folder / "spill"


@cache
def _template() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="spillkit-room-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_people(folder / "customers.csv")
    write_sessions(folder / "sessions.csv")
    recording = Recording()
    for _ in range(3):
        recording.answer(account_page(ALICE), to=ALICE)
        recording.answer(account_page(BOB), to=BOB)
        recording.answer(account_page(ALICE), to=BOB)
    recording.write(folder / "day1.jsonl")
    workspace = folder / "spill"
    for command in (
        ["init"],
        ["people", "add", str(folder / "customers.csv")],
        ["scan", str(folder / "day1.jsonl"), "--viewer-from", f"cookie:sessionid,{folder / 'sessions.csv'}"],
    ):
        assert main(["-w", str(workspace), *command]) == 0
    made = make_links({**os.environ, "SPILLKIT_WORKSPACE": str(workspace)})
    (folder / LINKS).write_text(json.dumps(made), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("room"))


@pytest.fixture(scope="module")
def chromium():
    """A browser. Not one of the session: while one is driven, no other test of this process may run an event loop."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def room(workspace):
    with serve(workspace) as served:
        yield served
