"""Every number has a plain twin that is easy to believe."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from spillkit.model import Field, ViewerKind
from spillkit.schemas import COVERAGE, DAMAGES, EXPOSURES
from spillkit.scope.measure import measure
from tests.scope.incidents import NOW, START, SUBJECTS, Incident, coverage_row, exposure

FIELDS = [field.label for field in Field]
KINDS = {"c_bob": "subject", "c_dan": "subject", "staff:carol": "staff", "crawler:x": "crawler", "unknown": "unknown"}


@st.composite
def exposures(draw):
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"]),
                st.integers(0, 3),
                st.sampled_from(list(KINDS)),
                st.sampled_from(["c_1", "c_2", "c_3", "c_4", "=c_5", "c\u202e_6"]),
                st.sampled_from(FIELDS),
                st.sampled_from(["confirmed", "possible"]),
            ),
            max_size=40,
        )
    )
    # Route and time belong to the entry: one answer has one of each.
    return [
        exposure(
            source=source,
            entry=entry,
            route=f"/r{entry % 2}",
            shown_at=None if entry == 3 else START + timedelta(minutes=entry * 7, seconds=entry),
            viewer=viewer,
            viewer_kind=KINDS[viewer],
            subject=subject,
            field=field,
            evidence=evidence,
        )
        for source, entry, viewer, subject, field, evidence in rows
    ]


ATTRIBUTES = [
    {"subject": "c_1", "country": "IT", "language": "it", "account_type": "consumer", "legal_entity": "A"},
    {"subject": "c_2", "country": "IT", "language": "it", "account_type": "business", "legal_entity": None},
    {"subject": "c_3", "country": "MT", "language": "en", "account_type": None, "legal_entity": "B"},
    {"subject": "=c_5", "country": None, "language": None, "account_type": "consumer", "legal_entity": "A"},
    {"subject": "c_unaffected", "country": "SG", "language": "en", "account_type": "consumer", "legal_entity": "A"},
]


def evidence_by(rows, key):
    """Confirmed and possible people under each key: a person is confirmed where one row of the person is."""
    best = defaultdict(dict)
    for row in rows:
        for one in key(row):
            best[one][row["subject"]] = best[one].get(row["subject"], False) or row["evidence"] == "confirmed"
    return {one: (sum(people.values()), len(people) - sum(people.values())) for one, people in best.items()}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(exposures())
def test_every_count_is_what_a_plain_count_gives(rows):
    incident = Incident(
        exposures=rows, subjects=ATTRIBUTES, coverage=[coverage_row(route="/r0"), coverage_row(route="/r1")]
    )
    m = measure(**incident.tables(), now=NOW)
    attributes = {row["subject"]: row for row in ATTRIBUTES}
    answer = {(row["source"], row["entry"], row["viewer"]) for row in rows}

    total = evidence_by(rows, lambda row: [""]).get("", (0, 0))
    assert (m.people.confirmed, m.people.possible) == total
    assert m.viewers == len({row["viewer"] for row in rows})
    assert m.answers_exposed == len(answer)
    times = [row["shown_at"] for row in rows if row["shown_at"]]
    sure = [row["shown_at"] for row in rows if row["shown_at"] and row["evidence"] == "confirmed"] or times
    assert (m.first_at, m.last_at) == (min(sure, default=None), max(sure, default=None))
    certain = {row["viewer"] for row in rows if row["evidence"] == "confirmed"}
    assert m.viewers_possible == len({row["viewer"] for row in rows} - certain)
    assert m.possible_outside == ((min(sure), max(sure)) != (min(times), max(times)) if times else False)

    for name, counts in (
        ("country", m.by_country),
        ("account_type", m.by_account_type),
        ("legal_entity", m.by_legal_entity),
    ):
        plain = evidence_by(rows, lambda row, name=name: [attributes.get(row["subject"], {}).get(name) or ""])
        assert {c.label: (c.confirmed, c.possible) for c in counts} == plain
        assert list(counts) == sorted(counts, key=lambda c: (-c.confirmed, -c.possible, c.label))
    assert {c.label: (c.confirmed, c.possible) for c in m.by_field} == evidence_by(rows, lambda row: [row["field"]])
    kinds = evidence_by(rows, lambda row: [row["viewer_kind"]])
    viewers = Counter(kind for _, kind in {(row["viewer"], row["viewer_kind"]) for row in rows})
    assert {k.kind: (k.viewers, k.confirmed, k.possible) for k in m.by_viewer_kind} == {
        kind: (viewers[kind], *counts) for kind, counts in kinds.items()
    }

    fields, confirmed = defaultdict(set), defaultdict(set)
    for row in rows:
        fields[row["subject"]].add(row["field"])
        if row["evidence"] == "confirmed":
            confirmed[row["subject"]].add(row["field"])
    plain_sets = Counter((tuple(f for f in FIELDS if f in have), bool(confirmed[s])) for s, have in fields.items())
    assert {(s.fields, True): s.confirmed for s in m.field_sets if s.confirmed} | {
        (s.fields, False): s.possible for s in m.field_sets if s.possible
    } == dict(plain_sets)

    assert [p.subject for p in m.first_people] == sorted(fields)
    for person in m.first_people:
        own = [row for row in rows if row["subject"] == person.subject]
        assert set(person.confirmed_fields) == confirmed[person.subject]
        assert set(person.possible_fields) == fields[person.subject] - confirmed[person.subject]
        assert person.viewers == len({row["viewer"] for row in own})
        assert person.answers == len({(row["source"], row["entry"], row["viewer"]) for row in own})

    plain_routes = evidence_by(rows, lambda row: [row["route"]])
    assert {f.route: (f.confirmed, f.possible) for f in m.findings} == plain_routes
    assert [f.number for f in m.findings] == list(range(1, len(plain_routes) + 1))
    for finding in m.findings:
        own = [row for row in rows if row["route"] == finding.route]
        assert finding.viewers == len({row["viewer"] for row in own})
        assert finding.answers_exposed == len({(row["source"], row["entry"], row["viewer"]) for row in own})
        assert set(finding.fields) == {row["field"] for row in own}

    slices = defaultdict(lambda: (set(), set()))
    for row in rows:
        if row["shown_at"]:
            slices[row["shown_at"].replace(second=0)][0].add((row["source"], row["entry"], row["viewer"]))
            slices[row["shown_at"].replace(second=0)][1].add(row["subject"])
    assert m.histogram.bin_seconds == 60
    assert [(b.start_at, b.answers, b.people) for b in m.histogram.bins] == [
        (when, len(answers), len(people)) for when, (answers, people) in sorted(slices.items())
    ]
    assert m.histogram.untimed_answers == len(
        {(r["source"], r["entry"], r["viewer"]) for r in rows if not r["shown_at"]}
    )
    figure = m.people
    if figure.estimate is not None:
        assert figure.confirmed <= figure.estimate <= figure.interval_high
    if figure.confirmed is not None:
        assert figure.confirmed + figure.possible <= figure.upper_bound


def test_the_same_ledger_gives_the_same_measurement():
    incident = Incident(exposures=[exposure(), exposure(subject="c_x", field="name")], coverage=[coverage_row()])
    first, second = (measure(**incident.tables(), now=NOW) for _ in range(2))
    assert msgspec.json.encode(first) == msgspec.json.encode(second)


def test_a_message_to_three_people_is_three_answers():
    rows = [exposure(viewer=viewer) for viewer in ("c_bob", "c_dan", "c_eve")]
    m = measure(**Incident(exposures=rows, coverage=[coverage_row()]).tables(), now=NOW)
    assert (m.people.confirmed, m.viewers, m.answers_exposed) == (1, 3, 3)


def test_a_clean_and_whole_recording_says_nobody_and_of_how_many_answers():
    m = measure(
        EXPOSURES.empty_table(),
        _covered([coverage_row(exchanges=500, with_body=500, with_viewer=500)]),
        DAMAGES.empty_table(),
        SUBJECTS.empty_table(),
        now=NOW,
    )
    assert (m.people.confirmed, m.people.possible, m.people.complete) == (0, 0, True)
    assert m.people.interval_high == m.people.upper_bound == 0
    assert "500 answers" in m.people.method


def test_missing_bodies_never_give_a_nought():
    row = coverage_row(exchanges=500, with_body=0, with_viewer=500)
    m = measure(EXPOSURES.empty_table(), _covered([row]), DAMAGES.empty_table(), SUBJECTS.empty_table(), now=NOW)
    assert (m.people.confirmed, m.people.upper_bound) == (None, None)
    assert "No recording with bodies" in m.people.method


def test_with_no_recording_at_all_nothing_is_known():
    m = measure(
        EXPOSURES.empty_table(),
        COVERAGE.empty_table(),
        DAMAGES.empty_table(),
        SUBJECTS.empty_table(),
        now=NOW,
        directory_size=40,
    )
    assert (m.people.confirmed, m.people.upper_bound) == (None, 40)


def test_a_clean_part_leaves_room_for_what_was_not_looked_at():
    row = coverage_row(exchanges=500, with_body=400, with_viewer=500)
    m = measure(EXPOSURES.empty_table(), _covered([row]), DAMAGES.empty_table(), SUBJECTS.empty_table(), now=NOW)
    assert m.people.confirmed == 0
    assert 1 <= m.people.interval_high <= 3
    assert m.people.upper_bound == 100


# What was looked at: rows, then known and looked-at answers.
LOOKED_AT = {
    "a log beside a recording speaks of the same answers": (
        [
            coverage_row(exchanges=8, with_body=8, with_viewer=8),
            coverage_row(source="l", exchanges=10, with_body=0, viewer_kind="unknown", with_viewer=0),
        ],
        (10, 8),
    ),
    "two recordings of two edges add up": ([coverage_row(), coverage_row(source="b")], (20, 10 + 10)),
    "a sample of a quarter stands for four times as many": ([coverage_row(sampled_share=0.25)], (40, 10)),
    "an unknown viewer is not looked at": ([coverage_row(viewer_kind="unknown", with_viewer=0)], (10, 0)),
    "answers that have no body are in no count": (
        [coverage_row(), coverage_row(status=304, with_body=0), coverage_row(method="HEAD", with_body=0)],
        (10, 10),
    ),
    "a log of another minute adds up": (
        [coverage_row(), coverage_row(source="l", slice_at=START + timedelta(minutes=1), with_body=0)],
        (20, 10),
    ),
}


@pytest.mark.parametrize(("rows", "expected"), LOOKED_AT.values(), ids=LOOKED_AT)
def test_what_was_looked_at(rows, expected):
    m = measure(EXPOSURES.empty_table(), _covered(rows), DAMAGES.empty_table(), SUBJECTS.empty_table(), now=NOW)
    assert (m.coverage.known, m.coverage.looked_at) == expected


def test_a_damaged_part_is_told_and_widens_the_bound():
    damage = {"source": "aaaaaaaaaaaaaaaa", "entry": 4, "offset": 9, "reason": "cut", "lost_exchanges": 7}
    m = measure(**Incident(exposures=[exposure()], coverage=[coverage_row()], damages=[damage]).tables(), now=NOW)
    assert not m.people.complete
    assert m.people.upper_bound == 1 + 7
    assert m.coverage.damages[0].reason == "cut"


def test_the_bound_is_never_more_than_the_customer_list():
    row = coverage_row(exchanges=1000, with_body=10, with_viewer=1000)
    m = measure(**Incident(exposures=[exposure()], coverage=[row]).tables(), now=NOW, directory_size=50)
    assert m.people.upper_bound == 50
    assert m.people.interval_high <= 50


def test_a_silent_stretch_is_a_gap():
    rows = [coverage_row(slice_at=START + timedelta(minutes=m)) for m in (*range(60), *range(300, 360))]
    m = measure(EXPOSURES.empty_table(), _covered(rows), DAMAGES.empty_table(), SUBJECTS.empty_table(), now=NOW)
    assert [(g.from_at, g.to_at) for g in m.coverage.gaps] == [
        (START + timedelta(minutes=60), START + timedelta(minutes=300))
    ]


def test_slices_grow_with_the_span():
    rows = [exposure(entry=i, shown_at=START + timedelta(days=30 * i)) for i in range(13)]
    m = measure(**Incident(exposures=rows, coverage=[coverage_row()]).tables(), now=NOW)
    assert m.histogram.bin_seconds == 172_800
    assert len(m.histogram.bins) == 13


def test_every_kind_of_viewer_is_told_apart():
    rows = [exposure(viewer=f"v_{kind}", viewer_kind=kind.value) for kind in ViewerKind]
    m = measure(**Incident(exposures=rows, coverage=[coverage_row()]).tables(), now=NOW)
    assert [k.kind for k in m.by_viewer_kind] == [kind.value for kind in ViewerKind]


def _covered(rows):
    return Incident(coverage=rows).tables()["coverage"]
