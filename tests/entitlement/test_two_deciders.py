"""The fast judge decides what the plain decider decides, whatever the sightings and rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.entitlement import Outcome, Rules, find_exposures
from spillkit.entitlement.routes import RouteGlob
from spillkit.entitlement.rules import ALL_FIELDS, GRANTS, RouteRule, TableRule, bits_of_fields
from spillkit.model import Field, ViewerKind
from tests.entitlement.sightings import Seen, table, verdicts
from tests.world import NOON

PEOPLE = ["c_1", "c_2", "c_3"]
VIEWERS = [
    *((person, "subject") for person in PEOPLE),
    ("staff:carol", "staff"),
    ("staff:mallory", "staff"),
    ("partner:p", "partner"),
    ("anonymous", "anonymous"),
    ("crawler:C", "crawler"),
    ("unknown", "unknown"),
]
FIELDS = ["name", "e-mail", "rendered-for"]
TIMES = [None, *(NOON + timedelta(minutes=minute) for minute in range(4))]
ROUTES = ["/a", "/a/b", "/c"]


@st.composite
def sightings(draw) -> list[Seen]:
    seen = []
    for entry in range(draw(st.integers(1, 4))):
        viewer, kind = draw(st.sampled_from(VIEWERS))
        base = Seen(
            viewer,
            kind=kind,
            entry=entry,
            route=draw(st.sampled_from(ROUTES)),
            method=draw(st.sampled_from(["GET", "POST"])),
            at=draw(st.sampled_from(TIMES)),
            found_by=draw(st.sampled_from(["cookie:s", "inferred"])),
        )
        for start in (10, 50):
            field = draw(st.sampled_from(FIELDS))
            subjects = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, unique=True))
            for subject in subjects:
                evidence = draw(st.sampled_from(["confirmed", "possible"]))
                bearers = draw(st.sampled_from([1, len(subjects), len(subjects)]))
                seen.append(
                    replace(base, subject=subject, field=field, start=start, evidence=evidence, bearers=bearers)
                )
    return seen


field_sets = st.sets(st.sampled_from([Field.of_label(label) for label in FIELDS]), min_size=1).map(frozenset)
kinds = st.sampled_from([None, ViewerKind.STAFF, ViewerKind.SUBJECT, ViewerKind.ANONYMOUS])
globs = st.sampled_from(["GET /a*", "* /a", "HTTP *", "POST /c"]).map(RouteGlob.of_text)


@st.composite
def rule_books(draw) -> Rules:
    routes = tuple(
        RouteRule(
            id=f"route-{number}",
            reason="x",
            fields=draw(field_sets),
            routes=tuple(draw(st.lists(globs, max_size=2))),
            kind=draw(kinds),
            viewers=draw(st.none() | st.sets(st.sampled_from([viewer for viewer, _ in VIEWERS])).map(frozenset)),
        )
        for number in range(draw(st.integers(0, 2)))
    )
    tables = tuple(TableRule(f"table-{number}", "x", draw(kinds)) for number in range(draw(st.integers(0, 2))))
    rows = []
    for _ in range(draw(st.integers(0, 6)) if tables else 0):
        start = draw(st.sampled_from(TIMES))
        end = draw(
            st.sampled_from([None, *(moment for moment in TIMES if moment and (start is None or moment > start))])
        )
        rows.append(
            {
                "viewer": draw(st.sampled_from([viewer for viewer, _ in VIEWERS])),
                "subject": draw(st.sampled_from(PEOPLE)),
                "fields": draw(st.just(bits_of_fields(ALL_FIELDS)) | field_sets.map(bits_of_fields)),
                "starts_at": start,
                "ends_at": end,
                "rule": draw(st.integers(0, len(tables) - 1)),
                "reason": "x",
            }
        )
    return Rules(
        routes=routes,
        tables=tables,
        grants=pa.Table.from_pylist(rows, schema=GRANTS),
        unknown_are_possible=draw(st.booleans()),
    )


@settings(max_examples=80, deadline=None)
@given(sightings(), rule_books())
def test_the_fast_judge_finds_what_the_plain_decider_finds(seen, rules):
    expected = [
        (one.row(), verdict.evidence.value, verdict.rule)
        for one, verdict in zip(seen, verdicts(seen, rules), strict=True)
        if verdict.outcome is Outcome.EXPOSURE
    ]
    found = []
    for row in find_exposures(table(*seen), rules).to_pylist():
        moment: datetime | None = row["shown_at"]
        row["shown_at"] = moment.astimezone(UTC) if moment else None
        found.append(row)
    assert found == [{**row, "evidence": evidence, "rule": rule} for row, evidence, rule in expected]


@settings(max_examples=30, deadline=None)
@given(sightings(), rule_books())
def test_no_rule_ever_makes_an_exposure(seen, rules):
    """More rules, fewer exposures: a rule only allows."""
    without = Rules(unknown_are_possible=rules.unknown_are_possible)
    few = find_exposures(table(*seen), rules).drop_columns(["evidence"]).to_pylist()
    many = find_exposures(table(*seen), without).drop_columns(["evidence"]).to_pylist()
    assert all(row in many for row in few)
