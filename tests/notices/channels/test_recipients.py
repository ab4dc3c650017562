"""What a channel reads of each person again: his own row, his own address, nobody else's."""

from __future__ import annotations

from spillkit.directory.mapping import guess_mapping
from spillkit.directory.postal import PostalAddress
from spillkit.directory.reading import source_of_rows
from spillkit.directory.survey import MappedSource
from spillkit.notices.channels.recipients import read_recipients
from tests.notices.written import told

HEADER = ("id", "first_name", "last_name", "street", "postcode", "city", "country",
          "billing_street", "billing_postcode", "billing_city", "billing_country")  # fmt: skip
ROWS = [
    ("c_1", "Ann", "Roe", "", "", "", "Italy", "Via Roma 3", "20121", "Milano", ""),
    ("c_2", "Ann", "Roe-Poe", "Main Street 1", "10115", "Berlin", "DE", "Elsewhere 9", "1000", "Wien", "AT"),
    ("c_3", "Ben", "Poe", "", "", "", "", "", "", "", ""),
    ("c_4", "Mallory", "", "Side Street 4", "1", "X", "FR", "", "", "", ""),
    ("c_5", "Cy", "Coe", "", "", "", "FR", "Elsewhere 9", "1000", "Wien", "AT"),
]


def _lists(*rows: tuple[str, ...]) -> list[MappedSource]:
    source = source_of_rows([dict(zip(HEADER, row)) for row in rows])
    return [MappedSource(source, guess_mapping(source.header, source.sample()))]


def test_each_person_gets_his_own_name_and_address_in_the_order_of_the_notices():
    people = [
        told("en", id="n5", subjects=("c_5",), country="FR"),
        told("en", id="n3", subjects=("c_3",), country="DE"),
        told("en", id="n2", subjects=("c_2",)),
        told("it", id="n1", subjects=("c_1",)),
        told("it", id="n9", subjects=("c_9",), country="IT"),
    ]
    found = list(read_recipients(_lists(*ROWS), people))
    assert [(one.told.id, one.reader.name, one.country) for one in found] == [
        ("n5", "Cy Coe", "AT"), ("n3", "Ben Poe", "DE"), ("n2", "Ann Roe-Poe", "DE"), ("n1", "Ann Roe", "IT"), ("n9", "", "IT"),
    ]  # fmt: skip
    assert [one.postal for one in found] == [
        PostalAddress(street="Elsewhere 9", postcode="1000", city="Wien"),
        PostalAddress(),
        PostalAddress(street="Main Street 1", postcode="10115", city="Berlin"),
        PostalAddress(street="Via Roma 3", postcode="20121", city="Milano"),
        PostalAddress(),
    ]


def test_of_several_accounts_the_first_with_an_address_speaks_and_the_order_of_the_list_does_not_matter():
    both = told("en", id="n1", subjects=("c_2", "c_3"))
    turned = told("en", id="n2", subjects=("c_3", "c_5"))
    one_way = list(read_recipients(_lists(*ROWS), [both, turned]))
    other_way = list(read_recipients(_lists(*reversed(ROWS)), [both, turned]))
    assert one_way == other_way
    assert [(one.reader.name, one.postal.city) for one in one_way] == [("Ann Roe-Poe", "Berlin"), ("Cy Coe", "Wien")]


def test_nothing_of_a_person_is_said_by_a_value_that_is_printed():
    [one] = read_recipients(_lists(*ROWS), [told("en", subjects=("c_2",))])
    assert repr(one) == "Addressed(…)"
    assert "Main" not in repr(one.postal)
