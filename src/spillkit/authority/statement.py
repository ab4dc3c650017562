"""What only people can say in a report: contacts, consequences, measures, reasons. Read from `report.toml`.

In:    the bytes of a TOML file.
Out:   a Statement; unknown names, naive times are refused with their place, never with their value.
Else:  what was measured comes from `scope`, what the law asks from `law`; joining them is `make`.

A contact's name and address are personal data that the law wants in the report (GDPR Art. 33(3)(b)); they go nowhere else.
"""

from __future__ import annotations

import tomllib
from datetime import date, datetime
from typing import Literal

import msgspec

from spillkit.authority.report import Party
from spillkit.errors import ReportError

MOST_BYTES = 1 << 20
MOST_TEXT = 20_000  # characters of one text: some six pages
MOST_NAME = 300
MOST_ENTRIES = 200  # measures, authorities told, texts

EXAMPLE = '''\
# What only people can say in a report to an authority. Leave out what is not known yet: the report lists it as open.
version = 1
reference = "2026-014"          # your own
language = "en"                 # of the texts below

[aware]                         # when the company became aware, and why then (GDPR Art. 33(1))
at = 2026-11-20T17:20:00+01:00
because = "Customer care repeated a customer's report and saw another customer's page."

[company]
name = "Example S.p.A."
address = "Via Esempio 1, 20100 Milano, Italy"
identifier = "IT00000000000"

[contact]                       # data protection officer or another contact (Art. 33(3)(b))
function = "data protection officer"
name = ""
email = ""
phone = ""

[say.consequences]              # any item of the law's list: [say.ITEM]; `proposed = true` until somebody takes it as his own
words = """
Strangers know that these people are customers, and can write to them by name. Deceptive mail is the likely consequence.
"""

[[measure]]
words = "The cache was purged and switched off for signed-in pages."
state = "taken"                 # taken or proposed
aim = "stop"                    # stop, mitigate or prevent
at = 2026-11-20T19:05:00+01:00

[[measure]]
words = "Each release is checked with two signed-in test customers."
state = "proposed"
aim = "prevent"

[unknown.number-records]        # what is open, why, and until when: [unknown.ITEM]
because = "the log of one night has not been read yet"
expected_on = 2026-11-25

# [told_people]                 # state: yes, planned, undecided or not needed
# state = "planned"
# at = 2026-11-24T09:00:00+01:00
# how = "one e-mail each, in the customer's language"

# [[told]]                      # other authorities that were told
# name = "Information Commissioner's Office"
# at = 2026-11-22T10:00:00+00:00

# delay = "why it is later than the clock"        # asked for only where it is
# withdrawn_because = "why this report withdraws the earlier ones"
# [[sent]]                      # earlier reports that went out, in their order
# at = 2026-11-22T08:00:00+01:00
# reference = "the authority's number"
# [changed.number-people]       # why a figure moved
# because = "the log of the last night was read"
'''

_Name = msgspec.Meta(max_length=MOST_NAME)


class Said(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A text to one item."""

    words: str
    proposed: bool = False


class Unknown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is open, and why."""

    because: str
    expected_on: date | None = None


class Why(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why a figure moved."""

    because: str


class Moment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When the company became aware."""

    at: datetime
    because: str = ""


class Measure(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something done, or to be done."""

    words: str
    state: Literal["taken", "proposed"] = "taken"
    aim: Literal["stop", "mitigate", "prevent"] = "stop"
    at: datetime | None = None


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another authority that was told."""

    name: str
    at: datetime | None = None
    reference: str = ""


class ToldPeople(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether and how the people are told."""

    state: Literal["yes", "planned", "undecided", "not needed"]
    at: datetime | None = None
    how: str = ""
    people: int | None = None
    words: str = ""


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That an earlier report went out."""

    at: datetime
    reference: str = ""


class Statement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What people say."""

    version: int = 1
    reference: str = ""
    language: str = ""  # of the texts, BCP 47; "": the report's
    aware: Moment | None = None
    company: Party = Party()
    contact: Party = Party()
    reporter: Party | None = None
    say: dict[str, Said] = {}
    unknown: dict[str, Unknown] = {}
    changed: dict[str, Why] = {}
    measure: tuple[Measure, ...] = ()
    told: tuple[Told, ...] = ()
    told_people: ToldPeople | None = None
    sent: tuple[Sent, ...] = ()
    delay: str = ""
    withdrawn_because: str = ""


def read_statement(content: bytes, *, name: str = "report.toml", items: frozenset[str] | None = None) -> Statement:
    """Read what people say.

    content  the file's bytes, UTF-8
    name     of the file, for messages
    items    ids of content.toml; a text to another one is refused; None: not checked
    Raises   ReportError that names place and remedy, never a value
    """
    if len(content) > MOST_BYTES:
        raise ReportError(
            f"{name}: larger than {MOST_BYTES >> 20} MiB. A report needs a few pages of text: shorten it."
        )
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ReportError(f"{name}, byte {error.start}: not UTF-8. Save the file as UTF-8.") from error
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        place = str(error).rpartition("(")[2].rstrip(")") if "(at " in str(error) else "somewhere"
        raise ReportError(
            f"{name}, {place}: this is not TOML. Compare with spillkit report authority --example."
        ) from error
    try:
        statement = msgspec.convert(table, Statement)
    except msgspec.ValidationError as error:
        raise ReportError(
            f"{name}: {_without_values(str(error))}. Compare with spillkit report authority --example."
        ) from error
    check_statement(statement, name=name, items=items)
    return statement


def check_statement(statement: Statement, *, name: str = "report", items: frozenset[str] | None = None) -> None:
    """Refuse what no report can say; raises ReportError."""
    if statement.version != 1:
        raise ReportError(f"{name}: version {statement.version} is not read by this Spillkit, which reads version 1.")
    for place, at in _times(statement):
        if at.tzinfo is None or at.utcoffset() is None:
            raise ReportError(
                f"{name}, {place}: the time has no zone. Write it with its offset, as 2026-11-20T17:20:00+01:00."
            )
        if not 1970 <= at.year < 9999:
            raise ReportError(
                f"{name}, {place}: the year cannot be right. Write the time as 2026-11-20T17:20:00+01:00."
            )
    for place, text, most in _texts(statement):
        if len(text) > most:
            raise ReportError(f"{name}, {place}: {len(text):,} characters; at most {most:,} fit here. Shorten it.")
    for place, number in (
        ("say", len(statement.say)),
        ("unknown", len(statement.unknown)),
        ("measure", len(statement.measure)),
        ("told", len(statement.told)),
        ("sent", len(statement.sent)),
    ):
        if number > MOST_ENTRIES:
            raise ReportError(
                f"{name}, {place}: {number:,} entries; at most {MOST_ENTRIES} fit here. Put some together."
            )
    if items is not None:
        for place, names in (("say", statement.say), ("unknown", statement.unknown), ("changed", statement.changed)):
            for number, item in enumerate(names, 1):
                if item not in items:
                    raise ReportError(
                        f"{name}, {place}, entry {number}: no law asks for an item of this name. "
                        "spillkit report authority --items lists the names."
                    )
    if statement.told_people is not None and (statement.told_people.people or 0) < 0:
        raise ReportError(f"{name}, told_people: a number of people below zero.")


def _times(statement: Statement) -> list[tuple[str, datetime]]:
    said = [("aware", statement.aware.at if statement.aware else None)]
    said += [(f"measure {n}", measure.at) for n, measure in enumerate(statement.measure, 1)]
    said += [(f"told {n}", told.at) for n, told in enumerate(statement.told, 1)]
    said += [(f"sent {n}", sent.at) for n, sent in enumerate(statement.sent, 1)]
    said.append(("told_people", statement.told_people.at if statement.told_people else None))
    return [(place, at) for place, at in said if at is not None]


def _texts(statement: Statement) -> list[tuple[str, str, int]]:
    parties = [("company", statement.company), ("contact", statement.contact)]
    if statement.reporter is not None:
        parties.append(("reporter", statement.reporter))
    said = [
        (f"{place}.{part}", value, MOST_NAME)
        for place, party in parties
        for part, value in msgspec.structs.asdict(party).items()
    ]
    said += [("reference", statement.reference, MOST_NAME), ("language", statement.language, 35)]
    said += [(f"say, entry {n}", each.words, MOST_TEXT) for n, each in enumerate(statement.say.values(), 1)]
    said += [(f"unknown, entry {n}", each.because, MOST_TEXT) for n, each in enumerate(statement.unknown.values(), 1)]
    said += [(f"changed, entry {n}", each.because, MOST_TEXT) for n, each in enumerate(statement.changed.values(), 1)]
    said += [(f"measure {n}", each.words, MOST_TEXT) for n, each in enumerate(statement.measure, 1)]
    said += [(f"told {n}", each.name, MOST_NAME) for n, each in enumerate(statement.told, 1)]
    said += [(f"told {n}", each.reference, MOST_NAME) for n, each in enumerate(statement.told, 1)]
    said += [(f"sent {n}", each.reference, MOST_NAME) for n, each in enumerate(statement.sent, 1)]
    said += [("delay", statement.delay, MOST_TEXT), ("withdrawn_because", statement.withdrawn_because, MOST_TEXT)]
    if statement.aware is not None:
        said.append(("aware.because", statement.aware.because, MOST_TEXT))
    if statement.told_people is not None:
        said += [("told_people.how", statement.told_people.how, MOST_TEXT)]
        said += [("told_people.words", statement.told_people.words, MOST_TEXT)]
    return said


def _without_values(message: str) -> str:
    """Return msgspec's message without what it quotes from the file: only the place and the kind are kept."""
    what, _, where = message.partition(" - at ")
    if what.startswith("Object contains unknown field"):
        what = "a name that no report has"
    elif what.startswith("Invalid enum value"):
        what = "a word that is none of the allowed ones"
    elif what.startswith("Invalid "):
        what = "a value that cannot be read"
    return f"{what}{', ' + where.strip('`') if where else ''}".replace("$.", "")
