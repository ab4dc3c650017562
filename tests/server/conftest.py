"""One room for the tests of this folder, over a workspace in which two customers were shown to each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from spillkit.cli import main
from tests.server.browsing import CHROMIUM
from tests.server.rooms import serve
from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions


def make_workspace(folder: Path) -> Path:
    """Scan a small recording; return the workspace."""
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
    return workspace


@pytest.fixture(scope="session")
def workspace(tmp_path_factory):
    return make_workspace(tmp_path_factory.mktemp("room"))


@pytest.fixture(
    scope="module"
)  # Not of the session: while one is driven, no other test of this process may run an event loop.
def chromium():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def room(workspace):
    with serve(workspace) as served:
        yield served
