"""Adding a list, again and again, gives what adding it once would give."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.directory import Index
from spillkit.directory.manifest import read_manifest
from spillkit.errors import DirectoryError, KeyMismatch
from tests.directory.conftest import KEY, Desk
from tests.world import ALICE, BOB, account_page, write_people

HEADER = "id,given_name,family_name,email,phone,country\n"
CROWD = [f"c_{n:03d},Given{n},Family{n},person{n}@example.org,+49 30 23125 {n:03d},DE" for n in range(60)]


def listed(rows: list[str]) -> str:
    return HEADER + "".join(row + "\n" for row in rows)


def test_alice_is_found_by_everything_the_list_says_of_her(desk: Desk) -> None:
    desk.add(write_people(desk.folder / "people.csv"))
    for seen in (ALICE.name, ALICE.email, ALICE.phone, ALICE.id, f"{ALICE.street}, {ALICE.postcode} {ALICE.city}"):
        assert desk.found_in(seen) == [ALICE.id], seen
    assert desk.found_in(account_page(BOB)) == [BOB.id]
    assert desk.found_in("nobody at all") == []


def test_adding_the_same_list_twice_changes_nothing(desk: Desk) -> None:
    path = desk.write("people.csv", listed(CROWD))
    first = desk.add(path)
    segments = read_manifest(desk.places).segments
    again = desk.add(path)
    assert (first.new, again.new, again.changed, again.removed, again.unchanged) == (60, 0, 0, 0, 60)
    assert read_manifest(desk.places).segments == segments


def test_new_changed_and_removed_people_without_touching_the_base(desk: Desk) -> None:
    desk.add(desk.write("people.csv", listed(CROWD)))
    [base] = read_manifest(desk.places).segments
    before = (desk.places.index_dir / base).read_bytes()
    rows = CROWD[1:]
    rows[9] = rows[9].replace("person10@", "fresh10@")
    rows.append("c_new,Zoë,Müller,zoe@example.org,,DE")
    added = desk.add(desk.write("people.csv", listed(rows)))
    assert (added.new, added.changed, added.removed, added.unchanged, added.rebuilt) == (1, 1, 1, 58, False)
    assert read_manifest(desk.places).segments[0] == base
    assert (desk.places.index_dir / base).read_bytes() == before
    assert desk.found_in("person0@example.org") == []
    assert desk.found_in("person10@example.org") == []
    assert desk.found_in("fresh10@example.org") == ["c_010"]
    assert desk.found_in("Zoë Müller") == ["c_new"]
    assert desk.found_in("person5@example.org") == ["c_005"]
    assert desk.directory().numbers(["c_000", "c_new"]).tolist()[0] == -1


def test_deltas_are_one_segment_and_are_folded_when_a_tenth_has_changed(desk: Desk) -> None:
    desk.add(desk.write("people.csv", listed(CROWD)))
    rows = list(CROWD)
    for n in range(3):
        rows[n] = rows[n].replace("@example.org", "@example.net")
        added = desk.add(desk.write("people.csv", listed(rows)))
        assert (added.changed, added.rebuilt, len(read_manifest(desk.places).segments)) == (1, False, 2)
    for n in range(3, 10):
        rows[n] = rows[n].replace("@example.org", "@example.net")
    added = desk.add(desk.write("people.csv", listed(rows)))
    assert (added.rebuilt, len(read_manifest(desk.places).segments), len(desk.directory().dead)) == (True, 1, 0)
    assert desk.found_in("person3@example.net person20@example.org") == ["c_003", "c_020"]


def test_a_cut_list_is_refused_unless_the_removals_are_meant(desk: Desk) -> None:
    desk.add(desk.write("people.csv", listed(CROWD)))
    half = desk.write("half.csv", listed(CROWD[:30]))
    with pytest.raises(DirectoryError, match=r"30 of 60 people.*--allow-removals"):
        desk.add(half)
    assert desk.directory().size == 60
    assert desk.add(half, partial=True).people == 60
    assert desk.add(half, allow_removals=True).people == 30
    assert desk.found_in("person45@example.org") == []


def test_a_partial_list_adds_to_what_is_there(desk: Desk) -> None:
    desk.add(desk.write("people.csv", listed(CROWD)))
    desk.add(desk.write("one.csv", listed(["c_a,Ann,Able,ann@example.org,,DE"])), partial=True)
    desk.add(desk.write("two.csv", listed(["c_b,Ben,Baker,ben@example.org,,DE"])), partial=True)
    assert desk.found_in("ann@example.org ben@example.org person7@example.org") == ["c_007", "c_a", "c_b"]
    contacts = {subject for subject, _ in desk.directory().read_rows(["c_a", "c_b", "c_007"])}
    assert contacts == {"c_a", "c_b", "c_007"}


def test_two_rows_of_one_id_are_one_person_with_the_values_of_both(desk: Desk) -> None:
    rows = [
        "c_1,Ann,Able,ann@example.org,,DE",
        "c_2,Ben,Baker,ben@example.org,,DE",
        "c_1,Ann,Able,ann@work.example,,FR",
    ]
    added = desk.add(desk.write("people.csv", listed(rows)))
    [bad] = [entry for entry in added.bad.to_json() if "used before" in str(entry["reason"])]
    assert (added.people, [place["line"] for place in bad["first"]]) == (2, [4])
    assert desk.found_in("ann@work.example") == desk.found_in("ann@example.org") == ["c_1"]
    assert desk.directory().by_country() == {"DE": 2}
    swapped = desk.add(desk.write("people.csv", listed([rows[2], rows[1], rows[0]])))
    assert swapped.unchanged == 2


def test_three_people_of_one_name_are_all_pointed_to(desk: Desk) -> None:
    rows = [f"c_{n},Maria,Rossi,m{n}@example.org,,IT" for n in range(3)]
    desk.add(desk.write("people.csv", listed(rows)))
    assert desk.found_in("Maria Rossi") == ["c_0", "c_1", "c_2"]


def test_tokens_point_to_their_owner_and_changes_are_seen(desk: Desk) -> None:
    people = desk.write("people.csv", listed(CROWD))
    orders = desk.write(
        "orders.csv", "order_no,customer_id\nORD-77-4411,c_001\nORD-77-4412,c_nobody\nORD-77-4413,c_001\n"
    )
    option = f"order={orders}:order_no,customer_id"
    added = desk.add(people, tokens=[option])
    assert added.owners_unknown == 1
    assert desk.found_in("your order ORD-77-4413") == ["c_001"]
    assert desk.add(people, tokens=[option]).unchanged == 60
    desk.write("orders.csv", "order_no,customer_id\nORD-77-4411,c_001\nORD-77-4413,c_002\n")
    moved = desk.add(people, tokens=[option])
    assert (moved.changed, moved.rebuilt) == (2, False)
    assert desk.found_in("your order ORD-77-4413") == ["c_002"]


def test_another_mapping_or_country_reads_every_row_anew(desk: Desk) -> None:
    path = desk.write(
        "people.csv", "id,email,phone\n" + "".join(f"c_{n},p{n}@example.org,030 23125 {n:03d}\n" for n in range(9))
    )
    assert desk.add(path).bad.counts.total() == 9
    assert desk.found_in("+49 30 23125 003") == []
    assert desk.add(path, default_country="DE").changed == 9
    assert desk.found_in("+49 30 23125 003") == ["c_3"]


def test_another_key_is_refused(desk: Desk) -> None:
    path = desk.write("people.csv", listed(CROWD))
    desk.add(path)
    with pytest.raises(KeyMismatch):
        desk.add(path, key=bytes(16))
    with pytest.raises(KeyMismatch):
        desk.directory(key=bytes(16))


def test_a_list_of_nobody_is_refused_and_leaves_what_was(desk: Desk) -> None:
    desk.add(desk.write("people.csv", listed(CROWD)))
    with pytest.raises(DirectoryError, match="No row"):
        desk.add(desk.write("people.csv", listed([",Ann,Able,ann@example.org,,DE"])))
    assert desk.directory().size == 60


def test_an_index_for_a_notebook_needs_no_workspace() -> None:
    index = Index.build(
        [{"id": "c_1", "full name": "Zoë Müller", "mail": ["zoe@example.org", "z@example.net"]}], key=KEY
    )
    assert index.find_in(b"Dear M\xc3\xbcller, Zo\xc3\xab") == ["c_1"]
    assert index.find_in("z@example.net") == ["c_1"]
    assert (index.size, repr(index)) == (1, "Index(1 subjects)")


# One row per person: id -> which of a few values he has. Small, so that names and addresses are shared and swapped.
CENSUS = st.dictionaries(st.integers(0, 7), st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1)
PAGE = " | ".join(
    [
        *(f"Given{n} Family{n}" for n in range(4)),
        *(f"box{n}@example.org" for n in range(5)),
        *(f"cust-{n:04d}" for n in range(8)),
    ]
)


def census(people: dict[int, tuple[int, int]]) -> str:
    rows = [f"cust-{n:04d},Given{a},Family{a},box{b}@example.org,,DE" for n, (a, b) in people.items()]
    return listed([*rows, *CROWD])  # The crowd keeps the share of changes low enough for a delta.


def hits_by_place(desk: Desk) -> set[tuple[int, int, str]]:
    directory = desk.directory()
    scanner = directory.scanner()
    return {
        (start, end, directory.id(number))
        for _, start, end, slot in scanner.scan([PAGE.encode()]).tolist()
        for number in scanner.group(slot)[2].tolist()
    }


@settings(max_examples=25, deadline=None)
@given(st.lists(CENSUS, min_size=2, max_size=4))
def test_an_index_with_deltas_finds_what_a_fresh_one_finds(states: list[dict[int, tuple[int, int]]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        desk = Desk(Path(name))
        for state in states:
            desk.add(desk.write("people.csv", census(state)), allow_removals=True)
        (Path(name) / "fresh").mkdir()
        fresh = Desk(Path(name) / "fresh")
        fresh.add(fresh.write("people.csv", census(states[-1])))
        assert hits_by_place(desk) == hits_by_place(fresh)


def test_two_desks_with_one_key_keep_the_same_of_the_same_list(make_desk: Callable[[str], Desk]) -> None:
    tables = []
    for name in ("one", "two"):
        desk = make_desk(name)
        desk.add(desk.write("people.csv", listed(CROWD)))
        tables.append(desk.directory().attributes())
    assert tables[0].equals(tables[1])
