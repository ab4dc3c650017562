"""What a text says is read rightly, in fifteen languages."""

from __future__ import annotations

import importlib.util
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.notices.lint.folded import fold, fold_lines
from spillkit.notices.lint.vocabulary import LANGUAGES, read_vocabulary

_PATH = Path(__file__).resolve().parent.parent.parent / "bench" / "notices_lint.py"
_SPEC = importlib.util.spec_from_file_location("notices_lint", _PATH)
assert _SPEC is not None
assert _SPEC.loader is not None
bench = importlib.util.module_from_spec(_SPEC)
sys.modules["notices_lint"] = bench
_SPEC.loader.exec_module(bench)


@pytest.fixture(scope="module")
def scores():
    return {held_out: bench.measure(held_out) for held_out in (False, True)}


def test_there_are_enough_labelled_sentences():
    sentences = list(bench.sentences())
    assert len(sentences) >= 300
    assert {sentence.language for sentence in sentences} == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_are_read_precisely_and_nearly_all(scores, language):
    score = scores[False][language]
    assert (score.precision, score.recall) >= (0.97, 0.0)
    assert score.recall >= 0.95


def test_sentences_that_the_words_were_never_tuned_on_are_read_too(scores):
    score = scores[True]["all"]
    assert score.precision >= 0.85
    assert score.recall >= 0.75


def test_every_language_has_every_group_of_words():
    english = {group: set(names) for group, names in read_vocabulary("en").patterns.items()}
    for language in LANGUAGES:
        words = read_vocabulary(language)
        for group, names in english.items():
            left_out = names - set(words.patterns[group])
            assert group in ("bare", "cause") or not left_out, f"{language} has no {group} {sorted(left_out)}"
        assert len(words.number_words) >= 20
        assert sorted(set(words.number_words.values())) == list(range(21))


@given(st.text(st.one_of(st.characters(), st.sampled_from("aA  éÉß\n\u200b\u0301١ｆ한\u1112")), max_size=60))
def test_every_folded_letter_knows_where_it_came_from(text):
    folded = fold(text)
    assert list(folded.starts) == sorted(folded.starts)
    assert len(folded.starts) == len(folded.text) + 1
    slow = fold(text + "\u200b")  # never takes the short way
    assert (slow.text, slow.starts[:-1]) == (folded.text, folded.starts[:-1])


@given(
    st.text(st.one_of(st.characters(), st.sampled_from("aA  éÉß\n\n\u0301\u3099\u2028\r한\u1112\u1161")), max_size=60)
)
def test_a_text_folded_line_by_line_is_the_text_folded_at_once(text):
    assert fold_lines(text, fold) == fold(text)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("JOSÉ", "jose"),
        ("ﬁve", "five"),
        ("Ｎame", "name"),
        ("könnten", "könnten"),
        ("د.أحمد", "د.احمد"),
        ("が", "が"),
        ("한", "한"),
    ],
)
def test_a_word_is_found_however_it_was_typed(typed, found):
    assert fold(typed).text == fold(unicodedata.normalize("NFD", typed)).text == fold(found).text
