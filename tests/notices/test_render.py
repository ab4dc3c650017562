"""Text and HTML of a notice: the fast way writes what the plain way writes, and no name harms either."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from html.parser import HTMLParser

import msgspec
import pytest
import tinyhtml5
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spillkit.law.books import read_books
from spillkit.model import ViewerKind
from spillkit.notices.checklist import rules_of
from spillkit.notices.demands import Demands, demands_by_place, demands_of
from spillkit.notices.reader import Reader, printed_name
from spillkit.notices.render import COLUMNS, DARK, LIGHT, Rendered, Renderer, render
from spillkit.notices.structure import write_statement
from spillkit.notices.told import Kind
from spillkit.notices.wording import LANGUAGES, RIGHT_TO_LEFT
from tests.notices.hostile import NAMES
from tests.notices.written import ALL_FIELDS, CODE, LETTERHEAD, story, told
from tests.server.browsing import NEEDS_CHROMIUM

AUTHORITIES = {"eea/LU": "Commission nationale pour la protection des données (CNPD)"}
NOW = date(2026, 11, 22)
DEMANDS = {
    region: demands_of([rule for _, rule in rules_of(read_books(), "US", region, NOW)], NOW)
    for region in ("US-CA", "US-MA")
}
MAIL = Renderer(story(), LETTERHEAD, demands=DEMANDS, authorities=AUTHORITIES, written_on=NOW)
PAPER = Renderer(story(), LETTERHEAD, authorities=AUTHORITIES, written_on=NOW, on_paper=True)
MOMENTS = st.integers(0, 500_000).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n)) | st.none()
PEOPLE = st.builds(
    lambda languages, **more: told(*languages, **more),
    st.lists(st.sampled_from([*LANGUAGES, "pt-BR", "iw"]), min_size=1, max_size=2),
    kind=st.sampled_from(Kind),
    country=st.sampled_from(["", "LU", "US", "DE", "JP"]),
    fields=st.lists(st.sampled_from([*ALL_FIELDS, "loyalty <points>"]), unique=True, max_size=4).map(tuple),
    first_at=MOMENTS,
    last_at=MOMENTS,
    viewers=st.dictionaries(
        st.sampled_from([*(kind.value for kind in ViewerKind), "not-known", "a bot\u202e"]), st.integers(0, 120)
    ).map(lambda counts: tuple(sorted(counts.items()))),
    authority=st.sampled_from(["", "eea/LU"]),
    is_shared=st.booleans(),
)
READERS = st.builds(Reader, st.text(max_size=100) | st.sampled_from(NAMES), st.sampled_from(["", "US-CA", "US-MA"]))
CODES = st.just(CODE) | st.text(max_size=30).filter(str.strip)


@settings(max_examples=100, deadline=None)
@given(PEOPLE, READERS, CODES)
@example(told("ar", viewers=(("subject", 2),)), Reader("\ue000"), "\ue001")
@example(told("en", "ar", first_at=None, viewers=(("subject", 1), ("staff", 11))), Reader("محمد"), CODE)
def test_a_notice_from_its_shape_is_the_notice_that_is_written_from_the_beginning(person, reader, code):
    for renderer in (MAIL, PAPER):
        assert renderer.render(person, code, reader) == renderer.plain(person, code, reader)


def test_people_of_one_shape_each_get_their_own_values():
    start = datetime(2026, 11, 3, 8, 0, tzinfo=UTC)
    people = [
        (
            told("en", first_at=start + timedelta(minutes=n), viewers=(("subject", 2 + n),)),
            f"CODE-{n:03}",
            Reader(f"Person{n}"),
        )
        for n in range(200)
    ]
    renderer = Renderer(story(), LETTERHEAD)
    for number, rendered in enumerate([renderer.render(*person) for person in people]):
        assert f"Hello Person{number}," in rendered.text
        assert re.findall(r"CODE-\d+", rendered.text + rendered.html) == [f"CODE-{number:03}"] * 2
        assert f"{number + 2} other customers" in rendered.text
        first = start + timedelta(minutes=number, hours=1)
        assert f"3 November 2026, {first:%H:%M}" in rendered.text


@pytest.mark.parametrize("language", ["ar", "pl", "he", "en"])
def test_each_number_of_viewers_takes_its_own_form_from_one_shelf_of_shapes(language):
    renderer = Renderer(story(), LETTERHEAD)
    for count in (0, 1, 2, 3, 5, 11, 12, 21, 22, 100, 103):
        person = told(language, viewers=(("staff", count), ("subject", 1)))
        assert renderer.render(person, CODE) == renderer.plain(person, CODE)


# Text.


def columns(line: str) -> int:
    return sum(
        0 if unicodedata.category(c) in {"Cf", "Mn"} else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in line
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_line_is_wider_than_72_columns(language):
    for kind in Kind:
        for viewers in ((("staff", 1), ("subject", 11)), (("partner", 100), ("subject", 2), ("crawler", 1))):
            rendered = MAIL.render(told(language, kind=kind, fields=ALL_FIELDS, viewers=viewers), CODE, Reader("Alice"))
            assert [line for line in rendered.text.split("\n") if columns(line) > COLUMNS] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_is_lines_without_trailing_spaces_or_anything_that_drives(language):
    text = MAIL.render(told(language), CODE, Reader("Alice")).text
    assert text.endswith("\n")
    assert "\r" not in text
    for line in text.split("\n"):
        assert line == line.rstrip(" ")
        assert all(c.isprintable() or c in "\u2066\u2068\u2069\u200f\u00a0\u202f" for c in line), line


def test_wide_characters_break_where_japanese_allows_and_an_address_stays_whole():
    text = MAIL.render(told("ja"), CODE, Reader("Alice")).text
    lines = text.split("\n")
    assert not [line for line in lines if line.lstrip()[:1] in set("、。」）")]
    assert "notices@shop.example" in lines
    assert "   " + CODE in lines


@pytest.mark.parametrize("length", range(30, 40))
def test_no_line_of_japanese_begins_with_a_full_stop_or_ends_with_an_open_bracket(length):
    about = story(not_known={"ja": ("あ" * length + "。「" + "い" * 40 + "」、" + "う" * 10,)})
    lines = Renderer(about, LETTERHEAD).render(told("ja"), CODE).text.split("\n")
    assert not [line for line in lines if line.lstrip()[:1] in set("、。」")]
    assert not [line for line in lines if line[-1:] == "「"]
    assert all(columns(line) <= COLUMNS for line in lines)


@pytest.mark.parametrize("language", sorted(RIGHT_TO_LEFT))
def test_what_runs_from_left_to_right_is_isolated_in_a_line_that_runs_from_right_to_left(language):
    text = MAIL.render(told(language), CODE, Reader("Alice")).text
    for value in (CODE, "shop.example/check", "notices@shop.example", "privacy@shop.example", "988", "1,014"):
        assert f"\u2066{value}\u2069" in text
    assert "\u2068Alice\u2069" in text
    for line in text.split("\n"):
        assert line == "" or line[0] == "\u200f"
        assert len(re.findall("[\u2066\u2068]", line)) == line.count("\u2069")


def test_a_name_from_right_to_left_is_isolated_in_a_line_from_left_to_right():
    assert "Hello \u2068محمد\u2069," in MAIL.render(told("en"), CODE, Reader("محمد")).text
    assert "Hello Zoë," in MAIL.render(told("en"), CODE, Reader("Zoë")).text


def test_two_languages_stand_one_below_the_other_and_the_first_says_so():
    rendered = MAIL.render(told("en", "fr", country="FR"), CODE, Reader("Alice"))
    assert rendered.languages == ("fr", "en")
    assert rendered.text.startswith("English version below.\n")
    assert (
        rendered.text.index("Bonjour Alice") < rendered.text.index("=" * COLUMNS) < rendered.text.index("Hello Alice")
    )
    assert rendered.subject == (
        "Shop\u00a0: vos données personnelles sont arrivées chez d’autres personnes / Shop: your personal data reached other people"
    )


def test_a_subject_of_two_languages_that_is_too_long_is_that_of_the_first():
    head = msgspec.structs.replace(LETTERHEAD, brand="B" * 120)
    assert (
        Renderer(story(), head)
        .render(told("en", "fr", country="FR"), CODE)
        .subject.startswith("B" * 120 + "\u00a0: vos")
    )
    assert " / " not in Renderer(story(), head).render(told("en", "fr"), CODE).subject


def test_a_letter_begins_with_the_company_and_the_day():
    text = PAPER.render(told("en"), CODE, Reader("Alice")).text
    assert text.startswith("17 rue des Tisserands\n2338 Luxembourg\n\n22 November 2026\n\nShop: your personal data")


def test_the_statement_has_text_and_html_too():
    rendered = render(write_statement(story(), LETTERHEAD, ("en", "ar"), ("name",)))
    assert "We know of 988 people who are affected." in rendered.text
    assert '<div class="part" lang="ar" dir="rtl"' in rendered.html


# HTML.


class Page(HTMLParser):
    """Elements, attributes and text, as the standard library's parser reads them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.shown: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"style", "title"}:
            self.shown.append(data)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _ in self.elements]

    @property
    def text(self) -> str:
        return "".join(self.shown)


def seen_by_html5(html: str) -> tuple[list[str], str]:
    """Elements and text as the algorithm of the HTML standard builds them (what a browser does with broken markup too)."""
    tree = tinyhtml5.parse(html, namespace_html_elements=False)
    return [str(element.tag) for element in tree.iter()], "".join(tree.find("body").itertext())


ALLOWED = set("html head meta title style body div p h1 h2 h3 ul ol li br span bdi".split())


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_is_simple_elements_with_its_language_and_direction_and_nothing_from_outside(language):
    rendered = MAIL.render(told(language, "en" if language != "en" else "ar", fields=ALL_FIELDS), CODE, Reader("Alice"))
    page = Page(rendered.html)
    assert set(page.tags) <= ALLOWED
    by_tag = dict(reversed(page.elements))
    first = rendered.languages[0]
    direction = "rtl" if first in RIGHT_TO_LEFT else "ltr"
    for tag in ("html", "body"):
        assert (by_tag[tag]["lang"], by_tag[tag]["dir"]) == (first, direction)
    parts = [attributes for _, attributes in page.elements if attributes.get("class") == "part"]
    assert [(part["lang"], part["dir"]) for part in parts] == [
        (one, "rtl" if one in RIGHT_TO_LEFT else "ltr") for one in rendered.languages
    ]
    for outside in (
        "http",
        "url(",
        "@import",
        "src=",
        "href",
        "<a",
        "<img",
        "<form",
        "<table",
        "<script",
        "javascript",
    ):
        assert outside not in rendered.html.lower()
    for value in (CODE, "shop.example/check", "notices@shop.example"):
        assert f'<bdi dir="ltr" translate="no">{value}</bdi>' in rendered.html
    assert "<bdi>Alice</bdi>" in rendered.html


def test_a_page_says_what_the_text_says():
    rendered = MAIL.render(told("en", fields=ALL_FIELDS, viewers=(("staff", 1), ("subject", 3))), CODE, Reader("Alice"))
    shown = re.sub(r"\s+", "", Page(rendered.html).text)
    for line in rendered.text.split("\n"):
        plain = re.sub(r"^\s*(?:- |\d+\. )?|\s+", "", line)
        assert set(plain) <= {"-"} or plain in shown, line


def contrast(one: str, other: str) -> float:
    """Contrast of two colours. Source: WCAG 2.2, relative luminance and contrast ratio."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_stands_out_seven_to_one_in_light_and_in_dark(colours):
    for text in ("text", "quiet"):
        for ground in ("ground", "shown"):
            assert contrast(colours[text], colours[ground]) >= 7
    html = MAIL.render(told(), CODE).html
    assert all(colour in html for colour in colours.values())


# Names that mean harm.


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(NAMES) | st.text(max_size=90), st.sampled_from(["en", "ar", "ja"]))
def test_no_name_changes_anything_but_the_place_of_a_name(name, language):
    person = told(language)
    harmed, usual = MAIL.render(person, CODE, Reader(name)), MAIL.render(person, CODE, Reader("Alice"))
    nameless = MAIL.render(person, CODE)
    printed = printed_name(name)
    assert harmed.subject == usual.subject
    elements, shown = seen_by_html5(harmed.html)
    assert Page(harmed.html).tags == elements
    if printed:
        assert elements == seen_by_html5(usual.html)[0]
        assert printed in shown
        lines, others = harmed.text.split("\n"), usual.text.split("\n")
        assert len(lines) == len(others)
        assert [n for n, (one, other) in enumerate(zip(lines, others)) if one != other] in ([4], [])
        assert lines[4].replace("\u2068", "").replace("\u2069", "") == others[4].replace("Alice", printed).replace(
            "\u2068", ""
        ).replace("\u2069", "")
    else:
        assert harmed == nameless


@pytest.mark.parametrize(
    "value", ["<script>alert(1)</script>", "{{ 7*7 }}{% raw %}", "{name}%s{0}", "\u202egro\u2066", "A\r\nB"]
)
def test_no_word_of_the_company_harms_either(value):
    changed = {"name": value, "brand": f"{value} b", "contact": value, "officer": value, "contact_hours": {"en": value}}
    head = msgspec.structs.replace(LETTERHEAD, postal=(value, value), **changed)
    about = story(not_known={"en": (value,)})
    for on_paper in (False, True):
        rendered = Renderer(about, head, on_paper=on_paper).plain(told("en"), value, Reader("Alice"))
        usual = Renderer(story(not_known={"en": ("x",)}), LETTERHEAD, on_paper=on_paper).plain(
            told("en"), CODE, Reader("Alice")
        )
        assert seen_by_html5(rendered.html)[0] == seen_by_html5(usual.html)[0]
        assert "\r" not in rendered.text
        assert "\n" not in rendered.subject
        assert "\u202e" not in rendered.text + rendered.html + rendered.subject
        if "{" in value:
            assert value in rendered.text


def test_the_shapes_that_are_kept_are_few(monkeypatch):
    monkeypatch.setattr("spillkit.notices.render._SHAPES", 3)
    renderer = Renderer(story(), LETTERHEAD)
    for number in range(40):
        # Neither a country, nor a region without a law of its own, nor a number makes another shape.
        renderer.render(
            told(country=f"{number:02}", viewers=(("subject", 2 + number),)), CODE, Reader("", f"XX-{number}")
        )
    assert len(renderer._shapes) == 1
    for field in ALL_FIELDS:
        assert renderer.render(told(fields=(field,)), CODE) == renderer.plain(told(fields=(field,)), CODE)
    assert len(renderer._shapes) == 3


def test_demands_go_by_region_before_country():
    renderer = Renderer(story(), LETTERHEAD, demands={**DEMANDS, "US": Demands()})
    assert "Notice of Data Breach" in renderer.render(told(country="US"), CODE, Reader("Alice", "US-CA")).subject
    assert "reached" in renderer.render(told(country="US"), CODE, Reader("Alice", "US-TX")).subject
    assert "reached" not in renderer.render(told(country="US"), CODE, Reader("Alice", "US-MA")).subject


def test_where_the_state_is_not_known_nothing_is_said_that_any_state_forbids():
    renderer = Renderer(story(), LETTERHEAD, demands=demands_by_place(read_books(), NOW))
    subjects = {
        region: renderer.render(told(country="US"), CODE, Reader("Alice", region)).subject
        for region in ("", "US-TX", "US-MA", "US-CA")
    }
    assert subjects == {
        "": "Shop: about your personal data",
        "US-TX": "Shop: your personal data reached other people",
        "US-MA": "Shop: about your personal data",
        "US-CA": "Notice of Data Breach",
    }
    assert "reached" in renderer.render(told(country="FR"), CODE).subject


# A small telephone.


@pytest.fixture(scope="module")
def chromium():
    from playwright.sync_api import sync_playwright

    from tests.server.browsing import CHROMIUM

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.mark.server
@pytest.mark.skipif(NEEDS_CHROMIUM[1].args[0], reason="needs Debian's chromium")
def test_axe_finds_nothing_on_a_page_and_no_text_below_seven_to_one(chromium):
    from axe_playwright_python.sync_playwright import Axe

    options = {"resultTypes": ["violations"], "rules": {"color-contrast-enhanced": {"enabled": True}}}
    for scheme, languages in (("light", ("ar", "fr")), ("dark", ("en",))):
        page = chromium.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
        page.set_content(MAIL.render(told(*languages, fields=ALL_FIELDS), CODE, Reader("Alice")).html)
        assert [found["id"] for found in Axe().run(page, options=options).response["violations"]] == []
        page.close()


def in_browser(html: str, page) -> tuple[int, str, str]:
    page.set_content(html)
    return page.evaluate(
        "[document.documentElement.scrollWidth, getComputedStyle(document.body).backgroundColor,"
        " getComputedStyle(document.querySelector('.shown')).direction]"
    )


@pytest.mark.server
@pytest.mark.skipif(NEEDS_CHROMIUM[1].args[0], reason="needs Debian's chromium")
def test_every_language_fits_a_telephone_of_320_points_in_light_and_in_dark(chromium):
    for scheme, ground in (("light", LIGHT["ground"]), ("dark", DARK["ground"])):
        page = chromium.new_page(viewport={"width": 320, "height": 640}, color_scheme=scheme)
        for language in LANGUAGES:
            rendered: Rendered = MAIL.render(told(language, fields=ALL_FIELDS), CODE, Reader("A" * 80))
            width, background, direction = in_browser(rendered.html, page)
            assert width <= 320
            assert background == "rgb({}, {}, {})".format(*(int(ground[n : n + 2], 16) for n in (1, 3, 5)))
            assert direction == ("rtl" if language in RIGHT_TO_LEFT else "ltr")
        page.close()
