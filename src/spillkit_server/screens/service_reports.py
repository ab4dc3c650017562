"""The address at which an e-mail service reports what came back.

In:    its requests. The last part of the address is the secret that shows that it is the service.
Out:   200 once the reports are kept; 404 to everybody else, as for a page that is not there.
Else:  what a report leads to is `sending.service_reports`.
"""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.csrf import csrf_exempt

from spillkit.errors import NoticesError


@csrf_exempt  # It comes from the service, with a secret of its own, and without a cookie.
def service_reports(request: HttpRequest, secret: str) -> HttpResponse:
    """Take reports of the e-mail service."""
    service = settings.ROOM.service
    if service is None or not service.hook or not constant_time_compare(secret, service.hook):
        raise Http404
    if request.method != "POST":
        return HttpResponse(status=200 if request.method == "HEAD" else 405)
    from spillkit_server.sending.service_reports import keep_reports, reports_in

    try:
        reports = reports_in(service, request)
    except NoticesError as error:
        return HttpResponse(str(error), status=400, content_type="text/plain; charset=utf-8")
    keep_reports(settings.ROOM.folder, reports)
    return HttpResponse(status=200)
