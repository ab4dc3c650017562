"""What the engine says is said by phrases: told in English they are the very words of the decision, and every language has them."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import msgspec
import pytest
from babel.messages.mofile import read_mo
from hypothesis import given
from hypothesis import strategies as st

from spillkit.law.books import read_books
from spillkit.law.cases import decide_case
from spillkit.law.decide import decide
from spillkit.law.decision import Duty, Reason, Truth
from spillkit.law.flips import flip_phrase
from spillkit.law.phrases import AS_READ, COUNTED, MILESTONES, PHRASES, Phrase
from spillkit.law.severity import severity_words
from spillkit.law.telling import tell
from spillkit.law.words import counted, people_phrase
from spillkit.voice import ENGLISH
from tests.law.test_world import AWARE, company_facts

BOOKS = read_books()
LOCALE = Path(__file__).parents[2] / "src" / "spillkit_server" / "locale"
LANGUAGES = ("fr", "it", "de", "es", "ar")
# (a) names and e-mails shown to other customers; (b) e-mail addresses passed on by staff: tests/law/test_world.py.
WORLDS = {
    "names and e-mails, nothing answered": company_facts(("name", "email"), 400, {}),
    "e-mail addresses, passed on": company_facts(("email",), 5000, {"improper-purpose": "yes"}, intentional="yes"),
    "passwords of a few, on purpose or not": company_facts(("name", "password", "order"), 7, {}, shown_to=("unknown",)),
    "a share was looked at": company_facts(("card-number", "medical"), 40, {"encrypted": "no"}, coverage=0.4),
}


def assert_tied(duty: Duty) -> None:
    """Every link and every flip of a duty, told in English, is what the duty says."""
    for reason in duty.reasons:
        condition, because = reason.said
        if condition != AS_READ:
            assert tell(condition, BOOKS) == reason.condition
        else:
            rule = BOOKS.rules[duty.rule]
            assert reason.condition in {one.words for one in rule.when}, (
                "only words of the law itself stand as they were read"
            )
        assert ENGLISH.begin(tell(because, BOOKS)) == reason.because
    for flip in duty.flips:
        assert tell(flip_phrase(flip.kind, flip.value, duty.jurisdiction), BOOKS) == flip.words


@pytest.mark.parametrize("rule", BOOKS.rules.values(), ids=list(BOOKS.rules))
def test_the_words_of_every_case_are_its_phrases(rule):
    book = BOOKS.jurisdictions[BOOKS.code_of[rule.id]]
    for case in rule.case:
        duty = decide_case(case, rule, book, BOOKS)
        if duty is not None:
            assert_tied(duty)


@pytest.mark.parametrize("facts", WORLDS.values(), ids=list(WORLDS))
def test_the_words_of_a_whole_decision_are_its_phrases(facts):
    decided = decide(facts, BOOKS, now=AWARE)
    for duty in decided.duties:
        assert_tied(duty)
    severity = decided.severity
    for factor in severity.factors:
        assert tell(factor.said, BOOKS) in (factor.because, factor.because[:1].lower() + factor.because[1:])
    high = severity.score if severity.score_upper is None else severity.score_upper
    assert severity_words(severity.score, high, BOOKS) == severity.words


def test_the_phrases_survive_being_kept():
    decided = decide(WORLDS["names and e-mails, nothing answered"], BOOKS, now=AWARE)
    again = msgspec.json.decode(msgspec.json.encode(decided), type=type(decided))
    assert again == decided
    assert [reason.said for duty in again.duties for reason in duty.reasons] == [
        reason.said for duty in decided.duties for reason in duty.reasons
    ]


def test_what_was_kept_before_there_were_phrases_still_reads():
    kept = b'{"condition": "It rains", "holds": "no", "because": "The sun shines", "source": "Art. 1"}'
    assert msgspec.json.decode(kept, type=Reason) == Reason(
        condition="It rains", holds=Truth.NO, because="The sun shines", source="Art. 1"
    )


@given(st.integers(0, 5), st.integers(0, 2000))
def test_numbers_of_people_read_alike_in_both_ways(low, more):
    assert tell(people_phrase(low, low + more), BOOKS) == counted(low, low + more)


def test_a_phrase_of_another_spillkit_is_refused():
    with pytest.raises(KeyError):
        tell(Phrase("of-tomorrow"), BOOKS)
    with pytest.raises(ValueError, match="zip"):
        tell(Phrase("in-force", ("2026-11-22",)), BOOKS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_and_every_shared_word_is_there_in_every_language(language):
    with (LOCALE / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        catalogue = read_mo(file)
    said = [text for text in PHRASES.values() if text != "{ask}"]
    said += [*MILESTONES.values(), *BOOKS.sectors.values(), *(kind.words for kind in BOOKS.fields.values())]
    said += [text for question in BOOKS.questions.values() for text in (question.ask, question.help) if text]
    said += [one for one, _ in COUNTED.values()]
    for text in said:
        message = catalogue.get(text)
        assert message is not None, text
        forms = [message.string] if isinstance(message.string, str) else message.string
        assert all(forms), text
        names = {name for _, name, _, _ in Formatter().parse(text) if name}
        assert all({name for _, name, _, _ in Formatter().parse(form) if name} <= names for form in forms), text
