"""Keys of the API: for one account, for a time, and no further than they were made for.

In:    an account; a request with `Authorization: Bearer …`.
Out:   a key, shown once; the account behind it.
Else:  what the account may do is `permissions` and the library, as on the pages; the gate asks `reaches` as well. The page on which
       one makes and takes back one's own is `screens.keys`.

A key stands for a password and a second factor that were given when it was made. So it reads, and no more, unless it was made for
more; and what counts as a person's signature is given only to a key that whoever runs the server made for that
(`spillkit serve --token NAME --may-decide`). Where a second factor is required, a key of an account without one opens nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from spillkit_server.accounts import digest_of
from spillkit_server.models import Token, User
from spillkit_server.refusals import is_api, refused

DAYS = 90
MOST_DAYS = 366
READING = ("GET", "HEAD", "OPTIONS")
_PREFIX = "Bearer "
_WRITES = frozenset({"api:note"})  # what decides nothing; every other writing address is for keys that may decide


class Reach(StrEnum):
    """How far a key reaches; each includes those before it."""

    READ = "read"
    WRITE = "write"  # notes
    DECIDE = "decide"  # proposes, signs, declines, answers


def make_token(user: User, now: datetime, *, reach: Reach = Reach.READ, days: int = DAYS, label: str = "") -> str:
    """Return a new key; only its digest is kept.

    days   from now until it opens nothing any more, 1 to 366
    label  what it is for; its bearer reads it in the list of his keys
    """
    secret = "spk_" + secrets.token_urlsafe(32)
    ends = now + timedelta(days=min(max(days, 1), MOST_DAYS))
    Token.objects.create(
        digest=digest_of(secret), user=user, made_at=now, expires_at=ends, reach=reach.value, label=label
    )
    return secret


def reach_needed(method: str, view: str) -> Reach:
    """Return how far a key must reach for a request.

    >>> reach_needed("GET", "api:cells"), reach_needed("POST", "api:note"), reach_needed("POST", "api:sign")
    (<Reach.READ: 'read'>, <Reach.WRITE: 'write'>, <Reach.DECIDE: 'decide'>)
    """
    if method in READING:
        return Reach.READ
    return Reach.WRITE if view in _WRITES else Reach.DECIDE


def reaches(token: Token, needed: Reach) -> bool:
    """Return whether a key reaches so far."""
    order = list(Reach)
    return token.reach in order and order.index(Reach(token.reach)) >= order.index(needed)


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
            if token.used_at is None or token.used_at.date() != now.date():
                Token.objects.filter(pk=token.pk).update(used_at=now.replace(hour=0, minute=0, second=0, microsecond=0))
            request.user = token.user
            request.key = token
            # A key is sent by a program on purpose, never by a browser on its own.
            request._dont_enforce_csrf_checks = True
        return self._get_response(request)
