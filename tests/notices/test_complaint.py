"""To whom a person may complain: the authority where he lives, or nothing rather than something wrong."""

from __future__ import annotations

from datetime import date

import pytest

from spillkit.law.books import read_books
from spillkit.law.places import countries
from spillkit.notices.complaint import authority_id, authority_names

TODAY = date(2026, 11, 22)
BOOKS = read_books()
AUTHORITIES = {
    "Italy": ("IT", "eea/IT", "Garante per la protezione dei dati personali"),
    "an overseas part of France": ("RE", "eea/FR", "Commission nationale de l'informatique et des libertés (CNIL)"),
    "Norway, in the EEA": ("NO", "eea/NO", "Datatilsynet"),
    "Germany: by Land": ("DE", "eea/DE", None),
    "United Kingdom": (
        "GB",
        "rule/gb-ukgdpr-33",
        "Information Commissioner's Office (ICO), becoming the Information Commission",
    ),
    "as people write it": (
        "UK",
        "rule/gb-ukgdpr-33",
        "Information Commissioner's Office (ICO), becoming the Information Commission",
    ),
    "United States: by state": ("US", "", None),
    "India: no authority for complaints yet": ("IN", "", None),
    "no book": ("AQ", "", None),
    "not known": ("", "", None),
}


@pytest.mark.parametrize(("country", "authority", "name"), AUTHORITIES.values(), ids=AUTHORITIES)
def test_authorities(country, authority, name):
    assert authority_id(country, BOOKS, TODAY) == authority
    assert authority_names(authority, BOOKS)[:1] == ((name,) if name else ())


def test_every_id_that_is_given_out_is_known():
    for country in countries():
        authority = authority_id(country, BOOKS, TODAY)
        assert authority in ("", "eea/DE") or authority_names(authority, BOOKS)


@pytest.mark.parametrize("authority", ["", "eea/", "eea/XX", "rule/", "rule/none", "x", "../etc", "eea/IT/x"])
def test_an_id_that_nothing_knows_has_no_name(authority):
    assert authority_names(authority, BOOKS) == ()
