"""What a client of a test-suite received, as its adapter hands it over.

In:    nothing.
Out:   Answer; the exchange that the matcher looks at.
Else:  adapters are `clients`; who received it is `watched`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from spillkit.model import Headers

MOST_BODY_BYTES = 64 << 20  # what of one body is kept to be looked at


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer, each hop of a redirect an answer of its own. Kept until its test ends, never printed."""

    method: str
    url: str = field(repr=False)
    status: int
    headers: Headers = field(default=(), repr=False)  # names in lower case
    body: bytes = field(
        default=b"", repr=False
    )  # as it came; its content-encoding is undone later, if it was not before
    request_headers: Headers = field(default=(), repr=False)
    request_body: bytes = field(default=b"", repr=False)
    is_websocket: bool = False
    is_cut: bool = False  # the test read only a part, or the body was longer than MOST_BODY_BYTES

    def header(self, name: str) -> str:
        """Return the first value of a response header, "" if there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def request_header(self, name: str) -> str:
        """Return the first value of a request header, "" if there is none."""
        return next((value for key, value in self.request_headers if key == name), "")


def lower(pairs: Iterable[tuple[str | bytes, str | bytes]]) -> Headers:
    """Return headers as text with their names in lower case."""
    return tuple((_text(name).lower(), _text(value)) for name, value in pairs)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


class BodyTee:
    """Keeps a copy of a body while the test reads it, up to the limit."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._size = 0
        self.is_cut = True  # until its end was seen

    def take(self, piece: bytes) -> None:
        """Keep the next piece."""
        room = MOST_BODY_BYTES - self._size
        if room > 0:
            self._pieces.append(bytes(piece[:room]))
        self._size += len(piece)

    def end(self) -> None:
        """The body ended here."""
        self.is_cut = self._size > MOST_BODY_BYTES

    @property
    def body(self) -> bytes:
        return b"".join(self._pieces)
