"""Nothing of what the list says of people is anywhere in the workspace."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.directory.conftest import Desk
from tests.world import ALICE, BOB, Person, write_people


def values_of(person: Person) -> list[str]:
    digits = "".join(c for c in person.phone if c.isdigit())
    return [*person.secrets, person.given, digits, digits[2:], person.postcode, "ORD-2026-7781", "1984-02-11"]


def spellings(value: str) -> list[bytes]:
    """A value as it might lie in a file: in two encodings, folded, and as the unkeyed digests people make of it."""
    texts = {value, value.casefold(), value.upper()}
    raw = [text.encode(charset) for text in texts for charset in ("utf-8", "utf-16-le")]
    return raw + [
        hashlib.new(name, text.encode()).digest()[:8] for text in texts for name in ("md5", "sha1", "sha256", "blake2b")
    ]


def test_no_value_of_the_cast_is_in_any_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    temporary = desk.folder / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    path = write_people(desk.folder / "people.csv")
    rows = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([rows[0] + ",birth_date", *(row + ",1984-02-11" for row in rows[1:])]) + "\n", "utf-8")
    orders = desk.write("orders.csv", f"order_no,owner\nORD-2026-7781,{ALICE.id}\n")
    desk.add(path, tokens=[f"order={orders}:order_no,owner"])
    path.write_text(path.read_text("utf-8").replace("75011", "75012"), "utf-8")
    desk.add(path, tokens=[f"order={orders}:order_no,owner"])
    files = [*desk.files(), *temporary.rglob("*")]
    assert len(files) >= 4
    contents = b"\n".join(file.read_bytes() for file in files if file.is_file())
    # Parquet columns may be compressed: what they decode to is looked at too.
    for file in files:
        if file.suffix == ".parquet":
            contents += repr(pq.read_table(file).to_pylist()).encode()
    assert ALICE.id.encode() in contents  # The search itself works.
    for person in (ALICE, BOB):
        for value in values_of(person):
            for spelling in spellings(value):
                assert spelling not in contents, f"a value of {person.id} is in a file of the workspace"


def test_the_files_are_for_their_owner_alone(desk: Desk) -> None:
    desk.add(write_people(desk.folder / "people.csv"))
    assert (desk.places.directory_dir.stat().st_mode & 0o77, desk.places.index_dir.stat().st_mode & 0o77) == (0, 0)


def test_of_a_forgotten_or_removed_person_not_even_the_id_is_left(desk: Desk) -> None:
    from spillkit.directory import forget_people
    from tests.directory.conftest import KEY

    desk.add(write_people(desk.folder / "people.csv"))
    assert forget_people(desk.places, KEY, [ALICE.id, "c_nobody"]) == 1
    for file in desk.files():
        assert ALICE.id.encode() not in file.read_bytes()
        if file.suffix == ".parquet":
            assert ALICE.id not in repr(pq.read_table(file).to_pylist())
    assert desk.found_in(f"{ALICE.email} {BOB.email}") == [BOB.id]
    assert desk.directory().size == 1


def test_nothing_of_a_person_is_in_the_words_of_an_object(desk: Desk) -> None:
    path = write_people(desk.folder / "people.csv")
    from spillkit.directory import map_source, open_source
    from spillkit.directory.persons import Preparer
    from spillkit.directory.postal import PostalAddress
    from spillkit.directory.survey import usable_rows

    mapped = map_source(open_source(str(path)))
    [usable] = usable_rows(mapped, None, None)
    prepared = Preparer(mapped.mapping).prepare(usable.rows)
    said = repr([mapped, usable, prepared, list(mapped.source.batches()), PostalAddress(street=ALICE.street)])
    for value in values_of(ALICE):
        assert value not in said
    assert Path(path).name in said
