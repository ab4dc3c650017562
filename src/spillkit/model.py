"""The words of Spillkit as values: what every stage hands to the next.

In:    nothing.
Out:   Field, Exchange, Viewer, Damage and the Arrow schemas of sightings, coverage and exposures.
Else:  reading files is `capture` and `directory`; deciding is `scan`, `entitlement`, `scope`.

The words are those of docs/glossary.md. All times are UTC and aware.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import NewType

SubjectId = NewType("SubjectId", str)  # the company's own opaque id of a subject
ViewerId = NewType("ViewerId", str)  # a SubjectId, or "staff:…", "partner:…", "crawler:…", "anonymous", "unknown:…"
SourceId = NewType("SourceId", str)  # first 16 hex digits of the SHA-256 of a recording's bytes


class Field(IntEnum):
    """What of a subject was seen. The number is the field's code in the index file (4 bits); never renumber."""

    NAME = 0
    EMAIL = 1
    PHONE = 2
    ADDRESS = 3
    CUSTOMER_ID = 4
    ORDER = 5
    DOCUMENT = 6
    DEVICE = 7
    SESSION = 8
    TOKEN = 9  # any other ownership token
    RENDERED_FOR = 15  # the answer itself says for whom it was rendered; never in the index

    @property
    def label(self) -> str:
        """The field's name in the ledger, in rules files and on screens."""
        return _LABELS[self]

    @classmethod
    def of_label(cls, label: str) -> Field:
        """Return the field of that label; ValueError if there is none."""
        for code, text in _LABELS.items():
            if text == label:
                return code
        raise ValueError(f"no field is called {label!r}; the fields are {', '.join(_LABELS.values())}")


_LABELS: Mapping[Field, str] = {
    Field.NAME: "name",
    Field.EMAIL: "e-mail",
    Field.PHONE: "phone",
    Field.ADDRESS: "address",
    Field.CUSTOMER_ID: "customer-id",
    Field.ORDER: "order",
    Field.DOCUMENT: "document",
    Field.DEVICE: "device",
    Field.SESSION: "session",
    Field.TOKEN: "token",
    Field.RENDERED_FOR: "rendered-for",
}


class Evidence(StrEnum):
    """How sure a sighting is (charter, section 4)."""

    CONFIRMED = "confirmed"
    POSSIBLE = "possible"


class ViewerKind(StrEnum):
    SUBJECT = "subject"  # a customer
    STAFF = "staff"
    PARTNER = "partner"
    CRAWLER = "crawler"  # search engines keep copies
    ANONYMOUS = "anonymous"  # known to be signed out
    UNKNOWN = "unknown"  # nobody can say


class Channel(StrEnum):
    HTTP = "http"
    WEBSOCKET = "websocket"
    MAIL = "mail"
    EXPORT = "export"


class BodyState(StrEnum):
    """Whether the body of an exchange could be looked at."""

    OK = "ok"
    MISSING = "missing"  # the recording holds none
    DAMAGED = "damaged"  # cut, or could not be decoded; what could be decoded is still looked at
    TOO_LARGE = "too large"  # over the size or ratio limit; looked at up to the limit
    NOT_TEXT = "not text"  # a PDF, office file, archive or unknown bytes: recorded, but not looked at


Headers = tuple[tuple[str, str], ...]  # names in lower case, order and repeats kept


@dataclass(frozen=True, slots=True)
class Request:
    """What is known of who asked. Used to find the viewer, then dropped: never stored, never printed."""

    headers: Headers = field(default=(), repr=False)
    client_ip: str = field(default="", repr=False)
    user_agent: str = field(default="", repr=False)
    addressee: str = field(default="", repr=False)  # mail: the recipient's address
    viewer_hint: str = field(default="", repr=False)  # the recorder's own `viewer` column


@dataclass(frozen=True, slots=True)
class Exchange:
    """One answer that was sent to somebody, with its body decoded to UTF-8."""

    source: SourceId
    entry: int  # 0-based place in its file
    shown_at: datetime | None  # UTC, when the answer left the server; None where the recording does not say
    method: str
    url: str = field(repr=False)  # as recorded; only its route is ever stored
    status: int = 0
    channel: Channel = Channel.HTTP
    media_type: str = ""  # lower case, without parameters
    response_headers: Headers = field(default=(), repr=False)
    body: bytes | None = field(default=None, repr=False)  # decoded; None where there is none
    body_state: BodyState = BodyState.OK
    body_bytes: int = 0  # length of the decoded body, or what the recording says it was
    request: Request = field(default=Request(), repr=False)
    worker: str = field(default="", repr=False)
    connection: str = field(default="", repr=False)
    edge: str = field(default="", repr=False)
    issued: Headers = field(
        default=(), repr=False
    )  # cookies that the answer set: (name, value). Pseudonymised, then dropped
    took_ms: float | None = None  # from request to answer; of an export the job's whole time
    open_recipients: int = 0  # mail: addresses in To and Cc


@dataclass(frozen=True, slots=True)
class Damage:
    """A part of a recording that could not be read. Damage is a fact like any other: it becomes a row."""

    source: SourceId
    entry: int | None  # 0-based place, if it is known which exchange was hit
    offset: int | None  # bytes into the file as stored
    reason: str  # in words, without any value from the file
    lost_exchanges: int | None  # how many answers could not be read; None if nobody can say


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who received an exchange, and how we know."""

    id: ViewerId
    kind: ViewerKind
    found_by: (
        str  # "cookie:sessionid", "jwt:sub", "header:x-user", "file", "column", "rule", "mail", "inferred", "none"
    )
    session: str = ""  # keyed pseudonym of the session, for counting and inference; "" if there is none


UNKNOWN_VIEWER = Viewer(ViewerId("unknown"), ViewerKind.UNKNOWN, "none")
