"""Make text harmless before it leaves Spillkit: for a terminal, a spreadsheet, another program.

In:    text from recordings, customer lists, file names: anything.
Out:   text that can drive no terminal, turn no line, run no formula.
Else:  escaping for HTML is the template's (Jinja2 autoescape).
"""

from __future__ import annotations

import json
import unicodedata

# Control, format (zero-width, bidirectional, tags), surrogates, unassigned, private use; line and paragraph separators.
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Cn", "Co", "Zl", "Zp"})
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


def printable(text: str) -> str:
    """Return text in which nothing can drive a terminal, turn the direction of a line, or hide.

    Control, zero-width and bidirectional characters and lone surrogates become U+FFFD.

    >>> printable("a\\x1b[2Jb")
    'a\\ufffd[2Jb'
    """
    if text.isprintable():
        return text
    return "".join("\ufffd" if unicodedata.category(character) in _HARMFUL else character for character in text)


def safe_cell(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: where it begins like one, a ' stands before it.

    Source  OWASP, CSV Injection

    >>> safe_cell("=1+1"), safe_cell("c_8f2a")
    ("'=1+1", 'c_8f2a')
    """
    is_formula = text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
    return "'" + printable(text) if is_formula else printable(text)


def json_text(value: object, indent: int | None = None) -> str:
    """Return a value as JSON in ASCII: whatever it holds, it may be printed on a terminal and reads back the same.

    >>> json_text({"id": "c\\x9b_1"})
    '{"id": "c\\\\u009b_1"}'
    """
    return json.dumps(value, ensure_ascii=True, indent=indent).replace("\x7f", "\\u007f")
