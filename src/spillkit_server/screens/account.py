"""One's own account: language, zone, where reminders go, and the ways to protect it."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST

from spillkit.case.roles import DECIDERS
from spillkit_server.gate import role_of
from spillkit_server.languages import SUPPORTED
from spillkit_server.models import User
from spillkit_server.refusals import refused
from spillkit_server.reminders import smtp
from spillkit_server.reminders.attempt import Came
from spillkit_server.reminders.letter import trial_letter
from spillkit_server.reminders.shown import outcome_words
from spillkit_server.times import zone_names

_TRIALS_AN_HOUR = 5  # nobody uses the room to fill somebody else's mailbox


class AccountForm(forms.Form):
    """What everybody sets for himself."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        required=False,
        help_text=_("Times are shown in it, beside UTC. Write it as Europe/Rome; empty: UTC alone."),
        widget=forms.TextInput(
            attrs={"list": "zone-names", "dir": "ltr", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    mail_to = forms.EmailField(
        label=_("Address for reminders"),
        max_length=254,
        required=False,
        help_text=_(
            "At 50, 80 and 95 % of each clock of your incidents. You alone see it; empty: no mail. No incident’s title is in it."
        ),
        widget=forms.EmailInput(attrs={"dir": "ltr", "autocomplete": "email"}),
    )

    def __init__(self, *arguments: Any, user: User, **named: Any) -> None:
        language = user.language if user.language in SUPPORTED else translation.get_language()
        now = {"language": language, "zone": user.zone, "mail_to": user.mail_to}
        super().__init__(*arguments, initial=now, label_suffix="", **named)
        if user.role not in DECIDERS:
            del self.fields["mail_to"]  # Nobody asks for what is not needed: reminders go to those who may decide.

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"]).strip()
        if zone and zone not in zone_names():
            raise ValidationError(_("There is no such time zone. Choose one of the list, as Europe/Rome."))
        return zone

    def clean_mail_to(self) -> str:
        """Return the address with its domain in ASCII, as mail servers have it."""
        name, at, domain = str(self.cleaned_data["mail_to"]).rpartition("@")
        try:
            return name + at + domain.encode("idna").decode("ascii")
        except UnicodeError:
            raise ValidationError(_("This is no address.")) from None


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest) -> HttpResponse:
    """Show it, and keep what its bearer changes."""
    form = AccountForm(request.POST if request.method == "POST" else None, user=request.user)
    if request.method == "POST" and form.is_valid():
        for name, value in form.cleaned_data.items():
            setattr(request.user, name, value)
        request.user.save(update_fields=list(form.cleaned_data))
        with translation.override(request.user.language):
            messages.success(request, str(_("Kept.")))  # in the language just chosen
        return redirect("account")
    said = {
        "form": form,
        "zone_names": zone_names(),
        "has_second_factor": is_mfa_enabled(request.user),
        "decides": role_of(request.user) in DECIDERS,
        "has_mail": settings.ROOM.ways.mail is not None,
    }
    return render(request, "account.html", said, status=400 if request.method == "POST" else 200)


@require_POST
def test_mail(request: HttpRequest) -> HttpResponse:
    """Send a mail to one's own address at once, and say what the server answered."""
    server, user = settings.ROOM.ways.mail, request.user
    if server is None or not user.mail_to or role_of(user) not in DECIDERS:
        return refused(request, 400)
    counter = f"test-mails-{user.opaque}"
    cache.add(counter, 0, 3600)
    if cache.incr(counter) > _TRIALS_AN_HOUR:
        messages.warning(request, _("Five such mails an hour are enough. Try again later."))
        return redirect("account")
    place = f"{settings.ROOM.origin}/account/"
    letter = trial_letter(f"trial-{secrets.token_hex(12)}", place)
    outcome = smtp.send(server, user.opaque, user.mail_to, letter, timezone.now())
    if outcome.came is Came.TAKEN:
        messages.success(request, _("The mail server took it. Look into your mailbox, and among unwanted mail."))
    else:
        messages.error(
            request,
            _("No mail was sent: %(why)s. Tell whoever runs the server.") % {"why": outcome_words(outcome.word)},
        )
    return redirect("account")
