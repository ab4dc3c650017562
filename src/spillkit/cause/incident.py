"""What cause finding answers with: incidents and their causes as frozen values.

In:    nothing.
Out:   CauseClass, Statistic, Example, Onset, Cause, Incident; they turn into JSON as they are (msgspec).
Else:  statistics are `statistics`, deciding is `decide`, putting exposures together is `grouping`.

Nothing here names anybody: subjects and viewers stand as counts, and examples as places in a recording.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class CauseClass(StrEnum):
    """Why exposures came about. Each has a page in docs/explanation/causes/."""

    SHARED_CACHE = "shared-http-cache"
    APP_CACHE = "application-cache-key"
    CACHE = "cache"  # a cache, and nothing recorded tells which layer
    CACHED_COOKIE = "cached-set-cookie"
    SESSION_MIX_UP = "session-mix-up"
    REQUEST_RACE = "request-race"
    DESYNC = "connection-desync"
    BULK_LISTING = "bulk-listing"
    ENUMERATION = "id-enumeration"
    ACCOUNT_MAPPING = "account-mapping"
    JOB_MIX_UP = "export-job-mix-up"
    MEMORY_FRAGMENT = "memory-fragment"
    OPEN_RECIPIENTS = "open-recipient-list"
    MAIL_SHIFT = "mail-merge-shift"
    TEMPLATE_FIELD = "private-field-on-public-page"
    STAFF = "staff-access"  # handed on to trace; never called technical
    UNKNOWN = "unknown"


class Statistic(msgspec.Struct, frozen=True, kw_only=True):
    """One measured sign, corrected for chance."""

    name: str  # "hit excess", "first owner", "lag 1", …
    value: float  # as measured, a share 0..1 unless the words say otherwise
    chance: float | None  # what would be expected without this cause; None where there is no such value
    n: int  # of how many events
    words: str  # one sentence with value, chance and n


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One exposed answer, as a place to look at."""

    source: str
    entry: int
    shown_at: datetime | None
    method: str
    route: str
    subjects: int  # people in it who are not its viewer
    words: str  # what in this answer speaks for the cause, without any value


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A deploy, a configuration change, a rollback, a purge: one line of the changes file (CSV with time,what)."""

    at: datetime  # UTC
    what: str


class Onset(msgspec.Struct, frozen=True, kw_only=True):
    """From when to when the fault was at work, as far as the answers tell."""

    first_at: datetime | None  # the first exposed answer
    last_at: datetime | None
    clean_before: datetime | None  # the last answer of these routes that would have shown the fault, and did not
    clean_after: datetime | None
    began_with: Change | None  # the change that lies nearest before the first exposed answer, if one does within reach
    ended_with: Change | None


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """The class, and why."""

    cause: CauseClass
    score: float  # 0..1; below 0.35 nothing is decided
    runner_up: CauseClass | None
    evidence_for: tuple[Statistic, ...]
    evidence_against: tuple[Statistic, ...]
    missing: str  # the one thing to log that would decide; "" where it is decided
    facts: tuple[
        str, ...
    ]  # what else is known: the layer and its life time, the shift and first row, how many ids by how many viewers
    remedy: str  # two sentences; "" where unknown


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """Exposures with one cause."""

    number: int  # from 1; most people first
    cause: Cause
    onset: Onset
    channel: str
    routes: tuple[str, ...]  # "GET /account"
    exposures: int  # rows: one for each answer, subject and field
    answers: int
    subjects: int
    subjects_confirmed: int
    viewers: int
    viewers_known: bool  # false: no session was recorded, so who saw it cannot be known
    corrected: int  # answers whose viewer was corrected, because the session was handed over
    fields: tuple[str, ...]
    examples: tuple[Example, ...]  # five at most
