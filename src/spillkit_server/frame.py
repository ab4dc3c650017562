"""What every page carries around its content.

In:    a request.
Out:   direction of text, languages, the places of the main menu that this account may go to.
Else:  the page itself is templates/page.html.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from spillkit_server.gate import role_of
from spillkit_server.permissions import may
from spillkit_server.words import role_words


def page_frame(request: HttpRequest) -> dict[str, Any]:
    """Return what templates/page.html needs."""
    role = role_of(getattr(request, "user", None))
    match = request.resolver_match
    here = match.view_name if match is not None else ""
    places = [("incidents", _("Incidents")), ("check", _("Check")), ("texts", _("Texts")), ("law", _("Law"))]
    return {
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "language": translation.get_language() or "en",
        "languages": settings.LANGUAGES,
        "places": [
            {"url": reverse(name), "words": words, "is_here": here.startswith(name.removesuffix("s"))}
            for name, words in places
            if role is not None and may(role, name)
        ],
        "role_words": role_words(role) if role is not None else "",
        "needs_second_factor": settings.ROOM.second_factor,
        "has_provider": settings.ROOM.provider is not None,
    }
