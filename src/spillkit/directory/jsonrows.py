"""Read JSON lines, or one JSON array of objects: nested keys become column names with dots.

In:    a TextFile.
Out:   the column names seen in the first lines, and batches of rows with their line numbers.
Else:  charsets and compression are `opening`; what columns mean is `mapping`.

`{"contact": {"emails": ["a", "b"]}}` is a column `contact.emails` with two values; in a list of objects
the first five count, as `addresses.0.city`, `addresses.1.city`, …
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from spillkit.directory.batches import BATCH_ROWS, MULTIPLE, Batch, Damage, Reason, batch_of_rows
from spillkit.directory.delimited import looks_like_data
from spillkit.directory.opening import ReadProgress, TextFile, decode_line
from spillkit.errors import DirectoryError

_LIST_ITEMS = 5
_MAX_DEPTH = 8
_HEADER_LINES = 1000


@dataclass(frozen=True, slots=True)
class JsonRows:
    """A file of JSON objects whose keys were looked at."""

    file: TextFile
    header: tuple[str, ...]

    def batches(self, progress: ReadProgress | None = None) -> Iterator[Batch]:
        """Yield the rows in order; a line that is not a JSON object becomes a Damage."""
        rows: list[list[str]] = []
        places: list[int] = []
        damages: list[Damage] = []
        for place, line in enumerate(_lines(self.file.blocks(progress)), start=1):
            text, was_utf8 = decode_line(line)
            text = text.strip().rstrip(",")
            if text in ("", "[", "]"):
                continue
            flat = _parse(text)
            if flat is None:
                damages.append(Damage(place, Reason.NOT_JSON))
                continue
            if not was_utf8:
                damages.append(Damage(place, Reason.CHARSET))
            rows.append([flat.get(name, "") for name in self.header])
            places.append(place)
            if len(rows) == BATCH_ROWS:
                yield batch_of_rows(self.header, rows, places, damages)
                rows, places, damages = [], [], []
        if rows or damages:
            yield batch_of_rows(self.header, rows, places, damages)


def open_json(file: TextFile) -> JsonRows:
    """Look at the first 1,000 lines and take their keys for the column names.

    Raises DirectoryError if no line is a JSON object, or the array is not written one object a line
    """
    names: dict[str, None] = {}
    for _, line in zip(range(_HEADER_LINES), _lines(iter((file.first_lines(),)))):
        text = decode_line(line)[0].strip().rstrip(",")
        if len(text) > 1:
            names.update(dict.fromkeys(_parse(text.removeprefix("[") if text.startswith("[{") else text) or ()))
    if not names:
        raise DirectoryError(
            f"{file.name}: no line is a JSON object. Write one object a line (JSON lines); "
            "for one large array, `jq -c '.[]' FILE` does that."
        )
    # Keys that are data themselves ({"by": {"jane@…": 1}}) must not be printed as column names.
    return JsonRows(file, tuple(name for name in names if not looks_like_data(name)))


def flatten(value: object) -> dict[str, str]:
    """Return an object's values as text under dotted names.

    >>> flatten({"id": 7, "mail": {"all": ["a", "b"]}, "none": None})
    {'id': '7', 'mail.all': 'a\\x1eb', 'none': ''}
    """
    flat: dict[str, str] = {}
    _flatten_into(flat, "", value, 0)
    return flat


def _parse(text: str) -> dict[str, str] | None:
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        return None
    return flatten(value) if isinstance(value, dict) else None


def _flatten_into(flat: dict[str, str], name: str, value: object, depth: int) -> None:
    if isinstance(value, dict):
        if depth < _MAX_DEPTH:
            for key, inner in value.items():
                _flatten_into(flat, f"{name}.{key}" if name else str(key), inner, depth + 1)
    elif isinstance(value, list):
        if any(isinstance(item, (dict, list)) for item in value):
            for position, item in enumerate(value[:_LIST_ITEMS]):
                _flatten_into(flat, f"{name}.{position}", item, depth + 1)
        else:
            flat[name] = MULTIPLE.join(_as_text(item) for item in value)
    else:
        flat[name] = _as_text(value)


def _as_text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    for block in blocks:
        yield from block.split(b"\n")[: -1 if block.endswith(b"\n") else None]
