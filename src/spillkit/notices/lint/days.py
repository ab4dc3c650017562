"""Read days, times of day and lengths of time.

In:    folded text, a vocabulary.
Out:   Day, Moment, Length with their places.
Else:  which day a text means (the first, the last, when it was noticed) is `read_claims`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from spillkit.notices.lint.vocabulary import Vocabulary

_YEAR = r"(?:19|20)\d\d"
_ISO = re.compile(rf"(?<!\d)({_YEAR})-(\d\d)-(\d\d)(?!\d)")
_FIGURES = re.compile(rf"(?<![\d.,/-])(\d{{1,2}})([./-]) ?(\d{{1,2}})\2 ?({_YEAR})(?!\d)")
_YEAR_FIRST = re.compile(rf"(?<![\d.,/-])({_YEAR})([./]) ?(\d{{1,2}})\2 ?(\d{{1,2}})(?!\d)")
_EAST = re.compile(rf"(?:({_YEAR})(?:年|년) ?)?(\d{{1,2}})(?:月|월) ?(\d{{1,2}})(?:日|號|号|일)")
_EAST_NEXT = re.compile(r"(?:から|至|到|~|-|부터) ?(\d{1,2})(?:日|號|号|일)")
_OFFSET = re.compile(r"(?:utc|gmt) ?[+-]$")  # of a zone, and no time of day
_MOMENT = re.compile(
    r"(?<![\d.,:/-])([01]?\d|2[0-4]) ?(?::|h|時(?!間)|点|點|时(?!间)|시(?!간)) ?([0-5]\d)?(?:分|분)?(?::[0-5]\d)?(?![\d:/.]\d)"
)
_DOTTED = re.compile(r"(?<![\d.,:/-])([01]?\d|2[0-4])\.([0-5]\d)(?= ?(?:uhr|uur|[ap]\.?m|ore|horas|h\b|utc|cet|cest))")
_HOUR_WORD = re.compile(r"(?<![\d.,:/-])([01]?\d|2[0-4])(?= ?(?:uhr|uur|[ap]\.?m\b))()")
_HALF_AFTER = re.compile(r" ?(?:(a\.?m\b|ص\b|صباحا|לפנות בוקר|בבוקר)|(p\.?m\b|م\b|مساء|אחר הצהריים|בערב|בלילה))")
_HALF_BEFORE = re.compile(r"(?:(午前|上午|凌晨|早上|오전|öö)|(午後|下午|晚上|오후|ös)) ?$")


@dataclass(frozen=True, slots=True)
class Day:
    """A day that a text names; more than one reading where day and month cannot be told apart."""

    readings: tuple[tuple[int, int, int], ...]  # (year or 0, month, day)
    start: int  # folded characters
    end: int


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of day."""

    hour: int
    minute: int
    start: int
    end: int


def days(text: str, words: Vocabulary) -> list[Day]:
    """Return the days of a folded text in their order; what is no day of any calendar is left out."""
    found: list[Day] = []
    for match in _ISO.finditer(text):
        found.append(_day(match, [(match[1], match[2], match[3])]))
    for match in _FIGURES.finditer(text):
        found.append(_day(match, [(match[4], match[3], match[1]), (match[4], match[1], match[3])]))
    for match in _YEAR_FIRST.finditer(text):
        found.append(_day(match, [(match[1], match[3], match[4])]))
    for match in _EAST.finditer(text):
        found.append(_day(match, [(match[1] or "0", match[2], match[3])]))
        following = _EAST_NEXT.match(text, match.end())
        if following:
            day = Day(((int(match[1] or 0), int(match[2]), int(following[1])),), following.start(1), following.end())
            found.append(day)
    if words.months:
        for pattern, order in _with_months(words):
            for match in pattern.finditer(text):
                month = words.months[match["month"]]
                year = match["year"] or "0"
                one = _day(match, [(year, str(month), match["day"])])
                found.append(Day(one.readings, min(match.start("day"), match.start("month")), match.end()))
                if order == "day first" and match["before"]:
                    day = Day(((int(year), month, int(match["before"])),), match.start("before"), match.end("before"))
                    found.append(day)
    kept: list[Day] = []
    for day in sorted((one for one in found if one.readings), key=lambda one: (one.start, -one.end)):
        if not kept or day.start >= kept[-1].end or day.end <= kept[-1].start:
            kept.append(day)
    return kept


def moments(text: str) -> Iterator[Moment]:
    """Yield the times of day of a folded text."""
    taken = 0
    for match in sorted(
        [*_MOMENT.finditer(text), *_DOTTED.finditer(text), *_HOUR_WORD.finditer(text)], key=lambda one: one.start()
    ):
        if match.start() < taken or _OFFSET.search(text, max(0, match.start() - 5), match.start()):
            continue
        hour, minute, end = int(match[1]), int(match[2] or 0), match.end()
        after = _HALF_AFTER.match(text, end)
        before = _HALF_BEFORE.search(text[max(0, match.start() - 4) : match.start()])
        if after:
            end = after.end()
        half = after or before
        is_morning, is_evening = half.groups() if half else (None, None)
        if is_evening and hour < 12:
            hour += 12
        elif is_morning and hour == 12:
            hour = 0
        taken = end
        yield Moment(hour % 24, minute, match.start(), end)


def _day(match: re.Match[str], readings: list[tuple[str, str, str]]) -> Day:
    numbers = [(int(year), int(month), int(day)) for year, month, day in readings]
    fitting = tuple(dict.fromkeys(one for one in numbers if 1 <= one[1] <= 12 and 1 <= one[2] <= 31))
    return Day(fitting, match.start(), match.end())


@cache
def _with_months(words: Vocabulary) -> tuple[tuple[re.Pattern[str], str], ...]:
    names = "|".join(re.escape(word) for word in sorted(words.months, key=len, reverse=True))
    prefix = r"[\u0590-\u05ff]{0,2}" if words.language == "he" else ""
    ordinal = r"(?:st|nd|rd|th|er|[.º°])?"
    first_of_two = rf"(?:(?P<before>\d{{1,2}}){ordinal} ?(?:-|[^\W\d]{{1,5}}-?) ?(?:[^\W\d]{{1,3}} )?)?"
    day_first = re.compile(
        rf"(?<![\d.,:/]){first_of_two}(?P<day>\d{{1,2}}){ordinal} (?:of |de |d'|da )?{prefix}(?P<month>{names})"
        rf"(?![^\W_])\.?(?:,? (?:de |del )?(?P<year>{_YEAR})(?!\d))?"
    )
    month_first = re.compile(
        rf"(?<![^\W_])(?P<month>{names})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<year>{_YEAR})(?!\d))?"
    )
    return (day_first, "day first"), (month_first, "month first")
