"""From exchanges to sightings: who occurs in what was sent to whom."""

from spillkit.scan.sightings import Finder, Found

__all__ = ["Finder", "Found"]
