"""A mail or a code is held against what a workspace sent: by its signature, or by writing that one notice again."""

from __future__ import annotations

import base64
import re
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.code import Problem
from spillkit.notices.genuine import Answer, Verdict
from spillkit.notices.ours import Found, Ours
from spillkit.notices.prepared import Ready, folder_of
from tests.notices.mailed import MAILING, NOW, mailed, mails_of, prepare

ANN, BEN, HUDA = "ann@mail.example", "ben@mail.example", "huda@mail.example"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    return mailed(tmp_path_factory.mktemp("mailed"))


@pytest.fixture(scope="module")
def mails(workspace):
    return mails_of(workspace)


@pytest.fixture(scope="module")
def opened(workspace):
    return Ours.open(workspace)


@pytest.fixture
def ours(workspace):
    return Ours.open(workspace)


def body(mail, kind):
    return message_from_bytes(mail, policy=policy.default).get_body((kind,)).get_content()


def code_in(mail):
    return re.search(r"\b[0-9A-Z]{5}-[0-9A-Z]{5}-[0-9A-Z]{5}\b", body(mail, "plain"))[0]


def quoted(text):
    """A mail in which somebody quotes what he got."""
    encoded = base64.encodebytes(text.encode()).decode()
    return (
        "From: x@example.net\nSubject: Fwd: ?\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"
        f"Content-Transfer-Encoding: base64\n\n{encoded}"
    ).encode()


@pytest.mark.parametrize("who", [ANN, BEN, HUDA])
def test_each_mail_is_ours_by_its_signature_and_without_it_by_its_words(ours, mails, who):
    signed = ours.judge(mails[who])
    assert (signed.verdict, signed.by) == (Verdict.OURS, "signature")
    by_text = ours.judge(quoted("> " + body(mails[who], "plain").replace("\n", "\n> ")))
    assert by_text == Answer(Verdict.OURS, "text", notice_id=signed.notice_id)
    found = ours.by_notice(signed.notice_id)
    assert (found.mailing, found.told.id) == (MAILING, signed.notice_id)
    assert ours.doubts == ()


def test_a_notice_with_other_words_is_changed_and_a_mail_of_others_is_not_ours(ours, mails):
    text = body(mails[BEN], "plain")
    line = next(one for one in text.splitlines() if "telephone" in one)
    answer = ours.judge(quoted(text.replace(line, "- credit card")))
    assert answer.verdict is Verdict.CHANGED
    assert ours.judge(mails[BEN].replace(b"\r\n\r\n", b"\r\nSubject: Pay now\r\n\r\n", 1)).verdict is Verdict.CHANGED
    assert ours.judge(quoted("Dear customer, type your password.")) == Answer(Verdict.NOT_OURS)
    assert ours.judge(b"") == Answer(Verdict.CANNOT_TELL)


def test_a_code_leads_to_its_notice_however_it_is_typed(ours, mails):
    code = code_in(mails[ANN])
    found = ours.by_code(f" {code.lower().replace('-', ' ')} ")
    assert isinstance(found, Found)
    assert found.told.id == ours.judge(mails[ANN]).notice_id
    assert ours.by_code(code[:-1]) is Problem.TOO_SHORT
    assert ours.by_code("00000-00000-00000") is None


def test_the_index_of_codes_is_kept_holds_no_code_and_is_made_again_when_it_is_damaged(workspace, mails):
    code = code_in(mails[ANN])
    assert Ours.open(workspace).by_code(code) is not None
    [index] = folder_of(workspace, MAILING).glob("codes-*.npy")
    assert code.replace("-", "").encode() not in index.read_bytes()
    for damage in (b"", b"\x93NUMPY", index.read_bytes()[:-5], b"{" * 500):
        index.write_bytes(damage)
        assert Ours.open(workspace).by_code(code) is not None
    assert Ours.open(workspace).by_code(code) is not None


def test_only_the_mailings_that_are_asked_for_are_looked_through(workspace, mails):
    none = Ours.open(workspace, frozenset({"another"}))
    assert none.names == ()
    assert none.by_code(code_in(mails[ANN])) is None


def test_the_words_are_those_of_the_law_on_the_day_of_approval(workspace, mails, monkeypatch):
    asked = []
    writer = Ready.writer
    monkeypatch.setattr(Ready, "writer", lambda *given, **how: asked.append(given[2]) or writer(*given, **how))
    approved_at = NOW + timedelta(days=3)
    ours = Ours.open(workspace, {MAILING: approved_at})
    assert ours.judge(quoted(body(mails[BEN], "plain"))).verdict is Verdict.OURS
    assert asked == [approved_at]


@pytest.fixture
def own(tmp_path):
    """A workspace that a test may damage."""
    return mailed(tmp_path)


def test_who_has_another_name_or_has_left_the_list_is_told_by_the_signature_alone(own):
    mail = mails_of(own)[BEN]
    listed = own.root.parent / f"{MAILING}.csv"
    people = listed.read_text(encoding="utf-8")
    listed.write_text(people.replace("Ben Poe", "Ben Loe"), encoding="utf-8")
    ours = Ours.open(own)
    assert ours.judge(mail).verdict is Verdict.OURS
    answer = ours.judge(quoted(body(mail, "plain")))
    assert (answer.verdict, answer.changed) == (Verdict.CANNOT_TELL, ("salutation",))
    twice = ours.judge(quoted(body(mail, "plain").replace("telephone", "credit card")))
    assert twice.verdict is Verdict.CHANGED
    listed.write_text("\n".join(line for line in people.splitlines() if "ben@" not in line) + "\n", encoding="utf-8")
    ours = Ours.open(own)
    assert ours.judge(mail).verdict is Verdict.OURS
    assert ours.judge(quoted(body(mail, "plain"))).verdict is Verdict.CANNOT_TELL
    assert "only a signature shows" in ours.doubts[0]
    listed.unlink()
    ours = Ours.open(own)
    assert ours.judge(mail).verdict is Verdict.OURS
    assert ours.judge(quoted(body(mail, "plain"))).verdict is Verdict.CANNOT_TELL
    assert ours.judge(quoted("Something else.")).verdict is Verdict.NOT_OURS


def test_where_a_mailing_cannot_be_read_nobody_is_told_not_ours(own):
    mail = mails_of(own)[ANN]
    prepare(own, "other", b"id,email,name,country,language,entity,fields\nz9,zoe@mail.example,Zoe,DE,de,shop-eu,name\n")
    for path in folder_of(own, MAILING).glob("told-*.parquet"):
        path.write_bytes(b"PAR1")
    ours = Ours.open(own)
    assert ours.judge(mail).verdict is Verdict.OURS, "the key still says so"
    assert ours.judge(quoted(body(mail, "plain"))).verdict is Verdict.CANNOT_TELL
    assert ours.names == ("other",)
    assert ours.doubts
    assert not [value for value in ("Ann", "ann@", "Zoe") if value in " ".join(ours.doubts)]


@given(st.data())
@settings(max_examples=15, deadline=None)
def test_any_damaged_mail_is_answered(opened, mails, data):
    raw = bytearray(data.draw(st.sampled_from([*mails.values(), quoted(body(mails[BEN], "plain"))])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=20))
        raw = raw or bytearray(b"x")
    answer = opened.judge(bytes(raw))
    assert answer.verdict in set(Verdict)
    assert answer.notice_id is None or opened.by_notice(answer.notice_id) is not None
