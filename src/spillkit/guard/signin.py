"""Decide from one request and its answer whether a planted person signed in or out with it.

In:    an answer with its request, the names by which planted people sign in.
Out:   the person, and the sessions (cookies, tokens) that the answer handed out.
Else:  what a client's answers say in a row is kept by `watched`.

The signs, all of them needed: the request names exactly one planted person in a field of its own (e-mail, username or id) and
carries a secret beside it; the answer is no error, hands out a cookie or a token, and does not ask for the password again. Whoever
signs in otherwise is said in the test: `spillkit_guard.signed_in(client, person)`.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from spillkit.guard.answers import Answer
from spillkit.plant import PlantedPerson

_SECRET = re.compile(r"pass|pwd|secret|otp|code|token|pin\Z|credential|assertion", re.IGNORECASE)
_NO_SECRET = re.compile(r"csrf|xsrf|authenticity|postal|zip|country|language", re.IGNORECASE)
_TOKEN = re.compile(r"(access|auth|id|session|refresh|api|bearer)?[_-]?(token|jwt|key|session)\Z", re.IGNORECASE)
_PASSWORD_FIELD = re.compile(rb"type\s*=\s*[\"']?password", re.IGNORECASE)
_IN = re.compile(r"log[-_]?in|sign[-_]?in|auth", re.IGNORECASE)
_OUT = re.compile(r"(log|sign)[-_]?(out|off)\Z", re.IGNORECASE)
_MOST_FIELDS = 1000
_MIN_SESSION = 8  # characters; shorter cookies are settings


@dataclass(frozen=True, slots=True)
class Names:
    """By what a planted person is named where he signs in."""

    by_name: Mapping[str, PlantedPerson]

    @classmethod
    def of(cls, people: Iterable[PlantedPerson]) -> Names:
        return cls({name.casefold(): each for each in people for name in (each.email, each.username, each.customer_id)})

    def find(self, names: Iterable[str]) -> PlantedPerson | None:
        """Return the one person among some names; None if there is none, or several."""
        found = {person.number: person for name in names if (person := self.by_name.get(name.strip().casefold()))}
        return next(iter(found.values())) if len(found) == 1 else None


def who_signs_in(answer: Answer, names: Names) -> PlantedPerson | None:
    """Return the planted person who signed in with this answer, None if nobody did."""
    if answer.status >= 400 or answer.is_websocket:
        return None
    sent = list(_sent_fields(answer))
    if not any(_SECRET.search(key) and not _NO_SECRET.search(key) and value for key, value in sent):
        return None
    person = names.find(value for _, value in sent)
    if person is None or not any(True for _ in sessions_of(answer)) or _asks_again(answer):
        return None
    return person


def who_is_named_by_credentials(answer: Answer, names: Names) -> PlantedPerson | None:
    """Return the planted person whose name and password the request carried in its Authorization header (RFC 7617)."""
    scheme, _, rest = answer.request_header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name = base64.b64decode(rest.strip()).decode("utf-8", "replace").partition(":")[0]
    except (binascii.Error, ValueError):
        return None
    return names.find([name])


def signs_out(answer: Answer) -> bool:
    """Return whether this was a way out: the last word of the path is logout, log-out, sign_out, logoff, and it was no error."""
    path = urlsplit(answer.url).path.rstrip("/")
    return answer.status < 400 and _OUT.search(path) is not None


def sessions_of(answer: Answer) -> Iterator[str]:
    """Yield what the answer hands out that may stand for a session: cookies that it sets, tokens in its JSON."""
    for name, value in answer.headers:
        if name == "set-cookie":
            key, _, text = value.partition(";")[0].partition("=")
            text = text.strip().strip('"')
            if len(text) >= _MIN_SESSION and not _NO_SECRET.search(key) and "max-age=0" not in value.lower():
                yield text
    if "json" in answer.header("content-type"):
        yield from (
            value for key, value in _json_fields(answer.body) if _TOKEN.search(key) and len(value) >= _MIN_SESSION
        )


def sessions_sent(answer: Answer) -> Iterator[str]:
    """Yield what the request carried that may stand for a session; a bearer token first, because it wins over cookies."""
    scheme, _, token = answer.request_header("authorization").partition(" ")
    if token and scheme.lower() in ("bearer", "token", "jwt"):
        yield token.strip()
    for name, value in answer.request_headers:
        if name == "cookie":
            yield from (part.partition("=")[2].strip().strip('"') for part in value.split(";"))


def _asks_again(answer: Answer) -> bool:
    """Whether the answer is the log-in form once more, or sends back to it."""
    if 300 <= answer.status < 400:
        asked, told = urlsplit(answer.url).path, urlsplit(answer.header("location")).path
        return bool(told) and told.rstrip("/") == asked.rstrip("/") and _IN.search(asked) is not None
    return "html" in answer.header("content-type") and _PASSWORD_FIELD.search(answer.body) is not None


def _sent_fields(answer: Answer) -> Iterator[tuple[str, str]]:
    yield from parse_qsl(urlsplit(answer.url).query, max_num_fields=None)[:_MOST_FIELDS]
    kind = answer.request_header("content-type").lower()
    body = answer.request_body
    if not body:
        return
    if "json" in kind:
        yield from _json_fields(body)
    elif kind.startswith("multipart/"):
        yield from _multipart_fields(body, answer.request_header("content-type"))
    else:
        yield from parse_qsl(body.decode("utf-8", "replace"))[:_MOST_FIELDS]


def _json_fields(body: bytes) -> Iterator[tuple[str, str]]:
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError):
        return
    stack: list[tuple[str, Any]] = [("", tree)]
    for _ in range(_MOST_FIELDS):
        if not stack:
            return
        key, value = stack.pop()
        if isinstance(value, dict):
            stack.extend((str(name), inner) for name, inner in value.items())
        elif isinstance(value, list):
            stack.extend((key, inner) for inner in value)
        elif isinstance(value, str):
            yield key, value


def _multipart_fields(body: bytes, content_type: str) -> Iterator[tuple[str, str]]:
    message = BytesParser().parsebytes(
        b"Content-Type: " + content_type.encode("latin-1", "replace") + b"\r\n\r\n" + body
    )
    parts: Any = message.get_payload() if message.is_multipart() else []
    for part in parts[:_MOST_FIELDS]:
        name = part.get_param("name", header="content-disposition")
        value = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(value, bytes) and len(value) < 1000:
            yield name, value.decode("utf-8", "replace")
