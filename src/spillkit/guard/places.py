"""Say where in an answer something stands, so that a developer finds it: a JSON path, or line and column.

In:    a decoded body, an offset into it.
Out:   a short text without any value of the body.
Else:  what stands there is `judging`'s.

Keys of JSON objects are shown if they look like names of fields; others may be data themselves and become {key}.
"""

from __future__ import annotations

import re

_KEY = re.compile(rb"[A-Za-z_$@][A-Za-z0-9_$-]{0,39}\Z")
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"|[{}\[\],:]', re.DOTALL)
_MOST_DEPTH = 40


def place_of(body: bytes, start: int, end: int, *, is_json: bool) -> str:
    """Return where bytes start to end of a body stand.

    >>> place_of(b'{"items": [{"mail": "x"}, {"mail": "bob@example.org"}]}', 35, 50, is_json=True)
    '$.items[1].mail (bytes 35-50)'
    >>> place_of(b'<p>\\nto bob@example.org', 7, 22, is_json=False)
    'line 2, column 4 (bytes 7-22)'
    """
    path = _json_path(body, start) if is_json else ""
    if not path:
        line_start = body.rfind(b"\n", 0, start) + 1
        path = f"line {body.count(10, 0, start) + 1}, column {start - line_start + 1}"
    return f"{path} (bytes {start}-{end})"


def _json_path(body: bytes, offset: int) -> str:
    """Return the path of the value in which the offset lies; "" where the body does not read as JSON up to there."""
    stack: list[str | int] = []  # a key, or a place in a list
    kinds: list[bytes] = []
    last = b""
    is_key = False
    for token in _TOKEN.finditer(body):
        if token.start() > offset:
            break
        sign = token.group()
        if sign in (b"{", b"["):
            kinds.append(sign)
            stack.append("" if sign == b"{" else 0)
            is_key = sign == b"{"
        elif sign in (b"}", b"]"):
            if not kinds:
                return ""
            kinds.pop()
            stack.pop()
            is_key = False
        elif sign == b",":
            if kinds and kinds[-1] == b"[":
                place = stack[-1]
                stack[-1] = place + 1 if isinstance(place, int) else 0
            is_key = bool(kinds) and kinds[-1] == b"{"
        elif sign == b":":
            if kinds and kinds[-1] == b"{":
                stack[-1] = last.decode() if _KEY.match(last) else "{key}"
            is_key = False
        elif is_key:
            last = token.group(1)
    if not stack or len(stack) > _MOST_DEPTH:
        return ""
    return "$" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" if part else "" for part in stack)
