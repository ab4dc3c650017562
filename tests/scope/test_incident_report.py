"""What the report says of causes: whole for those who work on it, cut for an authority, nothing for the public."""

from __future__ import annotations

import re
import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from spillkit.cause.compare import compare, count_shared
from spillkit.cause.incident import CauseClass, Change, Incident
from spillkit.cause.kept import INCIDENT_ROWS
from spillkit.scope.audience import for_audience
from spillkit.scope.cause_words import CAUSE_WORDS, cause_confidence, cause_meaning, incident_line
from spillkit.scope.incident_page import view_of
from spillkit.scope.incidents import MOST_CHANGES, changes_around, sum_up
from spillkit.scope.measure import Caused, connected, open_scope
from spillkit.scope.measurement import Input, Measurement
from spillkit.scope.questions import answer_questions
from spillkit.scope.report import write_report
from tests.cause.handmade import FIRST, cause, example, incident, onset, sign, staff, unknown
from tests.scope import incidents as scope_incidents
from tests.scope.incidents import NOW, coverage_row, exposure
from tests.scope.telephone import measured_widths
from tests.scope.test_report import HOSTILE, Page

CHANGES = (
    Change(at=FIRST - timedelta(minutes=2), what="cdn rules 4711"),
    Change(at=FIRST + timedelta(minutes=20), what="certificate renewed"),
)


def measured(*incidents: Incident, changes: tuple[Change, ...] = CHANGES, subject: str = "c_alice") -> Measurement:
    """A measurement in which each incident has one answer, one minute apart."""
    exposures = [
        exposure(subject=subject, entry=n, shown_at=FIRST + timedelta(minutes=n)) for n in range(len(incidents))
    ]
    tables = scope_incidents.Incident(exposures=exposures, coverage=[coverage_row(exchanges=20)]).tables()
    subjects = tables.pop("subjects")
    rows = [
        {"source": row["source"], "entry": row["entry"], "viewer": row["viewer"], "incident": one.number}
        for row, one in zip(exposures, incidents)
    ]
    tables["incident_rows"] = pa.Table.from_pylist(rows, schema=INCIDENT_ROWS)
    with connected(tables) as connection, open_scope(connection, subjects, 100) as scope:
        summaries = sum_up(connection, incidents, changes)
        traits = [summary.traits for summary in summaries]
        compared = [
            compare(one, two, directory_size=100, shared=count_shared(connection, one.number, two.number))
            for one, two in pairwise(traits)
        ]
        inputs = [Input(source="aaaaaaaaaaaaaaaa", name="edge.jsonl", digest="0" * 64)]
        return scope.measure(now=NOW, inputs=inputs, caused=Caused(summaries, compared=compared))


def words(measurement: Measurement, **how: str) -> str:
    return " ".join("".join(Page(write_report(measurement, **how)).text).split())


def test_each_incident_has_its_section_with_signs_for_and_against_and_its_remedy():
    said = words(measured(incident(1), incident(2, unknown())))
    assert "Incident 1: shared HTTP cache" in said
    assert "Incident 2: unknown" in said
    assert (
        said.index("Speaks for it") < said.index("hit excess") < said.index("Speaks against it") < said.index("Remedy")
    )
    assert "Log the upstream connection id" in said
    assert "edge.jsonl" in said
    assert "Compared with others" in said


def test_steps_are_in_order_of_time_with_letters_for_changes():
    page = write_report(measured(incident(1)))
    steps = re.findall(r'<th scope="row" class="time"><bdi>[^<]*</bdi></th><td>(.*?)</td>', page)
    told = [re.sub(r"<[^>]*>", "", step).strip() for step in steps]
    start = told.index("A change: cdn rules 4711")
    assert told[start : start + 5] == [
        "A change: cdn rules 4711",
        "last clean answer of these routes",
        "first exposed answer",
        "B change: certificate renewed",
        "C change: cdn rules 4711 taken back",
    ]
    letters = re.findall(r'<text class="letter"[^>]*>(\w)</text>', page)
    assert letters == ["A", "B", "C"]


def test_an_incident_without_times_has_no_drawing():
    said = write_report(measured(incident(1, onset=onset(None)), changes=()))
    assert 'svg class="timeline"' not in said
    assert "When it was at work" not in said


def test_an_authority_reads_causes_but_not_how_to_do_it_again():
    whole = measured(incident(1), incident(2, unknown()))
    cut = for_audience(whole, "authority")
    text = write_report(cut) + msgspec.json.encode(cut).decode()
    for inner in ("/account/summary", "/orders/{id}", "cdn rules", "certificate", "edge.jsonl", "c_alice"):
        assert inner not in text, inner
    assert "shared HTTP cache" in text
    assert "hit excess" in text
    assert "no-store" in text
    assert all(summary.traits is None for summary in cut.incidents or ())


def test_the_public_reads_nothing_of_causes():
    cut = for_audience(measured(incident(1), incident(2, unknown())), "public")
    assert (cut.incidents, cut.incident, cut.fix, cut.compared) == (None, None, None, ())
    text = write_report(cut) + msgspec.json.encode(cut).decode()
    assert "cache" not in text.lower()
    assert [a.answer for a in answer_questions(cut)[7:10]] == ["Not part of this version."] * 3


def test_a_report_for_an_authority_names_no_other_report():
    whole = measured(incident(1), incident(2))
    other = msgspec.structs.replace(whole.compared[0], second="incident 1 of acme-march.json")
    cut = for_audience(msgspec.structs.replace(whole, compared=(other,)), "authority")
    assert cut.compared[0].second == "incident 1 of another report"


ANSWERS = {
    "sure": ((incident(1),), "confirmed", "Shared HTTP cache. A cache between"),
    "few answers": ((incident(1, answers=9),), "possible", "Shared HTTP cache."),
    "low score": ((incident(1, cause(score=0.5)),), "possible", "Shared HTTP cache."),
    "not decided": (
        (incident(1, unknown()),),
        "unknown",
        "Unknown, because what is recorded does not decide it. The best guess",
    ),
    "staff": ((incident(1, staff()),), "confirmed", "Access by staff, handed on to trace."),
    "two, one not decided": (
        (incident(1), incident(2, unknown())),
        "unknown",
        "2 incidents. Incident 1: shared HTTP cache",
    ),
    "none": ((), "unknown", "Unknown, because nobody was found"),
}


@pytest.mark.parametrize(("incidents", "confidence", "begins"), ANSWERS.values(), ids=ANSWERS)
def test_question_eight_is_answered_as_surely_as_the_signs_bear(incidents, confidence, begins):
    answer = answer_questions(measured(*incidents))[7]
    assert answer.confidence == confidence
    assert answer.answer.startswith(begins)


def test_question_eight_names_the_nearest_change_and_its_signs():
    answer = answer_questions(measured(incident(1)))[7]
    assert "The nearest change before it came 2 minutes earlier: cdn rules 4711." in answer.answer
    assert answer.evidence.startswith("hit excess 0.71 (chance 0.02) of 530")
    assert "1 sign against it" in answer.evidence


def test_question_ten_says_whether_two_are_the_same():
    answer = answer_questions(measured(incident(1), incident(2)))[9]
    assert (answer.confidence, answer.answer[:42]) == ("confirmed", "Incident 1 and incident 2 are the same. Bo")
    answer = answer_questions(measured(incident(1), incident(2, unknown())))[9]
    assert answer.confidence == "unknown"


@pytest.mark.parametrize("kind", list(CauseClass))
def test_every_cause_has_words_and_none_takes_a_signed_decision(kind):
    one = incident(1, cause(kind))
    said = f"{incident_line(one)} {cause_meaning(one)} {answer_questions(measured(one))[7].answer}".lower()
    assert CAUSE_WORDS[kind].lower() in said
    assert not re.search(r"breach|hack|illegal|unlawful|negligen|liab|guilty|culprit", said)
    assert cause_confidence(incident(1, cause(kind, score=0.2))) == "unknown"


def test_nothing_about_staff_is_called_technical_or_names_anybody():
    measurement = measured(incident(1, staff(), examples=()))
    whole = write_report(measurement).lower()
    said = whole.partition('id="causes"')[2].partition('id="findings"')[0] + answer_questions(measurement)[7].answer
    assert "trace" in said
    assert "technical" not in said
    assert "c_bob" not in said


def test_only_changes_around_the_incident_are_shown_and_not_too_many():
    far = Change(at=FIRST - timedelta(days=30), what="far")
    many = [Change(at=FIRST + timedelta(seconds=n), what=f"c{n}") for n in range(200)]
    one = incident(1)
    kept = changes_around(one, [far, *many])
    assert len(kept) == MOST_CHANGES
    assert far not in kept
    assert {one.onset.began_with, one.onset.ended_with} <= set(kept)
    assert list(kept) == sorted(kept, key=lambda change: change.at)


def test_the_drawing_shows_the_incident_and_what_lies_near_it():
    view = view_of(measured(incident(1)).incidents[0])
    assert view.holds(FIRST)
    assert view.holds(FIRST - timedelta(minutes=2))
    assert not view.holds(FIRST - timedelta(days=1))
    lone = incident(
        1, onset=onset(minutes=0, clean_before=FIRST - timedelta(days=90), began_with=None, ended_with=None)
    )
    assert view_of(measured(lone, changes=()).incidents[0]).to_at - FIRST < timedelta(hours=1)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_hostile_texts_of_changes_routes_and_signs_are_printed_and_never_run(text):
    change = Change(at=FIRST - timedelta(minutes=1), what=text)
    evil = cause(
        facts=(text,), remedy=text, missing=text, evidence_for=(msgspec.structs.replace(sign(), name=text, words=text),)
    )
    one = incident(
        1,
        evil,
        routes=(text,),
        channel=text,
        onset=onset(began_with=change, ended_with=change),
        examples=(example(1, source=text, route=text, method=text, words=text),),
    )
    html = write_report(measured(one, incident(2, routes=(text,)), changes=(change,)))
    page = Page(html)
    assert not {"script", "img", "iframe", "object", "embed", "link", "base", "form", "input"} & {
        t for t, _ in page.tags
    }
    for _, attributes in page.tags:
        assert not any(name.startswith("on") or name in ("style", "src", "xlink:href") for name in attributes)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", html)
    if text.isprintable():
        assert text in "".join(page.text)


@pytest.mark.server
@pytest.mark.skipif(shutil.which("chromium") is None, reason="Debian's chromium is not installed")
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_incidents_need_no_scrolling_sideways_on_a_telephone(tmp_path: Path, direction):
    one = incident(1, routes=("GET /" + "a-very-long-route-without-any-end/" * 8,))
    page = write_report(measured(one, incident(2, unknown())), direction=direction)
    wide, given = measured_widths(page, tmp_path)
    assert wide <= given


def test_code_in_a_sentence_is_set_as_code_and_still_escaped():
    page = write_report(measured(incident(1, cause(remedy="Send `<b>x</b>` and `y`. Then ` alone."))))
    assert "Send `&lt;b&gt;x&lt;/b&gt;` and `y`. Then ` alone." in page
    page = write_report(measured(incident(1, cause(remedy="Send `<b>x</b>` and `y`."))))
    assert "Send <code><bdi>&lt;b&gt;x&lt;/b&gt;</bdi></code> and <code><bdi>y</bdi></code>." in page
