"""Where a sender finds people is where they were planned; the quick way says what the plain way says."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.directory.mapping import guess_mapping
from spillkit.directory.reading import open_source
from spillkit.directory.survey import MappedSource
from spillkit.errors import NoticesError
from spillkit.model import SubjectId
from spillkit.notices.addressees import NOWHERE, read_addressees
from spillkit.notices.addresses import Addresses
from spillkit.notices.marks import mailbox_mark
from spillkit.notices.told import Hold
from spillkit.notices.told_table import table_of
from tests.notices.hostile import NAMES
from tests.notices.written import told

KEY = bytes(range(32))
WRITABLE = [name for name in NAMES if name.isprintable() and name.strip()]
ADDRESSES = [
    "ann@mail.example",
    "ANN@mail.example",
    "ben@mail.example",
    "zoe@müller.example",
    "a@b.example; c@d.example",
    "no",
]
ROWS = st.lists(
    st.tuples(st.integers(0, 8), st.sampled_from(["", *ADDRESSES]), st.sampled_from(WRITABLE)), min_size=1, max_size=12
)
PEOPLE = st.lists(
    st.sampled_from(["", "ann@mail.example", "c@d.example", "zoe@xn--mller-kva.example"]), min_size=9, max_size=9
)


def listed(folder, rows):
    import csv

    path = folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "email", "name"), *((f"c_{one:04}", at, name) for one, at, name in rows)])
    source = open_source(str(path))
    return [MappedSource(source, guess_mapping(source.header, source.sample()))]


def mailing(addresses):
    return [
        told(id=f"notice{place:020}", subjects=(SubjectId(f"c_{place:04}"),), mailbox=mailbox_mark(address, KEY))
        for place, address in enumerate(addresses)
    ]


@given(ROWS, ROWS, PEOPLE)
@settings(max_examples=60, deadline=None)
def test_the_quick_way_says_what_the_plain_way_says(tmp_path_factory, first, second, people):
    lists = [
        *listed(tmp_path_factory.mktemp("one"), first),
        *listed(tmp_path_factory.mktemp("two"), second),
    ]
    rows = mailing(people)
    quick = Addresses(table_of(rows), lists, KEY)
    plain = {one.id: to for one, to in read_addressees(lists, rows, KEY)}
    assert {one.id: quick.get(one.id) for one in rows} == {one.id: (one, plain[one.id]) for one in rows}
    assert dict(quick.addresses()) == {name: to.address for name, to in plain.items()}
    assert quick.without_address == sum(to == NOWHERE for to in plain.values())


def test_who_is_on_hold_has_no_mail(tmp_path):
    [one, other] = mailing(["ann@mail.example", "ben@mail.example"])
    held = told(id=other.id, subjects=other.subjects, mailbox=other.mailbox, hold=Hold.MINOR, holds=(Hold.MINOR,))
    quick = Addresses(
        table_of([one, held]), listed(tmp_path, [(0, "ann@mail.example", "Ann"), (1, "ben@mail.example", "Ben")]), KEY
    )
    assert len(quick) == 1
    assert quick.get(one.id)[1].address == "ann@mail.example"
    for unknown in (held.id, "", "zzz"):
        with pytest.raises(NoticesError, match="no such notice"):
            quick.get(unknown)
    assert "ann" not in repr(quick).lower()


def test_an_account_in_two_notices_is_refused(tmp_path):
    [one, other] = mailing(["ann@mail.example", "ben@mail.example"])
    twice = told(id=other.id, subjects=one.subjects, mailbox=one.mailbox)
    with pytest.raises(NoticesError, match="told twice"):
        Addresses(table_of([one, twice]), listed(tmp_path, [(0, "ann@mail.example", "Ann")]), KEY)
