"""Addresses of the Django project of test_django_clients."""

from __future__ import annotations

import json

from django.contrib.auth import authenticate, login
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import path

FORM = '<form method=post><input name=user><input type="password" name=password></form>'


def sign_in(request: HttpRequest) -> HttpResponse:
    is_json = request.content_type == "application/json"
    sent = json.loads(request.body) if is_json else request.POST
    name = User.objects.get(email=sent["user"]).username
    user = authenticate(request, username=name, password=sent["password"])
    if user is None:
        return HttpResponse(FORM, headers={"Set-Cookie": "seen=0123456789"})
    login(request, user)
    return HttpResponseRedirect("/me")


def mail_of(number: int) -> str:
    return User.objects.get(pk=number).email


urlpatterns = [
    path("login", sign_in),
    path("me", lambda request: HttpResponse(f"<p>{request.user.email}</p>")),
    path("stranger", lambda request: HttpResponse(f"<p>{_stranger()}</p>")),
    path("page-of-2", lambda request: HttpResponse(f"<p>{mail_of(2)}</p>")),
    path("stream", lambda request: StreamingHttpResponse(iter([mail_of(1)[:9], mail_of(1)[9:]]))),
]


def _stranger() -> str:
    from tests.guard.test_django_clients import ALICE

    return ALICE.email
