"""One portal for the tests of this folder."""

from __future__ import annotations

import pytest

from tests.portal.published import FAKES, publish, published, serving


@pytest.fixture(scope="session")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portal")
    publish(folder / "published", published(fakes=FAKES), more=500)
    return folder


@pytest.fixture(scope="session")
def portal(place):
    with serving(place) as address:
        yield address


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    from tests.server.browsing import CHROMIUM

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
