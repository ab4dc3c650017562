"""Draw the charts of the report as inline SVG.

In:    numbers.
Out:   Markup of one <svg> each: shapes only, coloured by the style sheet, without script, style attribute or link, and without
       text but the single letters that stand for changes.
Else:  the numbers stand in a table beside each chart; the map is `worldmap`; labels and axes are HTML, so that they keep their
       size on a narrow screen.

Lengths are shares of the room a chart gets, so that nothing is skewed; what is told by colour is told by pattern or lightness too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from spillkit.cause.incident import Change
from spillkit.scope.measurement import Coverage, Figure, Histogram, IncidentSummary, SourceCoverage


def bar(confirmed: int, possible: int, largest: int) -> Markup:
    """Draw one bar of a table: a solid part, and a hatched part for what is only possible."""
    if largest <= 0:
        return _svg("bar", "", "")
    solid, hatched = 100 * confirmed / largest, 100 * possible / largest
    return _svg("bar", _rect("solid", 0, 0, solid, 100) + _rect("hatched", solid, 0, hatched, 100), "")


def range_bar(figure: Figure) -> Markup:
    """Draw confirmed, interval and upper bound on one line."""
    confirmed, high = figure.confirmed or 0, figure.interval_high or figure.confirmed or 0
    bound = figure.upper_bound if figure.upper_bound is not None else high
    whole = max(bound, high, 1)
    solid, middle = 100 * confirmed / whole, 100 * (high - confirmed) / whole
    shapes = _rect("solid", 0, 0, solid, 100) + _rect("hatched", solid, 0, middle, 100)
    return _svg("range", shapes, f"{confirmed} confirmed, up to {high} by the interval, at most {bound}")


def share_bar(share: float | None) -> Markup:
    """Draw what share was looked at."""
    return _svg("range", _rect("solid", 0, 0, 100 * min(max(share or 0.0, 0.0), 1.0), 100), "")


def histogram(data: Histogram) -> Markup:
    """Draw people by time, one column a slice; slices without anybody leave room."""
    if not data.bins:
        return Markup("")
    first = data.bins[0].start_at.timestamp()
    slots = int((data.bins[-1].start_at.timestamp() - first) // data.bin_seconds) + 1
    largest = max(b.people for b in data.bins)
    width = 100 / max(slots, 12)  # A single column shall not fill the page.
    shapes = [_line(0), _line(50)]
    for slice_ in data.bins:
        slot = int((slice_.start_at.timestamp() - first) // data.bin_seconds)
        height = 100 * slice_.people / largest
        shapes.append(_rect("solid", (slot + 0.07) * width, 100 - height, 0.86 * width, height))
    return _svg("columns", "".join(shapes), f"people by time, most {largest}")


def histogram_share(data: Histogram) -> float:
    """Return how much of the drawing's width its columns take, so that the axis ends where they do."""
    if not data.bins:
        return 1.0
    span = data.bins[-1].start_at.timestamp() - data.bins[0].start_at.timestamp()
    slots = int(span // data.bin_seconds) + 1
    return slots / max(slots, 12)


def coverage_strip(source: SourceCoverage, coverage: Coverage) -> Markup:
    """Draw one source's line: a frame where it tells of answers, filled as far as they were looked at; nothing elsewhere."""
    if coverage.first_at is None or coverage.last_at is None:
        return Markup("")
    seconds = coverage.slice_seconds
    first = int(coverage.first_at.timestamp()) // seconds
    slots = int(coverage.last_at.timestamp() - 1) // seconds - first + 1
    width = 100 / slots
    shapes = [_line(50)]
    for slice_ in source.slices:
        slot = int(slice_.start_at.timestamp()) // seconds - first
        height = 88 * min(slice_.looked_at / slice_.known, 1.0) if slice_.known else 0.0
        shapes.append(_rect("open", (slot + 0.05) * width, 6, 0.9 * width, 88))
        shapes.append(_rect("solid", (slot + 0.05) * width, 94 - height, 0.9 * width, height))
    return _svg("strip", "".join(shapes), "")


@dataclass(frozen=True, slots=True)
class View:
    """The stretch of time that a drawing shows."""

    from_at: datetime
    to_at: datetime

    def share(self, at: datetime) -> float:
        """Return where a time lies, 0 to 100; below or above if it is outside."""
        return 100 * (at - self.from_at) / (self.to_at - self.from_at)

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.from_at <= at <= self.to_at


def timeline(summary: IncidentSummary, view: View) -> Markup:
    """Draw one incident: people by time, the stretch from first to last, clean answers beside it, and changes by letter."""
    onset, data = summary.incident.onset, summary.histogram
    if onset.first_at is None or onset.last_at is None:
        return Markup("")
    first, last = view.share(onset.first_at), view.share(onset.last_at)
    shapes = [_rect("band", first, 0, max(last - first, 0.4), 100), _line(50)]
    largest = max((b.people for b in data.bins), default=1)
    for slice_ in data.bins:
        start, end = view.share(slice_.start_at), view.share(slice_.start_at + timedelta(seconds=data.bin_seconds))
        if (
            end > first and start < last
        ):  # A slice is longer than the first or last moment in it: it is drawn where it counts.
            start, end = max(start, first - 0.2), min(end, last + 0.2)
        if start < 0 or end > 100:
            continue
        height = 84 * slice_.people / largest
        shapes.append(_rect("solid", start, 100 - height, max(0.9 * (end - start), 0.35), height))
    shapes += [_dot(view.share(at)) for at in (onset.clean_before, onset.clean_after) if at and view.holds(at)]
    shapes += [_flag(view.share(change.at), letter) for letter, change in lettered(summary.changes, view)]
    return _svg("timeline", "".join(shapes), f"people shown by time, most {largest} in a slice; times are in the table")


def lettered(changes: Sequence[Change], view: View) -> list[tuple[str, Change]]:
    """Return the changes that the drawing shows, with the letters that stand for them."""
    return [(chr(ord("A") + place), change) for place, change in enumerate(c for c in changes if view.holds(c.at))]


def span_line(summary: IncidentSummary, view: View) -> Markup:
    """Draw from when to when an incident was at work, on the axis of all of them."""
    onset = summary.incident.onset
    if onset.first_at is None or onset.last_at is None:
        return Markup("")
    first, last = view.share(onset.first_at), view.share(onset.last_at)
    # A short incident in a long year shall still be seen.
    return _svg("strip", _line(50) + _rect("solid", min(first, 99.4), 18, max(last - first, 0.6), 64), "")


def patterns() -> Markup:
    """Define the hatching that the charts share. Put once into the page."""
    return Markup(
        '<svg class="defs" width="0" height="0" aria-hidden="true" focusable="false"><defs>'
        '<pattern id="hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect class="hatch-ground" width="5" height="5"/><rect class="hatch-line" width="2" height="5"/></pattern></defs></svg>'
    )


def _rect(kind: str, x: float, y: float, width: float, height: float) -> str:
    if width <= 0 or height <= 0:
        return ""
    return f'<rect class="{kind}" x="{_n(x)}%" y="{_n(y)}%" width="{_n(width)}%" height="{_n(height)}%"/>'


def _dot(x: float) -> str:
    return f'<circle class="clean" cx="{_n(x)}%" cy="82%" r="5"/>'


def _flag(x: float, letter: str) -> str:
    return (
        f'<line class="change" x1="{_n(x)}%" x2="{_n(x)}%" y1="1.1em" y2="100%"/>'
        f'<text class="letter" x="{_n(x)}%" y="0.85em" text-anchor="middle">{letter}</text>'
    )


def _line(y: float) -> str:
    return f'<line class="grid" x1="0" x2="100%" y1="{_n(y)}%" y2="{_n(y)}%"/>'


def _n(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")


def _svg(kind: str, shapes: str, label: str) -> Markup:
    said: Sequence[str] = ('role="img"', f'aria-label="{escape(label)}"') if label else ('aria-hidden="true"',)
    return Markup(f'<svg class="{kind}" focusable="false" {" ".join(said)}>{shapes}</svg>')  # noqa: S704 - only numbers go in.
