"""Django's test clients: signed in by force, by password, or by a form; sync, async and streaming."""

from __future__ import annotations

import asyncio

import pytest

from spillkit.plant import plant_people

PEOPLE = plant_people(3, ["en_GB"])
ALICE, BOB, CHLOE = PEOPLE


@pytest.fixture(scope="module")
def site():
    """A Django project in memory: accounts, a page for each, a form to sign in, pages that show too much."""
    import django
    from django.conf import settings

    settings.configure(
        SECRET_KEY="for tests only",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="tests.guard.django_site",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    )
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    for person in PEOPLE:
        User.objects.create_user(person.username, person.email, person.password)
    return User.objects


def shown(guard):
    return {(leak.viewer[-1], leak.subject[-1], leak.route, leak.fields) for leak in guard.exposures()}


def by_force(client, site):
    client.force_login(site.get(username=BOB.username))


def by_password(client, site):
    assert client.login(username=BOB.username, password=BOB.password)


def by_form(client, site):
    assert client.post("/login", {"user": BOB.email, "password": BOB.password}).status_code == 302


def by_form_in_json(client, site):
    body = {"user": BOB.email, "password": BOB.password}
    assert client.post("/login", body, content_type="application/json").status_code == 302


@pytest.mark.parametrize("sign_in", [by_force, by_password, by_form, by_form_in_json])
def test_whoever_signs_in_is_known_and_sees_only_himself(sign_in, site, guard):
    from django.test import Client

    client = guard.watching(Client())
    sign_in(client, site)
    assert BOB.email in client.get("/me").content.decode()
    assert shown(guard) == set()
    assert guard.tally.by_viewer[BOB.tag] >= 1
    assert ALICE.email in client.get("/stranger").content.decode()
    assert shown(guard) == {("2", "1", "/stranger", ("e-mail",))}


def test_a_wrong_password_signs_nobody_in(site, guard):
    from django.test import Client

    client = guard.watching(Client())
    assert client.post("/login", {"user": BOB.email, "password": "wrong"}).status_code == 200
    assert not client.login(username=BOB.username, password="wrong")
    client.get("/page-of-2")
    assert {leak.viewer for leak in guard.exposures()} == {"somebody signed out"}


def test_whoever_signed_out_may_not_see_himself_any_more(site, guard):
    from django.test import Client

    client = guard.watching(Client())
    by_force(client, site)
    client.logout()
    client.get("/page-of-2")
    assert {(leak.viewer, leak.subject) for leak in guard.exposures()} == {("somebody signed out", BOB.tag)}


def test_a_session_is_known_again_at_another_client(site, guard):
    from django.test import Client

    client, other = guard.watching(Client()), guard.watching(Client())
    by_form(client, site)
    other.cookies = client.cookies
    other.get("/me")
    assert shown(guard) == set()
    assert guard.tally.by_viewer["somebody signed out"] == 0


def test_a_streamed_page_is_seen(site, guard):
    from django.test import Client

    client = guard.watching(Client())
    by_force(client, site)
    assert b"".join(client.get("/stream").streaming_content).decode() == ALICE.email
    assert shown(guard) == {("2", "1", "/stream", ("e-mail",))}


def test_the_asynchronous_client_is_seen(site, guard):
    from django.test import AsyncClient

    async def ask():
        client = guard.watching(AsyncClient(), BOB)
        assert (await client.get("/stranger", follow=True)).status_code == 200

    asyncio.run(ask())
    assert shown(guard) == {("2", "1", "/stranger", ("e-mail",))}


def test_a_redirect_that_is_followed_is_two_answers(site, guard):
    from django.test import Client

    client = guard.watching(Client())
    answer = client.post("/login", {"user": BOB.email, "password": BOB.password}, follow=True)
    assert answer.status_code == 200
    assert shown(guard) == set()
    assert guard.tally.answers == 2


def test_somebody_who_is_not_planted_may_see_nobody(site, guard):
    from django.contrib.auth.models import User
    from django.test import Client

    stranger = User.objects.create_user("carol", "carol@example.org", "secret")
    client = guard.watching(Client())
    client.force_login(stranger)
    client.get("/stranger")
    assert [leak.viewer for leak in guard.exposures()] == ["somebody who is not planted"]
