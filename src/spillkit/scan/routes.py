"""Turn an address into its route: the path with everything that could name somebody replaced.

In:    a URL as recorded.
Out:   "/orders/{n}", "/users/{id}/edit": never a query, a host, a fragment, or a segment that may be personal.
Else:  segments in which the directory itself is found are given by `sightings`, which asks the matcher.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import unquote

_MAX_SEGMENTS = 12
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}\Z")
_VERSION = re.compile(r"v\d{1,2}(\.\d{1,2})?\Z")
_NUMBERED = re.compile(r"([A-Za-z][A-Za-z_-]{0,39}?)\d+\Z")
_FILE = re.compile(r"([A-Za-z][A-Za-z_-]{0,39})\.([A-Za-z][A-Za-z0-9]{0,5})\Z")
_ASSET = re.compile(
    r".*\.(js|mjs|css|map|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|otf|mp4|webm|wasm)\Z", re.IGNORECASE
)
_HEX = re.compile(r"[0-9a-fA-F-]{8,}\Z")

# After one of these stands whoever or whatever is meant; what follows is kept only if it is an act, not a thing.
_HOLDERS = frozenset(
    "u user users profile profiles people person member members customer customers client clients author authors "
    "account accounts contact contacts by owner seller sellers vendor vendors team teams org orgs".split()
)
_ACTS = frozenset(
    "me self new edit list search settings summary login logout signin signout register export import delete update "
    "create view show index overview orders order address addresses profile password security preferences data details "
    "history messages payment payments invoices dashboard home notifications privacy".split()
)


def route_of(url: str, personal: Collection[str] = ()) -> str:
    """Return the route of a URL: its path with ids and possible names replaced.

    url       absolute or a path; query and fragment are dropped
    personal  segments (percent-decoded) in which a subject of the directory was found
    Returns   at most 12 segments; {n} a number, {id} an identifier or a possible name, {slug} words, {asset} a static file

    >>> route_of("https://shop.example/orders/10423?mail=x")
    '/orders/{n}'
    >>> route_of("/user3/jane.doe@example.org")
    '/user{n}/{id}'
    """
    return "/" + "/".join(_templates(path_of(url), frozenset(personal)))


def path_of(url: str) -> str:
    """Return the path of a URL without scheme, host, query and fragment, as recorded."""
    rest = url.partition("#")[0].partition("?")[0]
    scheme, mark, after = rest.partition("://")
    if mark and "/" not in scheme:
        _host, slash, path = after.partition("/")
        return slash + path if slash else "/"
    return rest or "/"


def segments_of(path: str) -> list[str]:
    """Return the segments of a path, percent-decoded, without empty ones at the ends."""
    return [unquote(segment, errors="replace") for segment in path.strip("/").split("/")]


@lru_cache(maxsize=65536)
def _templates(path: str, personal: frozenset[str]) -> tuple[str, ...]:
    segments = segments_of(path)
    found: list[str] = []
    holder = False
    for segment in segments[:_MAX_SEGMENTS]:
        found.append("{id}" if segment in personal else _template(segment, holder))
        holder = segment.lower() in _HOLDERS
    if len(segments) > _MAX_SEGMENTS:
        found.append("{more}")
    return tuple(found)


def _template(segment: str, holder: bool) -> str:
    if segment == "":
        return ""
    if segment.isascii() and segment.isdigit():
        return "{n}"
    if holder and segment.lower() not in _ACTS:
        return "{id}"
    if _VERSION.match(segment):
        return segment
    if _WORD.match(segment):
        # Three words or more with hyphens between are a title or a name, not a place in the application.
        return "{slug}" if segment.count("-") + segment.count("_") >= 3 else segment
    if _FILE.match(segment):
        return segment
    if _ASSET.match(segment):
        return "{asset}"
    numbered = _NUMBERED.match(segment)
    if numbered and not _HEX.match(segment):
        return numbered.group(1) + "{n}"
    return "{id}"
