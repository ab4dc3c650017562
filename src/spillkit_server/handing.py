"""Give what two people signed to a channel beside e-mail: letters, and the company's own application.

In:    a mailing of the workspace; a folder, a file, or the application's address.
Out:   Handed: what was given, and of whom there is none and why; receipts in the mailing's folder.
Else:  the channels are `spillkit.notices.channels`; e-mail is `sending`.

Those whom no mail reaches are told here; with Who those as well whose mail came back, or who are told by e-mail, in the same words
and with the same code. Whoever was withdrawn, or is on hold for another reason than a missing address, is told by no channel.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow.compute as pc
from rich.console import Console
from rich.progress import track

from spillkit.errors import SendingError
from spillkit.notices.channels.channel import Addressed, Channel, Given, give_all, is_for_channels
from spillkit.notices.channels.in_app.file import InAppFile
from spillkit.notices.channels.in_app.hook import InAppHook
from spillkit.notices.channels.letter.folder import LetterFolder
from spillkit.notices.channels.receipts import Receipts, given_notices
from spillkit.notices.channels.recipients import read_recipients
from spillkit.notices.channels.words import Words, words_of
from spillkit.notices.prepared import Ready, folder_of, read_prepared
from spillkit.notices.states import State
from spillkit.notices.told import Told
from spillkit.notices.told_table import rows_of
from spillkit.settings import Workspace
from spillkit_server.models import Mailing, NoticeRow
from spillkit_server.sending.carrying import approve_signed


class Who(msgspec.Struct, frozen=True):
    """Who is told by a channel besides those whom no mail reaches."""

    everybody: bool = False  # who is told by e-mail as well
    came_back: bool = False  # whose mail came back


class Handed(msgspec.Struct, frozen=True):
    """What came of giving a mailing to a channel."""

    mailing: str
    channel: str
    given: int
    before: int  # at another time
    not_given: dict[str, int]  # by `channel.Why`

    @property
    def is_whole(self) -> bool:
        return not self.not_given


@dataclass(frozen=True, slots=True)
class _Signed:
    """A mailing that two people signed, and those of it who are told by a channel."""

    workspace: Workspace
    ready: Ready
    approved_at: datetime
    told: tuple[Told, ...]

    @property
    def words(self) -> Words:
        return words_of(self.ready, self.workspace, self.approved_at)


def write_letters(
    workspace: Workspace, mailing: str, folder: Path, *, who: Who, now: datetime, again: bool = False
) -> Handed:
    """Write the letters of a mailing into a folder. Whoever was written one before gets no second, but where it is asked for.

    Raises  SendingError if two people have not signed it as it is; InputError if the folder cannot be used;
            PdfUnavailable if none can be drawn here; DirectoryError if the customer list cannot be read
    """
    found = _signed(workspace, mailing, who=who)
    written = set() if again else given_notices(folder_of(workspace, mailing), LetterFolder.name)
    left = replace(found, told=tuple(one for one in found.told if one.id not in written))
    channel = LetterFolder(folder, found.words, found.approved_at, {one.id for one in left.told})
    handed = _give(left, channel, now)
    return msgspec.structs.replace(handed, before=len(found.told) - len(left.told))


def write_in_app(workspace: Workspace, mailing: str, path: Path, *, who: Who, now: datetime) -> Handed:
    """Write a mailing into one file for the application. Raises as `write_letters`."""
    found = _signed(workspace, mailing, who=who)
    channel = InAppFile(path, found.words)
    try:
        return _give(found, channel, now)
    finally:
        channel.drop()


def tell_in_app(
    workspace: Workspace, mailing: str, url: str, keys: Sequence[str], *, who: Who, now: datetime
) -> Handed:
    """Hand a mailing to the application, one notice after the other; those that were taken before are passed over.

    Raises  as `write_letters`; SettingsError if the address or a key cannot be used; ChannelStopped if it takes no more
    """
    found = _signed(workspace, mailing, who=who)
    channel = InAppHook(url, keys, found.words, found.approved_at)
    try:
        return _give(found, channel, now)
    finally:
        channel.close()


def approved_at(mailing: str, digest: str) -> datetime:
    """Return when the second of two people signed that a mailing is sent, exactly as it is prepared.

    digest  of the plan that is prepared
    Raises  SendingError if they did not
    """
    row = Mailing.objects.filter(name=mailing, digest=digest).first()
    if row is None or not approve_signed(row):
        raise SendingError(
            "Two people have not signed this mailing as it is prepared now. Nothing was given out. One proposes it on the "
            "room's page of the mailing, and another signs."
        )
    return row.approved_at


def _signed(workspace: Workspace, mailing: str, *, who: Who) -> _Signed:
    ready = read_prepared(workspace, mailing)
    at = approved_at(mailing, ready.prepared.plan.digest)
    withdrawn = _in_state(mailing, State.WITHDRAWN)
    came_back = _in_state(mailing, State.BOUNCED) if who.came_back else frozenset[str]()
    likely = ready.told if who.everybody or came_back else ready.told.filter(pc.is_valid(ready.told.column("hold")))
    told = tuple(
        one
        for one in rows_of(likely)
        if one.id in came_back or (is_for_channels(one, everybody=who.everybody) and one.id not in withdrawn)
    )
    return _Signed(workspace, ready, at, told)


def _in_state(mailing: str, state: State) -> frozenset[str]:
    return frozenset(NoticeRow.objects.filter(mailing__name=mailing, state=state).values_list("notice", flat=True))


def _give(found: _Signed, channel: Channel, now: datetime) -> Handed:
    mailing = found.ready.prepared.mailing
    lists, id_key = found.ready.lists(found.workspace)
    people = read_recipients(lists, found.told, id_key)
    with Receipts(folder_of(found.workspace, mailing), channel.name, now) as receipts:
        given: Given = give_all(channel, _shown(people, len(found.told)), receipts)
    return Handed(mailing, channel.name, given.given, given.before, given.not_given)


def _shown(people: Iterable[Addressed], count: int) -> Iterator[Addressed]:
    """Show on a terminal how far it is."""
    console = Console(stderr=True)
    yield from track(
        people, "giving out", total=count, console=console, transient=True, disable=not sys.stderr.isatty()
    )
