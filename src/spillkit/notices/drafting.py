"""Draft what is said to everybody, from what was measured: a file that a person reads, completes and owns.

In:    a measurement of an incident; the name of the campaign, the day the company noticed, a time zone.
Out:   story.toml as text: figures and times as measured, what was done as far as it is proved, the rest as lines to fill in.
Else:  what the names mean is `story`; reading the finished file is `company`.
"""

from __future__ import annotations

import json
from datetime import date, datetime

from spillkit.cause.incident import CauseClass
from spillkit.errors import NoticesError
from spillkit.model import ViewerKind
from spillkit.notices.story import Done, Nature
from spillkit.scope.measurement import Measurement

_MAILED = frozenset({CauseClass.OPEN_RECIPIENTS, CauseClass.MAIL_SHIFT})
_STRANGERS = frozenset({ViewerKind.ANONYMOUS.value, ViewerKind.CRAWLER.value})


def draft_story(measured: Measurement, campaign: str, known_on: date, zone: str) -> str:
    """Return story.toml.

    known_on  the day on which the company noticed
    zone      IANA name, in which times are said
    Raises    NoticesError if nobody is confirmed, or what happened is nothing that the texts can say
    """
    people = measured.people
    if not people.confirmed:
        raise NoticesError(
            "Nobody is confirmed in this measurement, so there is nobody to be told. Look at `spillkit measure`."
        )
    lines = [
        "# What is said to everybody alike. Every language makes its own sentences from these. Read every line: it is your word.",
        f"campaign = {json.dumps(campaign)}",
        f"nature = {json.dumps(nature_of(measured).value)}  # {' | '.join(Nature)}",
        f"known_on = {known_on.isoformat()}  # the day on which you noticed",
        *(
            f"{name} = {_moment(at)}"
            for name, at in (("first_at", measured.first_at), ("last_at", measured.last_at))
            if at
        ),
        f"people_confirmed = {people.confirmed}",
        *([f"people_upper = {people.upper_bound}"] if people.upper_bound is not None else []),
        f"# What you did, each with its day, and nothing that you did not do: {', '.join(Done)}.",
        f"done = [{', '.join(f'[{json.dumps(what.value)}, {on.isoformat()}]' for what, on in _done(measured))}]",
        "# next_word_on = 2026-12-04  # when you write again; leave it out where you promise nothing",
        '# stated_at = "example.org/statement"  # where your public statement stands, as people type it',
        f"zone = {json.dumps(zone)}",
    ]
    return "\n".join(lines) + "\n"


def nature_of(measured: Measurement) -> Nature:
    """Return what happened, as a person without technical knowledge would say it.

    Raises  NoticesError where it was staff: whether one or several passed it on is found by people, never by a measurement
    """
    kinds = {count.kind for count in measured.by_viewer_kind if count.confirmed}
    causes = {one.incident.cause.cause for one in measured.incidents or () if one.incident.number == measured.incident}
    if causes & _MAILED:
        return Nature.SENT_TO_CUSTOMERS
    if kinds & _STRANGERS:
        return Nature.OPEN_TO_ANYBODY
    if kinds == {ViewerKind.STAFF.value}:
        raise NoticesError(
            "Only staff saw it. Whether one or several passed it on is not measured: start from `spillkit notify example`, "
            f'and write nature = "{Nature.PASSED_ON_BY_ONE.value}" or "{Nature.PASSED_ON_BY_SEVERAL.value}" once it is known.'
        )
    return Nature.SHOWN_TO_CUSTOMERS


def _done(measured: Measurement) -> list[tuple[Done, date]]:
    """Return what is proved to be done: that it was stopped and tested, where a proof of the repair holds."""
    if measured.fix is None or not measured.fix.proven:
        return []
    tested = measured.fix.checked_at.date()
    stopped = measured.last_at.date() if measured.last_at is not None else tested
    return [(Done.STOPPED, min(stopped, tested)), (Done.TESTED, tested)]


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")
