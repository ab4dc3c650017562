"""A guard over the planted people of a module: its PEOPLE."""

from __future__ import annotations

import pytest

from spillkit.guard.guard import Guard, prepare


@pytest.fixture(scope="module")
def ground(request):
    return prepare(request.module.PEOPLE)


@pytest.fixture
def guard(ground):
    guard = Guard(ground)
    yield guard
    guard.finish()
