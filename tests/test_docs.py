"""The pages say what the program does."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

DOCS = [*sorted(Path("docs").rglob("*.md")), Path("README.md"), Path("ARCHITECTURE.md")]
_LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")


def test_the_page_of_commands_is_what_the_commands_say():
    tool = runpy.run_path("tools/make_commands_page.py")
    written = Path("docs/reference/commands.md").read_text(encoding="utf-8")
    assert written == tool["page"](), "run: .venv/bin/python tools/make_commands_page.py"


@pytest.mark.parametrize("page", DOCS, ids=str)
def test_links_between_pages_lead_somewhere(page):
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = [target for target, _ in _LINK.findall(text) if "://" not in target and not target.startswith("mailto:")]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


@pytest.mark.parametrize("page", DOCS, ids=str)
def test_commands_in_the_pages_exist(page):
    from spillkit.cli import COMMANDS

    for line in re.findall(
        r"^(?:\$ )?spillkit (?:-w \S+ )?([a-z]+)", page.read_text(encoding="utf-8"), flags=re.MULTILINE
    ):
        assert line in COMMANDS
