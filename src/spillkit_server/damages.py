"""Say which part of what is kept is damaged, in place of a page that failed.

In:    an error of a view.
Out:   a page or JSON that names the case's event, or the file, that is not as it was.
Else:  finding it out is `spillkit.case.fold_whole` and `kept`; the page itself is `refusals`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from spillkit.errors import CaseDamaged, KeptDamaged, KeptErased
from spillkit_server.refusals import damaged

log = logging.getLogger(__name__)


class DamagedKept:
    """Middleware: whoever asks for a case whose events are not whole, or for bytes that are not those kept, is told which."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer; whoever runs the room must know as well, so it goes into the log."""
        if isinstance(error, CaseDamaged):
            log.error("a case cannot be shown: its events are not whole")
        elif not isinstance(error, KeptDamaged):
            return None
        elif not isinstance(error, KeptErased):
            log.error("a report or a file cannot be shown: its bytes are not those that were kept")
        return damaged(request, error)
