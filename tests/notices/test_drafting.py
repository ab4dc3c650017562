"""What is said to everybody is drafted from what was measured, and nothing is said that was not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
import pytest

from spillkit.errors import NoticesError
from spillkit.notices.company import EXAMPLE, read_company, read_story
from spillkit.notices.drafting import draft_story, nature_of
from spillkit.notices.story import Done, Nature, Story
from spillkit.scope.measurement import FixProof, Measurement, ViewerCount
from tests.authority.papers import measured

NOTICED = date(2026, 11, 20)


def drafted(measurement: Measurement, folder: Path) -> Story:
    path = folder / "story.toml"
    path.write_text(draft_story(measurement, "2026-11-cache", NOTICED, "Europe/Rome"), encoding="utf-8")
    return read_story(path)


def seen_by(*kinds: str) -> Measurement:
    counts = tuple(ViewerCount(kind=kind, viewers=1, confirmed=1, possible=0) for kind in kinds)
    return msgspec.structs.replace(measured(), by_viewer_kind=counts, incidents=None)


def test_figures_and_times_are_those_of_the_measurement(tmp_path: Path) -> None:
    measurement = measured()
    story = drafted(measurement, tmp_path)
    assert (story.people_confirmed, story.people_upper) == (
        measurement.people.confirmed,
        measurement.people.upper_bound,
    )
    assert (story.first_at, story.last_at) == (
        measurement.first_at and measurement.first_at.replace(microsecond=0),
        measurement.last_at and measurement.last_at.replace(microsecond=0),
    )
    assert (story.known_on, story.zone, story.next_word_on, story.stated_at) == (NOTICED, "Europe/Rome", None, "")


def test_an_upper_bound_that_nobody_knows_is_left_out(tmp_path: Path) -> None:
    measurement = measured()
    people = msgspec.structs.replace(measurement.people, upper_bound=None)
    assert drafted(msgspec.structs.replace(measurement, people=people), tmp_path).people_upper is None


def test_only_a_proven_repair_is_said_to_be_done(tmp_path: Path) -> None:
    proof = FixProof(
        incident=1, checked_at=datetime(2026, 11, 21, 9, tzinfo=UTC), replay_requests=9, replay_crossed=0,
        later_answers=90, later_exposed=0, upper_bound_95=0.03, coverage_share=1.0, proven=True,
    )  # fmt: skip
    measurement = msgspec.structs.replace(measured(), fix=proof)
    done = dict(drafted(measurement, tmp_path).done)
    assert done[Done.TESTED] == date(2026, 11, 21)
    assert done[Done.STOPPED] <= done[Done.TESTED]
    for unproven in (None, msgspec.structs.replace(proof, proven=False)):
        assert drafted(msgspec.structs.replace(measurement, fix=unproven), tmp_path).done == ()


@pytest.mark.parametrize(
    ("kinds", "nature"),
    [
        (("subject",), Nature.SHOWN_TO_CUSTOMERS),
        (("subject", "anonymous"), Nature.OPEN_TO_ANYBODY),
        (("crawler",), Nature.OPEN_TO_ANYBODY),
        (("unknown",), Nature.SHOWN_TO_CUSTOMERS),
    ],
)
def test_what_happened_follows_from_who_saw_it(kinds: tuple[str, ...], nature: Nature) -> None:
    assert nature_of(seen_by(*kinds)) is nature


def test_staff_are_never_counted_by_a_measurement() -> None:
    with pytest.raises(NoticesError, match="one or several"):
        nature_of(seen_by("staff"))


def test_nobody_confirmed_is_nobody_to_be_told() -> None:
    people = msgspec.structs.replace(measured().people, confirmed=0)
    with pytest.raises(NoticesError, match="Nobody is confirmed"):
        draft_story(msgspec.structs.replace(measured(), people=people), "x", NOTICED, "UTC")


def test_two_legal_entities_do_not_share_a_selector(tmp_path: Path) -> None:
    text = (
        (EXAMPLE / "notices.toml")
        .read_text(encoding="utf-8")
        .replace(
            'bounces = "notices@bounce.shop.example"', 'bounces = "notices@bounce.shop.example"\nselector = "n2026"'
        )
    )
    twice = text + text.partition("version = 1\n")[2].replace("shop-eu", "shop-ch")
    path = tmp_path / "notices.toml"
    path.write_text(twice, encoding="utf-8")
    with pytest.raises(NoticesError, match="same selector on the same domain"):
        read_company(path)
    path.write_text(twice.replace('selector = "n2026"', 'selector = "n2027"', 1), encoding="utf-8")
    assert set(read_company(path).sender) == {"shop-eu", "shop-ch"}
