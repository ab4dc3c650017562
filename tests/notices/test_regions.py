"""Whoever lives where a law prescribes headings gets them; of whom it is not known, he is told what no state forbids."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from spillkit.directory.mapping import guess_mapping
from spillkit.directory.reading import open_source
from spillkit.directory.survey import MappedSource
from spillkit.directory.traits import country_code, region_code
from spillkit.law.books import read_books
from spillkit.model import SubjectId
from spillkit.notices.addressees import read_addressees
from spillkit.notices.demands import demands_by_place
from spillkit.notices.marks import mailbox_mark
from spillkit.notices.reader import Reader
from spillkit.notices.render import Renderer
from tests.notices.written import CODE, LETTERHEAD, story, told

KEY = bytes(range(32))
HEADER = ("id", "email", "name", "country", "state", "billing_state", "billing_country")
LISTED = {
    "by code": ("US", "CA", "", "", "US-CA"),
    "by name": ("United States", "california", "", "", "US-CA"),
    "with the country before it": ("US", "US-MA", "", "", "US-MA"),
    "a state without such a law": ("US", "Texas", "", "", "US-TX"),
    "the same twice": ("US", "MA", "Massachusetts", "US", "US-MA"),
    "two states": ("US", "CA", "MA", "US", ""),
    "no state of that country": ("DE", "CA", "", "", ""),
    "none": ("US", "", "", "", ""),
    "hostile": ("US", "CA\u202e<b>", "", "", ""),
}


@pytest.fixture(scope="module")
def readers(tmp_path_factory):
    path = tmp_path_factory.mktemp("list") / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = [(f"c_{n:04}", f"p{n}@mail.example", "Ann", *row[:4]) for n, row in enumerate(LISTED.values())]
        csv.writer(file).writerows([HEADER, *rows])
    source = open_source(str(path))
    people = [
        told(
            id=f"n{n}",
            subjects=(SubjectId(f"c_{n:04}"),),
            mailbox=mailbox_mark(f"p{n}@mail.example", KEY),
            country=country_code(row[0]),
        )
        for n, row in enumerate(LISTED.values())
    ]
    found = read_addressees([MappedSource(source, guess_mapping(source.header, source.sample()))], people, KEY)
    by_id = {one.id: (one, to.reader) for one, to in found}
    return {name: by_id[f"n{n}"] for n, name in enumerate(LISTED)}


@pytest.mark.parametrize("name", LISTED)
def test_the_region_is_read_from_the_customer_list(readers, name):
    assert readers[name][1].region == LISTED[name][4]


def test_a_californian_reads_the_statutory_headings_and_who_may_be_of_massachusetts_no_nature(readers):
    demands = demands_by_place(read_books(), date(2026, 11, 22))
    renderer = Renderer(story(), LETTERHEAD, demands=demands)

    def text(name):
        one, reader = readers[name]
        return renderer.render(one, CODE, reader)

    assert text("by name").subject == "Notice of Data Breach"
    assert "What Information Was Involved" in text("by code").text
    for name in ("with the country before it", "none", "two states", "hostile"):
        assert "other customers" not in text(name).text
    assert "other customers" in text("a state without such a law").text


def test_a_region_of_another_country_than_his_is_none():
    demands = demands_by_place(read_books(), date(2026, 11, 22))
    renderer = Renderer(story(), LETTERHEAD, demands=demands)
    assert renderer.render(told(country="LU"), CODE, Reader("", "US-CA")) == renderer.render(told(country="LU"), CODE)


@pytest.mark.parametrize(("country", "written"), [("", "CA"), ("XX", "CA"), ("US", ""), ("US", "-"), ("us", "US-CA")])
def test_what_is_no_region_is_none(country, written):
    assert region_code(country, written) == ""
