"""The gate on applications that nobody here wrote: silent on them as they are, and not silent once a fault is planted.

Each gets an environment of its own with Spillkit built from this tree, the application from the package index, and a small suite
that its team might have written (tests/guard/foreign/). Nothing of the applications is in this repository.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TREE = Path(__file__).parents[2]
FOREIGN = Path(__file__).parent / "foreign"
NO_INDEX = re.compile(
    r"No matching distribution|Could not find a version|ConnectionError|Failed to establish|timed out"
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """Spillkit as users install it."""
    place = tmp_path_factory.mktemp("wheel")
    # From a copy: building writes into the tree, whose kernel other tests are using.
    tree = shutil.copytree(
        TREE, place / "tree", ignore=shutil.ignore_patterns(".git", ".venv", ".cache", "build", "tests", "*.pyc")
    )
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "-w",
        str(place),
        str(tree),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return next(place.glob("spillkit-*.whl"))


def install(place: Path, *what: str) -> Path:
    """Make a fresh environment with these packages; return its Python."""
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, timeout=300)
    python = place / "bin" / "python"
    command = [str(python), "-m", "pip", "install", "-q", "--no-compile", "--disable-pip-version-check", *what]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900)
    if done.returncode and NO_INDEX.search(done.stderr):
        pytest.skip(
            "No package index gives the application. Set PIP_INDEX_URL or PIP_FIND_LINKS to one that does, and run again."
        )
    assert done.returncode == 0, done.stderr[-2000:]
    return python


def run(python: Path, folder: Path, suite: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a suite as its team would."""
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GITHUB_", "SPILLKIT_"))
    }
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", suite]
    return subprocess.run(command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def shop(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("oscar")
    suite = shutil.copytree(FOREIGN / "oscar", folder / "suite")
    return install(folder / "venv", "-r", str(suite / "requirements.txt"), str(wheel)), suite


@pytest.fixture(scope="module")
def tracker(wheel, tmp_path_factory):
    folder = tmp_path_factory.mktemp("roundup")
    suite = shutil.copytree(FOREIGN / "roundup", folder / "suite")
    return install(folder / "venv", "-r", str(suite / "requirements.txt"), str(wheel)), suite


def test_the_gate_is_silent_on_an_unmodified_django_oscar(shop):
    done = run(*shop, "shop_suite.py")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "exposures: 0" in done.stdout
    # Silence means something only where there was something to hear.
    assert int(re.search(r"fields of planted people seen: (\d+)", done.stdout)[1]) > 10


def test_the_gate_finds_a_filter_by_owner_taken_out_of_django_oscar(shop):
    done = run(*shop, "shop_suite.py", SHOP_FAULT="owner")
    assert done.returncode == 1
    assert "GET /accounts/addresses: planted person 1 was shown planted person 2's name and address" in done.stdout
    assert "GET /accounts/addresses/{n}: planted person 2 was shown planted person 1's phone and address" in done.stdout
    assert "a missing owner check" in done.stdout
    assert "2 failed, 2 passed" in done.stdout


def test_the_gate_finds_a_cache_that_forgets_the_cookie_before_django_oscar(shop):
    done = run(*shop, "shop_suite.py", SHOP_FAULT="cache")
    assert done.returncode == 1
    assert "GET /accounts/profile: planted person 2 was shown planted person 1's name and e-mail" in done.stdout
    assert "a cache whose key does not hold who asks" in done.stdout


def test_the_gate_is_silent_on_an_unmodified_roundup(tracker):
    done = run(*tracker, "tracker_suite.py")
    assert done.returncode == 0, done.stdout[-3000:]
    assert "exposures: 0" in done.stdout
    assert int(re.search(r"fields of planted people seen: (\d+)", done.stdout)[1]) > 10


def test_the_gate_finds_permissions_taken_out_of_roundup(tracker):
    done = run(*tracker, "tracker_suite.py", TRACKER_FAULT="permissions")
    assert done.returncode == 1
    assert "GET /user{n}: planted person 1 was shown planted person 2's e-mail" in done.stdout
    assert "GET /rest/data/user/{n}: planted person 2 was shown planted person 1's e-mail" in done.stdout
    assert "a missing owner check" in done.stdout
    assert "2 failed, 1 passed" in done.stdout
