"""Make accounts, let people in.

In:    a role; a one-time link; a name and a password.
Out:   accounts.
Else:  second factors and passkeys are allauth's; the company's own sign-in is `provider_accounts`.

Accounts are made by whoever runs the server, with a link that works once. Nobody in the room can make one: else one person
could make himself a second, and sign twice.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import LoginForm, ReauthenticateForm
from allauth.account.views import LoginView
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, password_validation
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from spillkit.case.roles import Role
from spillkit.errors import CaseError, InputError
from spillkit_server.bringing import bring_in
from spillkit_server.cases import actor_of
from spillkit_server.models import Invitation, User
from spillkit_server.permissions import may
from spillkit_server.refusals import refused
from spillkit_server.words import role_words

LINK_LIFETIME = timedelta(days=3)
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def digest_of(secret: str) -> str:
    """Return what is kept of a secret that was handed out. It is long and random, so a plain hash will do."""
    return hashlib.sha256(secret.encode()).hexdigest()


def invite(role: Role, now: datetime, *, for_user: User | None = None) -> str:
    """Return the secret of a new one-time link.

    role      of the account that it makes
    now       UTC; the link works for three days from then
    for_user  give him a new password instead of making an account
    """
    secret = secrets.token_urlsafe(24)
    Invitation.objects.create(
        digest=digest_of(secret), role=role.value, expires_at=now + LINK_LIFETIME, for_user=for_user
    )
    return secret


class RoomAccounts(DefaultAccountAdapter):
    """allauth's way to ask us."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def add_message(self, *arguments: Any, **named: Any) -> None:
        """Stay silent where a page says it anyway."""

    def send_mail(self, *arguments: Any, **named: Any) -> None:
        """No account has an address, so there is nobody to write to."""


class SignInForm(LoginForm):
    """Name and password, in the room's words; a lost password is not mended by mail."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["login"].label = _("Name")
        self.fields["password"].help_text = ""
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)
        self.fields["login"].widget.attrs["dir"] = "auto"
        self.label_suffix = ""


class AskAgainForm(ReauthenticateForm):
    """The password once more; there is no way by mail to another one."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["password"].help_text = ""
        self.fields["password"].widget.attrs.pop("placeholder", None)
        self.label_suffix = ""


class SignIn(LoginView):
    """The sign-in page; says with its status that there were too many attempts."""

    def form_invalid(self, form: Any) -> HttpResponse:
        response = super().form_invalid(form)
        codes = {error.code for error in form.non_field_errors().as_data()}
        if "too_many_login_attempts" in codes:
            response.status_code = 429
            response.headers["Retry-After"] = "300"
        return response


class StartForm(forms.Form):
    """A name and a password, twice."""

    username = forms.CharField(
        label=_("Name"),
        max_length=60,
        validators=[UnicodeUsernameValidator()],
        help_text=_("You sign in with it, and your colleagues read it beside what you decide."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autofocus": True, "dir": "auto"}),
    )
    password1 = forms.CharField(
        label=_("Password"),
        max_length=200,
        help_text=_("At least 12 characters. Several words are easier to remember than signs."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same password again"),
        max_length=200,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *arguments: Any, for_user: User | None, **named: Any) -> None:
        super().__init__(*arguments, label_suffix="", **named)
        self._for_user = for_user
        if for_user is not None:
            del self.fields["username"]

    def clean_username(self) -> str:
        name = User.normalize_username(self.cleaned_data["username"]).lower()
        if User.objects.filter(username=name).exists():
            raise ValidationError(_("Somebody has this name already. Choose another."))
        return str(name)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        first, second = given.get("password1"), given.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        elif first:
            user = self._for_user or User(username=given.get("username", ""))
            try:
                password_validation.validate_password(first, user)
            except ValidationError as error:
                self.add_error("password1", error)
        return given


def start(request: HttpRequest, secret: str) -> HttpResponse:
    """Make the account of a one-time link."""
    invitation = _open_invitation(secret)
    if invitation is None:
        return refused(request, 404)
    form = StartForm(request.POST if request.method == "POST" else None, for_user=invitation.for_user)
    incident = _incident_of(request, invitation)
    if request.method == "POST" and form.is_valid():
        user = _take(invitation, form.cleaned_data)
        if user is None:
            return refused(request, 409)
        login(request, user, backend=_BACKEND)
        return redirect("incidents") if incident is None else _with_incident(request, user, incident)
    said = {
        "form": form,
        "role_name": role_words(Role(invitation.role)),
        "for_user": invitation.for_user,
        "incident": incident,
    }
    return render(request, "start.html", said)


def _incident_of(request: HttpRequest, invitation: Invitation) -> int | None:
    """Return the incident of the workspace that a link brings in together with the account, by whom may bring one in."""
    asked = request.GET.get("incident", "")
    if not (asked.isascii() and asked.isdigit() and len(asked) < 7) or invitation.for_user is not None:
        return None
    return int(asked) if may(Role(invitation.role), "open-incident") else None


def _with_incident(request: HttpRequest, user: User, incident: int) -> HttpResponse:
    """Open an incident in the name of whoever pressed the button that says so."""
    if settings.ROOM.second_factor:
        return redirect(
            f"{reverse('open-incident')}?incident={incident}"
        )  # First the second factor, then the incident.
    try:
        brought = bring_in(incident, actor_of(user))
    except (CaseError, InputError) as error:
        messages.warning(request, str(error))
        return redirect("incidents")
    for why in brought.warnings:
        messages.warning(request, why)
    return redirect("incident", number=brought.number)


def _open_invitation(secret: str) -> Invitation | None:
    now = timezone.now()
    return Invitation.objects.filter(digest=digest_of(secret), used_at=None, expires_at__gt=now).first()


def _take(invitation: Invitation, given: dict[str, Any]) -> User | None:
    """Use a link up and return its account; None where another request was faster."""
    try:
        with transaction.atomic():
            if Invitation.objects.filter(pk=invitation.pk, used_at=None).update(used_at=timezone.now()) != 1:
                return None
            user = invitation.for_user or User(username=given["username"], role=invitation.role)
            user.set_password(given["password1"])
            user.save()
            return user
    except IntegrityError:
        return None  # The same name was taken between looking and writing.
