"""Answer requests: a handful of fixed paths below each language, two of which take what is typed.

In:    a WSGI environment; what is published.
Out:   bytes that were made before the request came, but for the answer to a code.
Else:  the pages are `pages` and `answer`; who is slowed down is `throttle`; how it is served is `serving`.

No cookie, no session, no script, no log of who asked. Forms carry no token against forged requests: nothing is done in anybody's
name. Who makes another's browser ask, learns nothing, and the mail that comes of it comes once a day at most.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from spillkit.errors import SpillkitError
from spillkit.notices.publication import Opened, current, read_publication
from spillkit.notices.question import seal
from spillkit_portal.answer import Answers, Table
from spillkit_portal.look import POLICY
from spillkit_portal.page import DOORS
from spillkit_portal.pages import Pages, write_pages
from spillkit_portal.settings import Settings
from spillkit_portal.spool import Spool, SpoolFull
from spillkit_portal.throttle import Throttle, network_of
from spillkit_portal.typed import TooLong, read_typed
from spillkit_portal.words import wanted

Headers = list[tuple[str, str]]
StartResponse = Callable[[str, Headers], object]

_LOOK_SECONDS = 5.0  # between two looks whether something newer is published
_SAFE: Headers = [
    ("Content-Security-Policy", POLICY),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), browsing-topics=()"),
]
# "no-transform": whoever compresses an answer makes its length tell what is in it (RFC 9111, 5.2.2.6).
_FOR_ALL, _FOR_ONE = "public, max-age=60, no-transform", "no-store, no-transform"


class Prepared:
    """A publication, and all that can be said of it, ready."""

    def __init__(self, opened: Opened, name: str) -> None:
        self.name, self.opened = name, opened
        publication = opened.publication
        self.languages = publication.languages
        self.table = Table(opened.codes, opened.look_up_key)
        shapes = self.table.shapes()
        self.pages: dict[str, Pages] = {tag: write_pages(publication, tag) for tag in self.languages}
        self.answers = {tag: Answers(publication, tag, shapes) for tag in self.languages}


class Portal:
    """The WSGI application."""

    def __init__(self, settings: Settings, throttle: Throttle | None = None) -> None:
        self._settings = settings
        self._prepared = prepare(settings)
        self._spool, self._throttle = Spool(settings.spool), throttle or Throttle()
        self._looked_at = time.monotonic()
        self._looking = threading.Lock()
        self._said = ""  # why the newest publication is not served

    def __call__(self, environment: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        self._look()
        prepared = self._prepared
        try:
            status, headers, body = self._answer(prepared, environment)
        except Exception as error:  # noqa: BLE001 - whatever happens, nothing of the request reaches a log or a page
            print(f"portal: {type(error).__name__}", file=sys.stderr, flush=True)  # noqa: T201
            language = prepared.languages[0]
            status, headers, body = _page("500 Internal Server Error", language, prepared.pages[language].broken)
        start_response(status, [*headers, *_SAFE, ("Content-Length", str(len(body)))])
        return [b"" if environment["REQUEST_METHOD"] == "HEAD" else body]

    def _answer(self, prepared: Prepared, environment: dict[str, Any]) -> tuple[str, Headers, bytes]:
        method, path = environment["REQUEST_METHOD"], environment.get("PATH_INFO", "")
        language, _, name = path.lstrip("/").partition("/")
        if language not in prepared.pages or (name and name not in DOORS):
            return _elsewhere(prepared, path, environment.get("HTTP_ACCEPT_LANGUAGE", ""))
        pages = prepared.pages[language]
        if method in {"GET", "HEAD"}:
            if path == f"/{language}":
                return _to(f"{language}/")
            return _page("200 OK", language, pages.by_name[name], _FOR_ALL)
        if method != "POST" or name not in {"check", "affected"}:
            status, headers, body = _page("405 Method Not Allowed", language, pages.missing)
            return status, [*headers, ("Allow", "GET, HEAD")], body
        return self._asked(prepared, environment, language, name)

    def _asked(
        self, prepared: Prepared, environment: dict[str, Any], language: str, name: str
    ) -> tuple[str, Headers, bytes]:
        """Answer what was typed."""
        pages = prepared.pages[language]
        try:
            typed = read_typed(environment, "code" if name == "check" else "address")
        except TooLong:
            return _page("413 Content Too Large", language, pages.long)
        network = network_of(
            environment.get("REMOTE_ADDR", ""), environment.get("HTTP_X_FORWARDED_FOR", ""), self._settings.proxies
        )
        if not self._throttle.may_pass(network, time.monotonic()):
            status, headers, body = _page("429 Too Many Requests", language, pages.many)
            return status, [*headers, ("Retry-After", "60")], body
        if name == "check":
            return _page("200 OK", language, prepared.answers[language].page(prepared.table.find(typed)))
        try:
            self._spool.add(seal(typed, language, datetime.now(UTC), prepared.opened.questions_to))
        except SpoolFull:
            return _page("503 Service Unavailable", language, pages.full)
        return _page("200 OK", language, pages.asked)

    def _look(self) -> None:
        """Take a newer publication, if there is one. One that cannot be read is said once, and the old one stays."""
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS or not self._looking.acquire(blocking=False):
            return
        self._looked_at = now
        threading.Thread(target=self._renew, daemon=True).start()

    def _renew(self) -> None:
        name = ""
        try:
            name = current(self._settings.publication)
            if name != self._prepared.name:
                self._prepared = prepare(self._settings)
            self._said = ""
        except SpillkitError as error:
            said = f"{name} {error}"
            if said != self._said:
                self._said = said
                print(f"portal: {error} The earlier publication is still served.", file=sys.stderr, flush=True)  # noqa: T201
        finally:
            self._looking.release()


def prepare(settings: Settings) -> Prepared:
    """Read what is published and make all pages.

    Raises  PublicationError, WordingError if that cannot be done
    """
    name = current(settings.publication)
    return Prepared(read_publication(settings.publication), name)


def _elsewhere(prepared: Prepared, path: str, accept: str) -> tuple[str, Headers, bytes]:
    """Answer a path without a language: the place that a notice names, "…/check", leads to the reader's own."""
    language, name = wanted(accept, prepared.languages), path.strip("/")
    if name in {"", *DOORS}:
        return _to(f"{language}/{name}")
    return _page("404 Not Found", language, prepared.pages[language].missing)


def _to(place: str) -> tuple[str, Headers, bytes]:
    return "303 See Other", [("Location", place), ("Vary", "Accept-Language"), ("Cache-Control", _FOR_ONE)], b""


def _page(status: str, language: str, body: bytes, cache: str = _FOR_ONE) -> tuple[str, Headers, bytes]:
    headers = [("Content-Type", "text/html; charset=utf-8"), ("Content-Language", language), ("Cache-Control", cache)]
    return status, headers, body
