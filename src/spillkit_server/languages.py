"""Choose the language of a page.

In:    the account's language, the cookie, what the browser asks for: in this order.
Out:   the language that is active while the page is made.
Else:  the catalogues are in locale/, direction of text is the templates'.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

SUPPORTED = tuple(code for code, _name in settings.LANGUAGES)


class ChosenLanguage:
    """Middleware; stands behind the one that knows who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = language_of(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self._get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response


def language_of(request: HttpRequest) -> str:
    """Return one of the supported languages."""
    chosen = getattr(request.user, "language", "") or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return chosen if chosen in SUPPORTED else translation.get_language_from_request(request)
