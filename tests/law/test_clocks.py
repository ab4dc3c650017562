"""Clocks: to the second, through summer time, year ends and leap days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spillkit.errors import InputError
from spillkit.law.clocks import deadline
from spillkit.law.rule import Clock

GDPR = Clock(
    words="not later than 72 hours",
    length=72,
    contested="whether Regulation 1182/71 Art. 3 stretches this is argued",
)
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/Brussels",
        "America/Los_Angeles",
        "Asia/Tokyo",
        "Africa/Cairo",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
    ]
)
MOMENTS = st.integers(0, 36 * 365 * 86400).map(
    lambda seconds: datetime(2005, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)

# Vectors of the law facts: clock, zone, milestone, its time, due (local).
VECTORS = {
    "GDPR: 72 elapsed hours": (GDPR, "Europe/Brussels", "aware", "2018-11-20T17:20:00+01:00", "2018-11-23T17:20:00+01:00"),
    "Singapore: 3 days after the day of the assessment": (
        Clock(words="3 calendar days", length=3, unit="days", starts="assessed"),
        "Asia/Singapore", "assessed", "2026-11-20T09:15:00+08:00", "2026-11-23T23:59:59+08:00",
    ),
    "Iowa: 5 business days, Thanksgiving between": (
        Clock(words="5 business days", length=5, unit="days", count="business", starts="people-told", holidays="US"),
        "America/Chicago", "people-told", "2026-11-20T12:00:00-06:00", "2026-11-30T23:59:59-06:00",
    ),
    "California: 30 calendar days": (
        Clock(words="30 calendar days", length=30, unit="days", starts="discovered"),
        "America/Los_Angeles", "discovered", "2026-11-20T08:00:00-08:00", "2026-12-20T23:59:59-08:00",
    ),
    "three days across the end of summer time end with the local day": (
        Clock(words="3 days", length=3, unit="days"),
        "Europe/Brussels", "aware", "2026-10-23T12:00:00+02:00", "2026-10-26T23:59:59+01:00",
    ),
    "72 hours across the end of summer time are elapsed hours": (
        GDPR, "Europe/Brussels", "aware", "2026-10-24T12:00:00+02:00", "2026-10-27T11:00:00+01:00",
    ),
    "72 hours across the start of summer time": (
        GDPR, "Europe/Brussels", "aware", "2026-03-28T12:00:00+01:00", "2026-03-31T13:00:00+02:00",
    ),
    "one month after 31 January is the last day of February": (
        Clock(words="one month", length=1, unit="months", starts="authority-told"),
        "Europe/Brussels", "authority-told", "2027-01-31T10:00:00+01:00", "2027-02-28T23:59:59+01:00",
    ),
    "one month after 31 January in a leap year": (
        Clock(words="one month", length=1, unit="months", starts="authority-told"),
        "Europe/Brussels", "authority-told", "2028-01-31T10:00:00+01:00", "2028-02-29T23:59:59+01:00",
    ),
    "60 days after the end of the year": (
        Clock(words="60 days after the end of the calendar year", length=60, unit="days", starts="year-end"),
        "America/New_York", "discovered", "2026-05-04T10:00:00-04:00", "2027-03-01T23:59:59-05:00",
    ),
    "60 days after the end of the year, in a leap year": (
        Clock(words="60 days after the end of the calendar year", length=60, unit="days", starts="year-end"),
        "America/New_York", "discovered", "2027-05-04T10:00:00-04:00", "2028-02-29T23:59:59-05:00",
    ),
    "the day is the day where the law counts": (
        Clock(words="3 days", length=3, unit="days"),
        "Asia/Tokyo", "aware", "2026-12-30T23:30:00-08:00", "2027-01-03T23:59:59+09:00",
    ),
    "three business days in Brazil over carnival": (
        Clock(words="3 business days", length=3, unit="days", count="business", holidays="BR"),
        "America/Sao_Paulo", "aware", "2026-04-02T10:00:00-03:00", "2026-04-08T23:59:59-03:00",
    ),
    "the weekend of Egypt is Friday and Saturday": (
        Clock(words="3 business days", length=3, unit="days", count="business", holidays="EG"),
        "Africa/Cairo", "aware", "2026-11-18T10:00:00+02:00", "2026-11-23T23:59:59+02:00",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("clock", "zone", "milestone", "at", "due"), VECTORS.values(), ids=VECTORS)
def test_the_vectors_hold_to_the_second(clock, zone, milestone, at, due):
    ends = deadline(clock, {milestone: datetime.fromisoformat(at)}, zone)
    assert ends.due_local == due
    assert ends.due_at == datetime.fromisoformat(due)
    assert ends.due_at.tzinfo is UTC


# Aware, ends that Regulation 1182/71 would give (argued): the first from the facts, the others by its words.
REGULATION = {
    "a Tuesday: only the hour": ("2018-11-20T17:20:00+01:00", ["2018-11-23T18:00:00+01:00"]),
    "a full hour does not count either": ("2018-11-20T17:00:00+01:00", ["2018-11-23T18:00:00+01:00"]),
    "a Friday evening: Monday and Tuesday": (
        "2018-11-23T17:20:00+01:00", ["2018-11-26T18:00:00+01:00", "2018-11-27T23:59:59+01:00"],
    ),
    "a Thursday: Friday and Monday": (
        "2018-11-22T17:20:00+01:00", ["2018-11-25T18:00:00+01:00", "2018-11-26T23:59:59+01:00"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("aware", "ends"), REGULATION.values(), ids=REGULATION)
def test_what_is_argued_stands_apart_from_the_target(aware, ends):
    found = deadline(GDPR, {"aware": datetime.fromisoformat(aware)}, "Europe/Brussels")
    assert [one.due_at for one in found.contested] == [datetime.fromisoformat(end) for end in ends]
    assert found.due_at == datetime.fromisoformat(aware) + timedelta(hours=72)
    assert all(one.words.startswith("Regulation 1182/71 Art. 3") for one in found.contested)
    assert not any("rgued" in one.words for one in found.contested), "whoever shows it says so, once"


def test_another_argument_is_told_in_words_alone():
    clock = Clock(words="30 days", length=30, unit="days", contested="15 more days for good cause")
    ends = deadline(clock, {"aware": datetime(2026, 1, 1, tzinfo=UTC)}, "UTC")
    assert not ends.contested
    assert "15 more days for good cause" in ends.words


@given(MOMENTS, ZONES, st.integers(1, 2000))
def test_hours_are_elapsed_whatever_the_clocks_on_the_wall_do(start, zone, hours):
    ends = deadline(Clock(words="", length=hours), {"aware": start}, zone)
    assert ends.due_at - start == timedelta(hours=hours)
    assert datetime.fromisoformat(ends.due_local) == ends.due_at


@given(MOMENTS, ZONES, st.integers(0, 400))
def test_days_end_with_the_last_local_second_of_the_last_day(start, zone, days):
    ends = deadline(Clock(words="", length=days, unit="days"), {"aware": start}, zone)
    local = ends.due_at.astimezone(ZoneInfo(zone))
    assert local.date() - start.astimezone(ZoneInfo(zone)).date() == timedelta(days=days)
    assert local.time() == time(23, 59, 59)
    assert (ends.due_at + timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date() > local.date()


@given(MOMENTS, st.sampled_from(["US", "BR", "SG", "EG", "CO", "US-VT"]), st.integers(1, 30))
def test_business_days_are_counted_one_by_one(start, code, days):
    ends = deadline(Clock(words="", length=days, unit="days", count="business", holidays=code), {"aware": start}, "UTC")
    country, _, part = code.partition("-")
    free = holidays.country_holidays(country, subdiv=part or None)
    first, last = start.date(), ends.due_at.date()
    between = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(free.is_working_day(day) for day in between) == days
    assert free.is_working_day(last)


@given(MOMENTS, st.integers(0, 60))
def test_months_end_on_the_same_day_or_the_last_of_the_month(start, months):
    ends = deadline(Clock(words="", length=months, unit="months"), {"aware": start}, "UTC").due_at.date()
    assert (ends.year * 12 + ends.month) - (start.year * 12 + start.month) == months
    assert ends.day == start.day or (ends.day < start.day and (ends + timedelta(days=1)).day == 1)


def test_without_a_period_or_a_start_there_is_no_end():
    assert (
        deadline(Clock(words="without undue delay"), {"aware": datetime(2026, 1, 1, tzinfo=UTC)}, "UTC").due_at is None
    )
    started = deadline(GDPR, {}, "UTC")
    assert started.starts_at is None
    assert started.due_at is None


def test_discovery_falls_back_on_awareness_and_says_so():
    clock = Clock(words="30 days", length=30, unit="days", starts="discovered")
    ends = deadline(clock, {"aware": datetime(2026, 1, 1, tzinfo=UTC)}, "UTC")
    assert ends.due_at.date() == date(2026, 1, 31)
    assert "discovery was not given" in ends.words


def test_a_time_without_a_zone_is_asked_for():
    with pytest.raises(InputError, match=r"no zone.*offset"):
        deadline(GDPR, {"aware": datetime(2026, 10, 25, 2, 30)}, "Europe/Brussels")  # noqa: DTZ001 - the mistake itself


@pytest.mark.parametrize("unit", ["hours", "days", "months"])
@pytest.mark.parametrize("count", ["calendar", "business"])
def test_the_end_of_the_calendar_is_refused_in_words(unit, count):
    clock = Clock(words="", length=400, unit=unit, count=count)
    with pytest.raises(InputError, match="beyond the calendar"):
        deadline(clock, {"aware": datetime(9999, 12, 31, 23, tzinfo=UTC)}, "UTC")


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "\0"])
def test_a_zone_that_is_none_is_refused(zone):
    with pytest.raises(InputError, match="time zone"):
        deadline(GDPR, {}, zone)


def test_a_holidays_code_that_is_none_is_refused():
    clock = Clock(words="", length=3, unit="days", count="business", holidays="QQ")
    with pytest.raises(InputError, match="holidays"):
        deadline(clock, {"aware": datetime(2026, 1, 1, tzinfo=UTC)}, "UTC")
