"""The tests of a shop's team: two customers use their accounts."""

import os

import pytest

os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"


@pytest.fixture(scope="session")
def shop():
    import django

    django.setup()
    from django.test.utils import setup_databases, setup_test_environment

    setup_test_environment()
    setup_databases(verbosity=0, interactive=False)
    import shop_faults

    shop_faults.plant()


@pytest.fixture
def customers(shop, spillkit_guard):
    """Two planted people with an account and an address each, signed in through the shop's own form."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from oscar.core.loading import get_model

    country, _ = get_model("address", "Country").objects.get_or_create(
        iso_3166_1_a2="FR", defaults={"printable_name": "France", "is_shipping_country": True}
    )
    signed_in = []
    for person in spillkit_guard.people[:2]:
        user, is_new = get_user_model().objects.get_or_create(
            email=person.email,
            defaults={"username": person.username, "first_name": person.given_name, "last_name": person.family_name},
        )
        if is_new:
            user.set_password(person.password)
            user.save()
            address = get_model("address", "UserAddress")(
                user=user,
                first_name=person.given_name,
                last_name=person.family_name,
                line1=person.street,
                line4=person.city,
                postcode="75001",
                country=country,
                phone_number=person.phone,
            )
            address.save()
        client = spillkit_guard.watching(Client())
        answer = client.post(
            "/accounts/login/",
            {"login-username": person.email, "login-password": person.password, "login_submit": "Log In"},
            follow=True,
        )
        assert answer.status_code == 200
        signed_in.append((client, user))
    return signed_in


def test_a_customer_sees_his_profile(customers):
    for client, _ in customers:
        page = client.get("/accounts/profile/")
        assert page.status_code == 200


def test_a_customer_sees_his_addresses(customers):
    for client, _ in customers:
        assert client.get("/accounts/addresses/").status_code == 200


def test_a_customer_opens_addresses_by_their_number(customers):
    for client, _ in customers:
        for _, other in customers:
            number = other.addresses.get().pk
            assert client.get(f"/accounts/addresses/{number}/").status_code in (200, 404)


def test_a_visitor_sees_the_catalogue(shop, spillkit_guard):
    from django.test import Client

    client = spillkit_guard.watching(Client())
    assert client.get("/catalogue/").status_code == 200
    assert client.get("/accounts/profile/", follow=True).status_code == 200
