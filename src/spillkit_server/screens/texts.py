"""The texts of notices: each language, who read it, the whole text as its reader sees it, and signing it off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spillkit.errors import CaseError, InputError, RecordError
from spillkit.notices.wording import RIGHT_TO_LEFT
from spillkit_server import notice_words, texts_signed
from spillkit_server.cases import new_id
from spillkit_server.models import User
from spillkit_server.notice_texts import examples_of, sentences_of
from spillkit_server.screens.acting import refuse
from spillkit_server.screens.incident import may_see
from spillkit_server.texts_signed import Reading


@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    """Show every language, and who signed it."""
    readings = texts_signed.readings()
    names = _names(readings)
    lines = [_line(one, names) for one in readings]
    return render(request, "texts.html", {"lines": lines, "signed_count": sum(one.is_signed for one in readings)})


@require_safe
def text(request: HttpRequest, tag: str) -> HttpResponse:
    """Show the whole text of one language, with the form to sign it off."""
    reading = texts_signed.reading(tag)
    if reading is None:
        raise Http404
    names = _names([reading])
    own = [row.pk for row in reading.signings if row.user == request.user.opaque or request.user.role == "officer"]
    said = {
        "line": _line(reading, names),
        "tag": tag,
        "reading": reading,
        "direction_of_text": "rtl" if tag in RIGHT_TO_LEFT else "ltr",
        "examples": [(notice_words.example_words(one.name), one.html) for one in examples_of(tag)],
        "sentences": sentences_of(tag),
        "signings": [
            {
                "row": row,
                "who": names.get(row.user, row.user),
                "by": names.get(row.taken_back_by, row.taken_back_by),
                "is_of_now": row.digest == reading.digest,
                "may_take_back": row.taken_back_at is None and row.pk in own,
            }
            for row in reading.signings
        ],
        "may_sign": may_see(request, "sign-text"),
        "new_id": new_id,
    }
    return render(request, "text.html", said)


@require_POST
def sign_text(request: HttpRequest, tag: str) -> HttpResponse:
    """Keep that a native reader agrees with a text."""
    try:
        if request.POST.get("native") != "yes":
            raise InputError(_("Tick that you read this language as a native reader, and that you read all of it."))
        digest, event = request.POST.get("digest", ""), request.POST.get("id", "")
        texts_signed.sign(tag, digest, event, request.user, timezone.now())
    except (CaseError, InputError, RecordError) as error:
        return refuse(request, None, error)
    messages.success(request, _("Signed. This text may be sent from now on."))
    return redirect("text", tag=tag)


@require_POST
def take_back(request: HttpRequest, row: int) -> HttpResponse:
    """Take a signature back."""
    try:
        tag = texts_signed.take_back(row, request.user, timezone.now())
    except (CaseError, InputError, RecordError) as error:
        return refuse(request, None, error)
    messages.success(request, _("Taken back. This text is not sent any more unless two people decide so."))
    return redirect("text", tag=tag)


def _names(readings: list[Reading]) -> dict[str, str]:
    """Return the names of the accounts that signed, by opaque id."""
    known = {who for one in readings for row in one.signings for who in (row.user, row.taken_back_by)}
    return dict(User.objects.filter(opaque__in=known).values_list("opaque", "username"))


def _line(reading: Reading, names: dict[str, str]) -> dict[str, Any]:
    signed = reading.signed
    return {
        "tag": reading.language,
        "name": notice_words.language_words(reading.language),
        "own_name": notice_words.own_language_words(reading.language),
        "is_signed": reading.is_signed,
        "in_file": reading.in_file,
        "who": names.get(signed.user, signed.user) if signed is not None else "",
        "at": signed.at if signed is not None else None,
        "was_signed": bool(reading.signings) and not reading.is_signed,
    }
