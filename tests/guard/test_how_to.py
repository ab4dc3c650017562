"""docs/how-to/guard-your-tests.md, followed literally in a fresh environment."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guard.test_foreign_apps import NO_INDEX, wheel  # noqa: F401 - a fixture

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "guard-your-tests.md"

pytestmark = pytest.mark.slow


def blocks(language: str) -> list[str]:
    """The page's blocks of a language, in order."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [text for named, text in found if named == language]


def test_the_page_does_what_it_says(wheel, tmp_path):  # noqa: F811
    install, run_tests = blocks("sh")
    shop, test_shop, mended = blocks("python")
    [failure, _] = blocks("")
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "venv")], check=True, timeout=300)
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_", "SPILLKIT_"))
    }
    links = f"{wheel.parent} {os.environ.get('PIP_FIND_LINKS', '')}"  # where `pip install spillkit` finds this tree's
    environment = {**kept, "PATH": f"{tmp_path / 'venv' / 'bin'}:{os.environ['PATH']}", "PIP_FIND_LINKS": links}

    def shell(command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, shell=True, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=900
        )

    done = shell(install)
    if done.returncode and NO_INDEX.search(done.stderr):
        pytest.skip(
            "No package index gives Flask. Set PIP_INDEX_URL or PIP_FIND_LINKS to one that does, and run again."
        )
    assert done.returncode == 0, done.stderr[-2000:]
    (tmp_path / "shop.py").write_text(shop, encoding="utf-8")
    (tmp_path / "test_shop.py").write_text(test_shop, encoding="utf-8")
    done = shell(run_tests)
    assert done.returncode == 1
    for line in failure.splitlines():
        assert line in done.stdout
    faulty = shop[shop.index('@app.get("/orders') :]
    (tmp_path / "shop.py").write_text(shop.replace(faulty, mended), encoding="utf-8")
    done = shell(run_tests)
    assert done.returncode == 0, done.stdout
    assert "exposures: 0" in done.stdout
