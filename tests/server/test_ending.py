"""Ctrl-C ends the room, whenever it is pressed; a terminal gives the signal to every process of it."""

from __future__ import annotations

import os
import signal
import socket
import time

import pytest

from tests.server.conftest import make_workspace
from tests.server.rooms import free_port, start

_PATIENCE_SECONDS = 30


@pytest.mark.parametrize("wait_seconds", [0, 0.05, 0.3, 2])
def test_ctrl_c_ends_the_room_at_once_and_without_a_word(tmp_path, wait_seconds):
    room = start(make_workspace(tmp_path), free_port())
    with socket.create_connection(("127.0.0.1", room.port)):  # as a browser does, before it asks anything
        time.sleep(wait_seconds)
        os.killpg(room.process.pid, signal.SIGINT)
        try:
            assert room.process.wait(_PATIENCE_SECONDS) in (0, 130)
        finally:
            room.end()
    assert "Traceback" not in room.log.read_text(encoding="utf-8")
