"""Passkeys in a real Chromium, by its virtual authenticator; the authenticator app; and what is left when both are lost."""

from __future__ import annotations

import re

import pytest

from tests.server.browsing import NEEDS_CHROMIUM, serious, sign_in, totp
from tests.server.conftest import make_workspace
from tests.server.rooms import PASSWORD, serve

pytestmark = NEEDS_CHROMIUM


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("passkeys"))) as served:
        yield served


def authenticator(page):
    """Plug in an authenticator that knows its bearer by a fingerprint, as a telephone does; return how to pull it out."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    plugged = session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return lambda: session.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": plugged["authenticatorId"]})


def confirm(page) -> None:
    """Give the password once more where it is asked for."""
    if "reauthenticate" in page.url:
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "reauthenticate" not in url)


def sign_out(page, room) -> None:
    page.goto(f"{room.url}/account/")
    page.locator("form[action$='/account/logout/'] button").first.click()
    page.wait_for_url("**/account/login/**")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_passkey_is_made_and_opens_the_room_without_a_password(chromium, own_room, language):
    name = f"pia-{language}"
    own_room.somebody("officer", name)
    page = sign_in(chromium, own_room, name, language)
    authenticator(page)
    page.goto(f"{own_room.url}/account/second-factor/webauthn/add/")
    confirm(page)
    assert serious(page) == []
    page.fill("input[name=name]", "telephone")
    if page.locator("input[name=passwordless]").count():
        page.check("input[name=passwordless]")
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: "/webauthn/add/" not in url)
    sign_out(page, own_room)
    page.locator("#passkey_login").click()
    page.wait_for_url(f"{own_room.url}/")
    page.goto(f"{own_room.url}/account/")
    assert name in page.locator("main").inner_text()
    assert [text for text in page.said if "favicon" not in text] == []
    page.context.close()


def test_who_lost_the_telephone_comes_in_with_a_recovery_code_once(chromium, own_room):
    own_room.somebody("officer", "rosa")
    page = sign_in(chromium, own_room, "rosa", "en")
    page.goto(f"{own_room.url}/account/second-factor/totp/activate/")
    confirm(page)
    page.fill("input[name=code]", totp(page.input_value("#authenticator_secret")))
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes/**")
    shown = (
        page.locator("main textarea").input_value()
        if page.locator("main textarea").count()
        else page.inner_text("main")
    )
    codes = re.findall(r"\b[0-9a-f]{8}\b|\b\d{8}\b", shown)
    assert len(codes) == 10
    page.context.close()

    def come_in(code):
        fresh = chromium.new_context().new_page()
        fresh.goto(f"{own_room.url}/account/login/")
        fresh.fill("#id_login", "rosa")
        fresh.fill("#id_password", PASSWORD)
        fresh.keyboard.press("Enter")
        fresh.wait_for_url("**/second-factor/authenticate/")
        fresh.fill("input[name=code]", code)
        with fresh.expect_navigation():
            fresh.keyboard.press("Enter")
        fresh.goto(f"{own_room.url}/account/")
        inside = "/account/login/" not in fresh.url and "rosa" in fresh.inner_text("main")
        fresh.context.close()
        return inside

    assert come_in(codes[0])
    assert not come_in(codes[0]), "each code works once"
    assert not come_in("00000000")
    assert come_in(codes[1])


def test_a_passkey_of_another_origin_does_not_open_the_room(chromium, own_room):
    """A key that knows nobody here: the room says so, and stays shut."""
    page = chromium.new_context().new_page()
    authenticator(page)
    page.goto(f"{own_room.url}/account/login/")
    page.locator("#passkey_login").click()
    page.wait_for_timeout(1500)
    page.goto(f"{own_room.url}/")
    assert "/account/login/" in page.url
    page.context.close()
