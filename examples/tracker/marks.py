"""Mark personal values where the application reads them, and take the marks out before the answer leaves.

In:    values of a person's fields, as the application's own model gives them.
Out:   the same values between marks of private-use characters; from a finished body the marks, and the body without them.
Else:  putting this around Roundup is `served`; turning marks into the truth file is `truth`.

A mark travels with its value through templates, escaping, JSON and percent-encoding. So we learn which field of which person a page
was rendered with, from the model that rendered it, and never by looking for the value in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# All signs lie in U+E000 to U+E03F: three bytes of UTF-8 that begin with EE 80.
OPEN, BEGIN, CLOSE = "\ue000", "\ue001", "\ue002"
DIGITS = {str(digit): chr(0xE010 + digit) for digit in range(10)}
FIELDS = {
    "realname": "\ue020",
    "address": "\ue021",
    "phone": "\ue022",
    "street": "\ue023",
    "postcode": "\ue024",
    "city": "\ue025",
}

_DIGIT_OF = {sign: digit for digit, sign in DIGITS.items()}
_FIELD_OF = {sign: field for field, sign in FIELDS.items()}
_HEAD = re.compile("\ue000([\ue020-\ue025])([\ue010-\ue019]+)\ue001")
_ANY = re.compile("[\ue000-\ue03f]")
_ESCAPED = re.compile(
    r"\\u(e0[0-3][0-9a-f])|%ee%80%([89ab][0-9a-f])|&#(5734[4-9]|573[5-9]\d|5740[0-7]);", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One field of one person, rendered once."""

    user: str  # Roundup's number of the person
    field: str  # Roundup's name of the property
    whole: bool  # False where the page cut the value, so that its end is missing


def mark(value: str, user: str, field: str) -> str:
    """Return the value between marks that name the person and the field. An empty value stays as it is."""
    if not value:
        return value
    return OPEN + FIELDS[field] + "".join(DIGITS[digit] for digit in user) + BEGIN + value + CLOSE


def take_out(body: bytes) -> tuple[bytes, list[Mark]]:
    """Return the body without marks, and the marks in the order of the page.

    body     a whole body in UTF-8 (HTML, JSON, CSV); anything without a mark comes back untouched

    >>> take_out(mark("Doe", "17", "realname").encode())
    (b'Doe', [Mark(user='17', field='realname', whole=True)])
    >>> take_out(mark("jane@example.org", "17", "address")[:-9].encode())[1]
    [Mark(user='17', field='address', whole=False)]
    """
    lower = body.lower()
    if not any(sign in lower for sign in (b"\xee\x80", b"\\ue0", b"%ee%80", b"&#573", b"&#574")):
        return body, []
    text = _ESCAPED.sub(_unescaped, body.decode("utf-8"))
    found = []
    for head in _HEAD.finditer(text):
        following = _ANY.search(text, head.end())
        whole = following is not None and following.group() == CLOSE
        found.append(Mark("".join(_DIGIT_OF[sign] for sign in head[2]), _FIELD_OF[head[1]], whole))
    return _ANY.sub("", text).encode("utf-8"), found


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    if match[2]:
        return bytes([0xEE, 0x80, int(match[2], 16)]).decode("utf-8")
    return chr(int(match[3]))
