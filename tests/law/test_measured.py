"""Facts from a measured workspace: counts that add up, and never a person."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pytest

from spillkit.cause.incident import CauseClass
from spillkit.cli import main
from spillkit.errors import InputError
from spillkit.law.decide import decide
from spillkit.law.measured import Measured, count_groups, intent, measure_facts, place_people, read_entities
from spillkit.schemas import COVERAGE, DAMAGES, EXPOSURES
from spillkit.scope.measure import connected, open_scope
from spillkit.settings import open_workspace
from tests.world import ALICE, BOB, Recording, account_page, write_people, write_sessions

from .small import WORDS

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
ENTITIES = """
version = 1
[[entities]]
id = "shop-eu"
name = "Shop"
established = ["LU"]
main_establishment = "LU"
"""


@pytest.fixture
def scanned(tmp_path, monkeypatch, capsys):
    """A workspace in which Alice's page was shown to Bob."""
    monkeypatch.chdir(tmp_path)
    recording = Recording()
    recording.answer(account_page(BOB), to=BOB)
    recording.answer(account_page(ALICE), to=BOB)
    recording.write(Path("day1.jsonl"))
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    assert main(["init"]) == 0
    assert main(["people", "add", "customers.csv"]) == 0
    assert main(["scan", "day1.jsonl", "--viewer-from", "cookie:sessionid,sessions.csv"]) == 0
    capsys.readouterr()
    return open_workspace(tmp_path / "spill")


def test_a_page_of_alice_shown_to_bob_becomes_one_person_in_france(scanned):
    facts = measure_facts(scanned, WORDS, now=NOW)
    [population] = facts.populations
    assert (population.country, population.people, population.people_upper) == ("FR", 1, None)
    assert {"name", "email"} <= set(population.fields)
    assert facts.shown_to == ("subject",)
    assert facts.coverage == 1
    assert facts.began_at is not None
    assert not facts.milestones
    written = msgspec.json.encode(facts).decode()
    assert not any(secret in written for secret in (*ALICE.secrets, *BOB.secrets, ALICE.id, BOB.id))


def test_one_incident_has_the_facts_of_that_incident(scanned):
    one = measure_facts(scanned, WORDS, now=NOW, incident=1)
    assert one.incident == "1"
    assert [population.people for population in one.populations] == [1]
    with pytest.raises(InputError, match="no incident 7"):
        measure_facts(scanned, WORDS, now=NOW, incident=7)


def test_without_entities_the_establishment_is_asked_for_and_with_them_it_is_known(scanned):
    [entity] = measure_facts(scanned, WORDS, now=NOW).entities
    found = decide(measure_facts(scanned, WORDS, now=NOW), WORDS, now=NOW)
    assert f"established@{entity.id}" in found.questions
    (scanned.root / "entities.toml").write_text(ENTITIES.replace("shop-eu", entity.id), encoding="utf-8")
    facts = measure_facts(scanned, WORDS, now=NOW)
    assert facts.entities[0].main_establishment == "LU"
    assert f"established@{entity.id}" not in decide(facts, WORDS, now=NOW).questions


def test_nothing_scanned_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    with pytest.raises(InputError, match="Nothing was scanned"):
        measure_facts(open_workspace(tmp_path / "spill"), WORDS, now=NOW)


@pytest.mark.parametrize(
    "text",
    [
        "version = 2\nentities = []",
        "version = 1",
        "version = 1\n[[entities]]\nname = 'x'",
        "[",
        "version = 1\nother = 2\nentities = []",
    ],
)
def test_an_entities_file_that_says_something_else_is_refused(tmp_path, text):
    path = tmp_path / "entities.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"entities\.toml"):
        read_entities(path)


def test_people_without_a_legal_entity_belong_to_the_only_one_there_is(tmp_path):
    path = tmp_path / "entities.toml"
    path.write_text(ENTITIES, encoding="utf-8")
    known = read_entities(path)
    groups = [Measured("", "FR", "", ("name",), 3, 5), Measured("other", "DE", "consumer", ("name",), 0, 2)]
    populations, entities = place_people(groups, known)
    assert [(one.entity, one.people, one.people_upper) for one in populations] == [("shop-eu", 3, 5), ("other", 0, 2)]
    assert [entity.id for entity in entities] == ["shop-eu", "other"]
    alone, both = place_people(groups, ())
    assert [one.entity for one in alone] == ["company", "other"]
    assert [entity.id for entity in both] == ["company", "other"]


def exposures(rows):
    """Exposures from (subject, field, evidence); everything else is one answer to Bob."""
    blank = {
        "source": "a" * 16, "entry": 0, "shown_at": NOW, "channel": "http", "method": "GET", "route": "/", "status": 200,
        "viewer": "bob", "viewer_kind": "subject", "viewer_from": "cookie", "session": "", "because": "", "bearers": 1,
        "start": 0, "end": 1, "rule": "none",
    }  # fmt: skip
    return pa.Table.from_pylist(
        [{**blank, "subject": subject, "field": field, "evidence": evidence} for subject, field, evidence in rows],
        schema=EXPOSURES,
    )


def test_confirmed_people_and_possible_ones_are_counted_apart():
    rows = [
        ("a", "e-mail", "confirmed"), ("a", "name", "confirmed"), ("a", "phone", "possible"), ("b", "name", "possible"),
        ("c", "name", "possible"), ("d", "rendered-for", "confirmed"), ("e", "e-mail", "confirmed"), ("e", "name", "confirmed"),
    ]  # fmt: skip
    subjects = pa.table(
        {
            "subject": ["a", "b", "c", "d"],
            "country": ["FR", "FR", "", "FR"],
            "account_type": ["business", "", "", "consumer"],
        }
    )
    tables = {"exposures": exposures(rows), "coverage": COVERAGE.empty_table(), "damages": DAMAGES.empty_table()}
    with connected(tables) as connection, open_scope(connection, subjects) as scope:
        groups = count_groups(scope, WORDS)
    assert {(one.country, one.account, one.fields, one.confirmed, one.at_most) for one in groups} == {
        ("FR", "business", ("name", "email"), 1, 1),
        ("FR", "", ("name",), 0, 1),
        ("", "", ("name",), 0, 1),
        ("FR", "consumer", ("document",), 1, 1),
        ("", "", ("name", "email"), 1, 1),
    }


# Causes of the incidents at hand, and whether somebody did it on purpose.
PURPOSES = {
    "a cache": ([CauseClass.SHARED_CACHE], "no"),
    "staff": ([CauseClass.STAFF, CauseClass.CACHE], "yes"),
    "nobody knows": ([CauseClass.CACHE, CauseClass.UNKNOWN], ""),
    "somebody walked through the numbers": ([CauseClass.ENUMERATION], ""),
    "no incident was looked for": ([], ""),
}


@pytest.mark.parametrize(("causes", "said"), PURPOSES.values(), ids=PURPOSES)
def test_causes_tell_purpose_only_where_they_can(causes, said):
    class One:
        def __init__(self, cause):
            self.cause = type("C", (), {"cause": cause})

    assert intent([One(cause) for cause in causes]) == said
