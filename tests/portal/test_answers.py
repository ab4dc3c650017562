"""What a code is answered: what its notice says, in a page as long as every other."""

from __future__ import annotations

import re

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.model import Field
from spillkit.notices.code import Code, digest_of, shown
from spillkit.notices.demands import Demands
from spillkit.notices.publication import KINDS, RECORD, Fake, Flag, Sign, Way, field_bits
from spillkit.notices.story import Done
from spillkit.notices.structure import write_notice
from spillkit.notices.told import Kind, Told
from spillkit.notices.wording import LANGUAGES
from spillkit_portal.answer import Answers, Found, Outcome, Shape, Table
from spillkit_portal.pages import html_block, write_pages
from tests.notices.hostile import NAMES
from tests.notices.written import LETTERHEAD, story
from tests.portal.published import CAMPAIGN, CODES, FAKES, KEYS, a_code, coded, published

LABELS = [field.label for field in Field]
FLAGS = [Flag(0), Flag.SHARED, Flag.WITHHELD]
SHAPES = frozenset(Shape(kind, 0, 0, int(flags)) for kind in range(len(KINDS)) for flags in FLAGS)
ANSWERS = {language: Answers(published(), language, SHAPES) for language in ("en", "ar", "ja")}


def table_of(coded_ones):
    records = [
        RECORD.pack(one.digest[:16], field_bits(one.fields), KINDS.index(one.kind), 0, one.entity, int(one.flags))
        for one in coded_ones
    ]
    return Table(b"".join(sorted(records)), KEYS.looking_up)


def blocks_of(notice, sections=("happened", "data", "do", "ask", "never")):
    return [
        html_block(block) for section in notice.parts[0].sections if section.id in sections for block in section.blocks
    ]


@settings(max_examples=150, deadline=None)
@given(
    st.sets(st.sampled_from(LABELS)), st.sampled_from(KINDS), st.sampled_from(FLAGS), st.sampled_from(sorted(ANSWERS))
)
def test_the_page_of_a_genuine_code_says_what_its_notice_says_and_nothing_else(fields, kind, flags, language):
    page = (
        ANSWERS[language]
        .page(Found(Outcome.GENUINE, Shape(KINDS.index(kind), 0, 0, int(flags)), field_bits(fields)))
        .decode()
    )
    in_order = tuple(label for label in LABELS if label in fields)
    told = Told("", (), kind, "lu", "", (language,), in_order, None, None, (), is_shared=bool(flags & Flag.SHARED))
    demands = Demands(withheld=frozenset({"nature"}) if flags & Flag.WITHHELD else frozenset())
    notice = write_notice(told, CAMPAIGN.story, LETTERHEAD, "code", demands=demands)
    said = page[page.index("<h3>") : page.index('<form method="post"')]
    assert re.findall(r"<(?:p|li)>.*?</(?:p|li)>\n", said, re.DOTALL) == blocks_of(notice)
    assert len(page.encode()) == ANSWERS[language].length


@pytest.mark.parametrize("language", ANSWERS)
def test_every_page_is_as_long_as_every_other(language):
    pages = {
        len(ANSWERS[language].page(Found(outcome, shape, bits)))
        for outcome in Outcome
        for shape in [*SHAPES, Shape(9, 9, 9, 0)]
        for bits in (0, 1, 0xFFFF)
    }
    assert pages == {ANSWERS[language].length}


def test_what_is_not_genuine_says_nothing_of_any_notice():
    for outcome in (Outcome.UNKNOWN, Outcome.MISTYPED, Outcome.WITHDRAWN):
        page = ANSWERS["en"].page(Found(outcome, Shape(0, 0, 0, 0), 0xFFFF)).decode()
        assert "What the genuine message says" not in page
        assert "postal address" not in page


def test_a_session_that_ended_needs_no_sign_out_and_an_open_one_does():
    shape = Shape(0, 0, 0, 0)
    ended = msgspec.structs.replace(CAMPAIGN, story=story(done=((Done.SESSIONS_ENDED, story().known_on),)))
    for campaign, expected in ((CAMPAIGN, True), (ended, False)):
        answers = Answers(published(campaigns=(campaign,)), "en", frozenset({shape}))
        page = answers.page(Found(Outcome.GENUINE, shape, field_bits(["session"]))).decode()
        assert ("Sign out on all your devices" in page) == expected


@given(st.sets(st.integers(0, 300), max_size=120), st.lists(st.integers(0, 400), max_size=30))
@settings(max_examples=100, deadline=None)
def test_the_table_finds_exactly_what_was_given_out(given_out, asked):
    table = table_of([coded(f"n{number}", fields=(LABELS[number % 11],)) for number in sorted(given_out)])
    for number in [*asked, *given_out]:
        found = table.find(shown(a_code(f"n{number}")))
        assert (found.outcome is Outcome.GENUINE) == (number in given_out)
        if number in given_out:
            assert found.fields == field_bits([LABELS[number % 11]])


def test_each_kind_of_code_is_known_as_what_it_is():
    table = table_of(CODES.values())
    outcomes = {name: table.find(shown(a_code(name))).outcome for name in CODES}
    assert outcomes.pop("withdrawn") is Outcome.WITHDRAWN
    assert set(outcomes.values()) == {Outcome.GENUINE}
    assert table.find(shown(a_code("never given out"))).outcome is Outcome.UNKNOWN
    assert {table.shapes()} == {frozenset(table.find(shown(a_code(name))).shape for name in CODES)}


def test_nothing_that_people_type_is_a_code_by_accident():
    table = table_of(CODES.values())
    assert {table.find(name).outcome for name in NAMES} == {Outcome.MISTYPED}
    # Nobody's code is looked up where what was typed is none. Should it ever be given out, it is still not found that way.
    nobodys = Code("0" * 15)
    own = table_of([msgspec.structs.replace(coded("x"), digest=digest_of(nobodys, KEYS))])
    assert own.find("nonsense").outcome is Outcome.MISTYPED
    assert own.find(nobodys).outcome is Outcome.GENUINE


def test_a_table_without_a_code_finds_none():
    assert Table(b"", KEYS.looking_up).find(shown(a_code("affected"))).outcome is Outcome.UNKNOWN


def test_a_notice_under_another_legal_entity_names_that_one():
    shapes = frozenset({Shape(0, 0, 0, 0), Shape(0, 0, 1, 0)})
    page = Answers(published(), "en", shapes).page(Found(Outcome.GENUINE, Shape(0, 0, 1, 0), 1)).decode()
    assert "This message is from: <bdi>Shop Canada Inc.</bdi>" in page
    assert "Shop &lt;b&gt;&amp;Co" in page
    assert Kind.AFFECTED is KINDS[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_of_every_language_is_written_and_no_sentence_is_empty(language):
    publication = published(languages=LANGUAGES, fakes=tuple(Fake(FAKES[0].seen_on, way, tuple(Sign)) for way in Way))
    pages = write_pages(publication, language)
    answers = Answers(publication, language, SHAPES)
    said = [answers.page(Found(outcome, shape, 0xFFFF)) for outcome in Outcome for shape in SHAPES]
    single = [pages.asked, pages.full, pages.missing, pages.many, pages.long, pages.broken]
    for page in [*pages.by_name.values(), *pages.without_forms.values(), *single, *said]:
        assert not re.search(rb"<(p|li|h1|h2|h3|button|label|th|td|a)\b[^>]*>\s*</\1>", page)
        assert b"{" not in page[page.index(b"</style>") :]
        assert page.endswith(b"</html>\n")
