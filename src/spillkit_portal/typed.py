"""Read what was typed into a form: from the body of the request, and from nowhere else.

In:    a WSGI environment.
Out:   the text of one field; TooLong where the body is.
Else:  what becomes of it is `application`.
"""

from __future__ import annotations

from typing import IO, Any
from urllib.parse import parse_qs

BODY_BYTES = 4096


class TooLong(Exception):  # noqa: N818 - says what is so
    """The body holds more than BODY_BYTES."""


def read_typed(environment: dict[str, Any], name: str) -> str:
    """Return the text of a field; "" where the body holds none of that name, or is no form.

    Raises  TooLong before more than a byte above the limit is read
    """
    try:
        length = int(environment.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = 0
    if length > BODY_BYTES:
        raise TooLong
    source: IO[bytes] = environment["wsgi.input"]
    body = source.read(length if length > 0 else BODY_BYTES + 1)
    if len(body) > BODY_BYTES:
        raise TooLong
    try:
        fields = parse_qs(body.decode("ascii", "replace"), max_num_fields=8, errors="replace")
    except ValueError:
        return ""
    return fields.get(name, [""])[0]
