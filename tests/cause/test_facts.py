"""What else is known of an incident, said again in another language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.cause.facts import COUNTED, FACTS, tell_fact
from spillkit.voice import ENGLISH, Voice

WHOLE = [name for name, (one, _) in COUNTED.items() if one.endswith(".")]


class Marked(Voice):
    """A language that says every sentence that it knows in brackets."""

    def say(self, sentence, /, **values):
        return f"[{super().say(sentence, **values)}]"

    def several(self, one, many, count, /, **values):
        return f"<{ENGLISH.several(one, many, count, **values)}>"


@given(name=st.sampled_from(WHOLE), count=st.integers(0, 10**9))
def test_a_sentence_with_a_number_is_known_again(name, count):
    said = ENGLISH.several(*COUNTED[name], count)
    assert tell_fact(said, Marked()) == f"<{said}>"


@given(
    name=st.sampled_from(sorted(FACTS)),
    counts=st.lists(st.integers(0, 10**6), min_size=2, max_size=2),
    power=st.floats(-9, 9).map("{:.1f}".format),
)
def test_a_sentence_of_parts_is_known_again(name, counts, power):
    numbers = iter(counts)

    def values(voice):
        return {
            part: voice.several(*COUNTED[part], next(numbers)) if part in COUNTED else power
            for part in ("askers", "objects", "times", "rows", "viewers", "accounts", "row", "power")
            if f"{{{part}}}" in FACTS[name]
        }

    said = ENGLISH.say(FACTS[name], **values(ENGLISH))
    numbers = iter(counts)
    assert tell_fact(said, Marked()) == f"[{FACTS[name].format(**values(Marked()))}]"


KEPT = {
    "another program's": "Answers were kept for 60 seconds, apart for each of 3 edges.",
    "a part that is none": "mallory saw 3 accounts of others.",
    "a number that is none": "The first wrong message is number <b>7</b> of its batch.",
    "thousands put wrongly": "A stored answer lived for about 1,2 seconds.",
    "nothing": "",
}


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_other_words_stay_as_they_are(text):
    assert tell_fact(text, Marked()) == text
