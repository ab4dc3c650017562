"""The keys of the API that one has: see them, make one that reads or writes notes, take one back.

Making one asks for the password or the second factor once more: who finds a screen unlocked does not leave with a key.
"""

from __future__ import annotations

from allauth.account.decorators import reauthentication_required
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from spillkit_server.models import Token
from spillkit_server.tokens import DAYS, MOST_DAYS, Reach, make_token

_MOST_KEYS = 20  # that one has at a time
_REACHES = (
    (Reach.READ.value, gettext_lazy("read")),
    (Reach.WRITE.value, gettext_lazy("read, and write notes")),
    (Reach.DECIDE.value, gettext_lazy("read, write, propose and sign")),
)


class KeyForm(forms.Form):
    """What a new key is for."""

    label = forms.CharField(
        label=gettext_lazy("What it is for"), max_length=60, widget=forms.TextInput(attrs={"dir": "auto"})
    )
    reach = forms.ChoiceField(label=gettext_lazy("It may"), choices=_REACHES[:2])
    days = forms.IntegerField(label=gettext_lazy("Good for days"), min_value=1, max_value=MOST_DAYS, initial=DAYS)


@require_http_methods(["GET", "HEAD"])
def keys(request: HttpRequest) -> HttpResponse:
    """List one's keys."""
    return _page(request, KeyForm(label_suffix=""))


@require_http_methods(["GET", "HEAD", "POST"])
@reauthentication_required
def new_key(request: HttpRequest) -> HttpResponse:
    """Make a key, and show it this once."""
    form = KeyForm(request.POST if request.method == "POST" else None, label_suffix="")
    if request.method != "POST" or not form.is_valid():
        return _page(request, form, status=400 if request.method == "POST" else 200, makes=True)
    if Token.objects.filter(user=request.user, expires_at__gt=timezone.now()).count() >= _MOST_KEYS:
        messages.warning(request, _("You have twenty keys. Take one back first."))
        return redirect("account-keys")
    given = form.cleaned_data
    made = make_token(
        request.user, timezone.now(), reach=Reach(given["reach"]), days=given["days"], label=given["label"]
    )
    return _page(request, KeyForm(label_suffix=""), made=made)


@require_POST
def revoke_key(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of one's own keys back; it opens nothing from now on."""
    count, _by_table = Token.objects.filter(user=request.user, pk=pk).delete()
    if count:
        messages.success(request, _("Taken back. Whoever has this key gets nowhere with it."))
    return redirect("account-keys")


def _page(
    request: HttpRequest, form: KeyForm, *, made: str = "", makes: bool = False, status: int = 200
) -> HttpResponse:
    reaches = dict(_REACHES)
    mine = Token.objects.filter(user=request.user, expires_at__gt=timezone.now()).order_by("-made_at")
    lines = [(key, reaches.get(key.reach, key.reach)) for key in mine]
    return render(request, "keys.html", {"form": form, "lines": lines, "made": made, "makes": makes}, status=status)
