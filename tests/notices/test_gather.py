"""One person is one notice: his fields, his times, his viewers, under his legal entity's name, in his language."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.cli import main
from spillkit.errors import LedgerError, NoticesError
from spillkit.law.books import read_books
from spillkit.notices.gather import ATTRIBUTES, Gathered, gather, gather_incident
from spillkit.notices.holds import Known
from spillkit.notices.marks import MARKS, Marks, derived_key, mailbox_mark
from spillkit.notices.merging import Decided, merge
from spillkit.notices.told import Hold, Kind, Told
from spillkit.notices.told_table import TOLD, rows_of, table_of, texts_of
from spillkit.schemas import EXPOSURES
from spillkit.scope.measure import connected
from spillkit.settings import create_workspace
from tests import world
from tests.notices.asked import (
    ALICE,
    ALICE_TOO,
    BOB,
    CORA,
    EUROPE,
    FATHER,
    MARKS_KEY,
    NOON,
    NOW,
    asked,
    shown,
    wishes,
)
from tests.world import Recording, account_page, write_people, write_sessions


def rows(gathered: Gathered) -> list[Told]:
    return sorted(rows_of(gathered.told), key=lambda told: told.subjects)


def test_alice_is_told_once_for_both_accounts_of_hers():
    [alice] = rows(
        asked(
            [ALICE, ALICE_TOO, BOB],
            [
                shown("a1", "name", to="b1", minutes=5),
                shown("a2", "e-mail", to="b1", minutes=9),
                shown("a2", "phone", to="anonymous", kind="anonymous"),
            ],
        )
    )
    assert alice.subjects == ("a1", "a2")
    assert alice.fields == ("name", "e-mail", "phone")
    assert (alice.first_at, alice.last_at) == (NOON, NOON + timedelta(minutes=9))
    assert alice.viewers == (("anonymous", 1), ("subject", 1))
    assert (alice.kind, alice.entity, alice.country, alice.languages) == (Kind.AFFECTED, "shop-eu", "FR", ("fr",))
    assert (alice.authority, alice.hold, alice.holds, alice.people) == ("eea/FR", None, (), 1)
    assert alice.mailbox == mailbox_mark("Alizee@Example.org", MARKS_KEY)
    assert len(alice.id) == 26


def test_what_her_other_account_saw_was_shown_to_nobody_else():
    gathered = asked([ALICE, ALICE_TOO, BOB], [shown("a1", to="a2"), shown("b1", to="a1")])
    assert [told.subjects for told in rows(gathered)] == [("b1",)]
    assert gathered.only_himself == 1
    # And the second viewer is no second person.
    [told] = rows(asked([ALICE, ALICE_TOO, BOB], [shown("b1", to="a1"), shown("b1", to="a2")]))
    assert told.viewers == (("subject", 1),)


def test_a_household_at_one_mailbox_gets_one_notice_without_fields():
    [told] = rows(asked([ALICE, FATHER, BOB], [shown("a1", "phone"), shown("f1", "address", minutes=3)]))
    assert (told.subjects, told.people, told.is_shared, told.fields) == (("a1", "f1"), 2, True, ())
    assert (told.first_at, told.last_at, told.hold) == (NOON, NOON + timedelta(minutes=3), None)


def test_a_mailbox_that_an_unaffected_person_reads_too_gets_no_fields():
    [told] = rows(asked([ALICE, FATHER], [shown("a1", "phone")]))
    assert (told.subjects, told.people, told.is_shared, told.fields) == (("a1",), 1, True, ())


def test_a_possible_sighting_tells_nobody():
    gathered = asked(
        [ALICE, BOB], [shown("a1", "name", evidence="possible"), shown("b1"), shown("b1", "name", evidence="possible")]
    )
    alice, bob = rows(gathered)
    assert (alice.hold, alice.fields, alice.viewers, alice.first_at) == (Hold.NAMESAKE, (), (), None)
    assert (bob.hold, bob.fields) == (None, ("e-mail",))


def test_a_namesake_that_somebody_resolved_is_told():
    [alice] = rows(asked([ALICE], [shown("a1", "name", evidence="possible")], resolved=frozenset({"a1"})))
    assert (alice.hold, alice.fields, alice.first_at, alice.viewers) == (None, ("name",), NOON, (("subject", 1),))


def test_somebody_whose_legal_entity_has_no_letterhead_is_not_told_under_anothers():
    with pytest.raises(NoticesError, match=r"1 people .*shop-ca: 1.*notices\.toml") as refused:
        asked([BOB, CORA], [shown("b1"), shown("c1")], letterheads={"shop-eu": EUROPE, "shop-uk": EUROPE})
    assert "Cora" not in str(refused.value)
    assert "c1" not in str(refused.value)


def test_with_a_single_letterhead_people_without_a_legal_entity_are_its_people():
    [told] = rows(asked([(*BOB[:5], "", "")], [shown("b1")], letterheads={"shop-eu": EUROPE}))
    assert told.entity == "shop-eu"
    with pytest.raises(NoticesError, match="no legal entity: 1"):
        asked([(*BOB[:5], "", "")], [shown("b1")])


def test_a_company_of_one_letterhead_tells_nobody_of_another_legal_entity():
    with pytest.raises(NoticesError, match="shop-ca: 1"):
        asked([CORA], [shown("c1")], letterheads={"shop-eu": EUROPE})


def test_whoever_was_deleted_since_is_held_and_not_forgotten():
    gathered = asked([BOB], [shown("gone"), shown("b1")])
    assert [(told.subjects, told.hold) for told in rows(gathered)] == [(("b1",), None), (("gone",), Hold.NO_ADDRESS)]
    assert gathered.not_listed == 1


def test_without_times_the_times_are_not_known():
    [told] = rows(asked([BOB], [shown("b1", minutes=None)]))
    assert (told.first_at, told.last_at) == (None, None)
    [told] = rows(asked([BOB], [shown("b1", minutes=None), shown("b1", minutes=2)]))
    assert (told.first_at, told.last_at) == (NOON + timedelta(minutes=2),) * 2


def test_of_two_legal_entities_the_one_of_the_first_exposure_writes():
    canadian = (*ALICE_TOO[:3], "CA", "en", "shop-ca", "")
    gathered = asked([ALICE, canadian], [shown("a1", minutes=8), shown("a2", minutes=3)])
    [told] = rows(gathered)
    assert (told.entity, told.country, told.languages) == ("shop-ca", "CA", ("en",))
    assert gathered.several_entities == 1


LANGUAGES = {
    "her account's": (("FR", "it"), ("it",)),
    "none: the country's and the service's": (("DE", ""), ("de", "en")),
    "a country of two": (("CA", ""), ("en", "fr")),
    "no text in it": (("SE", "fi"), ("sv", "en")),
    "nothing known": (("", ""), ("en",)),
}


@pytest.mark.parametrize(("account", "languages"), LANGUAGES.values(), ids=LANGUAGES)
def test_she_is_told_in_her_language(account, languages):
    [told] = rows(asked([(*BOB[:3], *account, "shop-eu", "")], [shown("b1")]))
    assert told.languages == languages


def test_a_minor_is_held_and_so_is_a_language_that_nobody_signed():
    [told] = rows(asked([BOB], [shown("b1")], minors={"b1"}, known=Known(signed=frozenset({"en"}))))
    assert (told.hold, told.holds) == (Hold.MINOR, (Hold.MINOR, Hold.NOT_SIGNED_OFF))


def test_ids_are_the_same_tomorrow_and_others_for_another_campaign_or_letter():
    def ids(**changes: object) -> list[str]:
        return asked([ALICE, BOB], [shown("a1"), shown("b1")], **changes).told.column("id").to_pylist()

    assert ids() == ids()
    assert len({*ids(), *ids(campaign="2026-12"), *ids(kind=Kind.CORRECTION)}) == 6


def test_rows_are_values_and_back():
    told = asked(
        [ALICE, FATHER, BOB, CORA], [shown("a1"), shown("b1", minutes=None), shown("c1", evidence="possible")]
    ).told
    assert told.schema.equals(TOLD)
    assert table_of(rows_of(told)).equals(told)


def test_nothing_personal_is_in_what_is_told():
    people = [ALICE, ALICE_TOO, FATHER, BOB, CORA]
    said = str(asked(people, [shown(row[0]) for row in people]).told.to_pylist())
    assert not any(text in said for row in people for text in (row[1], row[2], row[6]) if text)


def test_an_account_that_no_person_has_is_not_dropped_in_silence():
    exposures = pa.Table.from_pylist([shown("a1"), shown("gone")], schema=EXPOSURES)
    marks = Marks(pa.array(["a1"], pa.large_string()), MARKS.empty_table())
    with connected({"exposures": exposures}) as connection, pytest.raises(ValueError, match="in no person"):
        gather(connection, merge(marks), ATTRIBUTES.empty_table(), wishes(), read_books(), MARKS_KEY, NOW)


def test_whoever_was_shown_others_is_asked_to_delete_it():
    found = [
        shown("a1", "phone", to="b1", minutes=4),
        shown("c1", "e-mail", to="b1"),
        shown("c1", "name", to="b1", evidence="possible"),
        shown("c1", "name", to="a1", evidence="possible"),
        shown("a1", "name", to="a2"),
        shown("c1", "name", to="staff:carol", kind="staff"),
        shown("c1", "name", to="anonymous", kind="anonymous"),
    ]
    [bob] = rows(asked([ALICE, ALICE_TOO, BOB, CORA], found, kind=Kind.UNINTENDED_VIEWER))
    assert (bob.subjects, bob.kind, bob.fields, bob.viewers) == (
        ("b1",),
        Kind.UNINTENDED_VIEWER,
        ("e-mail", "phone"),
        (),
    )
    assert (bob.first_at, bob.last_at) == (NOON, NOON + timedelta(minutes=4))


def test_a_workspace_is_gathered_from_its_ledger_and_its_list(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    recording = Recording()
    recording.answer(account_page(world.BOB), to=world.BOB)
    recording.answer(account_page(world.ALICE), to=world.BOB)
    recording.write(Path("day1.jsonl"))
    write_people(Path("customers.csv"))
    write_sessions(Path("sessions.csv"))
    workspace = create_workspace(tmp_path / "spill")
    given = wishes(letterheads={"shop-eu": EUROPE})
    with pytest.raises(LedgerError, match="Nothing was judged"):
        gather_incident(workspace, None, given, (), read_books(), NOW)
    assert main(["people", "add", "customers.csv"]) == 0
    assert main(["scan", "day1.jsonl", "--viewer-from", "cookie:sessionid,sessions.csv"]) == 0
    capsys.readouterr()
    gathered, persons = gather_incident(workspace, 1, given, (), read_books(), NOW)
    [alice] = rows(gathered)
    assert alice.subjects == (world.ALICE.id,)
    assert alice.fields == ("name", "e-mail", "phone")
    assert (alice.country, alice.languages, alice.viewers, alice.hold) == ("FR", ("fr", "en"), (("subject", 1),), None)
    assert alice.mailbox == mailbox_mark(world.ALICE.email, derived_key(workspace.key(), "marks"))
    assert persons.count == 2
    said = str(gathered.told.to_pylist()) + repr(gathered) + repr(persons)
    assert not any(secret in said for secret in world.ALICE.secrets)


# -- the plain twin ----------------------------------------------------------------------------------------------------

PEOPLE = [
    ("p0", "Ann Roe", "ann@example.org"),
    ("p1", "Roe, Ann", "ann@example.org"),
    ("p2", "Ben Roe", "ann@example.org"),
    ("p3", "Ben Roe", "ben@example.org"),
    ("p4", "Cid Poe", "cid@example.org"),
    ("p5", "Dan Poe", ""),
]
LIST = [(*row, "IT", "it", "shop-eu", "") for row in PEOPLE]
# p0 and p1 are one; p2 shares their mailbox; the others are alone.
ROW_OF = {"p0": "ann", "p1": "ann", "p2": "ann", "p3": "p3", "p4": "p4", "p5": "p5"}
PERSON_OF = {"p0": "p0", "p1": "p0"}
exposed = st.lists(
    st.tuples(
        st.sampled_from(sorted(ROW_OF)),
        st.sampled_from(["name", "e-mail", "phone"]),
        st.sampled_from([*ROW_OF, "x1", "anonymous"]),
        st.one_of(st.none(), st.integers(0, 5)),
        st.sampled_from(["confirmed", "possible"]),
    ),
    max_size=40,
)


def plain(found) -> dict[frozenset[str], tuple[object, ...]]:
    by_row = defaultdict(list)
    for who, field, to, minutes, evidence in found:
        if PERSON_OF.get(who, who) != PERSON_OF.get(to, to):
            by_row[ROW_OF[who]].append((who, field, PERSON_OF.get(to, to), minutes, evidence))
    told = {}
    for row, of in by_row.items():
        sure = [one for one in of if one[4] == "confirmed"]
        members = {one[0] for one in sure or of}
        accounts = {a for a in ROW_OF for m in members if PERSON_OF.get(a, a) == PERSON_OF.get(m, m)}
        times = [NOON + timedelta(minutes=one[3]) for one in sure if one[3] is not None]
        kinds = Counter("anonymous" if who == "anonymous" else "subject" for who in {one[2] for one in sure})
        fields = (
            () if row == "ann" else tuple(f for f in ("name", "e-mail", "phone") if any(one[1] == f for one in sure))
        )
        told[frozenset(accounts)] = (
            fields,
            min(times, default=None),
            max(times, default=None),
            tuple(sorted(kinds.items())),
            len({PERSON_OF.get(m, m) for m in members}),
            bool(sure),
        )
    return told


@given(exposed, st.randoms(use_true_random=False))
@settings(max_examples=8, deadline=None)
def test_what_is_gathered_is_what_a_walk_over_the_rows_finds(found, random):
    exposures = [
        shown(who, field, to, minutes, evidence, "anonymous" if to == "anonymous" else "subject")
        for who, field, to, minutes, evidence in found
    ]
    gathered = asked(LIST, exposures)
    assert {
        frozenset(t.subjects): (t.fields, t.first_at, t.last_at, t.viewers, t.people, t.hold is not Hold.NAMESAKE)
        for t in rows_of(gathered.told)
    } == plain(found)
    random.shuffle(exposures)
    assert asked(list(reversed(LIST)), exposures).told.equals(gathered.told)
    assert len(set(texts_of(gathered.told).to_pylist())) == gathered.told.num_rows


def test_a_decision_that_brings_two_together_is_heeded():
    [told] = rows(
        asked([ALICE, FATHER], [shown("a1"), shown("f1", "name")], decided=[Decided("a1", "f1", together=True)])
    )
    assert (told.subjects, told.is_shared, told.fields) == (("a1", "f1"), False, ("name", "e-mail"))
