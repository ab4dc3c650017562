"""Deciding: outcomes, counts, who is bound, which law was in force, who is told."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from spillkit.law.decide import decide
from spillkit.law.decision import Outcome, Truth
from spillkit.law.facts import Entity, Milestone
from spillkit.law.rule import Addressee, Clock, Condition, Connection, Exemption, People
from spillkit.law.words import question_words

from .small import AWARE, NOW, SHOP, WORDS, book, books, facts, people, rule

ANY = Condition(words="any personal data")
PASSWORD = Condition(words="sign-in", data=(("email", "password"), ("name", "ssn")))
THOUSAND = Condition(words="more than 1,000 people", people=People(at_least=1001))
RISKY = Condition(words="unless no risk", questions={"risk-unlikely": "no"})


def one(law, *populations, **more):
    """Decide on one rule in Japan, and return the one duty."""
    more_decide = {key: more.pop(key) for key in ("on", "now") if key in more}
    [duty] = decide(facts(*populations, **more), books(book(law)), **{"now": NOW, **more_decide}).duties
    return duty


# Condition, people, what the rule then says.
OUTCOMES = {
    "any data of one person": (ANY, [people(number=1)], Outcome.TRIGGERED),
    "nobody": (ANY, [people(number=0)], Outcome.NOT_TRIGGERED),
    "nobody confirmed, perhaps one": (ANY, [people(number=0, upper=1)], Outcome.ASK),
    "one person with both kinds": (PASSWORD, [people("JP", 1, "email", "password")], Outcome.TRIGGERED),
    "the kinds on two people": (
        PASSWORD,
        [people("JP", 9, "email"), people("JP", 9, "password")],
        Outcome.NOT_TRIGGERED,
    ),
    "halves of two combinations": (PASSWORD, [people("JP", 9, "email", "ssn")], Outcome.NOT_TRIGGERED),
    "one below the number": (THOUSAND, [people(number=1000)], Outcome.NOT_TRIGGERED),
    "the number, in two groups": (THOUSAND, [people(number=1000), people("JP", 1, "phone")], Outcome.TRIGGERED),
    "the number between confirmed and at most": (THOUSAND, [people(number=988, upper=1014)], Outcome.ASK),
    "a question that nobody answered": (RISKY, [people()], Outcome.ASK),
    "people elsewhere are not counted": (THOUSAND, [people(number=1000), people("FR", 5000)], Outcome.NOT_TRIGGERED),
    "people from nobody knows where": (THOUSAND, [people(number=1000), people("", 5)], Outcome.ASK),
}


@pytest.mark.parametrize(("condition", "groups", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
def test_a_condition_holds_or_not_or_nobody_knows(condition, groups, outcome):
    assert one(rule(condition), *groups).outcome is outcome


def test_ten_million_people_cost_what_ten_do():
    assert one(rule(THOUSAND), people(number=10_000_000)).people == 10_000_000


@pytest.mark.parametrize(("answer", "outcome"), [("no", Outcome.TRIGGERED), ("yes", Outcome.NOT_TRIGGERED)])
def test_an_answer_decides_and_the_one_for_the_jurisdiction_comes_first(answer, outcome):
    other = {"yes": "no", "no": "yes"}[answer]
    assert one(rule(RISKY), people(), answers={"risk-unlikely": answer}).outcome is outcome
    both = {"risk-unlikely@JP": answer, "risk-unlikely": other}
    assert one(rule(RISKY), people(), answers=both).outcome is outcome


def test_an_exemption_lifts_only_when_somebody_answered_for_it():
    law = rule(ANY, unless=(Exemption(words="encrypted", questions={"encrypted": "yes"}),))
    assert one(law, people()).outcome is Outcome.TRIGGERED
    assert one(law, people(), answers={"encrypted": "no"}).outcome is Outcome.TRIGGERED
    lifted = one(law, people(), answers={"encrypted": "yes"})
    assert lifted.outcome is Outcome.NOT_TRIGGERED
    assert lifted.deadline is None


def test_an_exemption_that_is_only_told_lifts_nothing():
    assert one(rule(ANY, unless=(Exemption(words="secrecy"),)), people()).outcome is Outcome.TRIGGERED


# Account, fields, what a law says that leaves business contacts outside.
CONTACTS = {
    "a consumer counts": ("consumer", ("name", "email"), Outcome.TRIGGERED),
    "a business contact does not": ("business", ("name", "email"), Outcome.NOT_TRIGGERED),
    "nobody knows which": ("", ("name", "email"), Outcome.ASK),
    "a password is more than contact data": ("business", ("name", "email", "password"), Outcome.TRIGGERED),
}


@pytest.mark.parametrize(("account", "fields", "outcome"), CONTACTS.values(), ids=CONTACTS)
def test_business_contacts_are_apart_where_the_law_says_so(account, fields, outcome):
    law = rule(ANY, business_contacts="outside")
    duty = one(law, people("JP", 10, *fields, account=account))
    assert duty.outcome is outcome
    assert one(rule(ANY), people("JP", 10, *fields, account=account)).outcome is Outcome.TRIGGERED
    if outcome is Outcome.ASK:
        assert "account@JP" in {reason.question for reason in duty.reasons}


def test_the_law_of_the_day_decides_on_old_incidents():
    law = rule(ANY, in_force_from=date(2026, 11, 21), in_force_to=date(2026, 12, 31))
    # 17:20 UTC on the 20th is already the 21st in Tokyo.
    assert one(law, people()).outcome is Outcome.TRIGGERED
    assert one(law, people(), on=date(2026, 11, 20)).outcome is Outcome.NOT_TRIGGERED
    assert one(law, people(), on=date(2027, 1, 1)).outcome is Outcome.NOT_TRIGGERED
    assert one(law, people(), milestones={}, now=NOW + timedelta(days=90)).outcome is Outcome.NOT_TRIGGERED


def test_a_rule_for_one_kind_of_company_binds_no_other():
    law = rule(ANY, sectors=("hipaa-covered",))
    assert one(law, people()).outcome is Outcome.NOT_TRIGGERED
    covered = Entity(id="shop", established=("US",), sectors=("hipaa-covered",))
    assert one(law, people(), entities=(covered,)).outcome is Outcome.TRIGGERED


TIES = {
    "residents": (Connection.RESIDENTS, ("JP",), [("FR", 10)], None),
    "establishment counts people everywhere": (Connection.ESTABLISHMENT, ("JP",), [("FR", 10), ("JP", 1)], 11),
    "no establishment": (Connection.ESTABLISHMENT, ("FR",), [("JP", 10)], None),
    "either, through the establishment": (Connection.EITHER, ("JP",), [("FR", 10)], 10),
    "either, through residents alone": (Connection.EITHER, ("FR",), [("FR", 10), ("JP", 2)], 2),
}


@pytest.mark.parametrize(("connection", "established", "homes", "counted"), TIES.values(), ids=TIES)
def test_a_law_reaches_people_through_their_home_or_the_company(connection, established, homes, counted):
    entity = Entity(id="shop", established=established)
    populations = [people(country, number) for country, number in homes]
    found = decide(facts(*populations, entities=(entity,)), books(book(rule(ANY, connection=connection))), now=NOW)
    assert [duty.people for duty in found.duties] == ([] if counted is None else [counted])


def test_an_unknown_establishment_is_asked_for_and_widens_the_count():
    entity = Entity(id="shop")
    law = rule(ANY, connection=Connection.EITHER)
    found = decide(facts(people("JP", 2), people("FR", 10), entities=(entity,)), books(book(law)), now=NOW)
    [duty] = found.duties
    assert (duty.outcome, duty.people, duty.people_upper) == (Outcome.TRIGGERED, 2, 12)
    assert "established@shop" in found.questions


def test_the_state_is_asked_for_where_it_matters_and_not_where_it_does_not():
    state = book(rule(PASSWORD), code="US-CA", name="California", residents=("US-CA",), zone="America/Los_Angeles")
    population = people("US", 4000, "email", "password")
    given = facts(population)
    asked = decide(given, books(state), now=NOW)
    assert [duty.outcome for duty in asked.duties] == [Outcome.ASK]
    assert asked.questions == ("region@US",)
    assert question_words("region@US", given, WORDS) == "In which states do the 4,000 people in the United States live?"
    harmless = decide(facts(people("US", 4000)), books(state), now=NOW)
    assert [duty.outcome for duty in harmless.duties] == [Outcome.NOT_TRIGGERED]
    assert not harmless.questions
    elsewhere = decide(facts(people("US", 4000, "email", "password", region="US-NY")), books(state), now=NOW)
    assert not elsewhere.duties


@pytest.mark.parametrize(
    ("country", "residents"), [("PR", "US-PR"), ("UK", "GB"), ("RE", "FR"), ("AX", "FI"), ("EL", "GR")]
)
def test_places_with_two_names_are_one(country, residents):
    found = decide(facts(people(country)), books(book(rule(ANY), residents=(residents,))), now=NOW)
    assert [duty.outcome for duty in found.duties] == [Outcome.TRIGGERED]


def test_two_companies_are_counted_apart():
    entities = (SHOP, Entity(id="books", established=("GB",)))
    found = decide(
        facts(people(number=900), people(number=900, entity="books"), entities=entities),
        books(book(rule(THOUSAND))),
        now=NOW,
    )
    assert {duty.entity: duty.outcome for duty in found.duties} == {
        "shop": Outcome.NOT_TRIGGERED,
        "books": Outcome.NOT_TRIGGERED,
    }


def test_triggered_duties_stand_first_and_the_earliest_end_before_the_others():
    slow = rule(ANY, id="slow", clock=Clock(words="30 days", length=30, unit="days"))
    soon = rule(ANY, id="soon")
    asked = rule(RISKY, id="asked")
    never = rule(PASSWORD, id="never")
    found = decide(facts(people()), books(book(never, asked, slow, soon)), now=NOW)
    assert [duty.rule for duty in found.duties] == ["soon", "slow", "asked", "never"]
    assert found.duties[0].deadline.due_at == AWARE + timedelta(hours=72)
    assert found.questions == ("risk-unlikely",)


def test_without_an_aware_time_that_is_asked_first():
    found = decide(facts(people(), milestones={}), books(book(rule(ANY))), now=NOW)
    assert found.questions[0] == "when@aware"
    assert found.duties[0].deadline.due_at is None


def test_a_decision_is_the_same_every_time_and_turns_into_json():
    given, law = facts(people(), people("FR", 3)), books(book(rule(THOUSAND), rule(RISKY, id="x-2")))
    assert decide(given, law, now=NOW) == decide(given, law, now=NOW)
    assert msgspec.json.decode(msgspec.json.encode(decide(given, law, now=NOW)))["words"].startswith(
        "This is a proposal"
    )


# Entity, homes of people, who is told; the table is the one of the books.
EEA = Addressee(name="", list="eea")
LEADS = {
    "the main establishment alone": (
        Entity("shop", established=("LU", "DE"), main_establishment="LU"),
        ("DE", "FR"),
        ["LU"],
    ),
    "a single establishment": (Entity("shop", established=("IE", "US")), ("DE", "FR"), ["IE"]),
    "none in the EEA: everywhere": (Entity("shop", established=("US",)), ("FR", "IT"), ["FR", "IT"]),
    "two and no main one: each, and asked": (Entity("shop", established=("IE", "NL")), ("FR",), ["IE", "NL"]),
    "nobody knows: everywhere, and asked": (Entity("shop"), ("FR", "IT"), ["FR", "IT"]),
}


@pytest.mark.parametrize(("entity", "countries", "told"), LEADS.values(), ids=LEADS)
def test_one_authority_leads_or_every_one_is_told(entity, countries, told):
    eu = book(
        rule(ANY, connection=Connection.EITHER, to=EEA),
        code="EU", name="EU", residents=("DE", "FR", "IE", "IT", "LU", "NL"), zone="Europe/Brussels",
    )  # fmt: skip
    found = decide(facts(*(people(country) for country in countries), entities=(entity,)), books(eu), now=NOW)
    [duty] = found.duties
    assert list(duty.addressees) == [WORDS.authorities["eea"][code][0].name for code in told]
    assert any(question.startswith(("main-establishment", "established")) for question in found.questions) == (
        entity.established in ((), ("IE", "NL"))
    )


def test_the_other_states_are_listed_with_their_numbers_for_the_lead():
    eu = book(
        rule(ANY, connection=Connection.EITHER, to=EEA),
        code="EU",
        name="EU",
        residents=("DE", "FR", "LU"),
        zone="Europe/Brussels",
    )
    [duty] = decide(facts(people("DE", 1204), people("FR", 3), people("LU", 1)), books(eu), now=NOW).duties
    [lead] = [reason for reason in duty.reasons if "leads" in reason.condition]
    assert lead.because.endswith("Germany (1,204), France (3)")
    assert lead.holds is Truth.YES


def test_the_land_is_asked_for_in_germany_and_named_when_known():
    eu = book(
        rule(ANY, connection=Connection.EITHER, to=EEA), code="EU", name="EU", residents=("DE",), zone="Europe/Brussels"
    )
    german = Entity("shop", established=("DE",), main_establishment="DE")
    asked = decide(facts(people("DE"), entities=(german,)), books(eu), now=NOW)
    assert "region-of-establishment@shop" in asked.questions
    bavarian = Entity("shop", established=("DE-BY",), main_establishment="DE-BY")
    known = decide(facts(people("DE"), entities=(bavarian,)), books(eu), now=NOW)
    assert known.duties[0].addressees == ("Bayerisches Landesamt für Datenschutzaufsicht (BayLDA)",)
    assert "region-of-establishment@shop" not in known.questions


def test_milestones_of_other_clocks_are_used():
    law = rule(ANY, clock=Clock(words="3 days", length=3, unit="days", starts="assessed"))
    assert one(law, people()).deadline.due_at is None
    assessed = Milestone(at=AWARE + timedelta(hours=1))
    duty = one(law, people(), milestones={"aware": Milestone(at=AWARE), "assessed": assessed})
    assert duty.deadline.due_local == "2026-11-24T23:59:59+09:00"
