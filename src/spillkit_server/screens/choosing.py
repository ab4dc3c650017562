"""Choose the language, for this browser and, where somebody has signed in, for his account."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from spillkit_server.languages import SUPPORTED
from spillkit_server.refusals import refused


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """Keep the choice and go back to where it was made."""
    language = request.POST.get("language", "")
    if language not in SUPPORTED:
        return refused(request, 400)
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = "/"
    if request.user.is_authenticated:
        request.user.language = language
        request.user.save(update_fields=["language"])
    response = redirect(back)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=365 * 86400,
        httponly=True,
        samesite="Lax",
        secure=settings.LANGUAGE_COOKIE_SECURE,
    )
    return response
