"""Every authority of the EEA is there, by its own name, as sure as the list it was read in."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from spillkit.law.books import read_books
from spillkit.law.decide import decide
from spillkit.law.facts import Entity, Facts, Milestone, Population
from spillkit.law.rule import Status

BOOKS = read_books()
EEA = BOOKS.authorities["eea"]
LAENDER = BOOKS.authorities["de"]
# Names from Greece to Sweden, with Iceland and Norway, and the last nine Länder were read in the EDPB's template.
READ = set("GR HU IE IT LV LT LU MT NL PL PT RO SK SI ES SE IS NO".split())
NOT_READ = set("AT BE BG HR CY CZ DK EE FI FR DE".split())
LAENDER_READ = {"DE-SL", "DE-SN"}
SHORT_NAMES_READ = {"DE-MV", "DE-NI", "DE-NW", "DE-RP", "DE-ST", "DE-SH", "DE-TH"}
LAENDER_NOT_READ = {"DE-BW", "DE-BY", "DE-BE", "DE-BB", "DE-HB", "DE-HH", "DE-HE"}


def status_of(table, codes):
    return {authority.status for code in codes for authority in table[code]}


def test_thirty_states_and_sixteen_laender_have_an_authority():
    assert set(EEA) == READ | NOT_READ | {"LI"} == set(BOOKS.jurisdictions["EU"].residents)
    assert set(LAENDER) == LAENDER_READ | SHORT_NAMES_READ | LAENDER_NOT_READ


def test_a_name_is_as_sure_as_the_list_it_was_read_in():
    assert status_of(EEA, READ - {"ES"}) == {Status.CONFIRMED}
    assert [one.status for one in EEA["ES"]] == [Status.CONFIRMED, *[Status.PARTLY] * 3]  # the regions' short names
    assert status_of(EEA, NOT_READ) == {Status.NOT_CONFIRMED}
    assert status_of(EEA, ["LI"]) == {Status.PARTLY}
    assert status_of(LAENDER, LAENDER_READ) == {Status.CONFIRMED}
    assert status_of(LAENDER, SHORT_NAMES_READ) == {Status.PARTLY}
    assert status_of(LAENDER, LAENDER_NOT_READ) == {Status.NOT_CONFIRMED}


def told(*countries, established=(), main="", sectors=()):
    """Whom a company tells, and what is not confirmed of it: 10 people in each country, a risk is not unlikely."""
    facts = Facts(
        version=1,
        incident="7",
        entities=(Entity(id="shop", established=established, main_establishment=main, sectors=sectors),),
        populations=tuple(
            Population(entity="shop", country=country, people=10, fields=("name", "email"), account="consumer")
            for country in countries
        ),
        milestones={"aware": Milestone(at=datetime(2026, 11, 20, 9, tzinfo=UTC))},
        answers={"risk-unlikely": "no"},
    )
    duties = decide(facts, BOOKS, now=datetime(2026, 11, 21, tzinfo=UTC)).duties
    return next(duty for duty in duties if duty.rule == "eu-gdpr-33")


# Established, main establishment, sectors, where people live -> whom the company tells.
TOLD = {
    "the main establishment leads": (
        ("IE", "DE"), "IE", (), ("DE", "FR"), ("Data Protection Commission / An Coimisiún um Chosaint Sonraí (DPC)",),
    ),
    "none in the EEA: every state where people live": (
        ("US-CA",), "", (), ("IT", "NO", "PL"),
        ("Garante per la protezione dei dati personali", "Datatilsynet", "Urząd Ochrony Danych Osobowych (UODO)"),
    ),
    "Bavaria, a company": (("DE-BY",), "DE-BY", (), ("DE",), ("Bayerisches Landesamt für Datenschutzaufsicht (BayLDA)",)),
    "Bavaria, a public body": (
        ("DE-BY",), "DE-BY", ("public-body",), ("DE",),
        ("Der Bayerische Landesbeauftragte für den Datenschutz (BayLfD)",),
    ),
    "Germany, a telecom": (
        ("DE-NW",), "DE-NW", ("telecom",), ("DE",),
        ("Bundesbeauftragte für den Datenschutz und die Informationsfreiheit (BfDI)",),
    ),
    "Spain, a company": (("ES",), "ES", (), ("ES",), ("Agencia Española de Protección de Datos (AEPD)",)),
    "Lithuania, a company": (("LT",), "LT", (), ("LT",), ("Valstybinė duomenų apsaugos inspekcija (VDAI)",)),
    "Iceland has the same law": (("IS",), "IS", (), ("IS",), ("Persónuvernd",)),
    "Liechtenstein has the same law": (("LI",), "LI", (), ("LI",), ("Datenschutzstelle (DSS)",)),
}  # fmt: skip


@pytest.mark.parametrize(("established", "main", "sectors", "countries", "names"), TOLD.values(), ids=list(TOLD))
def test_a_company_tells_the_authority_that_is_competent(established, main, sectors, countries, names):
    duty = told(*countries, established=established, main=main, sectors=sectors)
    assert set(duty.addressees) == set(names)


def test_germany_asks_for_the_land():
    duty = told("DE", established=("DE",), main="DE")
    assert duty.addressees == ("the data protection authority of the Land of establishment",)
    assert "region-of-establishment@shop" in {reason.question for reason in duty.reasons}


def test_no_authority_is_called_by_a_short_name_alone():
    for table in (EEA, LAENDER):
        for authorities in table.values():
            for one in authorities:
                assert len(one.name.partition(" (")[0]) >= len("Datatilsynet"), one.name
                assert ":" not in one.name  # "Berlin: BlnBDI"


def test_a_company_is_told_which_name_to_check():
    duty = told("DE", established=("DE-BE",), main="DE-BE")
    [name] = duty.addressees
    assert name.endswith("(BlnBDI)")
    assert duty.unsure_names == (name,)
    assert told("SE", established=("SE",), main="SE").unsure_names == ()


def test_a_name_that_nobody_read_is_shown_as_not_confirmed():
    assert any("CNIL" in part for part in told("FR", established=("FR",), main="FR").not_confirmed)
    assert not any("IMY" in part for part in told("SE", established=("SE",), main="SE").not_confirmed)
