"""Questions: sealed so that only the core reads them, all of one size, answered once a day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.asking import BETWEEN, answer_round
from spillkit.notices.marks import canonical_mailbox
from spillkit.notices.question import RECORD_BYTES, Question, open_records, seal
from spillkit_portal.spool import Spool, SpoolFull, take
from tests.notices.hostile import NAMES
from tests.portal.published import QUESTIONS

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = bytes(32)


def sealed(address, language="en", at=NOON):
    return seal(address, language, at, QUESTIONS.public_key())


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=400) | st.sampled_from(NAMES), st.sampled_from(["en", "ar", "zh"]))
def test_whatever_is_typed_makes_a_record_of_one_size_that_the_core_opens(address, language):
    record = sealed(address, language)
    assert len(record) == RECORD_BYTES
    [question] = open_records(record, QUESTIONS)
    typed = address.encode("utf-8", "replace")
    assert question == Question(typed.decode() if len(typed) <= 320 else "", language, NOON)


def test_a_question_shows_its_address_in_no_log():
    [question] = open_records(sealed("alice@example.org"), QUESTIONS)
    assert "alice" not in repr(question)
    assert b"alice" not in sealed("alice@example.org")


def test_only_the_holder_of_the_key_reads_and_what_is_damaged_is_counted():
    records = sealed("alice@example.org") + b"\0" * RECORD_BYTES + sealed("bob@example.net") + b"cut"
    assert list(open_records(records, X25519PrivateKey.generate())) == [None] * 4
    found = list(open_records(records, QUESTIONS))
    assert [question and question.address for question in found] == ["alice@example.org", None, "bob@example.net", None]


def test_two_questions_of_one_address_share_no_byte_that_tells_so():
    one, other = sealed("alice@example.org"), sealed("alice@example.org")
    assert sum(a == b for a, b in zip(one, other)) < RECORD_BYTES / 10


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["alice@example.org", "ALICE@Example.ORG", "bob@example.net", "nobody", ""]) | st.none(),
            st.integers(0, 100),
        ),
        max_size=25,
    )
)
def test_nobody_gets_two_mails_within_a_day_however_often_somebody_asks(asked):
    answered_at, mails = {}, []
    for address, hours in sorted(asked, key=lambda one: one[1]):
        now = NOON + timedelta(hours=hours)
        question = None if address is None else Question(address, "en", now)
        done = answer_round([question, question], answered_at, KEY, now)
        assert len(done.answer) + done.too_soon + done.no_address + done.damaged == 2
        answered_at = done.answered_at
        mails += [(canonical_mailbox(one.address), now) for one in done.answer]
    for mailbox, at in mails:
        assert sum(other == mailbox and timedelta(0) <= then - at < BETWEEN for other, then in mails) == 1
    for address, hours in asked:  # Whoever asked for an address was answered then, or less than a day before.
        mailbox = canonical_mailbox(address or "")
        then = NOON + timedelta(hours=hours)
        assert not mailbox or any(other == mailbox and timedelta(0) <= then - at < BETWEEN for other, at in mails)


def test_a_mark_is_forgotten_after_a_day():
    first = answer_round([Question("alice@example.org", "en", NOON)], {}, KEY, NOON)
    assert "alice" not in str(first.answered_at)
    assert answer_round([], first.answered_at, KEY, NOON + BETWEEN).answered_at == {}


def test_questions_are_kept_until_their_file_is_deleted_and_none_is_lost_while_one_is_fetched(tmp_path):
    spool = Spool(tmp_path)
    spool.add(sealed("one@example.org"))
    [(path, records)] = take(tmp_path)
    spool.add(sealed("two@example.org"))
    assert [question.address for question in open_records(records, QUESTIONS)] == ["one@example.org"]
    both = list(take(tmp_path))  # The first was not deleted: the core stopped before it had answered.
    assert {records for _, records in both} >= {records}
    assert len(both) == 2
    path.unlink()
    assert [path.stat().st_mode & 0o077 for path in tmp_path.iterdir()] == [0]


def test_a_full_spool_takes_no_part_of_a_record(tmp_path):
    spool = Spool(tmp_path, most_bytes=2 * RECORD_BYTES + 5)
    for _ in range(2):
        spool.add(sealed("one@example.org"))
    with pytest.raises(SpoolFull):
        spool.add(sealed("one@example.org"))
    [(_, records)] = take(tmp_path)
    assert len(records) == 2 * RECORD_BYTES
    with pytest.raises(SpoolFull):
        Spool(tmp_path / "gone").add(sealed("one@example.org"))
