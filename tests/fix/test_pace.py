"""A server is asked slowly, and left alone for as long as it asks for."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.fix.pace import Pace, retry_after_seconds
from tests.world import NOON

SAID = {
    "seconds": ("120", 120.0),
    "a date": ("Mon, 02 Nov 2026 12:00:30 GMT", 30.0),
    "a date that is over": ("Mon, 02 Nov 2026 11:00:00 GMT", 0.0),
    "nothing": ("", 0.0),
    "nonsense": ("soon", 0.0),
    "a negative number": ("-5", 0.0),
    "digits of another script": ("١٢", 0.0),
    "a number without end": ("9" * 5000, 1e6),
}


@pytest.mark.parametrize(("value", "seconds"), SAID.values(), ids=SAID)
def test_a_server_says_how_long_it_wants_to_be_left_alone(value, seconds):
    assert retry_after_seconds(value, NOON) == seconds


@given(st.text())
def test_whatever_a_server_says_is_some_time_to_wait(value):
    assert retry_after_seconds(value, NOON + timedelta(days=1)) >= 0


def test_a_burst_is_let_through_whole_and_waited_for():
    async def asked() -> float:
        pace = Pace(100)
        started = time.monotonic()
        await pace.wait(10)
        assert time.monotonic() - started < 0.08
        await pace.wait(1)
        return time.monotonic() - started

    assert asyncio.run(asked()) >= 0.1
