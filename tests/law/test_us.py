"""The United States: 54 statutes, each triggered by what it names and by nothing less."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from spillkit.law.books import read_books
from spillkit.law.decide import decide
from spillkit.law.decision import Outcome
from spillkit.law.facts import Entity, Facts, Milestone, Population
from spillkit.law.rule import DutyKind, Status

from .us_rows import ROWS

BOOKS = read_books()
STATES = {row[0]: BOOKS.jurisdictions[f"US-{row[0]}"] for row in ROWS}
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONTACT = ("name", "email", "phone", "postal-address")
HARMFUL = {"harm-likely": "yes", "encrypted": "no"}
BY_ID = {row[0]: row for row in ROWS}


def people(state, number, *fields):
    return Population(
        entity="shop", country="US", region=f"US-{state}", people=number, fields=fields, account="consumer"
    )


def duties(*populations, answers=None, aware=NOW, sectors=(), **milestones):
    """What every rule of the United States says of a shop in Delaware."""
    facts = Facts(
        version=1,
        incident="test",
        entities=(Entity(id="shop", established=("US-DE",), sectors=sectors),),
        populations=populations,
        milestones={"aware": Milestone(at=aware), **{name: Milestone(at=at) for name, at in milestones.items()}},
        answers=answers or {},
    )
    decided = decide(facts, BOOKS, now=max([aware, *milestones.values()]))
    return {duty.rule: duty for duty in decided.duties if duty.jurisdiction.startswith("US-")}


def current(state, duty):
    """The rules of a state that demand something and are in force on the day of the facts."""
    return [
        rule
        for rule in STATES[state].rule
        if rule.duty is duty and (rule.in_force_to is None or rule.in_force_to >= NOW.date())
    ]


def test_every_row_of_the_facts_is_a_book():
    assert len(ROWS) == 54
    assert {book.code for book in BOOKS.regions_of("US")} == {f"US-{row[0]}" for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_the_statute_is_cited_as_it_was_found(row):
    state, statute = row[0], re.sub(r"\s*\(.*\)", "", row[1])
    numbers = re.findall(r"[\w:]+(?:[-.]\w+)*", statute.replace("..", " "))
    for rule in STATES[state].rule:
        cited = f"{rule.instrument} {rule.article}"
        assert [number for number in numbers[:3] if number.split("-")[0] not in cited] == []


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_no_row_looks_surer_than_it_was_found(row):
    sure = row[6]
    expected = (
        Status.NOT_CONFIRMED
        if sure == "general knowledge"
        else Status.PARTLY
        if "general knowledge" in sure
        else Status.CONFIRMED
    )
    for rule in STATES[row[0]].rule:
        if rule.in_force_to is None:
            assert rule.source.status is expected
            assert rule.source.where == sure.replace("_", " ")
        else:
            assert rule.source.status in (expected, Status.NOT_CONFIRMED)


def _days(words):
    found = re.search(r"(\d+)(?:th)? (?:calendar )?day", words)
    return int(found[1]) if found else None


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_people_are_told_within_the_days_of_the_statute(row):
    [rule] = current(row[0], DutyKind.TELL_PEOPLE)
    assert rule.clock.length == _days(row[2])
    if rule.clock.length is not None:
        assert (rule.clock.unit, rule.clock.count) == ("days", "calendar")
        start = {
            "determin": "determined",
            "confirm": "determined",
            "discover": "discovered",
            "aware": "aware",
            "learning": "aware",
        }
        [expected] = {milestone for word, milestone in start.items() if word in row[2]}
        assert rule.clock.starts == expected


def _threshold(words):
    """The number of people from which somebody is told: "> 500" is 501, ">= 500" is 500, none is 1."""
    found = re.search(r"(>=?) (\d+)", words)
    return 1 if found is None else int(found[2]) + (found[1] == ">")


def _at_least(rule):
    numbers = {condition.people.at_least if condition.people else 1 for condition in rule.when}
    assert len(numbers) == 1
    return numbers.pop()


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_an_authority_is_told_from_the_number_of_the_statute(row):
    told = [rule for rule in current(row[0], DutyKind.NOTIFY_AUTHORITY) if not rule.id.endswith("-finding")]
    if row[3].startswith("none") or row[0] == "AK":  # Alaska: only of the finding that nobody need be told
        assert told == []
        return
    assert {_at_least(rule) for rule in told} == {_threshold(row[3])}
    assert len(told) == {"AZ": 2, "MA": 2, "NY": 4, "UT": 2}.get(row[0], 1)


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_credit_bureaus_are_told_from_the_number_of_the_statute(row):
    told = current(row[0], DutyKind.TELL_OTHERS)
    if row[4] == "none":
        assert told == []
    else:
        assert [_at_least(rule) for rule in told] == [_threshold(row[4])]


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_password_with_its_address_counts_where_the_statute_says_so(row):
    [rule] = current(row[0], DutyKind.TELL_PEOPLE)
    combinations = {frozenset(kinds) for condition in rule.when for kinds in condition.data}
    assert (frozenset({"email", "password"}) in combinations) is row[5]


CORE = {("name", kind) for kind in ("ssn", "driver-licence", "account-number", "card-number")}
SIGN_IN = {(who, what) for who in ("username", "email") for what in ("password", "security-answer")}
PERHAPS = {("name", kind) for kind in ("passport", "tax-id", "military-id", "medical", "health-insurance", "biometric")}
# What the notes of the rows add: "name + date of birth is enough", "medical and health insurance data since …".
ADDED = {
    "ND": {("name", "date-of-birth"), ("name", "mothers-maiden-name")},
    "WA": {("name", "date-of-birth")},
    "NC": {("email", "account-access-code")},
    "NY": {("name", "medical"), ("name", "health-insurance")},
    "OK": {("name", "passport"), ("name", "biometric"), ("name", "account-access-code")},
}


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_duty_of_a_state_is_about_the_same_data(row):
    state, has_sign_in = row[0], row[5]
    expected = CORE | ADDED.get(state, set()) | (SIGN_IN if has_sign_in else set())
    rules = [rule for duty in DutyKind for rule in current(state, duty)]
    for rule in rules:
        asked = {one for condition in rule.when if "statute-counts" in condition.questions for one in condition.data}
        sure = {one for condition in rule.when if "statute-counts" not in condition.questions for one in condition.data}
        assert sure == expected, rule.id
        assert sure | asked == expected | PERHAPS, rule.id
        # With a threshold, people of all kinds are added up: then the condition that asks holds the sure kinds too.
        assert _at_least(rule) == 1 or asked == expected | PERHAPS, rule.id


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_every_duty_of_a_state_is_lifted_by_the_same(row):
    for duty in DutyKind:
        for rule in current(row[0], duty):
            lifts = [exemption.questions for exemption in rule.unless if exemption.questions]
            follows_finding = any("harm-likely" in condition.questions for condition in rule.when)
            harm = [{"harm-likely": "no"}] if row[7] != "none" and not follows_finding else []
            assert lifts == [{"encrypted": "yes"}, *harm], rule.id


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_duty_is_lifted_by_the_absence_of_harm_where_the_statute_says_so(row):
    [rule] = current(row[0], DutyKind.TELL_PEOPLE)
    lifts = any(exemption.questions == {"harm-likely": "no"} for exemption in rule.unless)
    assert lifts is (row[7] != "none")


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_finding_that_is_to_be_kept_is_kept_as_long(row):
    years = re.search(r"(\d) years", row[7])
    kept = current(row[0], DutyKind.KEEP_RECORD)
    assert [rule.clock.words for rule in kept] == ([f"kept for {years[1]} years"] if years else [])


_BUSINESS = st.sampled_from(["consumer", "business", ""])


@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    shown=st.sets(st.sampled_from((*CONTACT, "order", "customer-id", "device", "behaviour", "picture")), min_size=1),
    number=st.integers(1, 400_000_000),
    account=_BUSINESS,
    answers=st.dictionaries(
        st.sampled_from(sorted(set(BOOKS.questions) - {"material"})), st.sampled_from(["yes", "no"])
    ),
    sectors=st.sets(st.sampled_from(sorted(set(BOOKS.sectors) - {"listed-us"}))),
)
def test_names_and_contact_data_trigger_no_law_of_the_united_states(shown, number, account, answers, sectors):
    everywhere = [
        Population(
            entity="shop",
            country="US",
            region=f"US-{state}",
            people=number,
            fields=tuple(sorted(shown)),
            account=account,
        )
        for state in STATES
    ]
    found = duties(*everywhere, answers=answers, sectors=tuple(sectors))
    assert set(found) == {rule for rule in BOOKS.rules if rule.startswith("us-")}
    assert {duty.outcome for rule, duty in found.items() if rule != "us-sec-8k"} == {Outcome.NOT_TRIGGERED}


@pytest.mark.parametrize("state", STATES)
def test_a_social_security_number_has_people_told_in_every_state(state):
    sectors = ("information-broker",)
    found = duties(people(state, 1, "name", "ssn"), answers=HARMFUL, sectors=sectors)
    [rule] = current(state, DutyKind.TELL_PEOPLE)
    assert found[rule.id].outcome is Outcome.TRIGGERED
    assert found[rule.id].people == 1


@pytest.mark.parametrize("state", STATES)
def test_a_number_without_a_name_is_not_enough(state):
    found = duties(people(state, 100_000, "ssn", "phone"), answers=HARMFUL, sectors=("information-broker",))
    assert {duty.outcome for duty in found.values() if duty.jurisdiction == f"US-{state}"} == {Outcome.NOT_TRIGGERED}


def test_georgia_binds_information_brokers_alone():
    found = duties(people("GA", 1, "name", "ssn"), answers=HARMFUL)
    assert found["us-ga-people"].outcome is Outcome.NOT_TRIGGERED


def test_five_business_days_after_people_were_told_iowa_s_attorney_general_is_told():
    told = datetime.fromisoformat("2026-11-20T12:00:00-06:00")
    duty = duties(people("IA", 501, "name", "ssn"), answers=HARMFUL, **{"people-told": told})["us-ia-authority"]
    assert duty.deadline.due_local == "2026-11-30T23:59:59-06:00"  # Thanksgiving is the 26th.


def test_thirty_days_from_discovery_people_of_california_are_told_and_fifteen_later_the_attorney_general():
    found = duties(
        people("CA", 501, "email", "password"),
        discovered=datetime.fromisoformat("2026-11-20T09:00:00-08:00"),
        **{"people-told": datetime.fromisoformat("2026-12-01T09:00:00-08:00")},
    )
    assert found["us-ca-people-v2"].deadline.due_local == "2026-12-20T23:59:59-08:00"
    assert found["us-ca-authority-v2"].deadline.due_local == "2026-12-16T23:59:59-08:00"


def test_people_with_numbers_and_people_with_passwords_are_added_up():
    found = duties(
        people("CA", 250, "name", "ssn"), people("CA", 250, "email", "password"), people("CA", 900, *CONTACT)
    )
    assert found["us-ca-authority-v2"].outcome is Outcome.NOT_TRIGGERED
    found = duties(
        people("CA", 251, "name", "ssn"), people("CA", 250, "email", "password"), people("CA", 900, *CONTACT)
    )
    assert found["us-ca-authority-v2"].outcome is Outcome.TRIGGERED
    assert found["us-ca-authority-v2"].people == 501


def test_kinds_that_the_statute_may_count_are_asked_for_and_added_up():
    found = duties(people("FL", 400, "name", "ssn"), people("FL", 100, "name", "passport"), answers=HARMFUL)
    assert found["us-fl-authority"].outcome is Outcome.ASK
    found = duties(
        people("FL", 400, "name", "ssn"),
        people("FL", 100, "name", "passport"),
        answers={**HARMFUL, "statute-counts@US-FL": "yes"},
    )
    assert found["us-fl-authority"].outcome is Outcome.TRIGGERED


# Known on, state, who is told by which version.
IN_FORCE = [
    (date(2025, 12, 31), "CA", {"us-ca-people", "us-ca-authority"}),
    (date(2026, 1, 1), "CA", {"us-ca-people-v2", "us-ca-authority-v2"}),
    (date(2024, 12, 20), "NY", {"us-ny-people", "us-ny-authority", "us-ny-state", "us-ny-police"}),
    (
        date(2024, 12, 21),
        "NY",
        {"us-ny-people-v2", "us-ny-authority", "us-ny-state", "us-ny-police", "us-ny-financial"},
    ),
    (date(2025, 12, 31), "OK", {"us-ok-people"}),
    (date(2026, 1, 1), "OK", {"us-ok-people-v2", "us-ok-authority"}),
    (date(2023, 8, 31), "TX", {"us-tx-people", "us-tx-authority"}),
    (date(2023, 9, 1), "TX", {"us-tx-people", "us-tx-authority-v2"}),
    (date(2024, 9, 25), "PA", {"us-pa-people"}),
    (date(2024, 9, 26), "PA", {"us-pa-people", "us-pa-authority", "us-pa-bureaus-v2"}),
]


@pytest.mark.parametrize(
    ("known", "state", "rules"), IN_FORCE, ids=[f"{state} on {known}" for known, state, _ in IN_FORCE]
)
def test_an_incident_is_judged_by_the_law_of_its_day(known, state, rules):
    noon = datetime(known.year, known.month, known.day, 18, tzinfo=UTC)
    found = duties(people(state, 1000, "name", "ssn"), answers=HARMFUL, aware=noon)
    triggered = {rule for rule, duty in found.items() if duty.outcome is Outcome.TRIGGERED}
    assert triggered == rules


def test_medical_data_counts_in_new_york_since_21_march_2025():
    for known, outcome in (
        (datetime(2025, 3, 20, 18, tzinfo=UTC), Outcome.ASK),
        (datetime(2025, 3, 21, 18, tzinfo=UTC), Outcome.TRIGGERED),
    ):
        found = duties(people("NY", 1, "name", "medical"), answers=HARMFUL, aware=known)
        [duty] = [
            duty
            for rule, duty in found.items()
            if rule.startswith("us-ny-people") and duty.outcome is not Outcome.NOT_TRIGGERED
        ]
        assert duty.outcome is outcome


def test_two_states_want_to_be_told_before_people_are():
    before = {rule.id for rule in BOOKS.rules.values() if rule.id.startswith("us-") and rule.order == "before people"}
    assert before == {"us-md-authority", "us-nj-authority"}


def test_massachusetts_forbids_what_others_demand():
    assert BOOKS.rules["us-ma-people"].content.forbidden == ("nature", "number-residents")
    assert "nature" in BOOKS.rules["us-ca-people-v2"].content.items


def test_california_prescribes_its_headings():
    assert BOOKS.rules["us-ca-people-v2"].content.headings == (
        "Notice of Data Breach",
        "What Happened",
        "What Information Was Involved",
        "What We Are Doing",
        "What You Can Do",
        "For More Information",
    )


def test_no_attorney_general_is_surer_named_than_known():
    for rule in BOOKS.rules.values():
        if rule.id.startswith("us-") and rule.to is not None and "Attorney General" in rule.to.name:
            assert rule.to.status is Status.NOT_CONFIRMED


# Sector, fields, people, answers, rules that are triggered.
FEDERAL = {
    "a hospital, 499 patients": (
        "hipaa-covered", ("name", "medical"), 499, {}, {"us-hipaa-people", "us-hipaa-authority-yearly"},
    ),
    "a hospital, 500 patients": ("hipaa-covered", ("name", "medical"), 500, {}, {"us-hipaa-people", "us-hipaa-authority"}),
    "a hospital, 501 of one state": (
        "hipaa-covered", ("name", "medical"), 501, {"many-in-one-state": "yes"},
        {"us-hipaa-people", "us-hipaa-authority", "us-hipaa-media"},
    ),
    "a hospital, low probability": ("hipaa-covered", ("name", "medical"), 500, {"low-probability": "yes"}, set()),
    "its contractor": ("hipaa-associate", ("name", "medical"), 500, {}, {"us-hipaa-associate"}),
    "a lender": ("glba-financial", ("email", "financial"), 500, {}, {"us-ftc-glba"}),
    "a fitness app": ("phr-vendor", ("email", "medical"), 500, {"many-in-one-state": "no"},
        {"us-ftc-hbnr-people", "us-ftc-hbnr-authority"}),
    "a listed company": ("listed-us", ("name", "email"), 5, {"material": "yes"}, {"us-sec-8k"}),
    "a shop": ("telecom", ("name", "medical"), 500, {}, set()),
}  # fmt: skip


@pytest.mark.parametrize(("sector", "shown", "number", "answers", "rules"), FEDERAL.values(), ids=FEDERAL)
def test_federal_rules_bind_their_own_kind_of_company(sector, shown, number, answers, rules):
    found = duties(people("WY", number, *shown), answers={**answers, "statute-counts": "no"}, sectors=(sector,))
    assert {rule for rule, duty in found.items() if duty.outcome is Outcome.TRIGGERED} == rules


def test_four_business_days_after_it_was_found_material():
    found = duties(
        people("WY", 5, "name", "email"),
        answers={"material": "yes"},
        sectors=("listed-us",),
        material=datetime.fromisoformat("2026-11-20T12:00:00-05:00"),
    )
    assert found["us-sec-8k"].deadline.due_local == "2026-11-27T23:59:59-05:00"
