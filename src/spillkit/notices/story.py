"""What is said to everybody: what happened, what was done, what is not known yet.

In:    signed facts of a case, or a file typed in.
Out:   Story: codes, numbers and times from which every language makes its own sentences; free words only by language.
Else:  what one person is told is `told`; the sentences are `structure` and the catalogues.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import msgspec


class Nature(StrEnum):
    """What happened, as a person without technical knowledge would say it."""

    SHOWN_TO_CUSTOMERS = "shown-to-customers"  # our site showed data of one customer to others
    SENT_TO_CUSTOMERS = "sent-to-customers"  # a mail or a file went to the wrong customers
    OPEN_TO_ANYBODY = "open-to-anybody"  # a page or a file could be read without signing in
    PASSED_ON_BY_ONE = "passed-on-by-one"  # one member of staff passed data to somebody outside
    PASSED_ON_BY_SEVERAL = "passed-on-by-several"


class Done(StrEnum):
    """What the company did. Each is said only where it was done."""

    STOPPED = "stopped"
    TESTED = "tested"  # it was proved that the fault is gone
    COPIES_ASKED_BACK = "copies-asked-back"  # those who saw it were asked to delete it
    AUTHORITY_TOLD = "authority-told"
    POLICE_TOLD = "police-told"
    SESSIONS_ENDED = "sessions-ended"  # everybody must sign in again
    STAFF_ACCESS_ENDED = "staff-access-ended"
    SEARCH_COPIES_REMOVED = "search-copies-removed"


class Story(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What everybody is told alike."""

    campaign: str  # a name without personal data, "2026-11-cache"
    nature: Nature
    known_on: date  # when the company noticed
    first_at: datetime | None  # of the whole incident, UTC
    last_at: datetime | None
    people_confirmed: int
    people_upper: int | None  # at most; None: not bounded
    done: tuple[tuple[Done, date], ...]
    not_known: dict[str, tuple[str, ...]] = {}  # by language: what is not known yet, one sentence each
    next_word_on: date | None = None  # when the company writes again
    stated_at: str = ""  # place of the public statement that a reader can type, without a scheme
    zone: str = "UTC"  # in which times are said
