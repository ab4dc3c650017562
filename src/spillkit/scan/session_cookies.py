"""Tell which session a request carried and which one its answer set.

In:    exchanges with the cookies of their request and of their answer, the viewer sources.
Out:   keyed pseudonyms of sessions, and whose a session is.
Else:  who received the exchange is `viewers`; that a session lies is found when judging (`entitlement.continuity`).

Both sides look at the same cookie, so that a session keeps its pseudonym from the answer that set it to the requests that carry it:
the cookies that `--viewer-from` names, else the one that is named like a session.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache

from spillkit.model import Exchange, Headers, Viewer
from spillkit.scan.viewer_jwt import read_claim
from spillkit.scan.viewer_options import Carrier, ViewerSource
from spillkit.scan.viewer_sessions import clean_value

Owner = Callable[[int, str, str, datetime | None], str]  # source's place, value, pseudonym, when -> ViewerId or ""

_REMEMBERED = 200_000

# PHPSESSID, JSESSIONID, ASP.NET_SessionId, connect.sid, laravel_session, _gitlab_session, shop_session, remember_user_token, …
_LIKE_A_SESSION = re.compile(
    r"(?:^|[._-])(?:sid|ssid|auth|login)$|sess(?:ion)?(?:[._-]?(?:id|key|token))?$|sessid|^wordpress_logged_in|remember\w*token$",
    re.IGNORECASE,
)


class SessionCookies:
    """Reads session cookies of one exchange after another.

    sources    from `--viewer-from`, in order
    pseudonym  keyed, as for the viewers' tables
    owner      whose session a value is, by the source's table
    """

    def __init__(self, sources: Sequence[ViewerSource], pseudonym: Callable[[str], str], owner: Owner) -> None:
        self._pseudonym = lru_cache(maxsize=_REMEMBERED)(pseudonym)
        self._owner = owner
        self._named = [
            (place, source, name) for place, source in enumerate(sources) if (name := _cookie_of(source)) is not None
        ]
        self._found_by = frozenset(source.found_by for _, source, _ in self._named)

    def carried(self, exchange: Exchange, viewer: Viewer) -> str:
        """Return the pseudonym of the session that the request carried; "" if it carried none."""
        if viewer.session and viewer.found_by in self._found_by:
            return viewer.session
        cookies = _carried_cookies(exchange.request.headers) if exchange.request.headers else ()
        if cookies:
            _place, value = self._choose(cookies)
            if value:
                return self._pseudonym(value)
        return viewer.session

    def issued(self, exchange: Exchange) -> tuple[str, str]:
        """Return the pseudonym of the session that the answer set, and the ViewerId whose session it is; "" where not known."""
        if not exchange.issued:
            return "", ""
        # Of two cookies of one name the later one stays with the browser (RFC 6265, 5.3, step 11).
        place, value = self._choose(exchange.issued[::-1])
        if not value:
            return "", ""
        session = self._pseudonym(value)
        return session, self._owner(place, value, session, exchange.shown_at) if place >= 0 else ""

    def _choose(self, cookies: Headers) -> tuple[int, str]:
        """The session among cookies: the place of its source (-1: no source names it), and its value."""
        if not self._named:
            for name, value in cookies:
                if value and _LIKE_A_SESSION.search(name[:200]):
                    return -1, clean_value(value)
            return -1, ""
        for place, source, wanted in self._named:
            for name, value in cookies:
                if name == wanted and value:
                    if source.carrier is Carrier.JWT:
                        return place, read_claim(value, tuple(source.name.split("."))) or ""
                    return place, clean_value(value)
        return -1, ""


def _cookie_of(source: ViewerSource) -> str | None:
    """The name of the cookie that a source looks at, if it looks at one."""
    if source.carrier is Carrier.COOKIE:
        return source.name
    if source.carrier is Carrier.JWT and source.token_in[0] is Carrier.COOKIE:
        return source.token_in[1]
    return None


def _carried_cookies(headers: Headers) -> Headers:
    """The cookies of a request, in the order in which it names them (RFC 6265, 4.2.1)."""
    found: list[tuple[str, str]] = []
    for known, text in headers:
        if known == "cookie":
            for part in text.split(";"):
                name, equals, value = part.strip().partition("=")
                if equals:
                    found.append((name, value))
    return tuple(found)
