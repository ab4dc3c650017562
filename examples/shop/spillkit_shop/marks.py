"""Marks around personal values, put on where the model is read and taken out after the answer has left.

In:    values of a customer's fields; later whole bodies or messages.
Out:   the values between marks; the body without any mark, and which field of whom stood where in it.
Else:  the truth file made of them is `truth`; nothing of Spillkit's matcher is used, so that the truth is independent
       of it.

A mark is six private-use characters: open or close, the field, and the customer's number in four digits of base 64.
They contain no ASCII, so that escaping for HTML or JSON leaves them alone. A value counts only where its opening and
its closing mark agree. Cut marks, as a fragment of memory has them, are removed; a cut through the opening mark leaves the
value whole, so it counts where what is left of the mark agrees.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

FIELDS = ("name", "e-mail", "phone", "address", "customer-id", "order", "display-name")

_OPEN, _CLOSE = "\ue000", "\ue001"
_FIRST_FIELD, _FIRST_DIGIT = 0xE010, 0xE040
_DIGITS = 4
LARGEST_SUBJECT = 64**_DIGITS - 1

# In UTF-8: U+E000..U+E03F is EE 80 xx, U+E040..U+E07F is EE 81 xx.
_SIGN = rb"\xee\x80([\x80\x81])\xee\x80([\x90-\x9f])((?:\xee\x81[\x80-\xbf]){4})"
_WHOLE = re.compile(_SIGN)
# Whatever else is left of a mark: its characters alone, a character cut at its front (continuation bytes after ASCII and before a
# mark's character) or at its end. EE begins private-use characters only.
_ANY = re.compile(
    rb"(?:(?:\A|(?<=[\x00-\x7f]))[\x80-\xbf]{1,2}(?=\xee[\x80\x81]))|\xee[\x80\x81][\x80-\xbf]|\xee[\x80\x81]?(?![\x80-\xbf])"
)


@dataclass(frozen=True, slots=True)
class Mark:
    """One field of one customer, rendered once."""

    subject: int  # the customer's number
    field: str  # of FIELDS
    start: int  # byte offset into the stripped bytes
    end: int  # one past the last byte


def mark(subject: int, field: str, value: str) -> str:
    """Return the value between marks that name the customer and the field. An empty value stays empty."""
    if not value:
        return value
    opening, closing = _pair(subject, field)
    return opening + value + closing


def plain(subject: int, field: str, value: str) -> str:
    """Return the value as it is: the twin of `mark` for a shop that plays no story."""
    return value


@lru_cache(maxsize=262_144)
def _pair(subject: int, field: str) -> tuple[str, str]:
    if not 0 <= subject <= LARGEST_SUBJECT:
        raise ValueError(f"customers are numbered from 0 to {LARGEST_SUBJECT}")
    digits = "".join(chr(_FIRST_DIGIT + (subject >> shift & 63)) for shift in (18, 12, 6, 0))
    tail = chr(_FIRST_FIELD + FIELDS.index(field)) + digits
    return _OPEN + tail, _CLOSE + tail


def strip(data: bytes) -> tuple[bytes, list[Mark]]:
    """Return the bytes without marks, and the values that stood between two marks that agree, in order of their end.

    data  a whole body or message in UTF-8; without marks it comes back as it is

    >>> strip(mark(17, "name", "Doe").encode())
    (b'Doe', [Mark(subject=17, field='name', start=0, end=3)])
    >>> strip(mark(17, "name", "Doe").encode()[:-1])
    (b'Doe', [])
    """
    if b"\xee" not in data:
        return data, []
    kept: list[bytes] = []
    length = 0
    found: list[Mark] = []
    opened: dict[bytes, int] = {}
    place = 0
    for sign in _WHOLE.finditer(data):
        text = _ANY.sub(b"", data[place : sign.start()])
        kept.append(text)
        length += len(text)
        before, place = place, sign.end()
        key = sign[2] + sign[3]
        if sign[1] == b"\x80":
            opened[key] = length
        else:
            start = opened.pop(key, None)
            if start is None:
                start = _start_after_cut(data[before : sign.start()], key, length)
            index = sign[2][0] - 0x90
            if start is not None and start < length and index < len(FIELDS):
                found.append(Mark(_number(sign[3]), FIELDS[index], start, length))
    last = data[place:]
    kept.append(_ANY.sub(b"", last))
    found += _cut_at_the_end(last, opened, length)
    return b"".join(kept), found


def _cut_at_the_end(last: bytes, opened: Mapping[bytes, int], length: int) -> list[Mark]:
    """The value whose closing mark the end of the body cut, if a rest of that mark stands there."""
    for key, start in opened.items():
        closing = _CLOSE.encode() + b"\xee\x80" + key
        if any(last.endswith(closing[:size]) for size in range(1, len(closing))):
            end = length + len(_ANY.sub(b"", last))
            index = key[0] - 0x90
            if start < end and index < len(FIELDS):
                return [Mark(_number(key[1:]), FIELDS[index], start, end)]
    return []


def _start_after_cut(piece: bytes, key: bytes, end: int) -> int | None:
    """Where the value starts whose opening mark was cut, if a rest of that mark stands before it; None if it does not.

    piece  the bytes before the closing mark, back to the whole mark before
    end    where the value ends in the stripped bytes
    """
    opening = _OPEN.encode() + b"\xee\x80" + key
    for rest in (opening[-size:] for size in range(len(opening) - 1, 0, -1)):
        at = piece.rfind(rest)
        # The rest of one character continues nothing: an ASCII byte stands before it.
        if at >= 0 and (len(rest) > 2 or at == 0 or piece[at - 1] < 0x80):
            return end - len(_ANY.sub(b"", piece[at + len(rest) :]))
    return None


def _number(digits: bytes) -> int:
    number = 0
    for place in range(2, 3 * _DIGITS, 3):
        number = number << 6 | digits[place] & 63
    return number


Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Unmarked:
    """The outermost ASGI layer for browsers: answers leave without marks, with the length that is then right."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body: list[bytes] = []

        async def hold(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            elif message["type"] == "http.response.body":
                body.append(bytes(message.get("body", b"")))
                if not message.get("more_body"):
                    data, _ = strip(b"".join(body))
                    headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
                    start["headers"] = [*headers, (b"content-length", str(len(data)).encode())]
                    await send(start)
                    await send({"type": "http.response.body", "body": data})
            else:
                await send(message)

        await self._app(scope, receive, hold)
