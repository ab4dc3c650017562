"""What somebody is answered who asks: his notice, that he is not affected, or nothing; never another's, never a guess."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.model import SubjectId
from spillkit.notices.answering import Becomes, Customer, decide, told_at
from spillkit.notices.question import Question
from spillkit.notices.reader import Reader
from spillkit.notices.told import Hold, Kind
from spillkit.notices.told_table import rows_of, table_of
from tests.notices.written import LETTERHEAD, told

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
MARK = "00000000000000a1"
HERE = Customer(SubjectId("c_8f2a91"), "alice@example.org", "lu", Reader(name="Alice"))
TOLD = told("fr", mailbox=MARK)
SPEAKS = frozenset({"en", "fr", "ar"})


def asked(language="en"):
    return Question("alice@example.org", language, NOON)


def replied(*mailings, customers=(HERE,), language="en", withdrawn=frozenset(), heads=None):
    heads = heads or {"lu": LETTERHEAD}
    count = len(mailings)
    return decide(asked(language), MARK, customers, mailings, withdrawn, [SPEAKS] * count, [heads] * count)


def test_the_newest_notice_is_sent_again_with_the_language_that_was_asked_for_beside_it():
    newer = msgspec.structs.replace(TOLD, id="newer", kind=Kind.CORRECTION)
    reply = replied([TOLD], [newer], language="ar")
    assert (reply.becomes, reply.letter.mailing, reply.letter.told.id) == (Becomes.NOTICE, 1, "newer")
    assert reply.letter.told.languages == ("ar", "fr")
    assert replied([TOLD], language="fr").letter.told == TOLD
    assert replied([TOLD], language="de").letter.told == TOLD  # nobody signed the German text


BY_A_PERSON = {
    "on hold": ([msgspec.structs.replace(TOLD, hold=Hold.MINOR)], (HERE,)),
    "told at another mailbox": ([msgspec.structs.replace(TOLD, mailbox="b" * 16)], (HERE,)),
    "without a mailbox": ([msgspec.structs.replace(TOLD, mailbox="", hold=Hold.NO_ADDRESS)], (HERE,)),
    "the address is another customer's now": ([TOLD], (msgspec.structs.replace(HERE, subject=SubjectId("c_2")),)),
    "no customer's address any more": ([TOLD], ()),
}


@pytest.mark.parametrize(("rows", "customers"), BY_A_PERSON.values(), ids=BY_A_PERSON)
def test_neither_yes_nor_no_is_left_to_a_person(rows, customers):
    reply = replied(rows, customers=customers)
    assert (reply.becomes, reply.letter, reply.notice) == (Becomes.BY_A_PERSON, None, TOLD.id)


def test_a_notice_that_was_withdrawn_is_not_sent_again():
    assert replied([TOLD], withdrawn=frozenset({TOLD.id})).becomes is Becomes.BY_A_PERSON


def test_whoever_was_asked_to_delete_what_he_saw_is_not_affected_by_that():
    reply = replied([msgspec.structs.replace(TOLD, kind=Kind.UNINTENDED_VIEWER)], language="fr")
    assert reply.becomes is Becomes.UNAFFECTED
    assert (reply.letter.told.entity, reply.letter.told.languages, reply.letter.to.reader.name) == ("lu", ("fr",), "")


def test_a_letter_comes_in_a_language_that_may_be_sent_and_under_a_letterhead_that_its_reader_knows():
    assert replied([], language="de").letter.told.languages == ("en",)
    two = {"lu": LETTERHEAD, "ca": LETTERHEAD}
    unknown = msgspec.structs.replace(HERE, entity="")
    assert replied([], customers=(unknown,)).letter.told.entity == "lu"  # there is one only
    assert replied([], customers=(unknown,), heads=two).becomes is Becomes.BY_A_PERSON
    assert replied([], customers=()).becomes is Becomes.UNKNOWN


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["a", "b", ""]), st.sets(st.sampled_from("xyz"), min_size=1)), max_size=6),
    st.sets(st.sampled_from(["a", "b"])),
    st.sets(st.sampled_from("xyz")),
)
def test_rows_are_found_as_one_would_by_reading_all(rows, marks, subjects):
    everybody = [
        told("en", id=f"n{place}", mailbox=mailbox, subjects=tuple(sorted(map(SubjectId, of))))
        for place, (mailbox, of) in enumerate(rows)
    ]
    table = table_of(everybody)
    wanted = [row for row in rows_of(table) if (row.mailbox in marks) or subjects & set(row.subjects)]
    assert told_at(table, marks, subjects) == wanted
