"""What arrives is sorted, and nothing is answered that a program wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spillkit.notices.dsn import Came, Origin
from spillkit.notices.incoming import What, sort_mail
from tests.notices.test_dsn import NOTICE, complaint, delivery

ORIGINS = [Origin("bounces@ca.example.com", "ca.example.com"), Origin("notices@bounce.example.org", "example.org")]
LETTER = b"""Return-Path: <ann@example.net>
From: Ann <ann@example.net>
To: is-it-you@example.org
Subject: Fwd: ?

Is this you?
"""


def test_reports_are_told_by_whichever_sender_they_are_about():
    bounce = sort_mail(delivery(), ORIGINS)
    assert (bounce.what, bounce.report.notice_id, bounce.report.came) == (What.REPORT, NOTICE, Came.HARD)
    called = sort_mail(complaint("abuse"), ORIGINS)
    assert (called.what, called.report.notice_id, called.report.came) == (What.REPORT, NOTICE, Came.COMPLAINT)


def test_a_letter_is_answered_at_its_return_path():
    letter = sort_mail(LETTER, ORIGINS)
    assert (letter.what, letter.answer_to) == (What.LETTER, "ann@example.net")
    assert "ann@" not in repr(letter)
    assert sort_mail(
        LETTER.replace(b"<ann@example.net>\nFrom", b"<x-ann=1@mail.example.net>\nFrom"), ORIGINS
    ).answer_to == ("x-ann=1@mail.example.net")


NOT_ANSWERED = {
    "the empty return path": (b"Return-Path: <ann@example.net>", b"Return-Path: <>", What.REPORT),
    "another domain": (b"Return-Path: <ann@example.net>", b"Return-Path: <mallory@example.com>", What.LETTER),
    "two senders": (b"From: Ann <ann@example.net>", b"From: ann@example.net, victim@example.net", What.LETTER),
    "two From fields": (b"To: ", b"From: victim@example.net\nTo: ", What.LETTER),
    "two return paths": (b"To: ", b"Return-Path: <victim@example.net>\nTo: ", What.LETTER),
    "no sender": (b"From: Ann <ann@example.net>\n", b"", What.LETTER),
    "no address": (b"ann@example.net", b"ann", What.LETTER),
    "made by a program": (b"To: ", b"Auto-Submitted: auto-generated\nTo: ", What.AUTOMATIC),
    "a holiday answer": (b"To: ", b"Auto-Submitted: auto-replied (vacation)\nTo: ", What.AUTOMATIC),
    "a list": (b"To: ", b"List-Id: <x.example.net>\nTo: ", What.AUTOMATIC),
    "in bulk": (b"To: ", b"Precedence: Bulk\nTo: ", What.AUTOMATIC),
    "an address of a program": (b"From: Ann <ann@example.net>", b"From: no-reply@example.net", What.AUTOMATIC),
    "a return path of a program": (b"Return-Path: <ann@", b"Return-Path: <bounces+17@", What.LETTER),
}


@pytest.mark.parametrize(("old", "new", "what"), NOT_ANSWERED.values(), ids=NOT_ANSWERED)
def test_no_answer_goes_to_a_program_or_to_somebody_who_asked_nothing(old, new, what):
    raw = LETTER.replace(old, new)
    assert raw != LETTER
    found = sort_mail(raw, ORIGINS)
    assert (found.what, found.answer_to) == (what, None)


def test_auto_submitted_no_is_a_person():
    assert sort_mail(LETTER.replace(b"To: ", b"Auto-Submitted: no\nTo: "), ORIGINS).answer_to == "ann@example.net"


@given(st.data())
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_sorted(data):
    raw = bytearray(data.draw(st.sampled_from([LETTER, delivery(), complaint("abuse"), b""])))
    for _ in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, max(0, len(raw) - 1)))
        raw[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=20))
    found = sort_mail(bytes(raw), ORIGINS)
    assert found.what in set(What)
    assert found.answer_to is None or found.what is What.LETTER
    assert found.answer_to is None or not set("\r\n\0 ") & set(found.answer_to.replace('" "', ""))
