"""What one person is told, without saying who that is.

In:    nothing.
Out:   Kind, Hold, Told: one row of a campaign.
Else:  finding the rows is `gather` and `merging`; names and addresses are read again from the customer list while a text is made.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from spillkit.model import SubjectId


class Kind(StrEnum):
    """What a letter is for."""

    AFFECTED = "affected"
    CORRECTION = "correction"  # to those who were not told yet, or were told something that was wrong
    UNAFFECTED = "unaffected"  # to somebody who asked and is not affected
    UNINTENDED_VIEWER = "unintended-viewer"  # "please delete"


class Hold(StrEnum):
    """Why somebody is not told for now. A person decides what becomes of him; he stands in the list of substitute notices."""

    MINOR = "minor"  # the holder of parental responsibility is told instead
    DECEASED = "deceased"
    ADDRESS_CHANGED = "address-changed"  # since the exposure, and nothing shows that it is the same person's
    NAMESAKE = "namesake"  # nobody knows yet which of several it was
    SHARED_MAILBOX = "shared-mailbox"  # of people who were not resolved to one
    LEGAL_HOLD = "legal-hold"  # an authority asked to wait (GDPR recital 88, and the laws of the states)
    NO_ADDRESS = "no-address"
    NOT_SIGNED_OFF = "not-signed-off"  # no text in his language was read by a native reader


class Told(msgspec.Struct, frozen=True):
    """What one person is told. One person is one notice, however many accounts he has."""

    id: str  # of the notice: the same for the same campaign and person, and meaningless without the key
    subjects: tuple[SubjectId, ...]  # all accounts of the person, sorted
    kind: Kind
    entity: str  # of the letterhead under which he is told
    country: str  # ISO 3166-1 alpha-2; "": not known
    languages: tuple[str, ...]  # tags; one, or two where the account names none
    fields: tuple[str, ...]  # labels of `model.Field` that were shown of him; empty in a shared mailbox
    first_at: datetime | None  # when they were shown first, UTC; None: not known
    last_at: datetime | None
    viewers: tuple[tuple[str, int], ...]  # how many of each ViewerKind saw them, sorted by kind
    authority: str = ""  # id in the law's authorities.toml to which he may complain; "": not known
    is_shared: bool = False  # the mailbox is read by several people: nothing of the values is said
    hold: Hold | None = None  # the strongest of `holds`
    holds: tuple[Hold, ...] = ()  # everything that speaks against telling him now, the strongest first
    people: int = 1  # how many: more than one only in a shared mailbox
    mailbox: str = ""  # mark of the mailbox at which he is told (`marks.mailbox_mark`); "": none
