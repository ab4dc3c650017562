"""The shop's customers: the same by seed, of many countries, with every nightmare among them."""

from __future__ import annotations

import time
from collections import Counter

import phonenumbers
import pytest

from spillkit_shop.customers import SMALLEST, make_customers
from spillkit_shop.locales import locales
from spillkit_shop.nightmares import AWKWARD_NAMES
from tests.examples.shop_world import KINDS

RESERVED = ("example.org", "example.com", "example.net")


@pytest.fixture(scope="module")
def many():
    return make_customers(5, 20_000)


def test_twenty_thousand_people_are_there_in_three_seconds_of_work():
    began = time.process_time()
    make_customers(6, 20_000)
    assert time.process_time() - began < 3


def test_the_same_seed_gives_the_same_people_and_another_seed_others():
    assert make_customers(1, 300) == make_customers(1, 300)
    assert make_customers(1, 300).customers[0] != make_customers(2, 300).customers[0]


def test_they_live_in_at_least_twelve_countries_and_speak_at_least_ten_languages(many):
    assert len({customer.country for customer in many.customers}) >= 12
    assert len({customer.language for customer in many.customers}) >= 10
    assert {customer.locale for customer in many.customers} == set(locales())


def test_every_address_lies_in_a_reserved_domain_and_nobody_shares_his(many):
    addresses = [customer.email for customer in many.customers]
    assert all(address.partition("@")[2].endswith(RESERVED) for address in addresses)
    assert len(set(addresses)) == len(addresses)
    assert len({customer.id for customer in many.customers}) == len(addresses)


def test_every_phone_number_is_one_that_could_ring(many):
    wrong = {
        customer.locale
        for customer in many.customers
        if not phonenumbers.is_valid_number(phonenumbers.parse(customer.phone))
    }
    assert wrong == set()


def test_most_people_share_their_name_with_nobody_and_some_do(many):
    names = Counter(customer.name for customer in many.customers)
    sharing = sum(count for count in names.values() if count > 1)
    assert 0.01 < sharing / len(many.customers) < 0.2


@pytest.mark.parametrize("count", [SMALLEST, 1000])
@pytest.mark.parametrize("codes", [None, ["de_DE"], ["fr_FR", "ja_JP"]], ids=["all", "one locale", "two locales"])
def test_every_nightmare_is_always_among_them(count, codes):
    people = make_customers(9, count, codes)
    assert len(people.customers) == count
    names = {customer.name for customer in people.customers}
    assert names >= set(AWKWARD_NAMES)
    kinds = {customer.kind for customer in people.customers}
    assert kinds == set(KINDS)
    for one, other in people.households:
        first, second = people.customer(one), people.customer(other)
        assert (first.street, first.postcode, first.city) == (second.street, second.postcode, second.city)
        assert first.email != second.email
    assert any(people.customer(one).name == people.customer(other).name for one, other in people.households)
    shared = Counter(customer.contact_email for customer in people.customers if customer.contact_email)
    assert set(shared.values()) == {2}
    assert sum(customer.is_seller for customer in people.customers) >= 3
    buyers = {staff.customer for staff in people.staff} - {0}
    assert len(buyers) == 2


def test_numbers_count_up_from_one_and_accounts_of_staff_come_after():
    people = make_customers(3, 200)
    assert [customer.number for customer in people.customers] == list(range(1, 201))
    assert min(staff.account for staff in people.staff) == 201


def test_a_shop_too_small_for_its_nightmares_is_refused():
    with pytest.raises(ValueError, match="at least"):
        make_customers(1, SMALLEST - 1)


def test_a_locale_that_is_not_there_is_named():
    with pytest.raises(ValueError, match="tlh_QO"):
        make_customers(1, 200, ["tlh_QO"])


def test_no_person_shows_himself_in_a_log():
    customer = make_customers(1, 200).customers[0]
    assert customer.name not in repr(customer)
    assert customer.email not in repr(customer)
