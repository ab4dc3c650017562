"""What people state in the room about companies, times and places, and what a new measurement keeps of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.errors import NotTaken
from spillkit.law.facts import Entity
from spillkit_server.stating import keep_stated, state_company, state_people, state_time
from tests.law.small import facts, people


def places(given):
    return [(one.country, one.region, one.people, one.people_upper) for one in given.populations]


@dataclass(frozen=True)
class Split:
    text: str
    found: list[tuple[str, str, int, int | None]]


SPLITS = {
    "two states, the rest stays": Split(
        "US-CA 4, us-ny 3", [("US", "US-CA", 4, None), ("US", "US-NY", 3, None), ("US", "", 3, 5)]
    ),
    "all of them": Split("US-CA", [("US", "US-CA", 10, 12)]),
    "line by line, with signs": Split("US-CA: 10\r\nUS-NY = 2", [("US", "US-CA", 10, None), ("US", "US-NY", 0, 2)]),
    "nothing": Split("", [("US", "", 10, 12)]),
    "Arabic digits": Split("US-CA ٤", [("US", "US-CA", 4, None), ("US", "", 6, 8)]),
    "another country": Split("CA 12", [("CA", "", 10, 12)]),
}


@pytest.mark.parametrize("case", SPLITS.values(), ids=SPLITS)
def test_people_are_told_apart_by_place(case):
    before = facts(people("JP", 1), people("US", 10, upper=12), people("FR", 1))
    after = state_people(before, {"population": "1", "places": case.text})
    assert places(after) == [("JP", "", 1, None), *case.found, ("FR", "", 1, None)]


@pytest.mark.parametrize(
    "text", ["US-CA 13", "US-CA 5, US-NY", "ten in California", "<script>", "US-CA -3", "US-CA 4;DROP"]
)
def test_what_cannot_be_meant_is_refused_and_nothing_is_repeated(text):
    with pytest.raises(NotTaken) as refused:
        state_people(facts(people("US", 10, upper=12)), {"population": "0", "places": text})
    assert "script" not in str(refused.value)


@given(st.integers(0, 50), st.integers(0, 50), st.lists(st.integers(0, 30), max_size=5))
def test_nobody_is_lost_or_doubled_when_people_are_told_apart(sure, more, sizes):
    before = facts(people("US", sure, upper=sure + more))
    text = ", ".join(f"US-{chr(65 + at)}A {size}" for at, size in enumerate(sizes))
    if sum(sizes) > sure + more:
        with pytest.raises(NotTaken):
            state_people(before, {"population": "0", "places": text})
        return
    after = state_people(before, {"population": "0", "places": text}).populations
    assert sum(one.people for one in after) == sure
    assert sum(one.people if one.people_upper is None else one.people_upper for one in after) == sure + more
    assert all(one.people_upper is None or one.people <= one.people_upper for one in after)


def test_the_account_of_people_is_stated():
    after = state_people(facts(people("JP", 3, account="")), {"population": "0", "account": "business"})
    assert [one.account for one in after.populations] == ["business"]


def test_where_a_company_is_established_is_stated():
    fields = {
        "entity": "shop",
        "established": "ie, de us-ca",
        "main": "ie",
        "zone": "Europe/Dublin",
        "sector-telecom": "yes",
    }
    [shop] = state_company(facts(entities=(Entity(id="shop", name="Shop"),)), fields).entities
    assert shop == Entity(
        id="shop", name="Shop", established=("IE", "DE", "US-CA"), main_establishment="IE", sectors=("telecom",),
        zone="Europe/Dublin",
    )  # fmt: skip
    with pytest.raises(NotTaken):
        state_company(facts(), {"entity": "another"})


def test_a_time_is_stated_but_never_the_aware_time():
    after = state_time(
        facts(), {"milestone": "determined", "at": "2026-11-20T09:30", "zone": "Europe/Rome", "why": "so"}
    )
    assert after.milestones["determined"].at == datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
    with pytest.raises(NotTaken):
        state_time(facts(), {"milestone": "aware", "at": "2026-11-20T09:30", "zone": "UTC"})


def test_a_new_measurement_keeps_what_people_stated_while_the_numbers_are_the_same():
    bare = Entity(id="shop")
    measured = facts(people("US", 10, upper=12), people("JP", 3), entities=(bare,), milestones={})
    stated = state_people(measured, {"population": "0", "places": "US-CA 4"})
    stated = state_company(stated, {"entity": "shop", "established": "IE"})
    stated = state_time(stated, {"milestone": "determined", "at": "2026-11-20T09:30", "zone": "UTC"})
    kept = keep_stated(measured, stated)
    assert kept == stated
    more = facts(
        people("US", 11, upper=12), people("JP", 3), entities=(Entity(id="shop", established=("LU",)),), milestones={}
    )
    again = keep_stated(more, stated)
    assert places(again) == [("US", "", 11, 12), ("JP", "", 3, None)]
    assert again.entities[0].established == ("LU",)
    assert set(again.milestones) == {"determined"}
    assert keep_stated(measured, None) == measured
