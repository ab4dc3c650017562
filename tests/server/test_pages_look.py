"""Every screen of a large day: axe finds nothing in light and dark, and nothing is wider than a small telephone."""

from __future__ import annotations

import re

import pytest

from tests.server.browsing import NEEDS_CHROMIUM, sign_in
from tests.server.prepared_mailings import NAME, PEOPLE, UNREAD, Beside
from tests.server.rooms import PASSWORD, serve
from tests.server.wide import make_wide_workspace

pytestmark = NEEDS_CHROMIUM

HOSTILE = "<b>Räksmörgås</b> \u202egnp.exe\u202c " + "Donaudampfschifffahrtsgesellschaftskapitän" * 6
SENT = "2026-11-sent"  # of which some notices left, came back and were lost sight of
ALSO = (
    "",
    "law/",
    "law/?q=password",
    "law/US-CA/",
    "law/HK/",
    "account/",
    "account/second-factor/",
    "incidents/open/",
    "check/",
    "notices/languages/",
    "notices/languages/ar/",
    "nowhere/",
)
OF_A_CASE = (
    "", "duties/", "duties/?law=US", "duties/?decided=yes", "facts/", "figures/", "timeline/", "record/",
    "team/", "files/", "reports/", "notices/", f"notices/{NAME}/", f"notices/{NAME}/samples/", f"notices/{SENT}/",
)  # fmt: skip
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def wide_room(tmp_path_factory):
    with serve(make_wide_workspace(tmp_path_factory.mktemp("wide"), pages=1)) as served:
        olga = served.somebody("officer", "olga")
        karim = served.somebody("counsel", "karim")
        number = olga.open_incident(title=HOSTILE)
        olga.act(number, "grant", "team/", user="karim", reason="counsel")
        olga.act(number, "propose-aware", aware_at="2026-11-20T09:30", zone="Europe/Rome", reason=HOSTILE)
        olga.act(number, "note", "timeline/", words=HOSTILE)
        served.number = number
        with Beside(served.environment) as beside:
            beside("prepare", case=number)
            served.codes = send_some(served, beside, olga, karim)
        yield served


def send_some(served, beside, olga, karim):
    """Have a mailing signed by two; some of its notices left, one came back, of one nobody knows. Return codes by customer."""
    made = beside("prepare", case=served.number, mailing=SENT, people=PEOPLE.replace("c_1", "c_2"))
    given = {"mailing": SENT, "doing": "send", "digest": made["digest"], "notices": "4", "reason": HOSTILE}
    page = f"notices/{SENT}/"
    accepts = "\n".join(f"unread:{tag}" for tag in UNREAD)
    assert olga.act(served.number, "propose-mailing", page, **given, accepts=accepts).status_code == 302
    proposals = re.search(r'name="proposal" value="([^"]+)"', karim.get(f"/incidents/{served.number}/{page}").text)
    assert karim.act(served.number, "sign", page, proposal=proposals[1]).status_code == 302
    first, second, third, _last = made["notices"]
    states = {first: "accepted", second: "held", third: "bounced"}
    beside("came", states=states, mailing=SENT, paused="bounces", domain="label-1")
    return {customer: one["code"] for customer, one in beside("mails", mailing=SENT).items()}


@pytest.fixture(scope="module")
def screens(wide_room, chromium):
    """The addresses of every screen for somebody who has signed in, those of single duties among them."""
    page = sign_in(chromium, wide_room, "olga", "en")
    home = f"/incidents/{wide_room.number}/"
    page.goto(f"{wide_room.url}{home}duties/")
    of_duties = page.eval_on_selector_all(
        "table.matrix-duties th a", "found => found.map(one => one.getAttribute('href'))"
    )
    page.context.close()
    assert len(of_duties) > 100, "this is no large day"
    return [*(home + name for name in OF_A_CASE), of_duties[0], of_duties[-1], *("/" + name for name in ALSO)]


def entrance(room) -> list[str]:
    """Screens of somebody who has not signed in: the form, and a link that makes an account."""
    return [
        "/account/login/",
        room.command("--invite", "auditor")["link"].removeprefix(room.url),
        "/start/used-before/",
    ]


def faults(page) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page, options=AXE).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:150]}" for each in found]


@pytest.mark.slow
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
def test_no_screen_shuts_anybody_out(chromium, wide_room, screens, language, scheme):
    page = sign_in(chromium, wide_room, "olga", language)
    page.emulate_media(color_scheme=scheme)
    wrong = []
    for path in screens:
        page.goto(wide_room.url + path)
        wrong += [(path, fault) for fault in faults(page)]
    page.context.close()
    stranger = chromium.new_context(locale=language, color_scheme=scheme).new_page()
    for path in entrance(wide_room):
        stranger.goto(wide_room.url + path)
        wrong += [(path, fault) for fault in faults(stranger)]
    stranger.context.close()
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("language", ["de", "ar"])  # the longest words, and the other direction
def test_no_screen_scrolls_sideways_at_360_pixels_with_everything_unfolded(chromium, wide_room, screens, language):
    page = sign_in(chromium, wide_room, "olga", language, width=360)
    stranger = chromium.new_context(locale=language, viewport={"width": 360, "height": 740}).new_page()
    wide = []
    for who, path in [*((page, path) for path in screens), *((stranger, path) for path in entrance(wide_room))]:
        who.goto(wide_room.url + path)
        who.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert who.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr"), path
        over = who.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wide += [(path, over)] if over > 0 else []
    page.context.close()
    stranger.context.close()
    assert wide == []


def test_the_duties_of_a_large_day_fit_on_some_screens_and_say_of_whom_the_books_say_nothing(chromium, wide_room):
    page = sign_in(chromium, wide_room, "olga", "en", width=360)
    page.goto(f"{wide_room.url}/incidents/{wide_room.number}/duties/")
    assert page.evaluate("document.documentElement.scrollHeight") < 10_000  # it was 187,000
    said = page.locator(".remedy").inner_text()
    assert "Zimbabwe: no rule is in the books" in said
    assert "Hong Kong" in said
    page.context.close()


def test_duties_are_narrowed_by_plain_links_without_a_script(chromium, wide_room):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{wide_room.url}/account/login/")
    page.fill("#id_login", "olga")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")
    page.wait_for_url(f"{wide_room.url}/")
    page.goto(f"{wide_room.url}/incidents/{wide_room.number}/duties/")
    page.select_option("#show-law", "JP")
    page.select_option("#show-entity", "shop-eu")
    page.click("form.filter button")
    assert page.locator("table.matrix-duties tbody tr").count() > 0
    for row in page.locator("table.matrix-duties tbody tr").all():
        assert "shop-eu" in row.text_content()
    assert {name for name in page.locator(".fold-name").all_text_contents() if name} == {"Japan"}
    context.close()


def test_a_hostile_title_stands_as_text_and_turns_nothing_round(chromium, wide_room):
    page = sign_in(chromium, wide_room, "olga", "ar", width=360)
    page.goto(f"{wide_room.url}/incidents/{wide_room.number}/")
    title = page.locator("h1").inner_text()
    assert title.startswith("<b>Räksmörgås</b>")
    assert "\u202e" not in title
    assert page.locator("h1 b").count() == 0
    page.context.close()


def test_each_question_leads_to_where_it_is_answered(chromium, wide_room):
    page = sign_in(chromium, wide_room, "olga", "en")
    page.goto(f"{wide_room.url}/incidents/{wide_room.number}/duties/")
    where = page.locator("details.question", has_text="Where is market-of")
    assert where.locator("input[type=radio]").count() == 0
    assert where.locator("a").get_attribute("href").endswith("/facts/#companies")
    assert page.locator("details.question", has_text="high risk").locator("input[type=radio]").count() == 2
    page.goto(f"{wide_room.url}/incidents/{wide_room.number}/facts/")
    before = page.locator("#companies ~ article .unsure").count()
    form = page.locator("form[action$='/facts/company/']", has=page.locator("input[value^='market-of']"))
    form.locator("input[name=established]").fill("IE")
    form.locator("textarea").fill("As the commercial register says.")
    form.locator("button").click()
    assert page.locator(".said-now p").first.inner_text() == "Kept."
    assert page.locator("#companies ~ article .unsure").count() == before - 1
    page.goto(f"{wide_room.url}/incidents/{wide_room.number}/duties/")
    assert page.locator("details.question", has_text="Where is market-of").count() == 0
    page.context.close()


def test_what_was_refused_is_said_on_a_page_of_its_own_with_what_was_written(chromium, wide_room):
    page = sign_in(chromium, wide_room, "olga", "en", width=360)
    page.goto(f"{wide_room.url}/incidents/{wide_room.number}/facts/")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    form = page.locator("form[action$='/facts/people/']").first
    form.locator("textarea[name=places]").fill("US-CA 99999")
    form.locator("textarea[name=why]").fill("My own words.")
    form.locator("button").click()
    assert "My own words." in page.locator("main").inner_text()
    assert faults(page) == []
    page.context.close()


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ar", "dark")])
def test_an_agent_reads_the_answer_on_a_small_screen_without_a_script(chromium, wide_room, language, scheme):
    page = sign_in(chromium, wide_room, "olga", language, width=360)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{wide_room.url}/check/")
    page.fill("#typed", wide_room.codes["c_2003"])
    page.click("form[action$='/message/'] button")
    assert SENT in page.locator(".answer-box").inner_text()
    wrong = faults(page)
    page.fill("#customer-id", "c_2003")
    page.select_option("#spoken", "ar")
    page.check("input[name=checked]")
    page.click("form[action$='/customer/'] button")
    assert page.locator(".answer-box .notice-text").get_attribute("dir") == "rtl"
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert ([*wrong, *faults(page)], over, page.said) == ([], 0, [])
    assert "c_2003" not in page.url + page.title()
    page.context.close()


def test_what_is_folded_on_the_screen_is_there_on_paper(chromium, wide_room, tmp_path):
    from pypdf import PdfReader

    page = sign_in(chromium, wide_room, "olga", "en")
    page.goto(f"{wide_room.url}/incidents/{wide_room.number}/duties/?law=JP")
    page.pdf(path=str(tmp_path / "page.pdf"), format="A4")
    page.context.close()
    text = "\n".join(sheet.extract_text() for sheet in PdfReader(tmp_path / "page.pdf").pages)
    assert "Japan" in text
    assert "Keep a record" in text or "Tell the authority" in text
    assert "Sign out" not in text


@pytest.mark.slow
def test_a_long_life_shows_its_newest_hundred_lines_and_all_of_them_by_a_link(wide_room):
    olga = wide_room.somebody("officer", "olga")
    number = olga.open_incident(title="Long")
    page = olga.get(f"/incidents/{number}/timeline/")
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)[0]
    for place in range(100):
        fields = {"csrfmiddlewaretoken": token, "id": f"note-{number}-{place}", "seen": "1", "words": f"note {place}."}
        answer = olga.http.post(f"/incidents/{number}/do/note/", data=fields, headers={"Referer": str(page.url)})
        assert answer.status_code == 302
    for page in ("timeline/", "record/"):
        newest, everything = (olga.get(f"/incidents/{number}/{page}{more}").text for more in ("", "?show=all"))
        lines = [text.count('id="event-') + text.count("#event-") for text in (newest, everything)]
        assert lines[0] == 100
        assert lines[1] > 100
        assert "older line" in newest
        assert "older line" not in everything
