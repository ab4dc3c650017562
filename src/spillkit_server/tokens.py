"""Keys of the API: made by whoever runs the server, for one account, for ninety days.

In:    an account; a request with `Authorization: Bearer …`.
Out:   a key, shown once; the account behind it.
Else:  what the account may do is `permissions` and the library, as on the pages.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from spillkit_server.accounts import digest_of
from spillkit_server.models import Token, User
from spillkit_server.refusals import is_api, refused

LIFETIME = timedelta(days=90)
_PREFIX = "Bearer "


def make_token(user: User, now: datetime) -> str:
    """Return a new key; only its digest is kept."""
    secret = "spk_" + secrets.token_urlsafe(32)
    Token.objects.create(digest=digest_of(secret), user=user, made_at=now, expires_at=now + LIFETIME)
    return secret


class BearerTokens:
    """Middleware: whoever sends a key is its account, for the API and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("Authorization", "")
        if is_api(request) and given.startswith(_PREFIX):
            now = timezone.now()
            token = (
                Token.objects.filter(digest=digest_of(given.removeprefix(_PREFIX)), expires_at__gt=now)
                .select_related("user")
                .first()
            )
            if token is None or not token.user.is_active:
                return refused(request, 401)
            request.user = token.user
            request.has_token = True
            request.user.came_by_key = True  # Made by whoever runs the server, for this account.
            request._dont_enforce_csrf_checks = (
                True  # A key is sent by a program on purpose, never by a browser on its own.
            )
        return self._get_response(request)
