"""How the tests are shared out to the processes that run them."""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadScopeScheduling

# What the tests of one of these share takes longer to make than most of them to run: a room, an installed application, a wheel.
TOGETHER = ("tests/server/", "tests/portal/", "tests/capture/test_mitmproxy.py")
SHARES_A_WHEEL = ("tests/guard/test_foreign_apps.py", "tests/guard/test_how_to.py")


class FilesTogether(LoadScopeScheduling):
    """Give some files whole to one process, those with most tests first, and of all other files each test to whoever is free."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(SHARES_A_WHEEL):
            return SHARES_A_WHEEL[0]
        return nodeid.partition("::")[0] if nodeid.startswith(TOGETHER) else nodeid


@pytest.hookimpl
def pytest_xdist_make_scheduler(config, log):
    return FilesTogether(config, log)
