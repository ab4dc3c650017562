"""Read from an answer's headers how it came about: cache, worker, upstream connection, edge.

In:    response headers, names in lower case.
Out:   Trail: words and labels as the headers have them.
Else:  making pseudonyms of them is `exchanges`; what they say about a cause is `cause`.

Source: RFC 9211 (Cache-Status), RFC 9111, 5.1 (Age); the words of nginx ($upstream_cache_status), Varnish, Squid, CloudFront,
Fastly, Akamai and Cloudflare as their manuals list them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from spillkit.model import Headers

HIT = "hit"
MISS = "miss"


@dataclass(frozen=True, slots=True)
class Trail:
    """What the headers of one answer tell. Everything but `cache` comes from outside and is not safe to store."""

    cache: str = ""  # hit | miss | "" where no header tells
    age_seconds: int | None = None
    worker: str = ""
    connection: str = ""
    edge: str = ""


_NOTHING = Trail()


def trail_of(headers: Headers) -> Trail:
    """Return what the headers tell of how the answer came about.

    A hit of any shared cache on the way counts: the answer was made for somebody else's request. An Age above zero counts as a
    hit only where no other header speaks, because a slow answer that no cache held may age on its way too (RFC 9111, 4.2.3).
    """
    told = [pair for pair in headers if pair[0] in _TELLING]
    return _trail(tuple(told)) if told else _NOTHING


@lru_cache(maxsize=8192)  # most answers of one application say the same
def _trail(told: Headers) -> Trail:
    caches: set[str] = set()
    age: int | None = None
    worker = connection = edge = ""
    for name, value in told:
        if name == "age":
            age = _seconds(value) if age is None else age
        elif name in _CACHE_WORDS:
            caches.add(_cache_of_words(value))
        elif name == "cache-status":
            caches.add(cache_of_status(value))
        elif name == "x-cache-hits":
            caches.add(_cache_of_counts(value))
        elif name == "x-varnish":
            caches.add(_cache_of_numbers(value))
        elif name == "x-served-by":
            node = _fastly_node(value)
            worker, edge = (worker, edge or node) if node else (worker or value, edge)
        elif name in _WORKERS:
            worker = worker or value
        elif name in _CONNECTIONS:
            connection = connection or value
        elif name == "cf-ray":
            edge = edge or value.rpartition("-")[2] if "-" in value else edge
        else:
            edge = edge or value
    cache = HIT if HIT in caches else MISS if MISS in caches else HIT if age else ""
    return Trail(cache, age, worker, connection, edge)


_CACHE_WORDS = frozenset(
    {"x-cache", "x-cache-status", "x-proxy-cache", "x-nginx-cache", "cf-cache-status", "x-vercel-cache"}
)
_WORKERS = frozenset({"x-backend-server", "x-worker"})
_CONNECTIONS = frozenset({"x-upstream-connection"})
_TELLING = (
    _CACHE_WORDS
    | _WORKERS
    | _CONNECTIONS
    | {"cache-status", "age", "x-cache-hits", "x-varnish", "x-served-by", "x-edge", "x-amz-cf-pop", "cf-ray"}
)

# nginx says STALE, UPDATING and REVALIDATED where it serves what it holds; the rest of its words mean that it asked.
_HIT_WORD = re.compile(
    r"(?<![a-z])(?:refresh)?hit(?![a-z])|(?<![a-z])(?:stale|updating|revalidated)(?![a-z])", re.IGNORECASE
)
_MISS_WORD = re.compile(
    r"(?<![a-z])(?:refresh)?miss(?![a-z])|(?<![a-z])(?:bypass|expired|dynamic|pass|uncacheable|error)(?![a-z])",
    re.IGNORECASE,
)


@lru_cache(maxsize=4096)
def _cache_of_words(value: str) -> str:
    """Read `HIT`, `MISS, HIT` (Fastly), `Hit from cloudfront`, `TCP_MEM_HIT from …` (Akamai), `DYNAMIC` (Cloudflare)."""
    value = value[:200]
    return HIT if _HIT_WORD.search(value) else MISS if _MISS_WORD.search(value) else ""


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"?')


@lru_cache(maxsize=4096)
def cache_of_status(value: str) -> str:
    """Read a Cache-Status header: a list of caches, each with the parameters `hit` or `fwd`.

    Source  RFC 9211, section 2; RFC 8941, 3.1 (lists) and 3.1.2 (a parameter without value is true)

    >>> cache_of_status('OriginCache; hit; ttl=1100, "CDN Company, here"; fwd=miss; stored')
    'hit'
    >>> cache_of_status('"a; hit"; fwd=uri-miss')
    'miss'
    """
    found = ""
    # A cache may be named by a text in quotes, and commas and semicolons in it separate nothing.
    for member in _QUOTED.sub("q", value[:4096]).split(","):
        _name, *parameters = (part.strip() for part in member.split(";"))
        said = {key.strip().lower(): text.strip() for key, _, text in (part.partition("=") for part in parameters)}
        if said.get("hit", "?0") in ("", "?1"):
            return HIT
        if "fwd" in said or "hit" in said:
            found = MISS
    return found


def _cache_of_counts(value: str) -> str:
    """Read `0, 3`: how often each cache had served this answer before (Fastly, Varnish)."""
    counts = [part.strip() for part in value[:200].split(",")]
    if not all(count.isascii() and count.isdigit() for count in counts):
        return ""
    return HIT if any(int(count) for count in counts) else MISS


def _cache_of_numbers(value: str) -> str:
    """Read X-Varnish: the request's number, and behind it the one that filled the cache where it was a hit."""
    numbers = value[:200].split()
    if not numbers or not all(number.isascii() and number.isdigit() for number in numbers):
        return ""
    return HIT if len(numbers) > 1 else MISS


def _fastly_node(value: str) -> str:
    """Return the place of the cache next to the viewer, `FRA` of `cache-fra-etou8220074-FRA`; "" where it is no cache's name."""
    nodes = [part.strip() for part in value[:400].split(",")]
    return nodes[-1].rpartition("-")[2] if all(node.startswith("cache-") for node in nodes) else ""


def _seconds(value: str) -> int | None:
    """Return the seconds of an Age header: a number of up to 2^31 (RFC 9111, 5.1 and 1.2.2)."""
    digits = value.partition(",")[0].strip()
    if not (digits.isascii() and digits.isdigit()):
        return None
    return min(int(digits[:12]), 2**31 - 1)
