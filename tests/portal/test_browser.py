"""Somebody under stress with a telephone, in a real Chromium without script."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from spillkit.notices.code import shown
from spillkit_portal.page import DOORS
from tests.portal.published import LANGUAGES, a_code
from tests.server.browsing import NEEDS_CHROMIUM, serious

pytestmark = NEEDS_CHROMIUM
PICTURES = os.environ.get("SPILLKIT_PICTURES", "")  # a folder into which screenshots go, for those who look at them


def keep(page, name):
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"portal-{name}.png", full_page=True)


def on_phone(chromium, width, **more):
    more = {"viewport": {"width": width, "height": 740}, "java_script_enabled": False} | more
    return chromium.new_context(**more).new_page()


def test_an_arabic_reader_types_the_code_and_reads_genuine_these_fields_do_this(chromium, portal):
    page = on_phone(chromium, 360, locale="ar")
    page.goto(f"{portal}/check")  # as the notice says it
    assert page.url == f"{portal}/ar/check"
    page.get_by_label("الرمز الموجود في الرسالة").fill(shown(a_code("address too")).lower())
    page.get_by_role("button", name="تحقق من الرمز").click()
    assert page.url == f"{portal}/ar/check"  # what was typed is in no address
    assert page.get_by_role("status").inner_text().startswith("حقيقية: هذا الرمز منا.")
    assert page.locator("html").get_attribute("dir") == "rtl"
    for words in ("العنوان البريدي", "الاسم", "سجّل الخروج من حسابك على كل أجهزتك", "لن نطلب منك أبدًا"):
        assert page.get_by_text(words).first.is_visible()
    assert not page.get_by_text("رقم الهاتف").count()
    keep(page, "ar-360-genuine")


def test_an_address_is_asked_for_without_script_and_the_page_says_nothing_of_it(chromium, portal):
    page = on_phone(chromium, 320, locale="ja")
    page.goto(f"{portal}/ja/affected")
    page.get_by_label("メールアドレス").fill("alizee@example.org")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="お問い合わせを受け付けました。").wait_for()
    assert "alizee" not in page.content()
    keep(page, "ja-320-asked")


# How wide a page is depends on no colours, and the small telephone is the hard case: the others are for those who look.
@pytest.mark.parametrize(
    ("width", "scheme"), [(320, "light"), *([(320, "dark"), (900, "light"), (900, "dark")] if PICTURES else [])]
)
def test_no_page_is_wider_than_a_small_telephone(chromium, portal, width, scheme):
    page = on_phone(chromium, width, color_scheme=scheme, java_script_enabled=True)
    for language in LANGUAGES:
        for name in ("", *DOORS) if PICTURES else ("check", "statement"):
            page.goto(f"{portal}/{language}/{name}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (language, name)
            keep(page, f"{language}-{width}-{scheme}-{name or 'home'}")


@pytest.mark.parametrize(("scheme", "names"), [("light", ("check", "affected")), ("dark", ("statement",))])
def test_every_page_can_be_used_by_everybody(chromium, portal, scheme, names):
    page = chromium.new_context(viewport={"width": 320, "height": 740}, color_scheme=scheme, bypass_csp=True).new_page()
    for name in names:
        page.goto(f"{portal}/ar/{name}")
        assert serious(page) == []
    page.goto(f"{portal}/en/check")
    for code in (shown(a_code("affected")), "AAAAA"):
        page.fill("#code", code)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert serious(page) == []
        keep(page, f"en-320-{scheme}-{'genuine' if len(code) > 5 else 'mistyped'}")
