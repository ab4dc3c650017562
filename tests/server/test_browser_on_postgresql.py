"""The officer's whole path in a real Chromium, the room on a real PostgreSQL."""

from __future__ import annotations

import pytest

from tests.server import test_browser
from tests.server.browsing import NEEDS_CHROMIUM
from tests.server.conftest import make_workspace
from tests.server.postgresql import BINARIES, serve_postgresql
from tests.server.rooms import serve

pytestmark = [
    *NEEDS_CHROMIUM,
    pytest.mark.slow,
    pytest.mark.skipif(not BINARIES, reason="needs PostgreSQL's server (Debian: apt-get install postgresql)"),
]


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with (
        serve_postgresql() as database,
        serve(make_workspace(tmp_path_factory.mktemp("browser-pg")), SPILLKIT_DATABASE=database) as served,
    ):
        served.somebody("officer", "olga")
        served.somebody("counsel", "karim")
        yield served
        assert not (served.workspace / "room" / "room.sqlite3").exists()


def test_from_the_measured_incident_to_a_decided_duty_on_postgresql(chromium, own_room):
    test_browser.test_from_the_measured_incident_to_a_decided_duty(chromium, own_room, "ar")
