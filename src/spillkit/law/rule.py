"""A rule of law as a value: one row of the data files, exactly as it stands there.

In:    nothing.
Out:   Jurisdiction, Rule and what they are made of; msgspec reads them from TOML and refuses unknown names.
Else:  reading and checking the files is `books`, deciding is `decide`, reckoning time is `clocks`.

A rule says what it demands (`duty`), of whom (`binds`), when (`when`: alternatives, each a set of conditions that must all hold),
unless (`unless`), until when (`clock`), of which authority, with which content. Every rule names its source and how sure it is.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

import msgspec


class DutyKind(StrEnum):
    """What a rule demands."""

    NOTIFY_AUTHORITY = "notify-authority"
    TELL_PEOPLE = "tell-people"
    TELL_OTHERS = "tell-others"  # credit bureaus, media, a controller
    KEEP_RECORD = "keep-record"
    FOLLOW_UP = "follow-up"  # a later or final report


class Status(StrEnum):
    """How sure a row is. What is not confirmed must look so wherever it is used."""

    CONFIRMED = "confirmed"  # statute text or at least one secondary page read
    PARTLY = "partly confirmed"  # the duty was seen, details are general knowledge
    NOT_CONFIRMED = "not confirmed"  # general knowledge only


class Connection(StrEnum):
    """What ties a legal entity to a law."""

    RESIDENTS = "residents"  # people who live there are affected, wherever the entity is
    ESTABLISHMENT = "establishment"  # the entity is established there
    EITHER = "either"


class Binds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is bound."""

    connection: Connection
    sectors: tuple[str, ...] = ()  # ids of sectors.toml; empty: every private company
    words: str = ""  # size and other limits, as the law says them


class People(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A number of people that must be reached."""

    at_least: int  # "more than 1000" is 1001
    of: str = "residents"  # residents: affected people there; all: of the incident
    at_most: int | None = None  # "fewer than 500" is 499; None: no upper bound


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One alternative under which a rule is triggered: all that is given must hold.

    data      kinds of fields.toml: any one of these combinations, shown of one person; empty: any personal data
    people    how many
    questions answers that only a human can give: question id -> "yes" or "no"
    """

    words: str  # the alternative in plain words
    data: tuple[tuple[str, ...], ...] = ()
    people: People | None = None
    questions: dict[str, str] = {}


class Exemption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What lifts the duty: all questions answered so."""

    words: str
    article: str = ""
    questions: dict[str, str] = {}  # empty: only told, never decided by the engine


class Clock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Until when.

    length  None: no fixed period, then only `words` say it
    unit    hours | days | months
    count   calendar | business
    starts  a milestone: aware | discovered | determined | assessed | authority-told | people-told | material | year-end
    """

    words: str  # as the law says it: "without undue delay and, where feasible, not later than 72 hours"
    length: int | None = None
    unit: str = "hours"
    count: str = "calendar"
    starts: str = "aware"
    holidays: str = ""  # code for the `holidays` library, "US", "BR", "SG"; "" where no holiday moves it
    contested: str = ""  # an extension that is argued and not sure, in words; shown only as such


class Addressee(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is told."""

    name: str  # official name; "" with `list` set
    list: str = ""  # a table of authorities.toml, by country: "eea"
    how: str = ""  # form or portal, in words
    status: Status = Status.CONFIRMED


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What must be said, and what must not."""

    items: tuple[str, ...] = ()  # ids of content.toml
    words: str = ""  # as the facts say it, where the items are not known one by one
    headings: tuple[str, ...] = ()  # prescribed, in this order
    forbidden: tuple[str, ...] = ()  # ids of content.toml where one fits, else words
    form: str = ""  # "written, clear and plain language", a form's name
    languages: tuple[str, ...] = ()  # BCP 47; empty: none prescribed


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where the row comes from."""

    status: Status
    where: str
    read_on: date
    not_confirmed: tuple[str, ...] = ()  # parts of this row that are general knowledge: "clock", "when", "article", …


class RuleCase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A test beside the rule: a small incident and what the rule says of it."""

    words: str
    outcome: str  # "triggered" | "not triggered" | "needs a human answer"
    fields: tuple[str, ...] = ("name", "email")
    people: int = 10
    account: str = "consumer"
    answers: dict[str, str] = {}
    on: date | None = None  # when the incident became known; None: the day the row was read
    due: str = ""  # the deadline as ISO 8601, where the case tests the clock
    milestones: dict[str, str] = {}


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One duty of one law."""

    id: str  # "eu-gdpr-33": never reused; further versions of the same duty end in -v2, -v3: "us-ca-people-v2"
    duty: DutyKind
    instrument: str  # official name
    article: str
    binds: Binds
    when: tuple[Condition, ...]
    clock: Clock
    source: Source
    case: tuple[RuleCase, ...]
    to: Addressee | None = None  # None: the people themselves, or nobody
    content: Content = Content()
    unless: tuple[Exemption, ...] = ()
    business_contacts: str = "inside"  # "outside": contact data of people in their job is not counted
    order: str = ""  # "before people", "not later than people", "after authority"
    in_force_from: date | None = None  # None: in force, the first day is not known here
    in_force_to: date | None = None  # last day
    note: str = ""


class Jurisdiction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One data file."""

    version: int  # 1
    code: str  # "EU", "US-CA", "CA-QC", "JP"
    name: str  # in English
    residents: tuple[str, ...]  # ISO 3166-1 alpha-2 or 3166-2 codes whose residents this law counts
    zone: str  # IANA zone in which its days are counted, "Europe/Brussels"
    rule: tuple[Rule, ...]
    parent: str = ""
    note: str = ""
    source: Source | None = None  # of a book without rules: how sure it is that there is no duty
