"""Find the line on which a key of a TOML file stands, for messages that say where.

In:    the text of a file that `tomllib` has already read.
Out:   line numbers by table, occurrence and key.
Else:  what the values mean is `rules_file`.

tomllib gives no line numbers for values, so headers and keys are looked for in the text, with strings and arrays stepped over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_HEADER = re.compile(r"\s*\[\[?\s*([A-Za-z0-9_.\-]+)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_\-]+)\"?\s*(?:\.[^=]+)?=(.*)$")

Place = tuple[str, int, str]  # table ("" above the first header), occurrence from 0, key ("" for the header)


def find_lines(text: str) -> Mapping[Place, int]:
    """Return the line, counted from 1, of each header and each key at the beginning of a line."""
    places: dict[Place, int] = {}
    table, occurrence = "", 0
    seen: dict[str, int] = {}
    for number, line in _logical_lines(text):
        header = _HEADER.match(line)
        if header:
            table = header.group(1)
            occurrence = seen.get(table, 0)
            seen[table] = occurrence + 1
            places[(table, occurrence, "")] = number
            continue
        key = _KEY.match(line)
        if key:
            places.setdefault((table, occurrence, key.group(1)), number)
    return places


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines that begin outside of any string, array or inline table, with their number."""
    closing = ""  # what ends the string over several lines that we are in
    depth = 0  # open brackets of values
    for number, line in enumerate(text.splitlines(), 1):
        starts_fresh = not closing and depth == 0
        is_header = starts_fresh and _HEADER.match(line) is not None
        if starts_fresh:
            yield number, line
        if not is_header:
            closing, depth = _step(line, closing, depth)


def _step(line: str, closing: str, depth: int) -> tuple[str, int]:
    """Go over one line; return the string that is still open and how many brackets are."""
    at = 0
    while at < len(line):
        if closing:
            end = line.find(closing, at)
            if end < 0:
                return (closing, depth) if len(closing) == 3 else ("", depth)
            if closing[0] == '"' and _is_escaped(line, end):
                at = end + 1
                continue
            at = end + len(closing)
            closing = ""
            continue
        character = line[at]
        if character == "#":
            break
        if character in "\"'":
            closing = line[at : at + 3] if line[at : at + 3] in ('"""', "'''") else character
            at += len(closing)
            continue
        depth += (character in "[{") - (character in "]}")
        at += 1
    return (closing if len(closing) == 3 else ""), max(depth, 0)


def _is_escaped(line: str, at: int) -> bool:
    slashes = 0
    while at - slashes > 0 and line[at - slashes - 1] == "\\":
        slashes += 1
    return slashes % 2 == 1
