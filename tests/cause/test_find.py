"""Each fault of the shop on paper is found as what it is, however thin the log; two faults are two, and namesakes are none."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from spillkit.cause import Found, find_incidents
from spillkit.cause.incident import CauseClass, Change
from tests.cause.faults import (
    FAULTS,
    app_cache_key,
    bulk_listing,
    cdn_cache,
    conn_desync,
    idor_enum,
    insider,
    mail_shift,
)
from tests.cause.stories import SOURCE, Answer, Shop, Shown, ledger_of, without_cache_headers, without_workers

Thin = Callable[[Sequence[Answer]], Sequence[Answer]]
LOGS: dict[str, Thin] = {
    "full": list,
    "no cache headers": without_cache_headers,
    "no worker id": without_workers,
}
CACHES = {CauseClass.SHARED_CACHE, CauseClass.APP_CACHE, CauseClass.CACHE}


def found_in(answers: Sequence[Answer], changes: Sequence[Change] = ()) -> Found:
    with ledger_of(answers) as connection:
        return find_incidents(connection, changes)


@pytest.mark.parametrize("log", LOGS)
@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_found_as_what_it_is(fault, log):
    make, cause = FAULTS[fault]
    answers = LOGS[log](make(Shop()))
    [incident] = found_in(answers).incidents
    expected = CACHES if cause in CACHES and log == "no cache headers" else {cause}
    assert incident.cause.cause in expected
    wrong = [answer for answer in answers if answer.is_wrong]
    assert incident.onset.first_at == min(answer.at for answer in wrong)
    assert incident.onset.last_at == max(answer.at for answer in wrong)
    assert incident.viewers == len({answer.viewer for answer in wrong})
    assert incident.cause.evidence_for
    assert incident.cause.remedy.count(". ") == 1


def test_every_exposed_answer_is_in_one_incident():
    answers = cdn_cache(Shop())
    with ledger_of(answers) as connection:
        find_incidents(connection)
        rows = connection.execute("SELECT source, entry, viewer, incident FROM incident_rows").fetchall()
    wrong = {entry for entry, answer in enumerate(sorted(answers, key=lambda answer: answer.at)) if answer.is_wrong}
    assert sorted(row[1] for row in rows) == sorted(wrong)
    assert {row[0] for row in rows} == {SOURCE}


def test_traffic_without_exposures_has_no_incident():
    assert found_in(Shop().traffic()).incidents == ()


def test_a_namesake_on_ones_own_page_is_no_incident():
    answers = [
        replace(answer, shows=(*answer.shows, Shown("c_0001", (("name", 300, 310),), because="name alone")))
        if answer.route == "/orders" and answer.viewer != "c_0001"
        else answer
        for answer in Shop().traffic()
    ]
    assert found_in(answers).incidents == ()


def test_two_faults_at_once_on_other_routes_are_two_incidents():
    both = [*cdn_cache(Shop()), *(answer for answer in idor_enum(Shop(seed=2)) if answer.route == "/orders/{n}")]
    assert {i.cause.cause for i in found_in(both).incidents} == {CauseClass.SHARED_CACHE, CauseClass.ENUMERATION}


def test_a_cache_and_a_missing_filter_on_one_route_are_two_incidents():
    cached = cdn_cache(Shop(), routes=("/api/me", "/orders"))
    listed = [
        replace(answer, route="/orders", url="/orders?all")
        for answer in bulk_listing(Shop(seed=3))
        if answer.route == "/api/contacts"
    ]
    found = found_in([*cached, *listed]).incidents
    assert {incident.cause.cause for incident in found} == {CauseClass.SHARED_CACHE, CauseClass.BULK_LISTING}


def test_staff_at_work_during_a_technical_fault_are_told_apart():
    both = [*conn_desync(Shop()), *(answer for answer in insider(Shop(seed=4)) if answer.kind == "staff")]
    assert {i.cause.cause for i in found_in(both).incidents} == {CauseClass.DESYNC, CauseClass.STAFF}


def test_one_cause_over_several_routes_is_one_incident():
    [incident] = found_in(cdn_cache(Shop(), routes=("/account", "/orders", "/api/me"))).incidents
    assert set(incident.routes) == {"GET /account", "GET /orders", "GET /api/me"}


def test_the_same_cause_hours_apart_is_two_incidents():
    early = cdn_cache(Shop(minutes=360, per_minute=8), 20, 50)
    again = cdn_cache(Shop(minutes=360, per_minute=8, seed=9), 300, 340)
    pause = Shop().late(180)
    answers = [*(a for a in early if a.at < pause), *(a for a in again if a.at >= pause)]
    found = found_in(answers).incidents
    assert [incident.cause.cause for incident in found] == [CauseClass.SHARED_CACHE] * 2
    assert len({incident.onset.first_at for incident in found}) == 2


def test_the_change_just_before_and_the_one_just_after_are_named():
    shop = Shop()
    changes = [
        Change(at=shop.late(-100), what="certificate renewed"),
        Change(at=shop.late(19), what="cache rules 12"),
        Change(at=shop.late(41), what="cache rules 11 again"),
        Change(at=shop.late(55), what="texts"),
    ]
    [incident] = found_in(cdn_cache(shop), changes).incidents
    assert incident.onset.began_with == changes[1]
    assert incident.onset.ended_with == changes[2]


def test_the_last_clean_answer_before_and_the_first_after_are_named():
    answers = sorted(cdn_cache(Shop()), key=lambda answer: answer.at)
    [incident] = found_in(answers).incidents
    clean = [a.at for a in answers if not a.is_wrong and a.route in ("/account", "/orders")]
    assert incident.onset.clean_before == max(at for at in clean if at < incident.onset.first_at)
    assert incident.onset.clean_after == min(at for at in clean if at > incident.onset.last_at)


def test_a_shifted_mail_merge_says_by_how_many_rows_and_from_which():
    [incident] = found_in(mail_shift(Shop())).incidents
    assert "1 row later" in incident.cause.facts[0]
    assert "number 12" in incident.cause.facts[1]


def test_a_cache_says_how_long_answers_lived():
    [incident] = found_in(app_cache_key(Shop())).incidents
    seconds = int("".join(letter for letter in incident.cause.facts[0] if letter.isdigit()))
    assert 45 <= seconds <= 60


def test_what_nothing_explains_is_unknown_and_says_what_to_log():
    shop = Shop()
    answers = without_workers(without_cache_headers(shop.traffic()))
    for place in (300, 900, 1500, 2100):
        answer = answers[place]
        stranger = shop.people[(place * 7) % 50]
        answers[place] = replace(answer, shows=(Shown(stranger),), body=("odd", place), took_ms=None)
    [incident] = found_in(answers).incidents
    assert incident.cause.cause is CauseClass.UNKNOWN
    assert incident.cause.missing.startswith("log ") or "more answers" in incident.cause.missing
    assert incident.cause.remedy == ""


def test_examples_are_five_spread_over_the_incident_and_name_nobody():
    shop = Shop()
    [incident] = found_in(cdn_cache(shop)).incidents
    assert len(incident.examples) == 5
    assert incident.examples[0].shown_at == incident.onset.first_at
    assert incident.examples[-1].shown_at == incident.onset.last_at
    assert not any(person in example.words for person in shop.people for example in incident.examples)


def test_viewers_nobody_knows_are_said_to_be_unknown():
    answers = [
        replace(answer, kind="unknown", viewer="unknown", session="") for answer in cdn_cache(Shop()) if answer.is_wrong
    ]
    [incident] = found_in(answers).incidents
    assert not incident.viewers_known


def test_answers_without_times_are_no_reason_to_stop():
    answers = [
        replace(answer, at=None) if answer.is_wrong and number % 5 == 0 else answer
        for number, answer in enumerate(cdn_cache(Shop()))
    ]
    assert sum(incident.answers for incident in found_in(answers).incidents) == sum(a.is_wrong for a in answers)


def test_the_same_ledger_gives_the_same_incidents():
    answers = conn_desync(Shop())
    assert found_in(answers) == found_in(list(reversed(answers)))


@pytest.mark.parametrize("seed", range(2, 6))
def test_a_desync_seen_without_ids_of_connections_is_still_no_race(seed):
    [incident] = found_in(without_workers(conn_desync(Shop(seed=seed)))).incidents
    assert incident.cause.cause is CauseClass.DESYNC


def test_a_clock_that_stands_still_decides_nothing_falsely():
    noon = Shop().late(0)
    answers = [replace(answer, at=noon + timedelta(seconds=0), took_ms=None) for answer in cdn_cache(Shop())]
    causes = {incident.cause.cause for incident in found_in(answers).incidents}
    assert causes <= {CauseClass.SHARED_CACHE, CauseClass.UNKNOWN}
