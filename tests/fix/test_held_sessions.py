"""A session that was issued to one and is handed to another is noticed; a setting that all have is not."""

from __future__ import annotations

from spillkit.fix.held_sessions import HeldSessions

ANNA, BEN = "sess-anna-0001", "sess-ben-00002"


def held():
    sessions = HeldSessions()
    sessions.learn(
        [("anna", {"sid": ANNA, "lang": "de", "build": "2026-11-02"}), ("ben", {"sid": BEN, "build": "2026-11-02"})]
    )
    return sessions


def test_what_two_hold_alike_or_what_is_short_is_no_session():
    assert held().names == {"sid"}


def test_a_session_handed_to_somebody_else_is_crossed():
    sessions = held()
    assert sessions.is_crossed(ANNA, "ben")
    assert not sessions.is_crossed(ANNA, "anna")


def test_a_new_value_belongs_to_the_first_who_is_given_it():
    sessions = held()
    assert not sessions.is_crossed("sess-new-00003", "ben")
    assert not sessions.is_crossed("sess-new-00003", "ben")
    assert sessions.is_crossed("sess-new-00003", "stranger 1")


def test_values_are_not_kept_as_they_are():
    assert ANNA not in repr(vars(held()))
