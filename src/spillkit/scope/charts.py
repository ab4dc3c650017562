"""Draw the charts of the report as inline SVG.

In:    numbers.
Out:   Markup of one <svg> each: shapes only, coloured by the style sheet, without text, script, style attribute or link.
Else:  the numbers stand in a table beside each chart; the map is `worldmap`; labels and axes are HTML, so that they keep their size on a
       narrow screen.

Charts stretch to the room they get (preserveAspectRatio="none"); what is told by colour is told by pattern or lightness too.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup, escape

from spillkit.scope.measurement import Coverage, Figure, Histogram, SourceCoverage

_SHARES = 1000


def bar(confirmed: int, possible: int, largest: int) -> Markup:
    """Draw one bar of a table: a solid part, and a hatched part for what is only possible."""
    if largest <= 0:
        return _svg("bar", 100, 8, "", "")
    solid, hatched = 100 * confirmed / largest, 100 * possible / largest
    shapes = _rect("solid", 0, 0, solid, 8) + _rect("hatched", solid, 0, hatched, 8)
    return _svg("bar", 100, 8, shapes, "")


def range_bar(figure: Figure) -> Markup:
    """Draw confirmed, interval and upper bound on one line."""
    confirmed, high = figure.confirmed or 0, figure.interval_high or figure.confirmed or 0
    bound = figure.upper_bound if figure.upper_bound is not None else high
    whole = max(bound, high, 1)
    solid, middle = _SHARES * confirmed / whole, _SHARES * (high - confirmed) / whole
    shapes = (
        _rect("open", 0.5, 0.5, _SHARES - 1, 19)
        + _rect("solid", 0, 0, solid, 20)
        + _rect("hatched", solid, 0, middle, 20)
    )
    text = f"{confirmed} confirmed, up to {high} by the interval, at most {bound}"
    return _svg("range", _SHARES, 20, shapes, text)


def share_bar(share: float | None) -> Markup:
    """Draw what share was looked at."""
    looked = _SHARES * min(max(share or 0.0, 0.0), 1.0)
    return _svg("range", _SHARES, 12, _rect("open", 0.5, 0.5, _SHARES - 1, 11) + _rect("solid", 0, 0, looked, 12), "")


def histogram(data: Histogram) -> Markup:
    """Draw people by time, one column a slice; slices without anybody leave room."""
    if not data.bins:
        return Markup("")
    first = data.bins[0].start_at.timestamp()
    slots = int((data.bins[-1].start_at.timestamp() - first) // data.bin_seconds) + 1
    largest = max(b.people for b in data.bins)
    shapes = []
    for slice_ in data.bins:
        slot = int((slice_.start_at.timestamp() - first) // data.bin_seconds)
        height = 100 * slice_.people / largest
        shapes.append(_rect("solid", slot + 0.06, 100 - height, 0.88, height))
    lines = "".join(f'<path class="grid" d="M0 {y}H{slots}"/>' for y in (0, 50))
    return _svg("columns", slots, 100, lines + "".join(shapes), f"people by time, most {largest}")


def coverage_strip(source: SourceCoverage, coverage: Coverage) -> Markup:
    """Draw one source's line: solid where all was looked at, hatched where a part was, open where answers are known but none was
    looked at, nothing where the source tells nothing."""
    if coverage.first_at is None or coverage.last_at is None:
        return Markup("")
    seconds = coverage.slice_seconds
    first = int(coverage.first_at.timestamp()) // seconds
    slots = int(coverage.last_at.timestamp() - 1) // seconds - first + 1
    shapes = []
    for slice_ in source.slices:
        slot = int(slice_.start_at.timestamp()) // seconds - first
        share = slice_.looked_at / slice_.known if slice_.known else 0.0
        kind = "solid" if share >= 0.99 else "hatched" if slice_.looked_at else "open"
        shapes.append(_rect(kind, slot + 0.04, 1, 0.92, 18))
    return _svg("strip", slots, 20, '<path class="grid" d="M0 10H%d"/>' % slots + "".join(shapes), "")


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
    return f'<rect class="{kind}" x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}"/>'


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _svg(kind: str, width: float, height: float, shapes: str, label: str) -> Markup:
    said: Sequence[str] = ('role="img"', f'aria-label="{escape(label)}"') if label else ('aria-hidden="true"',)
    return Markup(
        f'<svg class="{kind}" viewBox="0 0 {_n(width)} {_n(height)}" preserveAspectRatio="none" focusable="false" {" ".join(said)}>'
        f"{shapes}</svg>"
    )
