"""An address in the window of an envelope: whole, in the order of its country, and never more than the window shows."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.directory.postal import PostalAddress
from spillkit.notices.channels.channel import Why
from spillkit.notices.channels.letter.address import SIZES, Window, paper_line, window_of
from tests.notices.channels.shop import MAIN_STREET, addressed
from tests.notices.hostile import NAMES

BERLIN = PostalAddress(street="Lange Straße", house_number="5", line2="Hinterhaus", postcode="10115", city="Berlin")
ADDRESSES = {
    "United States": (MAIN_STREET, "US", ["12 Main Street", "Springfield CA 90210", "UNITED STATES"]),
    "Germany": (BERLIN, "DE", ["Lange Straße 5", "Hinterhaus", "10115 Berlin", "GERMANY"]),
    "Great Britain": (
        PostalAddress(street="12 Mill Lane", postcode="OX1 2JD", city="Oxford"), "GB",
        ["12 Mill Lane", "Oxford", "OX1 2JD", "UNITED KINGDOM"],
    ),
    "Italy": (
        PostalAddress(street="Via Roma", house_number="3", postcode="20121", city="Milano", region="MI"), "IT",
        ["Via Roma 3", "20121 Milano MI", "ITALY"],
    ),
    "Brazil": (
        PostalAddress(street="Rua Azul 7", postcode="01000-000", city="São Paulo", region="SP"), "BR",
        ["Rua Azul 7", "01000-000 São Paulo", "SP", "BRAZIL"],
    ),
    "whole, with lines": (PostalAddress(whole="Mill Lane 3\nOX1 2JD Oxford"), "", ["Mill Lane 3", "OX1 2JD Oxford"]),
    "whole, with commas": (PostalAddress(whole="1 rue Bleue, 75001 Paris"), "FR", ["1 rue Bleue", "75001 Paris", "FRANCE"]),
    "whole, and its city again": (
        PostalAddress(whole="1 rue Bleue, 75001 Paris", postcode="75001", city="Paris"), "FR",
        ["1 rue Bleue", "75001 Paris", "FRANCE"],
    ),
    "the house number stands in the street": (
        PostalAddress(street="Lange Straße 5", house_number="5", postcode="10115", city="Berlin"), "DE",
        ["Lange Straße 5", "10115 Berlin", "GERMANY"],
    ),
}  # fmt: skip
PARTS = st.sampled_from(NAMES) | st.text(max_size=300)
ADDRESSED = st.builds(
    lambda name, country, *parts: addressed("en", name=name, country=country, postal=PostalAddress(*parts)),
    PARTS, st.sampled_from(["", "DE", "US", "GB", "IT", "JP", "AQ"]), *[PARTS] * 7,
)  # fmt: skip


@pytest.mark.parametrize(("postal", "country", "lines"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_is_written_in_the_order_of_its_country(postal, country, lines):
    assert window_of(addressed("en", postal=postal, country=country)) == Window(("Alice Roe", *lines), 10)


INCOMPLETE = {
    "no name": ("", MAIN_STREET),
    "a name that is none": ("\u202e\u200d", MAIN_STREET),
    "no street": ("Alice", PostalAddress(postcode="10115", city="Berlin")),
    "no place": ("Alice", PostalAddress(street="Main Street 12")),
    "nothing": ("Alice", PostalAddress()),
}


@pytest.mark.parametrize(("name", "postal"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_a_letter_is_not_written_where_it_would_arrive_at_nobody(name, postal):
    assert window_of(addressed("en", name=name, postal=postal)) is Why.NO_POSTAL_ADDRESS


def test_a_long_address_gets_smaller_letters_and_a_longer_one_none():
    long = PostalAddress(street="Am alten Markt der großen Stadt 12345", line2="Hinterhaus links, dritter Aufgang, bei Müller",
                         postcode="10115", city="Berlin an der Spree hinter der alten Brücke")  # fmt: skip
    window = window_of(
        addressed("en", name="Wilhelmina von und zu Hohenlohe-Schillingsfürst", postal=long, country="DE")
    )
    assert isinstance(window, Window)
    assert (window.points, len(window.lines) <= 8) == (8, True)
    assert (
        window_of(addressed("en", name="A" * 10_000, postal=PostalAddress(street="B" * 500, city="C" * 400)))
        is Why.LONG_ADDRESS
    )


@settings(max_examples=80, deadline=None)
@given(ADDRESSED)
def test_whatever_a_list_holds_the_window_shows_whole_plain_lines(one):
    window = window_of(one)
    if isinstance(window, Why):
        return
    assert (window.points, len(window.lines)) <= (10, 8)
    assert len(window.lines) <= dict(SIZES)[window.points]
    for line in window.lines:
        assert line == line.strip() != ""
        kinds = {unicodedata.category(character) for character in line} - (
            {"Cf"} if "\u200c" in line or "\u200d" in line else set()
        )
        assert kinds.isdisjoint({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@settings(max_examples=60, deadline=None)
@given(PARTS)
def test_a_line_on_paper_is_the_same_when_it_is_written_again(text):
    assert paper_line(paper_line(text)) == paper_line(text)
