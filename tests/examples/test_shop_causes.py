"""The whole way on the real shop: each fault is found as what it is, and who saw whom is what the shop itself noted."""

from __future__ import annotations

from pathlib import Path

import pytest
from bench.cause import Case, judge_case, play_story, scanned

from spillkit.cause import find_incidents
from spillkit.ledger import Ledger
from spillkit_shop.driver import play
from spillkit_shop.faults import FAULTS
from spillkit_shop.stories import clean_story

SEED = 5


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_with_its_time_and_with_exactly_whom_it_showed_to_whom(fault, tmp_path):
    case = Case((fault,), SEED, "medium", "full")
    outcome = judge_case(case, play_story(case, tmp_path), "")
    assert FAULTS[fault].cause in [found[0] for found in outcome.found]
    assert outcome.verdict == "right"
    assert outcome.onset
    assert outcome.end
    assert (outcome.precision, outcome.recall) == (1.0, 1.0)


@pytest.mark.parametrize("second", ["bulk_listing", "mail_cc", "insider"])
def test_two_faults_at_once_are_two_incidents(second, tmp_path):
    case = Case(("cdn_cache", second), SEED, "medium", "full")
    outcome = judge_case(case, play_story(case, tmp_path), "")
    assert (outcome.verdict, outcome.incidents) == ("right", 2)


def test_a_clean_day_with_households_delegates_and_staff_has_no_incident(tmp_path):
    play(clean_story(SEED), tmp_path / "story")
    workspace = scanned(Case(("none",), SEED, "medium", "full"), tmp_path / "story")
    with Ledger(workspace / "ledger").database() as connection:
        assert connection.sql("SELECT count(*) FROM exchanges").fetchall()[0][0] > 1000
        assert find_incidents(connection).incidents == ()


def test_where_no_session_is_recorded_it_is_said_that_nobody_can_know_who_saw_it(tmp_path):
    case = Case(("cdn_cache",), SEED, "medium", "no sessions")
    outcome = judge_case(case, play_story(case, tmp_path), "")
    assert outcome.incidents >= 1
    assert not outcome.viewers_known


def test_what_staff_did_is_called_no_technical_error(tmp_path: Path):
    case = Case(("insider",), SEED, "small", "full")
    outcome = judge_case(case, play_story(case, tmp_path), "")
    assert [found[0] for found in outcome.found] == ["staff-access"]
