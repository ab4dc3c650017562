"""What happens when a form of a case is sent."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from spillkit.case import commands as c
from spillkit.errors import CaseError, ChangedSince, InputError, NotAllowed
from spillkit_server.asking import ACTS, Act, command_of
from spillkit_server.cases import actor_of, ask
from spillkit_server.deciding import decide_again
from spillkit_server.mailing_checks import check_mailing
from spillkit_server.told import message_words, refusal_words

_WRITTEN = ("reason", "words", "how", "why", "receipt")


def view_of(name: str) -> Callable[..., HttpResponse]:
    """Return the view of one act."""
    act = ACTS[name]

    @require_POST
    def view(request: HttpRequest, number: int) -> HttpResponse:
        return _do(request, number, act)

    return view


def _do(request: HttpRequest, number: int, act: Act) -> HttpResponse:
    actor, now = actor_of(request.user), timezone.now()
    try:
        command = command_of(act, request.POST)
        check_mailing(number, command)
        ask(number, [command], actor, now)
    except (CaseError, InputError) as error:
        return refuse(request, number, error)
    messages.success(request, _said(act))
    try:
        decide_again(number, actor, now)
    except (CaseError, InputError) as error:
        messages.warning(
            request, message_words(error)
        )  # What was asked is kept; the engine answers with the next change.
    return redirect(back_of(request, number))


def refuse(request: HttpRequest, number: int | None, error: Exception) -> HttpResponse:
    """Say why not, and give back what was written, so that nothing typed is lost."""
    status = 409 if isinstance(error, ChangedSince) else 403 if isinstance(error, NotAllowed) else 400
    written = [request.POST[name] for name in _WRITTEN if request.POST.get(name, "").strip()]
    said = {
        "why": refusal_words(error),
        "written": written,
        "back": back_of(request, number),
        "is_conflict": status == 409,
    }
    return render(request, "not_taken.html", said, status=status)


def back_of(request: HttpRequest, number: int | None) -> str:
    """Return where the form was."""
    back = request.POST.get("back", "")
    if url_has_allowed_host_and_scheme(back, allowed_hosts=None) and back.startswith("/"):
        return str(back)
    return f"/incidents/{number}/" if number is not None else "/"


def _said(act: Act) -> str:
    proposals = (c.ProposeAware, c.ProposeDuty, c.ProposeWord, c.ProposeClose, c.ProposeReport, c.ProposeMailing)
    if issubclass(act.command, proposals):
        return _("Proposed. It counts once another person signs it.")
    if act.command is c.Sign:
        return _("Signed. It counts from now on.")
    return _("Kept.")
