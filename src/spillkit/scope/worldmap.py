"""Draw the map of the world: countries shaded by how many people of theirs were shown.

In:    people by country code; the paths of data/world.json (see data/SOURCES.md).
Out:   Markup of one <svg>.
Else:  the numbers stand in the table beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any

from markupsafe import Markup, escape

from spillkit.printed import printable
from spillkit.scope.words import country_name

STEPS = 4


@lru_cache(maxsize=1)
def _world() -> dict[str, Any]:
    text = resources.files("spillkit.scope").joinpath("data/world.json").read_text(encoding="utf-8")
    world: dict[str, Any] = json.loads(text)
    return world


def steps_for(largest: int) -> tuple[int, ...]:
    """Return the least number of people of each shade, from light to dark.

    >>> steps_for(176), steps_for(3)
    ((1, 6, 31, 101), (1, 3))
    """
    return tuple(limit for limit in _LADDERS[min(len(str(largest)), len(_LADDERS) - 1)] if limit <= max(largest, 1))


_LADDERS = (
    (1,),
    (1, 3, 6, 9),
    (1, 6, 21, 51),
    (1, 6, 31, 101),
    (1, 11, 101, 1_001),
    (1, 101, 1_001, 10_001),
    (1, 1_001, 10_001, 100_001),
    (1, 10_001, 100_001, 1_000_001),
)


def draw_map(people: Mapping[str, int]) -> Markup:
    """Draw the countries; those too small to see get a dot.

    people  confirmed and possible, by ISO 3166-1 alpha-2 code; codes the map does not have are in the table only
    """
    world = _world()
    steps = steps_for(max(people.values(), default=1))
    ground, shaded, dots = [], [], []
    for code, country in world["countries"].items():
        count = people.get(code, 0)
        if not count:
            ground.append(country["d"])
            continue
        shade = sum(count >= limit for limit in steps)
        said = f"<title>{escape(printable(country_name(code)))}: {count:,}</title>"
        if country["d"]:
            shaded.append(f'<path class="shade{shade}" d="{country["d"]}">{said}</path>')
        if country["small"]:
            dots.append(f'<circle class="shade{shade}" cx="{country["x"]}" cy="{country["y"]}" r="11">{said}</circle>')
    ground += world["unnamed"]
    return Markup(  # noqa: S704 - names are escaped, the rest is our own data.
        f'<svg class="map" viewBox="0 0 {world["width"]} {world["height"]}" role="img" focusable="false" '
        f'aria-label="map of the countries in the table"><path class="land" d="{"".join(ground)}"/>'
        f"{''.join(shaded)}{''.join(dots)}</svg>"
    )


def legend(people: Mapping[str, int]) -> list[tuple[int, str]]:
    """Return the shades with the numbers they stand for."""
    steps = steps_for(max(people.values(), default=1))
    words = []
    for shade, low in enumerate(steps, 1):
        high = steps[shade] - 1 if shade < len(steps) else None
        words.append(
            (shade, f"{low:,} and more" if high is None else f"{low:,}" if high == low else f"{low:,} to {high:,}")
        )
    return words
