"""Reckon until when a duty must be done.

In:    a clock as the law says it, the milestones that were set, the zone in which the law counts its days.
Out:   a Deadline: UTC to the second, the local time beside it, and what is argued apart.
Else:  whether there is a duty at all is `decide`; how much of a clock has run is `case`.

Nothing here reads a clock: every moment is given.
"""

from __future__ import annotations

import functools
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from spillkit.errors import LawError
from spillkit.law.decision import Contested, Deadline
from spillkit.law.phrases import MILESTONES

if TYPE_CHECKING:
    import holidays

    from spillkit.law.rule import Clock

_LAST_SECOND = time(23, 59, 59, fold=1)  # of two hours with the same name, the later one: the day is not over before
_SATURDAY = 5
_REGULATION = "1182/71"
# How a later end is argued: hours; days with the holidays of a country; days without. Whoever shows it says "argued, not sure".
ARGUED = (
    "Regulation 1182/71 Art. 3(1)-(2): the hour of the event does not count.",
    "Regulation 1182/71 Art. 3(5): at least two whole working days lie inside.",
    "Regulation 1182/71 Art. 3(5): at least two whole working days lie inside; public holidays are not reckoned here.",
)


def deadline(clock: Clock, milestones: Mapping[str, datetime], zone: str) -> Deadline:
    """Say when a clock ends.

    clock       length, unit, what starts it, as the law says it
    milestones  moments that were set, each aware of its zone, by name
    zone        IANA zone in which the law counts its days
    Returns     a Deadline; due_at is None where the law names no period or the start was not given
    Raises      LawError if a moment has no zone, the zone is not known, or the end lies beyond the calendar
    Source      hours: elapsed time (GDPR Art. 33(1); Regulation 1182/71 Art. 3(3)). Days: the day of the event is not counted and
                the period ends with its last day (Regulation 1182/71 Art. 3(1)-(2); PDPA (Singapore) s. 26D(1))
    """
    place = zone_of(zone)
    start, note = _start(clock, milestones, place)
    words = clock.words if not note else f"{clock.words} ({note})"
    if clock.contested and not _is_regulation(clock):
        words = f"{words}. Argued, not sure: {clock.contested}"
    if start is None or clock.length is None:
        return Deadline(words=words, starts=clock.starts, starts_at=start, due_at=None, zone=zone)
    try:
        due = _due(clock, clock.length, start, place)
        contested = _contested(clock, clock.length, start, place)
    except OverflowError as error:
        raise LawError(
            f"The clock that starts when {MILESTONES.get(clock.starts, clock.starts)} ends beyond the calendar. "
            "Check the year of that moment."
        ) from error
    return Deadline(
        words=words,
        starts=clock.starts,
        starts_at=start,
        due_at=due,
        due_local=due.astimezone(place).isoformat(),
        zone=zone,
        contested=contested,
    )


def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Return a time zone by its IANA name; LawError if there is none of that name."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise LawError("There is no such time zone here. Name one like Europe/Rome or Asia/Tokyo.") from error


def check_moment(moment: datetime, name: str) -> datetime:
    """Return a moment in UTC; LawError that asks for the zone if it has none."""
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise LawError(
            f"{name}: this time has no zone, so it could be any of 26 hours. "
            "Write the offset behind it, as 2026-11-22T03:40:00+01:00, or Z for UTC."
        )
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise LawError(f"{name}: this time lies beyond the calendar. Check the year.") from error


def _start(clock: Clock, milestones: Mapping[str, datetime], place: zoneinfo.ZoneInfo) -> tuple[datetime | None, str]:
    """When the clock starts, and what must be said about it."""
    if clock.starts == "year-end":
        known, note = _discovered(milestones)
        if known is None:
            return None, note
        year = known.astimezone(place).year
        return datetime.combine(date(year, 12, 31), _LAST_SECOND, place).astimezone(UTC), note
    if clock.starts == "discovered":
        return _discovered(milestones)
    moment = milestones.get(clock.starts)
    return (None, "") if moment is None else (check_moment(moment, clock.starts), "")


def _discovered(milestones: Mapping[str, datetime]) -> tuple[datetime | None, str]:
    """The discovery; where only awareness was given, that one: nobody is aware before something is discovered."""
    if (moment := milestones.get("discovered")) is not None:
        return check_moment(moment, "discovered"), ""
    if (moment := milestones.get("aware")) is not None:
        return check_moment(moment, "aware"), "counted from when the company became aware; discovery was not given"
    return None, ""


def _due(clock: Clock, length: int, start: datetime, place: zoneinfo.ZoneInfo) -> datetime:
    if clock.unit == "hours":
        return start + timedelta(hours=length)
    day = start.astimezone(place).date()
    if clock.unit == "months":
        return _end_of(_months_later(day, length), place)
    if clock.count == "business":
        return _end_of(_business_days_later(day, length, clock.holidays), place)
    return _end_of(day + timedelta(days=length), place)


def _end_of(day: date, place: zoneinfo.ZoneInfo) -> datetime:
    return datetime.combine(day, _LAST_SECOND, place).astimezone(UTC)


def _months_later(day: date, months: int) -> date:
    """The same day of a later month; its last day where it has no such day (Regulation 1182/71 Art. 3(2)(c))."""
    years, month = divmod(day.month - 1 + months, 12)
    try:
        first = date(day.year + years, month + 1, 1)
    except ValueError as error:
        raise OverflowError from error
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1) if first.year < 9999 else None
    last = (following - timedelta(days=1)).day if following else 31
    return first.replace(day=min(day.day, last))


def _business_days_later(day: date, days: int, code: str) -> date:
    free = _free_days(code)
    left = days
    while left > 0:
        day += timedelta(days=1)
        if is_working_day(day, free):
            left -= 1
    return day


def is_working_day(day: date, free: holidays.HolidayBase | None) -> bool:
    """Say whether a day is a working day of that country: None: Saturday and Sunday are free, and nothing else is."""
    return day.weekday() < _SATURDAY if free is None else bool(free.is_working_day(day))


@functools.cache
def _free_days(code: str) -> holidays.HolidayBase | None:
    """Return the public holidays and weekends of a country ("US") or one of its parts ("US-VT")."""
    if not code:
        return None
    import holidays

    country, _, part = code.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError as error:
        raise LawError(f"No holidays are known for the code {code}. Name a code of the `holidays` library.") from error


def _is_regulation(clock: Clock) -> bool:
    return clock.unit == "hours" and _REGULATION in clock.contested


def _contested(clock: Clock, length: int, start: datetime, place: zoneinfo.ZoneInfo) -> tuple[Contested, ...]:
    """The later ends that Regulation 1182/71 would give, where the clock says that this is argued."""
    if not _is_regulation(clock):
        return ()
    # 1. The hour of the event does not count (Art. 3(1)): the period runs from the next full hour (Art. 3(2)(a)).
    hour = start.astimezone(place).replace(minute=0, second=0, microsecond=0)
    counted_from = hour.astimezone(UTC) + timedelta(hours=1)
    by_hours = counted_from + timedelta(hours=length)
    ends = [
        Contested(
            due_at=by_hours,
            words=ARGUED[0],
        )
    ]
    # 2. A period of two days or more holds at least two working days (Art. 3(5)).
    by_days = _two_working_days(counted_from, by_hours, _free_days(clock.holidays), place)
    if length >= 48 and by_days > by_hours:
        ends.append(
            Contested(
                due_at=by_days,
                words=ARGUED[1] if clock.holidays else ARGUED[2],
            )
        )
    return tuple(ends)


def _two_working_days(
    start: datetime, end: datetime, free: holidays.HolidayBase | None, place: zoneinfo.ZoneInfo
) -> datetime:
    """The end, or a later one with which two whole working days lie in the period."""
    day = start.astimezone(place).date()
    if start.astimezone(place).time() == time(0):
        day -= timedelta(days=1)
    found = 0
    while found < 2:
        day += timedelta(days=1)
        found += is_working_day(day, free)
    return max(end, _end_of(day, place))
