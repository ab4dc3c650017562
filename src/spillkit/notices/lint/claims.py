"""What a text says, as values that can be compared.

In:    nothing.
Out:   Text, Kind, Bound, Claim.
Else:  finding claims in words is `read_claims`; what is true is `facts_of`; holding one against the other is `compare`.

A claim never quotes the text: people paste personal data into texts. It has a place, and a value of our own vocabulary.
"""

from __future__ import annotations

import hashlib
from enum import StrEnum

import msgspec

from spillkit.notices.told import Told


class Purpose(StrEnum):
    """What a document is for. It decides what must stand in it."""

    NOTICE = "notice"  # to one affected person
    CORRECTION = "correction"
    UNAFFECTED = "unaffected"  # to somebody who asked and is not affected
    UNINTENDED_VIEWER = "unintended-viewer"
    STATEMENT = "statement"  # to the public
    REPORT = "report"  # to an authority
    PORTAL = "portal"  # a page of the portal
    AGENT = "agent"  # sentences that support staff may say


class Text(msgspec.Struct, frozen=True):
    """A text that is to go out."""

    name: str  # of the file or the template, without personal data
    purpose: Purpose
    text: str
    languages: tuple[str, ...] = ()  # tags; several for a bilingual text; empty: guessed for each paragraph
    entity: str = ""  # id of the legal entity that speaks; "": any of them
    told: Told | None = None  # the person, where the text is his
    code: str = ""  # by which the reader checks it; "": not known here
    links: tuple[str, ...] = ()  # targets that stand in the markup and not in the text
    typed: tuple[Claim, ...] = ()  # what our own structure says, where the text was made from one

    @property
    def digest(self) -> str:
        """SHA-256 of the text, in hex: a decision on one wording says nothing of another."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


class Kind(StrEnum):
    """What a claim is about."""

    PEOPLE = "people"  # how many are affected
    VIEWERS = "viewers"  # how many saw it
    DAY = "day"
    MOMENT = "moment"  # a time of day
    DURATION = "duration"
    FIELD = "field"  # which data was shown, or was not
    AFFECTED = "affected"  # one person, or several
    VIEWER = "viewer"  # one viewer, or several
    AUDIENCE = "audience"  # which kind of viewer
    ACTOR = "actor"  # one member of staff, or several
    CAUSE = "cause"  # technical, or staff
    PROMISE = "promise"
    DONE = "done"  # what the company did
    HEDGE = "hedge"
    EMPTY = "empty"  # words that say nothing and soothe
    WORD = "word"  # a legal conclusion
    LINK = "link"
    DOMAIN = "domain"
    CONTACT = "contact"  # where somebody answers
    AUTHORITY = "authority"
    CODE = "code"
    AGAIN = "again"  # when the company writes again


class Bound(StrEnum):
    """How a number is said."""

    EXACT = "exact"
    ABOUT = "about"
    LEAST = "at least"
    MOST = "at most"


class Claim(msgspec.Struct, frozen=True):
    """One thing that a text says."""

    kind: Kind
    value: str  # "1204", "2026-11-20", "22:10", "e-mail", "one", "only-these"; "" where it could not be read
    start: int  # characters into the document's text
    end: int  # one past the last character
    bound: Bound = Bound.EXACT
    role: str = ""  # of a day or moment: "from", "until", "known", "again"; else ""
    is_denied: bool = False  # "was not shown"
    unit_s: int = 0  # of a duration: seconds in the unit that was said
