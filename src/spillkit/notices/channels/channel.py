"""What every channel has in common: a notice goes in, a receipt comes out.

In:    Addressed: what somebody is told, and what was read of him again.
Out:   Receipt, or NotGiven with the reason; both are kept.
Else:  each channel has a folder of its own; e-mail, where an answer can be lost, has its outbox: `spillkit_server.sending`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

import msgspec

from spillkit.directory.postal import PostalAddress
from spillkit.notices.reader import NOBODY, Reader
from spillkit.notices.told import Hold, Told


class Addressed(msgspec.Struct, frozen=True):
    """A notice, and what was read of its person again. Never stored, never logged."""

    told: Told
    reader: Reader = NOBODY
    postal: PostalAddress = PostalAddress()
    country: str = ""  # of the postal address, ISO 3166-1 alpha-2; "": not known

    def __repr__(self) -> str:
        return "Addressed(…)"


class Why(StrEnum):
    """Why a notice was not given to a channel."""

    NO_POSTAL_ADDRESS = "no-postal-address"  # the customer list has none, or not enough of one
    LONG_ADDRESS = "long-address"  # more than the window of an envelope shows
    SEVERAL_PEOPLE = "several-people"  # one mailbox of several people, who live at one address or at several
    NOT_DRAWN = "not-drawn"  # no font of this machine has a character of it
    REFUSED = "refused"  # the application does not take it


class Receipt(msgspec.Struct, frozen=True):
    """A notice was given to a channel."""

    notice: str
    digest: str  # SHA-256 of the bytes that were given, 64 hex digits


class NotGiven(msgspec.Struct, frozen=True):
    """A notice was not given to a channel. Somebody has to reach this person in another way."""

    notice: str
    why: Why


class Channel(Protocol):
    """A way by which notices reach people. Giving the same notice twice gives the same bytes."""

    name: str  # of the channel, and of the file of its receipts
    is_final: bool  # what was given has left for good, and is kept at once; else it counts from `finish` on

    def give(self, one: Addressed) -> Receipt | NotGiven:
        """Give one notice."""

    def finish(self) -> None:
        """Put everything in place that was given."""


class Kept(Protocol):
    """Keeps receipts."""

    def has(self, notice: str) -> bool:
        """Say whether a notice was given before."""

    def keep(self, came: Iterable[Receipt | NotGiven]) -> None:
        """Keep what came of notices. Once this returns it is on the disk."""


class Given(msgspec.Struct, frozen=True):
    """What became of all notices."""

    given: int
    before: int  # given at another time; only where giving is final
    not_given: dict[str, int]  # by Why


def give_all(channel: Channel, people: Iterable[Addressed], kept: Kept) -> Given:
    """Give notices to a channel, and keep what came of each.

    Where giving is final, those of whom there is a receipt are passed over: after an interruption the same call goes on.
    """
    came: list[Receipt | NotGiven] = []
    given = before = 0
    not_given: dict[str, int] = {}
    for one in people:
        if channel.is_final and kept.has(one.told.id):
            before += 1
            continue
        outcome = channel.give(one)
        if isinstance(outcome, Receipt):
            given += 1
        else:
            not_given[outcome.why.value] = not_given.get(outcome.why.value, 0) + 1
        if channel.is_final:
            kept.keep([outcome])
        else:
            came.append(outcome)
    channel.finish()
    kept.keep(came)
    return Given(given, before, not_given)


def is_for_channels(told: Told, *, everybody: bool) -> bool:
    """Say whether somebody is told by a channel beside e-mail.

    Those without an e-mail address are, where nothing else speaks against telling them; `everybody` adds those who are told by
    e-mail as well. Whoever is on hold for another reason is told by no channel.
    """
    return told.holds == (Hold.NO_ADDRESS,) or (everybody and not told.holds and told.hold is None)


def digest_of(content: bytes) -> str:
    """Return what stands in a receipt for some bytes."""
    return hashlib.sha256(content).hexdigest()
