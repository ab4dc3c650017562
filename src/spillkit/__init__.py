"""Spillkit finds, measures and proves whose personal data was shown to whom by mistake.

The public Python interface (docs/reference/python.md):

    index = spillkit.Index.build("customers.csv")
    viewers = spillkit.ViewerFinder([spillkit.parse_viewer_source("cookie:sid,sessions.csv")], key=key, directory=index.directory)
    found = spillkit.find_sightings(spillkit.read_exchanges(Path("day1.har")), index, viewers.find)
    exposures = spillkit.find_exposures(found.sightings, spillkit.read_rules(Path("rules.toml")))

Names are loaded when they are first used: `import spillkit` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from spillkit.capture import Limits, read_exchanges
    from spillkit.directory import Directory, Index
    from spillkit.entitlement import Rules, find_exposures, is_entitled, parse_rules, read_rules
    from spillkit.ledger import Ledger
    from spillkit.model import Damage, Evidence, Exchange, Field, Viewer, ViewerKind
    from spillkit.scan.finding import find_sightings
    from spillkit.scan.viewer_options import parse_viewer_source
    from spillkit.scan.viewers import ViewerFinder
    from spillkit.scope.measure import measure

_PLACES = {
    "Damage": "model",
    "Directory": "directory",
    "Evidence": "model",
    "Exchange": "model",
    "Field": "model",
    "Index": "directory",
    "Ledger": "ledger",
    "Limits": "capture",
    "Rules": "entitlement",
    "Viewer": "model",
    "ViewerFinder": "scan.viewers",
    "ViewerKind": "model",
    "find_exposures": "entitlement",
    "find_sightings": "scan.finding",
    "is_entitled": "entitlement",
    "measure": "scope.measure",
    "parse_rules": "entitlement",
    "parse_viewer_source": "scan.viewer_options",
    "read_exchanges": "capture",
    "read_rules": "entitlement",
}

__all__ = [
    "Damage",
    "Directory",
    "Evidence",
    "Exchange",
    "Field",
    "Index",
    "Ledger",
    "Limits",
    "Rules",
    "Viewer",
    "ViewerFinder",
    "ViewerKind",
    "find_exposures",
    "find_sightings",
    "is_entitled",
    "measure",
    "parse_rules",
    "parse_viewer_source",
    "read_exchanges",
    "read_rules",
]


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module 'spillkit' has no attribute {name!r}")
    found: object = getattr(importlib.import_module(f"spillkit.{_PLACES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
