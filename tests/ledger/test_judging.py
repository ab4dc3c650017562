"""A judgement over the ledger: findings, what changed, proposals; again and again without the recordings."""

from __future__ import annotations

import pytest

from spillkit.entitlement import Rules, parse_rules
from spillkit.errors import InputError
from spillkit.ledger import Ledger, judge, read_exposures, read_judgement
from spillkit.ledger.explaining import explain
from tests.entitlement.sightings import Seen
from tests.ledger.rows import contents, record
from tests.world import ALICE, BOB

A, B = ALICE.id, BOB.id
PUBLIC = 'version = 1\n[[public]]\nroute = "GET /issue*"\nfields = ["name"]\nreason = "a tracker"\n'


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(
        ledger,
        Seen(A, A, entry=0),
        Seen(B, A, entry=1),
        Seen(B, A, "phone", entry=1, start=40),
        Seen("c_3", A, entry=2),
        Seen("c_3", B, entry=3, route="/zoo"),
        Seen("c_3", A, "name", entry=4, route="/issue{n}", evidence="possible"),
        Seen("unknown", A, kind="unknown", entry=5),
    )
    return ledger


def test_findings_are_numbered_by_people_confirmed_then_possible_then_route(ledger):
    judgement = judge(ledger, Rules()).judgement
    assert [(finding.number, finding.route, finding.evidence) for finding in judgement.findings] == [
        (1, "/account/summary", "confirmed"),
        (2, "/zoo", "confirmed"),
        (3, "/issue{n}", "possible"),
    ]
    first = judgement.findings[0]
    assert (first.exposures, first.answers, first.answers_seen, first.subjects, first.viewers) == (3, 2, 6, 1, 2)
    assert first.fields == ("e-mail", "phone")
    assert (judgement.sightings, judgement.own, judgement.exposures, judgement.undecided) == (7, 1, 5, 1)


def test_a_new_rule_applies_to_what_was_scanned_before_and_says_what_changed(ledger):
    judge(ledger, Rules())
    report = judge(ledger, parse_rules(PUBLIC))
    assert [(change.route, change.new, change.vanished) for change in report.changes] == [("/issue{n}", 0, 1)]
    back = judge(ledger, Rules())
    assert [(change.route, change.new, change.vanished) for change in back.changes] == [("/issue{n}", 1, 0)]


def test_judging_again_changes_nothing(ledger):
    judge(ledger, Rules())
    before = contents(ledger.path)
    report = judge(ledger, Rules())
    assert not report.is_first
    assert report.changes == ()
    assert contents(ledger.path) == before


def test_the_view_of_exposures_is_the_judgement_that_counts(ledger):
    judge(ledger, Rules())
    assert ledger.query("FROM exposures").num_rows == 5
    judge(ledger, parse_rules(PUBLIC))
    assert ledger.query("FROM exposures").num_rows == 4
    assert read_judgement(ledger).exposures == 4
    assert len(list((ledger.path / "judgements").iterdir())) == 1


def test_exposures_of_one_finding_come_in_order(ledger):
    judgement = judge(ledger, Rules()).judgement
    rows = [row for batch in read_exposures(ledger, judgement.finding(1)) for row in batch]
    assert [(row["source"], row["entry"], row["viewer"], row["field"]) for row in rows] == [
        ("day1.har", 1, B, "e-mail"),
        ("day1.har", 1, B, "phone"),
        ("day1.har", 2, "c_3", "e-mail"),
    ]
    with pytest.raises(InputError, match="go from 1 to 3"):
        judgement.finding(4)


def test_a_verdict_is_explained_in_words(ledger):
    rules = parse_rules(PUBLIC)
    judgement = judge(ledger, Rules()).judgement
    [shown] = explain(ledger, rules, judgement.finding(3), A, everything=True)
    assert (shown.verdict.outcome, shown.verdict.rule) == ("entitled", "public-1")
    assert "a tracker" in shown.verdict.words
    words = [
        (one.viewer, one.verdict.outcome) for one in explain(ledger, rules, judgement.finding(1), A, everything=True)
    ]
    assert (A, "entitled") in words
    assert ("unknown", "undecided") in words
    assert [one.viewer for one in explain(ledger, rules, judgement.finding(1), A, viewer="c_3")] == ["c_3"]


def test_names_shown_to_everybody_are_proposed_as_public_and_not_applied(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    shown = [
        Seen(
            f"c_v{number}",
            f"c_{writer}",
            "name",
            entry=number,
            start=writer * 20,
            route="/reviews",
            evidence="possible",
        )
        for number in range(25)
        for writer in range(3)
    ]
    record(
        ledger,
        *shown,
        Seen("anonymous", "c_1", "name", kind="anonymous", entry=30, route="/reviews", evidence="possible"),
    )
    judgement = judge(ledger, Rules()).judgement
    [proposal] = judgement.suggestions
    assert (proposal.route, proposal.field, proposal.viewers, proposal.signed_out) == ("/reviews", "name", 26, 1)
    assert judgement.exposures == 76
    allowed = judge(ledger, parse_rules("version = 1\n" + proposal.rule)).judgement
    assert (allowed.exposures, allowed.suggestions) == (0, ())


@pytest.mark.parametrize("field", ["e-mail", "phone", "address"])
def test_contact_data_shown_to_everybody_is_never_proposed_as_public(field, tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    shown = [Seen(f"c_v{number}", A, field, entry=number, route="/reviews") for number in range(25)]
    record(ledger, *shown, Seen("anonymous", A, field, kind="anonymous", entry=30, route="/reviews"))
    assert judge(ledger, Rules()).judgement.suggestions == ()


SESSION = "f" * 16


def inferring(*routes: str) -> Rules:
    listed = ", ".join(f'"{route}"' for route in routes)
    return parse_rules(f"version = 1\ninfer_viewers = true\naccount_routes = [{listed}]\n")


def unknown(entry: int, subject: str, route: str = "/account/summary", **more: object) -> Seen:
    return Seen(f"unknown:{SESSION}", subject, kind="unknown", session=SESSION, entry=entry, route=route, **more)


INFERRED = {
    "two account pages of Alice, then Bob's order": (
        [unknown(0, A), unknown(1, A), unknown(2, B, "/orders/{n}")], [(2, B, A, "possible")],
    ),
    "one account page is too few": ([unknown(0, A), unknown(2, B, "/orders/{n}")], []),
    "Alice and Bob as often as each other": (
        [unknown(0, A), unknown(1, A), unknown(2, B), unknown(3, B), unknown(4, B, "/orders/{n}")], [],
    ),
    "Alice often, Bob once": (
        [unknown(0, A), unknown(1, A), unknown(2, B), unknown(3, A)], [(2, B, A, "possible")],
    ),
    "other pages tell nothing": ([unknown(0, A, "/x"), unknown(1, A, "/x"), unknown(2, B, "/orders/{n}")], []),
    "a name that may be anybody's tells nothing": (
        [unknown(0, A, evidence="possible"), unknown(1, A, evidence="possible"), unknown(2, B, "/orders/{n}")], [],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "expected"), INFERRED.values(), ids=INFERRED)
def test_who_is_behind_an_unknown_session_is_guessed_with_care(seen, expected, tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *seen)
    judge(ledger, inferring("GET /account*"))
    rows = ledger.query(
        "SELECT entry, subject, viewer, evidence, viewer_from FROM exposures ORDER BY entry"
    ).to_pylist()
    assert [(row["entry"], row["subject"], row["viewer"], row["evidence"]) for row in rows] == expected
    assert all(row["viewer_from"] == "inferred" for row in rows)


def test_nobody_is_guessed_unless_the_rules_ask_for_it(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    record(ledger, *INFERRED["two account pages of Alice, then Bob's order"][0])
    judgement = judge(ledger, Rules()).judgement
    assert (judgement.exposures, judgement.undecided, judgement.undecided_subjects) == (0, 3, 2)
