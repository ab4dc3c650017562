"""The answer to "is this from you?": whole in every language, and with nothing of the message in it."""

from __future__ import annotations

import msgspec
import pytest

from spillkit.notices.genuine import Verdict
from spillkit.notices.message import Mail, Press, Sending
from spillkit.notices.verdict_letter import verdict_letter, verdict_words
from spillkit.notices.wording import LANGUAGES
from tests.notices.hostile import NAMES
from tests.notices.written import LETTERHEAD

KEYS = {"subject", "program", *(verdict.value for verdict in Verdict)}


def test_every_language_has_every_sentence_once():
    assert set(verdict_words()) == set(LANGUAGES)
    for language, words in verdict_words().items():
        assert set(words) == KEYS, language
        assert len(set(words.values())) == len(KEYS), language
        assert not any("{" in text or "http" in text or text != text.strip() for text in words.values()), language


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("verdict", Verdict)
def test_an_answer_says_the_verdict_and_where_to_check(verdict, language):
    letter = verdict_letter(verdict, (language, "en") if language != "en" else ("en",), LETTERHEAD)
    for words in (verdict_words()[language][verdict.value], "shop.example/check", "privacy@shop.example"):
        assert words in letter.text
        assert words in letter.html
    assert "href" not in letter.html
    others = {verdict_words()[language][other.value] for other in Verdict if other is not verdict}
    assert not [words for words in others if words in letter.text]


@pytest.mark.parametrize("name", NAMES)
def test_a_hostile_letterhead_harms_no_answer(name):
    head = msgspec.structs.replace(LETTERHEAD, contact=name, check_at=name)
    letter = verdict_letter(Verdict.NOT_OURS, ("ar",), head)
    assert "<script" not in letter.html
    assert "\x1b" not in letter.text
    sending = Sending("answers", "Shop", "notices@shop.example", "shop.example", "notices@bounce.shop.example")
    from datetime import UTC, datetime

    mail = Mail(
        "a" * 26, "x@example.org", "", letter.subject, letter.text, letter.html, letter.languages, datetime.now(UTC)
    )
    assert Press(sending).post(mail).head.count(b"\r\nTo:") == 1
