"""The commands of the README do what it says, typed word for word."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions

README = Path("README.md")


@pytest.fixture
def folder(tmp_path):
    """A folder as the README takes it: a customer list, a day of traffic, sessions, deploys, two people's own files."""
    write_people(tmp_path / "customers.csv")
    write_sessions(tmp_path / "sessions.csv")
    day = Recording()
    for _ in range(3):
        day.answer(account_page(ALICE), to=ALICE)
        day.answer(account_page(ALICE), to=BOB)
    day.write(tmp_path / "day1.har")
    (tmp_path / "deploys.csv").write_text("time,what\n2026-11-02T11:59:00Z,deploy 1\n", encoding="utf-8")
    for name, other in {"alice.har": BOB, "bob.har": ALICE}.items():
        own = Recording()
        own.answer(account_page(other), to=ALICE)
        own.write(tmp_path / name)
    return tmp_path


def block_under(heading: str, number: int = 0) -> str:
    text = README.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return re.findall(r"^```\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)[number]


def typed(block: str, folder: Path) -> subprocess.CompletedProcess[str]:
    script = f'set -e; spillkit() {{ "{sys.executable}" -m spillkit "$@"; }}\n{block}'
    return subprocess.run(["bash", "-c", script], cwd=folder, capture_output=True, text=True, check=False)


def test_five_minutes_to_a_first_finding_and_to_what_the_law_asks(folder):
    install, _, first = block_under("Five minutes to a first finding").partition("\n")
    assert install.startswith("pip install ")
    done = typed(first, folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert re.search(r"^finding 1 ", done.stdout, flags=re.MULTILINE)
    assert (folder / "report.html").exists()
    decided, *serving = block_under("From a finding to a decision").splitlines()
    done = typed(decided, folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing is decided until it is signed." in done.stdout
    assert [line.split()[:2] for line in serving] == [["spillkit", "serve"]] * 2, "the tutorial of the room tries these"


def test_one_file_for_each_viewer_fails_where_one_sees_another(folder):
    assert typed("spillkit init\nspillkit people add customers.csv", folder).returncode == 0
    one = (
        block_under("Five minutes to a first finding", 1)
        .replace("=c_17", f"={ALICE.id}")
        .replace("=c_18", f"={BOB.id}")
    )
    done = typed(one, folder)
    assert done.returncode == 1, done.stderr
    assert re.search(r"^finding 1 ", done.stdout, flags=re.MULTILINE)
