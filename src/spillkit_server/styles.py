"""Serve the report's style sheet beside the room's own: the same cells look the same.

In:    the path that a page asks for.
Out:   the file of spillkit.scope, under static/report/report.css.
Else:  the room's own files are in static/room/.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

_PATH = "report/report.css"


class ReportStyle(BaseFinder):
    """Finds one file, and nothing else of its folder."""

    def __init__(self, *_arguments: Any, **_named: Any) -> None:
        folder = Path(str(resources.files("spillkit.scope"))) / "templates"
        self._storage = FileSystemStorage(location=folder)
        self._storage.prefix = "report"

    def check(self, **_named: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **_named: Any) -> Any:
        found = self._storage.path("report.css") if path == _PATH else None
        return ([found] if found else []) if find_all else found or []

    def list(self, _ignored: Any) -> Iterator[tuple[str, FileSystemStorage]]:
        yield "report.css", self._storage
