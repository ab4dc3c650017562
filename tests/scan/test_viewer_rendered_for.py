"""The answer itself says for whom it was rendered."""

from __future__ import annotations

import pytest

from spillkit.model import Exchange, SourceId
from spillkit.scan.viewer_rendered_for import RenderedFor, RenderedForRule, make_stamp
from tests.world import ALICE, BOB

KEY = bytes(range(32))
IDS = [BOB.id, ALICE.id, "c_3"]
STAMPS = {
    "Alice's keyed stamp": (KEY, make_stamp(ALICE.id, KEY), ALICE.id),
    "a keyed stamp cut to 16 digits": (KEY, make_stamp(ALICE.id, KEY)[:16], ALICE.id),
    "a keyed stamp cut too short": (KEY, make_stamp(ALICE.id, KEY)[:15], None),
    "a stamp under another key": (KEY, make_stamp(ALICE.id, b"another key, as long as this one"), None),
    "no hex": (KEY, "x" * 32, None),
    "an id where stamps are keyed": (KEY, ALICE.id, None),
    "a plain id": (None, f" {ALICE.id} ", ALICE.id),
    "a plain id of nobody": (None, "c_4", None),
    "nothing": (KEY, "", None),
}


@pytest.mark.parametrize(("key", "stamp", "expected"), STAMPS.values(), ids=STAMPS)
def test_the_stamp_names_the_subject(key, stamp, expected):
    rendered_for = RenderedFor(RenderedForRule("x-rendered-for", key), lambda: IDS)
    answer = Exchange(SourceId("ab" * 8), 0, None, "GET", "/", response_headers=(("x-rendered-for", stamp),))
    assert rendered_for(answer) == expected
    assert rendered_for(answer) == expected  # From memory this time.


def test_an_answer_without_a_stamp_says_nothing():
    answer = Exchange(SourceId("ab" * 8), 0, None, "GET", "/", response_headers=(("x-other", ALICE.id),))
    assert RenderedFor(RenderedForRule("x-rendered-for"), lambda: IDS)(answer) is None
