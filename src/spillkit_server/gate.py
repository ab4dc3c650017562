"""Refuse every request that the table of `permissions` does not allow.

In:    a request whose view and account are known.
Out:   nothing where it may go on; else the way to sign in, or a refusal.
Else:  the rules are `permissions`; API keys are read by `tokens`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from spillkit.case.roles import Role
from spillkit_server.models import Reader, User
from spillkit_server.permissions import EVERYBODY, ROLES, RULES, may
from spillkit_server.refusals import is_api, refused
from spillkit_server.tokens import READING, reach_needed, reaches

_DIGITS = 9  # of the number of a case
_WITHOUT_SECOND_FACTOR = ("mfa_", "account_", "language")


class Gate:
    """Middleware; stands last, so that nothing behind it runs without permission."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _arguments: Any, given: dict[str, Any]
    ) -> HttpResponse | None:
        """Decide before the view runs."""
        name = request.resolver_match.view_name
        role = role_of(request.user)
        if not may(role, name):
            if role is not None or name not in RULES:
                return refused(request, 403)
            return refused(request, 401) if is_api(request) else redirect_to_login(request.get_full_path())
        key = getattr(request, "key", None)
        if is_api(request) and key is None and request.method not in READING:
            return refused(request, 403)  # A browser sends its cookie on its own, a program its key on purpose.
        if key is not None and not reaches(key, needed := reach_needed(request.method, name)):
            return JsonResponse(
                {"detail": f"This key may {key.reach}; it would have to be made to {needed}."}, status=403
            )
        if role is not None and _needs_second_factor(request.user, name):
            return refused(request, 403) if is_api(request) else redirect("mfa_index")
        if "number" in given and role is not None and not is_reader(request.user, given["number"]):
            return refused(request, 404)  # That there is such an incident is itself not for everybody.
        return None


def role_of(user: Any) -> Role | None:
    """Return the role of whoever asks; None where nobody has signed in."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return None
    return next((role for role in ROLES if role.value == user.role), None)


def is_reader(user: User, number: Any) -> bool:
    """Return whether somebody needs to know of a case: whoever was given access to it, whatever the role.

    number  of the case; what is no such number is no case
    """
    if not (str(number).isascii() and str(number).isdigit() and len(str(number)) <= _DIGITS):
        return False
    return Reader.objects.filter(case__number=number, opaque=user.opaque).exists()


def _needs_second_factor(user: Any, name: str) -> bool:
    if not settings.ROOM.second_factor or RULES[name] == EVERYBODY or name.startswith(_WITHOUT_SECOND_FACTOR):
        return False
    from allauth.mfa.utils import is_mfa_enabled

    return not is_mfa_enabled(user)
