"""Bad rows and cells are named by line and reason, never by content, and cost nothing but themselves."""

from __future__ import annotations

import csv

import pytest

from spillkit.directory.batches import Reason
from spillkit.errors import DirectoryError
from tests.directory.conftest import Desk

HEADER = "id,name,email,phone,country\n"
GOOD = "c_{n},Person Number{n},p{n}@example.org,030 23125 {n:03d},DE\n"

# What is wrong with line 3: its cells, the reason, and whether the person can be looked for all the same.
BAD_LINES = {
    "an empty id": (",Zoë Müller,zoe@example.org,,DE", Reason.NO_ID, False),
    "an id that is an e-mail address": ("zoe@example.org,Zoë Müller,,,DE", Reason.ID_IS_EMAIL, False),
    "an id that is a phone number": ("+49 30 23125 999,Zoë Müller,zoe@example.org,,DE", Reason.ID_IS_PHONE, False),
    "an id that repeats the phone": (
        "030-23125-999,Zoë Müller,zoe@example.org,030 23125 999,DE",
        Reason.ID_IS_CONTACT,
        False,
    ),
    "an id that is the name": ("Zoë Müller,Zoë Müller,zoe@example.org,,DE", Reason.ID_IS_CONTACT, False),
    "an id with a terminal escape": ("c_\x1b[31m,Zoë Müller,zoe@example.org,,DE", Reason.ID_UNFIT, False),
    "an id with a bidi override": ("c_\u202ez,Zoë Müller,zoe@example.org,,DE", Reason.ID_UNFIT, False),
    "an endless id": ("c" * 300 + ",Zoë Müller,zoe@example.org,,DE", Reason.ID_UNFIT, False),
    "too few cells": ("c_z,Zoë Müller", Reason.COLUMNS, False),
    "too many cells": ("c_z,Zoë,Müller,zoe@example.org,,DE,x", Reason.COLUMNS, False),
    "no name": ("c_z,,zoe@example.org,,DE", Reason.NO_NAME, True),
    "a name of one letter": ("c_z,Z,zoe@example.org,,DE", Reason.SHORT_NAME, True),
    "a name without a letter": ("c_z,---,zoe@example.org,,DE", Reason.BAD_NAME, True),
    "a bad e-mail address": ("c_z,Zoë Müller,zoe@example.org; zoe at home,,DE", Reason.BAD_EMAIL, True),
    "a bad phone number": ("c_z,Zoë Müller,zoe@example.org,call me,DE", Reason.BAD_PHONE, True),
    "a short phone number": ("c_z,Zoë Müller,zoe@example.org,12,DE", Reason.BAD_PHONE, True),
    "a national number without country": (
        "c_z,Zoë Müller,zoe@example.org,030 23125 999,",
        Reason.PHONE_WITHOUT_COUNTRY,
        True,
    ),
    "a country nobody knows": ("c_z,Zoë Müller,zoe@example.org,,Atlantis", Reason.BAD_COUNTRY, True),
}


@pytest.mark.parametrize(("line", "reason", "is_found"), BAD_LINES.values(), ids=BAD_LINES)
def test_a_bad_line_is_named_and_the_rest_is_used(desk: Desk, line: str, reason: Reason, is_found: bool) -> None:
    good = [GOOD.format(n=n) for n in range(3)]
    path = desk.write("people.csv", HEADER + good[0] + line + "\n" + good[1] + good[2])
    added = desk.add(path)
    assert [(b.place, b.reason) for bads in added.bad.first.values() for b in bads] == [(3, reason)]
    assert added.people == 3 + is_found
    assert (desk.found_in("zoe@example.org") != []) == is_found
    assert "zoe" not in repr(added).lower()


CONTACT_IDS = {
    "e-mail addresses": "p{n}@example.org,Person{n} Number",
    "phone numbers": "+49 30 23125 {n:03d},Person{n} Number",
    "names, e-mail": "Person{n} Number,Person{n} Number",
}


@pytest.mark.parametrize(("what", "row"), CONTACT_IDS.items(), ids=CONTACT_IDS)
def test_a_list_whose_ids_are_contact_data_is_refused_or_pseudonymised(desk: Desk, what: str, row: str) -> None:
    path = desk.write("people.csv", "id,name\n" + "".join(row.format(n=n) + "\n" for n in range(9)))
    with pytest.raises(DirectoryError, match=what) as caught:
        desk.add(path)
    assert "--pseudonymise-ids" in str(caught.value)
    assert "Person" not in str(caught.value)
    desk.add(path, pseudonymise_ids=True)
    ids = desk.directory().attributes().column("id").to_pylist()
    assert len(set(ids)) == 9
    assert all(subject.startswith("p_") and len(subject) == 18 for subject in ids)
    assert desk.add(path, pseudonymise_ids=True).unchanged == 9  # The same tokens from run to run.
    assert desk.directory().subject_id(row.format(n=4).split(",")[0]) == ids[4]


def test_a_pseudonymised_address_is_still_found(desk: Desk) -> None:
    desk.add(desk.write("people.csv", "email_login,name\n" + "".join(f"p{n}@example.org,P{n} N{n}\n" for n in range(9))),
             said=["id=email_login"], pseudonymise_ids=True)  # fmt: skip
    [found] = desk.found_in("to p4@example.org")
    assert found == desk.directory().subject_id("p4@example.org")


def test_plain_numbers_are_good_ids(desk: Desk) -> None:
    rows = "".join(f"{n},Person{n} Number,030 23125 {n % 1000:03d},DE\n" for n in range(30_123_000, 30_123_050))
    assert desk.add(desk.write("people.csv", "id,name,phone,country\n" + rows)).people == 50


def test_every_bad_cell_goes_into_the_csv_that_was_asked_for(desk: Desk) -> None:
    path = desk.write(
        "people.csv", "id,name,=email\n" + "".join(f"c_{n},Person{n} Number,at home\n" for n in range(30))
    )
    listing = desk.folder / "bad.csv"
    from spillkit.directory import Wishes, add_people, map_source, open_source
    from spillkit.directory.badcells import BadCells

    bad = BadCells()
    mapped = map_source(open_source(str(path)), ["email==email"])
    with bad.listed_in(listing):
        add_people(desk.places, bytes(16), [mapped], wishes=Wishes(), bad=bad)
    with listing.open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["file", "line", "column", "reason"]
    assert rows[1] == ["people.csv", "2", "'=email", "not an e-mail address"]
    assert len(rows) == 31
    assert len(bad.first[Reason.BAD_EMAIL]) == 20


def test_hostile_names_are_never_printed_and_harm_nobody(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    hostile = [
        "<script>alert(1)</script>", "'; DROP TABLE people; --", "\x1b]0;owned\x07", "\u202egnihton", "=HYPERLINK(1)",
        "\0\0\0", "A" * 5000, "％s％n", "\ufeff\u200b\u200d", "𝒵𝓸ë", "Ω≈ç√∫", "%00", "../../etc/passwd", "${jndi:x}", "{{7*7}}",
    ]  # fmt: skip
    path = desk.folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["id", "name", "email", "street", "city", "country", "account_type", "legal_entity"])
        for n, text in enumerate(hostile):
            writer.writerow([f"c_{n}", text, f"p{n}@example.org", text, text, text, text, text])
    added = desk.add(path)
    assert added.people == len(hostile)
    assert desk.found_in("p3@example.org") == ["c_3"]
    assert desk.found_in("&lt;script&gt;alert(1)&lt;/script&gt;") == ["c_0"]
    printed = "".join(capfd.readouterr()) + repr(added) + str(added.bad.to_json())
    assert not any(text in printed for text in hostile)
    for entity in desk.directory().count_by("legal_entity"):
        assert entity.isprintable()
