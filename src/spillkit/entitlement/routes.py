"""Match routes as rules write them: "GET /issue*".

In:    the text of a rule, and the channel, method and route of a sighting.
Out:   whether they fit.
Else:  how an address becomes a route is `scan.routes`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_METHOD = re.compile(r"[A-Z]{2,16}\Z|\*\Z")
_FORM = 'write a method and a route as findings print them, such as "GET /issue*" or "* /public/*"'


@dataclass(frozen=True, slots=True)
class RouteGlob:
    """A method (or a channel in capitals, or * for any) and a route in which * stands for any characters."""

    text: str
    _method: str = field(repr=False)
    _pattern: re.Pattern[str] = field(repr=False)

    @classmethod
    def of_text(cls, text: str) -> RouteGlob:
        """Return the glob a rule means; ValueError says what to write instead."""
        method, _, route = text.strip().partition(" ")
        route = route.strip()
        if not _METHOD.match(method) or not route:
            raise ValueError(f"is no route; {_FORM}")
        if "?" in route or "#" in route:
            raise ValueError("has a query or fragment, which routes never have; write the path alone")
        if any(character in route for character in "[]") or "://" in route:
            raise ValueError(f"is no route; only * stands for something else; {_FORM}")
        if not route.startswith(("/", "*")):
            raise ValueError(f"does not begin with /; {_FORM}")
        pattern = "".join(".*" if part == "*" else re.escape(part) for part in re.split(r"(\*)", route))
        return cls(text, method, re.compile(pattern + r"\Z", re.DOTALL))

    def matches(self, channel: str, method: str, route: str) -> bool:
        """Return whether an answer of this channel, method and route is meant."""
        if self._method not in ("*", method.upper(), channel.upper()):
            return False
        return self._pattern.match(route) is not None
