"""The counts of a mailing add up to its plan, or it says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.errors import SendingError
from spillkit.notices.funnel import Funnel, funnel_of
from spillkit.notices.states import State

_COUNTS = st.dictionaries(st.sampled_from([state.value for state in State]), st.integers(0, 10**7))


@given(_COUNTS)
def test_every_state_has_its_place_and_they_add_up(counts):
    planned = sum(counts.values())
    funnel = funnel_of(planned, counts)
    assert sum(getattr(funnel, state.value) for state in State) == planned
    assert funnel.tried == planned - counts.get("ready", 0) - counts.get("withdrawn", 0)


@given(_COUNTS, st.integers(1, 5))
def test_a_row_too_few_or_too_many_is_said(counts, more):
    for planned in (sum(counts.values()) + more, sum(counts.values()) - more):
        with pytest.raises(SendingError, match="sent journals"):
            funnel_of(planned, counts)


def test_what_is_held_waits_for_people_and_not_for_the_sender():
    assert Funnel(planned=3, accepted=2, held=1).is_over
    assert not Funnel(planned=3, accepted=2, deferred=1).is_over
