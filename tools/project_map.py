"""Project the countries of world-atlas once, at development time, into path strings that the report draws.

In:    countries-50m.json of the npm package world-atlas (TopoJSON; Natural Earth, public domain).
Out:   src/spillkit/scope/data/world.json: for each ISO 3166-1 alpha-2 code a path, its centre, and whether it is too small to see.
Else:  drawing is `spillkit.scope.worldmap`; where the data comes from is src/spillkit/scope/data/SOURCES.md.

Run:   python tools/project_map.py countries-50m.json src/spillkit/scope/data/world.json
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from babel.core import get_global

Point = tuple[float, float]

WIDTH = 1000  # units of the view box, from 180° W to 180° E on the equator
TOLERANCE = 0.42  # units: what is thinner than half a pixel on a wide screen is left out
SMALL_AREA = 14.0  # square units: a country below this gets a dot
DROPPED = {"AQ"}  # nobody lives there all year, and it would take a fifth of the picture

# Equal Earth: B. Šavrič, T. Patterson, B. Jenny, The Equal Earth map projection, 2018.
_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_M = math.sqrt(3) / 2


def project(longitude: float, latitude: float) -> Point:
    """Return the place on the map, y downwards, both in units of the view box."""
    lam, theta = math.radians(longitude), math.asin(_M * math.sin(math.radians(latitude)))
    t2, t6 = theta**2, theta**6
    x = lam * math.cos(theta) / (_M * (_A1 + 3 * _A2 * t2 + t6 * (7 * _A3 + 9 * _A4 * t2)))
    y = theta * (_A1 + _A2 * t2 + t6 * (_A3 + _A4 * t2))
    half = math.pi / (_M * _A1)
    return (x / half + 1) * WIDTH / 2, (NORTH - y) / half * WIDTH / 2


def _northing(latitude: float) -> float:
    theta = math.asin(_M * math.sin(math.radians(latitude)))
    t2, t6 = theta**2, theta**6
    return theta * (_A1 + _A2 * t2 + t6 * (_A3 + _A4 * t2))


NORTH = _northing(84.0)
SOUTH = _northing(-56.0)


def read_arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """Return the arcs in degrees, thinned. Neighbours share arcs, so their borders stay together."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            arc.append((x * sx + tx, y * sy + ty))
        arcs.append(thin(unwrap(arc)))
    return arcs


def unwrap(line: list[Point]) -> list[Point]:
    """Return the line without jumps of 360° in its longitudes."""
    out = [line[0]]
    for longitude, latitude in line[1:]:
        out.append((longitude - 360 * round((longitude - out[-1][0]) / 360), latitude))
    return out


def thin(line: list[Point]) -> list[Point]:
    """Leave out points closer than the tolerance to the line without them (Douglas and Peucker, 1973)."""
    if len(line) < 3:
        return line
    flat = [(p[0] * math.cos(math.radians(p[1])) * WIDTH / 360, p[1] * WIDTH / 360) for p in line]
    keep = {0, len(line) - 1}
    todo = [(0, len(line) - 1)]
    while todo:
        first, last = todo.pop()
        far, place = 0.0, first
        for i in range(first + 1, last):
            away = _distance(flat[i], flat[first], flat[last])
            if away > far:
                far, place = away, i
        # A closed arc must keep its shape: its two ends are one point.
        if far > TOLERANCE or (line[first] == line[last] and place != first and far > TOLERANCE / 4):
            keep.add(place)
            todo += [(first, place), (place, last)]
    return [line[i] for i in sorted(keep)]


def _distance(p: Point, a: Point, b: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length))
    return math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy)


def ring_of(numbers: Iterable[int], arcs: list[list[Point]]) -> list[Point]:
    """Return one closed ring in degrees, without jumps."""
    ring: list[Point] = []
    for number in numbers:
        arc = arcs[number] if number >= 0 else arcs[~number][::-1]
        ring += arc if not ring else arc[1:]
    return unwrap(ring)


def cut(ring: list[Point]) -> list[list[Point]]:
    """Cut a ring at the 180th meridian: the parts that lie on the map, each moved onto it."""
    parts = []
    for shift in (-360, 0, 360):
        moved = [(x + shift, y) for x, y in ring]
        part = _clip(_clip(moved, 180.0, keep_below=True), -180.0, keep_below=False)
        if len(part) >= 3:
            parts.append(_dense(part))
    return parts


def _clip(ring: list[Point], edge: float, *, keep_below: bool) -> list[Point]:
    """Keep one side of a meridian (Sutherland and Hodgman, 1974)."""
    out: list[Point] = []
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        a_in = a[0] <= edge if keep_below else a[0] >= edge
        b_in = b[0] <= edge if keep_below else b[0] >= edge
        if a_in:
            out.append(a)
        if a_in != b_in:
            t = (edge - a[0]) / (b[0] - a[0])
            out.append((edge, a[1] + t * (b[1] - a[1])))
    return out


def _dense(ring: list[Point]) -> list[Point]:
    """Put points along the cut, which is curved on the map."""
    out: list[Point] = []
    for a, b in zip(ring, ring[1:] + ring[:1], strict=True):
        out.append(a)
        if abs(a[0]) == 180 and a[0] == b[0]:
            steps = int(abs(a[1] - b[1]) / 2)
            out += [(a[0], a[1] + (b[1] - a[1]) * (i + 1) / (steps + 1)) for i in range(steps)]
    return out


def area(ring: list[Point]) -> float:
    """Return the area in square units, always positive."""
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:] + ring[:1], strict=True))) / 2


def path_of(ring: list[Point]) -> str:
    """Return the ring as path commands with whole tenths written as short as can be."""
    whole = [(round(x * 2), round(y * 2)) for x, y in ring]
    out, last = [f"M{whole[0][0]} {whole[0][1]}l"], whole[0]
    steps = []
    for point in whole[1:]:
        dx, dy = point[0] - last[0], point[1] - last[1]
        if dx or dy:
            steps.append(f"{dx}{' ' if dy >= 0 else ''}{dy}")
        last = point
    if len(steps) < 2:
        return ""
    out.append("".join(s if i == 0 or s.startswith("-") else " " + s for i, s in enumerate(steps)))
    return "".join(out) + "z"


def country_of(geometry: dict[str, Any], arcs: list[list[Point]]) -> dict[str, Any] | None:
    """Return path, centre and smallness of one country."""
    groups = [geometry["arcs"]] if geometry["type"] == "Polygon" else geometry["arcs"]
    outer: list[list[Point]] = []
    paths: list[tuple[float, str]] = []
    for rings in groups:
        for i, numbers in enumerate(rings):
            for part in cut(ring_of(numbers, arcs)):
                drawn = [project(x, y) for x, y in part]
                size = area(drawn)
                if i == 0:
                    outer.append(drawn)
                paths.append((size, path_of(drawn)))
    if not outer:
        return None
    largest = max(outer, key=area)
    total = sum(area(ring) for ring in outer)
    # Specks are left out, unless the country has nothing else.
    shown = [text for size, text in paths if text and (size >= 0.8 or size == max(s for s, _ in paths))]
    return {
        "d": "".join(shown),
        "x": round(sum(p[0] for p in largest) / len(largest) * 2),
        "y": round(sum(p[1] for p in largest) / len(largest) * 2),
        "small": total < SMALL_AREA,
    }


def main(source: Path, target: Path) -> None:
    """Write the map data."""
    aliases = get_global("territory_aliases")
    topology = json.loads(source.read_text(encoding="utf-8"))
    arcs = read_arcs(topology)
    countries: dict[str, dict[str, Any]] = {}
    unnamed: list[str] = []
    for geometry in topology["objects"]["countries"]["geometries"]:
        code = (aliases.get(str(geometry.get("id", "")).zfill(3)) or [""])[0]
        if code in DROPPED or not geometry.get("arcs"):
            continue
        country = country_of(geometry, arcs)
        if country is None or (not country["d"] and not country["small"]):
            continue
        if code and code not in countries:
            countries[code] = country
        else:
            unnamed.append(country["d"])  # Somaliland, Northern Cyprus …: land without a code of its own.
    height = round((NORTH - SOUTH) / (math.pi / (_M * _A1)) * WIDTH / 2 * 2)
    data = {"width": WIDTH * 2, "height": height, "countries": dict(sorted(countries.items())), "unnamed": unnamed}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(data, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
