"""Turn values into answers: HTML through templates that escape everything, JSON with its characters as they are.

In:    a template's name and values; a language.
Out:   Starlette responses, with the headers that say who may keep them.
Else:  what is on a page is decided in the pages_* modules.
"""

from __future__ import annotations

import json
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import Response

from spillkit_shop.texts import RIGHT_TO_LEFT, language_for, words

PRIVATE = {"cache-control": "private, no-store"}
PUBLIC = {"cache-control": "public, max-age=60", "vary": "Accept-Language"}
_HTML, _JSON = "text/html; charset=utf-8", "application/json"


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02d} €"


_pages = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    auto_reload=False,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters["money"] = _money


def language_of(request: Request, account_language: str = "") -> str:
    """Return the language of the answer to a request."""
    return language_for(account_language, request.headers.get("accept-language", ""))


def html(template: str, language: str, **values: object) -> bytes:
    """Return a page as bytes."""
    page = _pages.get_template(template)
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    return page.render(t=words()[language], language=language, direction=direction, **values).encode()


def page(body: bytes, headers: dict[str, str] = PRIVATE, status: int = 200) -> Response:
    """Return the answer with a finished page."""
    return Response(body, status, headers, _HTML)


def data(value: object, status: int = 200) -> Response:
    """Return an answer of the API. Characters stand as they are, so that marks stay marks."""
    return Response(json_bytes(value), status, PRIVATE, _JSON)


def json_bytes(value: object) -> bytes:
    """Return a value as JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def number_of(text: str | None, otherwise: int = 0) -> int:
    """Return the number that a path or a query names; `otherwise` for anything that is none of ours."""
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 16 else otherwise


def see_other(path: str) -> Response:
    """Send the browser to another page of the shop."""
    return Response(b"", 303, {"location": path, **PRIVATE})
