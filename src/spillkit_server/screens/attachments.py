"""The files that people attach to an incident."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spillkit.errors import CaseError, InputError, NotTaken
from spillkit_server.attachments import keep_file, read_file, saved_name
from spillkit_server.cases import actor_of, read_case
from spillkit_server.screens.acting import back_of, refuse
from spillkit_server.uploads import was_too_large


@require_POST
def attach(request: HttpRequest, number: int) -> HttpResponse:
    """Take one file in."""
    try:
        if was_too_large(request):
            raise NotTaken("The file is larger than 20 MiB. Keep it elsewhere, and note its SHA-256 here.")
        given = request.FILES.get("file")
        if given is None:
            raise NotTaken("No file was chosen. Choose one.")
        event = request.POST.get("id", "")
        keep_file(number, given.name or "", given.read(), event, actor_of(request.user), timezone.now())
    except (CaseError, InputError) as error:
        return refuse(request, number, error)
    messages.success(request, _("The file is kept."))
    return redirect(back_of(request, number))


@require_safe
def attachment(request: HttpRequest, number: int, digest: str) -> HttpResponse:
    """Give a file back, to be saved: never shown in the browser, whatever it is."""
    case = read_case(number)
    same = [each for each in reversed(case.attachments) if each.digest == digest]
    if not same:
        raise Http404
    found = next((each for each in same if each.by.event not in case.erased), same[0])
    answer = HttpResponse(read_file(number, found), content_type="application/octet-stream")
    answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=saved_name(found.name))
    return answer
