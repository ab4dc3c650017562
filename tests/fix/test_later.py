"""What counts as later traffic: answers that could have shown the fault, and no others."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pyarrow as pa
import pytest

from spillkit.cause.incident import CauseClass, Change
from spillkit.cause.kept import INCIDENT_ROWS
from spillkit.fix.later import Repair, apart_from, counted_part, later_traffic, places_to_ask, repair_of
from spillkit.ledger.database import connect
from spillkit.schemas import COVERAGE, EXCHANGES, EXPOSURES, SIGHTINGS
from tests.fix.test_proof import incident
from tests.world import NOON

REPAIRED = NOON + timedelta(hours=2)
REPAIR = Repair(REPAIRED, "as said")


class Day:
    """Exchanges and exposures of a day, as a ledger would have them."""

    def __init__(self):
        self.exchanges, self.exposures, self.rows, self.coverage = [], [], [], []

    def answer(
        self,
        at,
        *,
        exposed=0,
        viewer="c_1",
        kind="subject",
        route="/account",
        status=200,
        body=7,
        channel="http",
        url=1,
    ):
        """One answer; `exposed` is the number of the incident, -1: of none."""
        entry = len(self.exchanges)
        common = {
            "source": "a" * 16, "entry": entry, "shown_at": at, "channel": channel, "method": "GET", "route": route,
            "status": status, "viewer": viewer, "viewer_kind": kind, "viewer_from": "cookie:s", "session": "",
        }  # fmt: skip
        self.exchanges.append(
            common
            | {"took_ms": None, "issued": "", "issued_to": "", "client": "", "device": "", "url": url, "object": None,
               "body": body, "body_bytes": 100 + entry, "cache": "", "age_seconds": None, "worker": "", "connection": "",
               "edge": "", "open_recipients": 0}
        )  # fmt: skip
        if at is not None:
            self.coverage.append(
                {"source": "a" * 16, "slice_at": at.replace(second=0), "channel": channel, "method": "GET", "route": route,
                 "status": status, "viewer_kind": kind, "exchanges": 1, "with_body": int(body is not None), "damaged": 0,
                 "with_viewer": int(kind != "unknown"), "sampled_share": 1.0, "body_bytes": 100}
            )  # fmt: skip
        if exposed:
            self.exposures.append(
                common
                | {"subject": "c_9", "field": "e-mail", "evidence": "confirmed", "because": "e-mail", "bearers": 1, "start": 0,
                   "end": 5, "rule": "none"}
            )  # fmt: skip
        if exposed > 0:
            self.rows.append({"source": "a" * 16, "entry": entry, "viewer": viewer, "incident": exposed})
        return self

    def open(self):
        connection = connect()
        for name, schema, rows in (
            ("exchanges", EXCHANGES, self.exchanges),
            ("exposures", EXPOSURES, self.exposures),
            ("coverage", COVERAGE, self.coverage),
            ("sightings", SIGHTINGS, []),
            ("incident_rows", INCIDENT_ROWS, self.rows),
        ):
            connection.register(name, pa.Table.from_pylist(rows, schema=schema))
        return connection

    def later(self, what=None, repair=REPAIR, apart=frozenset()):
        with self.open() as connection:
            return later_traffic(connection, what or incident(), repair, apart)


def during(minutes=10):
    return NOON + timedelta(minutes=minutes)


def since(minutes=10):
    return REPAIRED + timedelta(minutes=minutes)


@pytest.fixture
def day():
    """Four answers while the fault was at work, one of them exposed."""
    found = Day().answer(during(), exposed=1)
    for _ in range(3):
        found.answer(during(20))
    return found


def counts(later):
    [route] = later.routes
    return route.answers_then, route.exposed_then, route.answers_since, route.exposed_since


def test_answers_are_counted_by_before_and_since(day):
    later = day.answer(NOON - timedelta(minutes=1)).answer(since()).answer(since(70), exposed=-1).later()
    assert counts(later) == (4, 1, 2, 1)
    assert (later.first_at, later.last_at, later.minutes) == (since(), since(70), 2)
    assert later.viewer_kinds == ("subject",)


NOT_COUNTED = {
    "another route": {"route": "/products"},
    "an error page": {"status": 500},
    "a refusal": {"status": 404},
    "no body": {"body": None},
    "a viewer of a kind to whom nobody was shown": {"kind": "staff"},
    "a viewer whom nobody knows": {"kind": "unknown"},
}


@pytest.mark.parametrize("answer", NOT_COUNTED.values(), ids=NOT_COUNTED)
def test_what_could_not_have_shown_the_fault_is_not_counted(day, answer):
    assert counts(day.answer(since(), **answer).later()) == (4, 1, 0, 0)


def test_an_exposed_answer_counts_since_whatever_its_status(day):
    assert counts(day.answer(since(), exposed=-1, status=500).later()) == (4, 1, 1, 1)


def test_exposures_of_another_cause_from_before_are_counted_apart(day):
    day.answer(during(), exposed=2).answer(since(), exposed=2)
    later = day.later(apart=frozenset({2}))
    assert (counts(later), later.other_exposed) == ((5, 1, 1, 0), 1)
    assert counts(day.later()) == (5, 1, 1, 1)


def test_only_incidents_with_another_cause_from_before_the_repair_stand_apart():
    other = incident(CauseClass.REQUEST_RACE, number=2)
    same = incident(CauseClass.SHARED_CACHE, number=3)
    onset = msgspec.structs.replace(other.onset, first_at=since())
    new = msgspec.structs.replace(other, number=4, onset=onset)
    assert apart_from(incident(), [incident(), other, same, new], REPAIR) == {2}


def test_answers_without_a_time_are_told_apart(day):
    later = day.answer(None).later()
    assert (counts(later), later.untimed) == ((4, 1, 0, 0), 1)


def test_coverage_tells_what_could_not_be_looked_at(day):
    later = day.answer(since()).answer(since(), body=None).answer(since(), kind="unknown").answer(since()).later()
    assert (later.known_since, later.looked_at_since) == (4, 2)


def test_a_viewer_who_was_corrected_is_found_by_the_place_of_the_answer(day):
    # The exchange says who the session belonged to; the exposure says who held it.
    day.answer(during(30), exposed=1, viewer="c_1")
    day.exposures[-1]["viewer"] = day.rows[-1]["viewer"] = "c_2"
    assert counts(day.later()) == (5, 2, 0, 0)


def test_a_route_with_namesakes_only_is_no_part_of_what_was_repaired(day):
    day.answer(during(), exposed=1, route="/reviews")
    day.exposures[-1]["evidence"] = "possible"
    both = incident(routes=("GET /account", "GET /reviews"))
    with day.open() as connection:
        assert counted_part(connection, both).routes == ("GET /account",)
        # Where nothing surer was shown anywhere, names alone are what was repaired.
        names = msgspec.structs.replace(both, subjects_confirmed=0)
        assert counted_part(connection, names).routes == both.routes


def test_the_time_of_the_repair_is_as_said_else_the_change_else_the_last_exposed_answer():
    what = incident()
    assert repair_of(what, REPAIRED).at == REPAIRED
    assert repair_of(what, None).at == what.onset.last_at
    change = Change(at=REPAIRED - timedelta(minutes=3), what="rollback")
    changed = msgspec.structs.replace(what, onset=msgspec.structs.replace(what.onset, ended_with=change))
    assert repair_of(changed, None).at == change.at
    timeless = msgspec.structs.replace(what, onset=msgspec.structs.replace(what.onset, first_at=None, last_at=None))
    assert repair_of(timeless, None).at is None


def test_without_a_time_of_the_repair_nothing_is_later(day):
    assert counts(day.answer(since()).later(repair=Repair(None, "unknown")))[2:] == (0, 0)


def test_each_address_is_asked_once_and_not_without_bound(day):
    for number in range(60):
        day.answer(during(11 + number % 20), exposed=1, url=number // 2)
    with day.open() as connection:
        places = places_to_ask(connection, incident(), ["a" * 16], most=10)
        assert places_to_ask(connection, incident(), ["b" * 16]) == []
    assert len(places) == 10
    assert all(place.is_of_incident for place in places)
