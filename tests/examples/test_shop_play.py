"""A played story holds what was promised: so many wrong answers, told by the truth, and no mark in any file."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from spillkit.capture import read_exchanges
from spillkit.law.measured import read_entities
from spillkit.model import Channel, Damage, Exchange
from spillkit_shop.driver import Story, play
from spillkit_shop.faults import FAULTS
from spillkit_shop.locales import locales
from spillkit_shop.nginx_edge import MissingProgramError, find_nginx
from spillkit_shop.stories import all_faults, clean_story, nginx_story, story_for
from spillkit_shop.thin import thin

_MARKS = [chr(point).encode()[:2] for point in (0xE000, 0xE040)]  # the first two of three bytes


def rows(story: Story, name: str) -> list[dict[str, str]]:
    with (story.folder / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def exchanges(story: Story, name: str = "traffic.jsonl") -> Iterator[Exchange]:
    for found in read_exchanges(story.folder / name):
        assert not isinstance(found, Damage), found.reason
        yield found


def test_every_fault_has_a_story():
    assert set(all_faults()) == set(FAULTS)


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_small_story_shows_its_fault_three_to_nine_times(fault, tmp_path):
    story = play(story_for(fault, 3, "small"), tmp_path)
    assert set(story.exposed) == {fault}, story.exposed
    assert 3 <= story.exposed[fault] <= 9
    [window] = rows(story, "faults.csv")
    assert window["starts_at"] <= window["first_wrong_at"] <= window["last_wrong_at"]
    wrong = [row for row in rows(story, "truth.csv") if row["fault"]]
    assert {row["fault"] for row in wrong} == {fault}
    assert all(row["viewer"] != row["subject"] for row in wrong)
    read = list(exchanges(story))
    assert len(read) == story.exchanges
    assert [found.entry for found in read] == list(range(story.exchanges))
    for file in ("traffic.jsonl", "mail.mbox", "sessions.csv", "truth.csv"):
        if (tmp_path / file).exists():
            text = (tmp_path / file).read_bytes()
            assert not any(mark in text for mark in _MARKS), f"{file} holds marks"
            assert b"x-story-fault" not in text


@pytest.mark.parametrize(("size", "least", "most"), [("medium", 10, 99), ("large", 100, 400)])
def test_medium_and_large_stories_are_what_they_are_called(size, least, most, tmp_path):
    story = play(story_for("cdn_cache", 2, size), tmp_path)
    assert least <= story.exposed["cdn_cache"] <= most


def test_two_faults_at_once_are_told_apart_by_the_truth(tmp_path):
    story = play(story_for("cdn_cache", 1, "small", also="bulk_listing"), tmp_path)
    assert set(story.exposed) == {"cdn_cache", "bulk_listing"}
    assert len(rows(story, "faults.csv")) == 2
    assert len(rows(story, "changes.csv")) == 6


def test_a_clean_day_shows_nobody_to_anybody_who_may_not_see_him(tmp_path):
    story = play(clean_story(1, customers=250, visits=120), tmp_path)
    assert story.exposed == {}
    truth = rows(story, "truth.csv")
    assert truth
    assert not any(row["fault"] for row in truth)
    # Relations are really used: households, gifts, sellers, tickets.
    assert any(row["viewer"] != row["subject"] and row["viewer"].startswith("c_") for row in truth)
    assert any(row["viewer"].startswith("staff:") for row in truth)
    assert any(row["viewer"].startswith("crawler:") for row in truth)


def test_the_company_says_of_each_of_its_companies_where_it_is_established(tmp_path):
    story = play(story_for("cdn_cache", 2, "small"), tmp_path)
    told = {entity.id: entity.established for entity in read_entities(story.folder / "entities.toml")}
    assert set(told) == {locale.entity for locale in locales().values()}
    assert all(told.values())


def test_messages_are_read_with_their_recipients(tmp_path):
    story = play(story_for("mail_shift", 2, "small"), tmp_path)
    mails = list(exchanges(story, "mail.mbox"))
    assert len({mail.entry for mail in mails}) == story.messages
    assert all(mail.channel is Channel.MAIL and mail.shown_at is not None for mail in mails)


def test_a_thinner_recording_lacks_what_was_named_and_nothing_else(tmp_path):
    story = play(story_for("cdn_cache", 4, "small"), tmp_path)
    thin(story.folder / "traffic.jsonl", tmp_path / "thin.jsonl", ("cache-headers", "worker"))
    full, poor = list(exchanges(story)), list(exchanges(story, "thin.jsonl"))
    assert [one.body for one in full] == [one.body for one in poor]
    assert any(one.edge and one.worker for one in full)
    assert not any(one.edge or one.worker or one.connection for one in poor)
    names = {name for one in poor for name, _ in one.response_headers}
    assert not names & {"cache-status", "age", "x-edge", "x-served-by"}
    with pytest.raises(ValueError, match="nothing is called"):
        thin(story.folder / "traffic.jsonl", tmp_path / "x.jsonl", ("colour",))


@pytest.mark.server
@pytest.mark.parametrize("fault", ["cdn_cache", "cached_set_cookie"])
def test_a_real_nginx_with_the_same_rule_leaks_the_same_way(fault, tmp_path):
    try:
        find_nginx()
    except MissingProgramError as advice:
        pytest.skip(str(advice))
    story = play(nginx_story(fault, 1), tmp_path)
    assert set(story.exposed) == {fault}
    assert story.exposed[fault] >= 3
    caches = [dict(one.response_headers).get("x-cache") for one in exchanges(story)]
    assert "HIT" in caches
    assert "MISS" in caches
