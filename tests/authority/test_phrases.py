"""Six languages say the same things, and none says what nobody signed."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.authority.phrases import LANGUAGES, phrases
from tests.authority.papers import books

OTHERS = [language for language in LANGUAGES if language != "en"]


def places(text: str) -> list[str]:
    return sorted(re.findall(r"\{(\w+)\}", text))


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_same_phrases_with_the_same_places(language):
    english, other = phrases("en").table, phrases(language).table
    assert {group: set(table) for group, table in english.items()} == {
        group: set(table) for group, table in other.items()
    }
    for group, table in english.items():
        for key, text in table.items():
            assert places(text) == places(other[group][key]), f"{group}.{key}"
            assert other[group][key].strip()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_item_that_a_law_lists_and_every_kind_of_data_has_a_name(language):
    table = phrases(language).table
    listed = {item for rule in books().rules.values() for item in rule.content.items}
    assert listed - set(table["item"]) == set()
    assert set(books().fields) - set(table["field"]) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_phrase_but_the_official_title_uses_the_word(language):
    said = phrases(language)
    pattern = re.compile(rf"(?<!\w)(?:{said.say('unsigned.words')})(?!\w)", re.IGNORECASE)
    for group, table in said.table.items():
        for key, text in table.items():
            assert (group, key) in {("frame", "title-breach"), ("unsigned", "words")} or not pattern.search(text), (
                f"{group}.{key}"
            )


NUMBERS = {"en": "10,000,000", "de": "10.000.000", "it": "10.000.000", "es": "10.000.000", "ar": "10,000,000"}


@pytest.mark.parametrize(("language", "written"), NUMBERS.items())
def test_numbers_are_written_as_the_language_does(language, written):
    assert phrases(language).number(10_000_000) == written


@pytest.mark.parametrize("language", LANGUAGES)
@given(share=st.floats(0, 1))
def test_a_share_is_never_rounded_up_to_all_or_down_to_nothing(language, share):
    said = phrases(language).share(share)
    assert (said == "100\u00a0%") == (share == 1)
    assert (said == "0\u00a0%") == (share == 0)


@pytest.mark.parametrize("language", LANGUAGES)
@given(minutes=st.integers(0, 100 * 24 * 60))
def test_lengths_of_time_are_in_words_of_the_language(language, minutes):
    said = phrases(language).length(timedelta(minutes=minutes))
    assert said
    assert "duration" not in said


def test_values_are_put_in_as_they_are():
    assert phrases("en").say("open.because", because="{because} \\1") == "Not yet known, because {because} \\1."


def test_values_in_a_line_from_right_to_left_keep_their_own_order():
    assert "\u20682026-11-25\u2069" in phrases("ar").say("open.expected", date="2026-11-25")
    assert "\u2068" not in phrases("en").say("open.expected", date="2026-11-25")
