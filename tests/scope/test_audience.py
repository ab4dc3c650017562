"""What was put together for the public cannot be taken apart again."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import timedelta

import msgspec
import pytest

from spillkit.scope.audience import (
    OTHER,
    SMALLEST,
    for_audience,
    publish_earlier,
    publish_fields,
    publish_figure,
    publish_groups,
)
from spillkit.scope.measure import measure
from spillkit.scope.measurement import Count, Earlier, Figure
from spillkit.scope.questions import answer_questions
from tests.scope.incidents import NOW, shop


@pytest.fixture(scope="module")
def whole():
    return measure(**shop(people=400, hours=8).tables(), now=NOW, directory_size=400)


def _counts(values):
    return [Count(label=label, confirmed=n, possible=0) for label, n in zip("ABCDE", values) if n]


@pytest.mark.parametrize("labels", [2, 3, 4])
def test_no_small_group_can_be_worked_out_from_what_is_published_and_the_total(labels):
    """Publishes every table of that many groups up to 8, for a reader who knows the rules, the total and all labels."""
    alike = defaultdict(list)
    for values in itertools.product(range(9), repeat=labels):
        if sum(values) >= SMALLEST:
            shown = tuple((c.label, c.confirmed) for c in publish_groups(_counts(values)))
            alike[(sum(values), shown)].append(values)
    for (_, shown), tables in alike.items():
        told = {label for label, _ in shown}
        for place in range(labels):
            if "ABCDE"[place] in told:
                continue
            could_be = {table[place] for table in tables}
            small = {n for n in could_be if 0 < n < SMALLEST}
            assert not small or len(could_be) > 1, (shown, tables)


def test_no_published_group_is_small():
    for values in itertools.product(range(9), repeat=4):
        published = publish_groups(_counts(values))
        assert all(c.confirmed >= SMALLEST for c in published)
        if published:
            assert sum(c.confirmed for c in published) == sum(values)


def test_five_countries_with_one_person_each_are_not_shown_as_such():
    assert publish_groups(_counts([1, 1, 1, 1, 1])) == ()
    [largest, other] = publish_groups(_counts([9, 7, 1, 1, 1]))
    assert (largest.label, other.label, other.confirmed) == ("A", OTHER, 10)


def _figure(confirmed, possible, allowance):
    return Figure(
        confirmed=confirmed,
        possible=possible,
        estimate=confirmed,
        interval_low=confirmed,
        interval_high=confirmed + allowance,
        level=0.95,
        upper_bound=confirmed + possible + allowance,
        unseen_allowance=allowance,
        complete=allowance == 0,
        method="",
    )


@pytest.mark.parametrize("allowance", [0, 1, 40])
@pytest.mark.parametrize("confirmed", [5, 288, 289])
def test_a_small_possible_number_cannot_be_worked_out_from_the_bound(confirmed, allowance):
    published = {publish_figure(_figure(confirmed, possible, allowance)) for possible in range(1, SMALLEST)}
    assert len(published) == 1
    assert published.pop().upper_bound >= confirmed + SMALLEST - 1 + allowance


def test_a_small_confirmed_number_is_not_told():
    published = {publish_figure(_figure(confirmed, 9, 3)) for confirmed in range(1, SMALLEST)}
    assert len(published) == 1
    assert published.pop().confirmed is None


def test_fields_shown_of_all_but_a_few_are_told_without_numbers():
    counts = [Count(label="name", confirmed=288, possible=0), Count(label="e-mail", confirmed=286, possible=0)]
    assert [c.confirmed for c in publish_fields(counts, 288)] == [None, None]
    counts[1] = Count(label="e-mail", confirmed=200, possible=0)
    assert {c.label: c.confirmed for c in publish_fields(counts, 288)} == {"name": 288, "e-mail": 200}


def test_earlier_figures_do_not_tell_that_two_people_came_later():
    def figure(n, hours):
        return Earlier(measured_at=NOW - timedelta(hours=hours), confirmed=n, possible=1, estimate=n, upper_bound=n + 1)

    shown = publish_earlier([figure(200, 3), figure(286, 2), figure(3, 1)], 288)
    assert [(e.confirmed, e.possible, e.upper_bound) for e in shown] == [(200, None, None)]


@pytest.mark.parametrize("audience", ["authority", "public"])
def test_outsiders_see_no_id_route_or_file_name(whole, audience):
    shown = for_audience(whole, audience)
    text = msgspec.json.encode([shown, answer_questions(shown)]).decode()
    assert whole.first_people
    assert not any(person.subject in text for person in whole.first_people)
    assert not any(finding.route in text for finding in whole.findings)
    assert shown.people.confirmed == whole.people.confirmed


def test_the_public_sees_no_small_number_of_people(whole):
    shown = for_audience(whole, "public")
    numbers = [
        c.confirmed for c in (*shown.by_country, *shown.by_account_type, *shown.by_legal_entity, *shown.by_field)
    ]
    numbers += [b.people for b in shown.histogram.bins] + [k.viewers for k in shown.by_viewer_kind]
    assert numbers
    assert all(n is None or n >= SMALLEST for n in numbers)
    assert (shown.findings, shown.field_sets, shown.first_people) == ((), (), ())


def test_what_was_cut_down_cannot_be_widened_again(whole):
    public = for_audience(whole, "public")
    assert for_audience(public, "public") is public
    with pytest.raises(ValueError, match="internal"):
        for_audience(public, "internal")


def test_the_public_is_not_told_what_is_for_others(whole):
    answers = answer_questions(for_audience(whole, "public"))
    assert [a.number for a in answers if a.answer == "Not part of this version."] == [2, 8, 9, 10, 11]
