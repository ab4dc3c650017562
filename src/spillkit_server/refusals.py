"""Say no, in the shape that whoever asked can read, without details that help anybody else.

In:    a request and a status.
Out:   a page, or JSON for the API.
Else:  who is refused is `gate`; what a form's field lacks is said beside the field.
"""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from spillkit.errors import KeptErased

API_PREFIX = "/api/"


def is_api(request: HttpRequest) -> bool:
    """Return whether a program asks."""
    return bool(request.path.startswith(API_PREFIX))


def refused(request: HttpRequest, status: int) -> HttpResponse:
    """Return the refusal."""
    title, words = _words(status)
    if is_api(request):
        return JsonResponse({"detail": HTTPStatus(status).phrase}, status=status)
    return render(request, "refusal.html", {"title": title, "words": words}, status=status)


def damaged(request: HttpRequest, error: Exception) -> HttpResponse:
    """Say what is wrong with something that is kept, instead of showing it; what was erased on purpose is gone, and not wrong."""
    status = HTTPStatus.GONE if isinstance(error, KeptErased) else HTTPStatus.INTERNAL_SERVER_ERROR
    if is_api(request):
        return JsonResponse({"detail": str(error)}, status=status)
    if isinstance(error, KeptErased):
        from spillkit_server.told import refusal_words

        gone = {"title": _("This was erased"), "words": refusal_words(error)}
        return render(request, "refusal.html", gone, status=status)
    said = {"title": _("This cannot be shown"), "foreign": str(error)}
    return render(request, "refusal.html", said, status=status)


def _words(status: int) -> tuple[str, str]:
    return {
        400: (
            _("This cannot be read"),
            _("The browser sent something that the room does not understand. Go back and try again."),
        ),
        403: (
            _("This is not for your account"),
            _("Your role may not do this. Nothing was changed. Ask whoever runs the room."),
        ),
        404: (_("There is nothing here"), _("There is no such page, or you do not need to know of it.")),
        409: (
            _("Somebody was faster"),
            _("Somebody changed this since you looked. Look again, then decide. Nothing was lost."),
        ),
        413: (_("This is too large"), _("The file or form is larger than the room takes.")),
        429: (_("Too many attempts"), _("Wait five minutes, then try again.")),
        500: (
            _("The room failed"),
            _("This was not your fault. What was decided before is kept. Try again, then tell whoever runs the room."),
        ),
    }.get(status, (_("This did not work"), _("Go back and try again.")))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return refused(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    return refused(request, 500)


def csrf_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that a form came from elsewhere, or is older than the sign-in."""
    if is_api(request):
        return JsonResponse({"detail": "Forbidden"}, status=403)
    words = _("This form is too old, or came from another site. Nothing was changed. Load the page again, then repeat.")
    return render(request, "refusal.html", {"title": _("This form is not valid any more"), "words": words}, status=403)
