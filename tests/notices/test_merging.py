"""Which accounts are one person: partitions that hold together, whatever the order, and nobody lost."""

from __future__ import annotations

import unicodedata
from itertools import combinations, pairwise

import idna
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from spillkit.directory.batches import Reason
from spillkit.directory.contact import email_forms
from spillkit.directory.mapping import guess_mapping
from spillkit.directory.reading import source_of_rows
from spillkit.directory.survey import MappedSource
from spillkit.errors import NoticesError
from spillkit.notices.marks import (
    MARKS,
    Mark,
    Marks,
    canonical_mailbox,
    canonical_name,
    derived_key,
    mailbox_mark,
    mark_text,
    marks_of,
)
from spillkit.notices.merging import Decided, Pair, Why, components, merge

KEY = derived_key(bytes(range(16)), "marks")
ROWS = {
    "alice": (
        "a1",
        "Alizée Marchetti-Okonkwo",
        "alizee.marchetti@example.org",
        "+33 6 39 98 12 34",
        "1984-03-02",
        "FR",
    ),
    "alice again": ("a2", "Marchetti-Okonkwo, Alizee", "Alizee.Marchetti@EXAMPLE.org", "", "", "FR"),
    "alice by telephone": ("a3", "alizée marchetti-okonkwo", "old@example.net", "06 39 98 12 34", "1984-03-02", "FR"),
    "alice, no birth": ("a4", "Alizée Marchetti-Okonkwo", "other@example.net", "+33 639981234", "", "FR"),
    "her father": ("f1", "Tobe Okonkwo", "alizee.marchetti@example.org", "+33 6 39 98 12 34", "1950-01-01", "FR"),
    "bob": ("b1", "Bartholomäus Quistorp", "b.quistorp@example.net", "+49 30 23125 678", "", "DE"),
    "bob, tagged": ("b2", "Bartholomäus Quistorp", "b.quistorp+shop@example.net", "", "", "DE"),
    "nobody's mailbox": ("n1", "Noemi Niemand", "", "", "", "DE"),
}


def read(*names: str, rows: dict[str, tuple[str, ...]] = ROWS) -> Marks:
    header = ("id", "name", "email", "phone", "birth_date", "country")
    source = source_of_rows([dict(zip(header, rows[name])) for name in names])
    return marks_of([MappedSource(source, guess_mapping(source.header, source.sample()))], KEY, None)


def groups(*names: str, decided: tuple[Decided, ...] = ()) -> set[frozenset[str]]:
    return {frozenset(map(str, group)) for group in merge(read(*names), decided).groups()}


def test_two_accounts_of_one_mailbox_and_name_are_one_person():
    assert groups("alice", "alice again") == {frozenset({"a1", "a2"})}


def test_being_sure_passes_on_from_account_to_account():
    assert groups("alice", "alice again", "alice by telephone") == {frozenset({"a1", "a2", "a3"})}


def test_a_household_at_one_mailbox_is_several_people_and_the_mailbox_is_shared():
    persons = merge(read("alice", "her father"))
    assert persons.groups() == {frozenset({"a1"}), frozenset({"f1"})}
    assert persons.readers.tolist() == [2, 2]
    assert len(set(persons.mailbox.tolist())) == 1


def test_somebody_with_a_mailbox_of_her_own_is_told_there_although_another_is_shared():
    marks = read("alice", "her father", "alice by telephone")
    persons = merge(marks)
    assert [mark_text(mark) for mark in persons.mailbox.tolist()[:2]] == [mailbox_mark("OLD@example.net", KEY)] * 2
    assert persons.readers.tolist() == [1, 1, 2]


def test_a_telephone_and_a_name_alone_only_propose():
    persons = merge(read("alice", "alice, no birth"))
    assert persons.count == 2
    assert persons.pairs_open() == [Pair("a1", "a4", Why.PHONE_AND_NAME)]


def test_a_plus_in_a_mailbox_only_proposes():
    persons = merge(read("bob", "bob, tagged"))
    assert persons.count == 2
    assert persons.pairs_open() == [Pair("b1", "b2", Why.LIKE_MAILBOX_AND_NAME)]


def test_a_decision_joins_and_taking_it_back_brings_everything_back():
    names = ("bob", "bob, tagged", "alice")
    before = merge(read(*names))
    assert groups(*names, decided=(Decided("b2", "b1", together=True),)) == {frozenset({"b1", "b2"}), frozenset({"a1"})}
    assert merge(read(*names)).groups() == before.groups()


def test_accounts_that_somebody_keeps_apart_stay_apart_and_so_does_the_chain_between_them():
    apart = (Decided("a1", "a3", together=False),)
    persons = merge(read("alice", "alice again", "alice by telephone"), apart)
    assert persons.count == 3
    # The chain may break at either tie: both are for somebody to decide, the decided pair is not asked for again.
    assert Pair("a1", "a2", Why.CONTRADICTED) in persons.pairs_open()
    assert all({pair.first, pair.second} != {"a1", "a3"} for pair in persons.pairs_open())
    both = (*apart, Decided("a1", "a2", together=True))
    assert groups("alice", "alice again", "alice by telephone", decided=both) == {
        frozenset({"a1", "a2"}),
        frozenset({"a3"}),
    }


def test_two_days_of_birth_are_two_people_at_one_mailbox_under_one_name():
    rows = ROWS | {
        "john": ("j1", "John Smith", "smith@example.org", "", "1950-02-02", "GB"),
        "his son": ("j2", "John Smith", "smith@example.org", "", "1981-07-04", "GB"),
        "one of them": ("j3", "John Smith", "smith@example.org", "", "", "GB"),
    }
    persons = merge(read("john", "his son", "one of them", rows=rows))
    assert persons.count == 3
    assert persons.readers.tolist() == [3, 3, 3]
    assert {pair.why for pair in persons.pairs_open()} == {Why.CONTRADICTED}


def test_a_placeholder_with_hundreds_of_guests_is_not_one_person():
    rows = {str(n): (f"g{n:03d}", "Guest User", "none@shop.example", "", "", "") for n in range(300)}
    persons = merge(read(*rows, rows=rows))
    assert persons.count == 300
    assert persons.readers[0] == 300
    assert persons.pairs_open(1) == [Pair("g000", "g001", Why.TOO_MANY)]


def test_decisions_that_contradict_each_other_are_refused_without_a_name():
    decided = [
        Decided("a1", "a2", together=True),
        Decided("a2", "a3", together=True),
        Decided("a3", "a1", together=False),
    ]
    with pytest.raises(NoticesError, match="contradict each other"):
        merge(read("alice", "alice again", "alice by telephone"), decided)


def test_nobody_without_a_mailbox_is_lost():
    persons = merge(read("nobody's mailbox", "bob"))
    assert persons.count == 2
    assert persons.mailbox.tolist()[1] == 0
    assert persons.readers.tolist() == [1, 0]


def test_what_is_kept_holds_no_value():
    kept = str(read(*ROWS).table.to_pydict()) + repr(merge(read(*ROWS)))
    assert not any(part in kept for row in ROWS.values() for part in row[1:5] if part)


NAMES = {
    "order and case": ("Doe, Jane", "JANE doe", True),
    "accents": ("Zoë Müller", "Zoe Muller", True),
    "composed or not": ("Zoë", unicodedata.normalize("NFD", "Zoë"), True),
    "transliterated": ("Müller", "Mueller", False),
    "an initial": ("J. Doe", "Jane Doe", False),
    "zero-width inside": ("Ja\u200bne Doe", "Jane Doe", False),
}


@pytest.mark.parametrize(("one", "other", "same"), NAMES.values(), ids=NAMES)
def test_names_are_compared(one, other, same):
    assert (canonical_name(one) == canonical_name(other)) is same


MAILBOXES = {
    "case": ("Jane@Example.ORG", "jane@example.org", True),
    "a domain in punycode": ("jane@müller.example", "jane@xn--mller-kva.example", True),
    "brackets and name": ("Jane Doe <jane@example.org>", "mailto:jane@example.org", True),
    "a plus": ("jane+a@example.org", "jane@example.org", False),
    "dots": ("ja.ne@example.org", "jane@example.org", False),
    "sharp s": ("jane@straße.example", "jane@strasse.example", False),
    "another domain": ("jane@example.org", "jane@example.net", False),
}


@pytest.mark.parametrize(("one", "other", "same"), MAILBOXES.values(), ids=MAILBOXES)
def test_mailboxes_are_compared(one, other, same):
    assert (canonical_mailbox(one) == canonical_mailbox(other)) is same
    assert (mailbox_mark(one, KEY) == mailbox_mark(other, KEY)) is same


@pytest.mark.parametrize(
    "text", ["", "jane", "@example.org", "jane@", "jane@@example.org", "a" * 10_000 + "@example.org"]
)
def test_what_is_no_address_has_no_mark(text):
    assert mailbox_mark(text, KEY) == ""


@given(st.text("abcäöüßøłéждلمحم中文한글ÀẞĄ", min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_domains_are_compared_as_the_idna_library_writes_them(label):
    domain = f"{label}.example"
    try:
        expected = idna.encode(domain, uts46=True, transitional=False).decode()
    except idna.IDNAError:
        return  # Not a domain that anybody can register.
    assert canonical_mailbox(f"x@{domain}") == f"x@{expected}"


@given(st.from_regex(r"[A-Za-z0-9.+_ -]{1,8}@[A-Za-z0-9.-]{1,8}\.[A-Za-z]{1,3}", fullmatch=True))
@settings(max_examples=100, deadline=None)
def test_plain_addresses_are_compared_as_all_others_are(address):
    forms = email_forms(address)
    assert canonical_mailbox(address) == ("" if isinstance(forms, Reason) else forms[0].lower())


@given(st.text("abAB áÁçİßøŁ'-_.,مح中한̈", max_size=12))
@settings(max_examples=100, deadline=None)
def test_names_are_compared_letter_by_letter(text):
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(c if c.isalnum() else " " for c in decomposed if not unicodedata.combining(c))
    assert canonical_name(text) == " ".join(sorted(letters.split()))


# -- laws, on marks made up freely ------------------------------------------------------------------------------------

ids = st.integers(0, 9).map(lambda number: f"c{number}")
marked = st.lists(
    st.tuples(ids, st.sampled_from([Mark.MAILBOX, Mark.PHONE, Mark.NAME, Mark.BIRTH]), st.integers(1, 3)), max_size=40
)
wished = st.lists(st.builds(Decided, ids, ids, st.booleans()), max_size=4)


def made(rows, everybody=tuple(f"c{number}" for number in range(10))) -> Marks:
    columns = [
        pa.array([everybody.index(who) for who, _, _ in rows], pa.int32()),
        pa.array([int(kind) for _, kind, _ in rows], pa.int8()),
        pa.array([0] * len(rows), pa.int32()),
        pa.array([mark for _, _, mark in rows], pa.uint64()),
    ]
    return Marks(pa.array(everybody, pa.large_string()), pa.Table.from_arrays(columns, schema=MARKS))


def plain(rows, decided) -> set[frozenset[str]] | None:
    """The same rules, pair by pair; None where the decisions contradict each other."""
    everybody = [f"c{number}" for number in range(10)]
    of = {who: {kind: set() for kind in Mark} for who in everybody}
    for who, kind, mark in rows:
        of[who][kind].add(mark)

    def closure(ties):
        group = {who: frozenset({who}) for who in everybody}
        for one, other in ties:
            joined = group[one] | group[other]
            group.update(dict.fromkeys(joined, joined))
        return group

    together = [(d.first, d.second) for d in decided if d.together]
    apart = {frozenset({d.first, d.second}) for d in decided if not d.together and d.first != d.second}
    human = closure(together)
    if any(len(pair) == 2 and human[min(pair)] == human[max(pair)] for pair in apart):
        return None
    sure = [
        (a, b) for a, b in combinations(everybody, 2)
        if (of[a][Mark.MAILBOX] & of[b][Mark.MAILBOX] and of[a][Mark.NAME] & of[b][Mark.NAME])
        or all(of[a][kind] & of[b][kind] for kind in (Mark.PHONE, Mark.NAME, Mark.BIRTH))
    ]  # fmt: skip
    whole = closure(together + sure)

    def is_contradicted(chain):
        births = {birth for who in chain if len(human[who]) == 1 for birth in of[who][Mark.BIRTH]}
        return any(pair <= chain for pair in apart) or len(births) > 1

    return {human[who] if is_contradicted(whole[who]) else whole[who] for who in everybody}


@given(marked, wished, st.randoms(use_true_random=False))
@example([("c0", Mark.MAILBOX, 1), ("c1", Mark.MAILBOX, 1), ("c0", Mark.NAME, 1), ("c1", Mark.NAME, 1)], [], None)
@settings(max_examples=60, deadline=None)
def test_the_fast_partition_is_the_plain_one_and_no_order_changes_it(rows, decided, random):
    expected = plain(rows, decided)
    if expected is None:
        with pytest.raises(NoticesError):
            merge(made(rows), decided)
        return
    persons = merge(made(rows), decided)
    assert persons.groups() == expected
    # Nobody lost, nobody twice.
    assert sorted(who for group in expected for who in group) == [f"c{number}" for number in range(10)]
    if random is not None:
        shuffled, pairs = list(rows), [Decided(d.second, d.first, d.together) for d in decided]
        random.shuffle(shuffled)
        random.shuffle(pairs)
        again = merge(made(shuffled), pairs)
        assert again.person.tolist() == persons.person.tolist()
        assert again.mailbox.tolist() == persons.mailbox.tolist()
        assert again.pairs_open() == persons.pairs_open()
    # Whoever keeps two apart and takes it back has what he had.
    for pair in persons.pairs_joined():
        if Decided(pair.first, pair.second, together=True) not in decided and pair.why is not Why.DECIDED:
            parted = merge(made(rows), [*decided, Decided(pair.first, pair.second, together=False)])
            assert parted.accounts(pair.first) != persons.accounts(pair.first)
    # A mailbox of one reader is never another person's, and whoever has one of his own is told there.
    of_mailbox = {}
    for who, kind, mark in rows:
        if kind is Mark.MAILBOX:
            of_mailbox.setdefault(mark, set()).add(persons.accounts(who))
    for place in range(10):
        mailbox, readers = persons.mailbox[place], persons.readers[place]
        mine = persons.accounts(f"c{place}")
        assert readers == len(of_mailbox.get(mailbox, ()))
        if readers != 1:
            assert not any(people == {mine} for people in of_mailbox.values())


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=80))
@settings(max_examples=100, deadline=None)
def test_components_are_those_of_a_walk(ties):
    import numpy as np

    first, second = (np.array([tie[place] for tie in ties], dtype=np.int32) for place in (0, 1))
    reached = list(range(61))
    for _ in range(61):
        for one, other in ties:
            reached[one] = reached[other] = min(reached[one], reached[other])
    assert components(61, first, second).tolist() == reached


def test_a_long_chain_is_one_component():
    import numpy as np

    chain = np.random.default_rng(7).permutation(50_000).astype(np.int32)
    first, second = (np.array(side, np.int32) for side in zip(*pairwise(chain.tolist())))
    assert not components(len(chain), first, second).any()
