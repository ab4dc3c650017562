"""Find addresses of the network in a text: links, domains, mail addresses, telephone numbers.

In:    the original text.
Out:   Place: its kind, its domain in ASCII, where. Never the address itself.
Else:  whether it is the company's own is `compare`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from babel import Locale

_LINK = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,20}://[^\s<>\"']+|\b(?:mailto|javascript|data|tel):[^\s<>\"']+")
_MAIL = re.compile(r"(?i)[^\s<>()\[\],;:\"'@]{1,64}@((?:[^\W_][\w-]{0,62}\.)+[^\W\d_][\w-]{1,62})")
_DOMAIN = re.compile(
    r"(?i)(?<![\w@./-])((?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}|(?:[\w-]+\.)+xn--[\w-]+)(?![\w@])"
)
_TELEPHONE = re.compile(r"(?<![\w/])(?:\+|00)?\d[\d ()/.\u202f\u00a0-]{6,18}\d(?![\w/])")
_COMMON = frozenset(
    "com org net info biz edu gov mil int app dev shop online site store xyz top club live email support help link "
    "click cloud tech page web pro name mobi example test".split()
)
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad]")


@dataclass(frozen=True, slots=True)
class Place:
    """An address of the network."""

    kind: str  # "link", "mail", "domain", "telephone"
    domain: str  # lower case, as ASCII; "" where there is none
    start: int
    end: int


def places(text: str) -> Iterator[Place]:
    """Yield the addresses in a text, each once."""
    taken: list[tuple[int, int]] = []
    for kind, pattern in (("link", _LINK), ("mail", _MAIL), ("domain", _DOMAIN)):
        for found in pattern.finditer(text):
            if any(start < found.end() and found.start() < end for start, end in taken):
                continue
            domain = link_domain(found[0]) if kind == "link" else domain_of(found[1])
            if kind == "domain" and not _is_domain(found[1]):
                continue
            taken.append((found.start(), found.end()))
            yield Place(kind, domain, found.start(), found.end())
    for found in _TELEPHONE.finditer(text):
        digits = sum(letter.isdigit() for letter in found[0])
        if 8 <= digits <= 15 and not any(start < found.end() and found.start() < end for start, end in taken):
            yield Place("telephone", "", found.start(), found.end())


def link_domain(target: str) -> str:
    """Return the host of a link; "" where it has none. What stands before an @ is no host."""
    host = re.sub(r"(?i)^[a-z][a-z0-9+.-]*:(//)?", "", target)
    host = re.split(r"[/?#\\]", host, maxsplit=1)[0].rsplit("@", 1)[-1]
    return domain_of(re.sub(r":\d*$", "", host))


def domain_of(host: str) -> str:
    """Return a host in lower-case ASCII; one that cannot be written so is kept as it is, and equals no other."""
    host = _HIDDEN.sub("", host).rstrip(".").lower()
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host


def is_within(domain: str, own: str) -> bool:
    """Whether a domain is the company's own, or below it.

    >>> is_within("check.example.org", "example.org"), is_within("example.org.evil.test", "example.org")
    (True, False)
    """
    own = domain_of(own)
    return bool(own) and (domain == own or domain.endswith("." + own))


def _is_domain(said: str) -> bool:
    """A dot between words may only be a missing blank: the last part must be one that exists, in one case."""
    last = said.rsplit(".", 1)[-1]
    if last.startswith("xn--") or not last.isascii():
        return True
    return last in (last.lower(), last.upper()) and (last.lower() in _COMMON or last.lower() in _countries())


@cache
def _countries() -> frozenset[str]:
    codes = {str(code).lower() for code in Locale("en").territories if len(str(code)) == 2 and str(code).isalpha()}
    return frozenset(codes | {"uk", "eu"})
