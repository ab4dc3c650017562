"""What is known of one item, before it is a section.

In:    the material of one report.
Out:   Found; Builder, what finds it; the incidents and the repair of what was measured.
Else:  finding it is the part of the item: `people`, `records`, `times`, `cause`, `shown`, `measures`, `parties`, `told`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spillkit.authority.material import Material
from spillkit.authority.report import Line, Prose, Table
from spillkit.scope.measurement import FixProof, IncidentSummary


@dataclass(frozen=True, slots=True)
class Found:
    """What is known of one item."""

    lines: tuple[Line, ...] = ()
    tables: tuple[Table, ...] = ()
    missing: tuple[str, ...] = ()  # names of phrases
    prose: Prose | None = None
    not_needed: bool = False


Builder = Callable[[Material], Found]


def incidents_of(material: Material) -> tuple[IncidentSummary, ...]:
    """Return what was measured of each incident; none where nothing was."""
    return (material.measurement.incidents or ()) if material.measurement is not None else ()


def fix_of(material: Material) -> FixProof | None:
    """Return the proof of the repair, where one was tried."""
    return material.measurement.fix if material.measurement is not None else None
