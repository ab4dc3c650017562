"""A record whose clock stands still."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from spillkit.record import Entry, Record, create_record
from spillkit.settings import Workspace, create_workspace
from tests.world import NOON


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "spill")


@pytest.fixture
def record(workspace: Workspace) -> Record:
    return create_record(workspace, "shop.example/record")


def entry(number: int, **parts: object) -> Entry:
    """The n-th thing that happened, a second after the one before it."""
    values: dict[str, object] = {
        "id": f"e-{number}",
        "at": NOON + timedelta(seconds=number),
        "kind": "decision",
        "actor": "user:7",
        "case": f"case-{number % 2}",
        "facts": {"figure": number},
    }
    return Entry(**(values | parts))


def entries(first: int, last: int) -> list[Entry]:
    return [entry(number) for number in range(first, last)]
