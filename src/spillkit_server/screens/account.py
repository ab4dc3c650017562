"""One's own account: name, role, and the ways to protect it."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Show it."""
    return render(request, "account.html", {"has_second_factor": is_mfa_enabled(request.user)})
