"""What an agent may tell a caller is decided by rows and keys alone; whatever is pasted gets an answer."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.law.books import read_books
from spillkit.notices.code import code_keys, code_of, shown
from spillkit.notices.marks import derived_key
from spillkit.notices.prepared import read_prepared
from spillkit.notices.told import Hold
from spillkit.notices.told_table import rows_of
from spillkit_server.agent_answers import Says, Was, affected, genuine
from tests.notices.mailed import MAILING, mailed, mails_of

APPROVED = {MAILING: datetime(2026, 11, 22, 13, tzinfo=UTC)}
PEOPLE = """\
id,email,name,country,language,entity,fields,birthday
c_1001,ann@mail.example,Ann Roe,IT,it,shop-eu,"name, e-mail",1980-01-01
c_1002,,No Address,DE,de,shop-eu,phone,
c_1003,kim@mail.example,Kim Roe,IT,it,shop-eu,name,2015-01-01
"""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return mailed(tmp_path_factory.mktemp("callers"), people=PEOPLE.encode())


def test_a_mail_is_ours_by_its_signature_and_not_once_it_is_changed(workspace):
    mail = mails_of(workspace)["ann@mail.example"]
    told = genuine(workspace, APPROVED, "", mail)
    assert (told.says, told.mailing, told.sent_on) == (Says.SIGNED, MAILING, APPROVED[MAILING])
    assert genuine(workspace, APPROVED, "", mail.replace(b"Subject:", b"Subject: Urgent ")).says is Says.CHANGED
    body = message_from_bytes(mail, policy=policy.default).get_body(("plain",)).get_content()
    assert genuine(workspace, APPROVED, body).says is Says.WORDS
    assert genuine(workspace, APPROVED, "> " + body.replace("\n", "\n> ")).says is Says.WORDS
    assert genuine(workspace, {}, "", mail).says is not Says.WORDS


def test_a_code_counts_once_two_people_approved_its_mailing(workspace):
    [first, *_rest] = rows_of(read_prepared(workspace, MAILING).told)
    code = shown(code_of(first.id, code_keys(derived_key(workspace.key(), "codes"))))
    assert genuine(workspace, APPROVED, code).says is Says.CODE
    assert genuine(workspace, {}, code).says is Says.UNKNOWN
    assert genuine(workspace, APPROVED, code[:-1]).says is Says.MISREAD


def test_whoever_is_on_hold_is_told_nothing_but_that_somebody_else_answers(workspace):
    def ask(customer, language="fr"):
        [found] = affected(workspace, APPROVED, customer, language, read_books())
        return found

    ann = ask("c_1001")
    assert (ann.was, ann.fields, ann.hold) == (Was.AFFECTED, ("name", "e-mail"), None)
    assert 'lang="fr"' in ann.sentences
    assert "Ce qui s’est passé" in ann.sentences
    without_mail = ask("c_1002")
    assert (without_mail.was, without_mail.hold, without_mail.fields) == (Was.AFFECTED, Hold.NO_ADDRESS, ("phone",))
    child = ask("c_1003")
    assert (child.was, child.hold, child.fields, child.sentences) == (Was.WAIT, Hold.MINOR, (), "")
    stranger = ask("c_9")
    assert (stranger.was, stranger.fields) == (Was.NOT, ())
    assert affected(workspace, {}, "c_1001", "fr", read_books()) == []


@given(typed=st.text(max_size=300), file=st.binary(max_size=300))
@settings(max_examples=60, deadline=None)
def test_whatever_is_pasted_gets_an_answer_and_none_of_it_is_ours(workspace, typed, file):
    told = genuine(workspace, APPROVED, typed, file)
    assert told.says in (Says.MISREAD, Says.UNKNOWN, Says.NOT_OURS, Says.CANNOT_TELL)
    assert told.mailing == ""
