"""Let people in by the company's own sign-in (OpenID Connect).

In:    what the provider says of somebody.
Out:   an account with the role that the provider names.
Else:  the protocol is allauth's; which provider is `room`.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.openid_connect.views import login as leave_for_provider
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from requests import RequestException

from spillkit.case.roles import Role
from spillkit_server.models import User, new_opaque
from spillkit_server.permissions import ROLES
from spillkit_server.refusals import refused

log = logging.getLogger(__name__)
_PREFIX = "spillkit-"


def role_named(claims: dict[str, Any], claim: str) -> Role | None:
    """Return the one role that a provider names; None where it names none, or several.

    >>> role_named({"groups": ["staff", "spillkit-counsel"]}, "groups")
    <Role.COUNSEL: 'counsel'>
    """
    values = claims.get(claim, ())
    named = {values} if isinstance(values, str) else {value for value in values if isinstance(value, str)}
    roles = [role for role in ROLES if _PREFIX + role.value in named]
    return roles[0] if len(roles) == 1 else None


class ProviderAccounts(DefaultSocialAccountAdapter):
    """allauth's way to ask us."""

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Refuse whoever has no role; take over a changed one."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            # Nobody ties his account to a second way in: accounts come from a link, or from the provider.
            raise ImmediateHttpResponse(refused(request, 403))
        said = sociallogin.account.extra_data
        claims = {**said.get("id_token", {}), **said.get("userinfo", {}), **said}
        role = role_named(claims, settings.ROOM.provider.claim)
        if role is None:
            raise ImmediateHttpResponse(refused(request, 403))
        user = sociallogin.user
        user.role = role.value
        if sociallogin.is_existing:
            User.objects.filter(pk=user.pk).update(role=role.value)

    def is_auto_signup_allowed(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return True

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: dict[str, Any]) -> User:
        """Take a name to sign with, and nothing else: no address, no family name."""
        user = sociallogin.user
        wanted = str(data.get("username") or data.get("name") or "")[:50].strip().lower()
        user.username = wanted if wanted and not User.objects.filter(username=wanted).exists() else new_opaque()
        user.set_unusable_password()
        return user


def set_out(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Lead to the provider; where it does not answer, say so instead of failing."""
    try:
        return leave_for_provider(request, provider_id)
    except RequestException as error:
        log.error("the provider of the company's sign-in does not answer (%s)", type(error).__name__)
        said = {
            "title": _("The company’s sign-in does not answer"),
            "words": _(
                "Try again in a minute, or sign in with a password. If it stays so, tell whoever runs the room."
            ),
        }
        return render(request, "refusal.html", said, status=503)
