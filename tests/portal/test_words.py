"""The portal's sentences: fifteen languages say the same, in right plurals, without a hedge, and nobody signed them yet."""

from __future__ import annotations

import doctest
import re
import tomllib
from importlib import resources

import pytest
from babel import Locale

from spillkit.notices.checklist import found_in
from spillkit.notices.wording import LANGUAGES, is_signed
from spillkit_portal import throttle, words
from spillkit_portal.words import portal_words, wanted

FOLDER = resources.files("spillkit_portal").joinpath("texts")
PLACES = re.compile(r"\{(\w+)\}")


def table(language):
    return tomllib.loads(FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8"))


def sentences(language):
    for group, entries in table(language).items():
        for key, said in entries.items():
            if group != "head":
                yield from ([(f"{group}.{key}", said)] if isinstance(said, str) else said.items())


def test_there_is_a_catalogue_for_each_language_and_no_other():
    assert {place.name for place in FOLDER.iterdir()} == {f"{language}.toml" for language in LANGUAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_the_sentences_of_english_with_the_same_places_and_its_own_plurals(language):
    english, own = table("en"), table(language)
    assert {group: set(keys) for group, keys in own.items()} == {group: set(keys) for group, keys in english.items()}
    for group, entries in english.items():
        for key, said in entries.items():
            if isinstance(said, str):
                assert sorted(PLACES.findall(own[group][key])) == sorted(PLACES.findall(said)), f"{group}.{key}"
            else:
                assert set(own[group][key]) == {*Locale.parse(language).plural_form.tags, "other"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_hedges_or_calls_it_what_only_a_decision_may_call_it(language):
    assert [(name, found) for name, said in sentences(language) if (found := list(found_in(said, language)))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_catalogue_waits_for_a_native_reader(language):
    assert "Needs a native reader" in FOLDER.joinpath(f"{language}.toml").read_text(encoding="utf-8").splitlines()[0]
    assert not is_signed(portal_words(language).head)


WANTED = {
    "none": ("", "en"),
    "arabic of Egypt": ("ar-EG,ar;q=0.9,en;q=0.8", "ar"),
    "by weight": ("en;q=0.5, ja;q=0.9", "ja"),
    "old Hebrew": ("iw", "he"),
    "refused": ("ja;q=0, ar;q=0.1", "ar"),
    "nonsense": (";;;,,,q=q;=\x00,en;q=zzz", "en"),
    "not a number": ("ja;q=nan", "en"),
    "unknown": ("eo, tlh", "en"),
}


@pytest.mark.parametrize(("header", "language"), WANTED.values(), ids=WANTED)
def test_a_browser_is_led_to_the_language_that_it_asks_for(header, language):
    assert wanted(header, ("en", "ar", "ja", "he")) == language


def test_examples_in_docstrings_hold():
    results = [doctest.testmod(module) for module in (words, throttle)]
    assert [result.failed for result in results] == [0, 0]
    assert all(result.attempted for result in results)
