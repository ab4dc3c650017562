"""Put incidents into the shape that the report's page shows.

In:    IncidentSummary values.
Out:   what templates/incidents.html prints: rows of the tables, drawings, axes.
Else:  summing up is `incidents`; drawing is `charts`; the page is `report`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from markupsafe import Markup

from spillkit.scope import charts
from spillkit.scope.cause_words import cause_meaning, change_words, next_best_guess
from spillkit.scope.measurement import IncidentSummary
from spillkit.scope.words import moment

MOST_SHOWN = 12
_SHORTEST_VIEW = timedelta(minutes=3)


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the table beside the drawing."""

    at: datetime
    letter: str  # of a change; "" for an answer
    what: str
    text: str  # of a change


@dataclass(frozen=True, slots=True)
class Shown:
    """One incident on the page."""

    summary: IncidentSummary
    meaning: str
    next_best: str  # the runner-up in words; "" where the cause is sure
    drawing: Markup
    axis: list[str]
    steps: list[Step]
    changes: list[str]  # how the nearest changes lie to onset and end
    line: Markup  # on the axis of all incidents


def show_incidents(summaries: Sequence[IncidentSummary] | None, zone: tzinfo) -> tuple[list[Shown], list[str]]:
    """Return the incidents as they are shown, and the common axis of several."""
    if not summaries:
        return [], []
    common = _view_of_all(summaries)
    shown = [_show(summary, common, zone) for summary in summaries[:MOST_SHOWN]]
    return shown, _axis(common, zone) if common is not None and len(summaries) > 1 else []


def view_of(summary: IncidentSummary) -> charts.View | None:
    """Return the stretch of time to draw: the incident, a sixth of its length around it, and what lies near enough to matter."""
    onset = summary.incident.onset
    if onset.first_at is None or onset.last_at is None:
        return None
    reach = max((onset.last_at - onset.first_at) / 6, _SHORTEST_VIEW)
    began, ended = onset.began_with, onset.ended_with
    before = [onset.first_at - reach, onset.clean_before, began.at if began else None]
    after = [onset.last_at + reach, onset.clean_after, ended.at if ended else None]
    margin = reach / 10
    first = min(at for at in before if at is not None and at >= onset.first_at - 3 * reach)
    last = max(at for at in after if at is not None and at <= onset.last_at + 3 * reach)
    return charts.View(first - margin, last + margin)


def _show(summary: IncidentSummary, common: charts.View | None, zone: tzinfo) -> Shown:
    view = view_of(summary)
    return Shown(
        summary=summary,
        meaning=cause_meaning(summary.incident),
        next_best=next_best_guess(summary.incident),
        drawing=charts.timeline(summary, view) if view is not None else Markup(""),
        axis=_axis(view, zone) if view is not None else [],
        steps=_steps(summary, view) if view is not None else [],
        changes=change_words(summary.incident.onset),
        line=charts.span_line(summary, common) if common is not None else Markup(""),
    )


def _steps(summary: IncidentSummary, view: charts.View) -> list[Step]:
    onset = summary.incident.onset
    answers = (
        (onset.clean_before, "last clean answer of these routes"),
        (onset.first_at, "first exposed answer"),
        (onset.last_at, "last exposed answer"),
        (onset.clean_after, "first clean answer after"),
    )
    steps = [Step(at, "", what, "") for at, what in answers if at is not None]
    steps += [
        Step(change.at, letter, "change", change.what) for letter, change in charts.lettered(summary.changes, view)
    ]
    return sorted(steps, key=lambda step: (step.at, step.letter == ""))


def _view_of_all(summaries: Sequence[IncidentSummary]) -> charts.View | None:
    onsets = [summary.incident.onset for summary in summaries]
    firsts = [onset.first_at for onset in onsets if onset.first_at is not None]
    lasts = [onset.last_at for onset in onsets if onset.last_at is not None]
    if not firsts or not lasts:
        return None
    margin = max((max(lasts) - min(firsts)) / 50, timedelta(minutes=1))
    return charts.View(min(firsts) - margin, max(lasts) + margin)


def _axis(view: charts.View, zone: tzinfo) -> list[str]:
    middle = view.from_at + (view.to_at - view.from_at) / 2
    return [moment(at, zone, seconds=False) for at in (view.from_at, middle, view.to_at)]
