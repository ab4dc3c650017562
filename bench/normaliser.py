"""What a careful engineer would put before a literal matcher: a normaliser in Python.

In:    one body.
Out:   its text with escapes undone, tags gone, letters folded.
Else:  only the rivals use it; Spillkit's own folding is matching.md.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

_BACKSLASH_U = re.compile(r"\\u([0-9a-fA-F]{4})")
_TAG = re.compile(r"<[^>]*>")
_SPACES = re.compile(r"\s+")


def normalise(page: bytes) -> str:
    r"""Return the page's text: entities, \u and %XX undone, tags taken out, NFKD without marks, case folded, single spaces."""
    plain = page.decode("utf-8", "replace")
    if "&" in plain:
        plain = html.unescape(plain)
    if "\\u" in plain:
        plain = _BACKSLASH_U.sub(lambda found: chr(int(found.group(1), 16)), plain)
        plain = plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if "%" in plain:
        plain = unquote(plain)
    plain = _TAG.sub(" ", plain)
    if not plain.isascii():
        plain = "".join(letter for letter in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(letter))
    return _SPACES.sub(" ", plain.casefold())
