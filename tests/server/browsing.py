"""A person at a real Chromium: signing in, what axe finds on a page, the code of an authenticator app."""

from __future__ import annotations

import base64
import hmac
import shutil
import struct
import time

import pytest

from tests.server.rooms import PASSWORD

CHROMIUM = shutil.which("chromium")
NEEDS_CHROMIUM = [pytest.mark.server, pytest.mark.skipif(CHROMIUM is None, reason="needs Debian's chromium")]


def sign_in(chromium, room, name, language, width=1200):
    page = chromium.new_context(viewport={"width": width, "height": 900}, locale=language).new_page()
    page.said = []
    page.on("console", lambda message: page.said.append(message.text) if message.type == "error" else None)
    page.goto(f"{room.url}/account/login/")
    page.fill("#id_login", name)
    page.fill("#id_password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{room.url}/")
    return page


def serious(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:150]}" for each in found if each["impact"] in ("serious", "critical")
    ]


def totp(secret: str) -> str:
    """Return the code of this half minute (RFC 6238)."""
    counter = struct.pack(">Q", int(time.time()) // 30)
    mac = hmac.new(base64.b32decode(secret), counter, "sha1").digest()
    place = mac[-1] & 15
    return f"{(struct.unpack('>I', mac[place : place + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"
