"""Remember which recordings were read: one small JSON file for each.

In:    what the scan says of a recording, at its start and at its end.
Out:   Source values; the files in sources/.
Else:  the rows are in parts/ (`parts`).

A recording is known by the digest of its bytes: the same bytes under another name are the same source.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from spillkit.errors import LedgerError
from spillkit.ledger.parts import write_file
from spillkit.model import SourceId
from spillkit.printed import json_text


class Source(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One recording that was, or is being, scanned."""

    version: int = 1
    source: str  # SourceId
    name: str  # the file's name, for screens
    path: str  # as the user gave it, so that `show` can read it again
    format: str  # "har", "warc", "jsonl", …
    file_bytes: int  # as stored
    settings: str  # digest under which the rows that count were scanned
    complete: bool = False  # read to its end under `settings`
    scanning: str = ""  # digest of a scan that was begun and has not ended, "" if none
    entries: int | None = None  # exchanges read; None until complete
    facts: Mapping[str, str | int | float | bool | None] = {}  # what else the scan wants to keep: never contents


def read_sources(folder: Path) -> list[Source]:
    """Return all recordings of the manifest, ordered by id; LedgerError if one is damaged."""
    found = []
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else []:
        try:
            found.append(msgspec.json.decode(path.read_bytes(), type=Source))
        except (OSError, msgspec.DecodeError) as error:
            raise LedgerError(
                f"{path}: this entry of the manifest cannot be read. Restore it from a backup, "
                "or delete it and scan that recording again."
            ) from error
    return found


def read_source(folder: Path, source: SourceId) -> Source | None:
    """Return one recording of the manifest, or None."""
    return next((known for known in read_sources(folder) if known.source == source), None)


def write_source(folder: Path, source: Source) -> None:
    """Put one entry of the manifest in place, whole or not at all."""
    text = json_text(msgspec.to_builtins(source, order="sorted"), indent=1).encode()
    path = folder / f"{source.source}.json"
    if not path.exists() or path.read_bytes() != text:
        write_file(path, text)
