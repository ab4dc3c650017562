"""Send the headers that Django and its packages leave out.

In:    every answer.
Out:   the same answer with Permissions-Policy, and Cache-Control where a page is not for keeping.
Else:  the content security policy is django-csp's; nosniff, referrer and HSTS are Django's (`settings`).
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_SWITCHED_OFF = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer", "microphone",
                 "midi", "payment", "usb", "xr-spatial-tracking", "browsing-topics")  # fmt: skip
PERMISSIONS_POLICY = ", ".join(
    [
        *(f"{name}=()" for name in _SWITCHED_OFF),
        "publickey-credentials-get=(self)",
        "publickey-credentials-create=(self)",
    ]
)


class SafeHeaders:
    """Middleware; the outermost, so that refusals carry the headers too."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._get_response(request)
        response.headers["Permissions-Policy"] = PERMISSIONS_POLICY
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        if not request.path.startswith(settings.STATIC_URL):
            # Neither the browser's disk nor a proxy keeps a page of the room.
            response.headers["Cache-Control"] = "no-store, private"
        return response
