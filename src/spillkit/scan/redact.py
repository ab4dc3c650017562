"""Show that a value was found without showing the value.

In:    the bytes of a match and its field.
Out:   "n•••@•••••.org", "A••• M•••", "••••••34": enough to recognise for who knows it, useless for who does not.
Else:  reading the recording again is the command's work.
"""

from __future__ import annotations

import html
import re
from urllib.parse import unquote

from spillkit.model import Field

_DOT = "•"
_LETTER_RUN = re.compile(r"[^\W_]+", re.UNICODE)
_SHOWN_MAX = 60


def redact(value: bytes, field: Field) -> str:
    """Return a value with nearly everything replaced by dots.

    value    the matched bytes of the decoded body, escapes and tags included
    field    what of a subject it is
    Returns  printable text of at most 60 characters, safe on a terminal and in HTML text after escaping

    >>> redact(b"nora@mailbox.org", Field.EMAIL)
    'n•••@•••••••.org'
    """
    text = _plain(value)
    if field is Field.EMAIL and "@" in text:
        shown = _redact_email(text)
    elif field is Field.PHONE:
        shown = _redact_digits(text)
    elif field is Field.NAME:
        shown = _LETTER_RUN.sub(lambda run: _first_only(run.group()), text)
    else:
        shown = _LETTER_RUN.sub(lambda run: _DOT * len(run.group()), text)
    return shown[:_SHOWN_MAX]


def _plain(value: bytes) -> str:
    """Undo the common escapes, drop tags and whatever could drive a terminal."""
    text = html.unescape(unquote(value.decode("utf-8", "replace")))
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code.group(1), 16)), text)
    text = re.sub(r"<[^>]*>", " ", text)
    kept = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(kept.split())


def _redact_email(text: str) -> str:
    local, _, domain = text.rpartition("@")
    labels = domain.split(".")
    hidden = [_DOT * len(label) for label in labels[:-1]]
    return f"{local[:1]}{_DOT * max(3, len(local) - 1)}@{'.'.join([*hidden, labels[-1]])}"


def _redact_digits(text: str) -> str:
    digits = sum(character.isdigit() for character in text)
    shown = []
    for character in text:
        if character.isdigit():
            digits -= 1
            shown.append(character if digits < 2 else _DOT)
        else:
            shown.append(character)
    return "".join(shown)


def _first_only(word: str) -> str:
    return word[0] + _DOT * max(2, len(word) - 1)
