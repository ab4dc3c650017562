"""The page of an agent who speaks with a caller: is this message ours, was the caller affected, a false message to report."""

from __future__ import annotations

import secrets
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from spillkit.errors import InputError, RecordError, SpillkitError
from spillkit.notices.marks import derived_key
from spillkit.notices.publication import Sign, Way
from spillkit.notices.wording import LANGUAGES
from spillkit.record import Entry, open_record
from spillkit_server import fakes, notice_words, words
from spillkit_server.agent_answers import Affected, Genuine, Says, Was, affected, genuine
from spillkit_server.deciding import books
from spillkit_server.mailings import approved_mailings, workspace_of_room
from spillkit_server.screens.incident import may_see
from spillkit_server.told import message_words
from spillkit_server.uploads import was_too_large

_MOST_SIGNS = 200_000  # of a pasted message
_MOST_ID = 200  # signs of a customer number


@require_safe
def check(request: HttpRequest) -> HttpResponse:
    """Show the forms."""
    return _page(request)


@require_POST
def check_message(request: HttpRequest) -> HttpResponse:
    """Say whether a code or a message is ours."""
    typed = request.POST.get("typed", "")[:_MOST_SIGNS].strip()
    given = request.FILES.get("file")
    if was_too_large(request) or (given is None and not typed):
        return _page(request, why=_("Paste a code or a message first, or choose a file of at most 20 MB."), status=400)
    try:
        answer = genuine(workspace_of_room(), approved_mailings(), typed, given.read() if given is not None else b"")
    except SpillkitError as error:
        return _page(request, why=message_words(error), status=400)
    suspect = typed if answer.is_suspect and given is None else ""
    return _page(request, genuine=_genuine_words(answer), suspect=suspect)


@require_POST
def check_customer(request: HttpRequest) -> HttpResponse:
    """Say whether a customer's data was shown, once the company's own check of who calls was made."""
    customer, language = request.POST.get("customer", "").strip(), request.POST.get("language", "")
    if request.POST.get("checked") != "yes":
        why = _("Make the company’s own check of who is calling first, and tick that you did. Nothing was looked up.")
        return _page(request, why=why, status=400)
    if not 0 < len(customer) <= _MOST_ID or language not in LANGUAGES:
        return _page(request, why=_("Give the customer number and the caller’s language."), status=400)
    try:
        _keep_look(request)
        found = affected(workspace_of_room(), approved_mailings(), customer, language, books())
    except (InputError, RecordError) as error:
        return _page(request, why=message_words(error), status=400)
    return _page(request, answers=[_affected_words(one) for one in found], nothing=not found, spoken=language)


@require_POST
def report_fake(request: HttpRequest) -> HttpResponse:
    """Count a false message that a caller tells of. Its text is not kept."""
    way = request.POST.get("way", "")
    signs = [Sign(one) for one in request.POST.getlist("sign") if one in set(Sign)]
    try:
        seen_on = date.fromisoformat(request.POST.get("seen_on", ""))
    except ValueError:
        seen_on = None
    today = timezone.localdate()
    if way not in set(Way) or seen_on is None or not date(2000, 1, 1) <= seen_on <= today:
        return _page(request, why=_("Say how the message came, and on which day: today or before."), status=400)
    key = derived_key(workspace_of_room().key(), "fakes")
    fakes.report(request.POST.get("text", "")[:_MOST_SIGNS], Way(way), signs, seen_on, fakes.By.AGENT, key)
    messages.success(request, _("Kept. Thank you: it is counted with others of its kind, and its text is not stored."))
    return redirect("check")


@require_POST
def decide_fake(request: HttpRequest) -> HttpResponse:
    """Let the portal warn of a false message, or not any more."""
    row = request.POST.get("row", "")
    try:
        if not (row.isascii() and row.isdigit() and len(row) < 10):
            raise InputError(_("There is no such report."))
        fakes.decide(int(row), shown=request.POST.get("shown") == "yes", user=request.user, now=timezone.now())
    except SpillkitError as error:
        return _page(request, why=message_words(error), status=400)
    messages.success(request, _("Kept. The portal says so from the next publication on: spillkit notify publish"))
    return redirect("check")


def _page(request: HttpRequest, *, status: int = 200, why: str = "", **said: Any) -> HttpResponse:
    own = (translation.get_language() or "en").partition("-")[0]
    page = {
        "why": why,
        "is_anything_sent": bool(approved_mailings()),
        "may_ask": may_see(request, "check-message"),
        "may_decide": may_see(request, "decide-fake"),
        "languages_spoken": [(tag, notice_words.language_words(tag)) for tag in LANGUAGES],
        "spoken": own,
        "ways": [(way.value, notice_words.way_words(way)) for way in Way],
        "signs": [(sign.value, notice_words.sign_words(sign)) for sign in Sign],
        "today": timezone.localdate(),
        "fakes": [
            {"row": row, "way": notice_words.way_words(Way(row.way)), "signs": _signs(row.signs)}
            for row in fakes.reported()
        ],
        **said,
    }
    return render(request, "check.html", page, status=status)


def _signs(signs: str) -> str:
    return ", ".join(notice_words.sign_words(Sign(sign)) for sign in signs.split())


def _keep_look(request: HttpRequest) -> None:
    """Write into the record that somebody looked, and that he said who called was checked; not whom he looked up.

    Raises  RecordError if the record cannot be written: then nothing is looked up
    """
    entry = Entry(
        id=f"look-{secrets.token_hex(12)}",
        at=timezone.now(),
        kind="looked-at",
        actor=request.user.opaque,
        facts={"what": "whether a customer was affected", "caller-checked": True},
    )
    open_record(workspace_of_room()).append([entry])


# Words to be read aloud


def _genuine_words(answer: Genuine) -> dict[str, Any]:
    say, do = {
        Says.CODE: (
            _("This code is of a message that we sent."),
            _("A code can be copied into a false message. Ours asks for no password and no payment, and needs no click."),
        ),
        Says.SIGNED: (
            _("This message is from us, and nothing in it was changed."),
            _("Our signature on it is valid. The caller may do what it says."),
        ),
        Says.WORDS: (
            _("The words of this message are ours."),
            _("Its signature was lost on the way. If what the caller sees shows more than these words, ask for the file."),
        ),
        Says.CHANGED: (
            _("This is a message of ours that somebody changed. Please do not do what it says."),
            _("The caller should click on nothing, answer nothing and keep it. Report it below."),
        ),
        Says.NOT_OURS: (
            _("This message is not from us. Please do not do what it says."),
            _("The caller should click on nothing, answer nothing and keep it. Report it below."),
        ),
        Says.UNKNOWN: (
            _("No message of ours has this code."),
            _("Have it read out once more, sign by sign. If it stays, treat the message as false, and report it below."),
        ),
        Says.CANNOT_TELL: (
            _("I cannot tell yet whether this message is from us."),
            _("Too little of it is here. Ask the caller to send it on as an attachment, or to save it as a file."),
        ),
        Says.MISREAD: (_problem_words(answer.problem), _("A code has three groups of five digits and letters.")),
    }[answer.says]  # fmt: skip
    return {
        "say": say,
        "do": do,
        "is_good": answer.says in (Says.CODE, Says.SIGNED, Says.WORDS),
        "mailing": answer.mailing,
        "sent_on": answer.sent_on,
    }


def _problem_words(problem: str) -> str:
    return {
        "empty": _("No code was typed."),
        "too-short": _("Signs are missing in this code."),
        "too-long": _("This has more signs than a code."),
        "foreign-sign": _("A sign of this is in no code: there is no I, L, O or U."),
        "check": _("One sign of this code is not right, or two changed places."),
    }.get(problem, _("This is no code."))


def _affected_words(one: Affected) -> dict[str, Any]:
    say, do = {
        Was.AFFECTED: (_("Yes, your data was shown."), _("Read what follows to the caller, in these words.")),
        Was.NOT: (
            _("As far as was looked at, your data was not shown."),
            _("Compare the customer number once more. Read what follows to the caller, in these words."),
        ),
        Was.POSSIBLE: (
            _("We do not know yet whether your data was shown. We are finding out."),
            _("Say no more than that. Pass the caller on to the data protection officer."),
        ),
        Was.WAIT: (
            _("I pass you on to somebody who can answer this."),
            _("This customer is on hold: somebody has to decide first how the notice reaches him. Say nothing else."),
        ),
        Was.VIEWER: (
            _("You were shown data of other customers, by our mistake."),
            _("Read what follows to the caller, in these words."),
        ),
    }[one.was]
    return {
        "say": say,
        "do": do,
        "is_told": bool(one.sentences),
        "mailing": one.mailing,
        "sent_on": one.sent_on,
        "hold": notice_words.hold_words(one.hold) if one.hold is not None else "",
        "fields": [words.field_words(label) for label in one.fields],
        "sentences": one.sentences,
    }
