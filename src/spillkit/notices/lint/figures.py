"""Hold numbers, days, times and lengths against the measured ones.

In:    a claim, and the document beside the facts.
Out:   Contradictions.
Else:  what is not a figure is `against`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from spillkit.notices.lint.claims import Bound, Claim
from spillkit.notices.lint.contradictions import Contradiction
from spillkit.notices.lint.judged import Judged

_ABOUT = 0.05  # "about 1,200" may differ from what was measured by so much


def people(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    """Hold a number of people against the confirmed number and its upper bound."""
    story = judged.known.story
    if not claim.value or story is None:
        judged.leave(claim)
        return
    said = int(claim.value)
    if claim.bound is Bound.EXACT and said in (story.people_confirmed, *judged.known.counts):
        return
    low, high = story.people_confirmed, story.people_upper
    match claim.bound:
        case Bound.ABOUT:
            holds = abs(said - low) <= _ABOUT * low or any(
                abs(said - one) <= _ABOUT * one for one in judged.known.counts
            )
        case Bound.MOST:
            holds = said >= (high if high is not None else low)
            if high is None:
                holds = False  # nobody can say at most
        case Bound.LEAST:
            holds = low / 2 <= said <= low  # true, and not so low that it plays it down
        case _:
            holds = False
    if not holds:
        upper = "no upper bound" if high is None else f"at most {high}"
        yield judged.differs(claim, "people-number", f"{_bounded(claim)}{said} people", f"{low} confirmed, {upper}")


def viewers(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    """Hold a number of viewers against those who were measured."""
    viewers = judged.known.viewers_of(judged.document)
    if not claim.value or not viewers:
        judged.leave(claim)
        return
    said, total = int(claim.value), sum(viewers.values())
    allowed = {total, *viewers.values()}
    match claim.bound:
        case Bound.ABOUT:
            holds = any(abs(said - one) <= _ABOUT * one for one in allowed)
        case Bound.MOST:
            holds = said >= total
        case Bound.LEAST:
            holds = total / 2 <= said <= total
        case _:
            holds = said in allowed
    if not holds:
        yield judged.differs(claim, "viewers-number", f"{_bounded(claim)}{said} viewers", f"{total} viewers")


def day(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    """Hold a day against those that the facts name, by what is said of it: from, until, known, again."""
    periods = judged.known.periods_of(judged.document)
    story = judged.known.story
    if story is None and not periods and not judged.known.days:
        judged.leave(claim)
        return
    zone = judged.known.zone
    firsts = {first.astimezone(zone).date() for first, _ in periods if first is not None}
    lasts = {last.astimezone(zone).date() for _, last in periods if last is not None}
    named = judged.known.named_days()
    match claim.role:
        case "from" if firsts:
            rule, allowed = "first-day", firsts
        case "until" if lasts:
            rule, allowed = "last-day", lasts
        case "known" if story is not None:
            rule, allowed = "known-day", {story.known_on, *judged.known.days}
        case "again" if story is not None:
            rule, allowed = "again-day", {story.next_word_on} if story.next_word_on else set()
        case _:
            rule, allowed = "day", _between_days(firsts, lasts) | firsts | lasts | named
    if not readings(claim, sorted(allowed)) & allowed:
        days = ", ".join(sorted(day.isoformat() for day in allowed)[:4])
        yield judged.differs(claim, rule, claim.value.replace("|", " or "), days or "no such day is known")


def moment(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    """Hold a time of day against the measured ones, in the zone of the story."""
    periods = judged.known.periods_of(judged.document)
    zone = judged.known.zone
    firsts = {_minute(first.astimezone(zone)) for first, _ in periods if first is not None}
    lasts = {_minute(last.astimezone(zone)) for _, last in periods if last is not None}
    others = {_minute(moment.astimezone(zone)) for moment in judged.known.moments}
    if not (firsts or lasts or others):
        judged.leave(claim)
        return
    allowed = {"from": firsts | others, "until": lasts | others}.get(claim.role) or firsts | lasts | others
    if claim.value not in allowed:
        yield judged.differs(claim, "moment", claim.value, f"{', '.join(sorted(allowed))} ({zone})")


def duration(judged: Judged, claim: Claim) -> Iterator[Contradiction]:
    """Hold a length of time against that between the first and the last answer."""
    lengths = [
        (last - first).total_seconds() for first, last in judged.known.periods_of(judged.document) if first and last
    ]
    days = [
        (last.astimezone(judged.known.zone).date() - first.astimezone(judged.known.zone).date()).days
        for first, last in judged.known.periods_of(judged.document)
        if first and last
    ]
    if not claim.value or not lengths:
        judged.leave(claim)
        return
    said = int(claim.value) * claim.unit_s
    match claim.bound:
        case Bound.MOST:
            holds = any(said >= length for length in lengths)
        case Bound.LEAST:
            holds = any(length / 2 <= said <= length for length in lengths)
        case _:
            slack = claim.unit_s if claim.bound is Bound.EXACT else max(claim.unit_s, 0.1 * said)
            holds = any(abs(said - length) < slack or said == length for length in lengths)
            # Somebody who counts days counts the first one too.
            holds |= claim.unit_s == 86_400 and any(int(claim.value) in (count, count + 1) for count in days)
    if not holds:
        measured = " or ".join(str(timedelta(seconds=int(length))) for length in lengths)
        yield judged.differs(claim, "duration", f"{_bounded(claim)}{timedelta(seconds=said)}", measured)


def readings(claim: Claim, years_of: Sequence[date] = ()) -> set[date]:
    """Return the days that a claim may mean; a day without a year is that of any year in question."""
    found: set[date] = set()
    for said in claim.value.split("|"):
        year, month, day = (int(part) for part in said.split("-"))
        for one in [year] if year else {known.year for known in years_of}:
            try:
                found.add(date(one, month, day))
            except ValueError:
                continue
    return found


def _bounded(claim: Claim) -> str:
    return "" if claim.bound is Bound.EXACT else f"{claim.bound} "


def _minute(moment: datetime) -> str:
    return f"{moment:%H:%M}"


def _between_days(firsts: set[date], lasts: set[date]) -> set[date]:
    if not firsts or not lasts:
        return firsts | lasts
    first, last = min(firsts), max(lasts)
    return {first + timedelta(days=count) for count in range(min((last - first).days, 3660) + 1)}
