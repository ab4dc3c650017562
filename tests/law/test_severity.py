"""The severity score: exactly the method's, with a reason for every factor."""

from __future__ import annotations

import itertools

import pytest

from spillkit.law.severity import CLASS_OF, band, severity, severity_of

from .small import WORDS, facts, people


def score(*fields, answers=None, **more):
    return severity_of(facts(people("FR", 1204, *fields), answers=answers or {}, **more), WORDS)


# Fields, shown to, on purpose, from, to, bands: the two examples of the facts, and others by the tables.
EXAMPLES = {
    "2018: names and e-mails in other customers' pages": (
        ("name", "email"), ("subject", "unknown"), "no", 1.25, 1.5, ("low", ""),
    ),
    "2018, the viewers are known customers": (("name", "email"), ("subject",), "no", 1.25, None, ("low", "")),
    "2018, open to anybody": (("name", "email"), ("anonymous",), "no", 1.5, None, ("low", "")),
    "2020: staff pass e-mail addresses on": (("email",), ("outside",), "yes", 1.5, 2.0, ("low", "medium")),
    "health data of named people, sold": (("name", "email", "medical"), ("outside",), "yes", 4.75, 5.0, ("very high", "")),
    "a shop's password": (("name", "email", "password"), ("subject",), "no", 1.25, 4.25, ("low", "very high")),
    "location without a name": (("location",), ("subject",), "no", 0.75, None, ("low", "")),
}  # fmt: skip


@pytest.mark.parametrize(("fields", "shown_to", "intent", "low", "high", "bands"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_examples_hold(fields, shown_to, intent, low, high, bands):
    found = score(*fields, shown_to=shown_to, intentional=intent)
    assert (found.score, found.score_upper) == (low, high)
    assert (found.band, found.band_upper) == bands
    assert "more than 100 people" in found.flags


# Class, kind of data, answer -> DPC (Annex 1).
ADJUSTED = {
    ("phone", ""): (1, 1), ("phone", "profile-possible"): (2, 2), ("phone", "sensitive-conclusions"): (3, 3),
    ("phone", "vulnerable-people"): (4, 4), ("location", "little-insight"): (1, 1), ("location", ""): (2, 2),
    ("location", "profile-possible"): (3, 3), ("location", "sensitive-conclusions"): (4, 4),
    ("financial", "little-insight"): (1, 1), ("financial", "partial-insight"): (2, 2), ("financial", ""): (3, 3),
    ("financial", "profile-possible"): (4, 4), ("medical", "little-insight"): (1, 1), ("medical", "partial-insight"): (2, 3),
    ("medical", ""): (4, 4), ("password", "opens-money"): (4, 4), ("password", ""): (1, 4),
}  # fmt: skip


@pytest.mark.parametrize(("given", "span"), ADJUSTED.items(), ids=["+".join(given) for given in ADJUSTED])
def test_the_context_is_adjusted_as_the_annex_has_it(given, span):
    kind, answer = given
    context = score(kind, answers={answer: "yes"} if answer else {}).factors[0]
    assert (context.value, context.value_upper or context.value) == span


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (0.25, "low"),
        (1.99, "low"),
        (2, "medium"),
        (2.99, "medium"),
        (3, "high"),
        (3.99, "high"),
        (4, "very high"),
        (6, "very high"),
    ],
)
def test_the_bands_begin_where_they_begin(value, name):
    assert band(value) == name


def test_the_formula_reaches_from_a_quarter_to_six_and_knows_no_other_factors():
    every = [
        severity(context, ease, circumstances)
        for context, ease, circumstances in itertools.product(
            (1, 2, 3, 4), (0.25, 0.5, 0.75, 1), (0, 0.25, 0.5, 1, 1.5, 2)
        )
    ]
    assert (min(every), max(every)) == (0.25, 6.0)
    for wrong in ((0, 1, 0), (5, 1, 0), (1, 0.3, 0), (1, 1, 2.5), (1, 1, -1)):
        with pytest.raises(ValueError, match="the method knows"):
            severity(*wrong)


def test_every_kind_of_data_has_a_class():
    assert set(CLASS_OF) == set(WORDS.fields)


def test_the_score_is_its_factors():
    found = score("name", "email", "order", "card-number", shown_to=("subject", "unknown"))
    context, ease, *circumstances = found.factors
    assert found.score == context.value * ease.value + sum(factor.value for factor in circumstances)
    upper = [factor.value if factor.value_upper is None else factor.value_upper for factor in found.factors]
    assert found.score_upper == upper[0] * upper[1] + sum(upper[2:])
    assert all(factor.because for factor in found.factors)
    assert ease.not_confirmed
    assert "never decides alone" in found.words


def test_the_gravest_group_speaks_for_all_and_nobody_means_no_score():
    mixed = facts(
        people("FR", 1000, "name"), people("FR", 1, "name", "email", "medical"), intentional="no", shown_to=("subject",)
    )
    assert severity_of(mixed, WORDS).score == 4.25
    assert severity_of(facts(people("FR", 0)), WORDS) is None


def test_flags_stand_beside_the_score_and_do_not_move_it():
    few = severity_of(facts(people("FR", 100), intentional="no", shown_to=("subject",)), WORDS)
    perhaps = severity_of(facts(people("FR", 100, upper=101), intentional="no", shown_to=("subject",)), WORDS)
    sealed = severity_of(
        facts(people("FR", 101), intentional="no", shown_to=("subject",), answers={"encrypted": "yes"}), WORDS
    )
    assert [few.flags, perhaps.flags] == [(), ("perhaps more than 100 people",)]
    assert sealed.flags == ("more than 100 people", "unintelligible data: encrypted, the key is safe")
    assert few.score == perhaps.score == sealed.score
