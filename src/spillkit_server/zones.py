"""Show times in the zone of whoever reads, beside UTC.

In:    the account's zone.
Out:   the zone that is active while the page is made.
Else:  writing times is the templates'; everything is kept in UTC.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from spillkit_server.times import zone_names


class ChosenZone:
    """Middleware; stands behind the one that knows who asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = getattr(request.user, "zone", "")
        with timezone.override(zoneinfo.ZoneInfo(zone) if zone in zone_names() else None):
            return self._get_response(request)
