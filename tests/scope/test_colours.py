"""The report can be read by people who see little contrast, in light, in the dark and on paper.

Source: WCAG 2.2, 1.4.3 (text: 4.5 to 1), 1.4.11 (shapes that carry meaning: 3 to 1), 2.4.7 and 2.4.13 (focus)
"""

from __future__ import annotations

import re
from itertools import pairwise, product
from pathlib import Path

import pytest

CSS = Path("src/spillkit/scope/templates/report.css").read_text(encoding="utf-8")
BLOCKS = dict(
    zip(("light", "dark", "forced", "print"), re.findall(r":root \{(.*?)\}", CSS, flags=re.DOTALL), strict=True)
)
COLOURS = {
    name: dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]+)", block))
    for name, block in BLOCKS.items()
    if name != "forced"  # the reader's own colours, by their names
}


def luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb (WCAG 2.2, definition)."""
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_black_on_white_is_21_to_1():
    assert contrast("#000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", COLOURS)
@pytest.mark.parametrize(("text", "ground"), [*product(("ink", "soft", "main"), ("paper", "card"))])
def test_text_stands_out(scheme, text, ground):
    assert contrast(COLOURS[scheme][text], COLOURS[scheme][ground]) >= 4.5


@pytest.mark.parametrize("scheme", COLOURS)
def test_bars_and_their_borders_stand_out(scheme):
    colours = COLOURS[scheme]
    assert min(contrast(colours["main"], colours[ground]) for ground in ("paper", "card", "ground")) >= 3


@pytest.mark.parametrize("scheme", COLOURS)
def test_shades_of_the_map_go_one_way_and_can_be_told_apart(scheme):
    """Their numbers stand in the table below the map, so they need no 3 to 1 between each other; grey must keep their order."""
    colours = COLOURS[scheme]
    shades = [colours[f"shade{number}"] for number in range(1, 5)]
    steps = [contrast(colours["land"], shade) for shade in shades]
    assert steps == sorted(steps)
    assert all(contrast(one, other) >= 1.4 for one, other in pairwise(shades))
    assert contrast(colours["land"], shades[0]) >= 1.2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_focus_can_be_seen(scheme):
    colours = COLOURS[scheme]
    assert min(contrast(colours["focus"], colours[ground]) for ground in ("paper", "card", "ground")) >= 3
    for focusable in ("a", "summary", ".scroll"):
        assert f"{focusable}:focus-visible" in CSS
    assert "outline: none" not in CSS
