"""The officer’s whole path in a real Chromium, in English and Arabic, narrow and wide; axe finds nothing serious."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.server.browsing import NEEDS_CHROMIUM, serious, sign_in, totp
from tests.server.conftest import make_workspace
from tests.server.rooms import PASSWORD, serve
from tests.server.test_reports import drafted, link_to_draft, open_case, proposed, sign

pytestmark = NEEDS_CHROMIUM
PAGES = (
    "",
    "duties/",
    "duties/?state=not",
    "facts/",
    "figures/",
    "timeline/",
    "record/",
    "team/",
    "reports/",
    "files/",
)


@pytest.fixture(scope="module")
def own_room(tmp_path_factory):
    with serve(make_workspace(tmp_path_factory.mktemp("browser"))) as served:
        served.somebody("officer", "olga")
        served.somebody("counsel", "karim")
        yield served


@pytest.mark.slow
@pytest.mark.parametrize("language", ["en", "ar"])
def test_from_the_measured_incident_to_a_decided_duty(chromium, own_room, language):
    olga = sign_in(chromium, own_room, "olga", language)
    assert olga.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    olga.click(".actions a.button")
    olga.fill("#title", f"Shown to others ({language})")
    olga.click("main form .actions button")
    olga.wait_for_selector("table.questions")
    assert olga.locator("table.questions tbody tr").count() == 14
    home = olga.url
    # The aware-time: proposed by one, signed by another.
    olga.goto(home + "team/")
    olga.select_option("#grant-user", label=olga.locator("#grant-user option", has_text="karim").inner_text())
    olga.fill("#grant-reason", "counsel")
    olga.click("form[action$='/do/grant/'] button")
    olga.goto(home)
    olga.fill("#aware-at", "2026-11-20T09:30")
    olga.fill("#aware-zone", "Europe/Rome")
    olga.fill("#aware-reason", "Support saw it.")
    olga.click("form[action$='/do/propose-aware/'] button")
    assert olga.locator(".said-now p").count() == 1
    karim = sign_in(chromium, own_room, "karim", language)
    karim.goto(home)
    karim.click("form[action$='/do/sign/'] button")
    assert karim.locator("section.waiting").count() == 0
    # A duty: opened with the keyboard alone.
    olga.goto(home + "duties/")
    olga.locator("section[aria-labelledby=triggered] table a").first.focus()
    olga.keyboard.press("Enter")
    olga.wait_for_url("**/duties/**entity=**")
    of_duty = olga.url
    form = olga.locator("form[action$='/do/propose-duty/']")
    form.locator("input[name=binds][value=yes]").check()
    form.locator("textarea").fill("It binds us.")
    form.locator("button").click()
    karim.goto(of_duty)
    karim.locator("form[action$='/do/sign/'] button").first.click()
    assert karim.locator(".state.triggered").first.is_visible()
    for path in (*PAGES, of_duty.removeprefix(home)):
        olga.goto(home + path)
        assert serious(olga) == [], path
    for path in ("/", "/law/", "/law/EU/", "/account/", "/account/second-factor/"):
        olga.goto(own_room.url + path)
        assert serious(olga) == [], path
    assert [text for text in olga.said if "favicon" not in text] == [], "the content security policy stopped something"
    for page in (olga, karim):
        page.context.close()


@pytest.mark.slow
def test_a_report_and_its_form_are_not_wider_than_a_small_telephone(chromium, own_room):
    officer, counsel = own_room.somebody("officer"), own_room.somebody("counsel")
    number = open_case(own_room, officer, counsel)
    form = link_to_draft(officer, number)
    name = drafted(officer, number)
    assert proposed(officer, number, name).status_code == 302
    assert sign(counsel, number, f"reports/{name}/").status_code == 302
    page = sign_in(chromium, own_room, officer.name, "ar", width=360)
    wide = []
    for path in (f"/incidents/{number}/reports/{name}/", f"/incidents/{number}/reports/", form):
        page.goto(own_room.url + path)
        assert page.locator("html").get_attribute("dir") == "rtl", "not that of the report"
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wide += [(path, over)] if over > 0 else []
    page.context.close()
    assert wide == []


def test_the_sign_in_page_is_for_everybody(chromium, own_room):
    page = chromium.new_context().new_page()
    page.goto(f"{own_room.url}/account/login/")
    assert serious(page) == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") in ("skip", "")
    page.context.close()


def test_a_second_factor_can_be_turned_on_and_is_then_asked_for(chromium, own_room):
    own_room.somebody("auditor", "ada")
    page = sign_in(chromium, own_room, "ada", "en")
    page.goto(f"{own_room.url}/account/second-factor/totp/activate/")
    if "reauthenticate" in page.url:
        page.fill("input[name=password]", PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/totp/activate/")
    secret = page.input_value("#authenticator_secret")
    page.fill("input[name=code]", totp(secret))
    page.keyboard.press("Enter")
    page.wait_for_url("**/recovery-codes/**")
    page.context.close()
    again = chromium.new_context().new_page()
    again.goto(f"{own_room.url}/account/login/")
    again.fill("#id_login", "ada")
    again.fill("#id_password", PASSWORD)
    again.keyboard.press("Enter")
    again.wait_for_url("**/second-factor/authenticate/")
    assert again.context.request.get(f"{own_room.url}/", max_redirects=0).status == 302, (
        "the password alone opens nothing"
    )
    assert serious(again) == []
    again.context.close()


def test_pages_can_be_printed(chromium, own_room, tmp_path: Path):
    from pypdf import PdfReader

    number = own_room.somebody("officer", "olga").open_incident(title="Printed")
    page = sign_in(chromium, own_room, "olga", "en")
    page.goto(f"{own_room.url}/incidents/{number}/")
    page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    page.context.close()
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(tmp_path / "page.pdf").pages)
    assert "How many people?" in text
    assert "Sign out" not in text
