"""Which cookies an answer sets."""

from __future__ import annotations

import pytest

from spillkit.capture.http_message import issued_cookies

SET = {
    "with attributes": ("sid=abc; Path=/; HttpOnly; SameSite=Lax", [("sid", "abc")]),
    "in quotes": ('sid="abc"', [("sid", "abc")]),
    "with an equals sign in it": ("sid=a=b==", [("sid", "a=b==")]),
    "that lives on": ("sid=abc; Max-Age=3600; Expires=Wed, 21 Oct 2027 07:28:00 GMT", [("sid", "abc")]),
    "of a session only": ("sid=abc; expires=0", [("sid", "abc")]),
    "taken back by its age": ("sid=abc; Max-Age=0", []),
    "taken back by an age below zero": ("sid=abc; max-age=-1; path=/", []),
    "taken back by a day long ago": ("sid=abc; Expires=Thu, 01 Jan 1970 00:00:00 GMT", []),
    "taken back in PHP's way": ("sid=deleted; expires=Thu, 01-Jan-1970 00:00:01 GMT; Max-Age=0", []),
    "emptied": ("sid=; Path=/", []),
    "without a name": ("=abc", []),
    "without a value": ("sid", []),
    "of nothing": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), SET.values(), ids=SET)
def test_a_cookie(text, expected):
    assert list(issued_cookies((("content-type", "text/html"), ("set-cookie", text)))) == expected


def test_cookies_keep_their_order_and_there_is_an_end_of_them():
    headers = tuple(("set-cookie", f"c{n}=v{n}") for n in range(1000))
    assert issued_cookies(headers)[:2] == (("c0", "v0"), ("c1", "v1"))
    assert len(issued_cookies(headers)) == 50
